"""The files that pages load: style sheet, scripts, icon. All are part of this package; none is built."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file and its media type. `mark` changes with its content, so that a browser may keep it for ever."""

    content: bytes
    media_type: str
    mark: str


@cache
def _all() -> dict[str, Asset]:
    found = {}
    for file in (files(__package__) / "static").iterdir():
        media_type = TYPES.get(file.name[file.name.rfind(".") :])
        if media_type is not None:
            content = file.read_bytes()
            found[file.name] = Asset(content, media_type, hashlib.sha256(content).hexdigest()[:12])
    return found


def find(name: str) -> Asset | None:
    """The file of that name; None for any other name, whatever is in it."""
    return _all().get(name)
