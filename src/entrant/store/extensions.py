"""The custom extension schemas of a workspace (product.md 5.5)."""

from __future__ import annotations

import msgspec

from entrant.db.engine import Tx
from entrant.db.queries import load
from entrant.scim.fold import fold
from entrant.scim.schema import Schema
from entrant.scim.schemas import schema_from_json, schema_to_json

_SQL = load(__package__, "extensions")


def list_schemas(tx: Tx, workspace_id: str) -> tuple[Schema, ...]:
    """The schemas, by URN."""
    rows = tx.all(_SQL["list_schemas"], workspace=workspace_id)
    return tuple(schema_from_json(msgspec.json.decode(row["doc"])) for row in rows)


def insert(tx: Tx, workspace_id: str, schema: Schema) -> None:
    """Add a schema, or put it in the place of the one with its URN."""
    doc = msgspec.json.encode(schema_to_json(schema)).decode()
    tx.run(_SQL["insert"], workspace=workspace_id, urn_key=fold(schema.id), doc=doc)


def remove(tx: Tx, workspace_id: str, urn: str) -> bool:
    """Remove a schema; whether there was one."""
    return bool(tx.changed(_SQL["remove"], workspace=workspace_id, urn_key=fold(urn)))
