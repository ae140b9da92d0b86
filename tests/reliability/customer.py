"""One customer's provider: writes and reads at a steady rate, repeats what was not answered, and knows what must be there."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import msgspec

from entrant.scim.wire import Response
from tests.support.idp import Idp

PAUSE = 0.1  # seconds until what was not answered is sent again; less than Retry-After asks for, to be harder


@dataclass
class Customer:
    """`idp` speaks to whichever server there is now."""

    name: str
    idp: Idp
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

    def run(self, until: float) -> None:
        """Go on until that time of the monotonic clock."""
        self.group = self._create("/Groups", {"displayName": "Everybody"})
        number = 0
        began = time.monotonic()
        while time.monotonic() < until:
            self._step(number)
            number += 1
            time.sleep(max(0.0, began + number * 5 / self.rate - time.monotonic()))

    def _step(self, number: int) -> None:
        """Five requests: a user comes, joins, is renamed, is looked for; another leaves the group."""
        name = f"{self.name}-{number}"
        user = self._create("/Users", {"userName": name, "displayName": "new"})
        self.users[user] = "new"
        self._change(f"/Groups/{self.group}", {"op": "Add", "path": "members", "value": [{"value": user}]})
        self.members.add(user)
        self._change(f"/Users/{user}", {"op": "Replace", "path": "displayName", "value": name})
        self.users[user] = name
        found = self._until_answered(lambda idp: idp.get(f"/Users?filter=userName+eq+%22{name}%22")).json()
        if [u["displayName"] for u in found["Resources"]] != [name]:
            self.wrong.append(f"{name} was not found as written")
        if number % 3 == 2:
            gone = next(iter(self.members))
            self._change(f"/Groups/{self.group}", {"op": "Remove", "path": "members", "value": [{"value": gone}]})
            self.members.discard(gone)

    def _create(self, path: str, body: dict[str, str]) -> str:
        """Create a resource; one that an earlier attempt made without an answer is looked up, as providers do."""
        attribute = "userName" if path == "/Users" else "displayName"
        repeated = False

        def send(idp: Idp) -> Response:
            nonlocal repeated
            known = idp.get(f"{path}?filter={attribute}+eq+%22{body[attribute]}%22") if repeated else None
            if known is not None and known.status != 200:
                return known
            repeated = True
            there = known.json()["Resources"] if known else []
            return Response(200, {}, msgspec.json.encode(there[0])) if there else idp.request("POST", path, body)

        return str(self._until_answered(send).json()["id"])

    def _change(self, path: str, operation: dict[str, object]) -> None:
        self._until_answered(lambda idp: idp.patch(path, operation))

    def _until_answered(self, send: Callable[[Idp], Response]) -> Response:
        began = time.monotonic()
        while True:
            try:
                answer = send(self.idp)
            except httpx.TransportError:
                self.answers["none"] += 1
            else:
                self.answers[str(answer.status)] += 1
                if answer.status < 300:
                    self.seconds.append(time.monotonic() - began)
                    return answer
                if answer.status not in {429, 503} or "retry-after" not in answer.headers:
                    self.wrong.append(f"{answer.status} {answer.read().decode()[:200]}")
            time.sleep(PAUSE)

    def differences(self) -> list[str]:
        """What the service has otherwise than it was answered."""
        idp = self.idp
        there: dict[str, str] = {}
        while page := idp.get(f"/Users?count=1000&startIndex={len(there) + 1}").json()["Resources"]:
            there |= {user["id"]: user["displayName"] for user in page}
        found = [] if there == self.users else [f"{self.name}: {len(there.items() ^ self.users.items())} users differ"]
        members = idp.members(self.group)
        return (
            found if members == self.members else [*found, f"{self.name}: {len(members ^ self.members)} members differ"]
        )
