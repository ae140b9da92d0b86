"""Deleting what checks have made, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from entrant.scim.wire import Request, Response

from .recorder import ENDPOINTS, Made, Recorder, listed, members_of

_GONE = (404, 410)
_SUCCESS = range(200, 300)


def delete_all(recorder: Recorder, made: Sequence[Made]) -> list[Made]:
    """Delete these, groups before their members; what could not be deleted, with an id if it has one."""
    left: list[Made] = []
    known = dict.fromkeys(made)
    # A request whose answer gave no id, or was lost, may have made something all the same.
    sought = [found for each in known if each.id is None for found in _look_for(recorder, each)]
    every = dict.fromkeys([each for each in known if each.id is not None] + sought)
    for each in sorted(every, key=lambda one: one.endpoint != "/Groups"):
        answer = _ask(recorder, "DELETE", f"{each.endpoint}/{quote(each.id or '')}")
        if answer.status not in _SUCCESS and answer.status not in _GONE:
            left.append(each)
    return left


def describe(made: Made) -> str:
    """What was left, for whoever must delete it by hand."""
    return f"{made.endpoint}/{made.id} ({made.name})"


def _look_for(recorder: Recorder, made: Made) -> list[Made]:
    """What bears exactly the name of something that may have been made."""
    if not made.name:
        return []
    attribute = ENDPOINTS[made.endpoint]
    value = made.name.replace("\\", "\\\\").replace('"', '\\"')
    answer = _ask(recorder, "GET", made.endpoint, "filter=" + quote(f'{attribute} eq "{value}"'))
    found = listed(members_of(answer.read()).get("Resources"))
    return [
        Made(made.endpoint, made.name, str(each["id"]))
        for each in found
        if each.get("id") and str(each.get(attribute)).casefold() == made.name.casefold()
    ]


def _ask(recorder: Recorder, method: str, path: str, query: str = "") -> Response:
    """A request that is no part of a check."""
    answer = recorder.pass_on(Request(method, recorder.base + path, query))
    return Response(answer.status, answer.headers, answer.read())
