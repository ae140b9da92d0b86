"""What new role rules, a new default role or a group's new name would do, shown before it is done (product.md 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from entrant.db.engine import Database, Lane, Tx
from entrant.store import groups, preview, roles, rules
from entrant.store.preview import Effect
from entrant.workspace.model import Group, Role
from entrant.workspace.roles import RoleRule, role_of

from .edit import PAGE, get_workspace

SHOWN = 100  # role changes that a preview lists
MAX_GROUPS = 5_000  # groups that a preview reads
SAMPLES = 5  # groups that are named for a rule


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A group that would give another role."""

    id: str
    name: str
    before: Role | None
    after: Role | None


@dataclass(frozen=True, slots=True)
class Catch:
    """How many groups a rule catches, and the first of them; `inside` are those that it matches only inside a word."""

    rule: RoleRule
    count: int
    samples: tuple[str, ...]
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RolePreview:
    """What would change. `more` than the changes listed; `partial` if not all groups were looked at."""

    catches: tuple[Catch, ...]
    groups: tuple[GroupChange, ...]
    effect: Effect
    more: bool
    partial: bool
    loses_last_admin: bool


def preview_rules(database: Database, slug: str, new: Sequence[RoleRule], default: Role | None = None) -> RolePreview:
    """What these rules, and this default role if given, would do in place of those that hold."""

    def look(tx: Tx) -> RolePreview:
        workspace = get_workspace(tx, slug)
        looked = _groups(tx, workspace.id)
        return _preview(tx, slug, looked, new, default or workspace.default_role)

    return database.read(look, Lane.SLOW, slug)


def preview_rename(database: Database, slug: str, group_id: str, name: str) -> RolePreview:
    """What a new displayName of a group would do."""

    def look(tx: Tx) -> RolePreview:
        workspace = get_workspace(tx, slug)
        group = groups.find(tx, workspace.id, group_id)
        now = rules.list_rules(tx, workspace.id)
        looked = [] if group is None else [(group, name)]
        return _preview(tx, slug, looked, now, workspace.default_role)

    return database.read(look, Lane.SLOW, slug)


def _preview(tx: Tx, slug: str, looked: list[tuple[Group, str]], new: Sequence[RoleRule], default: Role) -> RolePreview:
    workspace = get_workspace(tx, slug)
    changed = tuple(
        GroupChange(group.id, name, group.role, role)
        for group, name in looked
        if (role := role_of(new, group.id, name)) is not group.role
    )
    effect = preview.preview(
        tx,
        workspace.id,
        {change.id: change.after for change in changed},
        default,
        SHOWN + 1,
        everyone=default is not workspace.default_role,
    )
    return RolePreview(
        catches=tuple(_catches(new, looked)),
        groups=changed,
        effect=Effect(effect.changes[:SHOWN], effect.conflict, effect.keeps_admin),
        more=len(effect.changes) > SHOWN,
        partial=len(looked) >= MAX_GROUPS,
        loses_last_admin=not effect.keeps_admin and roles.has_admin(tx, workspace.id),
    )


def _groups(tx: Tx, workspace_id: str) -> list[tuple[Group, str]]:
    """The groups with their names, up to MAX_GROUPS."""
    found: list[tuple[Group, str]] = []
    after = ""
    while len(found) < MAX_GROUPS and (page := groups.page(tx, workspace_id, after=after, most=PAGE)):
        found += [(group, group.doc["displayName"]) for group in page]
        after = page[-1].id
    return found


def _catches(new: Sequence[RoleRule], looked: Iterable[tuple[Group, str]]) -> list[Catch]:
    """For each rule the groups that it decides: the first rule that catches a group does."""
    caught: list[list[str]] = [[] for _ in new]
    for group, name in looked:
        first = next((n for n, rule in enumerate(new) if rule.catches(group.id, name)), None)
        if first is not None:
            caught[first].append(name)
    return [
        Catch(rule, len(names), tuple(names[:SAMPLES]), tuple(name for name in names if rule.is_inside_a_word(name)))
        for rule, names in zip(new, caught, strict=True)
    ]
