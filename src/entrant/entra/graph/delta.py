"""`/users/delta` and `/groups/delta`: everything at first, then what has changed since (graph-surface 9.2).

A round begins at a position of the directory's change feed and pages by `nextLink`; its last page has a `deltaLink`
that leads to the next round. What changes while a round is read comes again in the next one, so nothing is missed.
What was deleted carries `@removed`: `changed` while it is in the recycle bin, `deleted` for good after that.

A group comes with `members@delta`: at first all direct members, later those who came and, with `@removed`, those who
went. A group with many comes several times, each time with the next of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Annotated, TypeAlias

import msgspec

from entrant.entra.model import DirectoryObject, Kind
from entrant.entra.store import browse, changes, memberships, objects
from entrant.entra.store.browse import Index
from entrant.entra.store.objects import Place, Stored
from entrant.scim.wire import Json

from .answer import Answer, collection
from .call import Call
from .entities import TYPES
from .errors import unsupported_query
from .narrowing import find_look_up
from .objects import COLLECTIONS, shown
from .odata.options import DEFAULT_PAGE, Options
from .paging import MAX_NUMBER, Position, bounded, integer, matching, read_token, write_token

BATCH = 200  # changes that are read in one transaction
MAX_MEMBERS = 1_000  # members of a group that come in one piece
LATEST = "latest"  # as $deltatoken: no objects, only the link to what changes from now on
MEMBERS = "members"
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]


@dataclass(frozen=True, slots=True)
class Round:
    """One walk through what is new."""

    since: int | None
    """The position of the feed after which changes are told; None tells everything."""
    next: int
    """The position at which the next round begins."""


def users(call: Call) -> Answer:
    """Users that changed."""
    return _delta(call, Kind.USER)


def groups(call: Call) -> Answer:
    """Groups that changed."""
    return _delta(call, Kind.GROUP)


def _delta(call: Call, kind: Kind) -> Answer:
    options = call.options(TYPES[kind])
    _require_offered(options)
    now = call.provisioner.db.read(lambda tx: changes.position(tx, changes.DIRECTORY))
    path, context = f"{COLLECTIONS[kind]}/delta()", call.context(f"{COLLECTIONS[kind]}/$delta")
    kept = {name: value for name, value in options.raw.items() if name not in {"skiptoken", "deltatoken"}}
    if (options.deltatoken or "").lower() == LATEST:
        return collection(context, [], delta_link=call.link(kept, path, deltatoken=write_token([now])))
    round_, after = _place(options, now)
    size = options.top or DEFAULT_PAGE
    found = list(islice(bounded(_stream(call, kind, round_, after, options)), size + 1))
    values = [shown_ for _, shown_ in found[:size]]
    if len(found) > size:
        token = write_token([round_.since, round_.next, list(found[size - 1][0])])
        return collection(context, values, next_link=call.link(kept, path, skiptoken=token))
    return collection(context, values, delta_link=call.link(kept, path, deltatoken=write_token([round_.next])))


def _require_offered(options: Options) -> None:
    """Delta has pages, a selection and a filter by ids, and nothing else; raises GraphError (400)."""
    if options.order or options.search is not None or options.count or options.selection.expand:
        raise unsupported_query("$orderby, $search, $count and $expand are not supported by delta.")
    if options.filter is not None:
        look_up = find_look_up(options.filter)
        if look_up is None or look_up.index is not Index.ID:
            raise unsupported_query("delta supports no $filter but by 'id'.")


def _place(options: Options, now: int) -> tuple[Round, Position]:
    """Which round this is, and where its last page ended."""
    if options.skiptoken is not None:
        since, next_, after = read_token(options.skiptoken, tuple[Number | None, Number, tuple[str, str, str]])
        return Round(since, next_), after
    if options.deltatoken is not None:
        (since,) = read_token(options.deltatoken, tuple[Number])
        return Round(since, now), (str(since), changes.LAST_ID, changes.LAST_ID)
    return Round(None, now), ("0", "", changes.LAST_ID)


def _stream(
    call: Call, kind: Kind, round_: Round, after: Position, options: Options
) -> Iterator[tuple[Position, Json]]:
    """What a round tells, behind a place: a number or sequence, an object's id, and the id of one of its members."""
    keep = matching(options)
    names = options.selection.names
    with_members = kind is Kind.GROUP and (names is None or MEMBERS in names)
    for number, stored in _objects(call, kind, round_, after):
        if keep is not None and not keep({"id": stored.id}):
            continue
        where = (str(number), stored.id)
        if stored.object is None or stored.place is not Place.DIRECTORY:
            reason = "deleted" if stored.place is Place.PURGED else "changed"
            yield (*where, changes.LAST_ID), {"id": stored.id, "@removed": {"reason": reason}}
        elif with_members:
            begun = after[2] if where == after[:2] else None
            yield from (
                (((*where, last), entity)) for last, entity in _pieces(call, stored.object, round_, begun, names)
            )
        else:
            yield (*where, changes.LAST_ID), shown(stored.object, names)


def _objects(call: Call, kind: Kind, round_: Round, after: Position) -> Iterator[tuple[int, Stored]]:
    """Objects of the round, the one first of which not all members were told yet."""
    db = call.provisioner.db
    last, last_id = integer(after[0]), after[1]
    if after[2] != changes.LAST_ID:
        unfinished = db.read(lambda tx: objects.find(tx, last_id))
        if unfinished is not None:
            yield last, unfinished
    while True:
        if round_.since is None:
            walked = db.read(partial(objects.walk, kind=kind, after=last, most=BATCH))
            found = [(each.number, each) for each in walked]
        else:
            followed = db.read(partial(changes.following, kind=kind, after=(last, last_id), most=BATCH))
            found = [(each.sequence, each.object) for each in followed]
        yield from found
        if not found:
            return
        last, last_id = found[-1][0], found[-1][1].id


def _pieces(
    call: Call, group: DirectoryObject, round_: Round, begun: str | None, names: tuple[str, ...] | None
) -> Iterator[tuple[str, Json]]:
    """A group with its members, piece by piece; each with the id of its last member, LAST_ID in the last piece."""
    last = begun or ""
    entity = shown(group, names) if begun is None else {"id": group.id}
    while True:
        members = _members(call, group.id, round_, last)
        if len(members) < MAX_MEMBERS:
            if members or begun is None:
                yield changes.LAST_ID, {**entity, **({f"{MEMBERS}@delta": members} if members else {})}
            return
        last = members[-1]["id"]
        yield last, {**entity, f"{MEMBERS}@delta": members}
        entity, begun = {"id": group.id}, last


def _members(call: Call, group: str, round_: Round, after: str) -> list[Json]:
    """Some members behind an id: all of them, or those who came or went."""
    db = call.provisioner.db
    if round_.since is None:
        there = db.read(lambda tx: memberships.members(tx, group, after=after, most=MAX_MEMBERS))
        return [{"@odata.type": TYPES[each.kind].annotation, "id": each.id} for each in there]
    since = round_.since
    moved = db.read(lambda tx: browse.moved_members(tx, group, since, after=after, most=MAX_MEMBERS))
    return [
        {
            "@odata.type": TYPES[each.kind].annotation,
            "id": each.id,
            **({} if each.present else {"@removed": {"reason": "deleted"}}),
        }
        for each in moved
    ]
