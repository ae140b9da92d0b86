"""What a workspace refuses, whoever asks: SCIM, console, API or command line.

`detail` is a sentence for the administrator, `code` is for programs. `service/refusals.py` holds the one table from
codes to SCIM's errors.
"""

from __future__ import annotations

from typing import ClassVar

from .codes import Code


class DomainError(Exception):
    """A rule of the workspace refused a write; nothing of it is applied."""

    code: ClassVar[Code]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class LastAdmin(DomainError):
    """The write would leave a workspace that has an active admin without one (product.md 4.5)."""

    code = Code.LAST_ADMIN

    def __init__(self) -> None:
        super().__init__("Cannot remove the last workspace admin")


class RoleReserved(DomainError):
    """The write would put a user into role groups of two roles (product.md 4.4)."""

    code = Code.ROLE_RESERVED

    def __init__(self, user_name: str, group: str, role: str) -> None:
        super().__init__(
            f'User "{user_name}" has the role {role} from the group "{group}"; '
            "remove the user from that group first, then repeat this request"
        )


class NameTaken(DomainError):
    """Another member has the userName, or another group the displayName (product.md 2.1, 3.4)."""

    code = Code.NAME_TAKEN


class NameTooLong(DomainError):
    """A name or an external id is longer than an index can hold (product 9.5)."""

    code = Code.INVALID_VALUE


class UnknownMember(DomainError):
    """A member id that is no user or group of this workspace (product.md 3.3)."""

    code = Code.UNKNOWN_MEMBER


class ReturnRefused(DomainError):
    """The workspace asks for a new invitation before a member may return (product.md 2.5)."""

    code = Code.RETURN_REFUSED


class WorkspaceFull(DomainError):
    """The workspace holds as many users, groups, connections or schemas as it may (product 9.7)."""

    code = Code.WORKSPACE_FULL

    def __init__(self, most: int, kind: str) -> None:
        super().__init__(f"this workspace has reached the limit of {most:,} {kind}")


class Protected(DomainError):
    """A provider may not change a protected admin, by whatever request (product.md 2.8)."""

    code = Code.PROTECTED

    def __init__(self, user_name: str) -> None:
        super().__init__(
            f'"{user_name}" is a protected admin: no SCIM request may change, adopt, deactivate, rename or delete them '
            "or take their role; remove the protection in the console first"
        )


class RoleFromGroup(DomainError):
    """A role cannot be set by hand while a role group decides it (product.md 4.3)."""

    code = Code.ROLE_FROM_GROUP


class NoSuch(DomainError):
    """What the caller named does not exist."""

    code = Code.NOT_FOUND


class AlreadyExists(DomainError):
    """What the caller wants to make exists."""

    code = Code.ALREADY_EXISTS


class InvalidRule(DomainError):
    """A role rule that cannot be read, or too many of them."""

    code = Code.INVALID_RULE


class InvalidSetting(DomainError):
    """A setting, a name or a schema that cannot be accepted."""

    code = Code.INVALID_SETTING
