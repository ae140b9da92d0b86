"""Peers are what the registry says, are asked what the service is asked, and P8 is what their figures make it. None is installed."""

from __future__ import annotations

import pytest

from tests.bench import report
from tests.bench.__main__ import parse
from tests.bench.cases import Case, cases
from tests.bench.measure import Figures, Line, WrongAnswer
from tests.bench.peers import folders, memory
from tests.bench.peers.asked import asked
from tests.bench.peers.durable import directory, require_kept
from tests.bench.peers.line import PeerLine
from tests.bench.peers.registry import DURABLE, SETUPS, Durable
from tests.bench.storage import Bare
from tests.bench.targets import Results, Verdict, judge
from tests.bench.world import World

SIZE = World(users=1_000, large_members=1_000)
SERVICE = {case.key: case for case in cases(SIZE, [""])}
each_peer = pytest.mark.parametrize("peer", DURABLE, ids=lambda peer: peer.name)


def figures(rate: float) -> Figures:
    return Figures(rate, 1.0, 2.0, 300.0, 100.0)


def line(key: str, rate: float, engine: str = "postgresql") -> Line:
    return Line(engine, SERVICE[key], figures(rate), figures(rate), Bare(rate, 0.0001))


def peer_line(key: str, rate: float | None, *, durable: bool = True) -> PeerLine:
    refused = "501 Not Implemented" if rate is None else ""
    return PeerLine("other", key, SERVICE[key].title, figures(rate) if rate else None, refused, durable)


def p8(lines: list[Line], peers: list[PeerLine]) -> Verdict:
    verdicts = judge(Results(tuple(lines), (), (), (), tuple(peers), ()))
    return next(verdict for verdict in verdicts if verdict.number == "P8")


def test_p8_is_reached_when_the_service_answers_ten_times_as_often() -> None:
    verdict = p8([line("create", 1_000), line("lookup", 2_500)], [peer_line("create", 100), peer_line("lookup", 200)])

    assert (verdict.seen, verdict.reached) == ("other create 10.00, other lookup 12.50", True)


def test_p8_is_missed_by_one_operation_that_is_less_than_ten_times_as_fast() -> None:
    verdict = p8([line("create", 1_000), line("lookup", 2_500)], [peer_line("create", 101), peer_line("lookup", 200)])

    assert (verdict.seen, verdict.reached) == ("other create 9.90 ✗, other lookup 12.50", False)


@pytest.mark.parametrize(
    ("lines", "peers"),
    [
        ([line("create", 1_000)], []),
        ([line("create", 1_000)], [peer_line("create", 100, durable=False)]),
        ([line("create", 1_000)], [peer_line("create", None)]),
        ([line("create", 1_000, "sqlite")], [peer_line("create", 100)]),
        ([line("lookup", 1_000)], [peer_line("create", 100)]),
    ],
    ids=["no peer", "in memory", "refused", "another engine", "another case"],
)
def test_p8_is_judged_by_right_answers_of_durable_peers_on_the_same_engine_alone(
    lines: list[Line], peers: list[PeerLine]
) -> None:
    verdict = p8(lines, peers)

    assert (verdict.seen, verdict.reached) == ("not measured", None)


def test_what_a_peer_refuses_is_named() -> None:
    assert report.peer(peer_line("patch", None)) == (
        "other, on PostgreSQL, PATCH /Users/{id}, two attributes: not measured, 501 Not Implemented"
    )


def test_a_peer_that_forgets_what_it_answered_is_not_measured() -> None:
    with pytest.raises(WrongAnswer, match="12 answers, 11 rows more"):
        require_kept(12, 11)


def test_every_peer_can_be_asked_for_and_says_what_it_is() -> None:
    names = [memory.NAME, *(peer.name for peer in DURABLE)]

    assert list(SETUPS) == names
    assert parse([part for name in names for part in ("--peer", name)]).peers == tuple(names)


@each_peer
def test_the_packages_of_a_peer_are_of_one_version(peer: Durable) -> None:
    assert all("==" in package or "@" in package[1:] for package in peer.packages)
    assert folders.folder(peer.name, peer.packages) != folders.folder(peer.name, (*peer.packages, "other==1"))


@each_peer
def test_a_durable_peer_needs_postgresql(peer: Durable, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--engine", "sqlite", "--peer", peer.name])

    assert "leave out --engine sqlite" in capsys.readouterr().err


@each_peer
def test_a_peer_is_asked_the_operations_of_the_service(peer: Durable) -> None:
    """The method, the collection and what is counted as right are those of the service's case."""

    def kind(case: Case) -> tuple[str, str, frozenset[int], bool]:
        ask = case.ask(0)
        return ask.method, ask.target.split("/")[1].partition("?")[0], case.expect, case.repeat

    assert [kind(case) for case in asked(peer, SIZE)] == [kind(SERVICE[case.key]) for case in asked(peer, SIZE)]


@each_peer
def test_a_peer_is_asked_about_those_it_was_filled_with(peer: Durable) -> None:
    filled = directory(peer, SIZE)
    known = {id_ for kind in ("users", "groups") for id_, *_ in filled[kind]}

    addressed = {
        case.ask(n).target.split("/")[2]
        for case in asked(peer, SIZE)
        if case.key in {"patch", "group-members", "add-spread"}
        for n in range(50)
    }

    assert addressed <= known
    assert {member for *_, members in filled["groups"] for member in members} <= known
