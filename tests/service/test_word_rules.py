"""Groups that a rule matches only inside a longer word are marked in the preview and in the log (product 4.8)."""

from __future__ import annotations

from entrant.db.engine import Database
from entrant.service import admin
from entrant.service.admin.preview import preview_rules
from entrant.workspace.roles import parse_rule
from tests.support.workspaces import new_workspace


def test_preview_and_log_mark_a_match_inside_a_longer_word(database: Database) -> None:
    workspace = new_workspace(database)
    workspace.idp.group("Acme-Admin")
    sports = workspace.idp.group("Sports")
    workspace.idp.rename(sports, "Badminton")

    (first, _) = preview_rules(database, workspace.slug, admin.list_rules(database, workspace.slug)).catches
    logged = [entry.changes for entry in admin.list_log(database, workspace.slug)]

    assert (first.count, first.inside) == (2, ("Badminton",))
    mark = {"rule": "contains:admin=admin", "insideWord": "Badminton"}
    assert [mark in changes for changes in logged] == [False, False, True]


def test_a_word_rule_leaves_such_a_group_alone(database: Database) -> None:
    workspace = new_workspace(database)
    user = workspace.idp.user("ada")
    admin.set_rules(database, workspace.slug, [parse_rule("word:admin=admin")])

    workspace.idp.group("Badminton", user)
    assert [m.role for m in admin.list_members(database, workspace.slug)] == ["member"]

    workspace.idp.group("AcmeAdmin", user)
    assert [m.role for m in admin.list_members(database, workspace.slug)] == ["admin"]
