"""OpenID's IPSIE AL SCIM 2.0 Profile, draft 00 of 8 September 2026 (openid/ipsie-scim-al), AL1 and AL2 point by point.

What it asks of the application (the service provider). What cannot be seen from outside is skipped, with the reason.
The draft contradicts itself in two points; both are in the list by the name Contradiction, a third is near to one.
Section numbers are those of the published draft. AL3 has no requirements yet.
"""

from __future__ import annotations

import time
import uuid
from functools import partial
from urllib.parse import urlsplit

from entrant.scim.schema import GROUP_URN, USER_URN
from entrant.scim.wire import Json, Request

from .authentication import exchange, exchange_assertion, validate_credentials
from .bench import Bench
from .client import CREATED, member_ids, require, said
from .exact import deleted_user, grouped, inactive_is_found, unknown_user
from .model import Check, Failed, Run, Skipped, Suite
from .profile_interop import put_is_not_needed
from .recorder import listed, members_of

DRAFT = "IPSIE AL SCIM 2.0 Profile, draft 00"
NEXT = "An identity service that keeps to the profile cannot rely on it; Entra itself does not ask for it."
WELL_KNOWN = "/.well-known/oauth-authorization-server"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
REQUESTS, RATE = 50, 25  # 4.3: at least 25 requests a second
MEMBERS = 50  # 6.2.6: so many operations on members in one PATCH


def _skip(reason: str, _: Bench) -> None:
    raise Skipped(reason)


def _metadata(bench: Bench) -> None:
    given = bench.options.oauth or bench.options.federated
    if given is None:
        raise Skipped("give --oauth-token-endpoint or --federated-token-endpoint with their options")
    target, endpoint = urlsplit(bench.options.base_url), urlsplit(given.endpoint)
    if target.netloc != endpoint.netloc:
        raise Skipped("the token endpoint is at another host; its metadata is not looked for")
    # The issuer is not known: it is the token endpoint's address without its last part, the base URL, or the origin.
    for path in (endpoint.path.rpartition("/")[0], target.path.rstrip("/"), ""):
        answer = bench.recorder.send(Request("GET", f"{WELL_KNOWN}{path}"))
        found = members_of(answer.read()).get("token_endpoint") if answer.status == 200 else None  # noqa: PLR2004
        if found == given.endpoint:
            return
        if found is not None:
            raise Failed(f"the metadata names the token endpoint {found}, not {given.endpoint}", NEXT)
    raise Failed(f"there is no OAuth metadata with a token_endpoint below {WELL_KNOWN} (RFC 8414)", NEXT)


def _scope(bench: Bench) -> None:
    oauth = bench.options.oauth
    if oauth is None:
        raise Skipped("give --oauth-token-endpoint, --client-id and --client-secret")
    form = {"grant_type": "client_credentials", "client_id": oauth.client_id, "client_secret": oauth.client_secret}
    answer = exchange(bench, oauth.endpoint, {**form, "scope": "scim"})
    # RFC 6749 §5.1: a scope that is not said is the one that was asked for.
    if answer.get("scope", "scim") != "scim":
        raise Failed(f"the token has the scope {answer.get('scope')!r}; it must be scim and no broader", NEXT)


def _expires(bench: Bench) -> None:
    oauth = bench.options.oauth
    if oauth is None:
        raise Skipped("give --oauth-token-endpoint, --client-id and --client-secret")
    validate_credentials(bench)


def _claims_interop(bench: Bench) -> None:
    if bench.client.get("/ServiceProviderConfig").get("interopProfileConformant") is not True:
        raise Failed(
            "ServiceProviderConfig does not say interopProfileConformant: true; see the points of --profile interop. "
            "An endpoint that takes Entra's PATCH without path cannot conform",
            NEXT,
        )


def _rate(bench: Bench) -> None:
    began = time.monotonic()
    for _ in range(REQUESTS):
        status = bench.client.request("GET", "/Users", "count=1").status
        if status == 429:  # noqa: PLR2004
            raise Failed(f"429 within {REQUESTS} requests, one after the other, at less than {RATE} a second", NEXT)
        if status != 200:  # noqa: PLR2004
            raise Failed(f"GET /Users is answered {said(status)}", NEXT)
    rate = REQUESTS / (time.monotonic() - began)
    if rate < RATE:
        raise Skipped(
            f"{rate:.0f} requests a second over one connection from here: too slow to tell, but none was refused"
        )


def _bulk(bench: Bench) -> None:
    if (bench.client.get("/ServiceProviderConfig").get("bulk") or {}).get("supported") is not True:
        raise Failed("ServiceProviderConfig says that bulk is not supported", NEXT)
    # A deletion of nobody: it makes nothing that would have to be found again if the answer were lost.
    body = {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": f"/Users/{uuid.uuid4()}"}]}
    answer = require(bench.client.request("POST", "/Bulk", body=body), (200,), "POST /Bulk")
    statuses = [str(each.get("status")) for each in listed(answer.get("Operations"))]
    if statuses != ["404"]:
        raise Failed(f"a bulk deletion of nobody has the statuses {statuses}; it must be 404", NEXT)


def _reactivated(bench: Bench) -> None:
    path = f"/Users/{bench.client.user(bench.upn('jane'))}"
    for active in (False, True):
        bench.client.patch(path, {"op": "replace", "path": "active", "value": active})
        if bench.client.get(path).get("active") is not active:
            raise Failed(f"active cannot be set to {str(active).lower()}", NEXT)


def _deactivated(bench: Bench) -> None:
    inactive_is_found(bench)


def _read(endpoint: str, bench: Bench) -> None:
    client = bench.client
    id_ = client.user(bench.upn("jane")) if endpoint == "/Users" else client.group(bench.title("Team"))
    if client.get(f"{endpoint}/{id_}").get("id") != id_:
        raise Failed(f"GET {endpoint}/{{id}} gives another resource", NEXT)


def _user_filter(form: str, bench: Bench) -> None:
    values = {"user": bench.upn("jane"), "external": f"{bench.prefix}-ext", "email": f"{bench.prefix}@work.example"}
    email = {"type": "work", "value": values["email"], "primary": True}
    id_ = bench.client.user(values["user"], externalId=values["external"], emails=[email])
    bench.client.user(bench.upn("joe"), externalId=f"{bench.prefix}-other")
    found = [each.get("id") for each in bench.client.find("/Users", form.format(**values))]
    if found != [id_]:
        raise Failed(f"the filter {form} finds {len(found)} users; it must find the one", NEXT)


def _group_filter(form: str, bench: Bench) -> None:
    jane = bench.client.user(bench.upn("jane"))
    values = {"name": bench.title("Team"), "external": f"{bench.prefix}-ext", "member": jane}
    id_ = bench.client.group(values["name"], jane, externalId=values["external"])
    bench.client.group(bench.title("Crew"))
    found = [each.get("id") for each in bench.client.find("/Groups", form.format(**values))]
    if found != [id_]:
        raise Failed(f"the filter {form} finds {len(found)} groups; it must find the one", NEXT)


def _attributes(bench: Bench, schema: str) -> set[str]:
    schemas = listed(bench.client.get("/Schemas").get("Resources"))
    found: Json = next((each.get("attributes") for each in schemas if each.get("id") == schema), [])
    return {str(each.get("name")) for each in listed(found)}


def _schema(schema: str, names: tuple[str, ...], bench: Bench) -> None:
    missing = sorted(set(names) - _attributes(bench, schema))
    if missing:
        raise Failed(f"/Schemas lacks {', '.join(missing)}", NEXT)
    if schema == USER_URN:
        made = bench.client.get(f"/Users/{bench.client.user(bench.upn('jane'), externalId=f'{bench.prefix}-ext')}")
    else:
        made = bench.client.get(f"/Groups/{bench.client.group(bench.title('Team'), externalId=f'{bench.prefix}-ext')}")
    if made.get("externalId") != f"{bench.prefix}-ext":
        raise Failed("externalId is not kept", NEXT)


def _password(bench: Bench) -> None:
    if "password" in _attributes(bench, USER_URN):
        raise Failed("/Schemas lists password", NEXT)


def _all(endpoint: str, bench: Bench) -> None:
    answer = bench.client.get(endpoint)
    if not isinstance(answer.get("totalResults"), int):
        raise Failed(f"GET {endpoint} has no totalResults", NEXT)


def _created(bench: Bench) -> None:
    if require(
        bench.client.request("POST", "/Users", body={"schemas": [USER_URN], "userName": bench.upn("jane")}),
        CREATED,
        "POST /Users",
    ).get("userName") != bench.upn("jane"):
        raise Failed("the answer has another userName than was sent", NEXT)


def _empty_group(bench: Bench) -> None:
    path = f"/Groups/{bench.client.group(bench.title('Team'))}"
    if member_ids(bench.client.get(path)):
        raise Failed("a group that was made without members has some", NEXT)


def _same_group_name(bench: Bench) -> None:
    bench.client.group(bench.title("Team"))
    body = {"schemas": [GROUP_URN], "displayName": bench.title("Team")}
    if bench.client.request("POST", "/Groups", body=body).status in CREATED:
        raise Failed("two groups can have the same displayName", "Entra's lookup finds two and stops with an error.")


def _many_members(bench: Bench) -> None:
    client = bench.client
    jane, joe = (client.user(bench.upn(name)) for name in ("jane", "joe"))
    path = f"/Groups/{client.group(bench.title('Team'))}"
    add = {"op": "add", "path": "members", "value": [{"value": jane}]}
    remove = {"op": "remove", "path": f'members[value eq "{jane}"]'}
    last = {"op": "add", "path": "members", "value": [{"value": joe}]}
    client.patch(path, *[add, remove] * (MEMBERS // 2), last)
    if member_ids(client.get(path)) != {joe}:
        raise Failed(f"{MEMBERS + 1} operations on members in one PATCH do not come to what they say", NEXT)


OUTSIDE = "it cannot be seen from outside"
ASSERTION_IN_BODY = (
    "the draft contradicts itself: §4.1 demands JWT client authentication by RFC 7523 §2.2, whose client_assertion is "
    "a parameter of the request's body, and the same section demands HTTP Basic and forbids client_assertion in the "
    "body. "
    "No endpoint can do both; IPSIE-4.1-jwt checks the first"
)
DELETE_OPTIONAL = (
    "the draft contradicts itself: §5.2 says that applications MAY allow DELETE /Users/{id}, and its compliance "
    "statement for AL1 says that they SHALL support it. IPSIE-5.2 checks the stronger"
)
GROUPS_OPTIONAL = (
    "near to a contradiction: by §6 the application MUST map groups to roles, by §6.2 it MAY support them. "
    "The points of §6.2 are skipped where there are none"
)
_POINTS: tuple[tuple[str, str, Run], ...] = (
    ("4.1-jwt", "OAuth client credentials with a signed assertion", exchange_assertion),
    ("4.1-Contradiction", "First contradiction: where the assertion is put", partial(_skip, ASSERTION_IN_BODY)),
    ("4.1-scope", "The token has the scope scim and no broader one", _scope),
    ("4.1-metadata", "OAuth metadata with the token endpoint", _metadata),
    ("4.2-interop", "The endpoint claims the interoperability profile", _claims_interop),
    ("4.2-local", "No local changes of users and groups", partial(_skip, OUTSIDE)),
    ("4.3-limits", "429 with Retry-After beyond a limit", partial(_skip, "a check would have to flood the endpoint")),
    ("4.3-rate", "25 requests a second are served", _rate),
    ("4.3-bulk", "/Bulk is supported", _bulk),
    ("4.3-patch", "One PATCH changes several attributes", put_is_not_needed),
    ("5.1", "A user is deactivated and reactivated by PATCH", _reactivated),
    ("5.1-found", "A deactivated user can still be read", _deactivated),
    ("5.1-access", "Sessions and tokens end with the deactivation", partial(_skip, OUTSIDE)),
    ("5.2", "A user is deleted, and the name is free", deleted_user),
    ("5.2-Contradiction", "Second contradiction: whether users can be deleted", partial(_skip, DELETE_OPTIONAL)),
    ("5.3", "A user is read by id", partial(_read, "/Users")),
    ("5.4-userName", "Filter by userName", partial(_user_filter, 'userName eq "{user}"')),
    ("5.4-externalId", "Filter by externalId", partial(_user_filter, 'externalId eq "{external}"')),
    ("5.4-email", "Filter by an e-mail address", partial(_user_filter, 'emails[value eq "{email}"]')),
    ("5.4-work", "Filter by type and address", partial(_user_filter, 'emails[type eq "work" and value eq "{email}"]')),
    ("6-local", "No local creation of users who are managed", partial(_skip, OUTSIDE)),
    ("6-groups", "Whether groups are needed", partial(_skip, GROUPS_OPTIONAL)),
    (
        "6.1.1",
        "userName, displayName, active and externalId",
        partial(_schema, USER_URN, ("userName", "displayName", "active")),
    ),
    ("6.1.2", "No password", _password),
    ("6.1.3", "A user is created", _created),
    ("6.1.4", "A user is updated by PATCH", put_is_not_needed),
    ("6.1.5", "All users are listed", partial(_all, "/Users")),
    ("6.2.1", "displayName, members and externalId", grouped(partial(_schema, GROUP_URN, ("displayName", "members")))),
    ("6.2.1-unique", "A displayName is taken once (SHOULD)", grouped(_same_group_name)),
    ("6.2.2", "A group is created without members", grouped(_empty_group)),
    ("6.2.3", "All groups are listed", grouped(partial(_all, "/Groups"))),
    ("6.2.4", "A group is read by id", grouped(partial(_read, "/Groups"))),
    ("6.2.5-displayName", "Filter by displayName", grouped(partial(_group_filter, 'displayName eq "{name}"'))),
    ("6.2.5-externalId", "Filter by externalId", grouped(partial(_group_filter, 'externalId eq "{external}"'))),
    ("6.2.5-member", "Filter by a member", grouped(partial(_group_filter, 'members[value eq "{member}"]'))),
    ("6.2.6", "Fifty operations on members in one PATCH", grouped(_many_members)),
    ("8-errors", "Errors are SCIM errors", unknown_user),
    ("8-expiry", "Access tokens expire", _expires),
    ("8-audit", "Changes are logged", partial(_skip, OUTSIDE)),
)
IPSIE = tuple(
    Check(
        f"IPSIE-{point}",
        Suite.IPSIE,
        f"{DRAFT} §{point.partition('-')[0]} ({_level})",
        title,
        run,
        optional="SHOULD" in title,
    )
    for point, title, run in _POINTS
    for _level in ["AL2" if point.startswith("6") else "AL1"]
)
