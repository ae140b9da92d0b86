"""A value of any type and size is taken or refused, never 5xx, and what is taken can be found (product 6.8, 9.5).

On both engines, because their numbers, indexes and texts have different bounds.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from itertools import count
from random import Random
from urllib.parse import quote_plus

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrant.db.engine import Database
from entrant.scim.wire import Json
from entrant.service import admin
from entrant.workspace.mapping import MAX_INDEXED, MAX_KEY
from tests.support.idp import ENTERPRISE, GROUP, USER, Idp
from tests.support.workspaces import new_workspace

URN = "urn:example:schemas:extension:all:2.0:User"
TYPES = ("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference")
NAMES = [f"{type_}{kind}" for type_ in TYPES for kind in ("One", "Many", "Exact")]
SCHEMA = {
    "id": URN,
    "name": "All types",
    "attributes": [
        {"name": f"{type_}{kind}", "type": type_, "multiValued": kind == "Many", "caseExact": kind == "Exact"}
        for type_ in TYPES
        for kind in ("One", "Many", "Exact")
    ],
}
SIZES = (MAX_INDEXED - 1, MAX_INDEXED, MAX_INDEXED + 1, 600, MAX_KEY, 2_600, 2_800, 9_000, 65_536, 65_537)
ALPHABETS = ("ab", "aä", "漢字仮名", "\U0001d160\U0001f600", "ßŉİ", "\ufb2c")
_numbers = count(1)


def random_text(size: int, alphabet: str, seed: int) -> str:
    """A text that no index can compress."""
    letters = (
        alphabet
        + "".join(map(chr, range(0x30, 0x3A)))
        + ("".join(map(chr, range(0x4E00, 0x4F00))) if not alphabet.isascii() else "cdefgh")
    )
    return "".join(Random(seed).choices(letters, k=size))


LONG = st.builds(random_text, st.sampled_from(SIZES), st.sampled_from(ALPHABETS), st.integers(0, 3))
TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=20) | LONG
INTEGERS = st.integers() | st.sampled_from(
    [2**53, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**100, 10**308, 10**309, 9**400]
)
DECIMALS = (
    INTEGERS
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([-0.0, 5e-324, 1.7976931348623157e308])
)
DATES = st.datetimes().map(lambda moment: moment.isoformat()) | st.sampled_from(
    [
        "2026-11-30T12:00:00.1234567Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "2026-12-31T24:00:00Z",
        "2026-11-30",
    ]
)
VALUES: dict[str, st.SearchStrategy[Json]] = {
    "string": TEXT,
    "boolean": st.booleans(),
    "integer": INTEGERS,
    "decimal": DECIMALS,
    "dateTime": DATES,
    "binary": st.binary(min_size=1, max_size=20).map(lambda raw: base64.b64encode(raw).decode())
    | st.sampled_from(["YQ", "a", "?"]),
    "reference": st.sampled_from(["https://example.com/" + "x" * 3_000, "../Users/1", "a b", "http://[::1", "urn:x:y"]),
}


@dataclass(frozen=True)
class Site:
    """A workspace with a schema of every type."""

    idp: Idp
    engine: str

    def post(self, **attributes: Json) -> tuple[int, Json]:
        """Create a user; the status, and the answer."""
        response = self.idp.post_user(f"user{next(_numbers)}@example.com", **attributes)
        return response.status, response.json()

    def found(self, filter_: str, endpoint: str = "/Users") -> set[str]:
        """The ids of what a filter finds."""
        response = self.idp.get(f"{endpoint}?filter={quote_plus(filter_)}")
        assert response.status == 200, (filter_[:200], response.read())
        return {each["id"] for each in response.json()["Resources"]}


@pytest.fixture
def site(database: Database) -> Site:
    workspace = new_workspace(database, "entra")
    admin.add_schema(database, workspace.slug, SCHEMA)
    return Site(workspace.idp, database.name)


def literal(value: Json) -> str:
    """A value as a filter has it."""
    return msgspec.json.encode(value).decode()


def test_a_value_of_every_type_is_taken_or_refused_and_what_is_taken_is_found(site: Site) -> None:
    @settings(
        max_examples=120 if site.engine == "sqlite" else 60, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(name=st.sampled_from(NAMES), data=st.data())
    def send(name: str, data: st.DataObject) -> None:
        type_ = next(each for each in TYPES if name.startswith(each))
        value = data.draw(VALUES[type_] | VALUES[data.draw(st.sampled_from(TYPES))])
        sent = [value] if name.endswith("Many") else value

        status, answer = site.post(**{URN: {name: sent}})

        assert status in {201, 400}, answer
        if status == 400:
            return
        if isinstance(value, str) and type_ not in {"boolean", "integer", "decimal"}:  # others may need a tolerance
            assert answer.get(URN, {}).get(name, sent) == sent
        if name in answer.get(URN, {}) and not (type_ == "dateTime" and name.endswith("Many")):
            stored = answer[URN][name]
            if len(literal(stored)) < 8_000:
                assert answer["id"] in site.found(
                    f"{URN}:{name} eq {literal(stored[0] if isinstance(stored, list) else stored)}"
                )

    send()


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("size", [200, 512, MAX_KEY, 2_600, 2_800, 9_000, 65_536])
def test_a_key_of_any_length_is_taken_and_found_or_refused(site: Site, size: int, alphabet: str) -> None:
    text = random_text(size, alphabet, 7)
    value = {"value": text, "type": text}
    places: list[tuple[str, Json]] = [
        ("displayName", text),
        ("externalId", text),
        ("emails", [value]),
        ("phoneNumbers", [value]),
        (ENTERPRISE, {"employeeNumber": text}),
        (URN, {"stringOne": text}),
        (URN, {"stringExact": text}),
    ]
    for name, sent in places:
        status, answer = site.post(**{name: sent})

        assert status in {201, 400}, answer
        assert status == 201 or name in {"displayName", "externalId"}
        inner = next(iter(sent)) if isinstance(sent, dict) else ""
        path = f"{name}:{inner}" if inner else name
        if status == 201 and size < 8_000:
            assert answer[name] == sent
            assert site.found(f"{path} eq {literal(text)}") == {answer["id"]}
            assert site.found(f"{path} sw {literal(text[: size // 2])}") == {answer["id"]}
            assert site.found(f"{path} eq {literal(text[:-1])}") == set()
            assert site.found(f"{path} eq {literal(text[:-1] + '?')}") == set()
            site.idp.request("DELETE", f"/Users/{answer['id']}")
    for path, body in (
        ("/Users", {"schemas": [USER], "userName": text}),
        ("/Groups", {"schemas": [GROUP], "displayName": text}),
    ):
        response = site.idp.request("POST", path, body)

        assert response.status in {201, 400}, response.read()
        assert (response.status == 201) == (len(text.casefold().encode()) <= MAX_KEY)


def test_a_long_value_among_others_that_begin_alike_is_told_apart(site: Site) -> None:
    ids = {}
    for name in ("stringOne", "stringExact"):
        for end in ("", "x", "y"):
            ids[end] = site.post(**{URN: {name: "a" * MAX_INDEXED + end}})[1]["id"]
        for end, wanted in ids.items():
            assert site.found(f'{URN}:{name} eq "{"a" * MAX_INDEXED}{end}"') == {wanted}
        assert site.found(f'{URN}:{name} sw "{"a" * MAX_INDEXED}"') == set(ids.values())
        assert site.found(f'{URN}:{name} sw "{"a" * MAX_INDEXED}x"') == {ids["x"]}


def test_what_is_within_a_long_address_is_found(site: Site) -> None:
    text = "a" * 400 + "@" + "b" * 400
    user = site.post(emails=[{"value": text, "type": "work"}])[1]["id"]

    assert site.found('emails[value sw "aa" and value co "@b"]') == {user}
    assert site.found('emails[value sw "aa" and value ew "bb"]') == {user}
    assert site.found(f'emails[value eq "{text}" and type eq "work"]') == {user}
    assert site.found(f'emails[value eq "{text}b" and type eq "work"]') == set()


@pytest.mark.parametrize(
    "number", ["1e999", "9" * 400, "-" + "9" * 5_000, str(2**63), str(2**64), "1" * 309, "-1e308", "0.1", "1e-400"]
)
@pytest.mark.parametrize("name", ["integerOne", "integerMany", "decimalOne", "decimalMany", "stringOne"])
def test_a_filter_with_a_number_of_any_size_is_answered(site: Site, name: str, number: str) -> None:
    site.post(**{URN: {name: 7}})

    for op in ("eq", "ne", "gt", "le"):
        response = site.idp.get(f"/Users?filter={quote_plus(f'{URN}:{name} {op} {number}')}&sortBy={URN}:{name}")

        assert response.status in {200, 400}, response.read()


def test_a_walk_in_the_order_of_large_numbers_ends_and_has_everyone(site: Site) -> None:
    sent = [2**53, 2**53 + 1, 2**53 + 2, 2**63, 10**300, 0]
    ids = {site.post(**{URN: {"integerOne": number}})[1]["id"] for number in sent}
    seen: list[str] = []
    cursor = ""
    for _ in range(len(sent) + 2):
        page = site.idp.get(f"/Users?sortBy={URN}:integerOne&count=1&cursor={cursor}").json()
        seen += [each["id"] for each in page["Resources"]]
        cursor = page.get("nextCursor", "")
        if not cursor:
            break

    assert len(seen) == len(sent)
    assert set(seen) == ids


def test_a_value_that_a_filter_describes_is_checked_too(site: Site) -> None:
    user = site.post()[1]["id"]

    response = site.idp.patch(
        f"/Users/{user}", {"op": "add", "path": 'x509Certificates[value eq "no base64!"].display', "value": "x"}
    )

    assert response.status == 400
