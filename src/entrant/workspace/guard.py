"""The mass-change guard: how much a provider may take away within a window before an administrator is asked.

A wrong scoping filter or a deleted group on the provider's side arrives as hundreds of perfectly valid requests. What
goes beyond the limit is held: refused for now, so that the provider repeats it, until someone has looked at it.
What is counted is what a write has done (losses.py), against the membership at the beginning of the window.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from enum import StrEnum

from entrant.scim.wire import Json

from .codes import Code
from .errors import DomainError, InvalidSetting

INITIAL_FILL = timedelta(hours=24)  # of the first writes of a connection, which are not counted
MAX_WINDOW = 7 * 86_400  # seconds
MAX_NUMBER = 1_000_000
STEPS = 60  # of a window: it slides by that part of its length


class Change(StrEnum):
    """What the guard counts."""

    DEACTIVATIONS = "deactivations"
    """Users deactivated or deleted; the limit is a percentage of the members with access."""
    REMOVALS = "removals"
    """Users and groups removed from one group, by whatever request; the limit is a percentage of its members."""
    PROMOTIONS = "promotions"
    """Members who become admins; the limits are a number and a percentage of the members with access."""
    DEMOTIONS = "demotions"
    """Admins who are no longer; the limits are a number and a percentage of the admins."""
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
    """Fewer members than that are not guarded by a percentage; groups of fewer are guarded together."""
    deactivations: int | None = 20
    removals: int | None = 20
    promotions: int | None = 5
    demotions: int | None = 5
    share: int = 20
    """Promotions and demotions are held beyond their number, if they are also more than this percentage."""

    def limit(self, change: Change) -> int | None:
        """A percentage, or for promotions and demotions a number; None if the guard is off for this."""
        match change:
            case Change.DEACTIVATIONS:
                return self.deactivations
            case Change.REMOVALS:
                return self.removals
            case Change.PROMOTIONS:
                return self.promotions
            case Change.DEMOTIONS:
                return self.demotions
            case Change.ADOPTION:
                return None

    def percentage(self, change: Change) -> int:
        """How many of a hundred may be changed; of a change for which the guard is on."""
        limit = self.share if change in {Change.PROMOTIONS, Change.DEMOTIONS} else self.limit(change)
        return 100 if limit is None else limit

    def free(self, change: Change, amount: int, *, together: bool = False) -> bool:
        """Whether so many are few, of whatever number. `together` is of all small groups."""
        limit = self.limit(change)
        if limit is None:
            return True
        if change in {Change.PROMOTIONS, Change.DEMOTIONS}:
            return amount <= limit
        # As few as that of the fewest members that are guarded are few of any number.
        return amount < self.minimum if together else amount * 100 <= self.minimum * limit

    def allows(self, change: Change, amount: int, base: int, *, together: bool = False) -> bool:
        """Whether so many changes of so many members are within the limit."""
        if self.free(change, amount, together=together):
            return True
        if base < self.minimum and not together and change in {Change.DEACTIVATIONS, Change.REMOVALS}:
            return True
        return amount * 100 <= base * self.percentage(change)

    def needed(self, change: Change, amount: int) -> int:
        """Of how many members so many changes are within the percentage; at most MAX_NUMBER."""
        percentage = self.percentage(change)
        return min(MAX_NUMBER, -(-amount * 100 // percentage)) if percentage else MAX_NUMBER

    def to_json(self) -> Json:
        """The settings by their names."""
        return asdict(self)

    @classmethod
    def from_json(cls, json: Json) -> Guard:
        """The settings that `to_json` has written; what an older version did not know has its default.

        A number of promotions that was set when there was no percentage holds without one; off was the default then.
        """
        known = {field.name: json[field.name] for field in fields(cls) if field.name in json}
        if "share" not in known and "promotions" in known:
            number = known.pop("promotions")
            known |= {} if number is None else {"promotions": number, "share": 0, "demotions": None}
        return cls(**known)

    def set(self, name: str, text: str) -> Guard:
        """The settings with one changed, as it is written on the command line; raises InvalidSetting."""
        match name:
            case "window":
                return replace(self, window=_seconds(text))
            case "minimum":
                return replace(self, minimum=_number(name, text, MAX_NUMBER))
            case "share":
                return replace(self, share=_number(name, text.removesuffix("%"), 100))
            case Change.DEACTIVATIONS:
                return replace(self, deactivations=_limit(name, text.removesuffix("%"), 100))
            case Change.REMOVALS:
                return replace(self, removals=_limit(name, text.removesuffix("%"), 100))
            case Change.PROMOTIONS:
                return replace(self, promotions=_limit(name, text, MAX_NUMBER))
            case Change.DEMOTIONS:
                return replace(self, demotions=_limit(name, text, MAX_NUMBER))
            case _:
                names = ", ".join(field.name for field in fields(self))
                raise InvalidSetting(f'"{name}" is not a setting of the guard; use one of {names}')


@dataclass(frozen=True, slots=True)
class Window:
    """How much was lost in the window that ends with a step, and its beginning.

    `sums` are, for the steps in which something was lost, the oldest first: which, how many, and how many of them were
    there at the beginning. `floor` is how many were there then at least, as far as anybody has counted; else None.
    """

    step: int
    sums: tuple[tuple[int, int, int], ...] = ()
    floor: int | None = None

    def at(self, step: int) -> Window:
        """The window as it is in that step; a process whose clock lags behind adds to the newest."""
        if step <= self.step:
            return self
        return Window(step, tuple(each for each in self.sums if each[0] >= step - STEPS))

    def plus(self, amount: int, old: int) -> Window:
        """The window with so many lost just now, of whom so many were there at its beginning."""
        earlier = self.sums
        if earlier and earlier[-1][0] == self.step:
            *rest, (_, more, more_old) = earlier
            return replace(self, sums=(*rest, (self.step, amount + more, old + more_old)))
        return replace(self, sums=(*earlier, (self.step, amount, old)))

    @property
    def beginning(self) -> int:
        """The step before which somebody must have been there to have been there at the beginning."""
        return self.step - STEPS

    @property
    def amount(self) -> int:
        """How many were lost in it."""
        return sum(amount for _, amount, _ in self.sums)

    @property
    def old(self) -> int:
        """How many of them were there at its beginning."""
        return sum(old for _, _, old in self.sums)


@dataclass(frozen=True, slots=True)
class Loss:
    """What is held of one write: whom it concerns, and how many where one subject stands for a very large set.

    `scope` is the id of the group that loses members, else empty.
    """

    change: Change
    subjects: tuple[str, ...]
    weight: int
    scope: str = ""
    scope_name: str | None = None


class Held(DomainError):
    """A write goes beyond what the guard lets through by itself. `parts` are all that is held, each with why."""

    code = Code.HELD

    def __init__(self, loss: Loss, detail: str, others: tuple[tuple[Loss, str], ...] = ()) -> None:
        super().__init__("; ".join([detail, *(why for _, why in others)]))
        self.loss, self.parts = loss, ((loss, detail), *others)


def _limit(name: str, text: str, most: int) -> int | None:
    return None if text == "off" else _number(name, text, most, ", or off")


def _number(name: str, text: str, most: int, more: str = "") -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        raise InvalidSetting(f'"{text}" is not a value of {name}; write a whole number up to {most}{more}')
    return int(text)


def _seconds(text: str) -> int:
    units = {"m": 60, "h": 3_600, "d": 86_400}
    number, unit = text[:-1], text[-1:]
    if number.isascii() and number.isdigit() and unit in units and 0 < int(number[:9]) * units[unit] <= MAX_WINDOW:
        return int(number) * units[unit]
    raise InvalidSetting(f'"{text}" is not a window; write it as 30m, 1h or 1d, at most 7d')
