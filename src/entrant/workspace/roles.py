"""Role rules: which groups carry a role, by their name (product.md 4.1).

An ordered list; the first rule that catches a group decides. Text is compared without regard to case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from entrant.scim.fold import fold

from .errors import InvalidRule
from .model import Role

MAX_RULES = 100
MAX_RULE_TEXT = 256  # characters


class RuleKind(StrEnum):
    """How a rule's text is compared with a group's displayName, or, for `group`, with its id."""

    CONTAINS = "contains"
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
            case RuleKind.EQUALS:
                return text == name
            case RuleKind.PREFIX:
                return name.startswith(text)
            case RuleKind.GROUP:
                return self.text == group_id

    def __str__(self) -> str:
        return f"{self.kind}:{self.text}={self.role}"


DEFAULT_RULES = (
    RoleRule(RuleKind.CONTAINS, "admin", Role.ADMIN),
    RoleRule(RuleKind.CONTAINS, "member", Role.MEMBER),
)
"""The rules of a workspace that has none of its own: `admin` before `member`."""


def role_of(rules: Iterable[RoleRule], group_id: str, display_name: str) -> Role | None:
    """The role that a group of that name gives, or None for an ordinary group."""
    return next((rule.role for rule in rules if rule.catches(group_id, display_name)), None)


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
    return RoleRule(RuleKind(kind), name, Role(role))
