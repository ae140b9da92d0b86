"""What failed and waits to be repeated (entra-client 14.2)."""

from __future__ import annotations

from collections.abc import Sequence

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.entra.model import Escrow, Kind, Part

_SQL = load(__package__, "escrows")


def save(tx: Tx, job: str, escrow: Escrow) -> None:
    """Store what waits for a part of an object, in place of what waited before."""
    tx.run(
        _SQL["save"],
        job=job,
        object_id=escrow.object_id,
        part=escrow.part,
        kind=escrow.kind,
        first_failure=escrow.first_failure,
        failures=escrow.failures,
        next_attempt=escrow.next_attempt,
        code=escrow.code,
        message=escrow.message,
    )


def settle(tx: Tx, job: str, object_id: str, parts: Sequence[Part]) -> None:
    """Parts of an object wait no longer."""
    tx.run(_SQL["settle"], job=job, object_id=object_id, parts=[part.value for part in parts])


def of(tx: Tx, job: str, ids: Sequence[str]) -> dict[str, tuple[Escrow, ...]]:
    """What waits for these objects, by object id."""
    found: dict[str, tuple[Escrow, ...]] = {}
    for row in tx.all(_SQL["of"], job=job, ids=ids):
        escrow = _escrow(row)
        found[escrow.object_id] = (*found.get(escrow.object_id, ()), escrow)
    return found


def due(tx: Tx, job: str, now: str) -> list[str]:
    """The ids of the objects whose time has come, users first, in the order of creation."""
    return [row["object_id"] for row in tx.all(_SQL["due"], job=job, now=now)]


def page(tx: Tx, job: str, *, after: tuple[str, str] = ("", ""), most: int = 100) -> list[Escrow]:
    """Escrows after one, whose object id and part these are."""
    return [_escrow(row) for row in tx.all(_SQL["page"], job=job, object_id=after[0], part=after[1], most=most)]


def count(tx: Tx, job: str) -> int:
    """How many wait."""
    row = tx.one(_SQL["count"], job=job)
    return 0 if row is None else int(row["escrows"])


def clear(tx: Tx, job: str) -> None:
    """Nothing is repeated any more."""
    tx.run(_SQL["clear"], job=job)


def _escrow(row: Row) -> Escrow:
    return Escrow(
        row["object_id"],
        Kind(row["kind"]),
        Part(row["part"]),
        row["first_failure"],
        int(row["failures"]),
        row["next_attempt"],
        row["code"],
        row["message"],
    )
