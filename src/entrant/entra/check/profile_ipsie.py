"""OpenID's IPSIE AL SCIM 2.0 Profile, draft 00 of 8 September 2026 (openid/ipsie-scim-al), AL1 and AL2 point by point.

What it asks of the application (the service provider). What cannot be seen from outside is skipped, with the reason.
The draft contradicts itself in two points; both are in the list by the name Contradiction, a third is near to one.
Section numbers are those of the published draft. AL3 has no requirements yet.
"""

from __future__ import annotations

from functools import partial

from entrant.scim.schema import GROUP_URN, USER_URN

from .authentication import exchange_assertion
from .bench import Bench
from .exact import deleted_user, grouped, unknown_user
from .ipsie_resources import (
    creates,
    deactivated,
    empty_group,
    group_filter,
    has_schema,
    lists,
    many_members,
    no_password,
    reactivated,
    reads,
    same_group_name,
    user_filter,
)
from .ipsie_service import bulk, claims_interop, expires, metadata, rate, scope
from .model import Check, Run, Skipped, Suite
from .profile_interop import put_is_not_needed

DRAFT = "IPSIE AL SCIM 2.0 Profile, draft 00"


def _skip(reason: str, _: Bench) -> None:
    raise Skipped(reason)


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
    ("4.1-scope", "The token has the scope scim and no broader one", scope),
    ("4.1-metadata", "OAuth metadata with the token endpoint", metadata),
    ("4.2-interop", "The endpoint claims the interoperability profile", claims_interop),
    ("4.2-local", "No local changes of users and groups", partial(_skip, OUTSIDE)),
    ("4.3-limits", "429 with Retry-After beyond a limit", partial(_skip, "a check would have to flood the endpoint")),
    ("4.3-rate", "25 requests a second are served", rate),
    ("4.3-bulk", "/Bulk is supported", bulk),
    ("4.3-patch", "One PATCH changes several attributes", put_is_not_needed),
    ("5.1", "A user is deactivated and reactivated by PATCH", reactivated),
    ("5.1-found", "A deactivated user can still be read", deactivated),
    ("5.1-access", "Sessions and tokens end with the deactivation", partial(_skip, OUTSIDE)),
    ("5.2", "A user is deleted, and the name is free", deleted_user),
    ("5.2-Contradiction", "Second contradiction: whether users can be deleted", partial(_skip, DELETE_OPTIONAL)),
    ("5.3", "A user is read by id", partial(reads, "/Users")),
    ("5.4-userName", "Filter by userName", partial(user_filter, 'userName eq "{user}"')),
    ("5.4-externalId", "Filter by externalId", partial(user_filter, 'externalId eq "{external}"')),
    ("5.4-email", "Filter by an e-mail address", partial(user_filter, 'emails[value eq "{email}"]')),
    ("5.4-work", "Filter by type and address", partial(user_filter, 'emails[type eq "work" and value eq "{email}"]')),
    ("6-local", "No local creation of users who are managed", partial(_skip, OUTSIDE)),
    ("6-groups", "Whether groups are needed", partial(_skip, GROUPS_OPTIONAL)),
    (
        "6.1.1",
        "userName, displayName, active and externalId",
        partial(has_schema, USER_URN, ("userName", "displayName", "active")),
    ),
    ("6.1.2", "No password", no_password),
    ("6.1.3", "A user is created", creates),
    ("6.1.4", "A user is updated by PATCH", put_is_not_needed),
    ("6.1.5", "All users are listed", partial(lists, "/Users")),
    (
        "6.2.1",
        "displayName, members and externalId",
        grouped(partial(has_schema, GROUP_URN, ("displayName", "members"))),
    ),
    ("6.2.1-unique", "A displayName is taken once (SHOULD)", grouped(same_group_name)),
    ("6.2.2", "A group is created without members", grouped(empty_group)),
    ("6.2.3", "All groups are listed", grouped(partial(lists, "/Groups"))),
    ("6.2.4", "A group is read by id", grouped(partial(reads, "/Groups"))),
    ("6.2.5-displayName", "Filter by displayName", grouped(partial(group_filter, 'displayName eq "{name}"'))),
    ("6.2.5-externalId", "Filter by externalId", grouped(partial(group_filter, 'externalId eq "{external}"'))),
    ("6.2.5-member", "Filter by a member", grouped(partial(group_filter, 'members[value eq "{member}"]'))),
    ("6.2.6", "Fifty operations on members in one PATCH", grouped(many_members)),
    ("8-errors", "Errors are SCIM errors", unknown_user),
    ("8-expiry", "Access tokens expire", expires),
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
