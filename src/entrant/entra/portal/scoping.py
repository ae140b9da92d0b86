"""Scoping filters of a mapping: clauses of a filter are joined by AND, filters by OR (entra-client 17)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TypeAlias

from entrant.entra.jobs import operations
from entrant.entra.mapping.attributes import ATTRIBUTES
from entrant.entra.mapping.schema import Clause, FilterGroup, ScopeFilter
from entrant.entra.mapping.scoping import OPERATORS, find_operator
from entrant.entra.model import BadValue, Conflict, NotFound
from entrant.scim.wire import Response

from .mappings import NAMES, TITLE, Place, place_of
from .render import Look, page
from .visit import Visit, redirect, url

CLAUSES = 5  # rows of the form; those of a filter with as many or more, and one
NEW = "new"
Row: TypeAlias = tuple[str, str, str]
"""Attribute, operator and value of a clause."""


def show(visit: Visit) -> Response:
    """The filters, and the form for another one or, if the address names one, for that."""
    at = place_of(visit)
    filters = by_key(_groups(at))
    chosen = visit.query("filter")
    if chosen and chosen not in filters and not visit.form_kept:
        raise NotFound("there is no such scoping filter; it may have been changed meanwhile")
    edited = filters.get(chosen)
    rows = _rows(visit) if visit.form_kept else _written(edited)
    look = Look("Source object scope", "mappings", ((TITLE, url(*at.path[:4])), (NAMES[at.kind], at.url())), at.app)
    return page(
        visit,
        "scoping.html",
        look,
        at=at,
        filters=filters,
        edited=edited,
        chosen=chosen,
        attributes=[("", "Choose…"), *((name, name) for name in _attributes(at, rows))],
        operators=[(name, name) for name in OPERATORS],
        rows=rows,
        title=visit.form("title") if visit.form_kept or edited is None else edited.name,
    )


def act(visit: Visit) -> Response:
    """Add a filter, change one in its place, or remove one."""
    at = place_of(visit)
    filters, chosen = by_key(_groups(at)), visit.form("filter")
    if visit.form("do") == "add":
        filters[NEW] = _filter(visit, f"Filter {len(filters) + 1}")
    elif chosen not in filters:
        raise Conflict("the scoping filter was changed or deleted meanwhile; look at it again")
    elif visit.form("do") == "remove":
        del filters[chosen]
    else:
        filters[chosen] = _filter(visit, filters[chosen].name)
    scope = at.mapping.scope or ScopeFilter()
    operations.set_scoping(visit.p, at.job.id, at.kind, replace(scope, groups=tuple(filters.values())))
    return redirect(at.url("scoping", done="mapping"))


def by_key(groups: tuple[FilterGroup, ...]) -> dict[str, FilterGroup]:
    """Filters by what they say, so that an old page never means another filter than it shows."""
    found: dict[str, FilterGroup] = {}
    for each in groups:
        said = repr((each, sum(other == each for other in found.values())))
        found[hashlib.sha256(said.encode()).hexdigest()[:32]] = each
    return found


def _groups(at: Place) -> tuple[FilterGroup, ...]:
    return (at.mapping.scope or ScopeFilter()).groups


def _filter(visit: Visit, name: str) -> FilterGroup:
    clauses = tuple(
        Clause(attribute, operator, () if OPERATORS[operator].unary else (value,))
        for attribute, operator, value in _rows(visit)
        if attribute and operator in OPERATORS
    )
    if not clauses:
        raise BadValue("a scoping filter needs at least one clause: choose an attribute and an operator")
    return FilterGroup(visit.form("title")[:120] or name, clauses)


def _rows(visit: Visit) -> list[Row]:
    """The rows of the form as it was sent."""
    count = max(CLAUSES, sum(name.startswith("attribute") for name in visit.form_fields))
    return [(visit.form(f"attribute{n}"), visit.form(f"operator{n}"), _value(visit, n)) for n in range(count)]


def _value(visit: Visit, n: int) -> str:
    return (visit.all(f"value{n}") or ("",))[-1]  # white space may be what is meant


def _written(group: FilterGroup | None) -> list[Row]:
    """The rows of a filter, and empty ones for further clauses."""
    rows = [_row(each) for each in group.clauses] if group else []
    return rows + [("", "", "")] * max(CLAUSES - len(rows), 1)


def _row(clause: Clause) -> Row:
    operator = find_operator(clause.operator)
    return clause.attribute, operator.name if operator else "", clause.values[0] if clause.values else ""


def _attributes(at: Place, rows: list[Row]) -> list[str]:
    """What clauses can be about, and what those of the form are about: extensions are not listed otherwise."""
    return sorted({*ATTRIBUTES[at.kind], *(attribute for attribute, *_ in rows if attribute)}, key=str.lower)
