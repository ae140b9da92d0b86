"""The emulator by its commands alone: it provisions the service, and is killed in the middle of it."""

from __future__ import annotations

import signal
import ssl
import threading
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from entrant.scim.wire import Json
from tests.support.emulator import Workspace
from tests.support.emulator_cli import EmulatorCli


@pytest.fixture
def entra(tmp_path: Path) -> EmulatorCli:
    return EmulatorCli(f"sqlite:///{tmp_path / 'entra.db'}")


def connected(entra: EmulatorCli, workspace: Workspace) -> None:
    """An application Acme that is connected to a workspace."""
    entra.json("app", "create", "Acme")
    entra.json("app", "connect", "Acme", "--tenant-url", workspace.base_url, "--secret-token", workspace.token)


def test_the_way_from_nothing_to_a_provisioned_workspace(tmp_path: Path, workspace: Workspace) -> None:
    """Each command in a process of its own."""
    entra = EmulatorCli(f"sqlite:///{tmp_path / 'entra.db'}", processes=True)
    created = entra.json("app", "create", "Acme")
    assert set(created) == {"servicePrincipalId", "appId", "appRoleId", "jobId"}
    saved = entra.json("app", "connect", "Acme", "--tenant-url", workspace.base_url, "--secret-token", workspace.token)
    assert saved == {"tenantUrl": workspace.base_url, "authenticationType": "SecretToken", "saved": True}
    assert entra.json("app", "test", "Acme")["result"] == "Success"
    entra = replace(entra, processes=False)  # what follows is about other things than processes
    for name in ("ann", "bob"):
        entra.json("user", "create", f"{name}@contoso.com", "--display-name", name.title())
    entra.json("group", "create", "Engineering", "--member", "ann@contoso.com")
    entra.json("assign", "Acme", "--group", "Engineering")
    entra.json("assign", "Acme", "--user", "bob@contoso.com")
    assert entra.json("start", "Acme")["status"] == "NotRun"

    first = replace(entra, processes=True).json("sync", "Acme")
    entra.json("unassign", "Acme", "--user", "bob@contoso.com")
    second = entra.json("sync", "Acme", "--advance", "40m")

    assert set(first) == {"cycleId", "state", "counts", "requests"}
    assert first["state"] == "Succeeded"
    assert first["counts"] == {"create": 3, "update": 1, "disable": 0, "delete": 0, "skip": 0, "fail": 0}
    assert second["counts"]["disable"] == 1
    assert workspace.members() == {"ann@contoso.com": True, "bob@contoso.com": False}
    assert workspace.groups() == {"Engineering": 1}
    log: list[Json] = entra.json("log", "Acme")
    assert [(entry["provisioningAction"], entry["sourceIdentity"]["displayName"]) for entry in log] == [
        ("disable", "bob@contoso.com"),
        ("update", "Engineering"),
        ("create", "Engineering"),
        ("create", "bob@contoso.com"),
        ("create", "ann@contoso.com"),
    ]
    assert workspace.token not in str(log) + str(entra.json("log", "Acme", "--exchanges"))
    shown = entra.json("provision-on-demand", "Acme", "--user", "ann@contoso.com")
    assert shown["result"] == "Skipped"
    assert {name for step in shown["steps"] for name in step} == {"name", "status", "description", "details"}


def test_a_refusal_is_one_sentence_and_exit_status_1(entra: EmulatorCli, workspace: Workspace) -> None:
    connected(entra, workspace)
    cases = {
        ("sync", "Nobody"): 'There is no application "Nobody".',
        ("app", "connect", "Acme", "--tenant-url", "acme.example"): "The Tenant URL begins with https:// or http://",
        ("clock", "advance", "soon"): '"soon" is not a time; write it as 40m, 24h or 30d.',
        ("app", "mapping", "Acme", "set", "title", "[job"): "",
        ("provision-on-demand", "Acme"): "Say whom: --user U or --group G.",
    }
    for arguments, sentence in cases.items():
        done = entra.run(*arguments)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert done.stderr.startswith(sentence)
        assert "Traceback" not in done.stderr


def test_a_connection_that_fails_is_told_and_not_saved(entra: EmulatorCli, workspace: Workspace) -> None:
    entra.json("app", "create", "Acme")

    done = entra.run("app", "connect", "Acme", "--tenant-url", workspace.base_url, "--secret-token", "sesame")

    assert done.returncode == 1
    assert "401" in done.stderr or "Unauthorized" in done.stderr
    assert "sesame" not in done.stderr + done.stdout
    assert entra.json("app", "settings", "Acme")["tenantUrl"] is None


def test_mappings_are_edited(entra: EmulatorCli, tmp_path: Path) -> None:
    entra.json("app", "create", "Acme")
    file = tmp_path / "schema.json"

    entra.json("app", "mapping", "Acme", "set", "title", "ToUpper([jobTitle])")
    entra.json("app", "mapping", "Acme", "disable", "groups")
    entra.json("app", "mapping", "Acme", "export", str(file))
    entra.json("app", "mapping", "Acme", "remove", "title")
    entra.json("app", "mapping", "Acme", "import", str(file))

    [title] = [each for each in entra.json("app", "mapping", "Acme", "list") if each["targetAttributeName"] == "title"]
    assert title["source"]["expression"] == "ToUpper([jobTitle])"
    tried = entra.json("app", "mapping", "Acme", "test", "ToUpper([jobTitle])", "--value", "jobTitle=captain")
    assert tried["evaluationResult"] == ["CAPTAIN"]


def test_an_emulator_that_serves_provisions_and_answers_graph(entra: EmulatorCli, workspace: Workspace) -> None:
    """Over http and https; commands work beside it, and what they start it runs."""
    connected(entra, workspace)
    entra.json("user", "create", "ann@contoso.com", "--display-name", "Ann")
    entra.json("assign", "Acme", "--user", "ann@contoso.com")
    with entra.serving() as served:
        entra.json("start", "Acme")
        for _ in range(600):
            if workspace.members():
                break
            threading.Event().wait(0.05)
        authority = Path(entra.url.removeprefix("sqlite:///")).parent / "entra-ca.pem"
        with httpx.Client(verify=ssl.create_default_context(cafile=authority)) as client:
            names = [
                [user["userPrincipalName"] for user in client.get(f"{url}/v1.0/users").json()["value"]]
                for url in (served.http, served.https)
            ]
            keys = client.get(f"{served.https}/common/discovery/v2.0/keys").json()
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(30) == 0

    assert workspace.members() == {"ann@contoso.com": True}
    assert names == [["ann@contoso.com"]] * 2
    assert set(keys) == {"keys"}


def test_killed_in_the_middle_of_a_cycle_nothing_is_lost_or_doubled(
    entra: EmulatorCli, workspace: Workspace, tmp_path: Path
) -> None:
    """SIGKILL between two requests: the next cycle converges, the one after has nothing to do."""
    connected(entra, workspace)
    entra.json("app", "settings", "Acme", "--switch", "max_parallel=3")
    entra.json("app", "scope", "Acme", "all")
    people = tmp_path / "people.json"
    names = [f"user{n:03}@contoso.com" for n in range(60)]
    people.write_text(
        "[" + ",".join(f'{{"userPrincipalName": "{name}", "displayName": "{name[:7]}"}}' for name in names) + "]"
    )
    entra.json("import", str(people))

    process = entra.start("sync", "Acme")
    while not 5 < len(workspace.members()) < 60:
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    there = len(workspace.members())
    second = entra.json("sync", "Acme")
    third = entra.json("sync", "Acme")

    assert there < 60
    assert workspace.members() == dict.fromkeys(names, True)
    assert workspace.failures() == []
    assert second["state"] == "Succeeded"
    assert third["counts"] == {"create": 0, "update": 0, "disable": 0, "delete": 0, "skip": 0, "fail": 0}
