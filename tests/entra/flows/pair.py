"""The emulator's engine against the service itself, in one process, and what may go wrong between the two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from entrant.db.engine import Database
from entrant.scim.wire import Json, Request, Response
from tests.support.idp import ENTERPRISE
from tests.support.workspaces import new_workspace

from .world import World

FLAG = "?aadOptscim062020"


@dataclass
class Fault:
    """An answer in the place of the service's, for one request that is like this."""

    method: str
    path: str
    """How the path begins, below the base URL."""
    answer: Response
    says: str = ""
    """What the body or the query holds."""
    reaches: bool = False
    """Whether the service gets the request all the same: its answer is lost."""
    times: int = 1


@dataclass
class Pair:
    """A tenant and a workspace, with a connection from one to the other."""

    tenant: Database
    database: Database
    flag: str = ""
    faults: list[Fault] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    """Method and path of what was sent since the last cycle began; probes left out."""
    queries: list[str] = field(default_factory=list)
    """The queries of its lookups."""

    def __post_init__(self) -> None:
        workspace = new_workspace(self.database)
        self.slug, self.idp = workspace.slug, workspace.idp
        self.world = World(self.tenant, self.send, f"https://app.example{self.idp.base}{self.flag}", self._begin)

    def _begin(self) -> None:
        self.sent.clear()
        self.queries.clear()

    def send(self, request: Request) -> Response:
        """Pass a request on with the bearer, unless something goes wrong."""
        path = request.path.removeprefix(self.idp.base)
        text = f"{request.query} {request.body.decode()}"
        if "-4000-9000-" not in request.query:
            self.sent.append(f"{request.method} {path}")
            self.queries += [request.query] if "filter=" in request.query else []
        fault = next(
            (f for f in self.faults if f.method == request.method and path.startswith(f.path) and f.says in text), None
        )
        if fault is not None:
            fault.times -= 1
            if not fault.times:
                self.faults.remove(fault)
            if not fault.reaches:
                return fault.answer
        authorized = replace(request, headers={**request.headers, "authorization": f"Bearer {self.idp.token}"})
        response = self.idp.send(authorized)
        return Response(response.status, response.headers, response.read()) if fault is None else fault.answer

    def run(self, script: str) -> list[str]:
        """Lines of the world's language; what the last cycle showed."""
        return self.world.run(script)

    def target(self) -> list[str]:
        """What the workspace holds: users with state, title and manager; groups with their members."""
        users, groups = self._all("/Users"), self._all("/Groups")
        names = {each["id"]: each.get("userName") or each["displayName"] for each in (*users, *groups)}
        lines = [self._user(user, names) for user in users]
        for group in groups:
            members = sorted(names[member["value"]] for member in group.get("members", []))
            lines.append(f"{group['displayName']}: {', '.join(members)}".strip())
        return sorted(line.replace("@contoso.com", "") for line in lines)

    @staticmethod
    def _user(user: Json, names: dict[str, str]) -> str:
        manager = user.get(ENTERPRISE, {}).get("manager", {}).get("value")
        words = (
            user["userName"],
            "" if user["active"] else "inactive",
            user.get("title", ""),
            manager and f"< {names[manager]}",
        )
        return " ".join(word for word in words if word)

    def _all(self, endpoint: str) -> list[Json]:
        resources: list[Json] = self.idp.get(f"{endpoint}?count=1000").json()["Resources"]
        return [self.idp.get(f"{endpoint}/{each['id']}").json() for each in resources]


MakePair = Callable[[], Pair]
