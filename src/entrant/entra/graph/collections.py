"""Collections of users and groups: the directory, the recycle bin, and what relations lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TypeAlias

from entrant.db.engine import Lane, Tx
from entrant.entra.model import DirectoryObject, Kind
from entrant.entra.store import browse, memberships, objects
from entrant.entra.store.objects import Place, Stored
from entrant.scim.wire import Json

from .answer import Answer
from .call import Call
from .entities import DIRECTORY_OBJECT, TYPES
from .errors import unsupported_query
from .expand import expand
from .lookup import find_group, find_kind, find_user
from .narrowing import find_look_up
from .objects import COLLECTIONS, object_json, project_typed, typed
from .odata.advanced import HEADER_HINT
from .odata.expression import Expression
from .odata.options import Options
from .odata.projection import project
from .odata.types import EntityType
from .paging import Position, Source, count_matches, integer, page

BATCH = 500  # objects that are read in one transaction

Operation: TypeAlias = Callable[[Call], Answer]


def list_objects(kind: Kind, place: Place = Place.DIRECTORY) -> Operation:
    """An operation that lists users or groups."""
    type_ = TYPES[kind]

    def operation(call: Call) -> Answer:
        options = call.options(type_)

        def show(entity: Json) -> Json:
            return {
                **project(entity, type_, options.selection.names),
                **(expand(call, find_kind(call, entity["id"]), options.selection) if options.selection.expand else {}),
            }

        return page(call, options, everything(call, kind, place, options.filter), COLLECTIONS[kind], show)

    return operation


def count_objects(kind: Kind, place: Place = Place.DIRECTORY) -> Operation:
    """An operation that counts users or groups."""

    def operation(call: Call) -> Answer:
        options = _count_options(call, TYPES[kind])
        return _number(count_matches(everything(call, kind, place, options.filter), options))

    return operation


def everything(call: Call, kind: Kind, place: Place, filter_: Expression | None) -> Source:
    """All users or groups in one place; fewer, if an index finds those that satisfy the filter."""
    db = call.provisioner.db

    def scan(after: Position | None) -> Iterator[tuple[Position, Json]]:
        for found in _walk(call, kind, place, filter_, integer(after[0]) if after else 0):
            if found.object is not None:
                yield (str(found.number),), object_json(found.object)

    return Source(scan, lambda: db.read(lambda tx: browse.count(tx, kind, place)))


def _walk(call: Call, kind: Kind, place: Place, filter_: Expression | None, after: int) -> Iterator[Stored]:
    look_up = find_look_up(filter_)

    def batch(tx: Tx) -> list[Stored]:
        if look_up is None:
            return objects.walk(tx, kind, place, after=after, most=BATCH)
        return browse.look_up(tx, kind, place, look_up.index, look_up.keys, after=after, most=BATCH)

    while found := call.provisioner.db.read(batch, Lane.SLOW if look_up is None else Lane.FAST):
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1].number


# Relations --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relation:
    """From one object to others: how it is found, and how what it leads to is read."""

    find: Callable[[Call], DirectoryObject]
    read: Callable[..., Sequence[DirectoryObject]]
    """From a transaction and an id, with `after` and `most`, in the order of ids."""


MEMBERS = Relation(find_group, memberships.members)
ALL_MEMBERS = Relation(find_group, browse.all_members)
GROUPS_OF_USER = Relation(find_user, memberships.groups_of)
ALL_GROUPS_OF_USER = Relation(find_user, browse.all_groups_of)
GROUPS_OF_GROUP = Relation(find_group, memberships.groups_of)
ALL_GROUPS_OF_GROUP = Relation(find_group, browse.all_groups_of)
REPORTS = Relation(find_user, objects.reports)


def list_related(relation: Relation, kind: Kind | None = None) -> Operation:
    """An operation that lists what a relation leads to, of any kind or of one."""
    type_ = DIRECTORY_OBJECT if kind is None else TYPES[kind]
    fragment = "directoryObjects" if kind is None else COLLECTIONS[kind]

    def operation(call: Call) -> Answer:
        options = call.options(type_)
        id_ = relation.find(call).id
        names = options.selection.names
        source = Source(partial(scan_related, call, relation, id_, kind))

        def show(entity: Json) -> Json:
            return project_typed(entity, names) if kind is None else project(entity, type_, names)

        return page(call, options, source, fragment, show)

    return operation


def list_references(relation: Relation) -> Operation:
    """An operation that lists the addresses of what a relation leads to."""

    def operation(call: Call) -> Answer:
        options = call.options(DIRECTORY_OBJECT)
        source = Source(partial(scan_related, call, relation, relation.find(call).id, None))
        there = f"{call.origin}/{call.version}/directoryObjects"
        return page(call, options, source, "Collection($ref)", lambda entity: {"@odata.id": f"{there}/{entity['id']}"})

    return operation


def count_related(relation: Relation, kind: Kind | None = None) -> Operation:
    """An operation that counts what a relation leads to."""

    def operation(call: Call) -> Answer:
        options = _count_options(call, DIRECTORY_OBJECT)
        source = Source(partial(scan_related, call, relation, relation.find(call).id, kind))
        return _number(count_matches(source, options))

    return operation


def scan_related(
    call: Call, relation: Relation, id_: str, kind: Kind | None, after: Position | None
) -> Iterator[tuple[Position, Json]]:
    """What a relation leads to, behind an id. Without a kind each entity says of which it is."""
    last = after[0] if after else ""
    while True:
        batch = call.provisioner.db.read(partial(_read, relation=relation, id_=id_, after=last))
        for object_ in batch:
            if kind in {None, object_.kind}:
                yield (object_.id,), typed(object_) if kind is None else object_json(object_)
        if len(batch) < BATCH:
            return
        last = batch[-1].id


def _read(tx: Tx, *, relation: Relation, id_: str, after: str) -> Sequence[DirectoryObject]:
    return relation.read(tx, id_, after=after, most=BATCH)


def _count_options(call: Call, type_: EntityType) -> Options:
    """The options of a count, which is an advanced query by itself and needs the header alone (graph-surface 9.2)."""
    if not call.eventual:
        raise unsupported_query(f"$count is not currently supported without its header. {HEADER_HINT}")
    return call.options(type_, counting=True)


def _number(total: int) -> Answer:
    return Answer(HTTPStatus.OK, text=str(total))
