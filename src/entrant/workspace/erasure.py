"""What identifies a person, and taking it out of what logs have kept (product.md 2.11)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from entrant.scim.schema import ENTERPRISE_URN
from entrant.scim.schemas import USER
from entrant.scim.wire import Json

IDENTIFYING = frozenset(
    {
        "username", "externalid", "displayname", "nickname", "profileurl", "emails", "phonenumbers", "ims", "photos",
        "addresses", "x509certificates", "employeenumber",
    }
)  # fmt: skip
"""Attributes whose values are one person's."""
SHARED = frozenset(
    {"type", "primary", "locality", "region", "postalcode", "country", "schemas", "op", "path", "attribute", "$ref"}
)
"""Sub-attributes whose values are not, and what only says how a message is to be read."""
MIN_LENGTH = 3  # characters: a shorter value would be found everywhere
STANDARD = (USER.schema.id.lower(), ENTERPRISE_URN.lower())


@dataclass(slots=True)
class Person:
    """Someone to be erased: `pseudonym` takes the place of each value."""

    pseudonym: str
    identifying: set[str] = field(default_factory=set)
    """What is theirs alone: an entry that holds one is about them."""
    names: set[str] = field(default_factory=set)
    """What others may be called too: taken out of sentences and of the audit log."""
    other: set[str] = field(default_factory=set)
    """Everything else that was said of them: taken out of request lines, which quote filters."""
    member: str = ""
    """Their id."""
    shared: set[str] = field(default_factory=set)
    """Values that are somebody else's too: they stay where the log is not about this person."""

    @property
    def own(self) -> set[str]:
        """What is theirs and nobody else's."""
        return self.identifying - self.shared

    def learn(self, value: Json, attribute: str = "", leaf: str = "") -> None:
        """Take note of the values in a resource, a message about one, or a change."""
        if isinstance(value, list):
            for item in value:
                self.learn(item, attribute, leaf)
        elif isinstance(value, dict):
            path = value.get("path", value.get("attribute"))
            inside = _root(path) if isinstance(path, str) else attribute
            for key, item in value.items():
                said = key.lower() in {"value", "before", "after", "operations"} or key.lower() in STANDARD
                self.learn(item, inside if said or inside else _root(key), key.lower())
        elif isinstance(value, str) and len(value) >= MIN_LENGTH and leaf not in SHARED:
            self._kind(attribute, leaf).add(value)

    def _kind(self, attribute: str, leaf: str) -> set[str]:
        if attribute in IDENTIFYING or attribute.startswith("urn:") or (attribute, leaf) == ("name", "formatted"):
            return self.identifying
        return self.names if attribute == "name" else self.other


class Eraser:
    """Takes a person out of texts and values."""

    def __init__(self, person: Person, *, about: bool = False) -> None:
        """`about` is for what is about this person, where values go that are somebody else's too."""
        self._person = person
        self._pseudonym = person.pseudonym
        spared = set() if about else person.shared
        self._theirs = _pattern(person.identifying - spared)
        self._said = _pattern((person.identifying | person.names) - spared)
        self._any = _pattern((person.identifying | person.names | person.other) - spared)
        self._about = self if about or not person.shared else Eraser(person, about=True)

    def of(self, *ids: str | None) -> Eraser:
        """The one for an entry that names these ids as what it is about, or as who acted."""
        return self._about if self._person.member and self._person.member in ids else self

    def concerns(self, value: Json) -> bool:
        """Whether something that is theirs alone stands in the value."""
        if isinstance(value, str):
            return bool(self._theirs.search(value) or self._theirs.search(unquote_plus(value)))
        if isinstance(value, dict):
            return any(self.concerns(key) or self.concerns(item) for key, item in value.items())
        return isinstance(value, list | tuple) and any(self.concerns(item) for item in value)

    def text(self, text: str | None) -> str | None:
        """A sentence or a name, with the pseudonym in the place of what identifies them."""
        if text is None:
            return None
        changed = self._said.sub(self._pseudonym, text)
        return self._pseudonym if self._said.search(unquote_plus(changed)) else changed

    def value(self, value: Json) -> Json:
        """A value, with the pseudonym wherever something that identifies them stands."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key) or "": self.value(item) for key, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list | tuple) else value

    def operation(self, line: str) -> str:
        """A request line, without its query if that says anything of them."""
        path, asked, query = line.partition("?")
        if asked and (self._any.search(query) or self._any.search(unquote_plus(query))):
            query = self._pseudonym
        return (self.text(path) or "") + asked + query


def _root(name: str) -> str:
    """The attribute that a path or key begins with, in lower case; of an extension of one's own, its URN."""
    lowered = name.lower()
    for urn in STANDARD:
        lowered = lowered.removeprefix(f"{urn}:")
    return lowered if lowered.startswith("urn:") else re.split(r"[.\[]", lowered, maxsplit=1)[0]


def _pattern(values: Iterable[str]) -> re.Pattern[str]:
    """Any of the values as a whole word or words, in any case; none of them matches nothing."""
    words = sorted((re.escape(value) for value in values), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE) if words else re.compile(r"(?!)")
