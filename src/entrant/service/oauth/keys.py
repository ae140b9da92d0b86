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
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from entrant.scim.wire import Json
from entrant.workspace.model import Federation

from .assertion import BadAssertion, Key, Unverified
from .fetch import FetchError

DISCOVERY = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0 §4
FRESH = timedelta(hours=1)  # keys that old are fetched again
STALE = timedelta(hours=24)  # keys that old are still used while their issuer cannot be reached
PAUSE = timedelta(seconds=30)  # between two fetches for one issuer
PATIENCE_SECONDS = 2.0  # that a request waits for another that is fetching the same keys
MAX_KEYS = 100  # in one set
MIN_RSA_BITS = 2048  # NIST SP 800-131A

Fetch = Callable[[str], Json]
"""The JSON document at an address; raises FetchError."""


@dataclass(slots=True)
class _Entry:
    """What is known of one issuer. The lock is held while its keys are fetched."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: tuple[Key, ...] = ()
    fetched: datetime | None = None
    tried: datetime | None = None
    failure: FetchError | None = None


class IssuerKeys:
    """Finds the key that an assertion names."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._entries: dict[tuple[str, str | None], _Entry] = {}
        self._lock = threading.Lock()

    def get(self, federation: Federation, assertion: Unverified, now: datetime) -> Key:
        """The key that signed the assertion by its header; raises BadAssertion and, while they are away, FetchError."""
        if federation.keys is not None and federation.keys.startswith("{"):
            return _choose(parse_keys(msgspec.json.decode(federation.keys)), assertion)
        entry = self._entry(federation)
        # Whoever waits holds a thread: an issuer that does not answer must not come to hold them all.
        if not entry.lock.acquire(timeout=PATIENCE_SECONDS):
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
        entry.tried = now
        try:
            entry.keys = parse_keys(self._fetch(federation.keys or self._discover(federation.issuer)))
        except FetchError as failure:
            entry.failure = failure
            return False
        entry.fetched = now
        return True

    def _discover(self, issuer: str) -> str:
        """Where the issuer says its keys are."""
        document = self._fetch(issuer.rstrip("/") + DISCOVERY)
        if not isinstance(document, dict) or document.get("issuer") != issuer:
            raise FetchError(f"the configuration of {issuer} is of another issuer")
        address = document.get("jwks_uri")
        if not isinstance(address, str):
            raise FetchError(f"the configuration of {issuer} names no jwks_uri")
        return address


def parse_keys(document: Json) -> tuple[Key, ...]:
    """The public keys for signatures in a key set (RFC 7517 §5), without those of other kinds. Raises FetchError."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise FetchError(f"the document is no key set of at most {MAX_KEYS} keys")
    return tuple(key for one in listed if (key := _key(one)) is not None)


def _key(value: Json) -> Key | None:
    """A key that may sign; None for what is unknown, meant for encryption, or too weak (RFC 7517 §5)."""
    if not isinstance(value, dict) or value.get("kty") not in {"RSA", "EC", "OKP"} or value.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key({name: item for name, item in value.items() if isinstance(item, str)})
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey):
        return key if key.public_key.key_size >= MIN_RSA_BITS else None
    return key if isinstance(key, ECKey | OKPKey) else None


def _choose(keys: tuple[Key, ...], assertion: Unverified) -> Key:
    """The key with the assertion's kid; the only one that fits if it names none."""
    fitting = [key for key in keys if assertion.key_id in {None, key.kid} and _signs(key, assertion.algorithm)]
    if len(fitting) != 1:
        raise BadAssertion(f'the issuer has {len(fitting) or "no"} keys for the kid "{assertion.key_id}"')
    return fitting[0]


def _signs(key: Key, algorithm: str) -> bool:
    """Whether a key is of the kind that an algorithm needs (RFC 7518 §3.1, RFC 8037 §3.1)."""
    if algorithm.startswith("ES"):
        return isinstance(key, ECKey)
    return isinstance(key, OKPKey if algorithm == "EdDSA" else RSAKey)
