"""What providers send, and what they must be answered: transcripts replayed against the real service, on both engines.

A transcript is a text file. `# …` says what it is and where it comes from, `provider NAME` which kind of connection it
is about. A request is a line `> METHOD PATH`, its body the JSON up to the answer. An answer is `< STATUS`, then `NAME=` to
remember the resource's id as `$NAME`, then what the body must hold: members that are named must be equal, `null` means
absent, lists are compared item by item. `@ classic` and `@ flag` begin lines of one of Entra's two dialects, `@ both`
ends them. `= roles` and `= groups` look into the workspace. CORE-U, CORE-G, ENT, PATCHOP stand for their URNs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Json, Request
from entrant.service import admin
from tests.support.idp import ENTERPRISE, GROUP, PATCH_OP, USER
from tests.support.workspaces import NewWorkspace, new_workspace

FILES = sorted((Path(__file__).parent / "data").glob("*.txt"))
URNS = {"CORE-U": USER, "CORE-G": GROUP, "PATCHOP": PATCH_OP, "ENT": ENTERPRISE}
ESCAPES = {'"': "%22", "@": "%40", "[": "%5b", "]": "%5d", " ": "+"}  # as .NET writes a query (entra-client 2.3.1)
DIALECTS = ("classic", "flag")


@dataclass
class Step:
    """A request and the answer it must get, or a look at the workspace."""

    line: int
    request: str
    body: str = ""
    status: int = 0
    save: str = ""
    expect: str = ""


@dataclass
class Transcript:
    """A file, read for one dialect."""

    provider: str = "entra"
    steps: list[Step] = field(default_factory=list)


def dialects(path: Path) -> tuple[str, ...]:
    """The dialects that a file tells apart; one if it does not."""
    return DIALECTS if "\n@ " in path.read_text() else DIALECTS[:1]


def read(path: Path, dialect: str) -> Transcript:
    """The steps of a file in one dialect."""
    transcript, current = Transcript(), "both"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("@ "):
            current = line[2:].strip()
            assert current in {*DIALECTS, "both"}, line
        elif current not in {"both", dialect} or line.startswith("#") or not line.strip():
            continue
        elif line.startswith("provider "):
            transcript.provider = line.split()[1]
        elif line[:2] in {"> ", "= "}:
            transcript.steps.append(Step(number, line))
        elif line.startswith("< "):
            step = transcript.steps[-1]
            found = re.fullmatch(r"< (\d{3})(?: (\w+)=)?(?: (.*))?", line)
            assert found, f"{path.name}:{number}"
            step.status, step.save, step.expect = int(found[1]), found[2] or "", found[3] or ""
        elif transcript.steps[-1].request.startswith("= ") or transcript.steps[-1].status:
            transcript.steps[-1].expect += line
        else:
            transcript.steps[-1].body += line
    return transcript


def fill(text: str, names: dict[str, str]) -> str:
    """The text with ids and URNs in their places."""
    for short, urn in URNS.items():
        text = re.sub(rf"(?<![A-Za-z0-9-]){short}(?![A-Za-z0-9-])", urn, text)
    return re.sub(r"\$(\w+)", lambda match: names.get(match[1], match[0]), text)


def address(path: str) -> tuple[str, str]:
    """Path and query as .NET sends them."""
    where, _, query = path.partition("?")
    return where, "".join(ESCAPES.get(character, character) for character in query)


def differences(expected: Json, got: Json, where: str = "") -> Iterator[str]:
    """Where an answer is not what it must be."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name, value in expected.items():
            if value is None and name in got:
                yield f"{where}{name} is there: {got[name]!r}"
            elif value is not None:
                yield from differences(value, got.get(name), f"{where}{name}.")
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for number, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from differences(one, other, f"{where}{number}.")
    elif isinstance(expected, bool) is not isinstance(got, bool) or expected != got:
        yield f"{where} is {got!r}, not {expected!r}"


def look(workspace: NewWorkspace, what: str) -> dict[str, str | None]:
    """Roles by userName, or by displayName of a group."""
    if what == "roles":
        members = admin.list_members(workspace.database, workspace.slug, all_=True)
        return {m.user_name: m.role for m in members if m.source == "provisioned"}
    return {g.display_name: g.role for g in admin.list_groups(workspace.database, workspace.slug)}


@pytest.mark.parametrize(
    ("path", "dialect"), [pytest.param(p, d, id=f"{p.stem}-{d}") for p in FILES for d in dialects(p)]
)
def test_transcript(database: Database, path: Path, dialect: str) -> None:
    transcript = read(path, dialect)
    workspace = new_workspace(database, transcript.provider)
    admin.invite(database, workspace.slug, "root@example.com", "admin")
    idp, names = workspace.idp, {"base": f"http://127.0.0.1:8000{workspace.idp.base}"}

    for step in transcript.steps:
        here = f"{path.name}:{step.line} {step.request}"
        if step.request.startswith("= "):
            what, _, expected = (step.request[2:] + step.expect).partition(" ")
            assert look(workspace, what) == msgspec.json.decode(expected), here
            continue
        method, where = fill(step.request[2:], names).split(" ", 1)
        headers = {"authorization": f"Bearer {idp.token}"}
        if step.body:
            headers["content-type"] = "application/scim+json; charset=utf-8"
        response = idp.send(Request(method, *_split(idp.base, where), headers, fill(step.body, names).encode()))
        raw = response.read()
        assert response.status == step.status, (here, raw)
        answer = msgspec.json.decode(raw) if raw else {}
        if step.save:
            names[step.save] = answer["id"]
        expected = msgspec.json.decode(fill(step.expect, names)) if step.expect else {}
        assert list(differences(expected, answer)) == [], here


def _split(base: str, where: str) -> tuple[str, str]:
    path, query = address(where)
    return base + path, query


def test_every_flow_has_its_transcript() -> None:
    """F1 to F28; those that differ from another in the client alone are named in its file."""
    named = {int(n) for path in FILES for n in re.findall(r"\bF(\d+)\b", path.read_text().split("\n>")[0])}

    assert named == set(range(1, 29))


QUIRKS_WITHOUT_A_MESSAGE = {
    8: "a rate: the benchmark's",
}


def test_every_quirk_has_its_transcript() -> None:
    """Entra-client 22.1 to 22.42."""
    named = {int(n) for path in FILES for n in re.findall(r"\b22\.(\d+)\b", path.read_text())}

    assert named | set(QUIRKS_WITHOUT_A_MESSAGE) == set(range(1, 43))
