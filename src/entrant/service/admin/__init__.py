"""What an administrator does to a workspace, by command line or console; each function is one transaction.

Every function takes the database and the workspace's slug, and raises a `DomainError` whose `detail` is a sentence for
the administrator. What they return is meant to be shown: see `views`.
"""

from .access import (
    OpenIdClient,
    SetupLink,
    SignInView,
    create_setup_link,
    find_openid_client,
    has_sign_in,
    remove_sign_in,
    set_sign_in,
    show_sign_in,
)
from .audit import list_audit, parse_anchor, verify_audit
from .connections import create_connection, list_connections, rotate_token, set_enabled, set_provider
from .credentials import (
    ENDINGS,
    create_secret,
    federate,
    list_credentials,
    list_endings,
    purge_credentials,
    revoke_credential,
    warn_of_endings,
)
from .edit import acting
from .groups import list_groups
from .guard import approve_held, list_held, reject_held, set_guard, show_guard
from .keys import list_keys, purge_keys, rotate_keys
from .log import follow_log, list_log, purge_log
from .members import deactivate, invite, list_members, reinvite, set_role
from .rules import list_rules, set_rules
from .schemas import add_schema, list_schemas, remove_schema
from .views import (
    AuditCheck,
    AuditView,
    ConnectionView,
    CredentialView,
    EndingView,
    GroupView,
    GuardView,
    HeldMember,
    HeldView,
    KeyView,
    LogView,
    MemberView,
    NewConnection,
    NewFederation,
    NewSecret,
    TokenView,
    WorkspaceView,
)
from .workspaces import (
    create_workspace,
    list_workspaces,
    set_adoption,
    set_default_role,
    set_reactivation,
    show_workspace,
)

__all__ = [
    "ENDINGS",
    "AuditCheck",
    "AuditView",
    "ConnectionView",
    "CredentialView",
    "EndingView",
    "GroupView",
    "GuardView",
    "HeldMember",
    "HeldView",
    "KeyView",
    "LogView",
    "MemberView",
    "NewConnection",
    "NewFederation",
    "NewSecret",
    "OpenIdClient",
    "SetupLink",
    "SignInView",
    "TokenView",
    "WorkspaceView",
    "acting",
    "add_schema",
    "approve_held",
    "create_connection",
    "create_secret",
    "create_setup_link",
    "create_workspace",
    "deactivate",
    "federate",
    "find_openid_client",
    "follow_log",
    "has_sign_in",
    "invite",
    "list_audit",
    "list_connections",
    "list_credentials",
    "list_endings",
    "list_groups",
    "list_held",
    "list_keys",
    "list_log",
    "list_members",
    "list_rules",
    "list_schemas",
    "list_workspaces",
    "parse_anchor",
    "purge_credentials",
    "purge_keys",
    "purge_log",
    "reinvite",
    "reject_held",
    "remove_schema",
    "remove_sign_in",
    "revoke_credential",
    "rotate_keys",
    "rotate_token",
    "set_adoption",
    "set_default_role",
    "set_enabled",
    "set_guard",
    "set_provider",
    "set_reactivation",
    "set_role",
    "set_rules",
    "set_sign_in",
    "show_guard",
    "show_sign_in",
    "show_workspace",
    "verify_audit",
    "warn_of_endings",
]
