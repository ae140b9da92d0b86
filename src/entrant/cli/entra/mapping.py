"""`entrant entra app mapping APP …`: which attribute of the directory goes where in the target."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from random import SystemRandom
from typing import Annotated, TypeAlias

import msgspec
import typer
from rich.text import Text

from entrant.cli.output import AsJson, print_json, print_rows, say
from entrant.config import ConfigError
from entrant.entra.jobs import operations, world
from entrant.entra.mapping.expressions.parser import parse_expression
from entrant.entra.mapping.schema import AttributeMapping, FlowType, ObjectMapping
from entrant.entra.mapping.schema_json import attribute_mapping_to_json
from entrant.entra.mapping.trial import try_expression
from entrant.entra.model import BadValue, Kind
from entrant.entra.store import DEFAULT_DATABASE
from entrant.scim.wire import Json

from .opening import App, DatabaseUrl, emulator, job_id_of

mapping = typer.Typer(help="Attribute mappings of an application.", no_args_is_help=True)


class Objects(StrEnum):
    """Whose mapping."""

    USERS = "users"
    GROUPS = "groups"


class Apply(StrEnum):
    """When a mapping applies."""

    ALWAYS = "always"
    AT_CREATION = "at-creation"


Which: TypeAlias = Annotated[Objects, typer.Argument(help="Whose mapping.")]
KINDS = {Objects.USERS: Kind.USER, Objects.GROUPS: Kind.GROUP}
FLOWS = {Apply.ALWAYS: FlowType.ALWAYS, Apply.AT_CREATION: FlowType.OBJECT_ADD_ONLY}
NAMES = {kind: objects for objects, kind in KINDS.items()}
Of: TypeAlias = Annotated[Objects, typer.Option("--of", help="Whose mapping.")]
Target: TypeAlias = Annotated[str, typer.Argument(metavar="TARGET", help="A target attribute of SCIM, such as title.")]


def add_to(apps: typer.Typer) -> None:
    """Add the commands to `entrant entra app`."""
    apps.add_typer(mapping, name="mapping")


@mapping.callback()
def choose(ctx: typer.Context, app: App) -> None:
    """Attribute mappings of an application."""
    ctx.obj = app


@mapping.command("list")
def list_(ctx: typer.Context, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """List the mappings of users and groups."""
    with emulator(database) as p:
        schema = operations.load_schema(p, job_id_of(p, ctx.obj))
    rows = [(each, attribute) for each in schema.rule.object_mappings for attribute in each.attributes]
    if as_json:
        print_json([_json(each, attribute) for each, attribute in rows])
        return
    print_rows(
        rows,
        {
            "Of": lambda row: NAMES[row[0].kind] + ("" if row[0].enabled else " (off)"),
            "Target attribute": lambda row: Text(row[1].target, "bold"),
            "Source": lambda row: str(row[1].source) if row[1].source else None,
            "Default": lambda row: row[1].default,
            "Apply": lambda row: "at creation" if row[1].flow_type is FlowType.OBJECT_ADD_ONLY else "always",
            "Matching": lambda row: str(row[1].matching_priority or ""),
        },
        as_json=False,
        empty="no mappings",
    )


@mapping.command("set")
def set_(
    ctx: typer.Context,
    target: Target,
    source: Annotated[
        str | None,
        typer.Argument(metavar="EXPRESSION", help="Such as [jobTitle] or ToLower([mail]); none for no source."),
    ] = None,
    of: Of = Objects.USERS,
    default: Annotated[str | None, typer.Option(help="The value at creation if the source has none.")] = None,
    apply: Annotated[Apply, typer.Option(help="Whether changes are sent too.")] = Apply.ALWAYS,
    match: Annotated[int, typer.Option(min=0, help="Matching precedence: 1 is looked up first, 0 not at all.")] = 0,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Map a target attribute, in place of what it is mapped to. The next cycle is an initial one."""
    node = parse_expression(source) if source else None
    attribute = AttributeMapping(target, node, default, FLOWS[apply], matching_priority=match)
    with emulator(database) as p:
        operations.set_attribute(p, job_id_of(p, ctx.obj), KINDS[of], attribute)
    if as_json:
        print_json(attribute_mapping_to_json(attribute))
    else:
        say(f"{target} of {of} is mapped from {node or 'nothing'}.")


@mapping.command()
def remove(
    ctx: typer.Context,
    target: Target,
    of: Of = Objects.USERS,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Map a target attribute no more. The next cycle is an initial one."""
    with emulator(database) as p:
        operations.remove_attribute(p, job_id_of(p, ctx.obj), KINDS[of], target)
    _say({"removed": target}, f"{target} of {of} is not mapped any more.", as_json=as_json)


@mapping.command()
def enable(ctx: typer.Context, of: Which, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Provision groups (`enable groups`)."""
    _switch(ctx.obj, of, database, enabled=True, as_json=as_json)


@mapping.command()
def disable(ctx: typer.Context, of: Which, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Provision no groups (`disable groups`)."""
    _switch(ctx.obj, of, database, enabled=False, as_json=as_json)


@mapping.command("export")
def export_(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Where to; otherwise standard output.")] = None,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Write the whole synchronization schema as Graph's JSON."""
    with emulator(database) as p:
        document = operations.get_schema(p, job_id_of(p, ctx.obj))
    if file is None:
        print_json(document)
        return
    try:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    except OSError as exc:
        raise ConfigError(f"{file} cannot be written: {exc.strerror}") from exc
    _say({"file": str(file)}, f"The schema is in {file}.", as_json=as_json)


@mapping.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `export` writes it; - is standard input.")],
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Replace the whole synchronization schema. The next cycle is an initial one."""
    try:
        document: Json = msgspec.json.decode(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except OSError as exc:
        raise ConfigError(f"{file} cannot be read: {exc.strerror}") from exc
    except msgspec.DecodeError as exc:
        raise ConfigError(f"{file} is no JSON: {exc}") from exc
    with emulator(database) as p:
        operations.put_schema(p, job_id_of(p, ctx.obj), document)
    _say({"imported": str(file)}, "The schema is replaced; the next cycle is an initial one.", as_json=as_json)


@mapping.command("test")
def try_(
    expression: Annotated[str, typer.Argument(metavar="EXPRESSION")],
    value: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A source attribute to try it with; repeatable.")
    ] = None,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Read an expression, and say what it makes of values."""
    pairs = [_pair(text) for text in value or []]
    request = {
        "expression": expression,
        "testInputObject": {"properties": [{"key": name, "value": text} for name, text in pairs]},
    }
    with emulator(database) as p:
        now, domain = datetime.fromisoformat(p.db.read(world.now)), p.db.read(world.default_domain)
    answer = try_expression(request, now=now, chance=SystemRandom(), default_domain=domain)
    if as_json:
        print_json(answer)
    elif answer["error"]:
        raise BadValue(answer["error"]["message"])
    else:
        say("\n".join(answer["evaluationResult"]) or "(null)")
    if answer["error"]:
        raise typer.Exit(1)


def _switch(app: str, of: Objects, database: str, *, enabled: bool, as_json: bool) -> None:
    with emulator(database) as p:
        operations.set_mapping_enabled(p, job_id_of(p, app), KINDS[of], enabled=enabled)
    sentence = f"{of.capitalize()} are{'' if enabled else ' not'} provisioned; the next cycle is an initial one."
    _say({"mapping": of, "enabled": enabled}, sentence, as_json=as_json)


def _say(document: Json, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        say(sentence)


def _json(each: ObjectMapping, attribute: AttributeMapping) -> Json:
    return {"objectTypeName": each.source, "enabled": each.enabled, **attribute_mapping_to_json(attribute)}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ConfigError(f'"{text}" is no value; write it as jobTitle=Engineer')
    return name, value
