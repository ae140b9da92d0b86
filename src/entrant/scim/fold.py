"""The one way text is compared without regard to case, the same in Python and on every database engine."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Case-folded and in NFC, for attributes whose `caseExact` is false (RFC 7643 §7)."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())
