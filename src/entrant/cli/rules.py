"""`entrant rules`: which groups give a role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from msgspec import Struct

from entrant.service import admin
from entrant.service.admin.preview import Catch, preview_rules
from entrant.workspace.model import Role
from entrant.workspace.roles import RuleKind, parse_rule

from .context import database
from .output import AsJson, print_rows, role_cell
from .workspaces import Slug

app = typer.Typer(
    help="Role rules: which groups give a role. The first that catches one decides.", no_args_is_help=True
)


class RuleView(Struct, frozen=True):
    """A rule as scripts see it; `rule` is how it is written on the command line."""

    rule: str
    kind: RuleKind
    text: str
    role: Role
    inside_word: tuple[str, ...] = msgspec.field(name="insideWord", default=())
    """The groups that it matches only inside a longer word."""


@app.command("list")
def list_(slug: Slug, as_json: AsJson = False) -> None:
    """List the rules in their order."""
    with database() as db:
        _show(preview_rules(db, slug, admin.list_rules(db, slug)).catches, as_json=as_json)


@app.command("set")
def set_(
    slug: Slug,
    rules: Annotated[
        list[str],
        typer.Argument(
            metavar="RULE...",
            help="contains:TEXT=ROLE, word:TEXT=ROLE, equals:TEXT=ROLE, prefix:TEXT=ROLE or group:ID=ROLE, in order.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Replace the rules; the roles of all groups and members follow at once."""
    parsed = [parse_rule(rule) for rule in rules]
    with database() as db:
        _show(preview_rules(db, slug, admin.set_rules(db, slug, parsed)).catches, as_json=as_json)


def _show(catches: Sequence[Catch], *, as_json: bool) -> None:
    print_rows(
        [RuleView(str(c.rule), c.rule.kind, c.rule.text, c.rule.role, c.inside) for c in catches],
        {
            "Groups whose": lambda r: "id is" if r.kind is RuleKind.GROUP else f"name {_VERBS[r.kind]}",
            "Text": lambda r: r.text,
            "Give": lambda r: role_cell(r.role),
            "Rule": lambda r: r.rule,
            "Only inside a word": lambda r: ", ".join(r.inside_word),
        },
        as_json=as_json,
        empty="",
    )


_VERBS = {
    RuleKind.CONTAINS: "contains",
    RuleKind.WORD: "has the word",
    RuleKind.EQUALS: "is",
    RuleKind.PREFIX: "begins with",
}
