"""The keys that seal and sign, shared by all processes on one database (decision 0023)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrant.db.engine import Row, Tx
from entrant.db.queries import load

_SQL = load(__package__, "keys")
KEY_BYTES = 32


class Purpose(StrEnum):
    """What a key is for."""

    SEALING = "sealing"
    """Encrypts the secrets that must be read again."""
    CURSORS = "cursors"
    """Authenticates cursors of lists."""
    AUDIT = "audit"
    """Signs where an audit log has been cut, and what is exported of it (Ed25519)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key. `secret` is None where only the public half is left; times as `timestamp` writes them."""

    id: str
    secret: bytes | None = field(repr=False)
    public: bytes | None
    created: str
    retired: str | None


def ring(tx: Tx, purpose: Purpose) -> list[Key]:
    """The keys for a purpose: the one that seals or signs, then those that it has replaced. Empty if none was made."""
    return [_key(row) for row in tx.all(_SQL["list"], purpose=purpose)]


def current(tx: Tx, purpose: Purpose) -> Key:
    """The key that seals or signs now; made by whoever asks first, in a write."""
    found = ring(tx, purpose)
    if not found:
        tx.run(_SQL["turn"])
        found = ring(tx, purpose)  # another process may have made it meanwhile
    return found[0] if found and found[0].retired is None else add(tx, purpose)


def add(tx: Tx, purpose: Purpose, random: Callable[[int], bytes] = secrets.token_bytes) -> Key:
    """A new key, which seals or signs from now on in place of the others."""
    tx.run(_SQL["turn"])
    secret, key_id = random(KEY_BYTES), random(4).hex()
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    key = Key(key_id, secret, public if purpose is Purpose.AUDIT else None, tx.now, None)
    tx.run(
        _SQL["insert"],
        purpose=purpose,
        id=key.id,
        secret=secret.hex(),
        public=None if key.public is None else key.public.hex(),
        created=key.created,
    )
    tx.run(_SQL["retire_others"], purpose=purpose, id=key.id, now=tx.now)
    return key


def remove(tx: Tx, purpose: Purpose, key_id: str) -> None:
    """Remove a key that nothing needs any more."""
    tx.run(_SQL["remove"], purpose=purpose, id=key_id)


def remove_retired(tx: Tx, purpose: Purpose, before: str) -> int:
    """Remove the keys that were replaced before a time; how many those were."""
    return tx.changed(_SQL["remove_retired"], purpose=purpose, before=before)


def forget_secrets(tx: Tx, purpose: Purpose) -> None:
    """Keep of those that were replaced the public halves alone."""
    tx.run(_SQL["forget_secret"], purpose=purpose)


def _key(row: Row) -> Key:
    return Key(
        id=row["id"],
        secret=None if row["secret"] is None else bytes.fromhex(row["secret"]),
        public=None if row["public"] is None else bytes.fromhex(row["public"]),
        created=row["created"],
        retired=row["retired"],
    )
