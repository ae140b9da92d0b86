"""Each flow F1 to F28, request by request and byte for byte, in both dialects (entra-client 20, 23.6.1).

A file of `data/` is a script. `*` is what an administrator does (world.py), `>` a request and `|` its body, with `|off` and
`|on` where the flag decides; `<` is what the target answers. `=` is what the cycle came to, `.` an entry of the log.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Request, Response

from .world import World

DATA = Path(__file__).parent / "data"
FLAGS = {"off": "https://app.example/scim", "on": "https://app.example/scim/?aadOptscim062020"}


@dataclass
class Recorded:
    """A request that is expected, and its answer."""

    line: str
    body: str = ""
    status: int = 0
    answer: str = ""


@dataclass
class Doing:
    """One thing that is done, the requests that it leads to, and what it shows."""

    line: str
    exchanges: list[Recorded] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


def read(text: str, flag: str) -> list[Doing]:
    """The script of a file, as it is with the flag on or off."""
    script: list[Doing] = []
    for line in text.splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "*":
            script.append(Doing(rest))
        elif mark == ">":
            script[-1].exchanges.append(Recorded(rest))
        elif mark in {"|", f"|{flag}"}:
            script[-1].exchanges[-1].body = rest
        elif mark == "<":
            status, _, answer = rest.partition(" ")
            script[-1].exchanges[-1].status, script[-1].exchanges[-1].answer = int(status), answer
        elif mark in {"=", "."}:
            script[-1].shown.append(line)
    return script


def said(request: Request) -> tuple[str, str]:
    target = f"{request.path}?{request.query}" if request.query else request.path
    return f"{request.method} {target}", request.body.decode()


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("file", sorted(DATA.glob("*.txt")), ids=lambda file: file.stem)
def test_the_requests_of_a_flow_are_these(file: Path, flag: str, new_tenant: Database) -> None:
    expected: deque[Recorded] = deque()

    def send(request: Request) -> Response:
        assert expected, f"not expected: {said(request)}"
        next_ = expected.popleft()
        assert said(request) == (next_.line, next_.body)
        return Response(next_.status, {}, next_.answer.encode())

    world = World(new_tenant, send, FLAGS[flag])
    for doing in read(file.read_text(), flag):
        expected.extend(doing.exchanges)
        world.do(doing.line)
        assert [each.line for each in expected] == []
        if doing.shown:
            assert world.shown == doing.shown


def test_every_flow_is_recorded() -> None:
    """F1 to F28."""
    recorded = {file.stem.partition("-")[0] for file in DATA.glob("f*.txt")}

    assert recorded == {f"f{number:02}" for number in range(1, 29)}
