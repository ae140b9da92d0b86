"""One request to the API as an operation sees it, and how its body and headers are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from uuid import UUID

from entrant.entra.directory.properties import has_nul
from entrant.entra.jobs.provisioner import Provisioner
from entrant.scim.bounds import parse_json
from entrant.scim.errors import InvalidSyntax
from entrant.scim.wire import Json, Request

from .errors import GraphError, bad_request, bad_value
from .odata.advanced import require_advanced
from .odata.options import Options, link_query, parse_options
from .odata.types import EntityType
from .router import Key

MAX_BODY = 4_194_304  # 4 MiB; the largest request that Graph takes


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in, and what was found in its path."""

    provisioner: Provisioner
    request: Request
    origin: str
    """Scheme, host and port under which the client reached the API."""
    version: str
    """`v1.0` or `beta`."""
    keys: tuple[Key, ...]

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        return self.provisioner.tenant

    @property
    def id(self) -> str:
        """The first key, which must be an id."""
        return self.key(0)

    def key(self, at: int) -> str:
        """A key in the path that must be an id: guids are compared without regard to case (graph-surface 9.1)."""
        key = self.keys[at]
        if key.name != "id":
            raise bad_request(f"'{key.name}' is no key of this resource.")
        return lowered(key.value)

    @property
    def eventual(self) -> bool:
        """Whether the request says that it is an advanced query."""
        return self.request.headers.get("consistencylevel", "").strip().lower() == "eventual"

    @property
    def minimal(self) -> bool:
        """Whether the client does not want to see what it has made."""
        return "return=minimal" in self.request.headers.get("prefer", "").lower().replace(" ", "")

    def options(self, type_: EntityType, *, counting: bool = False) -> Options:
        """The query options; raises GraphError (400). `counting`: the address asks for a count by itself."""
        options = parse_options(self.request.query, type_)
        require_advanced(replace(options, count=options.count or counting), type_, eventual=self.eventual)
        return options

    def body(self) -> dict[str, Json]:
        """The body, which must be a JSON object, without annotations of its type; raises GraphError (400)."""
        value = self.optional_body()
        if value is None:
            raise bad_request("Empty Payload. JSON content expected.")
        return value

    def optional_body(self) -> dict[str, Json] | None:
        """The body, or None if there was none: SDKs call actions without one (graph-surface 9.9)."""
        if len(self.request.body) > MAX_BODY:
            raise GraphError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestBodyTooLarge", "The body is over 4 MiB.")
        if not self.request.body.strip():
            return None
        kind = self.request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise GraphError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "BadRequest", "The body must be of type application/json."
            )
        try:
            value = parse_json(self.request.body)
        except InvalidSyntax as exc:
            raise bad_request("Unable to read JSON request payload.") from exc
        if not isinstance(value, dict):
            raise bad_request("The JSON request payload must be an object.")
        if b"\\u0000" in self.request.body and has_nul(value):
            raise bad_request("The JSON request payload has a NUL character, which no value can have.")
        return {name: part for name, part in value.items() if name != "@odata.type"}

    def context(self, fragment: str) -> str:
        """`@odata.context`."""
        return f"{self.origin}/{self.version}/$metadata#{fragment}"

    def link(self, raw: Mapping[str, str], path: str | None = None, **changes: str | None) -> str:
        """The address of the request, or another path below the version, with some query options changed."""
        query = link_query(raw, **changes)
        where = self.request.path if path is None else f"/{self.version}/{path}"
        return f"{self.origin}{where}{'?' + query if query else ''}"


def lowered(id_: str) -> str:
    """A guid in lower case; anything else, such as a UPN, as it is."""
    return str(UUID(id_)) if is_guid(id_) else id_


def is_guid(text: str) -> bool:
    """Whether it is a guid with dashes."""
    try:
        return len(text) == len("00000000-0000-0000-0000-000000000000") and bool(str(UUID(text)))
    except ValueError:
        return False


def string(body: Mapping[str, Json], name: str) -> str:
    """A member of a body that must be text; raises GraphError (400)."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise bad_value(f"A value is required for property '{name}' of resource.")
    return value


def reference(value: Json) -> str:
    """The id that an `@odata.id` ends with. Any host and any collection will do (graph-surface 3.3)."""
    text = value if isinstance(value, str) else ""
    last = text.partition("?")[0].rstrip("/").rpartition("/")[2]
    if last.endswith(")") and "(" in last:
        last = last.rpartition("(")[2].rstrip(")").strip("'")
    if not last:
        raise bad_value("Invalid reference: '@odata.id' must end with the id of an object.")
    return lowered(last)
