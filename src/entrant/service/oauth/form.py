"""What a client sends to the token and revocation endpoints: a form, and who it says it is (RFC 6749 §2.3, §4.4.2).

Parameters that we do not know are ignored (RFC 6749 §3.2), as is the `baseAddress` that Microsoft's test of federation
sends (graph-surface 3.6).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from entrant.scim.text import fault
from entrant.scim.wire import Request

from .errors import InvalidRequest

MAX_FORM = 65_536  # bytes; an assertion of Entra is some 2 KiB
MAX_FIELDS = 50
MAX_CLIENT_ID = 256  # characters
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 §2.2
MEDIA_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who the client says it is, and how it would show it: by a secret or by an assertion, never by both.

    `client_id` may be None with an assertion, which names the client by itself (RFC 7521 §4.2).
    """

    client_id: str | None
    secret: str | None
    assertion: str | None

    @property
    def method(self) -> str:
        """For the log: what was shown."""
        return "secret" if self.secret is not None else "assertion"


def parse_form(request: Request) -> dict[str, str]:
    """The parameters in the body; those without value count as left out (RFC 6749 §3.2). Raises InvalidRequest."""
    declared = request.headers.get("content-type", MEDIA_TYPE).partition(";")[0].strip().lower()
    if declared != MEDIA_TYPE:
        raise InvalidRequest(f"send the parameters as {MEDIA_TYPE}")
    if len(request.body) > MAX_FORM:
        raise InvalidRequest(f"the parameters are longer than {MAX_FORM:,} bytes")
    try:
        pairs = parse_qsl(
            request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError as exc:  # of which UnicodeDecodeError is one
        raise InvalidRequest(f"the body is no form in UTF-8 of at most {MAX_FIELDS} parameters") from exc
    problem = fault(part for pair in pairs for part in pair)
    if problem is not None:
        raise InvalidRequest(f"a parameter {problem}")
    form = {name: value for name, value in pairs if value}
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise InvalidRequest("a parameter is given twice")
    if any("\0" in value for value in form.values()):
        raise InvalidRequest("a parameter contains a character that none may contain")
    return form


def read_claim(form: Mapping[str, str], request: Request) -> Claim:
    """Who the client says it is; raises InvalidRequest."""
    basic = _basic(request.headers.get("authorization", ""))
    client_id, secret, assertion = form.get("client_id"), form.get("client_secret"), form.get("client_assertion")
    shown = [basic is not None, secret is not None, assertion is not None]
    if sum(shown) != 1:
        raise InvalidRequest("show one of: HTTP Basic credentials, client_secret, client_assertion")
    if assertion is not None and form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidRequest(f"client_assertion_type must be {ASSERTION_TYPE}")
    if basic is not None:
        if client_id not in {None, basic[0]}:
            raise InvalidRequest("client_id is not the one of the HTTP Basic credentials")
        client_id, secret = basic
    if client_id is None and assertion is None:
        raise InvalidRequest("client_id is missing")
    if client_id is not None and len(client_id) > MAX_CLIENT_ID:
        raise InvalidRequest(f"client_id is longer than {MAX_CLIENT_ID} characters")
    return Claim(client_id, secret, assertion)


def _basic(header: str) -> tuple[str, str] | None:
    """The credentials of HTTP Basic, each encoded as in a form (RFC 6749 §2.3.1); None for any other scheme."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as exc:
        raise InvalidRequest("the HTTP Basic credentials cannot be read") from exc
    client_id, colon, secret = text.partition(":")
    if fault([text]) is not None or not colon or "\0" in text or "%00" in text:
        raise InvalidRequest("the HTTP Basic credentials cannot be read")
    return unquote_plus(client_id), unquote_plus(secret)
