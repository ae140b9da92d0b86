"""The rows of a file to import: Entra's bulk-create CSV, or JSON with Graph's users and groups; read as a stream."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from entrant.entra.model import BadValue, Kind
from entrant.scim.wire import Json

from .template import Column, is_example, read_columns

CHUNK = 1_048_576  # characters read at once
MAX_ELEMENT = 64 * CHUNK  # characters of one JSON object; a group of a million members has fewer


@dataclass(frozen=True, slots=True)
class Row:
    """One object of a file. `problem` says why the row cannot be read; then what else is there only names it."""

    line: int
    kind: Kind = Kind.USER
    id: str | None = None
    properties: Mapping[str, Json] | None = None
    manager: str | None = None
    """An id or UPN."""
    members: tuple[str, ...] = ()
    """Ids, UPNs or names."""
    problem: str | None = None


def read(path: Path, text: TextIO) -> Iterator[Row]:
    """The rows of an open file, by what it begins with. Raises BadValue if it is neither CSV nor JSON."""
    start = text.read(1)
    while start and (start.isspace() or start == "\ufeff"):
        start = text.read(1)
    if not start:
        raise BadValue(f"{path} is empty")
    if start in "[{":
        yield from _json_rows(text, start)
    else:
        yield from _csv_rows(path, text, start)


# CSV -------------------------------------------------------------------------------------------------------------


def _csv_rows(path: Path, text: TextIO, start: str) -> Iterator[Row]:
    """`version:v1.0`, the titles of the columns, then a row for each user; the template's example row is left out."""
    first = start + text.readline()
    skipped = 0
    while first and (
        (skipped == 0 and first.lstrip('"').lower().startswith("version")) or not first.strip(" \t\r\n,;")
    ):
        first, skipped = text.readline(), skipped + 1
    reader = csv.reader([first], delimiter=next((sign for sign in ",;\t" if sign in first), ","))
    columns = read_columns(path, next(reader, []))
    rows = csv.reader(text, reader.dialect)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as exc:
            yield Row(rows.line_num + skipped + 1, problem=f"not a row of CSV: {exc}")
            continue
        if any(cell.strip() for cell in cells) and not is_example(cells[0]):
            yield _csv_row(rows.line_num + skipped + 1, columns, cells)


def _csv_row(line: int, columns: Sequence[Column], cells: Sequence[str]) -> Row:
    properties: dict[str, Json] = {}
    problem = None
    if any(cell.strip() for cell in cells[len(columns) :]):
        problem = f"the row has {len(cells)} cells, the file {len(columns)} columns"
    for column, cell in zip(columns, cells, strict=False):
        name, text = column.name, cell.strip()
        if name == "accountEnabled":
            try:
                properties[name] = column.enabled(text)
            except BadValue as exc:
                problem = str(exc)
        elif name and text:
            properties[name] = [text] if name in {"businessPhones", "otherMails", "proxyAddresses"} else text
    manager = properties.pop("manager", None)
    return Row(line, Kind.USER, properties.pop("id", None), properties, manager, problem=problem)


# JSON ------------------------------------------------------------------------------------------------------------


def _json_rows(text: TextIO, start: str) -> Iterator[Row]:
    """An array, a collection as Graph answers it (`{"value": […]}`), or objects one after the other."""
    for line, element in _elements(text, start):
        yield _json_row(line, element)


def _elements(text: TextIO, start: str) -> Iterator[tuple[int, Json]]:
    decoder, buffer, line, more = json.JSONDecoder(), start + text.read(CHUNK), 1, True
    buffer = re.sub(r'^\{\s*(?:"@odata\.[^"]*"\s*:\s*"[^"]*"\s*,\s*)*"value"\s*:\s*\[', "[", buffer)
    position = 0
    while True:
        while position < len(buffer) and buffer[position] in " \t\r\n,[]":
            line += buffer[position] == "\n"
            position += 1
        if position == len(buffer) or (buffer[position] == "}" and not more):
            buffer, position = text.read(CHUNK), 0
            if not buffer:
                return
            continue
        if buffer[position] == "}":  # the end of a collection
            return
        try:
            element, end = decoder.raw_decode(buffer, position)
        except ValueError as exc:
            addition = text.read(CHUNK)
            if not addition or len(buffer) - position > MAX_ELEMENT:
                raise BadValue(f"line {line}: not JSON: {exc}") from exc
            buffer, position = buffer[position:] + addition, 0
            continue
        yield line, element
        line += buffer.count("\n", position, end)
        position = end


def _json_row(line: int, element: Json) -> Row:
    if not isinstance(element, dict):
        return Row(line, problem="not an object")
    kind = Kind.GROUP if _is_group(element) else Kind.USER
    properties = {name: value for name, value in element.items() if "@odata." not in name}
    id_, manager, members = (properties.pop(name, None) for name in ("id", "manager", "members"))
    manager = manager or element.get("manager@odata.bind")
    members = [*(members or []), *(element.get("members@odata.bind") or [])] if kind is Kind.GROUP else []
    if id_ is not None and not isinstance(id_, str):
        return Row(line, problem="the id is a text")
    names = [_reference(each) for each in ([manager] if manager else []) + members]
    if None in names:
        return Row(line, problem="a manager or member is named by its id or userPrincipalName")
    texts = [name for name in names if name is not None]
    return Row(line, kind, id_, properties, texts.pop(0) if manager else None, tuple(texts))


def _is_group(element: Mapping[str, Json]) -> bool:
    type_ = str(element.get("@odata.type", "")).lower()
    if type_:
        return type_.endswith(".group")
    return "userPrincipalName" not in element and not {"accountEnabled", "givenName", "surname"} & element.keys()


def _reference(value: Json) -> str | None:
    """`{"id": …}`, an `@odata.id`, an id, a UPN or a name."""
    if isinstance(value, dict):
        value = value.get("id") or value.get("@odata.id") or value.get("userPrincipalName")
    if not isinstance(value, str) or not value:
        return None
    return value.rstrip("/").rpartition("/")[2] if "://" in value else value
