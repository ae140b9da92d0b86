"""An OpenID provider in a process of its own, which lets everybody in as whom they say they are."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from entrant.scim.wire import Json

RUNNING = re.compile(r"running on (http://\S+)")


@contextmanager
def openid_provider(*users: dict[str, Json]) -> Iterator[str]:
    """The issuer's address; `users` are claims with `sub`, others have an e-mail address that is their `sub`."""
    claims = [part for user in users for part in ("--user-claims", msgspec.json.encode(user).decode())]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "-p", "0", *claims], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        found = next((match for line in process.stderr if (match := RUNNING.search(line))), None)
        assert found is not None, "the OpenID provider has not started"
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)
        if process.stderr is not None:
            process.stderr.close()
