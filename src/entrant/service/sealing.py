"""Secrets that must be read again, encrypted so that a copy of one table does not give them away.

The key is in the same database, in another table: it protects what is shown, exported or logged by mistake, not the
whole database, which whoever holds may use as we do.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet

from entrant.db.engine import Tx
from entrant.store import settings


def seal(tx: Tx, secret: str) -> str:
    """The secret, encrypted."""
    return _cipher(tx).encrypt(secret.encode()).decode()


def unseal(tx: Tx, sealed: str) -> str:
    """What was sealed; raises `cryptography.fernet.InvalidToken` if it was sealed by another database."""
    return _cipher(tx).decrypt(sealed).decode()


def _cipher(tx: Tx) -> Fernet:
    return Fernet(urlsafe_b64encode(settings.secret(tx, "sealing")))
