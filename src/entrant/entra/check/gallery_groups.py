"""Microsoft's seven group checks, through the engine (§3.5, §5, 6.1); unlike theirs, they look at membership."""

from __future__ import annotations

from functools import partial

from entrant.entra.model import Action
from entrant.scim.wire import Json

from .bench import Bench
from .client import member_ids
from .model import Check, Failed, Run, Skipped, Suite

NAME = "Group-(1a2b3c4d)"  # theirs has parentheses as well (3.3)


def shown_group(bench: Bench, name: str) -> dict[str, Json]:
    """The group as the tests look for it."""
    return bench.client.find_one("/Groups", f'displayName eq "{bench.title(name)}"')


def _nowhere(bench: Bench, name: str) -> None:
    found = bench.client.find("/Groups", f'displayName eq "{bench.title(name)}"')
    if found:
        raise Failed(f"a group that was removed is still found by its displayName ({len(found)} times)")


def _created(bench: Bench, *members: str) -> None:
    users = "".join(f"user {each}\n" for each in members)
    bench.run(f'{users}group "{NAME}" {" ".join(members)}\nassign "{NAME}"\ncycle')
    bench.entry(NAME, Action.CREATE)


def _create(bench: Bench) -> None:
    _nowhere(bench, NAME)
    _created(bench)
    if shown_group(bench, NAME).get("displayName") != bench.title(NAME):
        raise Failed("the group that is found has another displayName than was sent")


def _update(bench: Bench) -> None:
    _created(bench)
    bench.run(f'rename "{NAME}" "{NAME}-Modified"\ncycle')
    bench.entry(NAME, Action.UPDATE)
    shown_group(bench, f"{NAME}-Modified")


def _delete(bench: Bench) -> None:
    _created(bench)
    bench.run(f'delete-group "{NAME}"\ncycle')
    bench.entry(NAME, Action.DELETE)
    _nowhere(bench, NAME)


def _members_logged(bench: Bench, *, added: bool) -> None:
    changes = [
        each.modified[0]
        for each in bench.entries
        if each.source_id == bench.tenant.ids[NAME] and each.action is Action.UPDATE and each.modified
    ]
    if not any(each.name == "members" and bool(each.new) is added and bool(each.old) is not added for each in changes):
        raise Failed("the log has no update of the group whose first modified property is members")


def _add(bench: Bench) -> None:
    _created(bench)
    bench.run(f'user jane\nassign jane\nadd "{NAME}" jane\ncycle')
    _members_logged(bench, added=True)
    _members_are(bench, "jane")


def _remove(bench: Bench) -> None:
    _created(bench, "jane", "joe")
    _members_logged(bench, added=True)
    _members_are(bench, "jane", "joe")
    bench.run(f'remove "{NAME}" jane\ncycle')
    _members_logged(bench, added=False)
    _members_are(bench, "joe")


def _members_are(bench: Bench, *names: str) -> None:
    """In a list answer, which must include members (6.1). Microsoft's verdict does not look at this (8.9)."""
    found, wanted = member_ids(shown_group(bench, NAME)), {bench.target_id(name) for name in names}
    if found != wanted:
        raise Failed(
            f"a list answer shows {len(found)} members, of whom {len(found & wanted)} are right; there must be "
            f"{len(wanted)}. "
            "Microsoft's verdict overlooks this"
        )


def _on_demand(bench: Bench) -> None:
    bench.run(f'group "{NAME}"\nassign "{NAME}"\ndemand "{NAME}"')
    bench.entry(NAME, Action.CREATE)
    shown_group(bench, NAME)


def _restore(bench: Bench) -> None:
    _created(bench)
    bench.run(f'unassign "{NAME}"\ncycle')
    bench.entry(NAME, Action.DELETE)
    _nowhere(bench, NAME)
    bench.run(f'assign "{NAME}"\ncycle')
    bench.entry(NAME, Action.CREATE)
    shown_group(bench, NAME)


def _with_groups(run: Run, bench: Bench) -> None:
    if not bench.groups:
        raise Skipped("the endpoint has no groups")
    run(bench)


_TESTS: tuple[tuple[str, str, Run], ...] = (
    ("Create_Group", "An assigned group is created and found by displayName, parentheses and all", _create),
    ("Update_Group", "A renamed group is found by its new name", _update),
    ("Delete_Group", "A deleted group is found no more", _delete),
    ("Group_Update_Add_Member", "A member is added", _add),
    ("Group_Update_Remove_Member", "A member is removed, and that member alone", _remove),
    ("POD_Group", "A group is provisioned on demand", _on_demand),
    ("Restore_Group", "Unassigned, the group goes; assigned again, it comes back", _restore),
)
OPTIONAL = ("Delete_Group", "Restore_Group")
GROUP_TESTS = tuple(
    Check(name, Suite.GROUPS, "graph-surface §1, §5", title, partial(_with_groups, run), optional=name in OPTIONAL)
    for name, title, run in _TESTS
)
