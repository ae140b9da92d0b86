"""The statements of a `.sql` file by name.

In the file each statement follows `-- name: its_name` and a comment that says what it returns.
"""

from __future__ import annotations

import re
from importlib.resources import files

_HEAD = re.compile(r"^-- name: ([a-z_]+)\n((?:--[^\n]*\n)*)", re.MULTILINE)


def load(package: str, name: str) -> dict[str, str]:
    """The statements of `name.sql` in a package."""
    text = (files(package) / f"{name}.sql").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {head[1]: text[head.end() : end].strip().rstrip(";") for head, end in zip(heads, ends, strict=True)}
