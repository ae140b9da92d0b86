"""SQL as it is written here, in the words of each driver; translated once per statement.

Parameters are written `:name`. A list is written `IN :names` and becomes one parameter on both engines, so that a
statement has one text, and one plan, however many values the list has.
"""

from __future__ import annotations

import re
from functools import lru_cache

# What is no parameter although it may hold a colon: strings, quoted names, comments, casts
_TOKEN = re.compile(
    r"""(?P<other>'(?:[^']|'')*' | "[^"]*" | --[^\n]* | ::)
      | (?P<list>\bIN\s+:(?P<list_name>[a-z_][a-z0-9_]*))
      | :(?P<name>[a-z_][a-z0-9_]*)""",
    re.VERBOSE,
)
_ROW = re.compile(rb"\bVALUES\s+(\(\$\d+(?:,\s+\$\d+)*\))\Z")  # an INSERT that ends in the row it inserts
_NUMBER = re.compile(rb"\$(\d+)")
_WRITES = re.compile(r"\s*(?:--[^\n]*\n\s*)*(INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\b", re.IGNORECASE)


@lru_cache(maxsize=4_096)
def for_sqlite(sql: str) -> tuple[str, frozenset[str]]:
    """The statement for `sqlite3`, and the names of its lists, which are passed as JSON text."""
    lists = frozenset(match["list_name"] for match in _TOKEN.finditer(sql) if match["list"])

    def write(match: re.Match[str]) -> str:
        return f"IN (SELECT value FROM json_each(:{match['list_name']}))" if match["list"] else match[0]

    return _TOKEN.sub(write, sql), lists


@lru_cache(maxsize=4_096)
def for_postgres(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with `$1`, `$2` … for PostgreSQL, and the names of its parameters in that order.

    Lists are passed as arrays. A name that occurs more than once is one parameter.
    """
    numbers: dict[str, int] = {}

    def number(name: str) -> str:
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    def write(match: re.Match[str]) -> str:
        if match["list"]:
            return f"= ANY({number(match['list_name'])})"
        return number(match["name"]) if match["name"] else match[0]

    text = _TOKEN.sub(write, sql)
    return text.encode(), tuple(numbers)


@lru_cache(maxsize=4_096)
def rows_for_postgres(sql: str, count: int) -> bytes | None:
    """The statement for so many rows at once, whose parameters follow each other; None if it inserts none by value."""
    text, names = for_postgres(sql)
    found = _ROW.search(text)
    if found is None:
        return None

    def row(number: int) -> bytes:
        return _NUMBER.sub(lambda match: b"$%d" % (int(match[1]) + number * len(names)), found[1])

    return text[: found.start(1)] + b", ".join(map(row, range(count)))


@lru_cache(maxsize=4_096)
def writes(sql: str) -> bool:
    """Whether the statement changes anything."""
    return _WRITES.match(sql) is not None
