"""`…/jobs/{id}/provisionOnDemand` (entra-client 19, graph-surface 3.4). Both members of the answer are JSON as text."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

import msgspec

from entrant.entra.engine.on_demand import OnDemand
from entrant.entra.graph.answer import Answer, entity
from entrant.entra.graph.call import Call, lowered
from entrant.entra.graph.errors import GraphError, bad_value
from entrant.entra.graph.log_json import entry_json
from entrant.entra.jobs import operations
from entrant.entra.jobs.views import JobView
from entrant.entra.model import Kind
from entrant.entra.store.log import Logged
from entrant.scim.wire import Json

from .jobs import find_job


def provision(call: Call) -> Answer:
    """Provision one user, or one group with chosen members, now."""
    rule, subject = _subject(call.body())
    job = find_job(call)
    object_id, kind = subject.get("objectId"), subject.get("objectTypeName")
    if not isinstance(object_id, str) or kind not in set(Kind):
        raise bad_value("A subject has an 'objectId', and an 'objectTypeName' that is User or Group.")
    try:
        done = operations.provision_on_demand(
            call.provisioner, job.id, lowered(object_id), Kind(kind), _members(subject), rule
        )
    except operations.RateLimited as exc:
        raise GraphError(
            HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequests", str(exc), headers={"retry-after": str(exc.retry_after)}
        ) from exc
    pair = {"key": _text(done.key()), "value": _text(_value(done, job, call.tenant))}
    return entity(call.context("microsoft.graph.stringKeyStringValuePair"), pair)


def _subject(body: dict[str, Json]) -> tuple[str | None, dict[str, Json]]:
    """The one rule and the one subject that a call may name (19.3)."""
    parameters = body.get("parameters")
    if not isinstance(parameters, list) or len(parameters) != 1 or not isinstance(parameters[0], dict):
        raise bad_value("'parameters' must hold exactly one rule.")
    subjects, rule = parameters[0].get("subjects"), parameters[0].get("ruleId")
    if not isinstance(subjects, list) or len(subjects) != 1 or not isinstance(subjects[0], dict):
        raise bad_value("'subjects' must hold exactly one object.")
    if rule is not None and not isinstance(rule, str):
        raise bad_value("'ruleId' must be text.")
    return rule, subjects[0]


def _members(subject: dict[str, Json]) -> tuple[str, ...]:
    links = subject.get("links") or {}
    members = (links.get("members") or []) if isinstance(links, dict) else None
    if not isinstance(members, list):
        raise bad_value("'links' must be an object whose 'members' are a collection.")
    ids = [member.get("objectId") for member in members if isinstance(member, dict)]
    if len(ids) != len(members) or not all(isinstance(id_, str) for id_ in ids):
        raise bad_value("Each of 'members' has an 'objectId'.")
    return tuple(lowered(str(id_)) for id_ in ids)


def _value(done: OnDemand, job: JobView, tenant: str) -> Json:
    """The log entry; without one, the steps as far as they went."""
    steps = [
        {
            "name": step.name,
            "type": step.type,
            "status": str(step.status),
            "description": step.description,
            "details": dict(step.details),
        }
        for step in done.steps
    ]
    modified = [{"displayName": each.name, "oldValue": each.old, "newValue": each.new} for each in done.modified]
    told = {"provisioningSteps": steps, "modifiedProperties": modified}
    if done.entry is None:
        return told
    logged = Logged("", "", job.id, job.service_principal, "", "", 0, replace(done.entry, steps=()))
    shown = entry_json(logged, tenant)
    return {
        "action": str(done.entry.action),
        "statusInfo": {
            "status": str(done.entry.status),
            "errorCode": done.error_code,
            "reason": done.entry.reason,
            "additionalDetails": done.error_message,
        },
        **told,
        **{name: shown[name] for name in ("sourceIdentity", "targetIdentity", "sourceSystem", "targetSystem")},
    }


def _text(value: Json) -> str:
    return msgspec.json.encode(value).decode()
