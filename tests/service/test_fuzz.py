"""Whatever is sent to any route is answered 2xx, 3xx or 4xx, never 5xx (product.md 9.5)."""

from __future__ import annotations

from urllib.parse import quote_plus

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrant.db.engine import Database
from entrant.scim.wire import Request
from entrant.service import admin
from tests.service.test_values import ALPHABETS, DATES, NAMES, SCHEMA, random_text
from tests.service.test_values import URN as ALL_TYPES
from tests.support.hostile import PIECES
from tests.support.idp import ENTERPRISE, GROUP, PATCH_OP, USER
from tests.support.workspaces import new_workspace

SEGMENTS = ["", "/Users", "/Groups", "/Bulk", "/.search", "/Users/.search", "/Groups/.search", "/Me", "/Schemas",
            "/ResourceTypes", "/ServiceProviderConfig", "/Users/{user}", "/Groups/{group}", "/Schemas/x",
            "//Users/"]  # fmt: skip
WORDS = ["userName", "active", "emails", 'emails[type eq "work"].value', "name.givenName", "members", "displayName",
         'members[value eq "{user}"]', f"{ENTERPRISE}:manager", "manager", "schemas", "id", "meta",
         "externalId", "groups", "roles", "password", ""]  # fmt: skip
WORDS += [f"{ALL_TYPES}:{name}" for name in NAMES] + [ALL_TYPES, *NAMES]
SIZES = st.sampled_from(
    [255, 257, 2_049, 2_700, 8_193, 65_536, 65_537]
)  # beside the bounds of indexes, filters and texts
LONG = st.builds(random_text, SIZES, st.sampled_from(ALPHABETS), st.just(1))
NUMBERS = st.integers() | st.sampled_from([2**53 + 1, 2**63, -(2**63) - 1, 10**308, 10**309, 10**400, -0.0, 5e-324])
SCALARS = (
    st.none()
    | st.booleans()
    | NUMBERS
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | LONG
    | DATES
    | st.builds(lambda piece, times: piece * times, st.sampled_from(list(PIECES.values())), st.integers(1, 40))
)
JSON = st.recursive(
    SCALARS | st.sampled_from(["{user}", "{group}", "work", "True"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
OPERATION = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Add", "remove", "REPLACE", "replace", "move"]) | SCALARS},
    optional={"path": st.sampled_from(WORDS) | JSON, "value": JSON},
)
MESSAGES = (
    JSON
    | st.fixed_dictionaries({"schemas": st.just([PATCH_OP]), "Operations": st.lists(OPERATION, max_size=4) | JSON})
    | st.fixed_dictionaries(
        {"schemas": st.just([USER]), "userName": JSON},
        optional={w: JSON for w in WORDS if w.isalpha() and w not in {"schemas", "userName"}}
        | {ALL_TYPES: st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3)},
    )
    | st.fixed_dictionaries({"schemas": st.just([GROUP]), "displayName": JSON, "members": JSON})
    | st.fixed_dictionaries(
        {
            "Operations": st.lists(
                st.dictionaries(st.sampled_from(["method", "path", "bulkId", "data", "version"]), JSON), max_size=3
            )
        }
    )
)
QUERIES = st.sampled_from(["", "filter=", "count=-1", "count=x", "startIndex=0", "cursor", "cursor=x", "sortBy=nope",
                           "attributes=members", "excludedAttributes=", "aadOptscim062020", "%zz=%ff",
                           "filter=%00"])  # fmt: skip
QUERIES |= st.builds(
    lambda name, op, value: "filter=" + quote_plus(f"{name} {op} {msgspec.json.encode(value).decode()}"),
    st.sampled_from([w for w in WORDS if w]),
    st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]),
    SCALARS,
)
QUERIES |= st.text(max_size=20).map(lambda t: "filter=" + quote_plus(t, errors="replace"))


@pytest.mark.parametrize("provider", ["entra", "strict"])
def test_no_request_is_answered_5xx(database: Database, provider: str) -> None:
    """Product 9.5: on every route, with every method, whatever the query and the body."""
    workspace = new_workspace(database, provider)
    admin.add_schema(database, workspace.slug, SCHEMA)
    idp = workspace.idp
    ids = {"user": idp.user("kept"), "group": idp.group("Kept")}

    @settings(
        max_examples=400 if database.name == "sqlite" else 100, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(
        method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE"]),
        segment=st.sampled_from(SEGMENTS),
        query=QUERIES,
        message=MESSAGES,
        raw=st.none() | st.binary(max_size=30),
    )
    def send(method: str, segment: str, query: str, message: object, raw: bytes | None) -> None:
        text = msgspec.json.encode(message).decode() if raw is None else ""
        for name, value in ids.items():
            text, segment = text.replace(f"{{{name}}}", value), segment.replace(f"{{{name}}}", value)
        headers = {"authorization": f"Bearer {idp.token}", "content-type": "application/scim+json"}

        response = idp.send(Request(method, idp.base + segment, query, headers, text.encode() if raw is None else raw))
        response.read()

        assert 200 <= response.status < 500 or response.status == 501

    send()
