"""Attribute mapping: users and groups on or off, target object actions, the list, and the form of one mapping."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.entra.jobs import operations
from entrant.entra.jobs.views import JobView
from entrant.entra.mapping.attributes import ATTRIBUTES
from entrant.entra.mapping.expressions.nodes import Attribute, Expression, Text
from entrant.entra.mapping.expressions.parser import parse_expression
from entrant.entra.mapping.schema import AttributeMapping, FlowType, ObjectMapping, Schema, TargetAction
from entrant.entra.model import BadValue, Kind, NotFound, ServicePrincipal
from entrant.scim.wire import Response

from .apps import app_of
from .render import Look, page
from .visit import Visit, redirect, url

NAMES = {Kind.USER: "Provision Microsoft Entra ID Users", Kind.GROUP: "Provision Microsoft Entra ID Groups"}
KINDS = {"users": Kind.USER, "groups": Kind.GROUP}
ACTIONS = ((TargetAction.ADD, "Create"), (TargetAction.UPDATE, "Update"), (TargetAction.DELETE, "Delete"))
FLOWS = ((FlowType.ALWAYS, "Always"), (FlowType.OBJECT_ADD_ONLY, "Only during object creation"))
TYPES = (("Direct", "Direct"), ("Constant", "Constant"), ("Expression", "Expression"), ("None", "None"))
TITLE = "Attribute mapping"
MAX_MATCHING = 99  # as a precedence


@dataclass(frozen=True, slots=True)
class Place:
    """What a page of a mapping is about."""

    app: ServicePrincipal
    job: JobView
    schema: Schema
    kind: Kind
    mapping: ObjectMapping

    @property
    def path(self) -> tuple[str, ...]:
        """The mapping's page."""
        return ("apps", self.app.id, "provisioning", "mappings", f"{self.kind.lower()}s")

    def url(self, *part: str, **query: str | None) -> str:
        """The address of the mapping's page, or of one below it."""
        return url(*self.path, *part, **query)


def place_of(visit: Visit) -> Place:
    """The application, its job and the mapping of users or groups; raises NotFound."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    schema = operations.load_schema(visit.p, job.id)
    kind = KINDS.get(visit.params["kind"])
    mapping = next((each for each in _all(schema) if each.source == kind), None)
    if kind is None or mapping is None:
        raise NotFound("the schema has no such mapping")
    return Place(app, job, schema, kind, mapping)


def show_list(visit: Visit) -> Response:
    """The mappings of users and groups."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    look = Look(TITLE, "mappings", (("Provisioning", url("apps", app.id, "provisioning")),), app)
    found = _all(operations.load_schema(visit.p, job.id))
    return page(visit, "mappings.html", look, mappings=found, names=NAMES)


def switch(visit: Visit) -> Response:
    """Switch the mapping of groups on or off."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    kind = KINDS.get(visit.form("kind"), Kind.GROUP)
    operations.set_mapping_enabled(visit.p, job.id, kind, enabled=visit.form("do") == "enable")
    return redirect(url("apps", app.id, "provisioning", "mappings", done="mapping"))


def show(visit: Visit) -> Response:
    """One mapping: actions, filters, attributes."""
    at = place_of(visit)
    look = Look(NAMES[at.kind], "mappings", ((TITLE, url(*at.path[:4])),), at.app)
    return page(visit, "mapping.html", look, at=at, actions=ACTIONS, flows=dict(FLOWS))


def act(visit: Visit) -> Response:
    """Choose the actions, or remove an attribute."""
    at = place_of(visit)
    if visit.form("do") == "remove":
        operations.remove_attribute(visit.p, at.job.id, at.kind, visit.form("target"))
    else:
        chosen = frozenset(action for action, _ in ACTIONS if visit.form(str(action)) == "on")
        operations.set_actions(visit.p, at.job.id, at.kind, chosen)
    return redirect(at.url(done="mapping"))


def show_attribute(visit: Visit) -> Response:
    """The form of one attribute, new or mapped already."""
    at = place_of(visit)
    target = visit.query("target")
    old = at.mapping.find(target) if target else None
    look = Look(
        "Edit attribute" if old else "Add new mapping",
        "mappings",
        ((TITLE, url(*at.path[:4])), (NAMES[at.kind], at.url())),
        at.app,
    )
    return page(
        visit,
        "attribute.html",
        look,
        at=at,
        given=_sent(visit) if visit.form_kept else _written(old),
        old=old,
        types=TYPES,
        flows=FLOWS,
        sources=[(name, name) for name in sorted(ATTRIBUTES[at.kind], key=str.lower)],
        targets=[each.name for each in at.schema.target_of(at.mapping).attributes],
    )


def save_attribute(visit: Visit) -> Response:
    """Map a target attribute; if it is another one than before, that one is mapped no more."""
    at = place_of(visit)
    given = _sent(visit)
    if not given["target"]:
        raise BadValue("choose a target attribute")
    attribute = AttributeMapping(
        given["target"],
        _source(given),
        given["default"] or None,
        next((flow for flow, _ in FLOWS if flow == given["flow"]), FlowType.ALWAYS),
        matching_priority=_precedence(given),
    )
    old = visit.query("target")
    operations.set_attribute(visit.p, at.job.id, at.kind, attribute)
    if old and old.lower() != given["target"].lower() and at.mapping.find(old):
        operations.remove_attribute(visit.p, at.job.id, at.kind, old)
    return redirect(at.url(done="mapping"))


def _all(schema: Schema) -> tuple[ObjectMapping, ...]:
    return tuple(each for rule in schema.rules for each in rule.object_mappings if each.source in set(Kind))


def _sent(visit: Visit) -> dict[str, str]:
    names = ("type", "source", "constant", "expression", "default", "target", "matching", "precedence", "flow")
    given = {name: visit.form(name) for name in names}
    return given | {"constant": (visit.all("constant") or ("",))[-1]}  # white space may be what is meant


def _written(old: AttributeMapping | None) -> dict[str, str]:
    """The form of a mapping as it is."""
    given = {"type": "Direct", "source": "", "constant": "", "expression": "", "default": "", "target": ""}
    given |= {"matching": "", "precedence": "1", "flow": str(FlowType.ALWAYS)}
    if old is None:
        return given
    given |= {"target": old.target, "default": old.default or "", "flow": str(old.flow_type)}
    if old.matching_priority:
        given |= {"matching": "on", "precedence": str(old.matching_priority)}
    match old.source:
        case None:
            return given | {"type": "None"}
        case Attribute(name):
            return given | {"source": name}
        case Text(value):
            return given | {"type": "Constant", "constant": value}
        case other:
            return given | {"type": "Expression", "expression": str(other)}


def _source(given: dict[str, str]) -> Expression | None:
    match given["type"]:
        case "Constant":
            return Text(given["constant"])
        case "Expression":
            return parse_expression(given["expression"])
        case "None":
            return None
        case _:
            return Attribute(given["source"])


def _precedence(given: dict[str, str]) -> int:
    if given["matching"] != "on":
        return 0
    text = given["precedence"]
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MAX_MATCHING):
        raise BadValue(f"the matching precedence is a number from 1 to {MAX_MATCHING}")
    return int(text)
