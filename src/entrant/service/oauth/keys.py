"""The public keys of issuers: fetched when needed, kept for a while, fetched again for a key id that is new.

Each process keeps its own. A fetch happens only for an issuer that a connection trusts, and not again within
`PAUSE` whatever is asked, so that a stranger who invents key ids makes no traffic.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from entrant.scim.wire import Json
from entrant.service.outside import seconds_left
from entrant.workspace.model import Federation

from .assertion import BadAssertion, Unverified
from .documents import read_configuration, well_known
from .fetch import FetchError
from .key_set import Key, NoKey, PublicKey, choose, read_key_set

FRESH = timedelta(hours=1)  # keys that old are fetched again
STALE = timedelta(hours=24)  # keys that old are still used while their issuer cannot be reached
PAUSE = timedelta(seconds=30)  # between two fetches for one issuer
PATIENCE_SECONDS = 2.0  # that a request waits for another that is fetching the same keys

Fetch = Callable[[str], Json]
"""The JSON document at an address; raises FetchError."""


@dataclass(slots=True)
class _Entry:
    """What is known of one issuer. The lock is held while its keys are fetched."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: tuple[PublicKey, ...] = ()
    fetched: datetime | None = None
    tried: datetime | None = None
    failure: FetchError | None = None


class IssuerKeys:
    """Finds the key that an assertion names. Raises Outside where keys have to be fetched first and must not be."""

    def __init__(self, fetch: Fetch, *, private: bool = False) -> None:
        self._fetch = fetch
        self._private = private
        self._entries: dict[tuple[str, str | None], _Entry] = {}
        self._lock = threading.Lock()

    def get(self, federation: Federation, assertion: Unverified, now: datetime) -> Key:
        """The key that signed the assertion by its header; raises BadAssertion and, while they are away, FetchError."""
        if federation.keys is not None and federation.keys.startswith("{"):
            return _choose(read_key_set(msgspec.json.decode(federation.keys)), assertion)
        entry = self._entry(federation)
        # A thread that all workspaces share does not even wait for another that is fetching.
        if not entry.lock.acquire(blocking=False) and not entry.lock.acquire(
            timeout=max(0.0, seconds_left(PATIENCE_SECONDS))
        ):
            raise FetchError("the keys of the issuer are being fetched")
        try:
            if entry.fetched is None or now - entry.fetched > FRESH:
                self._refresh(entry, federation, now)
            if entry.fetched is None or now - entry.fetched > STALE:
                raise entry.failure or FetchError("the keys of the issuer are not here yet")
            try:
                return _choose(entry.keys, assertion)
            except BadAssertion:
                if not self._refresh(entry, federation, now):
                    raise
            return _choose(entry.keys, assertion)
        finally:
            entry.lock.release()

    def _entry(self, federation: Federation) -> _Entry:
        with self._lock:
            return self._entries.setdefault((federation.issuer, federation.keys), _Entry())

    def _refresh(self, entry: _Entry, federation: Federation, now: datetime) -> bool:
        """Fetch the keys, unless that was tried a moment ago; whether they were fetched."""
        if entry.tried is not None and now - entry.tried < PAUSE:
            return False
        seconds_left(0.0)  # before it counts as tried
        entry.tried = now
        try:
            entry.keys = read_key_set(self._fetch(federation.keys or self._discover(federation.issuer)))
        except FetchError as failure:
            entry.failure = failure
            return False
        entry.fetched = now
        return True

    def _discover(self, issuer: str) -> str:
        """Where the issuer says its keys are."""
        document = self._fetch(well_known(issuer))
        return read_configuration(document, issuer, private=self._private).jwks_uri


def _choose(keys: tuple[PublicKey, ...], assertion: Unverified) -> Key:
    """The key that an assertion names; raises BadAssertion."""
    try:
        return choose(keys, assertion.key_id, assertion.algorithm)
    except NoKey as exc:
        raise BadAssertion(f"the issuer has {exc}") from exc
