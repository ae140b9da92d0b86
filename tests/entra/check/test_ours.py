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
from entrant.entra.check.options import Federated, OAuth, Options, Profile, Provider
from entrant.entra.check.runner import Runner
from entrant.service import admin
from entrant.store import MIGRATIONS
from tests.support.issuer import new_key, sign
from tests.support.server import Serving, entrant, serving
from tests.support.workspaces import NewWorkspace, new_workspace


@pytest.fixture(params=["entra"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewWorkspace]:
    """A workspace with one member who is none of the check's business, and a connection of this kind."""
    database = open_database(f"sqlite:///{tmp_path / 'entrant.db'}", MIGRATIONS)
    database.migrate()
    made = new_workspace(database, request.param)
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
    """Graph-surface §1: one of the two authentication tests must pass."""
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


def failures(workspace: NewWorkspace, asked: Options) -> dict[str, str]:
    """What fails of a run in this process, which leaves nothing behind."""
    report = Runner(asked, checks_of(asked), send=workspace.idp.send).run()
    assert report.left == ()
    assert names(workspace) == ["bystander@example.com"]
    return {each.check.name: each.reason for each in report.outcomes if each.result is Result.FAILED}


@pytest.mark.parametrize("workspace", ["okta"], indirect=True)
def test_a_connection_for_okta_passes_what_okta_sends(workspace: NewWorkspace) -> None:
    asked = options(workspace, provider=Provider.OKTA)

    assert failures(workspace, asked) == {}


@pytest.mark.parametrize("workspace", ["generic"], indirect=True)
def test_a_generic_connection_passes_what_the_standard_says(workspace: NewWorkspace) -> None:
    asked = options(workspace, "exact", provider=Provider.GENERIC)

    assert failures(workspace, asked) == {}


INTEROP_OPEN = {"Interop-5.4", "Interop-6.5.2-complex"}
"""Points of the interoperability profile that a strict connection does not meet to the letter; see docs/check.md."""


@pytest.mark.parametrize("workspace", ["strict"], indirect=True)
def test_a_strict_connection_meets_ipsie_and_the_interoperability_profile_but_for_known_points(
    workspace: NewWorkspace,
) -> None:
    """Product 5.8."""
    asked = options(workspace, provider=Provider.STRICT, profiles=(Profile.IPSIE, Profile.INTEROP))

    assert failures(workspace, asked).keys() <= INTEROP_OPEN


def test_the_ipsie_report_names_the_two_contradictions(workspace: NewWorkspace) -> None:
    """The draft contradicts itself twice; whoever reads the report is told."""
    asked = options(workspace, "ipsie", profiles=(Profile.IPSIE,))
    chosen = [check for check in checks_of(asked) if "Contradiction" in check.name]

    report = Runner(asked, chosen, send=workspace.idp.send).run()

    assert [(each.check.name, each.result) for each in report.outcomes] == [
        ("IPSIE-4.1-Contradiction", Result.SKIPPED),
        ("IPSIE-5.2-Contradiction", Result.SKIPPED),
    ]
    assert all(each.reason.startswith("the draft contradicts itself: ") for each in report.outcomes)


def test_the_points_of_ipsie_about_oauth_are_met_by_the_service(served: Served, tmp_path: Path) -> None:
    """IPSIE §4.1, §8: a signed assertion, the scope, the metadata, tokens that expire."""
    secret = admin.create_secret(served.workspace.database, served.workspace.slug, None, served.server.url)
    client_id, endpoint = assertion(served, tmp_path / "assertion.jwt")
    asked = Options(
        served.url,
        served.workspace.idp.token,
        profiles=(Profile.IPSIE,),
        only=("IPSIE-4.1-jwt", "IPSIE-4.1-scope", "IPSIE-4.1-metadata", "IPSIE-8-expiry"),
        oauth=OAuth(secret.token_endpoint, secret.client_id, secret.client_secret),
        federated=Federated(endpoint, client_id, (tmp_path / "assertion.jwt").read_text()),
    )

    report = Runner(asked, checks_of(asked)).run()

    assert {each.check.name: each.reason for each in report.outcomes if each.result is not Result.PASSED} == {}
