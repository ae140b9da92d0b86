"""What a function gets: its arguments, evaluated when it asks for them, and what it may know beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import NoReturn

from entrant.entra.mapping.attributes import Role, Scalar, Value
from entrant.entra.model import BadValue

from .netdate import parse_general
from .nodes import Call, Expression

MAX_DIGITS = 100  # of a whole number; there is no use for more, and Python writes no more than 4,300 of them


class EvaluationFailed(BadValue):
    """An expression that is well-formed cannot be evaluated for this object (18.8)."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What an expression is evaluated in."""

    value: Callable[[str], Value]
    """The value of a source attribute by its name; None is null."""
    now: datetime
    """By the emulator's clock."""
    chance: Random
    default_domain: str = ""
    """The tenant's, for `DefaultDomain()`."""

    @property
    def moment(self) -> datetime:
        """The time as UTC without a zone."""
        return self.now.astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, counted from 0; one that is left empty or missing is null."""

    call: Call
    environment: Environment
    evaluate: Callable[[Expression | None, Environment], Value]

    def __len__(self) -> int:
        return len(self.call.arguments)

    def node(self, place: int) -> Expression | None:
        """An argument as it was written."""
        return self.call.arguments[place] if place < len(self) else None

    def given(self, place: int) -> bool:
        """Whether there is such an argument, and not left empty."""
        return self.node(place) is not None

    def value(self, place: int) -> Value:
        """An argument's value."""
        return self.evaluate(self.node(place), self.environment)

    def text(self, place: int) -> str | None:
        """An argument as text; several values are joined by commas."""
        return to_text(self.value(place))

    def items(self, place: int) -> tuple[Scalar | Role, ...]:
        """An argument as several values; null is none at all."""
        value = self.value(place)
        return () if value is None else value if isinstance(value, tuple) else (value,)

    def texts(self, place: int) -> tuple[str, ...]:
        """The same as texts."""
        return tuple(text for item in self.items(place) if (text := to_text(item)) is not None)

    def integer(self, place: int) -> int:
        """An argument as a whole number; raises EvaluationFailed."""
        number = to_integer(self.value(place))
        if number is None:
            self.fail(f"argument {place + 1} must be a whole number, not {self.text(place)!r}")
        return number

    def date(self, place: int) -> datetime | None:
        """An argument as a moment of UTC; raises EvaluationFailed."""
        text = self.text(place)
        if not text:
            return None
        try:
            return parse_general(text)
        except ValueError as problem:
            raise EvaluationFailed(f'{self.call.function}: "{text}" is no date: {problem}') from problem

    def fail(self, problem: str) -> NoReturn:
        """Raise EvaluationFailed."""
        raise EvaluationFailed(f"{self.call.function}: {problem}")


def to_text(value: Value | Role) -> str | None:
    """A value as text: `True`, `False`, digits; a role's value; several joined by commas. None is null."""
    match value:
        case None:
            return None
        case tuple():
            return ",".join(text for item in value if (text := to_text(item)) is not None)
        case str() | bool() | int():
            return str(value)
        case _:
            return value.get("value")


def to_integer(value: Value) -> int | None:
    """A value as a whole number: `7`, `-3`, `&HF7`, also written as text; None if it is none."""
    if isinstance(value, bool | int):
        return int(value)
    text = to_text(value)
    if text is None or len(text) > MAX_DIGITS:
        return None
    try:
        return int(text.upper().replace("&H", "0x", 1), 16) if text.upper().startswith("&H") else int(text)
    except ValueError:
        return None


def to_bool(value: Value) -> bool:
    """Whether a value counts as true: True, `True` in any case, a number other than 0."""
    if isinstance(value, bool):
        return value
    number = to_integer(value)
    return number != 0 if number is not None else (to_text(value) or "").lower() == "true"
