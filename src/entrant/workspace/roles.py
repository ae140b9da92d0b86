"""Role rules: which groups carry a role, by their name (product.md 4.1).

An ordered list; the first rule that catches a group decides. Text is compared without regard to case.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from entrant.scim.fold import fold

from .errors import InvalidRule
from .model import Role

MAX_RULES = 100
MAX_RULE_TEXT = 256  # characters


class RuleKind(StrEnum):
    """How a rule's text is compared with a group's displayName, or, for `group`, with its id."""

    CONTAINS = "contains"
    WORD = "word"
    EQUALS = "equals"
    PREFIX = "prefix"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Groups that it catches give `role` to their direct members. Prints as it is written on the command line."""

    kind: RuleKind
    text: str
    role: Role

    def catches(self, group_id: str, display_name: str) -> bool:
        """Whether this rule is about that group."""
        text, name = fold(self.text), fold(display_name)
        match self.kind:
            case RuleKind.CONTAINS:
                return text in name
            case RuleKind.WORD:
                return contains_words(display_name, self.text)
            case RuleKind.EQUALS:
                return text == name
            case RuleKind.PREFIX:
                return name.startswith(text)
            case RuleKind.GROUP:
                return self.text == group_id

    def is_inside_a_word(self, display_name: str) -> bool:
        """Whether it matches a group of that name only inside a longer word, as *admin* does *Badminton*."""
        if self.kind is not RuleKind.CONTAINS or fold(self.text) not in fold(display_name):
            return False
        return not contains_words(display_name, self.text)

    def __str__(self) -> str:
        return f"{self.kind}:{self.text}={self.role}"


@lru_cache(maxsize=8_192)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, folded: split at what is no letter or digit, and at lower to upper case (product.md 4.8)."""
    found, word = [], ""
    for before, letter in pairwise(f" {name}"):
        if not letter.isalnum() and not unicodedata.combining(letter):
            found.append(word)
            word = ""
            continue
        if letter.isupper() and before.islower():
            found.append(word)
            word = ""
        word += letter
    return tuple(fold(word) for word in [*found, word] if word)


def contains_words(name: str, text: str) -> bool:
    """Whether the words of a text stand one after the other in a name, each whole."""
    wanted, given = words(text), words(name)
    last = len(given) - len(wanted)
    return bool(wanted) and any(given[n : n + len(wanted)] == wanted for n in range(last + 1))


DEFAULT_RULES = (
    RoleRule(RuleKind.CONTAINS, "admin", Role.ADMIN),
    RoleRule(RuleKind.CONTAINS, "member", Role.MEMBER),
)
"""The rules of a workspace that has none of its own: `admin` before `member`."""


def role_of(rules: Iterable[RoleRule], group_id: str, display_name: str) -> Role | None:
    """The role that a group of that name gives, or None for an ordinary group."""
    rule = rule_of(rules, group_id, display_name)
    return None if rule is None else rule.role


def rule_of(rules: Iterable[RoleRule], group_id: str, display_name: str) -> RoleRule | None:
    """The rule that decides about a group of that name: the first that matches it."""
    return next((rule for rule in rules if rule.catches(group_id, display_name)), None)


def parse_rule(text: str) -> RoleRule:
    """Read `contains:TEXT=ROLE`; TEXT may hold `:` and `=`. Raises InvalidRule."""
    kind, colon, rest = text.partition(":")
    name, equals, role = rest.rpartition("=")
    if not (colon and equals and name):
        raise InvalidRule(f'"{text}" is not a rule; write KIND:TEXT=ROLE, such as contains:admin=admin')
    if kind not in set(RuleKind):
        raise InvalidRule(f'"{kind}" is not a kind of rule; use {", ".join(RuleKind)}')
    if role not in set(Role):
        raise InvalidRule(f'"{role}" is not a role; use {" or ".join(Role)}')
    if len(name) > MAX_RULE_TEXT:
        raise InvalidRule(f"the text of a rule may have at most {MAX_RULE_TEXT} characters")
    if kind == RuleKind.WORD and not words(name):
        raise InvalidRule(f'"{name}" is not a word; write at least one letter or digit')
    return RoleRule(RuleKind(kind), name, Role(role))
