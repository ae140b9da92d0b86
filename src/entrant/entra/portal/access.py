"""Who may see the portal, and which forms are its own.

On this machine alone there is no sign-in; the Host header is compared, so that a page of a stranger's name that leads
here (DNS rebinding) gets nothing. Where others reach the emulator there is a password, by HTTP Basic (RFC 7617).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from entrant.entra.server.origin import LOOPBACK, is_own_origin, names_host
from entrant.scim.wire import Request

COOKIE = "entra_portal"
MIN_PASSWORD = 12  # characters, of a password that nothing slows down the guessing of


@dataclass(frozen=True, slots=True)
class PortalAccess:
    """How the portal tells its visitors from others."""

    password: str = field(default="", repr=False)
    """Empty: there is none, and only hosts that mean this machine are answered."""


def is_known_host(access: PortalAccess, headers: Mapping[str, str]) -> bool:
    """Whether the request was meant for this emulator; with a password, which strange pages lack, every host is."""
    return bool(access.password) or names_host(headers, LOOPBACK)


def has_password(access: PortalAccess, headers: Mapping[str, str]) -> bool:
    """Whether the request bears the password, if there is one. The user name does not matter."""
    if not access.password:
        return True
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return hmac.compare_digest(given.partition(":")[2].encode(), access.password.encode())


def is_own_form(headers: Mapping[str, str], csrf: str, given: str) -> bool:
    """Whether a form comes from a page that was sent to this browser.

    Another program on this machine is the same site to a browser, whatever its port, and may even set our cookie. What
    it cannot do is to name our origin as its own.
    """
    return is_own_origin(headers) and hmac.compare_digest(given.encode(), csrf.encode())


def browser_secret(request: Request) -> str | None:
    """The secret of this browser's cookie; None before it has one."""
    for pair in request.headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE and len(value) >= 32:  # noqa: PLR2004  shorter ones are not ours
            return value
    return None


def cookie(secret: str, *, secure: bool) -> str:
    """A Set-Cookie line: never for scripts, never sent by another site, over https only if that is how we are met."""
    return f"{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}"
