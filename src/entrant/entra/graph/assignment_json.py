"""An assignment as Graph's `appRoleAssignment`, seen from either side (graph-surface 9.6)."""

from __future__ import annotations

from entrant.entra.model import Assignment, ServicePrincipal
from entrant.scim.wire import Json


def assignment_json(assignment: Assignment, application: ServicePrincipal | None) -> Json:
    """An assignment to an application."""
    return {
        "id": assignment.id,
        "deletedDateTime": None,
        "appRoleId": assignment.app_role,
        "createdDateTime": assignment.created,
        "principalDisplayName": assignment.principal_name,
        "principalId": assignment.principal,
        "principalType": str(assignment.principal_kind),
        "resourceDisplayName": application.display_name if application is not None else None,
        "resourceId": assignment.resource,
    }
