"""The mass-change guard: how much a provider may take away within a window before an administrator is asked.

A wrong scoping filter or a deleted group on the provider's side arrives as hundreds of perfectly valid requests. What
goes beyond the limit is held: refused for now, so that the provider repeats it, until someone has looked at it.
Nobody and nothing that is younger than the window counts: a first fill is no loss.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum

from entrant.scim.wire import Json

from .codes import Code
from .errors import DomainError, InvalidSetting

MAX_WINDOW = 7 * 86_400  # seconds
MAX_NUMBER = 1_000_000


class Change(StrEnum):
    """What the guard counts."""

    DEACTIVATIONS = "deactivations"
    """Users deactivated or deleted; the limit is a percentage of the members with access."""
    REMOVALS = "removals"
    """Users and groups removed from one group, by whatever request; the limit is a percentage of its members."""
    PROMOTIONS = "promotions"
    """Members who become admins; the limit is a number."""
    ADOPTION = "adoption"
    """A provider's user who adopts an admin; always asked, so there is no limit."""


class HeldState(StrEnum):
    """What an administrator has said to a held change."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Guard:
    """The settings of a connection. A limit of None is off; one of 0 asks each time."""

    window: int = 3_600
    """Seconds in which changes add up."""
    minimum: int = 10
    """Fewer members than that are not guarded by a percentage."""
    deactivations: int | None = 20
    removals: int | None = 20
    promotions: int | None = None

    def limit(self, change: Change) -> int | None:
        """A percentage, or for promotions a number; None if the guard is off for this."""
        match change:
            case Change.DEACTIVATIONS:
                return self.deactivations
            case Change.REMOVALS:
                return self.removals
            case Change.PROMOTIONS:
                return self.promotions
            case Change.ADOPTION:
                return None

    def allows(self, change: Change, amount: float, base: int) -> bool:
        """Whether so many changes of so many members are within the limit."""
        limit = self.limit(change)
        if limit is None:
            return True
        if change is Change.PROMOTIONS:
            return amount <= limit
        return base < self.minimum or amount * 100 <= base * limit

    def to_json(self) -> Json:
        """The settings by their names."""
        return asdict(self)

    @classmethod
    def from_json(cls, json: Json) -> Guard:
        """The settings that `to_json` has written; what an older version did not know has its default."""
        return cls(**{field.name: json[field.name] for field in fields(cls) if field.name in json})

    def set(self, name: str, text: str) -> Guard:
        """The settings with one changed, as it is written on the command line; raises InvalidSetting."""
        match name:
            case "window":
                return replace(self, window=_seconds(text))
            case "minimum":
                return replace(self, minimum=_number(name, text, MAX_NUMBER))
            case Change.DEACTIVATIONS:
                return replace(self, deactivations=_limit(name, text.removesuffix("%"), 100))
            case Change.REMOVALS:
                return replace(self, removals=_limit(name, text.removesuffix("%"), 100))
            case Change.PROMOTIONS:
                return replace(self, promotions=_limit(name, text, MAX_NUMBER))
            case _:
                names = ", ".join(field.name for field in fields(self))
                raise InvalidSetting(f'"{name}" is not a setting of the guard; use one of {names}')


@dataclass(frozen=True, slots=True)
class Loss:
    """What one write takes away, or for promotions gives.

    `scope` is the id of the group that loses members, else empty. `weight` is how many there are in all; `base` how
    many members there were before, None if that must be counted. `final` if nothing more can be lost there.
    """

    change: Change
    subjects: tuple[str, ...]
    weight: int
    scope: str = ""
    scope_name: str | None = None
    base: int | None = None
    final: bool = False


class Held(DomainError):
    """A write goes beyond what the guard lets through by itself."""

    code = Code.HELD

    def __init__(self, loss: Loss, detail: str) -> None:
        super().__init__(detail)
        self.loss = loss


def _limit(name: str, text: str, most: int) -> int | None:
    return None if text == "off" else _number(name, text, most)


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        raise InvalidSetting(f'"{text}" is not a value of {name}; write a whole number up to {most}, or off')
    return int(text)


def _seconds(text: str) -> int:
    units = {"m": 60, "h": 3_600, "d": 86_400}
    number, unit = text[:-1], text[-1:]
    if number.isascii() and number.isdigit() and unit in units and 0 < int(number[:9]) * units[unit] <= MAX_WINDOW:
        return int(number) * units[unit]
    raise InvalidSetting(f'"{text}" is not a window; write it as 30m, 1h or 1d, at most 7d')
