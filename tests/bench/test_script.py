"""A bare script says what was recorded, with other texts where the request's own stood."""

from __future__ import annotations

import itertools

from tests.bench import pgbench, tight_loop
from tests.bench.cases import Span
from tests.bench.record import Statement
from tests.bench.script import make_script

NUMBER = 300_000_000_007
INSERT = "INSERT INTO t (id, doc, n, x) VALUES (:id, :doc, :n, CAST(:x AS TEXT)) -- why\nRETURNING id"
SELECT = "SELECT 1 FROM t WHERE id IN :ids AND owner = :owner"
OWNER = "01900000-0000-7000-8000-00000000000a"


def recorded(id_: str, number: int) -> list[Statement]:
    return [
        Statement(INSERT, {"id": id_, "doc": f'{{"a":"o\'{number};é"}}', "n": 3, "x": None}),
        Statement(SELECT, {"ids": [str(number), "b"], "owner": OWNER}),
    ]


SCRIPT = make_script(
    recorded("01aaaaaa-0000-7000-8000-00000000000b", NUMBER),
    recorded("01aaaaaa-0000-7000-8000-00000000000c", NUMBER + 1),
    [Span(NUMBER, 500, 599)],
    writes=True,
)


def test_what_differs_between_two_recordings_is_new_in_every_operation() -> None:
    """The number of the world that was announced, and the id that only one of the recordings has."""
    assert [token.text for token in SCRIPT.tokens] == [str(NUMBER), "01aaaaaa-0000-7000-8000-00000000000b"]


def test_a_pgbench_script_has_the_values_inside_its_statements() -> None:
    text = pgbench.write_script(SCRIPT).splitlines()

    assert text[:2] == [r"\set n :n + 1", r"\set t0 random(500, 599)"]
    assert text[2].startswith(r"\set t1 900000000000 + :client_id * ")
    assert text[3] == "BEGIN;"
    assert text[4] == (
        "INSERT INTO t (id, doc, n, x) VALUES ((E'01aaaaaa-0000-7000-8000-' || :t1), "
        r"""(E'{"a"\U0000003a"o\U00000027' || :t0 || E'\U0000003b\U000000e9"}'), 3, CAST(NULL AS TEXT)) RETURNING id;"""
    )
    assert text[5] == f"SELECT 1 FROM t WHERE id = ANY(ARRAY[(:t0), E'b']::text[]) AND owner = E'{OWNER}';"
    assert text[6:] == ["END;"]


def test_a_tight_loop_has_the_values_in_its_parameters() -> None:
    first, second = itertools.islice(tight_loop.operations(SCRIPT), 2)

    ids = [operation[0][1]["id"] for operation in (first, second)]
    assert ids == ["01aaaaaa-0000-7000-8000-900000000000", "01aaaaaa-0000-7000-8000-900000000001"]
    sql, parameters = first[1]
    assert sql == "SELECT 1 FROM t WHERE id IN (SELECT value FROM json_each(:ids)) AND owner = :owner"
    number = parameters["ids"].split('"')[1]
    assert 500 <= int(number) <= 599
    assert first[0][1]["doc"] == f'{{"a":"o\'{number};é"}}'
