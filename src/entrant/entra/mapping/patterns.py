"""Regular expressions as Entra's documentation writes them, which is .NET's way, for Python's `re`.

Named groups are `(?<name>…)` there, and a replacement refers to groups by `$1` and `${name}`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from entrant.entra.model import BadValue

MAX_PATTERN = 1_000  # characters of a regular expression
MAX_MATCHED = 10_000  # characters of a value that a regular expression is tried on

_NAMED_GROUP = re.compile(
    r"\\k<(?P<back>\w+)>|(?P<escape>\\.)|\(\?(?:<(?P<name>[A-Za-z_]\w*)>|'(?P<quoted>[A-Za-z_]\w*)')", re.DOTALL
)
_REFERENCE = re.compile(r"\$(?:\$|&|(\d+)|\{(\w+)\})")


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> re.Pattern[str]:
    """A regular expression; raises BadValue."""
    if len(text) > MAX_PATTERN:
        raise BadValue(f"a regular expression is longer than {MAX_PATTERN:,} characters")
    try:
        return re.compile(_NAMED_GROUP.sub(_named, text))
    except (re.error, RecursionError, OverflowError) as problem:
        raise BadValue(f'"{text}" is no regular expression: {problem}') from problem


def _named(found: re.Match[str]) -> str:
    if found["escape"]:
        return found["escape"]
    return f"(?P={found['back']})" if found["back"] else f"(?P<{found['name'] or found['quoted']}>"


def expand(match: re.Match[str], replacement: str) -> str:
    """A replacement with the references to groups filled in. A group that there is not stays as it is written."""

    def fill(reference: re.Match[str]) -> str:
        if reference[0] == "$$":
            return "$"
        if reference[0] == "$&":
            return match[0]
        group: int | str = int(reference[1]) if reference[1] else reference[2]
        known = group in match.re.groupindex if isinstance(group, str) else group <= match.re.groups
        if isinstance(group, str) and group.isdigit() and int(group) <= match.re.groups:
            group, known = int(group), True
        return (match[group] or "") if known else reference[0]

    return _REFERENCE.sub(fill, replacement)
