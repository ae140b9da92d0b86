"""`python -m tests.reliability.refusals [TRIES]`: how long refusals take, by what the caller names (Product 9.11).

The cases of a kind alternate, so that whatever else the machine does is in all of them.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from entrant.scim.wire import Request
from entrant.service import admin
from entrant.service.sign_in import use_link
from entrant.workspace.tokens import make_token
from tests.support.idp import Idp

from .hostile import Ground
from .neighbour import ENGINES, grounds

NOWHERE = "no-such-workspace"
MEMBER = "ada@acme.example"
FORM = {"content-type": "application/x-www-form-urlencoded"}
WARM_UP = 20  # tries that are not counted: the first refusals of an hour are logged

Ask = Callable[[], object]


def token(idp: Idp, base: str) -> Ask:
    """A SCIM request with a token that opens nothing."""
    other = replace(idp, base=base, token=make_token(partial(bytes)))
    return lambda: other.get("/Users")


def client(ground: Ground, slug: str, client_id: str) -> Ask:
    """A token request with a wrong secret."""
    body = f"grant_type=client_credentials&client_id={client_id}&client_secret=wrong".encode()
    request = Request("POST", f"/scim/oauth/{slug}/token", "", FORM, body)
    return lambda: ground.idp.send(request)


def page(ground: Ground, path: str) -> Ask:
    """A page without a session."""
    return lambda: ground.idp.send(Request("GET", f"/console/{path}"))


def kinds(ground: Ground) -> dict[str, dict[str, Ask]]:
    """What is compared with each other. Sign-ins are limited too strictly to be measured often."""
    slug = ground.slug
    admin.invite(ground.database, slug, MEMBER)
    link = admin.create_setup_link(ground.database, slug, MEMBER).path.rpartition("#")[2]
    use_link(ground.database, slug, link, "correct horse battery staple")
    secret = admin.create_secret(ground.database, slug, None, ground.server.url)
    return {
        "SCIM": {
            "wrong token": token(ground.idp, f"/scim/v2/{slug}"),
            "no workspace": token(ground.idp, f"/scim/v2/{NOWHERE}"),
        },
        "token endpoint": {
            "wrong secret": client(ground, slug, secret.client_id),
            "no client": client(ground, slug, "nobody"),
            "no workspace": client(ground, NOWHERE, secret.client_id),
        },
        "sign-in page": {
            "workspace": page(ground, f"{slug}/sign-in"),
            "no workspace": page(ground, f"{NOWHERE}/sign-in"),
        },
        "set-up link": {
            "workspace": page(ground, f"{slug}/set-up/wrong"),
            "no workspace": page(ground, f"{NOWHERE}/set-up/wrong"),
        },
    }


def measure(tries: int) -> None:
    """Print the medians and quartiles."""
    for engine in ENGINES:
        with ExitStack() as stack:
            ground = grounds(engine, stack)[0]
            for kind, cases in kinds(ground).items():
                took: dict[str, list[float]] = {name: [] for name in cases}
                for n in range(WARM_UP + tries):
                    for name, ask in cases.items():
                        began = time.perf_counter()
                        ask()
                        if n >= WARM_UP:
                            took[name].append(time.perf_counter() - began)
                for name, each in took.items():
                    low, middle, high = (1e3 * q for q in statistics.quantiles(each, n=4))
                    print(
                        f"{engine}, {kind}, {name}: median {middle:.2f} ms, quartiles {low:.2f} to {high:.2f} ms",
                        flush=True,
                    )


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
