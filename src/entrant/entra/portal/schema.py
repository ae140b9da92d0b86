"""The whole synchronization schema as JSON: read, downloaded, changed, uploaded, restored to the default (21.3.4)."""

from __future__ import annotations

import json

from entrant.entra.jobs import operations
from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.schema_json import to_json
from entrant.entra.model import BadValue
from entrant.scim.bounds import parse_json
from entrant.scim.errors import InvalidSyntax
from entrant.scim.wire import Json, Response

from .apps import app_of
from .mappings import TITLE
from .render import Look, page
from .visit import Visit, redirect, url


def show(visit: Visit) -> Response:
    """The editor."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    look = Look("Schema editor", "mappings", ((TITLE, url("apps", app.id, "provisioning", "mappings")),), app)
    text = visit.form("schema") if visit.form_kept else _text(operations.get_schema(visit.p, job.id))
    return page(visit, "schema.html", look, text=text)


def save(visit: Visit) -> Response:
    """Replace the schema by the one that was typed or uploaded, or by that of a new application."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    if visit.form("do") == "default":
        document = to_json(default_schema(job.id))
    elif visit.form("do") == "upload" and not visit.form("schema"):
        raise BadValue("choose a file that has a schema in it")
    else:
        try:
            document = parse_json(visit.form("schema").encode())
        except InvalidSyntax as exc:
            raise BadValue(f"the schema cannot be read: {exc.detail.replace('the body', 'it')}") from exc
    operations.put_schema(visit.p, job.id, document)
    return redirect(url("apps", app.id, "provisioning", "schema", done="mapping"))


def download(visit: Visit) -> Response:
    """The schema as a file, which Graph's `PUT …/schema` takes as well."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    headers = {
        "content-type": "application/json",
        "content-disposition": 'attachment; filename="schema.json"',
        "cache-control": "no-store",
    }
    return Response(200, headers, _text(operations.get_schema(visit.p, job.id)).encode())


def _text(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
