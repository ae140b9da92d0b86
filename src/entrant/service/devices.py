"""Browsers that have signed in to an account before: what others try at the account does not lock them out.

A browser shows a cookie `nonce.time.mac`. Its key is the hash of the account's password, so that there is no table of
browsers and no key of the server: the cookie is good for one account, and ends with the password.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

LIFETIME = timedelta(days=180)
MAX_COOKIE = 200  # characters
NONCE_BYTES = 16
NO_HASH = "there is no account"  # so that looking takes as long where there is none


def make(hashed: str, now: str) -> str:
    """The cookie for a browser that has just signed in to the account whose password has this hash."""
    text = f"{secrets.token_urlsafe(NONCE_BYTES)}.{int(datetime.fromisoformat(now).timestamp())}"
    return f"{text}.{_mac(hashed, text)}"


def find(cookie: str, hashed: str | None, now: str) -> str | None:
    """The name of the browser that shows this cookie; None if it has not signed in to the account, or long ago."""
    text, _, mac = cookie[:MAX_COOKIE].rpartition(".")
    right = hmac.compare_digest(mac.encode(), _mac(hashed or NO_HASH, text).encode())
    if not right or hashed is None:
        return None
    nonce, _, made = text.partition(".")
    age = datetime.fromisoformat(now).timestamp() - int(made)
    return nonce if age <= LIFETIME.total_seconds() else None


def _mac(hashed: str, text: str) -> str:
    return hmac.new(hashed.encode(), f"device:{text}".encode(), hashlib.sha256).hexdigest()
