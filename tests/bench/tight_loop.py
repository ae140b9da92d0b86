"""Baseline (b) on SQLite: a tight loop over the statements of a recorded request, one transaction for each operation.

A process of its own: reads a `Job` as MessagePack from standard input, writes `Done` as JSON. What varies is put
into the parameters before the clock runs.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections.abc import Iterator

import msgspec

from entrant.db.sqlite import connect
from entrant.db.statements import for_sqlite
from entrant.scim.wire import Json

from .script import Script, split

CHUNK = 256  # operations whose parameters are made ready at a time


class Job(msgspec.Struct, frozen=True):
    """What to run, on which file, for how long."""

    path: str
    script: Script
    seconds: float


class Done(msgspec.Struct, frozen=True):
    """Operations, and the seconds and processor seconds they took."""

    operations: int
    wall: float
    cpu: float


def operations(script: Script) -> Iterator[list[tuple[str, dict[str, Json]]]]:
    """The statements of one operation after the other, for ever."""
    statements = [(for_sqlite(statement.sql)[0], statement.parameters) for statement in script.statements]
    for number in itertools.count():
        texts = []
        for token in script.tokens:
            size = token.high - token.low + 1
            at = token.low + (number % size if token.distinct else random.randrange(size))
            texts.append(f"{token.prefix}{at}")
        yield [
            (sql, {name: substitute(value, script, texts) for name, value in parameters.items()})
            for sql, parameters in statements
        ]


def substitute(value: Json, script: Script, texts: list[str]) -> Json:
    """A parameter with other texts in the places of the tokens; lists become JSON arrays."""
    if isinstance(value, list):
        return msgspec.json.encode([substitute(item, script, texts) for item in value]).decode()
    if not isinstance(value, str):
        return value
    return "".join(piece if isinstance(piece, str) else texts[piece] for piece in split(value, script.tokens))


def run(job: Job) -> Done:
    """Run operations until the time is over."""
    connection = connect(job.path)
    execute = connection.execute
    begin = "BEGIN IMMEDIATE" if job.script.writes else "BEGIN"
    source = operations(job.script)
    count, wall, cpu = 0, 0.0, 0.0
    while wall < job.seconds:
        chunk = list(itertools.islice(source, CHUNK))
        begun, cpu_begun = time.perf_counter(), time.process_time()
        for statements in chunk:
            execute(begin)
            for sql, parameters in statements:
                execute(sql, parameters).fetchall()
            execute("COMMIT")
        wall += time.perf_counter() - begun
        cpu += time.process_time() - cpu_begun
        count += len(chunk)
    connection.close()
    return Done(count, wall, cpu)


def main() -> None:
    """Job in, figures out."""
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(run(job)))


if __name__ == "__main__":
    main()
