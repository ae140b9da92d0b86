"""What each refusal of the workspace is over SCIM, by its code."""

from __future__ import annotations

from entrant.scim import errors
from entrant.scim.errors import ScimError
from entrant.workspace.codes import Code
from entrant.workspace.errors import DomainError

SCIM: dict[Code, type[ScimError]] = {
    Code.LAST_ADMIN: errors.Conflict,
    Code.ROLE_RESERVED: errors.Conflict,
    Code.NAME_TAKEN: errors.Uniqueness,
    Code.INVALID_VALUE: errors.InvalidValue,
    Code.UNKNOWN_MEMBER: errors.InvalidValue,
    Code.RETURN_REFUSED: errors.Forbidden,
    Code.WORKSPACE_FULL: errors.Forbidden,
    Code.PROTECTED: errors.Conflict,
    Code.HELD: errors.Unavailable,
    Code.ADOPTION_HELD: errors.Conflict,
    Code.REJECTED: errors.Forbidden,
}
"""The codes that a SCIM request can meet."""


def over_scim(refused: DomainError) -> ScimError:
    """A refusal of the workspace as SCIM's, with its sentence and its code."""
    return SCIM[refused.code](refused.detail).coded(refused.code)
