"""Functions that test and choose (entra-client 18.3, 18.7)."""

from __future__ import annotations

from entrant.entra.mapping.attributes import Value

from .arguments import Arguments, to_bool, to_text
from .nodes import attributes_of


def iif(arguments: Arguments) -> Value:
    """One of two values. An attribute without a value makes the condition false, whatever is asked of it."""
    empty = any(_empty(arguments.environment.value(name)) for name in attributes_of(arguments.node(0)))
    return arguments.value(1 if not empty and to_bool(arguments.value(0)) else 2)


def switch(arguments: Arguments) -> Value:
    """The value behind the first key that equals the source; null counts as an empty text."""
    source = arguments.text(0) or ""
    for place in range(2, len(arguments) - 1, 2):
        if (arguments.text(place) or "") == source:
            return arguments.value(place + 1)
    return arguments.value(1)


def coalesce(arguments: Arguments) -> Value:
    """The first value that is not null."""
    values = (arguments.value(place) for place in range(len(arguments)))
    return next((value for value in values if value is not None), None)


def not_(arguments: Arguments) -> Value:
    """False for True, and True for anything else."""
    return not to_bool(arguments.value(0))


def cbool(arguments: Arguments) -> Value:
    """Whether the value is True, or a number other than 0."""
    return to_bool(arguments.value(0))


def is_null(arguments: Arguments) -> Value:
    """Whether there is no value."""
    return arguments.value(0) is None


def is_null_or_empty(arguments: Arguments) -> Value:
    """Whether there is no value, or an empty text."""
    return _empty(arguments.value(0))


def is_present(arguments: Arguments) -> Value:
    """Whether there is a value that is no empty text."""
    return not _empty(arguments.value(0))


def is_string(arguments: Arguments) -> Value:
    """Whether the value is a text."""
    return isinstance(arguments.value(0), str)


def same(arguments: Arguments) -> Value:
    """The value itself: what these functions do is the mapping's business (`flow.py`)."""
    return arguments.value(0)


def bit_and(arguments: Arguments) -> Value:
    """The bits that both numbers have."""
    if arguments.value(0) is None or arguments.value(1) is None:
        return None
    return arguments.integer(0) & arguments.integer(1)


def _empty(value: Value) -> bool:
    return to_text(value) in (None, "")
