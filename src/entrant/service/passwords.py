"""Passwords of local members: hashed by argon2id with the parameters of RFC 9106 §4, and what one must be like."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from entrant.workspace.errors import InvalidSetting

MIN_LENGTH, MAX_LENGTH = 12, 1_024  # characters; NIST SP 800-63B asks for length and against rules of composition
AT_ONCE = 2  # hashes that are computed at a time: each takes 64 MiB and a core for a while

_hasher = PasswordHasher()
_turn = BoundedSemaphore(AT_ONCE)


def hash_password(password: str, *names: str) -> str:
    """The hash to keep; raises InvalidSetting if the password is too short, too long, or one of the names."""
    if len(password) < MIN_LENGTH:
        raise InvalidSetting(f"A password needs at least {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        raise InvalidSetting(f"A password may have at most {MAX_LENGTH:,} characters")
    if password.lower() in {name.lower() for name in names}:
        raise InvalidSetting("The password must not be your e-mail address")
    with _turn:
        return _hasher.hash(password)


def verify_password(hashed: str | None, password: str) -> bool:
    """Whether that is the password; takes as long where there is no hash."""
    with _turn:
        try:
            _hasher.verify(hashed or _nobody(), password[:MAX_LENGTH])
        except VerificationError:
            return False
    return hashed is not None


@cache
def _nobody() -> str:
    """Verified where there is no account, so that the time an answer takes does not tell. Made when first needed."""
    return _hasher.hash("no password is this one")
