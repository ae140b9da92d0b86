"""One customer's provider: writes and reads at a steady rate, repeats what was not answered, and knows what must be there."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

import msgspec

from entrant.scim.wire import Json
from tests.support.idp import PATCH_OP, Idp

from .line import Answer, Line, NoAnswer, connect

PAUSE = 0.1  # seconds until what was not answered is sent again; less than Retry-After asks for, to be harder
STEP = 16 / 3  # requests of a step: five, and every third time a sixth
STREAMS = 8  # steps of one customer at a time
FAULTS = frozenset({429, 503})

_turns = count()


@dataclass
class Customer:
    """`ports` are those of whichever servers there are now."""

    name: str
    token: str
    ports: Sequence[int]
    rate: float
    """Requests per second."""
    users: dict[str, str] = field(default_factory=dict)
    """The displayName of each user, by id, as it was answered last."""
    members: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    """How often each status came; `none` where there was no answer."""
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """From each first attempt to the answer."""
    group: str = ""

    async def run(self, until: float) -> None:
        """Go on until that time of the monotonic clock."""
        self.group = await Stream(self).create("/Groups", {"displayName": "Everybody"})
        await asyncio.gather(*(self._stream(n, until) for n in range(STREAMS)))

    async def _stream(self, place: int, until: float) -> None:
        """Every so-many-th step; what is late is made up for."""
        stream, pace = Stream(self), STREAMS * STEP / self.rate
        began = time.monotonic() + pace * place / STREAMS
        for turn in count():
            await asyncio.sleep(max(0.0, began + turn * pace - time.monotonic()))
            if time.monotonic() >= until:
                break
            await self._step(stream, place + turn * STREAMS)
        stream.close()

    async def _step(self, stream: Stream, number: int) -> None:
        """A user comes, joins, is renamed, is looked for; another leaves the group."""
        name = f"{self.name}-{number}"
        user = await stream.create("/Users", {"userName": name, "displayName": "new"})
        self.users[user] = "new"
        await stream.change(f"/Groups/{self.group}", {"op": "Add", "path": "members", "value": [{"value": user}]})
        self.members.add(user)
        await stream.change(f"/Users/{user}", {"op": "Replace", "path": "displayName", "value": name})
        self.users[user] = name
        found = await stream.find("/Users", "userName", name)
        if [u["displayName"] for u in found] != [name]:
            self.wrong.append(f"{name} was not found as written")
        if number % 3 == 2:
            gone = self.members.pop()  # from now on no other stream takes the same
            await stream.change(
                f"/Groups/{self.group}", {"op": "Remove", "path": "members", "value": [{"value": gone}]}
            )

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
        """Create a resource; one that an earlier attempt made without an answer is looked up, as providers do."""
        attribute = "userName" if path == "/Users" else "displayName"
        repeated = False

        async def send() -> Answer:
            nonlocal repeated
            if repeated:
                known = await self._send("GET", _search(path, attribute, body[attribute]))
                if known.status != 200:
                    return known
                if there := msgspec.json.decode(known.body)["Resources"]:
                    return Answer(200, msgspec.json.encode(there[0]), again=False)
            repeated = True
            return await self._send("POST", path, body)

        return str(msgspec.json.decode((await self._until_answered(send)).body)["id"])

    async def change(self, path: str, operation: Json) -> None:
        """PATCH with one operation."""
        body = {"schemas": [PATCH_OP], "Operations": [operation]}
        await self._until_answered(lambda: self._send("PATCH", path, body))

    async def find(self, path: str, attribute: str, value: str) -> list[Json]:
        """The resources with that value."""
        answer = await self._until_answered(lambda: self._send("GET", _search(path, attribute, value)))
        found: list[Json] = msgspec.json.decode(answer.body)["Resources"]
        return found

    def close(self) -> None:
        """Send nothing more."""
        for line in self._lines.values():
            line.close()

    async def _until_answered(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        customer, began = self._customer, time.monotonic()
        while True:
            try:
                answer = await send()
            except NoAnswer:
                customer.answers["none"] += 1
            else:
                customer.answers[str(answer.status)] += 1
                if answer.status < 300:
                    customer.seconds.append(time.monotonic() - began)
                    return answer
                if answer.status not in FAULTS or not answer.again:
                    customer.wrong.append(f"{answer.status} {answer.body.decode()[:200]}")
            await asyncio.sleep(PAUSE)

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


def _search(path: str, attribute: str, value: str) -> str:
    return f"{path}?filter={attribute}+eq+%22{value}%22"
