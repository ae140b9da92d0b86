"""The flows that no script can tell: others act in the target, or answer in its place (F1, F4, F10, F22 to F25)."""

from __future__ import annotations

from entrant.entra.jobs.credentials import INVALID_CREDENTIALS
from entrant.scim.wire import Request, Response

from .bench import Bench
from .client import said
from .model import Failed


def already_there(bench: Bench) -> None:
    """F4: matching is by a lookup without regard to case; the target's own members are left alone (4.3)."""
    client = bench.client
    jane = client.user(bench.upn("jane").upper(), title="Clerk", active=False)
    alien = client.user(bench.upn("alien"))
    if bench.groups:
        client.group(bench.title("Sales"), alien)
    script = "user jane jobTitle=Engineer\n"
    bench.run(script + ("group Sales jane\nassign Sales\ncycle" if bench.groups else "assign jane\ncycle"))
    if bench.tenant.target_id("jane") != jane:
        raise Failed("the user who was there already was not found by the lookup, and was made a second time")
    bench.must_be(("JANE Engineer", "alien", *(("Sales: JANE, alien",) if bench.groups else ())))


def restored(bench: Bench) -> None:
    """F10: while somebody else has the name, the restored user gets it not, and gets it afterwards."""
    bench.run("user jane\nassign jane\ncycle\ndelete jane\ncycle")
    thief = bench.client.user(bench.upn("jane"))
    bench.run("restore jane\ncycle Conflict")
    bench.client.delete(f"/Users/{thief}")
    bench.run("advance 40m\ncycle")


def deleted_in_the_application(bench: Bench) -> None:
    """F22."""
    bench.run("user jane\nassign jane\ncycle")
    bench.client.delete(f"/Users/{bench.target_id('jane')}")
    bench.run("update jane jobTitle=Chief\ncycle InvalidAnchor\nrestart Full\ncycle")


def conflict_on_create(bench: Bench) -> None:
    """F23: somebody else makes the user between the engine's lookup and its POST; the endpoint itself says 409."""
    thieves: list[str] = []

    def race(request: Request) -> Response | None:
        if request.method == "POST" and bench.upn("jane").encode() in request.body and not thieves:
            thieves.append("")  # the thief's own POST passes here as well
            thieves[0] = bench.client.user(bench.upn("jane"))
        return None

    bench.recorder.instead = race
    bench.run("user jane\nuser joe\nassign jane joe\ncycle Conflict")
    bench.client.delete(f"/Users/{thieves[0]}")
    bench.run("advance 40m\ncycle")


def revoked(bench: Bench) -> None:
    """F24: another token is 401, the job is quarantined and sends nothing; the right one ends that."""
    recorder, good = bench.recorder, bench.recorder.pass_on
    recorder.pass_on = bench.unauthorized
    bench.run("user jane\nassign jane")
    try:
        bench.cycle(INVALID_CREDENTIALS)
    except Failed as exc:
        raise Failed(
            f"with a token that was never valid {exc}", "Whoever reaches the endpoint can read and write."
        ) from exc
    finally:
        recorder.pass_on = good
    if any(each.method != "GET" for each in recorder.exchanges):
        raise Failed("more than the probe was sent with a token that was refused")
    bench.run("advance 5m\ncycle")


def throttled(bench: Bench) -> None:
    """F25: the first POST is answered 429 in the endpoint's place; the others go on, and it is repeated."""
    times: list[str] = []

    def throttle(request: Request) -> Response | None:
        if request.method == "POST" and not times:
            times.append(request.path)
            return Response(429)
        return None

    bench.recorder.instead = throttle
    bench.run("user jane\nuser joe\nassign jane joe\ncycle TooManyRequests\nadvance 40m\ncycle")


def is_reached(bench: Bench) -> None:
    """F1: the probe finds nobody."""
    bench.test()
    last = bench.recorder.exchanges[-1]
    if last.status != 200:  # noqa: PLR2004
        raise Failed(f"the probe is answered {said(last.status)}")
