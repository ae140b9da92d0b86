"""Guids that sort in the order in which this process made them (RFC 9562, version 7), for the provisioning log."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def sortable_id() -> str:
    """A lower-case guid that sorts after all that were made before: microseconds, then randomness."""
    global _last  # noqa: PLW0603  two ids of one microsecond must not sort by chance
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1_000)
        milliseconds, rest = divmod(_last, 1_000)
    bits = (milliseconds << 80) | (7 << 76) | (rest << 66) | secrets.randbits(62)
    bits = (bits & ~(0b11 << 62)) | (0b10 << 62)
    return str(uuid.UUID(int=bits))
