"""`/servicePrincipals`: enterprise applications (graph-surface 9.6)."""

from __future__ import annotations

from .call import Call


def service_principal_id(call: Call) -> str:
    """The id of the service principal in the path."""
    return call.id
