"""The expression tester: an expression, and what it makes of a user or group (entra-client 18.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom

from entrant.db.engine import Tx
from entrant.entra.directory import finding
from entrant.entra.jobs import operations, world
from entrant.entra.mapping.attributes import ATTRIBUTES, Value, value_of
from entrant.entra.mapping.trial import try_expression
from entrant.entra.model import DirectoryObject, EntraError, NotFound, Subject
from entrant.entra.store import applications
from entrant.scim.wire import Json, Response

from .apps import app_of
from .mappings import TITLE
from .render import Look, page
from .visit import Visit, url

MAX_EXPRESSION = 20_000  # characters; the parser takes fewer


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of an expression."""

    parsed: bool
    values: list[str] | None
    """None if it was not evaluated, or could not be; no value is null."""
    problem: str | None
    attributes: list[tuple[str, str]]
    """The attributes of the object that have a value."""


def show(visit: Visit) -> Response:
    """The tester, with the result of what was sent. It changes nothing."""
    app = app_of(visit)
    operations.job_of(visit.p, app.id)
    expression, name = visit.form("expression")[:MAX_EXPRESSION], visit.form("object")
    look = Look("Expression tester", "mappings", ((TITLE, url("apps", app.id, "provisioning", "mappings")),), app)
    tried, missing = None, None
    if expression:
        try:
            tried = _try(visit, app.id, expression, name)
        except EntraError as problem:
            missing = str(problem)
    return page(visit, "expressions.html", look, given=expression, object=name, tried=tried, missing=missing)


def _try(visit: Visit, app: str, expression: str, name: str) -> Tried:
    values: list[dict[str, Json]] = []
    if name:
        subject = visit.db.read(lambda tx: _subject(tx, app, name))
        known = ((each, value_of(subject, each)) for each in ATTRIBUTES[subject.kind])
        values = [{"key": key, "value": _plain(value)} for key, value in known if value is not None]
    answer = try_expression(
        {"expression": expression} | ({"testInputObject": {"properties": values}} if name else {}),
        now=datetime.fromisoformat(visit.db.read(world.now)),
        chance=SystemRandom(),
        default_domain=visit.db.read(world.default_domain),
    )
    problem = answer["error"]["message"] if answer["error"] else None
    shown = [(each["key"], str(each["value"])) for each in values]
    return Tried(
        answer["parsingSucceeded"],
        answer["evaluationResult"] if answer["evaluationSucceeded"] else None,
        problem,
        shown,
    )


def _subject(tx: Tx, app: str, name: str) -> Subject:
    """A user, or a group if there is no such user, with the roles that were assigned to it directly."""
    object_ = find_object(tx, name)
    granted = {each.app_role for each in applications.between(tx, object_.id, app)}
    found = applications.find(tx, app)
    roles = tuple(role for role in (found.app_roles if found else ()) if role.id in granted)
    return Subject(object_.id, object_.kind, object_, bool(granted), roles)


def find_object(tx: Tx, name: str) -> DirectoryObject:
    """A user or group by id, UPN or name; a user if both have the name."""
    if finding.is_guid(name):
        return finding.get_object(tx, None, name)
    try:
        return finding.get_user(tx, name)
    except NotFound:
        return finding.get_group(tx, name)


def _plain(value: Value) -> Json:
    """A value as a test object has it; roles by their value."""
    if isinstance(value, tuple):
        return [each["value"] if isinstance(each, Mapping) else each for each in value]
    return value
