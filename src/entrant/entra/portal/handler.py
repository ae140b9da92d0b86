"""The portal as a handler: who may see it, which page, what a form did, and the headers that go with everything."""

from __future__ import annotations

import logging
import secrets
import uuid
from dataclasses import replace

from msgspec import structs

from entrant.db import DatabaseError
from entrant.db.engine import TimeLimit
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.model import EntraError, NotFound
from entrant.entra.server.edge import SCHEME
from entrant.scim.wire import Request, Response
from entrant.ui import Pages, assets
from entrant.ui.headers import SECURITY
from entrant.ui.text import sentence

from . import access
from .access import PortalAccess
from .forms import parse_fields, parse_form
from .render import message
from .routes import Page, find_page
from .visit import Site, Visit
from .winding import Winder

ASSETS = "/-/"
KEPT_FOR_EVER = "public, max-age=31536000, immutable"  # the address of an asset changes with its content
PLAIN = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}

logger = logging.getLogger(__name__)


class Portal:
    """The pages of an emulator. `close` ends what goes on behind them."""

    def __init__(self, p: Provisioner, allowed: PortalAccess) -> None:
        self._access = allowed
        self._site = Site(p, Pages("entrant.entra.portal", ASSETS), Winder(p))

    def handle(self, request: Request) -> Response:
        """Answer a request (`Handler`)."""
        answer = self._turn_away(request) or self._serve(request)
        return structs.replace(answer, headers={**SECURITY, **answer.headers})

    def close(self) -> None:
        """Let a clock that is being wound stop where it is."""
        self._site.winder.close()

    def _turn_away(self, request: Request) -> Response | None:
        if not access.is_known_host(self._access, request.headers):
            text = "The portal answers as localhost or 127.0.0.1 only; give it a password to reach it by other names."
            return Response(421, PLAIN, text.encode())
        if not access.has_password(self._access, request.headers):
            challenge = {"www-authenticate": 'Basic realm="Entrant\'s Entra", charset="UTF-8"'}
            return Response(401, {**PLAIN, **challenge}, b"The portal asks for its password; any user name will do.")
        return None

    def _serve(self, request: Request) -> Response:
        if request.path.startswith(ASSETS):
            return _asset(request.path.removeprefix(ASSETS))
        browser = access.browser_secret(request)
        visit = Visit(self._site, request.method, {}, {}, {}, browser or secrets.token_urlsafe(32))
        answer = self._page(visit, request)
        if browser is None:
            line = access.cookie(visit.browser, secure=request.headers.get(SCHEME) == "https")
            return structs.replace(answer, headers={**answer.headers, "set-cookie": line})
        return answer

    def _page(self, visit: Visit, request: Request) -> Response:
        try:
            found = find_page(request.path)
            if found is None:
                return message(visit, 404, "Not found", "There is no such page.")
            page, params = found
            visit = replace(visit, params=params, query_fields=parse_fields(request.query))
            if request.method == "POST" and page.act is not None:
                return _act(page, visit, request)
            if request.method != "GET":
                return message(visit, 405, "That cannot be done here", "This page has no forms of this kind.")
            return page.show(visit)
        except NotFound as missing:
            return message(visit, 404, "Not found", sentence(str(missing)))
        except TimeLimit:
            return message(visit, 503, "That takes too long", "Narrow the search or the filters and try again.")
        except EntraError as refused:
            return message(visit, 400, "That cannot be done", sentence(str(refused)))
        except DatabaseError:
            text = "The database does not answer. Try again in a moment."
            return Response(503, {**PLAIN, "retry-after": "1"}, text.encode())
        except Exception:  # the one place of the portal that answers 500
            request_id = str(uuid.uuid4())
            logger.exception("request %s: %s %s failed", request_id, request.method, request.path)
            return _failed(visit, request_id)


def _failed(visit: Visit, request_id: str) -> Response:
    """The page for a failure that nobody has foreseen. It names the request as the log does, and no cause."""
    text = "This is a fault of the emulator. What it writes on its terminal says more, under the request id."
    answer = message(visit, 500, "Something went wrong", text, request_id=request_id)
    return structs.replace(answer, headers={**answer.headers, "x-request-id": request_id})


def _act(page: Page, visit: Visit, request: Request) -> Response:
    """Carry out a form; a refusal is shown on the page that the form is on, as the form was sent."""
    visit = replace(visit, form_fields=parse_form(request.headers.get("content-type", ""), request.body))
    if page.act is None or not access.is_own_form(request.headers, visit.csrf, visit.form("csrf")):
        return message(visit, 403, "Please try again", "This form is no longer good. Go back, reload, and try again.")
    try:
        return page.act(visit)
    except EntraError as refused:
        return page.show(replace(visit, refusal=sentence(str(refused)), form_kept=True))


def _asset(name: str) -> Response:
    found = assets.find(name)
    if found is None:
        return Response(404, PLAIN, b"There is no such file.")
    return Response(200, {"content-type": found.media_type, "cache-control": KEPT_FOR_EVER}, found.content)
