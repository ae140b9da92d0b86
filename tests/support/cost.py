"""What statements cost, in the engine's own units, and which statements a request runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import psycopg.sql

from entrant.config import Config
from entrant.db.engine import Database
from entrant.db.postgres import INT4_MAX, PLANNING
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


def planning(url: str) -> psycopg.Connection:
    """A connection that plans as those of the service do."""
    return psycopg.connect(url, options=" ".join(f"-c {name}={value}" for name, value in PLANNING.items()))


def prepared(connection: psycopg.Connection[Any], name: str, statement: Statement) -> str:
    """Prepare a statement as the service does; how it is run with its parameters."""
    text, names = for_postgres(statement.sql)
    values = [statement.parameters[name] for name in names]
    types = ", ".join(_type(value) for value in values)
    connection.execute(f"PREPARE {name} {types and f'({types})'} AS ".encode() + text)
    literals = ", ".join(psycopg.sql.Literal(value).as_string(connection) for value in values)
    return f"{name}{literals and f'({literals})'}"


def _type(value: object) -> str:
    """What the service says of a parameter's type."""
    if isinstance(value, int):
        return "int4" if abs(value) <= INT4_MAX else "int8"
    return "text[]" if isinstance(value, list | tuple) else "unknown"


def explained(connection: psycopg.Connection[Any], options: str, call: str) -> dict[str, Any]:
    """The plan of a prepared statement that has been run."""
    row = connection.execute(f"EXPLAIN ({options}, FORMAT JSON) EXECUTE {call}".encode(), prepare=False).fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


def postgres_buffers(url: str, statements: list[Statement]) -> int:
    """Buffers that the statements touch, in a transaction that is undone."""
    buffers = 0
    with planning(url) as connection:
        for number, statement in enumerate(statements):
            plan = explained(connection, "ANALYZE, BUFFERS", prepared(connection, f"s{number}", statement))
            buffers += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        connection.rollback()
    return buffers


def rows_read(plan: Mapping[str, Any]) -> int:
    """Rows that a statement has read from tables and indexes, by its plan."""
    below = sum((rows_read(each) for each in plan.get("Plans", ())), 0)
    if "Scan" not in plan["Node Type"]:
        return below
    read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return below + int(read * plan["Actual Loops"])


def postgres_rows(url: str, statements: list[Statement]) -> int:
    """Rows that the statements read from tables and indexes, in a transaction that is undone."""
    with planning(url) as connection:
        found = 0
        for join in ("hashjoin", "mergejoin"):  # of whole tables, which are cheap only as long as these are small
            connection.execute(f"SET LOCAL enable_{join} = off".encode())
        for number, statement in enumerate(statements):
            found += rows_read(explained(connection, "ANALYZE", prepared(connection, f"s{number}", statement)))
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
    once = ("INSERT INTO log", "INSERT INTO audit")  # cannot run again, and are the same for every request
    return [s for s in statements if not any(part in s.sql for part in rare + once)]


def cost(database: Database, url: str, statements: list[Statement]) -> int:
    """Virtual machine steps on SQLite, buffers on PostgreSQL."""
    return sqlite_steps(url, statements) if database.name == "sqlite" else postgres_buffers(url, statements)
