"""Whatever a target answers ends in a log entry, an escrow or a quarantine, and never in a traceback.

entra-client 14, 15.4; then what is lost in between: answers, and the process itself (23.6.8, 7.17).
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from entrant.entra.model import Escrow, Status
from entrant.scim.wire import Request, Response

from .pair import Fault, MakePair, Pair

HTML = Response(200, {"content-type": "text/html"}, b"<html><body>Welcome</body></html>")
TWO = Response(200, {}, b'{"totalResults": 2, "Resources": [{"id": "1"}, {"id": "2"}]}')
INCOMPATIBLE = "SystemForCrossDomainIdentityManagementServiceIncompatible"

ANSWERS = {
    "500": (Response(500, {}, b"oops"), "InternalServerError"),
    "429": (Response(429), "TooManyRequests"),
    "429 with Retry-After": (Response(429, {"retry-after": "120"}), "TooManyRequests"),
    "409": (Response(409, {}, b'{"detail": "taken"}'), "Conflict"),
    "html": (HTML, INCOMPATIBLE),
    "html 502": (Response(502, {}, b"<html>Bad gateway</html>"), "InternalServerError"),
    "nothing": (Response(0, {"reason": "Timeout"}, b"no answer within 100 seconds"), "Timeout"),
    "broken": (Response(0, {"reason": "WebExceptionProtocolError"}, b"the connection broke"), "WebExceptionProtocolError"),
    "empty": (Response(200), INCOMPATIBLE),
    "truncated": (Response(200, {}, b'{"id": "1", "userNa'), INCOMPATIBLE),
    "redirect": (Response(302, {"location": "https://elsewhere.example"}), "WebExceptionProtocolError"),
    "401": (Response(401), "Unauthorized"),
    "403": (Response(403), "InsufficientRights"),
    "400": (Response(400, {}, b"no"), "SystemForCrossDomainIdentityManagementBadRequest"),
    "two": (TWO, "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse"),
}  # fmt: skip
READS = {"two", "html", "empty", "truncated"}
"""Answers that only matter to who reads them: a PATCH or DELETE with any 2xx is done (8.1.3, 10.2)."""
FILTERING = "SystemForCrossDomainIdentityManagementServiceIncompatibleFiltering"

POINTS = {
    "lookup": ("GET", "/Users", "jane", "user jane\nassign jane"),
    "create": ("POST", "/Users", "jane", "user jane\nassign jane"),
    "read": ("GET", "/Users/", "", "user jane\nassign jane\ncycle\nupdate jane jobTitle=Chief"),
    "update": ("PATCH", "/Users/", "", "user jane\nassign jane\ncycle\nupdate jane jobTitle=Chief"),
    "disable": ("PATCH", "/Users/", "", "user jane\nassign jane\ncycle\nunassign jane"),
    "delete": ("DELETE", "/Users/", "", "user jane\nassign jane\ncycle\ndelete jane\npurge jane"),
    "manager": ("PATCH", "/Users/", "manager", "user ann\nuser jane\nassign ann jane\ncycle\nmanager jane ann"),
    "group lookup": ("GET", "/Groups", "Team", "group Team\nassign Team"),
    "group create": ("POST", "/Groups", "Team", "group Team\nassign Team"),
    "members": ("PATCH", "/Groups/", "members", "user jane\ngroup Team jane\nassign Team"),
    "group delete": ("DELETE", "/Groups/", "", "group Team\nassign Team\ncycle\nunassign Team"),
}  # fmt: skip


def waiting(pair: Pair) -> list[Escrow]:
    """What waits to be repeated."""
    found = (pair.world.state().subject(id_) for id_ in pair.world.ids.values())
    return [escrow for subject in found if subject for escrow in subject.escrows]


def expected_code(point: str, answer: str) -> str | None:
    """The code that an answer at a point leads to; None if it does no harm."""
    method = POINTS[point][0]
    if answer in READS and method in {"PATCH", "DELETE"}:
        return None
    if answer == "two" and point not in {"lookup", "group lookup"}:
        return INCOMPATIBLE
    if answer == "400" and point in {"lookup", "group lookup"}:
        return FILTERING
    return ANSWERS[answer][1]


@pytest.mark.parametrize("point", POINTS)
def test_an_answer_that_is_no_use_is_logged_escrowed_and_made_good_in_the_next_cycle(point: str, pair: Pair) -> None:
    """14.1, 14.2, 14.6; each answer in turn, on the same object."""
    method, path, says, script = POINTS[point]
    pair.run(script)
    for answer, (response, _) in ANSWERS.items():
        code = expected_code(point, answer)
        if code is None:
            continue
        pair.faults.append(Fault(method, path, response, says))

        pair.run("advance 24h\ncycle")

        assert not pair.faults, answer
        failed = [entry for entry in pair.world.entries if entry.status is Status.FAILURE]
        assert [entry.error_code for entry in failed] == [code], answer
        assert "It will be retried again after this date" in (failed[0].reason or "")
        assert failed[0].exchanges[-1].status == response.status
        assert [escrow.code for escrow in waiting(pair)] == [code]
    shown = pair.run("advance 24h\ncycle")

    assert shown[0] == "= Succeeded"
    assert waiting(pair) == []


@pytest.mark.parametrize("answer", [*ANSWERS, "404"])
def test_a_probe_that_is_not_answered_by_an_empty_list_is_quarantine(answer: str, pair: Pair) -> None:
    """4.2, 15.4."""
    response = ANSWERS[answer][0] if answer in ANSWERS else Response(404)
    pair.faults.append(Fault("GET", "/Users", response, "-4000-9000-"))

    shown = pair.run("user jane\nassign jane\ncycle")

    assert shown == ["= Failed EncounteredQuarantineException"]
    assert pair.sent == []
    quarantine = pair.world.job.quarantine
    assert quarantine is not None
    assert quarantine.code == "SystemForCrossDomainIdentityManagementInvalidCredentials"


def test_a_lookup_that_is_answered_404_stops_the_cycle(pair: Pair) -> None:
    """14.10: not the object's failure but the whole job's."""
    pair.faults.append(Fault("GET", "/Users", Response(404), "ann"))

    shown = pair.run("user ann\nuser bob\nassign ann bob\ncycle")

    assert shown[0] == "= Failed EncounteredQuarantineException"
    assert pair.sent == ["GET /Users"]
    assert pair.world.job.watermark is None
    assert pair.run("advance 5m\ncycle")[0] == "= Succeeded"
    assert pair.target() == ["ann", "bob"]


def test_members_that_come_despite_their_exclusion_are_a_warning(pair: Pair) -> None:
    """6.2.3, 23.6.9."""
    body = b'{"totalResults": 1, "Resources": [{"id": "g", "displayName": "Team", "members": [{"value": "1"}]}]}'
    pair.faults.append(Fault("GET", "/Groups", Response(200, {}, body), "Team"))

    pair.run("group Team\nassign Team\ncycle")

    step = next(step for step in pair.world.entries[0].steps if step.type == "matching")
    assert step.status is Status.WARNING
    assert step.details == {"targetId": "g", "membersReturnedDespiteExclusion": "1"}


def test_a_manager_who_could_not_be_sent_waits_no_longer_once_the_user_is_disabled(pair: Pair) -> None:
    """14.2: what does not matter any more is not repeated for ever."""
    pair.faults.append(Fault("PATCH", "/Users/", Response(500), "manager"))
    pair.run("user ann\nuser jane\nmanager jane ann\nassign ann jane\ncycle")
    assert [escrow.code for escrow in waiting(pair)] == ["InternalServerError"]

    pair.run("disable jane\ncycle")

    assert waiting(pair) == []


def test_one_failed_create_leaves_the_others_alone_and_is_settled_by_success(pair: Pair) -> None:
    """23.6.8."""
    pair.faults.append(Fault("POST", "/Users", Response(500), "bob"))

    shown = pair.run("user ann\nuser bob\nuser cid\nassign ann bob cid\ncycle")

    assert [line.split()[:4] for line in shown[1:]] == [
        [".", "create", "success", "ann@contoso.com"],
        [".", "create", "failure", "bob@contoso.com"],
        [".", "create", "success", "cid@contoso.com"],
    ]
    assert len(waiting(pair)) == 1
    assert pair.run("cycle")[0] == "= Succeeded"
    assert waiting(pair) == []
    assert pair.target() == ["ann", "bob", "cid"]


@pytest.mark.parametrize(
    "point", ["create", "update", "disable", "delete", "manager", "group create", "members", "group delete"]
)
def test_a_write_whose_answer_is_lost_does_no_harm(point: str, pair: Pair) -> None:
    """7.17, product 9.1: the next cycle finds what was done."""
    method, path, says, script = POINTS[point]
    pair.run(script)
    lost = Response(0, {"reason": "WebExceptionProtocolError"}, b"the connection broke")
    pair.faults.append(Fault(method, path, lost, says, reaches=True))
    pair.run("cycle")
    after = pair.target()

    shown = pair.run("cycle")

    assert shown[0] == "= Succeeded"
    assert waiting(pair) == []
    assert pair.target() == after


class Killed(BaseException):
    """The process is gone."""


SCRIPT = """
user boss
user jane jobTitle=Engineer
user joe
user kim
manager jane boss
group Team jane joe
group Other kim Team
assign boss Team Other
"""
CHANGES = """
update jane jobTitle=Chief
manager jane joe
remove Team joe
assign joe
add Team kim
delete kim
rename Other Others
unassign boss
"""


def runs(new_pair: Pair, changes: str, die_at: int, *, answered: bool) -> int:
    """Run the script and the changes; in the last cycle the process dies at a request. How many requests there were."""
    new_pair.run(f"{SCRIPT}\ncycle\n{changes}" if changes else SCRIPT)
    count = 0
    pass_on = new_pair.world.send

    def send(request: Request) -> Response:
        nonlocal count
        count += 1
        if count == die_at:
            if answered:
                pass_on(request)
            raise Killed
        return pass_on(request)

    new_pair.world.send = send
    with suppress(Killed):
        new_pair.run("cycle")
    new_pair.world.send = pass_on
    return count


@pytest.mark.parametrize("changes", ["", CHANGES], ids=["initial", "incremental"])
def test_a_cycle_that_is_killed_at_any_request_is_made_good_by_the_next(changes: str, make_pair: MakePair) -> None:
    """23.3: no duplicate, no lost change. Every other time it dies after the target has done what was asked."""
    whole = make_pair()
    requests = runs(whole, changes, 0, answered=False)
    expected = whole.target()
    assert requests > 10

    for die_at in range(1, requests + 1):
        pair = make_pair()
        runs(pair, changes, die_at, answered=die_at % 2 == 0)
        shown = pair.run("cycle")
        assert shown[0] == "= Succeeded", die_at
        assert pair.target() == expected, die_at
        assert [line for line in pair.run("cycle") if line.startswith(".")] == [], die_at
