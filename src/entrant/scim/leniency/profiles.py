"""What a tolerance is, and which ones each kind of connection has (product.md 1.5, 6.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec
from msgspec import structs

from entrant.scim.operations import Policy
from entrant.scim.schema import ResourceType

Sent = TypeVar("Sent")
Standard = TypeVar("Standard")


class Tolerance(msgspec.Struct, Generic[Sent, Standard], frozen=True):
    """A deviation from the RFC with a name, and the rewrite that spells it as the RFC does.

    The law: a rewrite changes the spelling, never the effect. `accepts` is the precondition: exactly this deviation,
    and nothing to which the RFC gives a meaning. `rewrite` is called only with that; its docstring shows one.
    """

    name: str
    """A field of `Tolerances`: stored and counted for each connection, and so never renamed."""
    source: str
    """Where it was seen; numbers are those of entra-client.md unless they say otherwise."""
    accepts: Callable[[Sent, ResourceType], bool]
    rewrite: Callable[[Sent, ResourceType], Standard]


class Tolerances(msgspec.Struct, frozen=True):
    """Which deviations a connection's messages may have."""

    names_in_any_case: bool = False
    op_in_any_case: bool = False
    boolean_as_text: bool = False
    number_as_text: bool = False
    text_for_complex: bool = False
    list_around_single: bool = False
    empty_clears: bool = False
    remove_with_value: bool = False
    flat_keys: bool = False
    urn_with_dot: bool = False
    extension_without_urn: bool = False
    filter_on_single: bool = False
    read_only_ignored: bool = False
    number_for_text: bool = False
    value_in_object: bool = False
    single_for_list: bool = False
    core_urn: bool = False
    empty_path: bool = False
    unquoted_text: bool = False

    @property
    def policy(self) -> Policy:
        """What the core does differently; `filter_on_single` and `read_only_ignored` are nothing but that."""
        if self == STRICT:
            return Policy(without_path=False, without_schemas=False)
        return Policy(
            drop_unknown=True,
            skip_read_only=self.read_only_ignored,
            test_single=self.filter_on_single,
            create_unmatched=True,
            words=self.unquoted_text,
        )


STRICT = Tolerances()
GENERIC = Tolerances(**{each.name: True for each in structs.fields(Tolerances)})
ENTRA = GENERIC
OKTA = structs.replace(GENERIC, urn_with_dot=False, filter_on_single=False, remove_with_value=False)
