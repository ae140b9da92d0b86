"""Scoping filters of a mapping: clauses of a filter are joined by AND, filters by OR (entra-client 17)."""

from __future__ import annotations

from dataclasses import replace

from entrant.entra.jobs import operations
from entrant.entra.mapping.attributes import ATTRIBUTES
from entrant.entra.mapping.schema import Clause, FilterGroup, ScopeFilter
from entrant.entra.mapping.scoping import OPERATORS
from entrant.entra.model import BadValue
from entrant.scim.wire import Response

from .mappings import NAMES, TITLE, place_of
from .render import Look, page
from .visit import Visit, redirect, url

CLAUSES = 5  # rows of the form


def show(visit: Visit) -> Response:
    """The filters, and the form for another one."""
    at = place_of(visit)
    look = Look("Source object scope", "mappings", ((TITLE, url(*at.path[:4])), (NAMES[at.kind], at.url())), at.app)
    return page(
        visit,
        "scoping.html",
        look,
        at=at,
        filters=(at.mapping.scope or ScopeFilter()).groups,
        attributes=[("", "Choose…"), *((name, name) for name in sorted(ATTRIBUTES[at.kind], key=str.lower))],
        operators=[(name, name) for name in OPERATORS],
        rows=_rows(visit),
        title=visit.form("title"),
    )


def act(visit: Visit) -> Response:
    """Add a filter, or remove one."""
    at = place_of(visit)
    scope = at.mapping.scope or ScopeFilter()
    if visit.form("do") == "remove":
        groups = tuple(each for n, each in enumerate(scope.groups) if str(n) != visit.form("filter"))
    else:
        groups = (*scope.groups, _filter(visit, f"Filter {len(scope.groups) + 1}"))
    operations.set_scoping(visit.p, at.job.id, at.kind, replace(scope, groups=groups))
    return redirect(at.url("scoping", done="mapping"))


def _filter(visit: Visit, name: str) -> FilterGroup:
    clauses = tuple(
        Clause(attribute, operator, () if OPERATORS[operator].unary else (value,))
        for attribute, operator, value in _rows(visit)
        if attribute and operator in OPERATORS
    )
    if not clauses:
        raise BadValue("a scoping filter needs at least one clause: choose an attribute and an operator")
    return FilterGroup(visit.form("title")[:120] or name, clauses)


def _rows(visit: Visit) -> list[tuple[str, str, str]]:
    """The rows of the form: attribute, operator, value."""
    return [(visit.form(f"attribute{n}"), visit.form(f"operator{n}"), visit.form(f"value{n}")) for n in range(CLAUSES)]
