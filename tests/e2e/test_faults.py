"""What befalls the database befalls no workspace: the service answers 503 with Retry-After, and recovers by itself.

A provider that repeats what was not answered arrives at the same state in every case (product 9.1).
"""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from entrant.config import Config
from entrant.db import Clock, open_database
from entrant.db.clock import SECOND
from entrant.db.engine import Database
from entrant.scim.wire import Response
from entrant.service import admin, ids
from entrant.service.scim import Service
from entrant.store import MIGRATIONS
from tests.support.cutter import Cutter
from tests.support.idp import Idp
from tests.support.postgres import Cluster, cluster, replica
from tests.support.server import entrant_json, serving
from tests.support.workspaces import NewWorkspace, new_workspace

SOON = 20.0  # seconds within which anything here has happened, or never does


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """A server that these tests may stop."""
    with cluster() as running:
        database = open_database(running.make("entrant_template"), MIGRATIONS)
        database.migrate()
        database.close()
        yield running


@pytest.fixture
def url(own: Cluster) -> Iterator[str]:
    """A migrated database of that server."""
    made = own.create("entrant_template")
    yield made
    own.drop(made)


@dataclass
class Provider:
    """Brings a user into a group as a provider does: looks, creates, adds; from the beginning until it is done."""

    idp: Idp
    unavailable: int = 0

    def provision(self, user: str, group: str) -> None:
        """Repeat what was not answered until everything is."""
        deadline = time.monotonic() + SOON
        while not self._try(user, group):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def _try(self, user: str, group: str) -> bool:
        found = self._ask(lambda: self.idp.get(f"/Users?filter=userName+eq+%22{user}%22"))
        if found is None:
            return False
        known = found.json()["Resources"]
        made = None if known else self._ask(lambda: self.idp.post_user(user))
        if not known and made is None:
            return False
        user_id = known[0]["id"] if made is None else made.json()["id"]
        return self._ask(lambda: self.idp.add(group, user_id)) is not None

    def _ask(self, send: Callable[[], Response]) -> Response | None:
        """The answer, or None if it is to be asked again later."""
        answer = send()
        if answer.status == 503:
            assert int(answer.headers["retry-after"]) > 0
            self.unavailable += 1
            return None
        assert answer.status < 300, answer.read()
        return answer


def eventually(send: Callable[[], Response], status: int) -> Response:
    """Repeat a request until it is answered so."""
    deadline = time.monotonic() + SOON
    while (answer := send()).status != status:
        assert time.monotonic() < deadline, answer.status
        time.sleep(0.05)
    return answer


@contextmanager
def opened(url: str, clock: Clock | None = None) -> Iterator[Database]:
    database = open_database(url, MIGRATIONS, clock=clock)
    try:
        yield database
    finally:
        database.close()


def names(idp: Idp) -> list[str]:
    """The userNames of all users, sorted."""
    return sorted(user["userName"] for user in idp.get("/Users?count=1000").json()["Resources"])


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_the_database_goes_away_and_comes_back(own: Cluster, url: str, mode: str) -> None:
    with opened(url) as database:
        workspace = new_workspace(database)
        provider = Provider(workspace.idp)
        group = workspace.idp.group("Staff")
        provider.provision("before", group)

        own.stop(mode)
        for method, body in (("GET", None), ("POST", {"userName": "meanwhile"})):
            answer = workspace.idp.request(method, "/Users", body)
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
            assert "database is not available" in answer.json()["detail"]
        own.start()
        provider.provision("meanwhile", group)

        assert names(workspace.idp) == ["before", "meanwhile"]
        assert len(workspace.idp.members(group)) == 2


def test_a_commit_whose_answer_is_lost_is_done_once(own: Cluster, url: str) -> None:
    """The connection is cut after the server has committed and before it could say so: 503, yet it is there."""
    with Cutter(own.folder / ".s.PGSQL.5432") as cutter, opened(cutter.through(url)) as database:
        workspace = new_workspace(database)
        group = workspace.idp.group("Staff")
        provider = Provider(workspace.idp)

        cutter.cut_after_commits(3)
        provider.provision("ada", group)

        assert cutter.cuts == 3
        assert provider.unavailable == 3
        assert names(workspace.idp) == ["ada"]
        assert len(workspace.idp.members(group)) == 1
        assert [group.member_count for group in admin.list_groups(database, workspace.slug)] == [1]
        assert admin.show_workspace(database, workspace.slug).users == 1
        assert admin.verify_audit(database)[0].problem is None


def test_a_failover_to_the_replica_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """One address names both servers; whichever takes writes is used (`target_session_attrs`)."""
    with cluster() as primary, opened(primary.make("entrant")) as first:
        first.migrate()
        workspace = new_workspace(first)
        with replica(primary) as standby:
            both = f"postgresql://ordinary@/entrant?host={primary.folder},{standby.folder}"
            with opened(f"{both}&target_session_attrs=read-write") as database:
                service = Service(database, Config())
                idp = Idp(service.handle, workspace.idp.base, workspace.idp.token)
                group = idp.group("Staff")
                provider = Provider(idp)
                provider.provision("before", group)

                primary.stop()
                assert idp.post_user("lost").status == 503
                standby.promote()
                provider.provision("after", group)

                assert names(idp) == ["after", "before"]
                assert len(idp.members(group)) == 2


def test_a_full_disk_of_sqlite_is_503_and_reads_go_on(tmp_path: Path) -> None:
    """The server may write files up to a size; afterwards the limit is taken away."""
    url = f"sqlite:///{tmp_path / 'entrant.db'}"
    entrant_json(url, "workspace", "create", "acme", "--name", "Acme", "--admin", "root@example.com")
    token = entrant_json(url, "connection", "create", "acme", "--provider", "entra")["token"]
    with serving(url) as server:
        idp = Idp(server.handler(), "/scim/v2/acme", token)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
        made: list[str] = []
        while (answer := idp.post_user(f"user{len(made):04}", title="x" * 20_000)).status == 201:
            made.append(f"user{len(made):04}")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert names(idp) == made

        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        eventually(lambda: idp.post_user(f"user{len(made):04}"), 201)
        assert names(idp) == [*made, f"user{len(made):04}"]


def test_a_full_disk_of_postgresql_is_503(own: Cluster, url: str) -> None:
    """What the server says when it cannot extend a file (SQLSTATE 53100)."""
    full = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
              CREATE TRIGGER full_disk BEFORE INSERT ON member EXECUTE FUNCTION full_disk()"""
    with opened(url) as database:
        workspace = new_workspace(database)
        workspace.idp.user("before")
        own.admin(full, url)

        assert workspace.idp.post_user("after").status == 503
        assert names(workspace.idp) == ["before"]
        own.admin("DROP TRIGGER full_disk ON member", url)
        assert workspace.idp.post_user("after").status == 201


def test_a_clock_that_jumps_back_changes_nothing(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a process time goes on; a process that starts in the past still writes, reads, pages and chains."""
    slow_by = 0

    def wall() -> int:
        return time.time_ns() - slow_by

    with opened(database_url, Clock(wall)) as jumping:
        workspace = new_workspace(database).through(jumping)
        first = workspace.idp.user("first")
        etag = workspace.idp.get(f"/Users/{first}").headers["etag"]
        slow_by = 3_600 * SECOND
        monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=wall))

        second = workspace.idp.user("second")

        assert first < second
        assert [e.resource_name for e in admin.list_log(jumping, workspace.slug)] == ["first", "second"]
    with opened(database_url, Clock(wall)) as slow:
        other: NewWorkspace = workspace.through(slow)
        assert other.idp.set_active(first, active=False).status == 200
        assert other.idp.get(f"/Users/{first}").headers["etag"] != etag
        assert other.idp.get(f"/Users/{first}").json()["meta"]["lastModified"] < datetime.now(UTC).isoformat()
        assert names(other.idp) == ["first", "second"]
        admin.invite(slow, workspace.slug, "late@example.com")
        assert admin.verify_audit(slow, workspace.slug)[0].problem is None


def test_many_who_wait_while_the_database_is_away_are_all_answered(
    own: Cluster, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And the server's log has not a line for each of them: an outage must not fill the disk as well."""
    with opened(url) as database:
        workspace = new_workspace(database)
        answers: list[int] = []
        own.stop()

        threads = [
            threading.Thread(target=lambda n=n: answers.append(workspace.idp.post_user(f"u{n}").status))
            for n in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
        assert workspace.idp.post_user("last").status == 503
        own.start()

        assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
        assert answers == [503] * 20
        eventually(lambda: workspace.idp.post_user("u0"), 201)
