"""One customer's provider: works at a steady rate, repeats what was not answered, and knows what must be there.

Like Entra it looks before each write (entra-client F2, F5, F12, F13), and at those who have not changed as well.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import msgspec

from entrant.scim.wire import Json
from tests.support.idp import PATCH_OP, Idp

from .line import Answer, Line, NoAnswer, connect

PAUSE = 0.1  # seconds until what was not answered is sent again; less than Retry-After asks for, to be harder
STEP = 20 / 3  # requests of a step: six, and every third time two more; and one for each who has not changed
STREAMS = 8  # steps of one customer at a time
FAULTS = frozenset({429, 503})
EVERYBODY, FRESH = "Everybody", "new"  # displayName of the group, and of a user at first

_turns = count()


@dataclass
class Customer:
    """`ports` are those of whichever servers there are now."""

    name: str
    token: str
    ports: Sequence[int]
    rate: float
    """Requests per second."""
    unchanged: int
    """How many users a step looks at besides those that it changes."""
    users: dict[str, str] = field(default_factory=dict)
    """The displayName of each user, by id, as it was answered last."""
    members: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    """How often each status came; `none` where there was no answer."""
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """From each first attempt to the answer."""
    group: str = ""
    settled: list[str] = field(default_factory=list)
    """Users who are not changed any more."""

    async def run(self, until: float) -> None:
        """Go on until that time of the monotonic clock."""
        self.group = await Stream(self).create("/Groups", {"displayName": EVERYBODY})
        await asyncio.gather(*(self._stream(n, until) for n in range(STREAMS)))

    async def _stream(self, place: int, until: float) -> None:
        """Every so-many-th step; what is late is made up for."""
        stream, pace = Stream(self), STREAMS * (STEP + self.unchanged) / self.rate
        began = time.monotonic() + pace * place / STREAMS
        for turn in count():
            await asyncio.sleep(max(0.0, began + turn * pace - time.monotonic()))
            if time.monotonic() >= until:
                break
            await self._step(stream, place + turn * STREAMS)
        stream.close()

    async def _step(self, stream: Stream, number: int) -> None:
        """A user comes, joins, and is renamed; another leaves the group."""
        name, group = f"{self.name}-{number}", f"/Groups/{self.group}"
        user = await stream.create("/Users", {"userName": name, "displayName": FRESH})
        self.users[user] = FRESH
        await stream.see(f"{group}?excludedAttributes=members", EVERYBODY)
        await stream.change(group, {"op": "Add", "path": "members", "value": [{"value": user}]})
        self.members.add(user)
        await stream.see(f"/Users/{user}", FRESH)
        await stream.change(f"/Users/{user}", {"op": "Replace", "path": "displayName", "value": name})
        self.users[user] = name
        self.settled.append(user)
        for other in random.choices(self.settled, k=self.unchanged):
            await stream.see(f"/Users/{other}", self.users[other])
        if number % 3 == 2:
            gone = self.members.pop()  # from now on no other stream takes the same
            await stream.see(f"{group}?excludedAttributes=members", EVERYBODY)
            await stream.change(group, {"op": "Remove", "path": "members", "value": [{"value": gone}]})

    def differences(self, idp: Idp) -> list[str]:
        """What the service has otherwise than it was answered."""
        there: dict[str, str] = {}
        while page := idp.get(f"/Users?count=1000&startIndex={len(there) + 1}").json()["Resources"]:
            there |= {user["id"]: user["displayName"] for user in page}
        found = [] if there == self.users else [f"{self.name}: {len(there.items() ^ self.users.items())} users differ"]
        members = idp.members(self.group)
        return (
            found if members == self.members else [*found, f"{self.name}: {len(members ^ self.members)} members differ"]
        )


class Stream:
    """What a customer's provider sends one after the other, now to this server, now to that."""

    def __init__(self, customer: Customer) -> None:
        self._customer = customer
        self._lines: dict[int, Line] = {}

    async def create(self, path: str, body: Json) -> str:
        """Create a resource that is not there yet; its id. It may be, when an earlier attempt was not answered."""
        attribute = "userName" if path == "/Users" else "displayName"
        began = 0.0
        while not (there := await self.find(path, attribute, body[attribute])):
            began = began or time.monotonic()
            if made := await self._attempt("POST", path, body, began):
                return str(made["id"])
        if not began:
            self._customer.wrong.append(f"{body[attribute]} was there before it was created")
        return str(there[0]["id"])

    async def change(self, path: str, operation: Json) -> None:
        """PATCH with one operation."""
        await self._until_answered("PATCH", path, {"schemas": [PATCH_OP], "Operations": [operation]})

    async def see(self, target: str, display: str) -> None:
        """Read a resource whose displayName must be this one."""
        seen = (await self._until_answered("GET", target))["displayName"]
        if seen != display:
            self._customer.wrong.append(f"{target}: {seen!r} instead of {display!r}")

    async def find(self, path: str, attribute: str, value: str) -> list[Json]:
        """The resources with that value."""
        answer = await self._until_answered("GET", f"{path}?filter={attribute}+eq+%22{value}%22")
        found: list[Json] = answer["Resources"]
        return found

    def close(self) -> None:
        """Send nothing more."""
        for line in self._lines.values():
            line.close()

    async def _until_answered(self, method: str, target: str, body: Json = None) -> Json:
        began = time.monotonic()
        while (document := await self._attempt(method, target, body, began)) is None:
            pass
        return document

    async def _attempt(self, method: str, target: str, body: Json, began: float) -> Json:
        """What is answered, `{}` if that is nothing; None, after a pause, if it must be sent again."""
        customer = self._customer
        try:
            answer = await self._send(method, target, body)
        except NoAnswer:
            customer.answers["none"] += 1
        else:
            customer.answers[str(answer.status)] += 1
            if answer.status < 300:
                customer.seconds.append(time.monotonic() - began)
                return msgspec.json.decode(answer.body) if answer.body else {}
            if answer.status not in FAULTS or not answer.again:
                customer.wrong.append(f"{answer.status} {answer.body.decode()[:200]}")
        await asyncio.sleep(PAUSE)
        return None

    async def _send(self, method: str, target: str, body: Json = None) -> Answer:
        customer = self._customer
        port = customer.ports[next(_turns) % len(customer.ports)]
        line = self._lines.get(port)
        if line is None or not line.open:
            line = self._lines[port] = await connect(port)
        content = b"" if body is None else msgspec.json.encode(body)
        head = (
            f"{method} /scim/v2/{customer.name}{target} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"authorization: Bearer {customer.token}\r\n"
            f"content-type: application/scim+json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        return await line.ask(head.encode() + content)
