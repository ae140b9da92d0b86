"""Requests in the exact form in which Entra's provisioning engine sends them (entra-client 2, 4 to 10, 23.2).

No User-Agent, no Accept; a Content-Type only where there is a body. The bearer is added by whoever sends. Filters and
paths are the protocol core's values, so that a quote in a user's name is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from entrant.entra.mapping.diff import Change
from entrant.entra.mapping.flow import TargetValue
from entrant.entra.model import Kind
from entrant.scim.filter import And, CompareOp, Comparison, Filter, Path
from entrant.scim.wire import Json, Request

from .bodies import group_body, user_body
from .encoding import form_encoded, path_segment
from .job import Job, TenantUrl
from .operations import Spelling
from .switches import Switches

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CONTENT_TYPE = "application/scim+json; charset=utf-8"  # 2.5.3
ACCEPT = "application/scim+json"
_COLLECTION = {Kind.USER: "/Users", Kind.GROUP: "/Groups"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one job talks to its target."""

    tenant: TenantUrl
    switches: Switches
    spelling: Spelling

    # Reads

    def find(self, kind: Kind, attribute: Path, value: str) -> Request:
        """A lookup by a matching attribute, or the probe for a guid (4.1, 4.5, 6.1.1, 6.2.1). Never with members."""
        return self._get(
            kind, _equal(attribute, value) if self.switches.escape_filter_values else _raw(attribute, value)
        )

    def read(self, kind: Kind, target_id: str) -> Request:
        """A linked object by its id (6.1.8, 6.2.2)."""
        excluded = ["excludedAttributes=members"] if kind is Kind.GROUP else []
        return self._request("GET", self._path(kind, target_id), excluded)

    def check_reference(self, kind: Kind, target_id: str, attribute: str, other_id: str) -> Request:
        """Whether an object already refers to another, in the manner of the first generation (6.1.9, 6.2.5)."""
        both = And(_equal(Path("id"), target_id), _equal(Path(attribute), other_id))
        return self._request("GET", self._path(kind), ["attributes=id", f"filter={form_encoded(str(both))}"])

    # Writes

    def create(self, kind: Kind, values: Iterable[TargetValue]) -> Request:
        """POST an object (7, 9.1)."""
        body = user_body(values, self.switches) if kind is Kind.USER else group_body(values, self.switches)
        return self._request("POST", self._path(kind), body=body)

    def update(self, kind: Kind, target_id: str, changes: Sequence[Change], cleared: Sequence[str] = ()) -> Request:
        """PATCH all changed attributes of an object at once (8.1.2)."""
        return self.patch(kind, target_id, self.spelling.changes(changes, cleared, group=kind is Kind.GROUP))

    def patch(self, kind: Kind, target_id: str, operations: Sequence[Json]) -> Request:
        """PATCH an object."""
        body = {"schemas": [PATCH_URN], "Operations": list(operations)}
        return self._request("PATCH", self._path(kind, target_id), body=body)

    def manager(self, target_id: str, name: str, old: str | None, new: str | None) -> Request:
        """PATCH a user's manager, by SCIM ids (8.6)."""
        return self.patch(Kind.USER, target_id, [self.spelling.manager(name, old, new)])

    def delete(self, kind: Kind, target_id: str) -> Request:
        """DELETE an object (9.17, 10.1)."""
        return self._request("DELETE", self._path(kind, target_id))

    def _get(self, kind: Kind, filter_: Filter | str) -> Request:
        excluded = ["excludedAttributes=members"] if kind is Kind.GROUP else []
        return self._request("GET", self._path(kind), [*excluded, f"filter={form_encoded(str(filter_))}"])

    def _path(self, kind: Kind, target_id: str | None = None) -> str:
        base = self.tenant.base if self.switches.keep_trailing_slash else self.tenant.base.removesuffix("/")
        return base + _COLLECTION[kind] + (f"/{path_segment(target_id)}" if target_id is not None else "")

    def _request(self, method: str, path: str, query: Sequence[str] = (), body: Json = None) -> Request:
        flags = [self.tenant.query] if self.switches.flag_on_the_wire and self.tenant.query else []
        headers = {"accept": ACCEPT} if self.switches.send_accept else {}
        if body is None:
            return Request(method, path, "&".join([*flags, *query]), headers)
        headers["content-type"] = CONTENT_TYPE
        return Request(method, path, "&".join([*flags, *query]), headers, msgspec.json.encode(body))


def dialect_of(job: Job, *, on_demand: bool = False) -> Dialect:
    """How a job's cycle talks, or its provision on demand: that never follows the flag (19.7)."""
    return Dialect(job.tenant, job.switches, Spelling(job.flag_on and not on_demand, job.switches))


def _equal(attribute: Path, value: str) -> Comparison:
    return Comparison(attribute, CompareOp.EQ, value)


def _raw(attribute: Path, value: str) -> str:
    """Quotes are not escaped, and lookups with them fail as documented (6.1.4)."""
    return f'{attribute} eq "{value}"'
