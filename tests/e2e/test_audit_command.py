"""`entrant audit` as its users run it."""

from __future__ import annotations

import os
import pwd
import sqlite3
from pathlib import Path

from tests.support.server import command, entrant_json


def test_the_audit_log_is_listed_and_verified_by_command(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/entrant.db"
    entrant_json(url, "workspace", "create", "acme", "--name", "Acme", "--admin", "root@example.com")
    refused = command(url, "member", "deactivate", "acme", "root@example.com")
    assert refused.returncode == 1

    created, link, tried = entrant_json(url, "audit", "list", "acme")
    assert (created["action"], created["actor"]) == ("workspace.create", f"cli:{pwd.getpwuid(os.getuid()).pw_name}")
    assert (link["action"], link["outcome"]) == ("member.link", "done")
    assert (tried["action"], tried["outcome"]) == ("member.deactivate", "refused")
    (check,) = entrant_json(url, "audit", "verify")
    anchor = f"{check['sequence']}:{check['hash']}"
    assert anchor in command(url, "audit", "verify").stdout
    assert command(url, "audit", "verify", "acme", "--anchor", anchor).returncode == 0
    assert "NUMBER:HASH" in command(url, "audit", "verify", "acme", "--anchor", "7").stderr
    assert "say which" in command(url, "audit", "verify", "--anchor", anchor).stderr

    with sqlite3.connect(f"{tmp_path}/entrant.db") as connection:
        connection.execute("DROP TRIGGER audit_keeps_entries")
        connection.execute("UPDATE audit SET actor = 'cli:nobody' WHERE sequence = 1")
    connection.close()
    broken = command(url, "audit", "verify")
    assert broken.returncode == 1
    assert "entry 1 is not as it was written" in broken.stdout
