"""docs/openapi.json, as the code has it. `python -m tests.support.openapi` writes it anew."""

from __future__ import annotations

from pathlib import Path

import msgspec

from entrant.service.openapi import document

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"
PUBLIC_URL = "https://scim.example.com"


def text() -> str:
    """The file as it should be."""
    return msgspec.json.format(msgspec.json.encode(document(PUBLIC_URL)), indent=2).decode() + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
