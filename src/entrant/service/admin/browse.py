"""What pages show of a workspace: members, groups and log by the page, one of each with why it is as it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from entrant.db.engine import Database, Lane, Tx
from entrant.store import browse, connections, groups, members, memberships, rules
from entrant.store.browse import LogFilter, LogPage, MemberFilter
from entrant.workspace.errors import NoSuch
from entrant.workspace.model import Connection, Group, LogEntry, Member, Role, Source, Workspace
from entrant.workspace.roles import RoleRule

from .edit import get_workspace

PAGE = 50  # rows of a page
HISTORY = 20  # changes of a member that their page shows
MOST_GROUPS = 200  # groups of a member that are shown


@dataclass(frozen=True, slots=True)
class MemberList:
    """A page of members. `older` is where the next page goes on; `more` matches than a search shows."""

    members: list[Member]
    older: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group, and the rule that gives it its role."""

    group: Group
    rule: RoleRule | None


@dataclass(frozen=True, slots=True)
class GroupList:
    """A page of groups."""

    groups: list[GroupRow]
    older: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class MemberDetail:
    """A member, the groups they are directly in, what happened to them, and why they have their role."""

    workspace: Workspace
    member: Member
    groups: list[GroupRow]
    history: list[LogEntry]
    why: str


@dataclass(frozen=True, slots=True)
class GroupDetail:
    """A group with a page of its members: users, and groups in it."""

    row: GroupRow
    users: list[Member]
    inner: list[Group]
    after: str | None


@dataclass(frozen=True, slots=True)
class LogDetail:
    """An entry of the provisioning log and the connection that it came by."""

    entry: LogEntry
    connection: Connection | None


def browse_members(database: Database, slug: str, wanted: MemberFilter, before: str = "") -> MemberList:
    """A page of members."""

    def look(tx: Tx) -> MemberList:
        workspace_id = get_workspace(tx, slug).id
        if wanted.text:
            found = browse.search_members(tx, workspace_id, wanted, PAGE + 1)
            return MemberList(found[:PAGE], None, len(found) > PAGE)
        page = browse.members_page(tx, workspace_id, wanted, before, PAGE + 1)
        return MemberList(page[:PAGE], page[PAGE - 1].id if len(page) > PAGE else None, more=False)

    return database.read(look, Lane.SLOW, slug)


def browse_groups(database: Database, slug: str, text: str = "", before: str = "", *, roles: bool) -> GroupList:
    """A page of groups; only role groups if `roles`."""

    def look(tx: Tx) -> GroupList:
        workspace_id = get_workspace(tx, slug).id
        now = rules.list_rules(tx, workspace_id)
        if text:
            found = browse.search_groups(tx, workspace_id, text, PAGE + 1)
            chosen = [group for group in found if group.role is not None or not roles]
            return GroupList([_row(now, group) for group in chosen[:PAGE]], None, len(found) > PAGE)
        page = browse.groups_page(tx, workspace_id, before, PAGE + 1, only_roles=roles)
        rows = [_row(now, group) for group in page[:PAGE]]
        return GroupList(rows, page[PAGE - 1].id if len(page) > PAGE else None, more=False)

    return database.read(look, Lane.SLOW, slug)


def show_member(database: Database, slug: str, member_id: str) -> MemberDetail:
    """A member's page; raises NoSuch."""

    def look(tx: Tx) -> MemberDetail:
        workspace = get_workspace(tx, slug)
        member = members.find(tx, workspace.id, member_id)
        if member is None:
            raise NoSuch("There is no such member")
        now = rules.list_rules(tx, workspace.id)
        rows = [_row(now, group) for group in browse.groups_of(tx, workspace.id, member.id, MOST_GROUPS)]
        history = browse.log_of_resource(tx, workspace.id, member.id, "", HISTORY)
        return MemberDetail(workspace, member, rows, history, why(workspace, member, rows))

    return database.read(look)


def show_group(database: Database, slug: str, group_id: str, after: str = "") -> GroupDetail:
    """A group's page; raises NoSuch."""

    def look(tx: Tx) -> GroupDetail:
        workspace_id = get_workspace(tx, slug).id
        group = groups.find(tx, workspace_id, group_id)
        if group is None:
            raise NoSuch("There is no such group")
        page = memberships.members(tx, workspace_id, group.id, after, PAGE + 1)
        shown = page[:PAGE]
        return GroupDetail(
            row=_row(rules.list_rules(tx, workspace_id), group),
            users=browse.members_named(tx, workspace_id, [each for each, kind in shown if kind == "User"]),
            inner=browse.groups_named(tx, workspace_id, [each for each, kind in shown if kind == "Group"]),
            after=shown[-1][0] if len(page) > PAGE else None,
        )

    return database.read(look)


def browse_log(database: Database, slug: str, wanted: LogFilter, before: str = "") -> LogPage:
    """A page of the provisioning log."""

    def look(tx: Tx) -> LogPage:
        return browse.log_page(tx, get_workspace(tx, slug).id, wanted, before, PAGE)

    return database.read(look, Lane.SLOW, slug)


def browse_resource_log(database: Database, slug: str, resource_id: str, before: str = "") -> LogPage:
    """A page of what was asked about one user or group."""

    def look(tx: Tx) -> LogPage:
        found = browse.log_of_resource(tx, get_workspace(tx, slug).id, resource_id, before, PAGE + 1)
        return LogPage(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)

    return database.read(look)


def show_log_entry(database: Database, slug: str, entry_id: str) -> LogDetail:
    """An entry of the provisioning log; raises NoSuch."""

    def look(tx: Tx) -> LogDetail:
        workspace_id = get_workspace(tx, slug).id
        entry = browse.log_entry(tx, workspace_id, entry_id)
        if entry is None:
            raise NoSuch("There is no such entry; entries are removed when they are old")
        known = connections.list_all(tx, workspace_id)
        return LogDetail(entry, next((each for each in known if each.id == entry.connection), None))

    return database.read(look)


def first_id(moment: datetime) -> str:
    """What sorts before every id that was made at that time or later, and after all earlier ones."""
    return str(uuid.UUID(int=int(moment.timestamp() * 1000) << 80))


def why(workspace: Workspace, member: Member, groups_: list[GroupRow]) -> str:
    """Why a member has the role they have, in a sentence (product.md 4.3)."""
    if not member.active:
        return "Inactive members have no role. Their place in groups is kept for their return."
    giving = next((row for row in groups_ if row.group.role is not None), None)
    if giving is not None:
        rule = giving.rule
        reason = f", which the rule “{describe_rule(rule)}” makes a role group" if rule else ""
        return f"From the group “{giving.group.doc['displayName']}”{reason}."
    if member.hand_role is not None:
        return "Set by hand by an admin of this workspace." if member.source is Source.PROVISIONED else "Set by hand."
    return f"The default role of this workspace is {workspace.default_role}, and no group gives another."


def describe_rule(rule: RoleRule) -> str:
    """A rule as people read it."""
    if rule.kind == "group":
        return f"this group → {rule.role}"
    verb = {"contains": "contains", "word": "has the word", "equals": "is", "prefix": "begins with"}[rule.kind]
    return f"name {verb} “{rule.text}” → {rule.role}"


def roles_of(rows: list[GroupRow]) -> set[Role]:
    """The roles that some groups give."""
    return {row.group.role for row in rows if row.group.role is not None}


def _row(now: tuple[RoleRule, ...], group: Group) -> GroupRow:
    rule = next((each for each in now if each.catches(group.id, group.doc["displayName"])), None)
    return GroupRow(group, rule)
