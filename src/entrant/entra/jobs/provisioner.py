"""What every operation on jobs needs: the database, the vault, the tenant and its keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from entrant.db import Database
from entrant.db.engine import Tx, timestamp
from entrant.entra.store import keys
from entrant.entra.store.keys import KeyRow

from .secrets import Vault
from .tokens import LIFETIME, PUBLIC_LOGIN, SKEW, Issuer, SigningKey, new_key

KEYS = "signing keys"
"""By what writes of keys take turns."""
KEEP = LIFETIME + SKEW  # how long a key is published after its last signature, and a little more


@dataclass(frozen=True, slots=True)
class Provisioner:
    """The emulator's database, and what is needed beside it to run jobs."""

    db: Database
    vault: Vault
    tenant: str
    """The tenant's id."""
    login_url: str = PUBLIC_LOGIN
    """Where the tokens that the emulator issues say they are from: `{login_url}/{tenant}/v2.0` (entra-client 3.6)."""

    @property
    def issuer(self) -> Issuer:
        """Who issues the tenant's tokens."""
        return Issuer(self.tenant, lambda: signing_key(self), self.login_url)


def signing_key(p: Provisioner) -> SigningKey:
    """The key that signs now; made when it is first needed."""
    known = published_keys(p)
    return known[0] if known else rotate_key(p, only_first=True)


def published_keys(p: Provisioner) -> list[SigningKey]:
    """The keys whose signatures are valid, the one that signs now first."""
    since = timestamp(datetime.now(UTC) - KEEP)
    rows = p.db.read(lambda tx: keys.published(tx, since))
    return [SigningKey(row.kid, p.vault.open(row.sealed)) for row in rows]


def rotate_key(p: Provisioner, *, only_first: bool = False) -> SigningKey:
    """Sign with a new key from now on; the old one is published as long as its tokens live.

    With `only_first` a key that another process has made in the meantime is good too.
    """
    made = new_key()
    sealed = p.vault.seal(made.pem)

    def work(tx: Tx) -> KeyRow:
        have = keys.published(tx, tx.now) if only_first else []
        if have:
            return have[0]
        row = KeyRow(made.kid, tx.now, sealed)
        keys.insert(tx, row)
        return row

    row = p.db.write(KEYS, work)
    return SigningKey(row.kid, p.vault.open(row.sealed))
