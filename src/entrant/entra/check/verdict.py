"""What Microsoft's own run would end with (graph-surface §1): three suites, and one of two authentication tests."""

from __future__ import annotations

from collections.abc import Sequence

from .model import GALLERY, Outcome, Result

AUTHENTICATION = ("Validate_Credentials", "Federated_Identity")


def notes_on(outcomes: Sequence[Outcome], *, interrupted: bool) -> tuple[str, ...]:
    """What there is to say beyond single checks."""
    gallery = [each for each in outcomes if each.check.suite in GALLERY]
    if not gallery or interrupted:
        return ()
    passed = sum(each.result is Result.PASSED for each in gallery)
    failed = [each.check.name for each in gallery if each.result is Result.FAILED]
    authenticated = any(each.check.name in AUTHENTICATION and each.result is Result.PASSED for each in gallery)
    succeeded = authenticated and not failed
    if failed:
        why = f": failed are {', '.join(failed)}"
    elif not authenticated:
        why = (
            ": neither Validate_Credentials nor Federated_Identity passed, and one of the two must; a bearer "
            "token alone "
            "is not enough. Give --oauth-token-endpoint, --client-id and --client-secret"
        )
    else:
        why = ""
    text = f"{passed} of {len(gallery)} gallery checks passed. Microsoft's run would end "
    return (f"{text}{'Succeeded' if succeeded else 'Failed'}{why}.",)
