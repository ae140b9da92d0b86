"""Other ways in: another workspace's ids and credentials on the command line and the token endpoint (product.md 9.2).

Two workspaces that are alike name, one what a third has, the other what nobody has: they must be told the same. The
commands are those that there are: a new one that takes an id is tried without being named here. SCIM is tried in
tests/service/test_isolation.py, the console in tests/web/console/test_security.py.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace

import pytest
from typer.core import TyperCommand
from typer.main import get_group

from entrant.cli.app import build
from entrant.db.engine import Database, Tx
from entrant.service import admin
from entrant.service.oauth import OAuth
from entrant.workspace.errors import DomainError
from tests.service.test_isolation import NEW, rows
from tests.support.oauth import CONFIG, Client, basic
from tests.support.workspaces import NewWorkspace, new_workspace
from tests.test_docs import commands

NAMING = {"connection", "member", "credential", "held", "urn"}
"""Parameters by which something of a workspace is named."""
OTHERS = {"setting": "window", "value": "1h", "role": "admin", "credential": "nothing"}
"""Values of what else is required."""
PROGRAM = get_group(build("workspace"))
"""The commands of the service. To put them together takes longer than to run one of them."""
COMMANDS = {
    name: command
    for name, command in commands(PROGRAM)
    if not name.startswith("entrant entra ") and NAMING & {parameter.name for parameter in command.params}
}
SCHEMA = {"id": "urn:example:params:1.0:Badge", "name": "X", "attributes": [{"name": "badge", "type": "string"}]}


@dataclass(frozen=True)
class Third:
    """The workspace that must stay as it is, and what it has, by kind."""

    workspace: NewWorkspace
    has: dict[str, str]
    secret: str

    def everything(self) -> object:
        """All that can be seen of it."""
        database, slug = self.workspace.database, self.workspace.slug
        return (
            rows(self.workspace),
            [(c.id, c.enabled) for c in admin.list_connections(database, slug)],
            [(c.id, c.shown, c.expires_at) for c in admin.list_credentials(database, slug)],
            admin.list_held(database, slug),
            admin.list_schemas(database, slug),
            admin.list_audit(database, slug, limit=1_000),
        )


@pytest.fixture
def third(database: Database) -> Third:
    workspace = new_workspace(database)
    slug = workspace.slug
    user = workspace.idp.user("ada@example.com")
    made = admin.create_secret(database, slug, None, CONFIG.public_url)
    admin.add_schema(database, slug, SCHEMA)
    for name, value in (("minimum", "0"), ("deactivations", "0")):
        admin.set_guard(database, slug, None, name, value)

    def age(tx: Tx) -> None:
        tx.run("UPDATE connection SET first_write = '2020-01-01T00:00:00.000000Z'")

    database.write(slug, age)
    assert workspace.idp.set_active(user, active=False).status == 503
    has = {
        "connection": made.client_id,
        "credential": next(c.id for c in admin.list_credentials(database, slug) if c.kind == "secret"),
        "member": user,
        "userName": "ada@example.com",
        "held": admin.list_held(database, slug)[0].id,
        "urn": SCHEMA["id"],
        "log": admin.list_log(database, slug)[0].id,
    }
    return Third(workspace, {kind: str(value) for kind, value in has.items()}, made.client_secret)


def arguments(command: TyperCommand, slug: str, named: str, id: str) -> list[str]:
    """The command in a workspace, with an id for one of its parameters."""
    words = ["--yes"] if any(parameter.name == "yes" for parameter in command.params) else []
    for parameter in command.params:
        value = {**OTHERS, "slug": slug, named: id}.get(parameter.name or "")
        if value is not None and (parameter.required or parameter.name in {"slug", named}):
            words += [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]
    return words


def told(words: list[str], hidden: tuple[str, ...]) -> str:
    """What the command prints or says, without what differs by nature."""
    printed, status, refusal = io.StringIO(), 0, ""
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            PROGRAM.main(args=words, standalone_mode=False)
        except DomainError as refused:
            status, refusal = 1, repr(refused)
    said = f"{status} {printed.getvalue()} {refusal}"
    for text in hidden:
        said = said.replace(text, "*")
    return NEW.sub(b"*", re.sub(r"\s+", " ", said).encode()).decode()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_names_what_another_workspace_has_names_nothing(
    third: Third, database_url: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ENTRANT_DATABASE", database_url)
    before = third.everything()
    command = COMMANDS[name]
    mine, other = new_workspace(third.workspace.database).slug, new_workspace(third.workspace.database).slug
    words = name.split()[1:]

    for named in sorted(NAMING & {str(parameter.name) for parameter in command.params}):
        for has in {third.has[named], third.has["userName"], third.has["log"]}:
            never = f"{has[:-6]}never0"
            foreign = told([*words, *arguments(command, mine, named, has)], (has, mine))
            assert foreign == told([*words, *arguments(command, other, named, never)], (never, other))
            assert foreign.startswith("1 "), foreign

    assert third.everything() == before


def test_credentials_of_another_workspace_get_no_token_and_end_none(third: Third) -> None:
    database = third.workspace.database
    mine = new_workspace(database)
    own = admin.create_secret(database, mine.slug, None, CONFIG.public_url)
    here = Client(mine, OAuth(database, CONFIG), own.client_id, own.client_secret)
    there = replace(here, workspace=third.workspace, id=third.has["connection"], secret=third.secret)
    token = there.idp(there.by_secret()).token
    stranger = replace(here, id="nobody", secret="scim-secret-nothing")
    refused = seen(stranger)

    assert seen(replace(here, id=there.id, secret=there.secret)) == refused
    assert seen(replace(here, secret=there.secret)) == refused
    assert seen(replace(here, id=there.id)) == refused
    assert here.on("revoke").post({"token": token}, authorization=basic(own.client_id, own.client_secret)).status == 200
    assert replace(third.workspace.idp, token=token).get("/Users").status == 200
    assert replace(mine.idp, token=token).get("/Users").status == 401


def seen(client: Client) -> tuple[int, dict[str, str], bytes]:
    """Everything that a client can see of a refusal."""
    answer = client.by_secret()
    assert answer.status == 401
    return answer.status, dict(answer.headers), answer.read()
