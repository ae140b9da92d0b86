"""What statements cost, in the engine's own units, and which statements a request runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from entrant.config import Config
from entrant.db.engine import Database
from entrant.db.sqlite import connect
from entrant.db.statements import for_postgres, for_sqlite
from entrant.scim.wire import Response
from entrant.service.scim import Service
from tests.bench.record import Recorder, Statement, Trace

from .idp import Idp
from .workspaces import NewWorkspace


def sqlite_steps(url: str, statements: list[Statement]) -> int:
    """Virtual machine steps that the statements take, in a transaction that is undone."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    connection = connect(url.removeprefix("sqlite:///"))
    connection.execute("BEGIN")
    connection.set_progress_handler(count, 1)
    for statement in statements:
        sql, lists = for_sqlite(statement.sql)
        bound = {k: json.dumps(v) if k in lists else v for k, v in statement.parameters.items()}
        connection.execute(sql, bound).fetchall()
    connection.set_progress_handler(None, 0)
    connection.execute("ROLLBACK")
    connection.close()
    return steps


def explained(connection: psycopg.Connection[Any], options: str, statement: Statement) -> dict[str, Any]:
    """The plan of a statement that has been run."""
    text, names = for_postgres(statement.sql)
    explain = f"EXPLAIN ({options}, FORMAT JSON) ".encode() + text
    row = psycopg.RawCursor(connection).execute(explain, [statement.parameters[name] for name in names]).fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


def postgres_buffers(url: str, statements: list[Statement]) -> int:
    """Buffers that the statements touch, in a transaction that is undone."""
    buffers = 0
    with psycopg.connect(url) as connection:
        for statement in statements:
            plan = explained(connection, "ANALYZE, BUFFERS", statement)
            buffers += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        connection.rollback()
    return buffers


def postgres_rows(url: str, statements: list[Statement]) -> int:
    """Rows that the statements read from tables and indexes, in a transaction that is undone."""

    def rows(plan: Mapping[str, Any]) -> int:
        below = sum((rows(each) for each in plan.get("Plans", ())), 0)
        if "Scan" not in plan["Node Type"]:
            return below
        read = (
            plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        )
        return below + int(read * plan["Actual Loops"])

    with psycopg.connect(url) as connection:
        found = 0
        for join in ("hashjoin", "mergejoin"):  # of whole tables, which are cheap only as long as these are small
            connection.execute(f"SET LOCAL enable_{join} = off".encode())
        for statement in statements:
            found += rows(explained(connection, "ANALYZE", statement))
        connection.rollback()
    return found


def trace(workspace: NewWorkspace, send: Callable[[Idp], Response]) -> list[Statement]:
    """The statements of one request."""
    recorder = Recorder(workspace.database)
    idp = Idp(Service(recorder, Config()).handle, workspace.idp.base, workspace.idp.token)
    recorder.last_read = recorder.last_write = Trace()  # what the service reads when it begins is not the request's
    response = send(idp)
    assert response.status < 300, response.read()
    response.read()
    statements = (recorder.last_read if recorder.last_read.statements else recorder.last_write).statements
    assert statements
    rare = ("last_used = :now", "last_contact = :now")  # once a minute
    once = ("INSERT INTO log",)  # cannot run again, and is the same for every request
    return [s for s in statements if not any(part in s.sql for part in rare + once)]


def cost(database: Database, url: str, statements: list[Statement]) -> int:
    """Virtual machine steps on SQLite, buffers on PostgreSQL."""
    return sqlite_steps(url, statements) if database.name == "sqlite" else postgres_buffers(url, statements)
