"""`make reliability`: several workspaces under load while servers and database are restarted.

Exit status 1 if any answered write is lost or any answer is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack

import uvloop

from entrant.db import open_database
from entrant.scim.wire import Handler
from entrant.service import admin
from entrant.store import MIGRATIONS
from tests.support.idp import Idp
from tests.support.postgres import cluster
from tests.support.server import Serving, serving

from .customer import Customer
from .hostile import KINDS
from .neighbour import measure


class Fleet:
    """Server processes on one database, of which each can be replaced while the others serve."""

    def __init__(self, url: str, size: int, stack: ExitStack) -> None:
        self._url, self._stack = url, stack
        self._servers = [self._start() for _ in range(size)]
        self.ports = [_port(server) for server, _ in self._servers]
        """Where they listen now."""

    def _start(self) -> tuple[Serving, ExitStack]:
        own = self._stack.enter_context(ExitStack())
        return own.enter_context(serving(self._url)), own

    def roll(self) -> None:
        """Replace one after the other: the new one serves before the old one is told to end."""
        for place, (_, old) in enumerate(self._servers):
            self._servers[place] = self._start()
            self.ports[place] = _port(self._servers[place][0])
            old.close()

    def handler(self) -> Handler:
        """A handler that sends to one of them."""
        return self._servers[0][0].handler()


def _port(server: Serving) -> int:
    return int(server.url.rpartition(":")[2])


def customers(url: str, fleet: Fleet, number: int, rate: float, unchanged: int = 0) -> list[Customer]:
    """Workspaces with their providers."""
    database = open_database(url, MIGRATIONS)
    made = []
    for n in range(number):
        slug = f"customer{n}"
        admin.create_workspace(database, slug, slug.title())
        token = admin.create_connection(database, slug, "entra").token
        made.append(Customer(slug, token, fleet.ports, rate, unchanged))
    database.close()
    return made


def load(everyone: list[Customer], until: float) -> None:
    """All of them at once."""

    async def run() -> None:
        await asyncio.gather(*(each.run(until) for each in everyone))

    uvloop.run(run())


def main() -> int:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(prog="make reliability", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the load lasts (default 60)")
    parser.add_argument("--workspaces", type=int, default=20, help="how many there are (default 20)")
    parser.add_argument("--rate", type=float, default=4.0, help="requests per second of each (default 4)")
    parser.add_argument(
        "--unchanged",
        type=int,
        default=0,
        help="users looked at and left as they are, for each who changes (default 0)",
    )
    parser.add_argument("--servers", type=int, default=2, help="server processes (default 2)")
    parser.add_argument(
        "--neighbour",
        choices=[*KINDS, "all"],
        metavar="KIND",
        help=f"measure what a hostile workspace does to a neighbor instead: {', '.join(KINDS)}, or all",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of --neighbour (default 3)")
    options = parser.parse_args()
    if options.neighbour:
        kinds = list(KINDS) if options.neighbour == "all" else [options.neighbour]
        return measure(kinds, options.rounds, min(options.seconds, 20.0))
    with ExitStack() as stack:
        postgres = stack.enter_context(cluster())
        url = postgres.make("reliability")
        database = open_database(url, MIGRATIONS)
        database.migrate()
        database.close()
        fleet = Fleet(url, options.servers, stack)
        everyone = customers(url, fleet, options.workspaces, options.rate, options.unchanged)
        began = time.monotonic()
        providers = threading.Thread(target=load, args=(everyone, began + options.seconds))
        providers.start()
        time.sleep(options.seconds / 3)
        fleet.roll()
        rolled = time.monotonic() - began
        time.sleep(max(0.0, began + options.seconds * 2 / 3 - time.monotonic()))
        postgres.stop("fast")
        time.sleep(1.0)
        postgres.start()
        providers.join()
        took = time.monotonic() - began
        differences = [
            found
            for each in everyone
            for found in each.differences(Idp(fleet.handler(), f"/scim/v2/{each.name}", each.token))
        ]
    return report(everyone, differences, rolled, took)


def report(everyone: list[Customer], differences: list[str], rolled: float, took: float) -> int:
    """Print the figures; the exit status."""
    answers = sum((each.answers for each in everyone), Counter[str]())
    seconds = sorted(second for each in everyone for second in each.seconds)
    wrong = [problem for each in everyone for problem in each.wrong]
    centiles = statistics.quantiles(seconds, n=1000)
    print(f"{len(everyone)} workspaces, {len(seconds)} requests in {took:.0f} s: {len(seconds) / took:.0f} a second")
    print(f"servers replaced by second {rolled:.0f}; database stopped for a second and started again")
    print("attempts by status:", ", ".join(f"{status}: {times}" for status, times in sorted(answers.items())))
    print(f"time to an answer, repeats included: median {centiles[499] * 1e3:.0f} ms, "
          f"99 % {centiles[989] * 1e3:.0f} ms, longest {seconds[-1] * 1e3:.0f} ms")  # fmt: skip
    print(f"users written: {sum(len(each.users) for each in everyone)}")
    print(f"answered and lost, or otherwise than answered: {len(differences)}; wrong answers: {len(wrong)}")
    for problem in (*differences, *wrong)[:20]:
        print(" ", problem)
    return 1 if differences or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
