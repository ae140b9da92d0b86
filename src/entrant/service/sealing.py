"""Secrets that must be read again, encrypted so that a copy of one table does not give them away.

The key is in the same database, in another table: it protects what is shown, exported or logged by mistake, not the
whole database, which whoever holds may use as we do. What is sealed names its key: `ID:…`.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken

from entrant.db.engine import Tx
from entrant.store import keys
from entrant.store.keys import Key, Purpose

FIRST = "00000000"
"""The key of what was sealed before there could be several, and names none."""


def seal(tx: Tx, secret: str) -> str:
    """The secret, encrypted with the key that seals now."""
    key = keys.current(tx, Purpose.SEALING)
    return f"{key.id}:{_cipher(key).encrypt(secret.encode()).decode()}"


def unseal(tx: Tx, sealed: str) -> str:
    """What was sealed; raises `cryptography.fernet.InvalidToken` if it was sealed by another database."""
    key_id = sealed_by(sealed)
    for key in keys.ring(tx, Purpose.SEALING):
        if key.id == key_id:
            return _cipher(key).decrypt(sealed.rpartition(":")[2]).decode()
    raise InvalidToken


def sealed_by(sealed: str) -> str:
    """The id of the key that something was sealed with."""
    key_id, named, _ = sealed.partition(":")
    return key_id if named else FIRST


def _cipher(key: Key) -> Fernet:
    if key.secret is None:
        raise InvalidToken
    return Fernet(urlsafe_b64encode(key.secret))
