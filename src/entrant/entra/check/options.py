"""What a run is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Provider(StrEnum):
    """What the endpoint is expected to be fit for."""

    ENTRA = "entra"
    """Microsoft Entra ID, with all that it sends beside the standard."""
    OKTA = "okta"
    GENERIC = "generic"
    """Any client that keeps to RFC 7643 and 7644."""
    STRICT = "strict"
    """The standard alone; what departs from it is refused."""


class Profile(StrEnum):
    """A profile of SCIM that is reported point by point."""

    IPSIE = "ipsie"
    INTEROP = "interop"


@dataclass(frozen=True, slots=True)
class OAuth:
    """OAuth 2.0 client credentials of the endpoint."""

    endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Federated:
    """Workload identity federation: an assertion that somebody else has signed, and where it is exchanged."""

    endpoint: str
    client_id: str
    assertion: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Options:
    """A run."""

    base_url: str
    token: str = field(default="", repr=False)
    provider: Provider = Provider.ENTRA
    profiles: tuple[Profile, ...] = ()
    only: tuple[str, ...] = ()
    timeout: float = 30.0
    oauth: OAuth | None = None
    federated: Federated | None = None
