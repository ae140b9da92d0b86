"""Which checks there are, and which of them a run makes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from entrant.entra.engine.switches import Flag
from entrant.entra.model import BadValue

from .exact import EXACT, STANDARD
from .flows import flow_checks
from .gallery_groups import GROUP_TESTS
from .gallery_scim import SCIM_TESTS
from .gallery_users import USER_TESTS
from .model import Check
from .okta import OKTA
from .options import Options, Profile, Provider
from .profile_interop import INTEROP
from .profile_ipsie import IPSIE

GALLERY_CHECKS = (*USER_TESTS, *GROUP_TESTS, *SCIM_TESTS)
PROFILES: dict[Profile, tuple[Check, ...]] = {Profile.IPSIE: IPSIE, Profile.INTEROP: INTEROP}


def checks_of(options: Options) -> tuple[Check, ...]:
    """The checks of a run, in their order; raises BadValue for an `--only` that names none."""
    by_provider: dict[Provider, Sequence[Check]] = {
        Provider.ENTRA: (*flow_checks(), *GALLERY_CHECKS, *EXACT),
        Provider.GENERIC: (*flow_checks((Flag.ON,)), *STANDARD),
        Provider.OKTA: (*OKTA, *STANDARD),
        Provider.STRICT: STANDARD,
    }
    profiles = chain.from_iterable(PROFILES[each] for each in options.profiles)
    every = (*by_provider[options.provider], *profiles)
    if not options.only:
        return every
    chosen = tuple(check for check in every if any(_is_named(check, name) for name in options.only))
    unknown = [name for name in options.only if not any(_is_named(check, name) for check in every)]
    if unknown:
        raise BadValue(f'this run has no check or suite "{unknown[0]}"; list them with --list')
    return chosen


def _is_named(check: Check, name: str) -> bool:
    """By its name, its suite, or a flow by its number in both dialects."""
    return name.casefold() in {
        check.name.casefold(),
        check.suite.casefold(),
        check.name.removesuffix("-flag").casefold(),
    }
