"""A wall clock that jumps makes nothing live longer than it may, and no assertion valid twice (product 9.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypeAlias
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrant.db import Clock
from entrant.db.clock import CONFIRMED, SECOND
from entrant.service import admin, sign_in
from entrant.service.oauth import OAuth
from entrant.service.oauth.assertion import LEEWAY
from entrant.service.scim import Service
from entrant.service.timekeeping import keep_time
from entrant.store import credentials, sessions, workspaces
from tests.support.idp import Idp
from tests.support.issuer import TENANT, new_key, sign
from tests.support.machine import START, Machine
from tests.support.oauth import CONFIG, Client
from tests.support.workspaces import NewWorkspace, new_workspace

DAY = 86_400
KEY = new_key("one")
ISSUER = "https://issuer.example"

Step: TypeAlias = tuple[str, int]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 3 * DAY)),
        st.tuples(st.just("pass"), st.sampled_from([60, 3_540, 3_660, 43_140, 43_260, 7 * DAY, 400 * DAY])),
        st.tuples(st.just("jump"), st.integers(-400 * DAY, 400 * DAY)),
        st.tuples(st.just("jump"), st.sampled_from([-30 * DAY, -DAY, -3_600, -10, 3, 3_600, DAY, 30 * DAY])),
        st.tuples(st.sampled_from(["right", "restart", "purge", "make", "use"]), st.just(0)),
    ),
    min_size=2,
    max_size=10,
)


@dataclass
class Made:
    """A credential, when it ends by the true time, and whether it is accepted now."""

    kind: str
    ends: int
    accepted: Callable[[Machine], bool]
    single: bool = False
    uses: int = 0


def make(machine: Machine) -> list[Made]:
    """One of each kind, in a workspace of their own."""
    workspace = federated(machine)
    db, slug, real = machine.database, workspace.slug, machine.real

    def after(seconds: float) -> int:
        return real + int(seconds * SECOND)

    client_id = admin.list_connections(db, slug)[0].id
    secret = admin.create_secret(db, slug, None, CONFIG.public_url, 1).client_secret
    answer = client(machine, workspace, client_id).by_secret(secret)
    assert answer.status == 200, "what has just been made opens, whatever the clock says"
    access = answer.json()["access_token"]
    rotated = admin.rotate_token(db, slug, None).token
    admin.rotate_token(db, slug, None, timedelta(hours=2))
    admin.invite(db, slug, "first@example.com")
    member = admin.invite(db, slug, f"{uuid4().hex}@example.com", "admin")
    link = admin.create_setup_link(db, slug, member.user_name).path.rpartition("#")[2]
    session = uuid4().hex
    found = db.read(lambda tx: workspaces.find(tx, slug))
    assert found is not None
    db.write(
        slug,
        lambda tx: sessions.insert(tx, found.id, sha256(session.encode()).hexdigest(), member.id, "password", None),
    )
    idp = through(machine, workspace, access)
    cursor = idp.get("/Users?cursor&count=1").json().get("nextCursor")
    made = [
        Made(
            "client secret", after(365 * DAY), lambda m: client(m, workspace, client_id).by_secret(secret).status == 200
        ),
        Made("access token", after(3_600), opens(workspace, access)),
        Made("token in its overlap", after(7_200), opens(workspace, rotated)),
        Made("set-up link", after(7 * DAY), lambda m: sign_in.find_link(m.database, slug, link) is not None),
        Made("session", after(12 * 3_600), lambda m: sign_in.open_session(m.database, slug, session) is not None),
    ]
    if cursor:
        page = f"/Users?cursor={cursor}&count=1"
        token = admin.create_connection(db, slug, "okta").token
        made.append(Made("cursor", after(3_600), lambda m: through(m, workspace, token).get(page).status == 200))
    now = real // SECOND
    claims = {"iss": ISSUER, "aud": "api://entrant", "sub": "the-app", "tid": TENANT, "iat": now, "exp": now + 3_600}
    for jti in ({"jti": str(uuid4())}, {"n": str(uuid4())}):
        text = sign(KEY, claims | jti)

        def used(m: Machine, text: str = text) -> bool:
            return client(m, workspace, client_id).by_assertion(text).status == 200

        made.append(Made("assertion", after(3_600 + LEEWAY.total_seconds() + 1), used, single=True))
    return made


def through(machine: Machine, workspace: NewWorkspace, token: str) -> Idp:
    """A provider with that token, as the process now running hears it."""
    return replace(workspace.idp, send=Service(machine.database, CONFIG).handle, token=token)


def opens(workspace: NewWorkspace, token: str) -> Callable[[Machine], bool]:
    """Whether a token opens the workspace."""
    return lambda machine: through(machine, workspace, token).get("/Users?count=0").status == 200


def client(machine: Machine, workspace: NewWorkspace, client_id: str) -> Client:
    """A client of the process now running."""
    here = replace(workspace, database=machine.database)
    return Client(here, OAuth(machine.database, CONFIG, lambda _: jwks()), client_id, "")


def jwks() -> object:
    """The issuer's key set."""
    return {"keys": [KEY.as_dict(private=False)]}


def federated(machine: Machine) -> NewWorkspace:
    """A workspace that trusts the issuer."""
    workspace = new_workspace(machine.database)
    admin.federate(
        machine.database, workspace.slug, None, CONFIG.public_url, issuer=ISSUER, audience="api://entrant",
        subject="the-app", tenant=TENANT, keys=msgspec.json.encode(jwks()).decode(),
    )  # fmt: skip
    return workspace


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(steps=steps)
def test_nothing_is_accepted_after_its_real_lifetime_and_no_assertion_twice(
    database_url: str, steps: list[Step]
) -> None:
    machine = Machine(database_url)
    try:
        kept = make(machine)
        for what, seconds in [*steps, ("use", 0)]:
            take(machine, what, seconds * SECOND)
            if what == "make":
                kept += make(machine)
            for each in kept:
                if each.single and what != "use":
                    continue
                if each.accepted(machine):
                    each.uses += 1
                    assert machine.real <= each.ends, f"a {each.kind} lives too long"
                    assert not each.single or each.uses == 1, f"an {each.kind} was used twice"
    finally:
        machine.database.close()


def take(machine: Machine, what: str, nanoseconds: int) -> None:
    """One step of what happens to a machine."""
    if what == "pass":
        machine.real += nanoseconds
    elif what == "jump":
        machine.wrong += nanoseconds
    elif what == "right":
        machine.wrong = 0
    elif what == "restart":
        machine.restart()
    elif what == "purge":
        admin.purge_credentials(machine.database)
        sign_in.purge_sign_ins(machine.database)


def test_a_right_clock_is_told_as_it_is() -> None:
    machine = [START, START]
    clock = Clock(lambda: machine[0], lambda: machine[1])
    for seconds in (0, 1, 3_600, 400 * DAY):
        machine[0] += seconds * SECOND
        machine[1] += seconds * SECOND
        right = datetime.fromtimestamp(machine[0] / SECOND, UTC)
        assert abs(datetime.fromisoformat(clock.now()) - right) < timedelta(milliseconds=1)
        assert clock.outside() == clock.steady() == right


def test_a_wrong_jump_that_is_taken_back_changes_neither_what_others_date_nor_what_is_removed() -> None:
    real, wrong = START, 0
    clock = Clock(lambda: real + wrong, lambda: real)
    wrong = 30 * DAY * SECOND
    assert clock.steady() == datetime.fromtimestamp(real / SECOND, UTC)
    real += CONFIRMED // 2
    assert clock.outside() == datetime.fromtimestamp((real + wrong) / SECOND, UTC)
    wrong = 0

    assert clock.outside() == clock.steady() == datetime.fromtimestamp(real / SECOND, UTC)


def test_a_jump_that_lasts_is_believed() -> None:
    real, wrong = START, 0
    clock = Clock(lambda: real + wrong, lambda: real)
    wrong = 30 * DAY * SECOND
    clock.steady()
    real += CONFIRMED + SECOND
    clock.steady()
    wrong = 0

    assert clock.steady() == datetime.fromtimestamp(real / SECOND + 30 * DAY, UTC)


def test_an_entry_of_the_log_is_not_removed_by_a_clock_that_is_wrong_for_a_while(database_url: str) -> None:
    machine = Machine(database_url)
    new_workspace(machine.database).idp.user("ada")
    machine.wrong = 400 * DAY * SECOND

    assert admin.purge_log(machine.database, 30) == 0
    machine.real += 31 * DAY * SECOND
    assert admin.purge_log(machine.database, 30) > 0
    machine.database.close()


def test_processes_whose_clocks_differ_come_to_tell_the_time_of_the_one_ahead(database_url: str) -> None:
    ahead, behind = Machine(database_url), Machine(database_url, wrong=-DAY * SECOND)
    keep_time(ahead.database)
    keep_time(behind.database)

    assert behind.database.clock.now() >= "2026-09-21T14:13:20"
    assert ahead.database.clock.now()[:16] == behind.database.clock.now()[:16]
    ahead.database.close()
    behind.database.close()


@pytest.mark.parametrize("jti", [None, "same"])
def test_what_is_remembered_of_an_issuer_is_bounded_and_yet_no_assertion_is_used_twice(
    database_url: str, monkeypatch: pytest.MonkeyPatch, jti: str | None
) -> None:
    monkeypatch.setattr(credentials, "MAX_ASSERTIONS", 5)
    machine = Machine(database_url)
    workspace = federated(machine)
    here = client(machine, workspace, admin.list_connections(machine.database, workspace.slug)[0].id)
    now = START // SECOND
    claims = {"iss": ISSUER, "aud": "api://entrant", "sub": "the-app", "tid": TENANT}
    texts = [sign(KEY, claims | {"exp": now + 600 + n} | ({"jti": f"{jti}{n}"} if jti else {})) for n in range(12)]

    assert [here.by_assertion(text).status for text in texts] == [200] * 12
    assert [here.by_assertion(text).status for text in texts] == [401] * 12
    rows = machine.database.read(lambda tx: tx.all("SELECT digest FROM assertion"))
    assert len(rows) == 5
    machine.database.close()
