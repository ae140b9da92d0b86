"""A page that fails for a reason that nobody has foreseen: here a document that cannot be read."""

from __future__ import annotations

import pytest

from tests.web.console.browser import Browser, Desk, parse, text_of


@pytest.fixture
def broken(desk: Desk) -> str:
    """The path of a member's page that fails."""
    ada = desk.idp.user("ada")
    desk.database.write("acme", lambda tx: tx.run("UPDATE member SET doc = '[' WHERE id = :ada", ada=ada))
    return f"members/{ada}"


def test_a_page_that_fails_is_one_of_ours_and_names_the_request_as_the_log_does(
    desk: Desk, owner: Browser, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = owner.client.get(broken, headers={"x-request-id": "request-7"})

    (record,) = [r for r in caplog.records if r.name == "entrant.web.console.guard"]
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "request-7")
    assert "Something went wrong" in text_of(answer.content)
    assert "request-7" in text_of(answer.content)
    assert "Traceback" not in answer.text
    assert "request-7" in record.getMessage()
    assert record.exc_info
    assert any(True for _ in parse(answer.content).iter("nav")), "whoever is signed in finds the way on"


def test_a_form_that_fails_says_that_it_is_open_what_was_done(desk: Desk, owner: Browser, broken: str) -> None:
    csrf = owner.csrf("members/invite")

    answer = owner.client.post(broken, data={"csrf": csrf, "do": "role", "role": "admin"})

    assert answer.status_code == 500
    assert "Look whether what you asked for was done" in text_of(answer.content)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_every_answer_names_its_request(desk: Desk, owner: Browser) -> None:
    named = owner.client.get("members", headers={"x-request-id": "request-8"}).headers["x-request-id"]

    assert named == "request-8"
    assert len(owner.get("members").headers["x-request-id"]) == len("01a20f03-8c9d-732a-9154-cc05191983a1")
