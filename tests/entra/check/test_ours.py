"""`entrant check` against our own service: every check passes, and nothing is left behind."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from entrant.db import open_database
from entrant.entra.check.catalogue import GALLERY_CHECKS, checks_of
from entrant.entra.check.model import GALLERY, Result
from entrant.entra.check.options import Options
from entrant.entra.check.runner import Runner
from entrant.service import admin
from entrant.store import MIGRATIONS
from tests.support.issuer import new_key, sign
from tests.support.server import Serving, entrant, serving
from tests.support.workspaces import NewWorkspace, new_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[NewWorkspace]:
    """A workspace with one member who is none of the check's business."""
    database = open_database(f"sqlite:///{tmp_path / 'entrant.db'}", MIGRATIONS)
    database.migrate()
    made = new_workspace(database)
    made.idp.user("bystander@example.com")
    yield made
    database.close()


def options(workspace: NewWorkspace, *only: str, **others: object) -> Options:
    """A run against a workspace in this process."""
    url = f"http://127.0.0.1:1{workspace.idp.base}"
    return Options(url, workspace.idp.token, only=only, **others)  # type: ignore[arg-type]


def names(workspace: NewWorkspace) -> list[str]:
    """Everything that there is in a workspace."""
    found = [each["userName"] for each in workspace.idp.get("/Users?count=1000").json()["Resources"]]
    return found + [each["displayName"] for each in workspace.idp.get("/Groups?count=1000").json()["Resources"]]


def test_every_flow_and_every_exact_check_passes_and_nothing_is_left(workspace: NewWorkspace) -> None:
    """F1 to F28 in both dialects."""
    asked = options(workspace, "flows", "exact")

    report = Runner(asked, checks_of(asked), send=workspace.idp.send).run()

    assert {each.check.name: each.reason for each in report.outcomes if each.result is not Result.PASSED} == {}
    assert len([each for each in report.outcomes if each.check.name.startswith("F")]) == 56
    assert report.left == ()
    assert names(workspace) == ["bystander@example.com"]


@dataclass(frozen=True)
class Served:
    """The workspace behind a real server."""

    workspace: NewWorkspace
    server: Serving

    @property
    def url(self) -> str:
        return f"{self.server.url}{self.workspace.idp.base}"


@pytest.fixture
def served(workspace: NewWorkspace, tmp_path: Path) -> Iterator[Served]:
    """`entrant serve` in a process of its own."""
    with serving(f"sqlite:///{tmp_path / 'entrant.db'}") as running:
        yield Served(workspace, running)


def assertion(served: Served, file: Path) -> tuple[str, str]:
    """A file with an assertion that the workspace trusts; the client's id and the token endpoint."""
    key: RSAKey = new_key("mine")
    database, slug = served.workspace.database, served.workspace.slug
    keys = json.dumps({"keys": [key.as_dict(private=False)]})
    made = admin.federate(database, slug, None, served.server.url, keys=keys)
    claims = {
        "iss": made.client_id,
        "sub": made.client_id,
        "aud": made.audience,
        "exp": int(time.time()) + 600,
        "jti": "once",
    }
    file.write_text(sign(key, claims))
    return made.client_id, made.token_endpoint


def test_the_command_passes_all_25_gallery_checks_with_oauth_and_federation(served: Served, tmp_path: Path) -> None:
    """Issue 3, item 9; graph-surface §1: one of the two authentication tests must pass."""
    secret = admin.create_secret(served.workspace.database, served.workspace.slug, None, served.server.url)
    federated, endpoint = assertion(served, tmp_path / "assertion.jwt")
    html, junit = tmp_path / "report.html", tmp_path / "report.xml"

    done = entrant(
        "",
        *("check", served.url, "--token", served.workspace.idp.token, "--json"),
        *(word for suite in GALLERY for word in ("--only", suite)),
        *("--oauth-token-endpoint", secret.token_endpoint, "--client-id", secret.client_id),
        *("--client-secret", secret.client_secret, "--federated-token-endpoint", endpoint),
        *("--federated-client-id", federated, "--assertion", str(tmp_path / "assertion.jwt")),
        *("--html", str(html), "--junit", str(junit)),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert {each["name"]: each["result"] for each in report["checks"]} == {c.name: "PASSED" for c in GALLERY_CHECKS}
    assert report["notes"] == ["25 of 25 gallery checks passed. Microsoft's run would end Succeeded."]
    assert report["notDeleted"] == []
    assert names(served.workspace) == ["bystander@example.com"]
    for text in (done.stdout, done.stderr, html.read_text(), junit.read_text()):
        assert served.workspace.idp.token not in text
        assert secret.client_secret not in text


def test_without_oauth_the_two_authentication_checks_are_skipped_and_the_verdict_says_so(
    workspace: NewWorkspace,
) -> None:
    """Graph-surface 8.4: a static token alone fails Microsoft's run."""
    asked = options(workspace, "Validate_Credentials", "Federated_Identity")

    report = Runner(asked, checks_of(asked), send=workspace.idp.send).run()

    assert [each.result for each in report.outcomes] == [Result.SKIPPED, Result.SKIPPED]
    assert not report.failed
    assert "Microsoft's run would end Failed: neither" in report.notes[0]
