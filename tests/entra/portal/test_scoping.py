"""Scoping filters: added, changed in their place, removed; a page that is out of date changes no other filter (17)."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.mapping.schema import Clause, FilterGroup, ScopeFilter
from entrant.entra.model import Kind, ServicePrincipal
from tests.support.portal import Tab

SALES = FilterGroup("Sales", (Clause("department", "EQUALS", ("Sales",)),))
PARIS = FilterGroup(
    "Paris",
    (Clause("city", "EQUALS", ("Paris",)), Clause("extension_abababababababababababababababab_x", "IS NOT NULL")),
)
INPUT = FilterGroup("Input", (Clause("country", "IS NOT NULL"),))
ADD = {"do": "add", "title": "Oslo", "attribute0": "city", "operator0": "EQUALS", "value0": "Oslo"}


@pytest.fixture
def tenant_url(tmp_path: Path, tenant_file: Path) -> str:
    """One engine is enough: the operations behind the forms have tests of their own."""
    return f"sqlite:///{shutil.copy(tenant_file, tmp_path / 'entra.db')}"


@pytest.fixture
def address(p: Provisioner, app: ServicePrincipal) -> str:
    """The page of an application's filters, which has two."""
    _set(p, app, SALES, PARIS)
    return f"/apps/{app.id}/provisioning/mappings/users/scoping"


def _set(p: Provisioner, app: ServicePrincipal, *groups: FilterGroup) -> None:
    operations.set_scoping(p, operations.job_of(p, app.id).id, Kind.USER, ScopeFilter(groups, (INPUT,)))


def _groups(p: Provisioner, app: ServicePrincipal) -> tuple[FilterGroup, ...]:
    mapping = operations.load_schema(p, operations.job_of(p, app.id).id).mapping_of(Kind.USER)
    assert mapping is not None
    assert mapping.scope is not None
    assert mapping.scope.input_groups == (INPUT,)
    return mapping.scope.groups


def _keys(tab: Tab, address: str) -> list[str]:
    return re.findall(r"scoping\?filter=([0-9a-f]{32})#filter", tab.get(address).read().decode())


def test_a_filter_is_added_behind_the_others(tab: Tab, p: Provisioner, app: ServicePrincipal, address: str) -> None:
    page = tab.follow(tab.send(address, ADD))

    assert "Oslo" in page
    assert _groups(p, app) == (SALES, PARIS, FilterGroup("Oslo", (Clause("city", "EQUALS", ("Oslo",)),)))


def test_the_form_of_a_filter_has_its_clauses(tab: Tab, address: str) -> None:
    page = tab.get(f"{address}?filter={_keys(tab, address)[1]}").read().decode()

    chosen = re.findall(r'<option value="([^"]+)" selected', page)
    assert chosen[:4] == ["city", "EQUALS", "extension_abababababababababababababababab_x", "IS NOT NULL"]
    assert 'name="title" type="text" value="Paris"' in page
    assert 'name="value0" type="text" value="Paris"' in page
    assert 'name="attribute5"' not in page


def test_a_filter_is_changed_in_its_place(tab: Tab, p: Provisioner, app: ServicePrincipal, address: str) -> None:
    key = _keys(tab, address)[0]
    form = {"do": "change", "filter": key, "title": "Sales, all", "operator0": "Includes", "attribute0": "department"}

    tab.follow(tab.send(f"{address}?filter={key}", form | {"value0": "Sales "}, page=address))

    assert _groups(p, app) == (FilterGroup("Sales, all", (Clause("department", "Includes", ("Sales ",)),)), PARIS)


def test_a_filter_with_many_clauses_keeps_them(tab: Tab, p: Provisioner, app: ServicePrincipal, address: str) -> None:
    many = FilterGroup("Many", tuple(Clause("city", "NOT EQUALS", (f"City {n}",)) for n in range(8)))
    _set(p, app, many)
    key = _keys(tab, address)[0]
    page = tab.get(f"{address}?filter={key}").read().decode()
    sent = {f"attribute{n}": "city" for n in range(8)} | {f"operator{n}": "NOT EQUALS" for n in range(8)}
    sent |= {f"value{n}": f"City {n}" for n in range(8)} | {"attribute8": "country", "operator8": "IS NULL"}

    tab.follow(tab.send(f"{address}?filter={key}", sent | {"do": "change", "filter": key, "title": "Many"}))

    assert 'name="attribute8"' in page
    assert _groups(p, app)[0].clauses == (*many.clauses, Clause("country", "IS NULL"))


def test_a_filter_is_removed(tab: Tab, p: Provisioner, app: ServicePrincipal, address: str) -> None:
    tab.follow(tab.send(address, {"do": "remove", "filter": _keys(tab, address)[0]}))

    assert _groups(p, app) == (PARIS,)


def test_of_equal_filters_one_is_removed(tab: Tab, p: Provisioner, app: ServicePrincipal, address: str) -> None:
    _set(p, app, SALES, SALES)
    first, second = _keys(tab, address)

    tab.follow(tab.send(address, {"do": "remove", "filter": second}))

    assert _groups(p, app) == (SALES,)
    assert _keys(tab, address) == [first]


@pytest.mark.parametrize("do", ["remove", "change"])
def test_a_filter_that_was_changed_meanwhile_is_left_alone(
    tab: Tab, p: Provisioner, app: ServicePrincipal, address: str, do: str
) -> None:
    key = _keys(tab, address)[0]
    _set(p, app, PARIS)

    answer = tab.send(f"{address}?filter={key}", {**ADD, "do": do, "filter": key, "value0": "Kept"}, page=address)

    assert answer.status == 409
    page = answer.read().decode()
    assert "was changed or deleted meanwhile" in page
    assert 'value="Kept"' in page
    assert _groups(p, app) == (PARIS,)


def test_the_form_of_a_filter_that_is_not_there_is_not_found(tab: Tab, address: str) -> None:
    assert tab.get(f"{address}?filter=0123").status == 404


def test_a_refused_change_keeps_the_form_and_the_filter(
    tab: Tab, p: Provisioner, app: ServicePrincipal, address: str
) -> None:
    key = _keys(tab, address)[0]
    form = {"do": "change", "filter": key, "title": "S", "attribute0": "city", "operator0": "REGEX MATCH"}

    answer = tab.send(f"{address}?filter={key}", form | {"value0": "("}, page=address)

    assert answer.status == 409
    page = answer.read().decode()
    assert "Edit scoping filter" in page
    assert f'name="filter" value="{key}"' in page
    assert _groups(p, app) == (SALES, PARIS)
