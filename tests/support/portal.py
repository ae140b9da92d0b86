"""The emulator's portal: as a handler with a browser's cookie and forms, and as a process that a real browser visits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from entrant.entra.portal.access import COOKIE
from entrant.scim.wire import Handler, Request, Response

from .server import STARTED, Serving

HOST = "localhost:8080"
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Tab:
    """A browser without scripts, in front of a handler: it keeps the cookie, and takes tokens from pages."""

    handle: Handler
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"host": HOST})

    def get(self, address: str) -> Response:
        """A page."""
        path, _, query = address.partition("?")
        return self._send(Request("GET", path, query, self._headers()))

    def send(self, address: str, form: Mapping[str, str] | list[tuple[str, str]], *, page: str = "") -> Response:
        """A form of the page at that address, or of another one, with the token that was on it."""
        found = _TOKEN.search(self.get(page or address).read().decode())
        assert found, f"no form on {page or address}"
        pairs = [*(form.items() if isinstance(form, Mapping) else form), ("csrf", found[1])]
        return self.post(address, pairs)

    def post(self, address: str, pairs: list[tuple[str, str]], **headers: str) -> Response:
        """A form as it is given."""
        path, _, query = address.partition("?")
        return self._send(Request("POST", path, query, self._headers() | headers, urlencode(pairs).encode()))

    def upload(self, address: str, form: Mapping[str, str], **files: bytes) -> Response:
        """The form of the page at that address, with files."""
        found = _TOKEN.search(self.get(address).read().decode())
        assert found, f"no form on {address}"
        parts = [*((name, "", value.encode()) for name, value in {**form, "csrf": found[1]}.items())]
        parts += [(name, f'; filename="{name}.json"\r\nContent-Type: application/json', f) for name, f in files.items()]
        body = b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (name.encode(), more.encode(), content)
            for name, more, content in parts
        )
        headers = self._headers() | {"content-type": "multipart/form-data; boundary=b"}
        return self._send(Request("POST", address, "", headers, body + b"--b--\r\n"))

    def follow(self, answer: Response) -> str:
        """The page that an answer leads to."""
        assert answer.status == 303, answer.read().decode()
        return self.get(answer.headers["location"]).read().decode()

    def _headers(self) -> dict[str, str]:
        return self.headers | ({"cookie": self.cookie} if self.cookie else {})

    def _send(self, request: Request) -> Response:
        answer = self.handle(request)
        line = answer.headers.get("set-cookie", "")
        if line.startswith(COOKIE):
            self.cookie = line.partition(";")[0]
        return answer


@contextmanager
def emulating(database_url: str, *arguments: str, **environment: str) -> Iterator[Serving]:
    """`entrant entra serve` on a free port, from when it listens; ended with SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-m", "entrant", "entra", "serve", "--port", "0", *arguments],
        env={**os.environ, "ENTRANT_ENTRA_DATABASE": database_url, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert STARTED in line, line
        yield Serving(process, line.partition(STARTED)[2].strip())
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()
