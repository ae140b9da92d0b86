"""All that is known of objects when they are evaluated for a job (entra-client 12.2)."""

from __future__ import annotations

from collections.abc import Sequence

from entrant.db.engine import Tx
from entrant.db.queries import load
from entrant.entra.model import DEFAULT_ACCESS, AppRole, Kind, Subject

from . import applications, escrows, links, objects

_SQL = load(__package__, "subjects")


def load_many(tx: Tx, job: str, service_principal: str, ids: Sequence[str]) -> list[Subject]:
    """Objects by id, in the order of these; whoever never existed is left out. Five statements."""
    application = applications.find(tx, service_principal)
    roles = {role.id: role for role in application.app_roles} if application else {}
    granted: dict[str, set[str]] = {}
    for row in tx.all(_SQL["entitled"], service_principal=service_principal, ids=ids):
        granted.setdefault(row["id"], set()).add(row["app_role"])
    linked, waiting = links.find_many(tx, job, ids), escrows.of(tx, job, ids)
    stored = {each.id: each for each in objects.find_many(tx, ids)}
    return [
        Subject(
            id=id_,
            kind=stored[id_].kind,
            object=stored[id_].object,
            assigned=id_ in granted,
            app_roles=_roles(roles, granted.get(id_, set())),
            link=linked.get(id_),
            escrows=waiting.get(id_, ()),
        )
        for id_ in ids
        if id_ in stored
    ]


def candidates(
    tx: Tx, job: str, service_principal: str, kind: Kind, *, everyone: bool, after: int, most: int
) -> tuple[list[str], int | None]:
    """Of the next objects after a number, those that an initial cycle looks at; and the number of the last, or None."""
    rows = tx.all(
        _SQL["candidates"],
        job=job,
        service_principal=service_principal,
        kind=kind,
        everyone=int(everyone),
        after=after,
        most=most,
    )
    return [row["id"] for row in rows if row["wanted"]], int(rows[-1]["number"]) if rows else None


def _roles(known: dict[str, AppRole], granted: set[str]) -> tuple[AppRole, ...]:
    """The roles in the order in which the application declares them, without Default Access (12.2.4)."""
    return tuple(role for id_, role in known.items() if id_ in granted and id_ != DEFAULT_ACCESS)
