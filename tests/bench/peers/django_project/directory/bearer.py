"""The simplest check of a bearer token that there is: one token, compared."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Get = Callable[[HttpRequest], HttpResponse]
EXPECTED = f"Bearer {settings.BENCH_TOKEN}"


class Client:
    """Whoever has the token."""

    is_authenticated = True


def check(get_response: Get) -> Get:
    """A middleware that lets in whoever has the token, and everybody to the front page."""

    def checked(request: HttpRequest) -> HttpResponse:
        if request.path != "/" and not hmac.compare_digest(request.headers.get("authorization", ""), EXPECTED):
            return HttpResponse(status=401)
        request.user = Client()
        return get_response(request)

    return checked
