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
      | :(?P<name>[a-z_][a-z0-9_]*)
      | (?P<percent>%)""",
    re.VERBOSE,
)
_WRITES = re.compile(r"\s*(?:--[^\n]*\n\s*)*(INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\b", re.IGNORECASE)


@lru_cache(maxsize=4_096)
def for_sqlite(sql: str) -> tuple[str, frozenset[str]]:
    """The statement for `sqlite3`, and the names of its lists, which are passed as JSON text."""
    lists = frozenset(match["list_name"] for match in _TOKEN.finditer(sql) if match["list"])

    def write(match: re.Match[str]) -> str:
        return f"IN (SELECT value FROM json_each(:{match['list_name']}))" if match["list"] else match[0]

    return _TOKEN.sub(write, sql), lists


@lru_cache(maxsize=4_096)
def for_postgres(sql: str) -> str:
    """The statement for `psycopg`; lists are passed as lists."""

    def write(match: re.Match[str]) -> str:
        if match["list"]:
            return f"= ANY(%({match['list_name']})s)"
        if match["name"]:
            return f"%({match['name']})s"
        return match[0].replace("%", "%%")

    return _TOKEN.sub(write, sql)


@lru_cache(maxsize=4_096)
def writes(sql: str) -> bool:
    """Whether the statement changes anything."""
    return _WRITES.match(sql) is not None
