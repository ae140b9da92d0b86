"""PostgreSQL through libpq, as psycopg wraps it: read committed for writes, snapshots for reads.

Statements are prepared once per connection and sent in libpq's pipeline mode. A statement of which nobody asks anything
waits for nothing: it travels together with the next query or with the commit, so that a write of eight statements is
three journeys and not eight (docs/decisions/0016-libpq.md). Its failure is raised by whatever waits next.
"""

from __future__ import annotations

import select
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
from greenlet import getcurrent, greenlet
from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import ConnStatus, ExecStatus

from .engine import DatabaseError, Row, TimeLimit, Unavailable, Value
from .session import Retry, Session
from .statements import for_postgres, rows_for_postgres, writes

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

CONNECT_TIMEOUT = 5  # seconds
MAX_PLANS = 300  # statements that stay prepared on a connection; a filter can have any shape
ROWS = 8  # that one statement inserts; each number of them is a statement of its own to prepare
LOOK_SECONDS = 0.05  # between two looks at whether what is waited for is still wanted
MAX_DUE = 200  # statements that may be under way before their answers are read
FATAL_ERROR = int(ExecStatus.FATAL_ERROR)
UNKNOWN, BYTEA, INT8, INT4, FLOAT8, TEXTS = 0, 17, 20, 23, 701, 1009  # of pg_type; the server infers what is unknown
INT4_MAX = 2**31 - 1
PLANNING = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "random_page_cost": "1.1",
    "jit": "off",
}
"""Plans are made once for all values, and for tables that grow: by an index wherever there is one (decision 0019)."""
GROWTH = """DO $$ DECLARE found record; BEGIN
    FOR found IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND pg_has_role(c.relowner, 'USAGE')
          AND c.reltuples < 10000 AND pg_stat_get_live_tuples(c.oid) > 2 * GREATEST(c.reltuples, 0) + 50
    LOOP
        EXECUTE format('ANALYZE (SKIP_LOCKED) %s', found.name);
    END LOOP;
END $$"""
"""Counts anew the small tables that have doubled, so that they are planned for anew; autovacuum would in a minute."""
AWAY = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.TooManyConnections,
        errors.ReadOnlySqlTransaction, errors.DiskFull, errors.IdleInTransactionSessionTimeout,
        errors.FeatureNotSupported)  # fmt: skip
"""What another connection, or a later one, may not run into. FeatureNotSupported: a prepared statement whose table has
another column since, after an upgrade beside this process."""


class Plan:
    """A prepared statement, and how its rows are read."""

    __slots__ = ("_names", "_transformer", "name")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self._names: list[str] = []
        self._transformer = Transformer()

    def rows(self, result: PGresult) -> list[Row]:
        """The rows of a result; the types of its columns are the same each time."""
        if not result.ntuples:
            return []
        first = not self._names
        if first:
            self._names = [(result.fname(n) or b"").decode() for n in range(result.nfields)]
        self._transformer.set_pgresult(result, set_loaders=first)
        return self._transformer.load_rows(0, result.ntuples, self._row)

    def _row(self, values: Sequence[Any]) -> Row:
        return dict(zip(self._names, values, strict=True))


class Question:
    """A statement that is under way, and its rows once it is answered."""

    __slots__ = ("answered", "plan", "rows")

    def __init__(self) -> None:
        self.plan: Plan
        self.rows: list[Row] = []
        self.answered = False

    def answer(self, result: PGresult) -> None:
        """Take the rows."""
        self.rows, self.answered = self.plan.rows(result), True


_Key: TypeAlias = tuple[bytes, tuple[int, ...]]
"""What a statement is prepared by: its text, and the types of its parameters."""
_ENTER = b"SELECT set_config('entrant.workspace', $1, true)"


class PostgresSession(Session):
    """A connection. With a `time_limit`, in seconds, each statement is stopped that runs longer."""

    engine = "postgresql"

    def __init__(self, url: str, *, time_limit: float | None = None) -> None:
        settings = PLANNING if time_limit is None else {**PLANNING, "statement_timeout": f"{int(time_limit * 1000)}"}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        try:
            given = conninfo_to_dict(url).get("options", "")
            self._connection = psycopg.connect(
                url, autocommit=True, connect_timeout=CONNECT_TIMEOUT, options=f"{options} {given}"
            )
        except psycopg.Error as exc:
            raise Unavailable(str(exc)) from exc
        self._libpq = self._connection.pgconn
        self._libpq.enter_pipeline_mode()
        self._socket = select.poll()
        self._socket.register(self._libpq.socket, select.POLLIN)
        self._plans: OrderedDict[_Key, Plan] = OrderedDict()
        self._made = 0
        self._due: list[tuple[_Key | None, Question | None]] = []
        """Of each command that is under way, the key of the statement that it prepares, and whose rows it brings."""
        self._workspace = ""
        """Where the next statement shall be: a workspace, or in all if it is empty."""
        self._told: str | None = ""
        """What the server knows of that; None if it may have forgotten."""
        self._hub: greenlet | None = None
        """What goes on when an errand waits; None while none runs together with others."""
        self._asked: dict[tuple[object, ...], Question] = {}
        """What is not asked again: all that errands that run together have asked in this snapshot, or else what was
        asked ahead and not yet used."""
        self._waiting: list[greenlet] = []
        self._cancelled = False
        """Whether the server was asked to give up what is waited for."""

    def begin(self, *, write: bool) -> None:
        if len(self._plans) > MAX_PLANS:
            while len(self._plans) > MAX_PLANS:
                _, oldest = self._plans.popitem(last=False)
                self._command(b"DEALLOCATE " + oldest.name)
            self._hear()  # what goes before BEGIN without a sync would be in its transaction
        self._command(b"BEGIN" if write else b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self._workspace = self._told = ""
        self._asked = {}

    def execute(self, sql: str, parameters: Mapping[str, Value]) -> None:
        self._run(sql, parameters)

    def changed(self, sql: str, parameters: Mapping[str, Value]) -> int:
        self._run(sql, parameters)
        return self._hear().command_tuples or 0

    def query(self, sql: str, parameters: Mapping[str, Value]) -> list[Row]:
        if self._hub is not None:
            return self._ask(sql, parameters)
        self.require_time()
        if self._asked:
            return self._ask(sql, parameters)
        plan = self._run(sql, parameters)
        return plan.rows(self._hear())

    @property
    def far(self) -> bool:
        return self._hub is None  # errands that run together share their journeys as it is

    def ahead(self, sql: str, parameters: Mapping[str, Value]) -> None:
        text, names = for_postgres(sql)
        values, types = _encode([parameters[name] for name in names])
        self._question((self._workspace, text, types, *values), text, values, types)

    def together(self, errands: Sequence[Callable[[], None]]) -> None:
        """Run errands of one snapshot, each until it asks; when all wait, all their questions go in one journey."""
        if len(errands) == 1:
            errands[0]()
            return
        self._hub, running = getcurrent(), [greenlet(errand) for errand in errands]
        try:
            for each in running:
                each.switch()
            while self._waiting:
                if self._due:
                    self._hear()
                waiting, self._waiting = self._waiting, []
                for each in waiting:
                    each.switch()
        finally:
            self._hub, self._asked, self._waiting = None, {}, []
            for each in running:
                each.throw()  # after a failure, those who wait will have no answer

    def _ask(self, sql: str, parameters: Mapping[str, Value]) -> list[Row]:
        """The rows of a question that may be under way already."""
        text, names = for_postgres(sql)
        values, types = _encode([parameters[name] for name in names])
        key = (self._workspace, text, types, *values)
        hub = self._hub
        if hub is None and key not in self._asked and writes(sql):
            self._asked = {}
        question = self._question(key, text, values, types)
        if hub is None:
            if not question.answered:
                self._hear()
            self._asked.pop(key, None)
        elif not question.answered:
            self._waiting.append(getcurrent())
            hub.switch()
        return question.rows

    def _question(
        self, key: tuple[object, ...], text: bytes, values: list[bytes | None], types: tuple[int, ...]
    ) -> Question:
        """A question that has been sent, now or before."""
        question = self._asked.get(key)
        if question is None:
            question = self._asked[key] = Question()
            question.plan = self._send(text, values, types, question)
        return question

    def execute_many(self, sql: str, rows: list[Mapping[str, Value]]) -> None:
        _, names = for_postgres(sql)
        self._asked = {}
        for start in range(0, len(rows), ROWS):
            some = rows[start : start + ROWS]
            text = rows_for_postgres(sql, len(some))
            if text is None:
                for row in some:
                    self.execute(sql, row)
            else:
                self._send(text, *_encode([row[name] for row in some for name in names]))

    def enter(self, workspace: str) -> None:
        self._workspace = workspace

    def control(self, command: str) -> None:
        if command.startswith("ROLLBACK"):
            self._forget()
            self._told = None  # what was set within a savepoint is not set any more
            self._asked = {}
        self._command(command.encode())
        if self._hear().command_status == b"ROLLBACK" and command == "COMMIT":
            raise DatabaseError("the transaction had failed before it was to be committed")

    def end_snapshot(self) -> None:
        self._command(b"COMMIT")
        try:
            self._libpq.send_flush_request()
            self._flush()
        except psycopg.Error as exc:
            raise self._failure(exc) from exc

    def close(self) -> None:
        self._connection.close()

    def _command(self, command: bytes) -> None:
        """Send a command that is not worth preparing."""
        try:
            self._libpq.send_query_params(command, None)
        except psycopg.Error as exc:
            raise self._failure(exc) from exc
        self._due.append((None, None))

    def _run(self, sql: str, parameters: Mapping[str, Value]) -> Plan:
        """Send a statement as it is written here; it may change what has been asked ahead."""
        self._asked = {}
        text, names = for_postgres(sql)
        return self._send(text, *_encode([parameters[name] for name in names]))

    def _send(
        self, text: bytes, values: list[bytes | None], types: tuple[int, ...], question: Question | None = None
    ) -> Plan:
        """Send a statement, preparing it if it is new; wait for nothing, unless too much is under way."""
        if self._told != self._workspace:
            self._told = self._workspace
            self._send(_ENTER, *_encode([self._workspace]))
        if len(self._due) > MAX_DUE:
            self._hear()
        key = (text, types)
        plan = self._plans.get(key)
        try:
            if plan is None:
                self._made += 1
                plan = self._plans[key] = Plan(b"s%d" % self._made)
                self._libpq.send_prepare(plan.name, text, types)
                self._due.append((key, None))
            else:
                self._plans.move_to_end(key)
            self._libpq.send_query_prepared(plan.name, values)
        except psycopg.Error as exc:
            raise self._failure(exc) from exc
        self._due.append((None, question))
        return plan

    def _hear(self) -> PGresult:
        """Wait for everything that is under way; the result of the last of it. Raises the first failure."""
        libpq, due, self._due, self._cancelled = self._libpq, self._due, [], False
        failed: PGresult | None = None
        result: PGresult | None = None
        try:
            libpq.pipeline_sync()
            self._flush()
            for prepares, question in due:
                result = self._result()
                if result is None:
                    break
                if result.status == FATAL_ERROR:
                    if libpq.status != ConnStatus.OK:
                        break
                    failed = failed or result
                if failed is not None:
                    if prepares is not None:
                        del self._plans[prepares]
                elif question is not None:
                    question.answer(result)
                libpq.get_result()  # None: the end of the answer to this command
            else:
                end = self._result()
                if end is not None and end.status == ExecStatus.PIPELINE_SYNC and failed is None:
                    return self._in_time(end if result is None else result)
        except psycopg.Error as exc:
            raise self._failure(exc) from exc
        failed = failed or result
        raise self._failure(
            psycopg.OperationalError("the connection was lost") if failed is None else errors.error_from_result(failed)
        )

    def _result(self) -> PGresult | None:
        """The next result. libpq's own waiting would keep every other thread of the process waiting too."""
        stopped = self._over is None or self._hub is not None
        while self._libpq.is_busy():
            if self._socket.poll(None if stopped else LOOK_SECONDS * 1000):
                self._libpq.consume_input()
            elif self._over is not None and self._over():
                stopped = self._cancelled = True
                self._cancel()
        return self._libpq.get_result()

    def _in_time(self, result: PGresult) -> PGresult:
        """The result, unless the server was asked to give it up: it might give up the next statement instead."""
        if self._cancelled:
            self.close()
            raise TimeLimit("the read ran over its time limit")
        return result

    def _cancel(self) -> None:
        """Ask the server to give up what it does; if it cannot be asked, its own time limit ends it."""
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=CONNECT_TIMEOUT)

    def _flush(self) -> None:
        """Send what has been queued, reading what comes meanwhile."""
        while self._libpq.flush():
            self._socket.modify(self._libpq.socket, select.POLLIN | select.POLLOUT)
            self._socket.poll()
            self._socket.modify(self._libpq.socket, select.POLLIN)
            self._libpq.consume_input()

    def _forget(self) -> None:
        """Wait for what is under way without asking whether it failed."""
        if self._due:
            try:
                self._hear()
            except Unavailable:
                raise
            except DatabaseError:
                pass

    def _failure(self, exc: psycopg.Error) -> DatabaseError:
        """A driver's exception as ours."""
        if isinstance(exc, errors.QueryCanceled):
            failure: DatabaseError = TimeLimit("the statement ran over the time limit")
        elif isinstance(exc, errors.SerializationFailure | errors.DeadlockDetected):
            failure = Retry(str(exc))
        elif isinstance(exc, AWAY) or self._libpq.status != ConnStatus.OK:
            failure = Unavailable(str(exc))
        else:
            failure = DatabaseError(str(exc))
        failure.__cause__ = exc
        return failure


def _encode(values: list[Value]) -> tuple[list[bytes | None], tuple[int, ...]]:
    """Parameters as text in the form of the protocol, and their types. Raises DatabaseError for a text with NUL."""
    encoded: list[bytes | None] = []
    types = [UNKNOWN] * len(values)
    for place, value in enumerate(values):
        if value is None:
            encoded.append(None)
        elif isinstance(value, str):
            encoded.append(value.encode())
        elif isinstance(value, int):
            encoded.append(b"%d" % value)
            types[place] = INT4 if -INT4_MAX <= value <= INT4_MAX else INT8
        elif isinstance(value, float):
            encoded.append(repr(value).encode())
            types[place] = FLOAT8
        elif isinstance(value, bytes):
            encoded.append(b"\\x" + value.hex().encode())
            types[place] = BYTEA
        else:
            encoded.append(_array(value))
            types[place] = TEXTS
    if b"\0" in b"".join(filter(None, encoded)):  # libpq would take it for the end
        raise DatabaseError("a text for the database holds the character NUL")
    return encoded, tuple(types)


def _array(texts: Sequence[str]) -> bytes:
    """Texts as a PostgreSQL array."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return ("{" + ",".join(f'"{text}"' for text in quoted) + "}").encode()
