"""The emulator provisions by each way of authentication, through changes of credentials, and against the rate limit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import msgspec
import pytest

from entrant.db import open_database
from entrant.entra.engine.switches import Switches
from entrant.entra.jobs import operations, runner
from entrant.entra.jobs.connection import Connection
from entrant.entra.jobs.driver import Pace
from entrant.entra.jobs.provisioner import Provisioner, published_keys
from entrant.entra.jobs.secrets import open_vault
from entrant.entra.jobs.target import reach as real_reach
from entrant.entra.jobs.tokens import Issuer, issuer_name, jwks
from entrant.entra.jobs.views import StatusCode
from entrant.entra.model import ServicePrincipal
from entrant.entra.store import open_tenant, tenant
from entrant.scim.wire import Handler, Request, Response
from entrant.service import admin
from entrant.store import MIGRATIONS
from tests.support.application import migrated
from tests.support.emulator import App, Target, Workspace, new_app, users
from tests.support.server import serving

METRICS_TOKEN = "metrics-token-of-the-tests"
RATE, LOW_RATE = 200, 2  # requests per second of a connection


@contextmanager
def served(folder: Path, rate: int) -> Iterator[Target]:
    """The service in a process of its own; `rate` is in requests per second of a connection, five times that at once."""
    url = migrated(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENTRANT_CONNECTION_RATE", str(rate))
        patch.setenv("ENTRANT_METRICS_TOKEN", METRICS_TOKEN)
        with serving(url) as server:
            database = open_database(url, MIGRATIONS)
            yield Target(server.url, database)
            database.close()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The service, with the usual limit."""
    with served(tmp_path_factory.mktemp("service"), RATE) as service:
        yield service


@pytest.fixture
def workspace(target: Target) -> Workspace:
    """A workspace without members."""
    return target.workspace()


@pytest.fixture
def provisioner(tmp_path: Path) -> Iterator[Provisioner]:
    """An emulated tenant."""
    database = open_tenant(f"sqlite:///{tmp_path / 'tenant.db'}")
    tenant_id = database.read(lambda tx: tenant.get(tx).id)
    yield Provisioner(database, open_vault(f"sqlite:///{tmp_path}/x.db", {}), tenant_id)
    database.close()


def by_token(_: App, workspace: Workspace) -> dict[str, str]:
    """The keys of a connection by bearer token."""
    return {"SecretToken": workspace.token}


def by_secret(_: App, workspace: Workspace) -> dict[str, str]:
    """The keys of a connection by a new client secret."""
    made = admin.create_secret(workspace.target.database, workspace.slug, None, workspace.target.url)
    return {
        "AuthenticationType": "OAuth2ClientCredentialsGrant",
        "Oauth2TokenExchangeUri": made.token_endpoint,
        "Oauth2ClientId": made.client_id,
        "Oauth2ClientSecret": made.client_secret,
    }


def by_federation(app: App, workspace: Workspace) -> dict[str, str]:
    """The keys of a connection by assertions of the emulated tenant."""
    issuer = app.p.issuer
    issuer.key()
    made = admin.federate(
        workspace.target.database,
        workspace.slug,
        None,
        workspace.target.url,
        issuer=issuer_name(issuer.login_url, issuer.tenant),
        audience="api://entrant",
        subject=app.id,
        tenant=issuer.tenant,
        keys=msgspec.json.encode(jwks(published_keys(app.p), "")).decode(),
    )
    return {
        "AuthenticationType": "WorkloadIdentityFederation",
        "Oauth2TokenExchangeUri": made.token_endpoint,
        "Oauth2ClientId": made.client_id,
        "FederatedAudience": "api://entrant",
    }


Keys = Callable[[App, Workspace], dict[str, str]]


def connect(app: App, workspace: Workspace, keys: Keys) -> None:
    """Connect an application to a workspace."""
    operations.connect(app.p, app.id, {"BaseAddress": workspace.base_url, **keys(app, workspace)})


def watched(monkeypatch: pytest.MonkeyPatch, see: Callable[[int, Response], None]) -> None:
    """Let `see` have the number and the answer of every request that comes to the target."""
    numbers = count(1)

    @contextmanager
    def reach(
        connection: Connection, app: ServicePrincipal, issuer: Issuer, switches: Switches, stop: threading.Event | None
    ) -> Iterator[Handler]:
        with real_reach(connection, app, issuer, switches, stop) as send:

            def seeing(request: Request) -> Response:
                answer = send(request)
                see(next(numbers), answer)
                return answer

            yield seeing

    monkeypatch.setattr(runner, "reach", reach)


@pytest.mark.parametrize(("keys", "kind"), [(by_token, "token"), (by_secret, "secret"), (by_federation, "federation")])
def test_members_are_provisioned_by_each_way_of_authentication(
    provisioner: Provisioner, workspace: Workspace, keys: Keys, kind: str
) -> None:
    """entra-client 3.1, 3.3, 3.6."""
    app = new_app(provisioner)
    connect(app, workspace, keys)
    app.assign(*users(provisioner, "ann", "bob"))

    app.sync()

    assert workspace.members() == {"ann@contoso.com": True, "bob@contoso.com": True}
    assert workspace.failures() == []
    used = {one.kind for one in admin.list_credentials(workspace.target.database, workspace.slug) if one.last_used}
    assert used == {kind}


@pytest.mark.parametrize("keys", [by_token, by_secret])
def test_credentials_are_changed_in_the_middle_of_a_cycle_with_overlap_and_nothing_is_lost(
    provisioner: Provisioner, workspace: Workspace, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Product 1.3: the new one is made while the old one is used, entered at the provider, and then the old one ends."""
    app, database = new_app(provisioner), workspace.target.database
    connect(app, workspace, keys)
    operations.start(provisioner, app.job_id)
    app.assign(*users(provisioner, "ann", "bob", "cy"))
    new: list[dict[str, str]] = []

    def make(number: int, _: Response) -> None:
        if number == 3:
            if keys is by_token:
                rotated = admin.rotate_token(database, workspace.slug, None, admin.connections.MAX_OVERLAP)
                new.append({"SecretToken": rotated.token})
            else:
                new.append(by_secret(app, workspace))

    watched(monkeypatch, make)
    app.sync()
    operations.connect(app.p, app.id, {"BaseAddress": workspace.base_url, **new[0]})
    app.assign(*users(provisioner, "dee", "eve", "fay"))

    def end_the_old(number: int, _: Response) -> None:
        if number == 3:
            kind = "token" if keys is by_token else "secret"
            all_ = [one for one in admin.list_credentials(database, workspace.slug) if one.kind == kind]
            oldest = min(all_, key=lambda one: one.created)
            admin.revoke_credential(database, workspace.slug, None, oldest.id)

    watched(monkeypatch, end_the_old)
    app.sync()

    assert set(workspace.members()) == {f"{name}@contoso.com" for name in ("ann", "bob", "cy", "dee", "eve", "fay")}
    assert workspace.failures() == []
    assert app.job.status is StatusCode.ACTIVE


def throttled(workspace: Workspace) -> int:
    """How many requests the service has answered 429."""
    headers = {"authorization": f"Bearer {METRICS_TOKEN}"}
    lines = httpx.get(f"{workspace.target.url}/metrics", headers=headers).text.splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if 'status="429"' in line)


def test_a_cycle_beyond_the_rate_limit_is_slowed_down_and_not_quarantined(
    provisioner: Provisioner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """entra-client 14.11: Retry-After is heeded, and 429 is no error of the job.

    Somebody else uses up the limit of the connection until the emulator has been told to wait: how fast it sends by
    itself depends on the machine.
    """
    told_to_wait = threading.Event()
    suspend = Pace.suspend

    def suspended(pace: Pace, seconds: float) -> None:
        told_to_wait.set()
        suspend(pace, seconds)

    def use_up(workspace: Workspace) -> None:
        with httpx.Client(headers={"authorization": f"Bearer {workspace.token}"}) as client:
            while not told_to_wait.is_set():
                client.get(f"{workspace.base_url}/Users")

    monkeypatch.setattr(Pace, "suspend", suspended)
    with served(tmp_path, LOW_RATE) as target:
        app, workspace = new_app(provisioner), target.workspace()
        connect(app, workspace, by_token)
        operations.start(provisioner, app.job_id)
        people = users(provisioner, *(f"user{n}" for n in range(4)))
        app.assign(*people)
        other = threading.Thread(target=use_up, args=(workspace,))
        other.start()
        try:
            app.sync()
        finally:
            told_to_wait.set()
            other.join()

        assert len(workspace.members()) == len(people)
        assert workspace.failures() == []
        assert app.job.status is StatusCode.ACTIVE
        assert throttled(workspace) > 0
