"""Jobs, their leases and the tenant's keys in the database."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from entrant.db import Database
from entrant.db.engine import Tx
from entrant.entra.jobs import lease
from entrant.entra.jobs.lease import Keeper, LeaseLost, Running, new_owner, take
from entrant.entra.jobs.provisioner import KEYS, Provisioner, published_keys, rotate_key, signing_key
from entrant.entra.model import Quarantine
from entrant.entra.store import jobs, keys
from entrant.entra.store.jobs import ExecutionRow, JobRow

NOW = "2026-11-24T12:00:00.000000Z"
JOB = JobRow("scim.t.1", "sp", "scim", NOW, "Disabled", "{}", "{}")


def locked(tx: Tx) -> JobRow:
    job = jobs.lock(tx, JOB.id)
    assert job is not None
    return job


def test_a_job_is_read_as_it_was_stored(entra_database: Database) -> None:
    full = replace(
        JOB,
        next_run=NOW,
        connection="sealed",
        sync_all=True,
        watermark=7,
        allow_deletions=True,
        quarantine=Quarantine("r", NOW, NOW, 1, NOW, "c", "m"),
        pending_reset="{}",
        steady_first=NOW,
        steady_last=NOW,
        complete_failures=1,
        escrows_pruned=2,
        lease_owner="o",
        lease_until=NOW,
    )

    assert entra_database.write(JOB.id, lambda tx: jobs.insert(tx, JOB))
    assert entra_database.read(lambda tx: jobs.find_of(tx, "sp")) == JOB
    entra_database.write(JOB.id, lambda tx: jobs.save(tx, full))

    assert entra_database.read(lambda tx: (jobs.find(tx, JOB.id), jobs.list_all(tx))) == (full, [full])


def test_an_application_has_one_job(entra_database: Database) -> None:
    def work(tx: Tx) -> list[bool]:
        return [jobs.insert(tx, JOB), jobs.insert(tx, replace(JOB, id="other"))]

    assert entra_database.write(JOB.id, work) == [True, False]


def test_executions_are_found_by_how_they_ended(entra_database: Database) -> None:
    def work(tx: Tx) -> None:
        for number, (state, exported) in enumerate(
            [("Succeeded", True), ("EntryLevelErrors", False), ("Failed", True), (None, False)]
        ):
            row = ExecutionRow(JOB.id, str(number), number == 0, f"{NOW}{number}", "{}")
            jobs.begin_execution(tx, row)
            if state:
                jobs.end_execution(tx, replace(row, ended=NOW, state=state, exported=exported))
        jobs.save_progress(tx, JOB.id, "3", '{"skip":1}')

    entra_database.write(JOB.id, work)

    def read(tx: Tx) -> dict[str, str | None]:
        kinds = ("last_ended", "last_successful", "last_exported", "running")
        found = {kind: jobs.last_execution(tx, JOB.id, kind) for kind in kinds}
        return {kind: row.id if row else None for kind, row in found.items()}

    assert entra_database.read(read) == {
        "last_ended": "2",
        "last_successful": "1",
        "last_exported": "0",
        "running": "3",
    }
    assert [row.id for row in entra_database.read(lambda tx: jobs.executions(tx, JOB.id, 2))] == ["3", "2"]


def test_a_job_is_due_only_while_it_is_started(entra_database: Database) -> None:
    def work(tx: Tx) -> tuple[list[str], str | None]:
        jobs.insert(tx, JOB)
        jobs.insert(tx, replace(JOB, id="paused", service_principal="other"))
        jobs.save(tx, replace(JOB, schedule="Active", next_run=NOW))
        jobs.save(tx, replace(JOB, id="paused", schedule="Paused", next_run="2026-01-01T00:00:00.000000Z"))
        return [job.id for job in jobs.due(tx, NOW)], jobs.next_due(tx)

    assert entra_database.write(JOB.id, work) == ([JOB.id], NOW)


def test_of_those_who_want_a_lease_at_once_one_gets_it(entra_database: Database) -> None:
    entra_database.write(JOB.id, lambda tx: jobs.insert(tx, JOB))
    together = threading.Barrier(6)

    def want(_: int) -> bool:
        together.wait(10)
        try:
            entra_database.write(JOB.id, lambda tx: jobs.save(tx, take(tx, locked(tx), new_owner())))
        except Running:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(want, range(6))) == [False] * 5 + [True]


def test_a_lease_that_ran_out_is_taken_over_and_its_owner_notices(
    entra_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(lease, "TICK_SECONDS", 0.05)
    entra_database.write(JOB.id, lambda tx: jobs.insert(tx, JOB))
    first, second = new_owner(), new_owner()
    entra_database.write(JOB.id, lambda tx: jobs.save(tx, take(tx, locked(tx), first)))
    renewed = threading.Event()

    with Keeper(entra_database, JOB.id, first, lambda _: renewed.set(), lambda: None) as keeper:
        assert renewed.wait(10)
        keeper.check()
        # As if the process had slept for a minute
        entra_database.write(JOB.id, lambda tx: jobs.save(tx, replace(locked(tx), lease_until=NOW)))
        entra_database.write(JOB.id, lambda tx: jobs.save(tx, take(tx, locked(tx), second)))
        while not keeper._lost:
            keeper._done.wait(0.01)

        with pytest.raises(LeaseLost):
            keeper.check()


def test_the_lease_of_a_dead_process_is_free_at_once(entra_database: Database) -> None:
    program = "from entrant.entra.jobs.lease import new_owner; print(new_owner())"
    dead = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    entra_database.write(JOB.id, lambda tx: jobs.insert(tx, JOB))
    entra_database.write(JOB.id, lambda tx: jobs.save(tx, take(tx, locked(tx), dead)))

    entra_database.write(JOB.id, lambda tx: jobs.save(tx, take(tx, locked(tx), "me")))

    assert entra_database.read(lambda tx: jobs.find(tx, JOB.id)) is not None


def test_calls_on_demand_are_counted_in_a_window(entra_database: Database) -> None:
    def call(since: str) -> str | None:
        return entra_database.write(JOB.id, lambda tx: jobs.call_on_demand(tx, JOB.id, since, 2))

    assert [call(NOW), call(NOW)] == [None, None]
    assert (call(NOW) or "") > NOW
    assert call("9999-01-01T00:00:00.000000Z") is None  # the old ones are forgotten


def test_a_key_signs_until_it_is_rotated_and_is_published_on(provisioner: Provisioner) -> None:
    """3.6."""
    first = signing_key(provisioner)
    again = signing_key(provisioner)
    second = rotate_key(provisioner)

    assert first == again
    assert published_keys(provisioner) == [second, first]
    assert signing_key(provisioner) == second


def test_a_private_key_is_not_in_the_database(provisioner: Provisioner) -> None:
    key = signing_key(provisioner)
    [row] = provisioner.db.read(lambda tx: keys.published(tx, ""))

    assert "PRIVATE" in key.pem
    assert "PRIVATE" not in row.sealed


def test_a_key_that_retired_long_ago_is_published_no_more(provisioner: Provisioner) -> None:
    old, new = signing_key(provisioner), rotate_key(provisioner)
    provisioner.db.write(
        KEYS, lambda tx: tx.run("UPDATE signing_key SET retired = :at WHERE kid = :kid", at=NOW, kid=old.kid)
    )

    assert provisioner.db.read(lambda tx: [row.kid for row in keys.published(tx, NOW)]) == [new.kid]
