"""The OpenID provider by which members of a workspace may sign in to the console."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.db.engine import Tx
from entrant.db.queries import load

_SQL = load(__package__, "sign_in")


@dataclass(frozen=True, slots=True)
class SignInProvider:
    """What identifies us to the provider. The secret is sealed: see `service.sealing`."""

    issuer: str
    client_id: str
    sealed_secret: str


def find(tx: Tx, workspace_id: str) -> SignInProvider | None:
    """The provider, if the workspace has one."""
    row = tx.one(_SQL["find"], workspace=workspace_id)
    return None if row is None else SignInProvider(row["issuer"], row["client_id"], row["sealed_secret"])


def put(tx: Tx, workspace_id: str, provider: SignInProvider) -> None:
    """Put this provider in the place of any other."""
    tx.run(
        _SQL["put"],
        workspace=workspace_id,
        issuer=provider.issuer,
        client_id=provider.client_id,
        sealed_secret=provider.sealed_secret,
    )


def remove(tx: Tx, workspace_id: str) -> None:
    """Take the provider away."""
    tx.run(_SQL["remove"], workspace=workspace_id)
