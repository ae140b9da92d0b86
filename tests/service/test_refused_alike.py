"""Refusing a caller without access is the same work, whether or not what they name exists (Product 9.11).

Time cannot be compared in a test that others run beside. What takes the time can: statements, in order, and hashes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from entrant.config import Config
from entrant.db.engine import Database
from entrant.scim.wire import Request, Response
from entrant.service import admin, passwords
from entrant.service.admin import find_openid_client, has_sign_in
from entrant.service.oauth import OAuth
from entrant.service.scim import Service
from entrant.service.sign_in import NotLetIn, find_link, open_session, sign_in, use_link
from entrant.service.strangers import LOGGED_EACH_HOUR
from entrant.workspace.tokens import make_token
from tests.bench.record import Recorder, RecordingTx, Trace
from tests.support.oauth import CONFIG, Client
from tests.support.workspaces import NewWorkspace, new_workspace

MEMBER, PASSWORD = "ada@acme.example", "correct horse battery staple"
NOWHERE = "no-such-workspace"


class All(Recorder):
    """Records all that is asked, in the order in which it is asked."""

    def __init__(self, inner: Database) -> None:
        super().__init__(inner)
        self.traces: list[tuple[str, Trace]] = []

    def _recorded(self, kind: str, work: Callable[..., object]) -> Callable[..., object]:
        def recorded(tx: object) -> object:
            trace = Trace()
            self.traces.append((kind, trace))
            return work(RecordingTx(tx, trace))  # type: ignore[arg-type]  # a transaction

        return recorded

    def _reading(self, work: Callable[..., object]) -> Callable[..., object]:  # type: ignore[override]
        return self._recorded("read", work)

    def _writing(self, work: Callable[..., object]) -> Callable[..., object]:  # type: ignore[override]
        return self._recorded("write", work)


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace with a member who has a password, where enough has been refused in this hour."""
    made = new_workspace(database)
    admin.invite(database, made.slug, MEMBER)
    link = admin.create_setup_link(database, made.slug, MEMBER).path.rpartition("#")[2]
    use_link(database, made.slug, link, PASSWORD)
    wrong = replace(made.idp, token=make_token(partial(bytes)))
    for base in (made.idp.base, f"/scim/v2/{NOWHERE}"):
        for _ in range(LOGGED_EACH_HOUR + 1):
            assert replace(wrong, base=base).get("/Users").status == 401
    return made


def work_of(acme: NewWorkspace, ask: Callable[[Database], object], monkeypatch: pytest.MonkeyPatch) -> object:
    """What a refusal has cost: each transaction with its statements, and the hashes that were computed."""
    recorder, hashes = All(acme.database), Counter[str]()
    real = passwords._hasher.verify

    def verify(hashed: str, password: str) -> bool:
        hashes[hashed.rpartition("$")[0].rpartition("$")[0]] += 1  # the parameters
        return real(hashed, password)

    with monkeypatch.context() as patch:
        patch.setattr(
            passwords,
            "_hasher",
            type("Counting", (), {"verify": staticmethod(verify), "hash": passwords._hasher.hash})(),
        )
        ask(recorder)
    acme.database.write("after", lambda tx: tx.everywhere())  # what nobody waits for has run
    acme.database.write(acme.slug, lambda tx: tx.everywhere())
    acme.database.write(NOWHERE, lambda tx: tx.everywhere())
    return [(kind, [each.sql for each in trace.statements]) for kind, trace in recorder.traces], hashes


def sign_in_at(slug: str, email: str) -> Callable[[Database], object]:
    def ask(database: Database) -> None:
        with pytest.raises(NotLetIn):
            sign_in(database, slug, email, "wrong wrong wrong", "192.0.2.1", "no.known.browser")

    return ask


def test_a_password_is_refused_by_the_same_work(acme: NewWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong one, no such member, a member without one, no such workspace."""
    admin.invite(acme.database, acme.slug, "no.password@acme.example")
    cases = [
        (acme.slug, MEMBER),
        (acme.slug, "nobody@acme.example"),
        (acme.slug, "no.password@acme.example"),
        (NOWHERE, MEMBER),
    ]
    costs = [work_of(acme, sign_in_at(*case), monkeypatch) for case in cases]

    assert costs == [costs[0]] * len(cases)
    assert [kind for kind, _ in costs[0][0]] == ["write", "write"]  # type: ignore[index]  # as above
    assert sum(costs[0][1].values()) == 1  # type: ignore[index]  # as above


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_scim_token_is_refused_by_the_same_work(
    acme: NewWorkspace, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """A wrong token, one of another workspace, no such workspace."""
    other = new_workspace(acme.database)

    def ask(slug: str, token: str, database: Database) -> Response:
        service = Service(database, Config())
        headers = {"authorization": f"Bearer {token}"}
        path = f"/scim/v2/{slug}/Users{'/1' if method == 'DELETE' else ''}"
        answer = service.handle(Request(method, path, "", headers, b"{}" if method == "POST" else b""))
        assert answer.status == 401
        return answer

    unknown = make_token(partial(bytes))
    cases = [(acme.slug, unknown), (NOWHERE, unknown), (acme.slug, other.idp.token), (NOWHERE, other.idp.token)]
    costs = [work_of(acme, partial(ask, *case), monkeypatch) for case in cases]

    assert costs == [costs[0]] * len(cases)


def test_a_client_is_refused_by_the_same_work(acme: NewWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong secret, no such client, no such workspace."""
    made = admin.create_secret(acme.database, acme.slug, None, CONFIG.public_url)

    def ask(slug: str, client: str, database: Database) -> Response:
        answer = Client(replace(acme, slug=slug), OAuth(database, CONFIG), client, "wrong").by_secret()
        assert answer.status == 401
        return answer

    cases = [(acme.slug, made.client_id), (acme.slug, "nobody"), (NOWHERE, made.client_id)]
    costs = [work_of(acme, partial(ask, *case), monkeypatch) for case in cases]

    assert costs == [costs[0]] * len(cases)


LOOKS: list[Callable[[str, Database], object]] = [
    lambda slug, database: open_session(database, slug, "secret"),
    lambda slug, database: find_link(database, slug, "secret"),
    lambda slug, database: has_sign_in(database, slug),
    lambda slug, database: find_openid_client(database, slug),
]


@pytest.mark.parametrize("look", LOOKS, ids=["session", "set-up link", "sign-in page", "OpenID"])
def test_a_page_looks_for_the_same_where_there_is_no_workspace(
    acme: NewWorkspace, monkeypatch: pytest.MonkeyPatch, look: Callable[[str, Database], object]
) -> None:
    here, nowhere = (work_of(acme, partial(look, slug), monkeypatch) for slug in (acme.slug, NOWHERE))

    assert here == nowhere
