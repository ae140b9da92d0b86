"""`entrant schema`: a workspace's own extensions of the User resource."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from entrant.scim.schema import Schema
from entrant.scim.schemas import schema_to_json
from entrant.service import admin
from entrant.service.room import Limits
from entrant.workspace.errors import InvalidSetting

from .context import database, settings
from .output import AsJson, print_json, print_rows
from .workspaces import Slug

app = typer.Typer(help="Custom extension schemas of the User resource.", no_args_is_help=True)


@app.command()
def add(
    slug: Slug,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A schema as JSON, in the form of RFC 7643 §7.")],
    as_json: AsJson = False,
) -> None:
    """Extend the User resource by a schema."""
    json = _read(file)
    with database() as db:
        _show([admin.add_schema(db, slug, json, Limits.of(settings()))], as_json=as_json)


@app.command("list")
def list_(slug: Slug, as_json: AsJson = False) -> None:
    """List the workspace's own schemas."""
    with database() as db:
        _show(admin.list_schemas(db, slug), as_json=as_json)


@app.command()
def remove(
    slug: Slug,
    urn: Annotated[str, typer.Argument(metavar="URN", help="The id of the schema.")],
    as_json: AsJson = False,
) -> None:
    """Take a schema away again."""
    with database() as db:
        admin.remove_schema(db, slug, urn)
        _show(admin.list_schemas(db, slug), as_json=as_json)


def _read(file: Path) -> object:
    try:
        return msgspec.json.decode(file.read_bytes())
    except OSError as exc:
        raise InvalidSetting(f"{file} cannot be read: {exc.strerror}") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise InvalidSetting(f"{file} is not JSON: {exc}") from exc


def _show(schemas: tuple[Schema, ...] | list[Schema], *, as_json: bool) -> None:
    if as_json:
        print_json([schema_to_json(schema) for schema in schemas])
        return
    print_rows(
        schemas,
        {
            "URN": lambda s: s.id,
            "Name": lambda s: s.name,
            "Attributes": lambda s: ", ".join(attribute.name for attribute in s.attributes),
        },
        as_json=False,
        empty="The workspace has no schema of its own.",
    )
