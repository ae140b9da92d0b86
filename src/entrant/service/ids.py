"""Identifiers: UUIDv7 text, in the order in which this process made them (RFC 9562 §5.7, §6.2 method 3)."""

from __future__ import annotations

import os
import threading
import time

NOISE = 8  # bytes of each id that are random
POOL = 4_096  # bytes that are asked of the system at a time: each call would let another thread go first

_lock = threading.Lock()
_last = 0
_pool, _used = b"", POOL


def new_id() -> str:
    """A UUIDv7 whose 12 bits after the milliseconds are a finer fraction of time; later calls sort later."""
    global _last, _pool, _used  # noqa: PLW0603  the one clock that must never stand still or go back
    with _lock:
        if _used >= len(_pool):
            _pool, _used = os.urandom(POOL), 0
        _used += NOISE
        noise = int.from_bytes(_pool[_used - NOISE : _used]) & 0x3FFF_FFFF_FFFF_FFFF
        # 48 bits of milliseconds and 12 bits of their 4,096 fractions
        _last = max(_last + 1, time.time_ns() * 4096 // 1_000_000)
        stamp = _last
    value = (stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | noise
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
