"""What headers tell of where a request comes from: this machine, or a page of somebody else's in a browser on it.

Where nobody is asked for a password, these keep strangers' pages out: one whose name leads here (DNS rebinding) names
another host, and one that sends its forms here names another origin (RFC 6454 §7).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from .edge import SCHEME

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def names_host(headers: Mapping[str, str], hosts: frozenset[str]) -> bool:
    """Whether the Host header is one of these names, whatever its port."""
    try:
        name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return name.rstrip(".") in hosts


def is_own_origin(headers: Mapping[str, str]) -> bool:
    """Whether the request says that it comes from a page of ours, or says nothing of a page."""
    origin = headers.get("origin")
    return origin is None or origin == f"{headers.get(SCHEME, 'http')}://{headers.get('host', '')}"
