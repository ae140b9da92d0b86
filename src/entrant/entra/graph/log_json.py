"""An entry of the provisioning log as Graph's `provisioningObjectSummary` (graph-surface 9.8, entra-client 21.1)."""

from __future__ import annotations

from entrant.entra.model import TARGET_DIRECTORY, LogEntry, Status
from entrant.entra.store.log import Logged
from entrant.scim.wire import Json

SOURCE_SYSTEM = "Azure Active Directory"  # what log texts go on calling it (entra-client 1.7, 21.1.2)
INITIATOR = "Azure AD Provisioning Service"


def entry_json(logged: Logged, tenant: str, app_id: str | None = None) -> Json:
    """An entry, without the HTTP exchanges, which Graph does not show."""
    entry = logged.entry
    details = {
        "ServicePrincipalId": logged.service_principal,
        "ServicePrincipalDisplayName": logged.application,
    }
    if app_id is not None:
        details["ApplicationId"] = app_id
    return {
        "id": logged.id,
        "activityDateTime": logged.at,
        "tenantId": tenant,
        "jobId": logged.job,
        "cycleId": logged.cycle,
        "changeId": logged.change_id,
        "provisioningAction": str(entry.action),
        "durationInMilliseconds": logged.milliseconds,
        "provisioningStatusInfo": {"status": str(entry.status), "errorInformation": _error(entry)},
        "provisioningSteps": [
            {
                "name": step.name,
                "provisioningStepType": step.type,
                "status": str(step.status),
                "description": step.description,
                "details": dict(step.details),
            }
            for step in entry.steps
        ],
        "modifiedProperties": [
            {"displayName": each.name, "oldValue": each.old, "newValue": each.new} for each in entry.modified
        ],
        "servicePrincipal": {"id": logged.service_principal, "displayName": logged.application},
        "sourceSystem": {"id": tenant, "displayName": SOURCE_SYSTEM, "details": {}},
        "targetSystem": {"id": logged.service_principal, "displayName": TARGET_DIRECTORY, "details": details},
        "initiatedBy": {"id": "", "displayName": INITIATOR, "initiatorType": "system"},
        "sourceIdentity": {
            "id": entry.source_id,
            "displayName": entry.source_name,
            "identityType": str(entry.source_kind),
            "details": dict(entry.details),
        },
        "targetIdentity": {
            "id": entry.target_id or "",
            "displayName": entry.target_name or "",
            "identityType": str(entry.source_kind),
            "details": {},
        },
    }


def _error(entry: LogEntry) -> Json:
    if entry.error_code is None and entry.reason is None:
        return None
    return {
        "errorCode": entry.error_code,
        "reason": entry.reason,
        "additionalDetails": None,
        "errorCategory": "failure" if entry.status is Status.FAILURE else "nonServiceFailure",
        "recommendedAction": entry.recommended_action,
    }
