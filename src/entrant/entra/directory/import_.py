"""Bringing users and groups from a file into the directory, in batches and bounded memory.

Objects come first, then who manages whom and who is in which group, in a second reading: a row may name one that
follows. What is there already is reported and left as it is, but for managers and members that the file names.
"""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path

from entrant.db.engine import Database, Tx
from entrant.entra.model import BadValue, EntraError, Kind
from entrant.entra.store import objects
from entrant.scim.wire import Json

from . import finding, properties
from .bulk import EXISTS, NewObject, batches, insert
from .edit import Edit, new_id, write
from .groups import add_to, find_member
from .rows import Row, read
from .users import assign_manager

REFERENCES = 50  # managers, or lists of members, stored in one transaction


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of which something was refused."""

    line: int
    name: str
    message: str


@dataclass(slots=True)
class Imported:
    """How many objects came in, how many were there, and what was refused."""

    users: int = 0
    groups: int = 0
    existing: int = 0
    problems: list[Problem] = field(default_factory=list)


def import_file(
    database: Database, path: Path, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Imported:
    """Import a CSV or JSON file; BadValue if it is neither. A row that is refused changes nothing.

    `progress` is told how many bytes of two readings of the file are done, and how many there are.
    """
    told = Imported()
    size = max(path.stat().st_size, 1) if path.is_file() else 0
    if not size:
        raise BadValue(f"there is no file {path}")
    with _rows(path, lambda done: progress(done, 2 * size)) as rows:
        for batch in batches(rows):
            _add(database, batch, told)
    refused = {problem.line for problem in told.problems}
    with _rows(path, lambda done: progress(size + done, 2 * size)) as rows:
        naming = (row for row in rows if row.line not in refused)
        for references in batches((each for row in naming for each in _references(row)), REFERENCES):
            told.problems += write(database, lambda edit, some=references: _refer(edit, some))  # type: ignore[misc]
    progress(2 * size, 2 * size)
    told.problems.sort(key=lambda problem: problem.line)
    return told


@contextmanager
def _rows(path: Path, progress: Callable[[int], None]) -> Iterator[Iterator[Row]]:
    """The rows of a file, while it is open."""
    with path.open("rb") as binary, TextIOWrapper(binary, encoding="utf-8-sig", newline="") as text:

        def told() -> Iterator[Row]:
            for n, row in enumerate(read(path, text)):
                if n % 500 == 0:
                    progress(binary.tell())
                yield row

        try:
            yield told()
        except UnicodeDecodeError as exc:
            raise BadValue(f"{path} is not UTF-8: {_encoding(path, exc)}") from exc


def _encoding(path: Path, exc: UnicodeDecodeError) -> str:
    """What is known of the encoding of a file that cannot be read."""
    with path.open("rb") as file:
        if file.read(2) in {BOM_UTF16_LE, BOM_UTF16_BE}:
            return "it is UTF-16; save it as CSV UTF-8"
    return f"byte {exc.start} cannot be read"


def _add(database: Database, rows: Sequence[Row], told: Imported) -> None:
    """Add a batch of objects."""
    good: list[tuple[Row, NewObject]] = []
    for row in rows:
        try:
            good.append((row, _new_object(row)))
        except BadValue as exc:
            told.problems.append(Problem(row.line, _name(row.properties or {}), str(exc)))
    groups = _known_groups(database, [new for row, new in good if row.kind is Kind.GROUP and row.id is None])
    told.existing += sum(new.id in groups for _, new in good)
    good = [(row, new) for row, new in good if new.id not in groups]
    for (row, new), why in zip(good, insert(database, [new for _, new in good]), strict=True):
        if why is None:
            told.users += new.kind is Kind.USER
            told.groups += new.kind is Kind.GROUP
        elif why == EXISTS:
            told.existing += 1
        else:
            told.problems.append(Problem(row.line, _name(new.properties), why))


def _new_object(row: Row) -> NewObject:
    if row.problem is not None or row.properties is None:
        raise BadValue(row.problem or "the row cannot be read")
    given = dict(row.properties)
    upn, name = given.get("userPrincipalName"), given.get("displayName")
    if row.kind is Kind.USER:
        if not upn:
            raise BadValue("a user needs userPrincipalName")
        given.setdefault("accountEnabled", True)
        given.setdefault("userType", "Member")
        if not given.get("mailNickname") and isinstance(upn, str):
            given["mailNickname"] = upn.partition("@")[0]
    else:
        given = {"mailEnabled": False, "securityEnabled": True, "mailNickname": name, **given}
    if row.id is not None and not finding.is_guid(row.id):
        raise BadValue(f'the id "{row.id}" is no guid')
    read_ = properties.merged({}, properties.read(row.kind, given))
    properties.require(row.kind, read_)
    return NewObject((row.id or new_id()).lower(), row.kind, read_)


def _known_groups(database: Database, groups: Sequence[NewObject]) -> set[str]:
    """Which of these, that have no id in the file, are there already by their names."""

    def work(tx: Tx) -> set[str]:
        return {new.id for new in groups if objects.named(tx, Kind.GROUP, new.properties["displayName"])}

    return database.read(work) if groups else set()


@dataclass(frozen=True, slots=True)
class _Reference:
    """What a row says of the relations of its object: a manager, or some of a group's members."""

    line: int
    name: str
    manager: str | None
    members: Sequence[str]


def _references(row: Row) -> Iterator[_Reference]:
    given = row.properties or {}
    if row.manager is not None:
        yield _Reference(row.line, _name(given), row.manager, ())
    for members in batches(row.members):
        yield _Reference(row.line, row.id or _name(given), None, members)


def _refer(edit: Edit, references: Sequence[_Reference]) -> list[Problem]:
    """Give users their managers and groups their members. One that is refused has changed nothing."""
    problems = []
    for each in references:
        try:
            if each.manager is not None:
                assign_manager(edit, each.name, each.manager)
            else:
                problems += [Problem(each.line, each.name, why) for why in _add_members(edit, each)]
        except EntraError as exc:
            problems.append(Problem(each.line, each.name, str(exc)))
    return problems


def _add_members(edit: Edit, reference: _Reference) -> list[str]:
    """Add those members who are there; a sentence for each of the others."""
    group = finding.get_group(edit.tx, reference.name)
    found, missing = [], []
    for name in reference.members:
        try:
            found.append(find_member(edit, name).id)
        except EntraError as exc:
            missing.append(str(exc))
    add_to(edit, group, found)
    return missing


def _name(given: Mapping[str, Json]) -> str:
    return str(given.get("userPrincipalName") or given.get("displayName") or "")
