"""Custom extension schemas of a workspace (product.md 5.5)."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from entrant.db.engine import Database
from entrant.scim.errors import ScimError
from entrant.scim.fold import fold
from entrant.scim.schema import Schema
from entrant.scim.schemas import USER, schema_from_json
from entrant.scim.wire import Json
from entrant.service.room import DEFAULT, Limits
from entrant.store import extensions, members, workspaces
from entrant.workspace.audit import Deed
from entrant.workspace.errors import AlreadyExists, InvalidSetting, NoSuch, WorkspaceFull

from .edit import PAGE, Edit, pages, read, write


def list_schemas(database: Database, slug: str) -> tuple[Schema, ...]:
    """The schemas that the workspace has added to the User resource."""
    return read(database, slug, lambda tx, workspace: extensions.list_schemas(tx, workspace.id))


def add_schema(database: Database, slug: str, json: Json, limits: Limits = DEFAULT) -> Schema:
    """Extend the User resource by a schema in the form of RFC 7643 §7."""
    try:
        schema = schema_from_json(json)
    except ScimError as refused:
        raise InvalidSetting(f"This is no schema: {refused.detail}") from refused

    def change(edit: Edit) -> Schema:
        taken = {fold(known.id) for known in (USER.schema, *edit.users.extensions)}
        if fold(schema.id) in taken:
            raise AlreadyExists(f"{slug} has the schema {schema.id} already")
        if len(edit.users.extensions) >= limits.schemas + len(USER.extensions):
            raise WorkspaceFull(limits.schemas, "custom schemas")
        extensions.insert(edit.tx, edit.workspace.id, schema)
        _count_change(edit)
        return schema

    return write(database, slug, Deed("schema.add", schema.id), change)


def remove_schema(database: Database, slug: str, urn: str) -> None:
    """Take a schema away, and from every member what they have of it."""

    def change(edit: Edit) -> None:
        tx, workspace_id = edit.tx, edit.workspace.id
        name = next(
            (known.id for known in extensions.list_schemas(tx, workspace_id) if fold(known.id) == fold(urn)), None
        )
        if name is None:
            raise NoSuch(f"{slug} has no schema {urn} of its own")
        extensions.remove(tx, workspace_id, name)
        users = _count_change(edit).users
        rows = pages(
            lambda last: members.page(tx, workspace_id, everyone=True, after=last, most=PAGE), lambda member: member.id
        )
        for member in rows:
            if name in member.doc:
                doc = {key: value for key, value in member.doc.items() if key != name}
                doc["schemas"] = [schema for schema in doc["schemas"] if schema != name]
                saved = structs.replace(member, doc=doc, revision=edit.revision, modified=tx.now)
                members.update(tx, workspace_id, saved, users, before=member, changes=edit.member_changes)

    write(database, slug, Deed("schema.remove", urn), change)


def _count_change(edit: Edit) -> Edit:
    """Note that the schemas have changed, for those who remember them by version; the edit with the new ones."""
    changed = structs.replace(edit.workspace, schemas_version=edit.workspace.schemas_version + 1)
    workspaces.update(edit.tx, changed)
    return replace(edit, workspace=changed)
