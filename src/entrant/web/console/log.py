"""The provisioning log: what the provider asked, what became of it, why, and what happens next."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

import msgspec

from entrant.service.admin.browse import browse_log, browse_resource_log, first_id, show_log_entry
from entrant.store.browse import LogFilter
from entrant.store.log import LAST
from entrant.workspace.model import LogEntry

from .advice import advise
from .render import Look, page
from .visit import Reply, Visit

PATH = "log"
OUTCOMES = (("", "Any outcome"), ("done", "Done"), ("refused", "Refused"), ("failed", "Failed"))
TYPES = (("", "Users and groups"), ("User", "Users"), ("Group", "Groups"))
METHODS = (
    ("", "Any operation"),
    ("POST", "Create (POST)"),
    ("PATCH", "Change (PATCH)"),
    ("PUT", "Replace (PUT)"),
    ("DELETE", "Delete (DELETE)"),
    ("GET", "Read (GET)"),
)


def show_list(visit: Visit) -> Reply:
    """A page of entries, newest first."""
    query, before = visit.query, visit.query.get("before", "")
    names = ("outcome", "type", "method", "since", "until", "resource")
    given = {name: query.get(name, "") for name in names}
    since, until = _moment(given["since"]), _moment(given["until"])
    if given["resource"]:
        found = browse_resource_log(visit.database, visit.slug, given["resource"], before)
    else:
        wanted = LogFilter(
            outcome=_known(given["outcome"], OUTCOMES),
            resource_type=_known(given["type"], TYPES),
            method=_known(given["method"], METHODS),
            since=first_id(since) if since else "",
            until=first_id(until) if until else LAST,
        )
        found = browse_log(visit.database, visit.slug, wanted, before)
    return page(
        visit,
        "log.html",
        Look("Provisioning log", "log"),
        found=found,
        given=given,
        outcomes=OUTCOMES,
        types=TYPES,
        methods=METHODS,
        filtered=any(given.values()),
        bad_time=bool((given["since"] and not since) or (given["until"] and not until)),
        newest=visit.url(PATH, **given) if before else None,
        older=visit.url(PATH, **given, before=found.before) if found.before else None,
    )


def show(visit: Visit) -> Reply:
    """One entry."""
    detail = show_log_entry(visit.database, visit.slug, visit.params["id"])
    entry = detail.entry
    provider = detail.connection.provider if detail.connection else None
    return page(
        visit,
        "log_entry.html",
        Look(f"{entry.operation.partition(' ')[0]} {entry.resource_name or entry.resource_type or ''}".strip(), "log",
             (("Provisioning log", PATH),)),
        entry=entry,
        connection=detail.connection,
        advice=advise(entry, provider),
        error=error_body(entry),
        curl=curl(entry, f"{visit.site.config.public_url}/scim/v2/{visit.slug}"),
    )  # fmt: skip


def curl(entry: LogEntry, base_url: str) -> str:
    """The request as a command; the token is left to whoever runs it."""
    method, _, path = entry.operation.partition(" ")
    parts = ["curl", "-X", method, "-H", "Authorization: Bearer $TOKEN"]
    quoted = [shlex.quote(part) for part in parts[:3]] + ["-H", '"Authorization: Bearer $TOKEN"']
    if entry.body is not None:
        text = msgspec.json.encode(entry.body).decode()
        quoted += ["-H", shlex.quote("Content-Type: application/scim+json"), "-d", shlex.quote(text)]
    return " ".join([*quoted, shlex.quote(base_url + path)])


def error_body(entry: LogEntry) -> dict[str, object] | None:
    """The answer to a refused request (RFC 7644 §3.12); answers to others are not kept."""
    if entry.detail is None:
        return None
    body: dict[str, object] = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"]}
    if entry.scim_type:
        body["scimType"] = entry.scim_type
    return body | {"detail": entry.detail, "status": str(entry.status)}


def _known(value: str, options: tuple[tuple[str, str], ...]) -> str:
    return value if value in {key for key, _ in options} else ""


def _moment(text: str) -> datetime | None:
    """A time as the form's fields write it, in UTC; None if it cannot be read."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
