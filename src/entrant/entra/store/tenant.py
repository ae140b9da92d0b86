"""The tenant: its names, its sequence of changes, and its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from entrant.db.engine import Tx
from entrant.db.queries import load

_SQL = load(__package__, "tenant")
KEY = "directory"
"""Under this key all writes of the directory queue up."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant."""

    id: str
    name: str
    default_domain: str
    """The domain of names that the emulator makes up."""
    verified_domains: tuple[str, ...]
    """Domains that a UPN may have, in lower case; any if empty."""
    created: str
    sequence: int
    """The sequence number last taken."""


def find(tx: Tx) -> Tenant | None:
    """The tenant of this database."""
    row = tx.one(_SQL["find"])
    if row is None:
        return None
    domains = msgspec.json.decode(row["verified_domains"], type=tuple[str, ...])
    return Tenant(row["id"], row["name"], row["default_domain"], domains, row["created"], int(row["sequence"]))


def get(tx: Tx) -> Tenant:
    """The tenant of a database that `open_tenant` has opened."""
    found = find(tx)
    if found is None:
        raise RuntimeError("the database has no tenant; open it with open_tenant")
    return found


def create(tx: Tx, tenant_id: str, created: str, name: str = "Contoso", domain: str = "contoso.com") -> None:
    """Add the tenant, unless another process has."""
    tx.run(_SQL["create"], id=tenant_id, name=name, default_domain=domain, verified_domains="[]", created=created)


def advance(tx: Tx, count: int = 1) -> int:
    """Take sequence numbers; the last of them. First statement of every write: no other one runs beside it."""
    row = tx.one(_SQL["advance"], count=count)
    if row is None:
        raise RuntimeError("the database has no tenant; open it with open_tenant")
    return int(row["sequence"])


def set_domains(tx: Tx, default: str, verified: Sequence[str] = ()) -> None:
    """The domain of names that are made up, and those that are accepted; any if there are none."""
    tx.run(
        _SQL["set_domains"],
        default_domain=default,
        verified_domains=msgspec.json.encode([domain.lower() for domain in verified]).decode(),
    )


def setting(tx: Tx, name: str) -> str | None:
    """A setting of the emulator."""
    row = tx.one(_SQL["setting"], name=name)
    return None if row is None else str(row["value"])


def set_setting(tx: Tx, name: str, value: str) -> None:
    """Store a setting."""
    tx.run(_SQL["set_setting"], name=name, value=value)
