"""`GET /auditLogs/provisioning`: the provisioning log (graph-surface 3.5, 9.8).

What of a filter the log can be asked for by its keys narrows what is read; the whole filter is then applied to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeAlias

from entrant.db.engine import timestamp
from entrant.entra.jobs.operations import list_log
from entrant.entra.store import applications, log
from entrant.entra.store.log import Query
from entrant.scim.fold import fold
from entrant.scim.wire import Json

from .answer import Answer, entity
from .call import Call
from .entities import PROVISIONING_ENTRY
from .errors import GraphError
from .log_json import entry_json
from .odata.expression import And, Comparison, Expression, Lambda, Membership, Operator, Or, Quantifier
from .odata.options import Options
from .odata.projection import project
from .paging import Position, Source, page

FRAGMENT = "auditLogs/provisioning"
BATCH = 200  # entries that are read at once


def list_entries(call: Call) -> Answer:
    """A page of the log, newest first unless asked otherwise."""
    options = call.options(PROVISIONING_ENTRY)
    query = Query(most=min(BATCH, (options.top or BATCH) + 1))
    if options.filter is not None:
        query = narrow(query, options.filter)
    if _newest_first(options):
        options = replace(options, order=())
    source = Source(lambda after: _scan(call, query, after))
    names = options.selection.names
    return page(call, options, source, FRAGMENT, lambda entry: project(entry, PROVISIONING_ENTRY, names))


def get_entry(call: Call) -> Answer:
    """One entry by its id."""
    options = call.options(PROVISIONING_ENTRY)
    id_ = call.keys[0].value
    found = call.provisioner.db.read(lambda tx: log.find(tx, id_))
    near = () if found is None else _scan(call, Query(job=found.job, change_id=found.change_id), None)
    for _, entry in near:
        if entry["id"] == id_:
            shown = project(entry, PROVISIONING_ENTRY, options.selection.names)
            return entity(call.context(f"{FRAGMENT}/$entity"), shown)
    raise GraphError(HTTPStatus.NOT_FOUND, "ResourceNotFound", f"There is no log entry '{id_}'.")


def _newest_first(options: Options) -> bool:
    return len(options.order) == 1 and str(options.order[0].path) == "activityDateTime" and options.order[0].descending


def _scan(call: Call, query: Query, after: Position | None) -> Iterator[tuple[Position, Json]]:
    """Entries as JSON behind a position, which is a time and an id."""
    before = None if after is None else (after[0], after[-1])
    app_ids: dict[str, str | None] = {}
    while True:
        found = list_log(call.provisioner, replace(query, before=before))
        for logged in found.entries:
            if logged.service_principal not in app_ids:
                app_ids[logged.service_principal] = _app_id(call, logged.service_principal)
            yield (logged.at, logged.id), entry_json(logged, call.tenant, app_ids[logged.service_principal])
        if found.next is None:
            return
        before = found.next


def _app_id(call: Call, service_principal: str) -> str | None:
    """The app id of an application; None if it was removed since."""
    found = call.provisioner.db.read(lambda tx: applications.find(tx, service_principal))
    return None if found is None else found.app_id


Narrow: TypeAlias = Callable[[Query, str], Query]
_EQUALS: dict[str, Narrow] = {
    "jobId": lambda query, value: replace(query, job=value),
    "cycleId": lambda query, value: replace(query, cycle=value),
    "changeId": lambda query, value: replace(query, change_id=value),
    "servicePrincipal/id": lambda query, value: replace(query, service_principal=value),
    "sourceIdentity/id": lambda query, value: replace(query, source_id=value),
}


def narrow(query: Query, expression: Expression) -> Query:
    """A query that gives at least the entries that satisfy the filter."""
    match expression:
        case And(left, right):
            return narrow(narrow(query, left), right)
        case Comparison(path, Operator.EQ, str() as value) if str(path) in _EQUALS:
            return _EQUALS[str(path)](query, fold(value))
        case Comparison(path, Operator.GE | Operator.GT, str() as value) if str(path) == "activityDateTime":
            return replace(query, since=max(query.since or "", _microseconds(value)))
        case Comparison(path, Operator.LE | Operator.LT, str() as value) if str(path) == "activityDateTime":
            until = _after(_microseconds(value))
            return replace(query, until=min(query.until or until, until))
        case Comparison() | Or() | Membership():
            return _narrow_choice(query, expression)
        case Lambda(path, Quantifier.ANY, condition) if str(path) == "modifiedProperties" and condition is not None:
            names = _values(condition, "displayName")
            return query if names is None or query.properties else replace(query, properties=names)
        case _:
            return query


def _narrow_choice(query: Query, expression: Expression) -> Query:
    """One property that is one of several values."""
    actions = _values(expression, "provisioningAction")
    if actions is not None and not query.actions:
        return replace(query, actions=tuple(map(fold, actions)))
    statuses = _values(expression, "provisioningStatusInfo/status")
    if statuses is not None and not query.statuses:
        return replace(query, statuses=tuple(map(fold, statuses)))
    return query


def _values(expression: Expression, name: str) -> tuple[str, ...] | None:
    """The texts of which a property must be one, if that is all that the expression says.

    A lambda's paths begin behind its variable, so that inside `any` the name is that of an element's property.
    """
    match expression:
        case Or(left, right):
            first, second = _values(left, name), _values(right, name)
            return None if first is None or second is None else first + second
        case Comparison(path, Operator.EQ, str() as value) if str(path) == name:
            return (value,)
        case Membership(path, values) if str(path) == name:
            texts = tuple(value for value in values if isinstance(value, str))
            return texts if len(texts) == len(values) else None
        case _:
            return None


def _microseconds(instant: str) -> str:
    """A time with seven digits of a second, cut to the six that stored times have."""
    return f"{instant[:-2]}Z"


def _after(moment: str) -> str:
    """The first stored time after this one."""
    return timestamp(datetime.fromisoformat(moment) + timedelta(microseconds=1))
