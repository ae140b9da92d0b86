"""Bulk requests: many operations in one message, which may refer to what others of them create (RFC 7644 §3.7).

Pure: reads the message, says in which order its operations can run, and puts ids in the place of `bulkId:…`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .errors import InvalidSyntax, InvalidValue, PayloadTooLarge
from .resource import require_schemas
from .wire import Json

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
MAX_OPERATIONS = 1_000  # also published as `maxOperations`
MAX_BULK_ID = 256  # characters
METHODS = ("POST", "PUT", "PATCH", "DELETE")
MARK = "bulkId:"


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One element of `Operations`. `path` is relative to the base URL; `version` is as in `If-Match`, or None."""

    method: str
    path: str
    bulk_id: str | None = None
    version: str | None = None
    data: Json = None


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """The operations, and after how many errors to stop; None is never."""

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None


def parse_bulk(message: Json, *, strict: bool = False) -> BulkRequest:
    """Read a BulkRequest message, which needs its `schemas` if `strict`.

    Raises InvalidSyntax, InvalidValue or PayloadTooLarge.
    """
    operations = message.get("Operations") if isinstance(message, dict) else None
    if not isinstance(operations, list):
        raise InvalidSyntax('the body must be a BulkRequest message with a list of "Operations"')
    if strict:
        require_schemas(message, SCHEMA)
    if len(operations) > MAX_OPERATIONS:
        raise PayloadTooLarge(f"a bulk request may have at most {MAX_OPERATIONS} operations; send several")
    limit = message.get("failOnErrors")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise InvalidValue("failOnErrors must be a whole number; 0 is as if it were absent")
    read = tuple(_operation(operation) for operation in operations)
    names = [operation.bulk_id for operation in read if operation.bulk_id is not None]
    if len(set(names)) < len(names):
        raise InvalidValue("each bulkId may name one operation only")
    return BulkRequest(read, limit or None)


def _operation(message: Json) -> BulkOperation:
    if not isinstance(message, dict):
        raise InvalidSyntax("each bulk operation must be an object")
    method, path, bulk_id, version = (message.get(name) for name in ("method", "path", "bulkId", "version"))
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise InvalidSyntax(f"the method of a bulk operation is {', '.join(METHODS)}")
    if not isinstance(path, str):
        raise InvalidSyntax("each bulk operation needs a path, such as /Users")
    if bulk_id is not None and (not isinstance(bulk_id, str) or not 0 < len(bulk_id) <= MAX_BULK_ID):
        raise InvalidSyntax(f"a bulkId is a string of at most {MAX_BULK_ID} characters")
    if version is not None and not isinstance(version, str):
        raise InvalidSyntax("the version of a bulk operation is a string")
    if bulk_id is None and method.upper() == "POST":
        raise InvalidSyntax("a bulk operation with the method POST needs a bulkId")
    data = message.get("data")
    return BulkOperation(method.upper(), path, bulk_id, version, data)


def steps(operations: Sequence[BulkOperation]) -> Iterator[tuple[int, ...]]:
    """The indexes of the operations in an order in which they can run: as sent, but each after those it refers to.

    Operations that refer to each other, or to such, come together, as one step that stands or falls as a whole; among
    them those that create come first. References to what no operation creates do not hold anything up.
    """
    creators = {o.bulk_id: n for n, o in enumerate(operations) if o.bulk_id is not None and o.method == "POST"}
    needs = [
        {creators[name] for name in references(operation) if name in creators} - {n}
        for n, operation in enumerate(operations)
    ]
    waiting, ready = list(range(len(operations))), set[int]()
    while waiting:
        left: list[int] = []
        for n in waiting:
            if needs[n] <= ready:
                ready.add(n)
                yield (n,)
            else:
                left.append(n)
        if len(left) == len(waiting):
            yield tuple(sorted(left, key=lambda n: operations[n].method != "POST"))
            return
        waiting = left


def references(operation: BulkOperation) -> set[str]:
    """The bulkIds that an operation refers to, in its path or anywhere in its data."""
    return {*_in_path(operation.path), *_in_data(operation.data)}


def resolve(operation: BulkOperation, ids: Mapping[str, str]) -> BulkOperation:
    """The operation with ids in the place of references; raises InvalidValue for one that has no id."""
    path = "/".join(_id_of(part, ids) for part in operation.path.split("/"))
    return replace(operation, path=path, data=_resolved(operation.data, ids))


def withhold(operation: BulkOperation, known: Collection[str]) -> tuple[BulkOperation, dict[str, Json]]:
    """The operation without the attributes of its data that refer to what has no id yet, and those attributes."""
    if not isinstance(operation.data, dict):
        return operation, {}
    held = {name: value for name, value in operation.data.items() if not _in_data(value) <= set(known)}
    rest = {name: value for name, value in operation.data.items() if name not in held}
    return replace(operation, data=rest), held


def _in_path(path: str) -> set[str]:
    return {part[len(MARK) :] for part in path.split("/") if part.startswith(MARK)}


def _in_data(value: Json) -> set[str]:
    if isinstance(value, str):
        return {value[len(MARK) :]} if value.startswith(MARK) else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {name for item in inner for name in _in_data(item)}


def _resolved(value: Json, ids: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        return _id_of(value, ids)
    if isinstance(value, dict):
        return {name: _resolved(inner, ids) for name, inner in value.items()}
    return [_resolved(item, ids) for item in value] if isinstance(value, list) else value


def _id_of(text: str, ids: Mapping[str, str]) -> str:
    if not text.startswith(MARK):
        return text
    name = text[len(MARK) :]
    if name not in ids:
        raise InvalidValue(f'no operation of this request has created "{text[:MAX_BULK_ID]}"')
    return ids[name]
