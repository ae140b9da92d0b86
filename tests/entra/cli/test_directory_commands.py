"""The directory on the command line, as its users run it (without a process of its own, for speed)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from entrant.scim.wire import Json
from tests.support.command import run_here


class Emulator:
    """Runs commands on one database."""

    def __init__(self, folder: Path) -> None:
        self._environment = {"ENTRANT_ENTRA_DATABASE": f"sqlite:///{folder / 'entra.db'}"}

    def text(self, *arguments: str) -> str:
        done = run_here("entra", *arguments, **self._environment)
        return done.stdout + done.stderr if done.stdout or done.returncode != 1 else done.stderr.removesuffix("\n")

    def json(self, *arguments: str) -> Json:
        text = self.text(*arguments, "--json")
        return msgspec.json.decode(text)


@pytest.fixture
def entra(tmp_path: Path) -> Emulator:
    return Emulator(tmp_path)


def test_empty_lists_say_so(entra: Emulator) -> None:
    assert entra.text("user", "list") == "There are no users.\n"
    assert entra.text("user", "list", "--deleted") == "The recycle bin is empty.\n"
    assert entra.text("user", "list", "--search", "x") == 'No user has "x" in their name.\n'
    assert entra.text("group", "list") == "There are no groups.\n"
    assert entra.text("app", "list") == "There are no applications.\n"
    assert entra.json("user", "list") == entra.json("group", "list") == entra.json("app", "list") == []


def test_a_user_from_creation_to_purge(entra: Emulator) -> None:
    entra.text("user", "create", "boss@contoso.com")
    anna = entra.json(
        "user", "create", "anna@contoso.com", "--given-name", "Anna", "--surname", "Berg", "--department", "IT",
        "--manager", "boss@contoso.com",
    )  # fmt: skip
    assert anna["displayName"] == "Anna Berg"

    changed = entra.json(
        "user", "update", "Anna Berg", "--upn", "a@contoso.com", "--disabled", "--manager", "", "--department", ""
    )
    gone = {"manager", "department"}
    assert changed == {name: value for name, value in anna.items() if name not in gone} | {
        "userPrincipalName": "a@contoso.com",
        "accountEnabled": False,
    }
    assert "in the recycle bin" in entra.text("user", "delete", "a@contoso.com")
    assert [user["id"] for user in entra.json("user", "list", "--deleted")] == [anna["id"]]
    assert entra.json("user", "restore", "a@contoso.com") == changed
    assert entra.text("user", "purge", anna["id"]) == "The user a@contoso.com is in the directory; delete it first."
    entra.text("user", "delete", anna["id"])
    assert entra.json("user", "purge", "a@contoso.com") == {"id": anna["id"]}
    assert [user["userPrincipalName"] for user in entra.json("user", "list")] == ["boss@contoso.com"]


def test_groups_and_their_members(entra: Emulator) -> None:
    for name in ("anna", "bert"):
        entra.text("user", "create", f"{name}@contoso.com")
    group = entra.json("group", "create", "Cooks", "--description", "They cook", "--member", "anna@contoso.com")

    assert len(entra.json("group", "add", "Cooks", "--member", "anna", "--member", "bert")["added"]) == 1
    assert len(entra.json("group", "remove", group["id"], "--member", "anna")["removed"]) == 1
    assert [member["displayName"] for member in entra.json("group", "members", "Cooks")] == ["bert"]
    assert entra.json("group", "rename", "Cooks", "Chefs")["displayName"] == "Chefs"
    assert "Chefs" in entra.text("group", "list")
    assert entra.text("group", "delete", "Chefs") == 'The group "Chefs" is deleted.\n'
    assert entra.text("group", "delete", "Chefs") == 'There is no group "Chefs".'


def test_an_application_is_created_with_its_job_and_assigned(entra: Emulator) -> None:
    made = entra.json("app", "create", "Shop")
    assert list(made) == ["servicePrincipalId", "appId", "appRoleId", "jobId"]
    assert made["jobId"].startswith("scim.")
    assert "already" in entra.text("app", "create", "shop")
    assert entra.json("app", "list") == [{"displayName": "Shop", **made}]
    entra.text("user", "create", "anna@contoso.com")

    assigned = entra.json("assign", "Shop", "--user", "anna@contoso.com")
    assert assigned["resourceId"] == made["servicePrincipalId"]
    assert assigned["appRoleId"] == made["appRoleId"]
    assert entra.text("assign", made["appId"], "--user", "anna") == (
        'The user anna@contoso.com has this role in "Shop" already.'
    )
    assert entra.text("assign", "Shop") == "Name one user with --user, or one group with --group."
    assert entra.json("unassign", "Shop", "--user", "anna") == [assigned]


def test_a_file_with_a_bad_row_is_told_of_and_fails(entra: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text("displayName,userPrincipalName\nAnna,anna@contoso.com\nBert,\n")

    told = entra.json("import", str(file))

    assert told == {
        "users": 1,
        "groups": 0,
        "existing": 0,
        "problems": [{"line": 3, "name": "Bert", "message": "a user needs userPrincipalName"}],
    }


def test_a_company_is_seeded(entra: Emulator) -> None:
    told = entra.json("seed", "10")

    assert told["users"] == 10
    assert {told["admins"], told["members"]} <= {group["displayName"] for group in entra.json("group", "list")}


def test_the_clock_is_shown(entra: Emulator) -> None:
    assert entra.json("clock", "show")["mode"] == "real"
    assert "runs" in entra.text("clock", "show")
