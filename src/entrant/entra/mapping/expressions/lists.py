"""Functions on several values, on roles, and those that need chance (entra-client 18.3, 8.7)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from entrant.entra.mapping.attributes import Role, Value, role

from .arguments import Arguments

MAX_RANDOM = 256  # characters; the documented maximum

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()
_SPECIAL = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/"  # what Windows counts as special in a password


def count(arguments: Arguments) -> Value:
    """How many values there are."""
    return len(arguments.items(0))


def item(arguments: Arguments) -> Value:
    """One of several values, counted from 1; null if there are not as many."""
    items, index = arguments.items(0), arguments.integer(1)
    if not 1 <= index <= len(items):
        return None
    found = items[index - 1]
    return found["value"] if isinstance(found, Mapping) else found


def remove_duplicates(arguments: Arguments) -> Value:
    """Each value once, in the order of the first occurrences."""
    return tuple(dict.fromkeys(arguments.texts(0))) or None


def roles_of(arguments: Arguments) -> tuple[Role, ...]:
    """The roles in an argument; a text, as in the input of a test, is a role of that name."""
    items = arguments.items(0)
    return tuple(found if isinstance(found, Mapping) else role("", str(found), str(found)) for found in items)


def single_app_role_assignment(arguments: Arguments) -> Value:
    """One role. Which one a user with several roles gets is not said; here it is the first."""
    return next((found["value"] for found in roles_of(arguments)), None)


def app_role_assignments(arguments: Arguments) -> Value:
    """The values of all roles."""
    return tuple(found["value"] for found in roles_of(arguments)) or None


def app_role_assignments_complex(arguments: Arguments) -> Value:
    """All roles; null if there is none, so that nothing is said of them (8.7.3)."""
    return roles_of(arguments) or None


def assertive_app_role_assignments_complex(arguments: Arguments) -> Value:
    """All roles, and if there is none that too: the list is replaced as a whole (8.7.4)."""
    return roles_of(arguments)


def select_unique_value(arguments: Arguments) -> Value:
    """Not for SCIM targets; the schema refuses it, and so does this."""
    return arguments.fail("it works only for provisioning from an HR system to a directory")


def default_domain(arguments: Arguments) -> Value:
    """The tenant's default domain."""
    return arguments.environment.default_domain or None


def guid(arguments: Arguments) -> Value:
    """A random guid."""
    return str(uuid.UUID(int=arguments.environment.chance.getrandbits(128), version=4))


def random_string(arguments: Arguments) -> Value:
    """A random text with at least so many digits, special characters, capitals and small letters."""
    length, *least = (arguments.integer(place) for place in range(5))
    avoid = set(arguments.text(5) or "")
    if not 0 < length <= MAX_RANDOM or sum(least) > length or min(least) < 0:
        arguments.fail(f"the length must be at most {MAX_RANDOM}, and at least the sum of the minimums")
    kinds = [[sign for sign in signs if sign not in avoid] for signs in (_DIGITS, _SPECIAL, _UPPER, _LOWER)]
    if any(number and not signs for number, signs in zip(least, kinds, strict=True)):
        arguments.fail("no character is left that may be used")
    # Special characters and capitals come only as asked for: RandomString(6,3,0,0,3) gives none of them.
    wanted = [signs for number, signs in zip(least, kinds, strict=True) if number and signs] or [kinds[0] + kinds[3]]
    anything = [sign for signs in wanted for sign in signs]
    if not anything:
        arguments.fail("no character is left that may be used")
    chance = arguments.environment.chance
    chosen = [chance.choice(signs) for number, signs in zip(least, kinds, strict=True) for _ in range(number)]
    chosen += [chance.choice(anything) for _ in range(length - len(chosen))]
    chance.shuffle(chosen)
    return "".join(chosen)
