"""How a token is sent, and what a 401 says of one that opens nothing (product.md 1.2, 1.8, 9.11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrant.db.engine import Database, Tx
from entrant.scim.wire import Request, Response
from entrant.service import admin
from tests.support.idp import Idp
from tests.support.workspaces import NewWorkspace, new_workspace

PAST = "2020-01-01T00:00:00.000000Z"


def sent(idp: Idp, header: str | None) -> Response:
    """A read with that Authorization header, or with none."""
    if header is None:
        return idp.send(Request("GET", f"{idp.base}/Users", "", {}, b""))
    return idp.get("/Users?count=0", authorization=header)


def detail(response: Response) -> str:
    assert response.status == 401
    said: str = response.json()["detail"]
    return said


@pytest.mark.parametrize("form", ["{}", "Bearer Bearer {}", "bearer BEARER  {}", "Bearer {}", " bearer   {} "])
@pytest.mark.parametrize("provider", ["entra", "okta", "generic", "strict"])
def test_a_token_without_the_word_or_with_it_twice_opens_what_takes_it(
    module_database: Database, provider: str, form: str
) -> None:
    """Product 1.8: an Okta or generic connection; the refusal of any other names the word."""
    idp = new_workspace(module_database, provider).idp

    answer = sent(idp, form.format(idp.token))

    if provider in {"okta", "generic"} or form.lower().split() == ["bearer", "{}"]:
        assert answer.status == 200
    else:
        assert '"Bearer"' in detail(answer)


@pytest.fixture
def acme(module_database: Database) -> NewWorkspace:
    return new_workspace(module_database)


def test_the_sentence_fits_the_case(acme: NewWorkspace) -> None:
    """Product 1.8."""
    token = acme.idp.token
    connection = admin.list_connections(acme.database, acme.slug)[0].id

    assert "has no token" in detail(sent(acme.idp, None))
    assert "has no bearer token" in detail(sent(acme.idp, "Basic YTpi"))
    assert "mistyped" in detail(sent(acme.idp, f"Bearer {token[:-1]}"))
    admin.set_enabled(acme.database, acme.slug, connection, enabled=False)
    assert "is off" in detail(sent(acme.idp, f"Bearer {token}"))
    admin.set_enabled(acme.database, acme.slug, connection, enabled=True)
    second = admin.rotate_token(acme.database, acme.slug, connection).token
    assert "replaced by a newer one" in detail(sent(acme.idp, f"Bearer {token}"))
    shown = next(c for c in admin.list_credentials(acme.database, acme.slug) if c.kind == "token")
    admin.revoke_credential(acme.database, acme.slug, connection, shown.id)
    assert "was revoked" in detail(sent(acme.idp, f"Bearer {second}"))


def test_an_expired_token_is_told_so(acme: NewWorkspace) -> None:
    """Product 1.8."""

    def expire(tx: Tx) -> None:
        tx.everywhere()
        tx.run("UPDATE token SET expires = :past WHERE expires IS NULL", past=PAST)

    acme.database.write(acme.slug, expire)

    assert "expired on 2020-01-01" in detail(sent(acme.idp, f"Bearer {acme.idp.token}"))


@pytest.mark.parametrize("ended", ["alive", "replaced", "off"])
@pytest.mark.parametrize("form", ["Bearer {}", "{}", "Bearer Bearer {}"])
def test_who_never_had_access_learns_nothing_of_a_workspace(acme: NewWorkspace, form: str, ended: str) -> None:
    """Product 1.2, 9.11: whatever the token was elsewhere, its answer is that of a wrong one and of no workspace."""
    other = new_workspace(acme.database)
    if ended == "replaced":
        admin.rotate_token(other.database, other.slug, None)
    if ended == "off":
        admin.set_enabled(other.database, other.slug, None, enabled=False)
    nowhere = replace(acme.idp, base="/scim/v2/nowhere")

    answers = [
        sent(acme.idp, form.format(other.idp.token)),
        sent(nowhere, form.format(other.idp.token)),
        sent(nowhere, form.format(acme.idp.token)),
    ]

    assert {(a.status, a.read(), a.headers["www-authenticate"]) for a in answers} == {
        (401, answers[0].read(), answers[0].headers["www-authenticate"])
    }
    assert "is not valid for this workspace" in detail(answers[0])
