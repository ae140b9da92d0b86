"""What the administrator can do about a refused request, and what the provider does next and when.

Advice goes by the code of the refusal, never by its sentence: a group may be named like any sentence. Statements about
Entra are those of its documented behavior: one failed object does not stop a cycle and is tried again
(entra-client 14.1, 14.2); a failed test puts the whole job into quarantine (15.4, 15.6, 15.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from entrant.db.engine import timestamp
from entrant.workspace.codes import Code
from entrant.workspace.model import LogEntry, Outcome, Provider

CYCLE = timedelta(minutes=40)  # entra-client 13.1
UNAUTHORIZED, MISSING, CONFLICT, TOO_MANY, BROKEN = 401, 404, 409, 429, 500


@dataclass(frozen=True, slots=True)
class Advice:
    """`next_attempt` is when the provider is expected to try again, None where that is not known."""

    action: str
    provider_behavior: str
    next_attempt: str | None


def advise(entry: LogEntry, provider: str | None) -> Advice | None:
    """The advice on a request that was refused or failed; None for the others."""
    if entry.outcome is Outcome.DONE:
        return None
    action = ACTIONS[_code(entry)]
    if entry.status == UNAUTHORIZED:
        return Advice(action, _QUARANTINE, None)
    if provider == Provider.ENTRA:
        return Advice(action, _entra(entry), timestamp(datetime.fromisoformat(entry.at) + CYCLE))
    if provider == Provider.OKTA:
        return Advice(action, "Okta lists it under Dashboard → Tasks; retry it there.", None)
    return Advice(action, "Whether and when it is tried again is up to the provider.", None)


def _code(entry: LogEntry) -> Code:
    """The code of an entry; that of its status where it has none, or one of a newer version."""
    if entry.code in _BY_NAME:
        return _BY_NAME[entry.code]
    other = Code.INTERNAL if entry.status >= BROKEN else Code.INVALID_VALUE
    return _BY_STATUS.get(entry.status, other)


_BY_NAME: dict[str | None, Code] = {str(code): code for code in Code}
_BY_STATUS = {
    401: Code.UNAUTHORIZED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    409: Code.CONFLICT,
    412: Code.PRECONDITION_FAILED,
    413: Code.TOO_LARGE,
    429: Code.RATE_LIMITED,
    501: Code.NOT_IMPLEMENTED,
    503: Code.UNAVAILABLE,
}
_QUARANTINE = (
    "Entra puts the provisioning job into quarantine: it tries less and less often, at least once a day, and is "
    "switched off after four weeks. One successful attempt ends that. Other providers report a broken connection."
)
_MAPPING = "Correct the attribute mapping in the provider so that the value is as the reason says."
_REQUEST = "Nothing in the workspace: the provider sent a request that the service does not support."
_PAGING = "Nothing, if it does not repeat: the provider starts the list again."
_REPEAT = "Nothing, if it does not repeat. Otherwise give the operator of the service the request ID."
_CREDENTIAL = (
    "Compare base URL and credential with Settings → SCIM provisioning. If the token is lost, regenerate it and "
    "enter the new one in the provider; if provisioning is switched off, switch it on."
)
_UNIQUE = "Two objects in the provider share a name that must be unique in the workspace. Rename or remove one of them."
_CONSOLE = "Correct what the reason names, then try again."

ACTIONS: dict[Code, str] = {
    Code.LAST_ADMIN: "Make another member an admin first: manually, or with an admin role group.",
    Code.ROLE_RESERVED: (
        "Remove the user from the group of the other role in the provider, or wait until that removal arrives."
    ),
    Code.NAME_TAKEN: _UNIQUE,
    Code.UNKNOWN_MEMBER: "Provision the user or group first. The provider usually does so in its next cycle.",
    Code.WORKSPACE_FULL: (
        "Delete users or groups that are no longer needed, or narrow the scope at the provider. The operator of the "
        "service can raise the limit."
    ),
    Code.RETURN_REFUSED: (
        "If the member should return, open their page and invite them again, or allow returns in the settings."
    ),
    Code.ROLE_FROM_GROUP: "Change the members of the role group in the provider.",
    Code.PROTECTED: (
        "Remove the user from the scope of the provider, or remove the protection on the admin's page in the console."
    ),
    Code.ADOPTION_HELD: "Review who asks to adopt the admin on the overview, and approve or reject it there.",
    Code.HELD: "Review the change on the overview, and approve or reject it there.",
    Code.REJECTED: "Nothing, if the rejection stands. Otherwise correct the assignment in the provider.",
    Code.INVALID_RULE: _CONSOLE,
    Code.INVALID_SETTING: _CONSOLE,
    Code.ALREADY_EXISTS: _CONSOLE,
    Code.SIGN_IN_FAILED: "Check the email address and the password, or ask an admin for a new set-up link.",
    Code.TOO_MANY_ATTEMPTS: "Wait until the time in the reason is over, then try again.",
    Code.UNDONE: "Correct the operation that was refused; the others of its bulk request are then repeated with it.",
    Code.INVALID_FILTER: _REQUEST,
    Code.TOO_MANY: "Use a matching attribute that is indexed, such as userName or externalId.",
    Code.INVALID_SYNTAX: _MAPPING,
    Code.INVALID_PATH: _MAPPING,
    Code.NO_TARGET: _MAPPING,
    Code.INVALID_VALUE: _MAPPING,
    Code.MUTABILITY: "Remove the mapping of the attribute that the reason names: it cannot be changed.",
    Code.UNIQUENESS: _UNIQUE,
    Code.INVALID_CURSOR: _PAGING,
    Code.EXPIRED_CURSOR: _PAGING,
    Code.INVALID_COUNT: _PAGING,
    Code.UNAUTHORIZED: _CREDENTIAL,
    Code.FORBIDDEN: "Read the reason: a rule of the workspace forbids this request.",
    Code.NOT_FOUND: "The provider requested an object that no longer exists. It usually notices by itself.",
    Code.METHOD_NOT_ALLOWED: _REQUEST,
    Code.CONFLICT: "Read the reason, and correct the object that it names in the provider.",
    Code.PRECONDITION_FAILED: (
        "Nothing: the resource was changed in the meantime. The provider reads it again and repeats the change."
    ),
    Code.TOO_LARGE: "Let the provider send fewer changes in one request.",
    Code.UNSUPPORTED_MEDIA_TYPE: _REQUEST,
    Code.RATE_LIMITED: "Nothing: the provider sent more than its limit and repeats the request.",
    Code.NOT_IMPLEMENTED: _REQUEST,
    Code.UNAVAILABLE: _REPEAT,
    Code.INTERNAL: _REPEAT,
    Code.INVALID_REQUEST: "Compare the token endpoint and its parameters with Settings → SCIM provisioning.",
    Code.INVALID_CLIENT: _CREDENTIAL,
    Code.UNSUPPORTED_GRANT_TYPE: "Choose client credentials as the grant type in the provider.",
    Code.UNSUPPORTED_TOKEN_TYPE: "Nothing: only access tokens can be revoked.",
    Code.INVALID_SCOPE: "Remove the scope in the provider: tokens have none.",
    Code.TEMPORARILY_UNAVAILABLE: _REPEAT,
}
"""What the administrator can do, for every code."""


def _entra(entry: LogEntry) -> str:
    if entry.status == MISSING:
        return (
            "Entra notes that its link to the object is broken (InvalidAnchor), looks it up by its matching attribute "
            "in the next cycle, and creates it again if it is still in scope."
        )
    if entry.status == TOO_MANY or entry.status >= BROKEN:
        return "Entra tries the object again, after the time that the answer asked for or in the next cycle."
    code = "Conflict" if entry.status == CONFLICT else "a failure"
    return (
        f"Entra writes {code} into its provisioning log, continues with other objects, and tries this one again in the "
        "next cycle. If it keeps failing, the interval grows to 6, 12 and 24 hours, and after 28 days it gives up. "
        "Restart provisioning, or provision the object on demand, to try immediately."
    )
