"""Why a request was refused, what the administrator can do, and what the provider will do next and when.

Statements about Entra are those of its documented behaviour: one failed object does not stop a cycle and is tried again
(entra-client 14.1, 14.2); a failed test puts the whole job into quarantine (15.4, 15.6, 15.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from entrant.db.engine import timestamp
from entrant.workspace.model import LogEntry, Outcome, Provider

CYCLE = timedelta(minutes=40)  # entra-client 13.1
UNAUTHORIZED, FORBIDDEN, MISSING, CONFLICT, MOVED_ON, TOO_MANY, BROKEN = 401, 403, 404, 409, 412, 429, 500


@dataclass(frozen=True, slots=True)
class Explanation:
    """`at` is when the provider is expected to try again, None where that is not known."""

    todo: str
    following: str
    at: str | None


def explain(entry: LogEntry, provider: str | None) -> Explanation | None:
    """The explanation of a request that was not done; None for the others."""
    if entry.outcome is Outcome.DONE:
        return None
    again = timestamp(datetime.fromisoformat(entry.at) + CYCLE) if provider == Provider.ENTRA else None
    if entry.status == UNAUTHORIZED:
        return Explanation(_todo(entry), _LOCKED_OUT, None)
    if provider == Provider.ENTRA:
        return Explanation(_todo(entry), _entra(entry), again)
    if provider == Provider.OKTA:
        return Explanation(_todo(entry), "Okta lists it under Dashboard → Tasks; retry it there.", None)
    return Explanation(_todo(entry), "Whether and when it is tried again is up to the provider.", None)


_LOCKED_OUT = (
    "Entra puts the provisioning job into quarantine: it tries less and less often, at least once a day, and is "
    "switched off after four weeks. One successful attempt ends that. Other providers report a broken connection."
)


def _todo(entry: LogEntry) -> str:
    detail = entry.detail or ""
    if entry.status == UNAUTHORIZED:
        return (
            "Compare base URL and token with Settings → SCIM provisioning. If the token is lost, regenerate it and "
            "enter the new one in the provider; if provisioning is switched off, switch it on."
        )
    if "last workspace admin" in detail:
        return "Make another member an admin first: by hand, or by an admin role group."
    if "has the role" in detail:
        return "Remove the user from the group of the other role in the provider, or wait until that removal arrives."
    if detail.startswith("held back"):
        return "Look at the change on the overview, and approve or reject it there."
    if "has rejected this change" in detail:
        return "Nothing, if the rejection stands. Otherwise correct the assignment in the provider."
    return _BY_STATUS.get(entry.status) or _BY_CLASS[entry.status // 100 >= BROKEN // 100]


_BY_STATUS = {
    FORBIDDEN: "If the member shall return, open their page and invite them again; or allow returns in the settings.",
    MISSING: "The provider asked for somebody or something that is not here any more. It usually finds out by itself.",
    CONFLICT: "Two objects in the provider share a name that must be unique here. Rename or remove one of them.",
    MOVED_ON: "Somebody else changed the resource in between. The provider reads it anew and repeats the change.",
    TOO_MANY: "Nothing: the provider sent more than it may at a time and repeats it.",
}
_BY_CLASS = {
    True: "Nothing, if it does not happen again. Otherwise tell whoever runs the service the request id.",
    False: "Correct the attribute mapping in the provider so that the value is as the reason says.",
}


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
        f"Entra writes {code} into its provisioning log, goes on with other objects, and tries this one again in the "
        "next cycle. If it goes on failing the distance grows to 6, 12 and 24 hours, and after 28 days it gives up. "
        "Restart provisioning, or provision the object on demand, to try at once."
    )
