"""The two authentication checks: one of them must pass for Microsoft's run to succeed (graph-surface §1, 3.6).

Microsoft's workflows always run both, and a test without parameters fails there. Here it is skipped, and the verdict
says what that comes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from msgspec.structs import replace

from entrant.entra.engine.job import parse_tenant_url
from entrant.entra.jobs.credentials import FORM, JWT_BEARER, Secret, authorized
from entrant.entra.jobs.driver import Driver, Limits
from entrant.scim.wire import Json, Request, Response

from .bench import Bench
from .client import Client, require, said
from .model import Failed, Skipped

ASK_ASSERTION = "give --federated-token-endpoint, --federated-client-id and --assertion"
MINUTES = range(60, 361)
UNSAID_SECONDS = 3_600  # what a missing expires_in counts as


def validate_credentials(bench: Bench) -> None:
    """Client credentials in the form, a numeric expires_in of 60 to 360 minutes, and one read with the token."""
    oauth = bench.options.oauth
    if oauth is None:
        raise Skipped(
            "give --oauth-token-endpoint, --client-id and --client-secret; Microsoft's run counts this as failed"
        )
    form = {"grant_type": "client_credentials", "client_id": oauth.client_id, "client_secret": oauth.client_secret}
    answer = exchange(bench, oauth.endpoint, form | ({"scope": oauth.scope} if oauth.scope else {}))
    seconds = answer.get("expires_in", UNSAID_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Failed(f"expires_in is {seconds!r}; it must be a number")
    if int(seconds) // 60 not in MINUTES:
        raise Failed(f"the token lives {int(seconds) // 60} minutes; it must be 60 to 360")
    _read_with(bench, answer["access_token"])


def federated_identity(bench: Bench) -> None:
    """An assertion of another issuer for a token. Microsoft's test ends there; here the token must work as well."""
    if bench.options.federated is None:
        raise Skipped(f"{ASK_ASSERTION}; Microsoft's run counts this as failed")
    exchange_assertion(bench)


def exchange_assertion(bench: Bench) -> None:
    """A token for a signed assertion, and one read with it. An assertion that is good once is exchanged once a run."""
    federated = bench.options.federated
    if federated is None:
        raise Skipped(ASK_ASSERTION)
    if federated.assertion not in bench.shared:
        form = {
            "grant_type": "client_credentials",
            "client_id": federated.client_id,
            "client_assertion": federated.assertion,
            "client_assertion_type": JWT_BEARER,
            "baseAddress": bench.options.base_url,
        }
        bench.shared[federated.assertion] = exchange(bench, federated.endpoint, form)["access_token"]
    _read_with(bench, bench.shared[federated.assertion])


def exchange(bench: Bench, endpoint: str, form: Mapping[str, str]) -> dict[str, Json]:
    """What a token endpoint answers; the token is a secret from then on."""
    url = urlsplit(endpoint)
    request = Request("POST", url.path or "/", url.query, {"content-type": FORM}, urlencode(form).encode("ascii"))
    with Driver(f"{url.scheme}://{url.netloc}", Limits(timeout_seconds=bench.options.timeout)) as driver:
        response = driver.send(request)
    response = replace(response, body=response.read())
    recorder = bench.recorder
    shown = {name: "•••" if name in {"client_secret", "client_assertion"} else value for name, value in form.items()}
    kept = replace(request, path=endpoint, query="", body=urlencode(shown, safe="•").encode())
    if response.status not in range(200, 300):
        recorder.keep(kept, response)
        raise Failed(f"the token endpoint answers {said(response.status)}", "Entra would quarantine the job: no token.")
    recorder.keep(kept, Response(response.status, {}, b"(an answer with a token)"))
    answer = require(response, tuple(range(200, 300)), "POST to the token endpoint")
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise Failed("the token endpoint gives no access_token", "Entra would quarantine the job: no token.")
    recorder.secrets = (*recorder.secrets, token)
    return answer


def _read_with(bench: Bench, token: str) -> None:
    """GET /Users?startIndex=1&count=1 with the new token."""
    recorder = bench.recorder
    target = parse_tenant_url(bench.options.base_url)
    with Driver(target.origin, Limits(timeout_seconds=bench.options.timeout)) as driver:
        send = authorized(driver.send, Secret(token))

        def kept(request: Request) -> Response:
            response = send(request)
            response = replace(response, body=response.read())
            recorder.keep(request, response)
            return response

        Client(kept, recorder.base).get("/Users", "startIndex=1&count=1")
