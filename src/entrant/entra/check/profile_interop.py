"""The SCIM 2.0 Interoperability Profile, draft-zollner-scim-interop-profile, point by point.

Its editor's copy, which says more than -01 of April 2026; the published -02 may number or word a point otherwise. Only
what it asks of a service provider, and what can be seen from outside.
"""

from __future__ import annotations

import uuid

from entrant.scim.schema import ENTERPRISE_URN
from entrant.scim.wire import Response

from .bench import Bench
from .client import CREATED, require, said
from .exact import content_type, deleted_group, deleted_user, grouped, lookup_ignores_case
from .model import Check, Failed, Run, Suite
from .recorder import inner, listed, members_of

DRAFT = "draft-zollner-scim-interop-profile (editor's copy)"
NEXT = "A client that keeps to the profile cannot rely on it; Entra itself does not keep to it."
LEAST_PAGE = 100


def refusal(response: Response, status: int, kind: str, what: str) -> None:
    """A refusal with this status and `scimType`."""
    found = members_of(response.read()).get("scimType")
    if response.status != status or found != kind:
        raise Failed(f"{what} is answered {said(response.status)} {found or ''}; it must be {status} {kind}", NEXT)


def _conformant(bench: Bench) -> None:
    value = bench.client.get("/ServiceProviderConfig").get("interopProfileConformant")
    if value is not True:
        raise Failed(f"interopProfileConformant is {value!r}: the endpoint does not claim to conform", NEXT)


def _discovery(bench: Bench) -> None:
    client = bench.client
    client.get("/ServiceProviderConfig")
    types = list(listed(client.get("/ResourceTypes").get("Resources")))
    known = {str(each.get("id")) for each in listed(client.get("/Schemas").get("Resources"))}
    if not types:
        raise Failed("/ResourceTypes lists nothing", NEXT)
    for each in types:
        if each.get("id") != each.get("name"):
            raise Failed(
                f"the resource type {each.get('name')} has the id {each.get('id')!r}; they must be equal", NEXT
            )
        named = {str(each.get("schema")), *(str(one.get("schema")) for one in listed(each.get("schemaExtensions")))}
        if missing := named - known:
            raise Failed(f"/Schemas lacks {', '.join(sorted(missing))}, which {each.get('name')} has", NEXT)


def _case_of_conflict(bench: Bench) -> None:
    bench.client.user(bench.upn("jane"))
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": bench.upn("jane").upper()}
    refusal(bench.client.request("POST", "/Users", body=body), 409, "uniqueness", "the same userName in capitals")


def _case_of_external_id(bench: Bench) -> None:
    lower = f"{bench.prefix}-ext"
    bench.client.user(bench.upn("jane"), externalId=lower)
    if bench.client.find("/Users", f'externalId eq "{lower.upper()}"'):
        raise Failed("externalId is found in other case; it is caseExact", NEXT)
    if not bench.client.find("/Users", f'externalId eq "{lower}"'):
        raise Failed("externalId is not found as it was sent", NEXT)


def _undefined(bench: Bench) -> None:
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": bench.upn("jane"), "colour": "red"}
    refusal(bench.client.request("POST", "/Users", body=body), 400, "invalidSyntax", "a POST with an unknown attribute")
    id_ = bench.client.user(bench.upn("joe"))
    operation = {"op": "add", "path": "colour", "value": "red"}
    refusal(bench.client.try_patch(f"/Users/{id_}", operation), 400, "invalidSyntax", "a PATCH of an unknown attribute")


def _canonical(bench: Bench) -> None:
    for schema in listed(bench.client.get("/Schemas").get("Resources")):
        for attribute in listed(schema.get("attributes")):
            types = [each for each in listed(attribute.get("subAttributes")) if each.get("name") == "type"]
            if attribute.get("multiValued") and types and not types[0].get("canonicalValues"):
                raise Failed(f"{attribute.get('name')}.type has no canonicalValues in /Schemas", NEXT)


def _filters(bench: Bench) -> None:
    client, external = bench.client, str(uuid.uuid4())
    id_ = client.user(bench.upn("jane"), externalId=external)
    found = client.find("/Users", f'userName eq "{bench.upn("jane")}" and externalId eq "{external}"')
    if [each.get("id") for each in found] != [id_]:
        raise Failed("a filter with eq and and does not find the user", NEXT)
    answer = client.request("GET", "/Users", "filter=colour%20eq%20%22red%22")
    refusal(answer, 400, "invalidFilter", "a filter by an unknown attribute")


def _page(bench: Bench) -> None:
    answer = bench.client.get("/Users", f"startIndex=1&count={LEAST_PAGE}")
    found, total = len(list(listed(answer.get("Resources")))), answer.get("totalResults")
    if not isinstance(total, int) or found < min(total, LEAST_PAGE):
        raise Failed(f"count={LEAST_PAGE} gives {found} of {total}", NEXT)
    bench.client.get("/Users", "startIndex=1&count=100000000")


def _without_path(bench: Bench) -> None:
    id_ = bench.client.user(bench.upn("jane"))
    answer = bench.client.try_patch(f"/Users/{id_}", {"op": "replace", "value": {"title": "Chief"}})
    refusal(answer, 400, "invalidSyntax", "a PATCH operation without path")


def _simple(bench: Bench) -> None:
    path = f"/Users/{bench.client.user(bench.upn('jane'), title='Clerk')}"
    for op in ("add", "replace"):
        bench.client.patch(path, {"op": op, "path": "title", "value": op})
        if bench.client.get(path).get("title") != op:
            raise Failed(f"{op} does not set a simple attribute that has a value", NEXT)


def _complex(bench: Bench) -> None:
    path = f"/Users/{bench.client.user(bench.upn('jane'), name={'givenName': 'Jane', 'familyName': 'Doe'})}"
    bench.client.patch(path, {"op": "add", "path": "name", "value": {"familyName": "Roe"}})
    name = inner(bench.client.get(path).get("name"))
    if (name.get("givenName"), name.get("familyName")) != ("Jane", "Roe"):
        raise Failed("add to a complex attribute must keep the sub-attributes that it does not name", NEXT)
    bench.client.patch(path, {"op": "replace", "path": "name", "value": {"familyName": "Poe"}})
    name = inner(bench.client.get(path).get("name"))
    if (name.get("givenName"), name.get("familyName")) != (None, "Poe"):
        raise Failed("replace of a complex attribute must replace the whole of it", NEXT)


def _collection(bench: Bench) -> None:
    work, home = ({"type": kind, "value": f"{bench.prefix}@{kind}.example"} for kind in ("work", "home"))
    path = f"/Users/{bench.client.user(bench.upn('jane'), emails=[work])}"
    bench.client.patch(path, {"op": "add", "path": "emails", "value": [home]})
    found = {each.get("value") for each in listed(bench.client.get(path).get("emails"))}
    if found != {work["value"], home["value"]}:
        raise Failed("add to a multi-valued attribute must append", NEXT)
    bench.client.patch(path, {"op": "replace", "path": "emails", "value": [home]})
    found = {each.get("value") for each in listed(bench.client.get(path).get("emails"))}
    if found != {home["value"]}:
        raise Failed("replace of a multi-valued attribute must replace all of it", NEXT)


def _retained(bench: Bench) -> None:
    path = f"/Users/{bench.client.user(bench.upn('jane'))}"
    bench.client.patch(path, {"op": "replace", "path": "active", "value": False})
    if bench.client.get(path).get("active") is not False:
        raise Failed("a deactivated user must be kept, with active false", NEXT)


def _uniqueness(bench: Bench) -> None:
    bench.client.user(bench.upn("jane"))
    joe = bench.client.user(bench.upn("joe"))
    operation = {"op": "replace", "path": "userName", "value": bench.upn("jane")}
    refusal(
        bench.client.try_patch(f"/Users/{joe}", operation), 409, "uniqueness", "a PATCH to a userName that is taken"
    )


def _tls(bench: Bench) -> None:
    if not bench.options.base_url.lower().startswith("https://"):
        raise Failed("the base URL is not https", "Entra takes no other Tenant URL.")


def put_is_not_needed(bench: Bench) -> None:
    """PATCH alone must do."""
    path = f"/Users/{bench.client.user(bench.upn('jane'), title='Clerk')}"
    value = {"op": "replace", "path": f"{ENTERPRISE_URN}:department", "value": "Board"}
    bench.client.patch(path, {"op": "replace", "path": "title", "value": "Chief"}, value)
    user = require(bench.client.request("GET", path), CREATED, f"GET {path}")
    if user.get("title") != "Chief" or inner(user.get(ENTERPRISE_URN)).get("department") != "Board":
        raise Failed("a PATCH of several attributes does not change them all", NEXT)


_POINTS: tuple[tuple[str, str, Run], ...] = (
    ("4", "ServiceProviderConfig says interopProfileConformant: true", _conformant),
    ("5.1", "The three discovery endpoints, ids equal to names, every schema listed", _discovery),
    ("5.2-lookup", "userName is looked up in any case", lookup_ignores_case),
    ("5.2-conflict", "userName conflicts in any case too", _case_of_conflict),
    ("5.2-externalId", "externalId is case-exact", _case_of_external_id),
    ("5.3", "Undefined attributes are refused: 400 invalidSyntax", _undefined),
    ("5.4", "type has canonicalValues wherever there is one", _canonical),
    ("6.2", "Answers are application/scim+json", content_type),
    ("6.3", "Filters with eq and and; an unknown attribute is 400 invalidFilter", _filters),
    ("6.4", "Pages of at least 100, and fewer than asked beyond the limit", _page),
    ("6.5", "PATCH of several attributes, one operation each", put_is_not_needed),
    ("6.5.1", "An operation without path is refused: 400 invalidSyntax", _without_path),
    ("6.5.2-simple", "add and replace are the same for a simple attribute", _simple),
    ("6.5.2-complex", "add merges into a complex attribute, replace replaces it", _complex),
    ("6.5.2-multi", "add appends to a multi-valued attribute, replace replaces it", _collection),
    ("6.6-patch", "PATCH never deletes", _retained),
    ("6.6-user", "A deleted user is 404, listed no more, and the name is free", deleted_user),
    ("6.6-group", "A deleted group is 404 and listed no more", grouped(deleted_group)),
    ("6.9", "A conflict is 409 uniqueness", _uniqueness),
    ("7.1", "TLS", _tls),
)
INTEROP = tuple(
    Check(f"Interop-{point}", Suite.INTEROP, f"{DRAFT} §{point.partition('-')[0]}", title, run, optional=point == "7.1")
    for point, title, run in _POINTS
)
"""TLS is a warning, because an endpoint is often checked behind what ends TLS before it."""
