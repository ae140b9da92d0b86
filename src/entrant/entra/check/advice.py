"""What Entra would do next, in a sentence (entra-client 14, 15)."""

from __future__ import annotations

from collections.abc import Sequence

from entrant.entra.engine.answers import Code
from entrant.entra.engine.quarantine import Reason
from entrant.entra.engine.switches import Switches
from entrant.entra.model import Escrow, Exchange, Quarantine

DRIFT = (
    "Entra regards the change as exported and sends nothing more until the object changes again or provisioning is "
    "restarted: the data has drifted apart, and no entry of the log says so."
)
ESCROW = (
    "Entra puts the operation into escrow: it is repeated in the next cycle, then after 6, 12 and 24 "
    "hours and daily, and "
    "given up after 28 days; too many failures of a job quarantine it."
)
QUARANTINE = (
    "The probe at the beginning of each cycle fails: the job is quarantined, nothing is sent, attempts "
    "become rarer until "
    "one a day, and after 28 days the job is disabled."
)


def after(quarantine: Quarantine | None, waiting: Sequence[Escrow], switches: Switches) -> str:
    """What becomes of a job that was left so."""
    if quarantine is not None and quarantine.reason == Reason.TOO_MANY_DELETES:
        return "The job is quarantined with the deletions held back, until an administrator allows them."
    if quarantine is not None:
        return (
            f"The job is quarantined ({quarantine.reason}): the next attempt is at {quarantine.next_attempt[:16]} "
            "by its "
            f"clock, attempts become rarer until one a day, and after {switches.give_up_days} days the job is disabled."
        )
    if any(each.code == Code.INVALID_ANCHOR for each in waiting):
        return "Entra repeats the operation in vain until provisioning is restarted and the object is matched anew."
    if waiting:
        hours = ", ".join(str(each) for each in switches.retry_hours if each)
        return (
            f"Entra puts {len(waiting)} operation{'s' if len(waiting) > 1 else ''} into escrow: repeated in the "
            "next cycle, "
            f"then after {hours} hours and daily, given up after {switches.give_up_days} days."
        )
    return DRIFT


def after_refusal(exchanges: Sequence[Exchange]) -> str:
    """What becomes of an object for which the last of these was sent in a cycle."""
    if not exchanges or exchanges[-1].status in range(200, 300):
        return DRIFT
    if exchanges[-1].status in {401, 403}:
        return QUARANTINE
    return ESCROW
