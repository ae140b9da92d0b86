"""Pages of a collection: filter, order, count, and the opaque link to the next page (graph-surface 9.2).

What is listed comes as a stream in an order of its own, and is never held as a whole: a page in that order takes what
satisfies the filter from the stream, a page in another order keeps only its own entities while the stream goes by.
A link goes on behind the last entity of its page, whatever came or went meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias, TypeVar

import msgspec

from entrant.scim.wire import Json

from .answer import Answer, collection
from .call import Call
from .errors import GraphError, bad_request, unsupported_query
from .odata.evaluate import Predicate, predicate
from .odata.options import DEFAULT_PAGE, Options
from .odata.order import Key, Place, Rank, place

T = TypeVar("T")
MAX_NUMBER = 2**63 - 1  # what both engines can hold
MAX_SCAN = 500_000  # entities that one request reads: five times the largest directory that is imported at once
Position: TypeAlias = tuple[str, ...]
"""Where an entity stands in the order of its stream."""
Scan: TypeAlias = Callable[[Position | None], Iterator[tuple[Position, Json]]]
"""Gives a stream of entities behind a position; all of them behind None."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is listed."""

    scan: Scan
    total: Callable[[], int] | None = None
    """The number of all entities, if it can be had without reading them."""


def page(call: Call, options: Options, source: Source, fragment: str, show: Callable[[Json], Json]) -> Answer:
    """A page of a collection as it is answered. `show` makes of an entity what the client sees of it."""
    size = options.top or DEFAULT_PAGE
    keep = matching(options)
    start = _read_token(options)
    if options.order:
        found, cursor = _ordered(source, options.order, keep, size, start)
    else:
        found, cursor = _streamed(source, keep, size, start)
    next_link = None
    if cursor is not None:
        next_link = call.link(options.raw, skiptoken=write_token([_fingerprint(options), cursor]))
    count = count_matches(source, options) if options.count else None
    return collection(call.context(fragment), [show(entity) for entity in found], count=count, next_link=next_link)


def matching(options: Options) -> Predicate | None:
    """What a collection is filtered and searched for; None for everything."""
    tests = [predicate(options.filter)] if options.filter is not None else []
    if options.search is not None:
        tests.append(options.search)
    return (lambda entity: all(test(entity) for test in tests)) if tests else None


def count_matches(source: Source, options: Options) -> int:
    """How many entities satisfy the options."""
    keep = matching(options)
    if keep is None and source.total is not None:
        return source.total()
    return sum(1 for _, entity in bounded(source.scan(None)) if keep is None or keep(entity))


def bounded(stream: Iterable[T]) -> Iterator[T]:
    """The stream, with an end to patience; raises GraphError (400)."""
    for number, each in enumerate(stream):
        if number >= MAX_SCAN:
            raise unsupported_query(f"The query reads more than {MAX_SCAN} objects; filter by an id or a name.")
        yield each


def _streamed(source: Source, keep: Predicate | None, size: int, start: Json) -> tuple[list[Json], Json]:
    """The next entities in the order of the stream, and where they end if there are more."""
    after = None if start is None else _position(start)
    matches = (each for each in bounded(source.scan(after)) if keep is None or keep(each[1]))
    found = list(islice(matches, size + 1))
    cursor = list(found[size - 1][0]) if len(found) > size else None
    return [entity for _, entity in found[:size]], cursor


def _ordered(
    source: Source, order: tuple[Key, ...], keep: Predicate | None, size: int, start: Json
) -> tuple[list[Json], Json]:
    """The next entities in another order, and where they end if there are more."""
    after = None if start is None else _place(start, order)
    placed = ((place(entity, order), entity) for _, entity in bounded(source.scan(None)) if not keep or keep(entity))
    beyond = (each for each in placed if after is None or after < each[0])
    found = heapq.nsmallest(size + 1, beyond, key=lambda each: each[0])
    last = found[size - 1][0] if len(found) > size else None
    return [entity for _, entity in found[:size]], None if last is None else [last.ranks, last.id]


def write_token(value: Json) -> str:
    """A value as an opaque token."""
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")


def read_token(text: str, type_: type[T]) -> T:
    """The value in a token; raises GraphError (400)."""
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if b"\\u0000" in content:
            raise bad_token()  # no id has a NUL, and PostgreSQL takes none
        return msgspec.json.decode(content, type=type_)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError) as exc:
        raise bad_token() from exc


def integer(text: str) -> int:
    """A number in a position, which a client may have made up; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(MAX_NUMBER)) else 0


def bad_token() -> GraphError:
    """The refusal of a token that was not made here, or for something else."""
    return bad_request("Skip token or delta token is not valid for this request; follow the link as it was given.")


def _read_token(options: Options) -> Json:
    """Where the page before has ended; None at the beginning."""
    if options.skiptoken is None:
        return None
    fingerprint, cursor = read_token(options.skiptoken, tuple[str, list[Json]])
    if fingerprint != _fingerprint(options):
        raise bad_token()
    return cursor


def _fingerprint(options: Options) -> str:
    """What must be the same on all pages."""
    told = "\0".join(options.raw.get(name, "") for name in ("filter", "orderby", "search"))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _position(cursor: Json) -> Position:
    try:
        return tuple(msgspec.convert(cursor, list[str]))
    except msgspec.ValidationError as exc:
        raise bad_token() from exc


def _place(cursor: Json, order: tuple[Key, ...]) -> Place:
    try:
        ranks, id_ = msgspec.convert(cursor, tuple[list[tuple[int, str | bool | int | float]], str])
    except msgspec.ValidationError as exc:
        raise bad_token() from exc
    if len(ranks) != len(order):
        raise bad_token()
    values: tuple[Rank, ...] = tuple(ranks)
    return Place(values, id_, tuple(key.descending for key in order))
