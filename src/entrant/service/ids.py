"""Identifiers: UUIDv7 text, in the order in which this process made them (RFC 9562 §5.7, §6.2 method 3)."""

from __future__ import annotations

import os
import threading
import time

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A UUIDv7 whose 12 bits after the milliseconds are a finer fraction of time; later calls sort later."""
    global _last  # noqa: PLW0603  the one clock that must never stand still or go back
    with _lock:
        # 48 bits of milliseconds and 12 bits of their 4,096 fractions
        _last = max(_last + 1, time.time_ns() * 4096 // 1_000_000)
        stamp = _last
    noise = int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    value = (stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | noise
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
