"""`entrant check` against other endpoints: one with failures of its own, broken ones, and one that cannot be cleaned."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from entrant.cli.app import main
from entrant.entra.check.catalogue import checks_of
from entrant.entra.check.model import Result
from entrant.entra.check.options import Options, Profile, Provider
from entrant.entra.check.report import html, json_of, junit
from entrant.entra.check.runner import Runner
from entrant.scim.wire import Handler, Json, Request, Response

TOKEN = "a-token-that-nobody-may-see"
PEER_PORTS = 200  # times a new server is asked before it is given up


@pytest.fixture
def peer() -> Iterator[str]:
    """`scim2-server` in a process of its own; its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("scim2-server")
    process = subprocess.Popen(
        [program, "--port", str(port), "--bearer-token", TOKEN], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}/v2"
    try:
        for _ in range(PEER_PORTS):
            try:
                httpx.get(f"{url}/Users", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


FAILURES_OF_SCIM2_SERVER = {
    # A manager as a bare text is refused; it wants an object with value (6.7, entra-client 8.6.2).
    "F2": "PATCH is answered 400",
    "F28": "PATCH is answered 400",
    "User_Update_Manager": "PATCH is answered 400",
    "SCIM_Update_Manager": "is answered 400",
    # An element that a filter describes and that is not there is not made (entra-client 8.2.4).
    "F5": "PATCH is answered 400: no value of 'addresses' matches",
    # A remove with a value is refused since it is not in the standard; Entra sends no other (entra-client 9.8).
    "F8": "PATCH is answered 400: a remove operation carries",
    "F13": "PATCH is answered 400: a remove operation carries",
    "Group_Update_Remove_Member": "PATCH is answered 400: a remove operation carries",
    "Member_Removed_By_Value": "is answered 400",
    # It is no attribute of the RFC's schemas either; the gallery wants it there (6.3).
    "Schema_Discoverability": "/Schemas does not list externalId",
    # With the flag only the manager's shape is left, and the element that is not there.
    "F2-flag": "PATCH is answered 400",
    "F28-flag": "PATCH is answered 400",
    "F5-flag": "PATCH is answered 400: no value of 'addresses' matches",
}


def test_scim2_server_has_these_failures_and_each_is_explained(peer: str) -> None:
    """Its real failures. Flows that it passes are in this run too: F1, F3, F9 and F24."""
    flows = ("F1", "F2", "F3", "F5", "F8", "F9", "F13", "F24", "F28")
    asked = Options(peer, TOKEN, only=(*flows, "UserTests", "GroupTests", "SCIMTests", "exact"))

    report = Runner(asked, checks_of(asked)).run()

    failed = {each.check.name: each for each in report.outcomes if each.result is Result.FAILED}
    assert failed.keys() == FAILURES_OF_SCIM2_SERVER.keys()
    for name, why in FAILURES_OF_SCIM2_SERVER.items():
        assert why in failed[name].reason
        assert failed[name].next_step
        assert failed[name].exchanges
    assert report.left == ()
    headers = {"authorization": f"Bearer {TOKEN}"}
    for endpoint in ("/Users", "/Groups"):
        assert httpx.get(peer + endpoint, headers=headers).json()["totalResults"] == 0


def _html(_: Request) -> Response:
    return Response(200, {"content-type": "text/html"}, b"<html><script>alert('no')</script> & so on</html>")


def _error(_: Request) -> Response:
    return Response(500, {}, b"")


def _truncated(request: Request) -> Response:
    return Response(201 if request.method == "POST" else 200, {}, b'{"totalResults": 1, "Resources": [{"id": "7", "use')


def _silent(_: Request) -> Response:
    return Response(0, {"reason": "Timeout"}, b"the target did not answer within 1 second")


def _redirect(_: Request) -> Response:
    return Response(302, {"location": "https://elsewhere.example/login"})


def _odd(request: Request) -> Response:
    """JSON of other types than a client expects."""
    return Response(
        200, {}, b'{"id": 7, "totalResults": "1", "Resources": {"a": [null]}, "members": 3, "schemas": null}'
    )


def _pairs(_: Request) -> Response:
    """A list of two that matches everything, and a resource at once."""
    user = {"id": "1", "userName": "x", "displayName": None, "active": "True", "emails": [None, 3], "members": [None]}
    return Response(200, {}, json.dumps({**user, "totalResults": 2, "Resources": [user, user, None]}).encode())


def _soup(request: Request) -> Response:
    """Nothing is of the type that it must be, but for what must be passed to come to the others."""
    attribute = {"name": "x", "type": [], "subAttributes": [{"name": 3, "canonicalValues": 5}], "multiValued": "yes"}
    resource = {"id": "1", "schemas": 5, "userName": 5, "name": "x", "emails": {"a": 1}, "active": [], "meta": 1}
    resource |= {
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": ["x"],
        "bulk": 3,
        "attributes": [attribute],
    }
    answer = {
        **resource,
        "title": ["x"],
        "externalId": {},
        "totalResults": 1,
        "Resources": [resource],
        "startIndex": [],
    }
    return Response(201 if request.method == "POST" else 200, {}, json.dumps(answer).encode())


def _nested(_: Request) -> Response:
    return Response(200, {}, b"[" * 50_000)


def _empty(_: Request) -> Response:
    return Response(204)


BROKEN: list[Handler] = [_html, _error, _truncated, _silent, _redirect, _odd, _pairs, _soup, _nested, _empty]


@pytest.mark.parametrize("send", BROKEN, ids=lambda send: send.__name__.strip("_"))
def test_a_broken_endpoint_fails_checks_and_nothing_else(send: Handler) -> None:
    asked = Options(
        "http://127.0.0.1:1/scim", TOKEN, only=("F1", "F4", "F24", "Create_User", "POD_Group", "SCIMTests", "exact")
    )

    report = Runner(asked, checks_of(asked), send=send).run()

    results = {each.check.name: each.result for each in report.outcomes}
    assert results["F1"] is Result.FAILED
    assert Result.PASSED not in {results["Create_User"], results["SCIM_User_Create"], results["Wrong_Token"]}
    assert json_of(report)["summary"]["FAILED"] >= 1
    assert junit(report).startswith("<?xml")
    assert "<script>" not in html(report)


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run `entrant` with these words in this process: a new one takes longer than all that it does. The exit status."""
    monkeypatch.setattr(sys, "argv", ["entrant", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_nobody_at_the_address_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = command(monkeypatch, "check", "http://127.0.0.1:1/scim", "--token", TOKEN, "--timeout", "2")

    printed = capsys.readouterr()
    assert status == 1
    assert "no connection to http://127.0.0.1:1" in printed.out
    assert printed.err == ""
    assert TOKEN not in printed.out


def test_checks_can_be_listed_without_an_endpoint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = command(monkeypatch, "check", "http://127.0.0.1:1", "--list", "--json", "--only", "Create_User")

    assert status == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == ["Create_User"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ftp://x"], "The address begins with https:// or http://"),
        (["http://x/scim?aadOptscim062020"], "Give the base URL without ?"),
        (["http://x", "--only", "nothing"], 'This run has no check or suite "nothing"'),
        (["http://x", "--client-id", "a"], "together"),
        (["http://x", "--token", "two words"], "The token has characters that no header can carry"),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = command(monkeypatch, "check", *words)

    refused = capsys.readouterr().err
    assert status == 1
    assert says in refused
    assert len(refused.splitlines()) == 1


@pytest.mark.parametrize("send", [_odd, _pairs, _soup], ids=lambda send: send.__name__.strip("_"))
def test_profiles_and_other_providers_stand_answers_of_the_wrong_type(send: Handler) -> None:
    asked = Options("http://127.0.0.1:1/scim", TOKEN, provider=Provider.OKTA, profiles=tuple(Profile))

    report = Runner(asked, checks_of(asked), send=send).run()

    assert len(report.outcomes) == len(checks_of(asked))
    assert report.failed


@dataclass
class Memory:
    """An endpoint that makes whatever it is told, and deletes nothing unless it `may`."""

    may: bool = True
    after_post: Callable[[], None] = lambda: None
    users: dict[str, Json] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        """Only what the clean-up needs."""
        id_ = request.path.rpartition("/")[2]
        if request.method == "POST":
            new = f"id{len(self.users)}"
            self.users[new] = {**json.loads(request.body), "id": new}
            self.after_post()
            return Response(201, {}, json.dumps(self.users[new]).encode())
        if request.method == "DELETE":
            if not self.may:
                return Response(405)
            self.deleted.append(id_)
            return Response(204 if self.users.pop(id_, None) else 404)
        found = [
            each
            for each in self.users.values()
            if each.get("userName", "\0") in httpx.URL(f"?{request.query}").params["filter"]
        ]
        return Response(200, {}, json.dumps({"totalResults": len(found), "Resources": found}).encode())


def test_what_cannot_be_deleted_is_listed() -> None:
    endpoint = Memory(may=False)
    asked = Options("http://127.0.0.1:1/scim", TOKEN, only=("SCIM_User_Create",))

    report = Runner(asked, checks_of(asked), send=endpoint.send).run()

    (user,) = endpoint.users.values()
    assert report.left == (f"/Users/{user['id']} ({user['userName']})",)
    assert report.left[0] in html(report)


def test_an_interruption_cleans_up_also_what_was_made_without_an_answer() -> None:
    """Ctrl-C between the creation and its answer: the user is found by name, and nobody else is touched."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    endpoint = Memory(after_post=interrupt, users={"other": {"id": "other", "userName": "bystander"}})
    asked = Options("http://127.0.0.1:1/scim", TOKEN, only=("SCIM_User_Create",))

    report = Runner(asked, checks_of(asked), send=endpoint.send).run()

    assert report.interrupted
    assert list(endpoint.users) == ["other"]
    assert endpoint.deleted == ["id1"]


def test_a_report_that_cannot_be_written_is_told_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = command(monkeypatch, "check", "http://127.0.0.1:1", "--html", "/nowhere/report.html")

    printed = capsys.readouterr()
    assert status == 1
    assert printed.out == ""
    assert printed.err == "The report cannot be written to /nowhere/report.html: No such file or directory.\n"
