"""The operations of a PATCH, as Entra spells them with and without its flag (entra-client 8.3, 8.4, 8.6, 9.4 to 9.10).

Flag off: one operation an attribute, `op` with a capital, every value text. Flag on: values under a filter first, each
with its path; then one operation of a kind without path for all others, its keys flat, its values JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import msgspec

from entrant.entra.mapping.diff import Change
from entrant.entra.mapping.diff import Op as Found
from entrant.entra.mapping.flow import Native, RoleForm, TargetValue
from entrant.scim.filter import CompareOp, Comparison, Path
from entrant.scim.operations import Op
from entrant.scim.wire import Json

from .bodies import to_json
from .switches import Choice, ManagerRemoval, Switches

MEMBERS = "members"
_OPS = {Found.ADD: Op.ADD, Found.REPLACE: Op.REPLACE}


@dataclass(frozen=True, slots=True)
class Spelling:
    """How operations are written: the flag, and the switches that force something else."""

    flag: bool
    switches: Switches

    def op(self, op: Op) -> str:
        """An operation's name."""
        return op.value if self._standard(self.switches.op_case) else op.value.capitalize()

    def value(self, target: TargetValue) -> Json:
        """A value: as it is, or as text (8.3.2). Roles that are added are text in text with the flag off (8.7.3)."""
        if target.roles is RoleForm.ADDITIVE and not self.flag and isinstance(target.value, tuple):
            return [{"value": msgspec.json.encode(role).decode()} for role in target.value]
        return self._scalar(target.value)

    def _scalar(self, value: Native) -> Json:
        if isinstance(value, bool):
            return value if self._standard(self.switches.bool_style) else str(value)
        if isinstance(value, int):
            return value if self._standard(self.switches.number_as_text) else str(value)
        return to_json(value)

    def _standard(self, choice: Choice) -> bool:
        return self.flag if choice is Choice.PER_FLAG else choice is Choice.STANDARD

    def one(self, op: Op, path: Path | str | None, *value: Json) -> Json:
        """One operation; without a value if none is given."""
        named = {} if path is None else {"path": str(path)}
        return {"op": self.op(op)} | named | ({"value": value[0]} if value else {})

    def changes(self, changes: Sequence[Change], cleared: Sequence[str] = (), *, group: bool = False) -> list[Json]:
        """The operations for changed attributes, in the order of the mapping as far as the spelling lets them.

        `cleared` names attributes to remove, which Entra does not do (8.2.6).
        """
        changed = self._merged(changes, group=group) if self.flag else [self._single(change) for change in changes]
        return [*changed, *(self.one(Op.REMOVE, name) for name in cleared)]

    def _single(self, change: Change) -> Json:
        return self.one(_OPS[change.op], change.target.name, self.value(change.target))

    def _merged(self, changes: Sequence[Change], *, group: bool) -> list[Json]:
        """As with the flag (23.2.6). A group's single replace has no path (9.4), unless the switch says so."""
        operations = [self._single(change) for change in changes if _has_path(change.target)]
        for op in Found:
            same = [change for change in changes if change.op is op and not _has_path(change.target)]
            pathless = self.switches.merge_single_add or (
                group and op is Found.REPLACE and not self.switches.rename_group_with_path
            )
            if len(same) > 1 or (same and pathless):
                merged = {change.target.name: self.value(change.target) for change in same}
                operations.append(self.one(_OPS[op], None, merged))
            else:
                operations += [self._single(change) for change in same]
        return operations

    def manager(self, path: str, old: str | None, new: str | None) -> Json:
        """A manager is set, changed or, if `new` is None, removed; all by SCIM ids (8.6)."""
        if new is not None:
            return self.one(Op.REPLACE if old else Op.ADD, path, new)
        form = self.switches.manager_remove_form
        if form is ManagerRemoval.PER_FLAG:
            form = ManagerRemoval.FILTER if self.flag else ManagerRemoval.PATH
        match form:
            case ManagerRemoval.EMPTY:
                return self.one(Op.REPLACE, path, "")
            case ManagerRemoval.VALUE:
                return self.one(Op.REMOVE, path, old)
            case ManagerRemoval.FILTER:
                return self.one(Op.REMOVE, f"{path}[{_value_is(old or '')}]")
            case _:
                return self.one(Op.REMOVE, path)

    def members(self, add: Sequence[str], remove: Sequence[str]) -> Iterator[MemberPatch]:
        """The PATCHes that tell a group of members, so many in each (9.7 to 9.10, 23.2.7)."""
        size = self.switches.members_per_patch
        for added, removed in zip_longest(_batches(add, size), _batches(remove, size), fillvalue=()):
            operations = [self.one(Op.ADD, MEMBERS, self._items(added))] if added else []
            if self.flag:
                operations += [self.one(Op.REMOVE, Path(MEMBERS, filter=_value_is(each))) for each in removed]
            elif removed:
                operations.append(self.one(Op.REMOVE, MEMBERS, self._items(removed)))
            yield MemberPatch(tuple(added), tuple(removed), operations)

    def _items(self, ids: Iterable[str]) -> list[Json]:
        reference = {"$ref": None} if self.switches.member_ref_null else {}
        return [reference | {"value": each} for each in ids]


@dataclass(frozen=True, slots=True)
class MemberPatch:
    """One PATCH of a group: the members that it adds and removes, by SCIM ids."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    operations: list[Json]


def _value_is(id_: str) -> Comparison:
    return Comparison(Path("value"), CompareOp.EQ, id_)


def _has_path(target: TargetValue) -> bool:
    """Whether an operation on it is never merged with others: values under a filter, and lists."""
    return (target.path is not None and target.path.filter is not None) or isinstance(target.value, tuple)


def _batches(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
