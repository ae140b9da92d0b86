"""How one write is done: read the request, lock the workspace, apply, check the invariant, all or nothing."""

from __future__ import annotations

import msgspec

from entrant.scim.errors import ScimError
from entrant.scim.wire import CONTENT_TYPE, Response
from entrant.store import recorded, roles, workspaces
from entrant.workspace.errors import DomainError
from entrant.workspace.guard import Held
from entrant.workspace.rules import require_an_admin

from . import adoption, guard, people
from .adoption import AdoptionHeld
from .call import Call, Write
from .leaving import end_access
from .refusals import over_scim


class SchemasChanged(Exception):
    """An administrator changed the workspace's schemas between the reading of the request and the lock."""


def perform(call: Call, write: Write) -> Response:
    """Do a write and answer it; raises ScimError, and SchemasChanged before anything is done."""
    apply = write(call)
    call.revision, workspace = workspaces.lock(call.tx, call.workspace.id)
    if workspace.schemas_version != call.workspace.schemas_version:
        raise SchemasChanged
    call.workspace = workspace
    try:
        with call.tx.atomic():
            changes = recorded.begin(call.tx)
            answer = apply()
            call.role_changes = changes.roles
            tx, workspace_id = call.tx, call.workspace.id
            people.require(tx, workspace_id, call.member_changes, call.role_changes)
            require_an_admin(call.role_changes, lambda: roles.has_admin(tx, workspace_id))
            adoption.require(call)
            guard.require(call, changes)
            end_access(tx, workspace_id, call.role_changes)
            about = {"operation": call.request.method, "resource": call.resource_name}
            people.note_provider(
                tx, workspace_id, call.actor, call.resource_id, about, call.member_changes, call.role_changes
            )
    except Held as held:
        raise hold(call, held) from held
    except DomainError as refused:
        raise over_scim(refused) from refused
    if answer.body is None:
        return Response(answer.status, answer.headers)
    return Response(answer.status, {"content-type": CONTENT_TYPE, **answer.headers}, msgspec.json.encode(answer.body))


def hold(call: Call, held: Held) -> ScimError:
    """Write down what waits for an administrator, once it has been undone; the answer."""
    return adoption.hold(call, held) if isinstance(held, AdoptionHeld) else guard.hold(call, held)


def error_response(refusal: ScimError) -> Response:
    """An error as it is sent (RFC 7644 §3.12)."""
    headers = {"content-type": CONTENT_TYPE, **refusal.headers}
    return Response(refusal.status, headers, msgspec.json.encode(refusal.to_json()))
