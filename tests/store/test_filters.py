"""A filter finds the same users on SQLite, on PostgreSQL and in Python (product.md 5.2).

Python's `matches` is the reference: RFC 7644 §3.4.2.2 to the letter. The databases compile the same tree to SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrant.db.engine import Database, Tx
from entrant.scim.filter import (
    And,
    CompareOp,
    Comparison,
    Filter,
    Not,
    Or,
    Path,
    Present,
    ValuePath,
    check,
    matches,
)
from entrant.scim.listing import ListQuery
from entrant.scim.parser import MAX_DEPTH, parse_filter
from entrant.scim.schema import ENTERPRISE_URN, Resource
from entrant.scim.schemas import USER
from entrant.service.present import resource
from entrant.store import members, workspaces
from entrant.store.listing import find_users
from entrant.workspace.model import Member, Workspace
from tests.support.workspaces import NewWorkspace, new_workspace

TEXTS = [
    "ada",
    "Ada",
    "ADA ",
    "straße",
    "STRASSE",
    "Ωmega",
    "ωMEGA",
    "é",
    "e\u0301",
    "İ",
    "100%",
    "a_b",
    "a\\b",
    'q"q',
    "",
    "\U0001f600x",
]
USERS: list[Resource] = [
    {
        "userName": f"{text or 'none'} {n}",
        "displayName": text,
        "externalId": text,
        "title": TEXTS[-n - 1],
        "active": bool(n % 3),
        "name": {"givenName": text, "familyName": TEXTS[(n * 7) % len(TEXTS)]},
        "emails": [
            {"value": f"{text}@x.y", "type": "work", "primary": True},
            {"value": TEXTS[(n * 5) % len(TEXTS)], "type": "Home"},
        ],
        "phoneNumbers": [{"value": str(n), "type": "mobile"}],
        ENTERPRISE_URN: {"employeeNumber": str(n), "department": text, "manager": {"value": text}},
    }
    for n, text in enumerate(TEXTS)
] + [{"userName": "bare"}, {"userName": "half", "emails": [{"value": "ada"}], "name": {"givenName": "ada"}}]

SIMPLE = ["userName", "displayName", "externalId", "title", "name.givenName", "name.familyName", "emails.value",
          "emails.type", "emails", "phoneNumbers.value", "emails.primary", "active", "id", "meta.created",
          "meta.lastModified", "meta.resourceType", "roles", "roles.value", "addresses.country",
          "nickName"]  # fmt: skip
EXTENDED = ["employeeNumber", "department", "manager", "manager.value"]
INNER = ["value", "type", "primary", "display"]


@dataclass(frozen=True)
class Corpus:
    """The users of a workspace, as Python and as the database see them."""

    workspace: NewWorkspace
    rows: list[Member]

    def reference(self, node: Filter) -> set[str]:
        """The userNames that Python finds."""
        base = "http://127.0.0.1:8000" + self.workspace.idp.base
        return {m.doc["userName"] for m in self.rows if matches(node, resource(base, USER, m), USER)}

    def found(self, node: Filter) -> set[str]:
        """The userNames that the database finds."""

        def work(tx: Tx) -> set[str]:
            workspace = self._workspace(tx)
            page = find_users(tx, workspace, USER, ListQuery(filter=node, count=1000), None)
            assert page.total == len(page.rows)
            return {m.doc["userName"] for m in page.rows}

        return self.workspace.database.read(work)

    def _workspace(self, tx: Tx) -> Workspace:
        workspace = workspaces.find(tx, self.workspace.slug)
        assert workspace is not None
        return workspace


@pytest.fixture(scope="module")
def corpus(module_database: Database) -> Corpus:
    """A workspace that holds USERS."""
    workspace = new_workspace(module_database)
    for user in USERS:
        workspace.idp.user(user["userName"], **{k: v for k, v in user.items() if k != "userName"})

    def all_rows(tx: Tx) -> list[Member]:
        found = workspaces.find(tx, workspace.slug)
        assert found is not None
        return members.page(tx, found.id, everyone=True)

    return Corpus(workspace, module_database.read(all_rows))


WORDS = st.sampled_from([*TEXTS, *(t[:2] for t in TEXTS), *(t[1:] for t in TEXTS), "work", "home", "User", "1"])
TIMES = st.sampled_from(["2020-01-01T00:00:00Z", "2126-01-01T00:00:00+02:00"])
OPS = st.sampled_from(list(CompareOp))


def as_path(text: str, urn: str | None = None) -> Path:
    """`name.sub` as a path."""
    name, _, sub = text.partition(".")
    return Path(name, sub or None, urn)


PATHS = st.sampled_from([as_path(t) for t in SIMPLE] + [as_path(t, ENTERPRISE_URN) for t in EXTENDED])


def comparisons(path: Path) -> st.SearchStrategy[Filter]:
    """Comparisons of a path with values of its type, and now and then with null."""
    name = path.sub or path.name
    if name in {"active", "primary"}:
        return st.builds(Comparison, st.just(path), st.sampled_from([CompareOp.EQ, CompareOp.NE]), st.booleans())
    words = TIMES if name in {"created", "lastModified"} else WORDS
    ops = [op for op in CompareOp if words is WORDS or op not in {CompareOp.CO, CompareOp.SW, CompareOp.EW}]
    null = st.builds(Comparison, st.just(path), st.sampled_from([CompareOp.EQ, CompareOp.NE]), st.none())
    return st.builds(Comparison, st.just(path), st.sampled_from(ops), words) | null


def combined(leaves: st.SearchStrategy[Filter], most: int) -> st.SearchStrategy[Filter]:
    """Conditions joined by `and`, `or` and `not`."""
    return st.recursive(
        leaves, lambda f: st.builds(And, f, f) | st.builds(Or, f, f) | st.builds(Not, f), max_leaves=most
    )


INNER_PATHS = st.sampled_from([as_path(t) for t in INNER])
INNER_FILTERS = combined(INNER_PATHS.flatmap(comparisons) | st.builds(Present, INNER_PATHS), 3)
MANY = st.sampled_from(["emails", "phoneNumbers"])
FILTERS = combined(
    PATHS.flatmap(comparisons)
    | st.builds(Present, PATHS)
    | st.builds(lambda name, inner: ValuePath(Path(name, filter=inner)), MANY, INNER_FILTERS)
    | st.builds(
        lambda name, inner, op, word: Comparison(Path(name, "value", None, inner), op, word),
        MANY, INNER_FILTERS, OPS, WORDS,
    ),
    4,
)  # fmt: skip


def test_the_database_finds_what_python_finds(corpus: Corpus) -> None:
    @settings(
        max_examples=600 if corpus.workspace.database.name == "sqlite" else 400,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(FILTERS)
    def agree(node: Filter) -> None:
        check(node, USER)
        assert corpus.found(node) == corpus.reference(node), str(node)

    agree()


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("op", [CompareOp.EQ, CompareOp.NE, CompareOp.CO, CompareOp.SW, CompareOp.EW, CompareOp.LE])
def test_every_text_is_compared_alike(corpus: Corpus, text: str, op: CompareOp) -> None:
    """Case folding beyond ASCII, composed and decomposed letters, and what LIKE would take for wildcards."""
    for path in SIMPLE[:8]:
        node = Comparison(as_path(path), op, text)
        assert corpus.found(node) == corpus.reference(node), str(node)


def test_alternatives_within_each_other_are_found(corpus: Corpus) -> None:
    """As deep as the parser takes them: each level could be found by an index, but SQLite has room for a few."""
    text = 'userName sw "ada"'
    for n in range(MAX_DEPTH - 1):
        text = f'({text} or emails[value eq "ada@x.y" or value sw "str"]) and userName sw "{"asa"[n % 3]}"'
        node = parse_filter(text)
        assert corpus.found(node) == corpus.reference(node), text


def test_alternatives_are_found_page_by_page(corpus: Corpus) -> None:
    """None twice, though several alternatives find it; with and without an index."""
    for other in ('externalId eq "ada"', 'title co "a"'):
        text = f'(userName sw "a" or displayName eq "ada" or emails.value sw "ada" or {other}) and active pr'
        address = f"/Users?attributes=userName&count=2&filter={quote_plus(text)}"
        walked: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = corpus.workspace.idp.get(f"{address}&cursor={quote_plus(cursor)}").json()
            walked += [user["userName"] for user in page["Resources"]]
            cursor = page.get("nextCursor")
        counted = corpus.workspace.idp.get(f"{address}&startIndex=2").json()

        assert sorted(walked) == sorted(corpus.reference(parse_filter(text)))
        assert counted["totalResults"] == len(walked)
        assert [user["userName"] for user in counted["Resources"]] == walked[1:3]
