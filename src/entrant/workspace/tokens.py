"""Secrets of a connection: how one is made, checked for typing mistakes, stored and shown (product.md 1.3).

A token is `scim-`, a client secret `scim-secret-`, then 30 random characters (178.6 bits) and 6 of checksum, all base
62. Either is stored as its SHA-256 digest alone: with that much randomness a slow password hash would protect nothing,
and looking the digest up tells a guesser's clock nothing about the tokens that exist.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

PREFIX = "scim-"
SECRET_PREFIX = "scim-secret-"  # noqa: S105  the part that is no secret
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_LENGTH = 30  # characters; 62 ** 30 is more than 2 ** 178
CHECKSUM_LENGTH = 6  # characters; 62 ** 6 is more than the 2 ** 32 values of CRC-32
BODY_LENGTH = RANDOM_LENGTH + CHECKSUM_LENGTH
LENGTH = len(PREFIX) + BODY_LENGTH
SHOWN = 4  # characters at either end of a masked token

_RANDOM_BYTES = 32  # 256 bits reduced to 178: the remainder favours no character by more than 2 ** -77


def make_token(random_bytes: Callable[[int], bytes], prefix: str = PREFIX) -> str:
    """A new token; `random_bytes(n)` returns n bytes from a source fit for secrets."""
    secret = _base62(int.from_bytes(random_bytes(_RANDOM_BYTES)), RANDOM_LENGTH)
    return prefix + secret + _checksum(secret)


def token_digest(text: str, prefix: str = PREFIX) -> str | None:
    """The form in which a token is stored and looked up, or None if the text cannot be a token of ours."""
    secret, checksum = text[len(prefix) : -CHECKSUM_LENGTH], text[-CHECKSUM_LENGTH:]
    if len(text) != len(prefix) + BODY_LENGTH or not text.startswith(prefix) or not text.isascii():
        return None
    return digest_of(text) if checksum == _checksum(secret) else None


def digest_of(text: str) -> str:
    """SHA-256 in hexadecimal digits, of a text that may be no token at all."""
    return hashlib.sha256(text.encode()).hexdigest()


def mask_token(token: str) -> str:
    """A token as it is shown afterwards: enough to tell it from another, too little to use."""
    return f"{token[: -BODY_LENGTH + SHOWN]}…{token[-SHOWN:]}"


def _checksum(secret: str) -> str:
    return _base62(zlib.crc32(secret.encode()), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    """The last `length` digits of a number, most significant first."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))
