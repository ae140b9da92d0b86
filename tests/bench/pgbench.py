"""Baseline (b) on PostgreSQL: `pgbench` runs the statements of a recorded request, one transaction for each operation.

The values are written into the statements, each varying text as an expression over a pgbench variable. With
`-M prepared` the variables become parameters and every statement is planned as the service has it planned.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from entrant.db.engine import Value
from entrant.db.statements import for_postgres

from .procs import pinned
from .record import Statement
from .script import Script, Token, split

CONNECTIONS = 16
SECONDS = 5  # at least: the start of the connections is part of what pgbench measures
PARAMETER = re.compile(r"\$(\d+)")


def write_script(script: Script) -> str:
    """The text of a pgbench script. A single statement needs no transaction around it."""
    lines = [r"\set n :n + 1"]
    lines += [variable(place, token) for place, token in enumerate(script.tokens)]
    statements = [inline(statement, script.tokens) + ";" for statement in script.statements]
    if len(statements) > 1:
        statements = ["BEGIN;", *statements, "END;"]
    return "\n".join([*lines, *statements, ""])


def variable(place: int, token: Token) -> str:
    r"""The `\set` of a token. Distinct numbers are shared out among the connections."""
    if not token.distinct:
        return rf"\set t{place} random({token.low}, {token.high})"
    share = (token.high - token.low + 1) // CONNECTIONS
    return rf"\set t{place} {token.low} + :client_id * {share} + :n % {share}"


def inline(statement: Statement, tokens: Sequence[Token]) -> str:
    """A statement with its values written into it, on one line."""
    text, names = for_postgres(statement.sql)
    sql = re.sub(r"--[^\n]*", "", text.decode())

    def value(match: re.Match[str]) -> str:
        return literal(statement.parameters[names[int(match[1]) - 1]], tokens)

    return " ".join(PARAMETER.sub(value, sql).split())


def literal(value: Value, tokens: Sequence[Token]) -> str:
    """A value as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return text_literal(value, tokens)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    return f"ARRAY[{', '.join(text_literal(item, tokens) for item in value)}]::text[]"


def text_literal(text: str, tokens: Sequence[Token]) -> str:
    """A text as SQL: quoted pieces, with the variable of each token between them."""
    parts = []
    for piece in split(text, tokens):
        if isinstance(piece, int):
            prefix = tokens[piece].prefix
            parts.append(f"{quote(prefix)} || :t{piece}" if prefix else f":t{piece}")
        else:
            parts.append(quote(piece))
    if not parts:
        return "''"
    return (
        parts[0] if len(parts) == 1 and parts[0].startswith("E") and "||" not in parts[0] else f"({' || '.join(parts)})"
    )


def quote(text: str) -> str:
    """A string constant in which pgbench sees no variable and no end: colons and the like are written as numbers."""
    return "E'" + re.sub(r"[^ -~]|[:;'\\]", lambda match: escape(match[0]), text) + "'"


def escape(character: str) -> str:
    """A character as an escape of PostgreSQL's E'' constants."""
    return f"\\U{ord(character):08x}"


def run(script: Script, url: str, seconds: float, folder: Path, core: int) -> tuple[int, float]:
    """Run the script on one core; how many operations were done, and in how many seconds."""
    file = folder / "operation.sql"
    file.write_text(write_script(script))
    options = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1", "-D", "n=0"]
    with pinned(core):
        ended = subprocess.run(
            ["pgbench", *options, "-T", str(max(round(seconds), 1)), "-f", str(file), url],
            capture_output=True,
            text=True,
            check=False,
        )
    done = re.search(r"actually processed: (\d+)", ended.stdout)
    rate = re.search(r"tps = ([\d.]+)", ended.stdout)
    if ended.returncode or not done or not rate or "number of failed transactions: 0 " not in ended.stdout:
        raise RuntimeError(f"pgbench failed: {ended.stdout[-1_000:]} {ended.stderr[-2_000:]}")
    return int(done[1]), int(done[1]) / float(rate[1])
