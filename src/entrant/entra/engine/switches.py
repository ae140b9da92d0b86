"""Switches for what Microsoft does not say, or what changed over the years; each default is what the real service does.

The statements of entra-client 23.4 and 26, one field each. A switch is named, written and read by its field's name, on
the command line and in the database alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, TypeAlias, get_type_hints

import msgspec

from entrant.entra.model import BadValue


class Flag(StrEnum):
    """Whether PATCH follows RFC 7644."""

    TENANT_URL = "tenant-url"
    """If the Tenant URL ends in the flag `aadOptscim062020` (2.4)."""
    ON = "on"
    OFF = "off"


class ReadMode(StrEnum):
    """How a linked object is read before it is written."""

    BY_ID = "by_id"
    BY_FILTER = "by_filter"


class ManagerRemoval(StrEnum):
    """How the removal of a manager is written."""

    PER_FLAG = "per-flag"
    """Flag off: `Remove ENT:manager`. Flag on: `remove ENT:manager[value eq "id"]`."""
    PATH = "path"
    """`Remove` with the plain path."""
    FILTER = "filter"
    """`remove` with a value filter."""
    EMPTY = "empty"
    """`Replace` with an empty string."""
    VALUE = "value"
    """`Remove` with the plain path and the old id as its value."""


class Choice(StrEnum):
    """A spelling that follows the flag unless it is forced."""

    PER_FLAG = "per-flag"
    CLASSIC = "classic"
    """As with the flag off: `Add`, `"True"`."""
    STANDARD = "standard"
    """As with the flag on: `add`, `true`."""


Setting: TypeAlias = StrEnum | bool | int | tuple[int, ...]
_BOOLEANS = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
_MAY_BE_ZERO = frozenset({"max_per_second", "max_retry_after", "quarantine_from"})
_MOST = 10_000_000  # far above any sensible number of seconds, members or failures


@dataclass(frozen=True, slots=True)
class Doc:
    """The statements that a switch settles, and one sentence for whoever may turn it."""

    statements: str
    text: str


@dataclass(frozen=True, slots=True)
class Switches:
    """How this emulator behaves where the real service's behaviour is open or has changed."""

    flag_aadoptscim062020: Annotated[Flag, Doc("2.4", "RFC 7644 PATCH: by the Tenant URL, or forced.")] = (
        Flag.TENANT_URL
    )
    flag_on_the_wire: Annotated[bool, Doc("2.4.4, 26.4", "Send the Tenant URL's query with every request.")] = False
    probe_every_cycle: Annotated[
        bool, Doc("4.6, 4.7", "Probe at the start of a cycle even if nothing has changed.")
    ] = True
    probe_groups: Annotated[bool, Doc("4.4, 26.11", "Probe groups too, if they are provisioned.")] = True
    read_mode: Annotated[ReadMode, Doc("F5, 26.5", "How a cycle reads a linked object.")] = ReadMode.BY_ID
    read_mode_on_demand: Annotated[ReadMode, Doc("19.4", "How provision on demand reads it.")] = ReadMode.BY_FILTER
    reference_check_queries: Annotated[
        bool, Doc("6.1.9, 26.6", "Ask `id eq … and manager eq …` before a reference.")
    ] = False
    soft_delete_rename: Annotated[
        bool, Doc("F8, 26.8", "A soft delete sends the new userName along with `active`.")
    ] = True
    post_active_as_string: Annotated[bool, Doc("7.5", "`active` is text in a POST.")] = False
    send_manager_in_post: Annotated[bool, Doc("7.11", "A linked manager is in the POST, as text.")] = False
    manager_remove_form: Annotated[ManagerRemoval, Doc("8.6.6, 26.9", "How a manager is removed.")] = (
        ManagerRemoval.PER_FLAG
    )
    clear_on_null: Annotated[bool, Doc("8.2.6", "An emptied attribute is removed from the target.")] = False
    rename_group_with_path: Annotated[bool, Doc("9.4, 26.10", "Flag on: a single replace of a group has a path.")] = (
        False
    )
    members_per_patch: Annotated[int, Doc("9.10, 26.1", "Members in one PATCH of a group.")] = 100
    member_ref_null: Annotated[bool, Doc("9.7", '`"$ref": null` in each member.')] = False
    include_empty_members_in_group_post: Annotated[bool, Doc("9.1", '`"members": []` in the POST of a group.')] = True
    legacy_group_schema_uri: Annotated[bool, Doc("9.2", "The schema URI of 2018 in the POST of a group.")] = False
    include_empty_roles_in_user_post: Annotated[bool, Doc("7.8", '`"roles": []` in the POST of a user.')] = False
    merge_single_add: Annotated[bool, Doc("8.4.4, 23.2.6", "Flag on: even a single attribute goes without path.")] = (
        False
    )
    op_case: Annotated[Choice, Doc("8.3.1", "The case of `op`.")] = Choice.PER_FLAG
    bool_style: Annotated[Choice, Doc("8.3.2", "Booleans in a PATCH: text or JSON.")] = Choice.PER_FLAG
    number_as_text: Annotated[Choice, Doc("8.8.3, 26.19", "Numbers in a PATCH: text or JSON.")] = Choice.PER_FLAG
    escape_filter_values: Annotated[
        bool, Doc("6.1.4, 23.2.2", "Escape quotes in lookups, instead of failing as documented.")
    ] = True
    keep_trailing_slash: Annotated[bool, Doc("2.2.2, 23.2.1", "Send `//Users` if the Tenant URL ends in a slash.")] = (
        False
    )
    send_accept: Annotated[bool, Doc("2.5.2, 26.12", "Send `Accept: application/scim+json`.")] = False
    honour_retry_after: Annotated[bool, Doc("14.11, 26.7", "Wait as a 429 asks, and repeat.")] = True
    max_retry_after: Annotated[
        int, Doc("14.11.4, 26.7", "The longest such wait, in seconds; beyond it the object is escrowed.")
    ] = 60
    retry_hours: Annotated[
        tuple[int, ...], Doc("14.2, 26.17", "Retries after the first failure; 0 is the next cycle.")
    ] = (0, 6, 12, 24)
    give_up_days: Annotated[
        int, Doc("14.2, 15.7", "An operation is dropped, and a job disabled, after so many days.")
    ] = 28
    request_timeout: Annotated[int, Doc("26.3", "Seconds until a request without an answer has failed.")] = 100
    remove_soft_deleted_members: Annotated[
        bool, Doc("F8.4, 26.14", "A soft delete takes the user out of its groups.")
    ] = True
    members_before_managers: Annotated[bool, Doc("13.2, 26.18", "Memberships are sent before managers.")] = False
    max_parallel: Annotated[int, Doc("13.11, 26.2", "Objects that are provisioned at the same time.")] = 1
    max_per_second: Annotated[int, Doc("13.11, 26.2", "Requests a second; 0 is as many as come about.")] = 0
    relink_on_404: Annotated[bool, Doc("12.7.5, 26.13", "Match a linked object anew if the target has lost it.")] = (
        False
    )
    delete_404_is_success: Annotated[bool, Doc("10.2, 26.13", "A DELETE that finds nothing has done its work.")] = True
    skip_group_deletions: Annotated[bool, Doc("26.15", "SkipOutOfScopeDeletions holds for groups too.")] = True
    match_disabled_users: Annotated[
        bool, Doc("12.4.2, 26.20", "Match, and disable, a disabled user without a link.")
    ] = False
    default_access_entitles: Annotated[
        bool, Doc("12.2.4", "Whoever is assigned with Default Access is provisioned; until 2020 a role was required.")
    ] = True
    quarantine_from: Annotated[int, Doc("15.5", "Failures from which the thresholds are looked at.")] = 5_000
    quarantine_percent: Annotated[int, Doc("15.5", "More than this share of failures is quarantine.")] = 40
    quarantine_failures: Annotated[int, Doc("15.5", "More failures than this, references aside, are quarantine.")] = (
        40_000
    )
    quarantine_total: Annotated[int, Doc("15.5", "More failures than this, references among them, are quarantine.")] = (
        60_000
    )


_NAMES = frozenset(each.name for each in fields(Switches))


@dataclass(frozen=True, slots=True)
class Described:
    """A switch, for a list of them."""

    name: str
    default: str
    doc: Doc


def parse_switches(given: Mapping[str, str]) -> Switches:
    """Switches by name, as `print_switches` writes them; the others have their default. Raises BadValue."""
    return msgspec.convert({name: _parse(name, text) for name, text in given.items()}, Switches)


def print_switches(switches: Switches) -> dict[str, str]:
    """Every switch by name, as text that `parse_switches` reads."""
    return {each.name: _print(getattr(switches, each.name)) for each in fields(Switches)}


def describe_switches() -> tuple[Described, ...]:
    """All switches, in the order of the class."""
    hints = get_type_hints(Switches, include_extras=True)
    defaults = print_switches(Switches())
    return tuple(Described(name, defaults[name], hint.__metadata__[0]) for name, hint in hints.items())


def _parse(name: str, text: str) -> Setting:
    default: Setting | None = getattr(Switches(), name, None) if name in _NAMES else None
    wanted = text.strip().lower()
    match default:
        case None:
            raise BadValue(f'there is no switch "{name}"')
        case StrEnum():
            return _choice(name, wanted, type(default))
        case bool():
            if wanted not in _BOOLEANS:
                raise BadValue(f"{name} is on or off")
            return _BOOLEANS[wanted]
        case int():
            return _number(name, wanted, least=0 if name in _MAY_BE_ZERO else 1)
        case _:
            hours = tuple(_number(name, part.strip(), least=0) for part in wanted.split(","))
            if list(hours) != sorted(set(hours)):
                raise BadValue(f"{name} are hours in ascending order, such as 0,6,12,24")
            return hours


def _choice(name: str, wanted: str, choices: type[StrEnum]) -> StrEnum:
    found = next((each for each in choices if each.value == wanted), None)
    if found is None:
        raise BadValue(f"{name} is one of {', '.join(choices)}")
    return found


def _number(name: str, text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError as exc:
        raise BadValue(f"{name} is a whole number") from exc
    if not least <= number <= _MOST:
        raise BadValue(f"{name} is at least {least} and at most {_MOST}")
    return number


def _print(value: Setting) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
