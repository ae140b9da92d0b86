"""Settings → Roles: the default role and the ordered role rules, with what they would do before they are saved."""

from __future__ import annotations

from entrant.service import admin
from entrant.service.admin.browse import describe_rule
from entrant.service.admin.preview import preview_rules
from entrant.workspace.errors import InvalidRule, InvalidSetting
from entrant.workspace.model import Reactivation, Role
from entrant.workspace.roles import MAX_RULES, RoleRule, RuleKind, parse_rule

from .render import Look, page
from .visit import Reply, Visit, redirect

PATH = "settings/roles"
KINDS = (
    (RuleKind.CONTAINS.value, "name contains"),
    (RuleKind.WORD.value, "name has the word"),
    (RuleKind.EQUALS.value, "name is"),
    (RuleKind.PREFIX.value, "name begins with"),
    (RuleKind.GROUP.value, "group with the id"),
)
ROLES = ((Role.ADMIN.value, "Admin"), (Role.MEMBER.value, "Member"))
RETURNS = (
    (Reactivation.ALLOW.value, "return by themselves when the provider says so"),
    (Reactivation.REINVITE.value, "return only after an admin has invited them again"),
)
INSIDE = 5  # groups that are named because a rule matches them only inside a longer word
SPARE = 2  # empty rows below the rules


def show(visit: Visit) -> Reply:
    """The rules that hold, or, after a form that was refused, those that were sent."""
    if visit.method == "POST" and visit.refusal:
        rows = _rows(visit)
        return _page(visit, rows, visit.form.get("default", ""), preview=None)
    workspace = admin.show_workspace(visit.database, visit.slug)
    rules = admin.list_rules(visit.database, visit.slug)
    preview = preview_rules(visit.database, visit.slug, rules)
    return _page(visit, [_row(rule) for rule in rules], workspace.default_role, preview)


def act(visit: Visit) -> Reply:
    """Show what the rules would do, or put them into force."""
    if visit.form.get("do") == "returns":
        admin.set_reactivation(visit.database, visit.slug, visit.form.get("returns", ""))
        admin.set_adoption(visit.database, visit.slug, adoption=visit.form.get("adoption") == "on")
        return redirect(visit.url(PATH, done="rules"))
    rules, default = _read(visit), visit.form.get("default", "")
    if default not in set(Role):
        raise InvalidSetting("Choose a default role")
    if visit.form.get("do") != "save":
        preview = preview_rules(visit.database, visit.slug, rules, Role(default))
        return _page(visit, [_row(rule) for rule in rules], default, preview, changed=True)
    if list(admin.list_rules(visit.database, visit.slug)) != rules:
        admin.set_rules(visit.database, visit.slug, rules)
    if admin.show_workspace(visit.database, visit.slug).default_role != default:
        admin.set_default_role(visit.database, visit.slug, default)
    return redirect(visit.url(PATH, done="rules"))


def _page(visit: Visit, rows: list[dict[str, str]], default: str, preview: object, *, changed: bool = False) -> Reply:
    return page(
        visit,
        "roles.html",
        Look("Roles", "roles"),
        rows=[*rows, *({"kind": "contains", "text": "", "role": "admin"} for _ in range(SPARE))],
        default=default,
        preview=preview,
        changed=changed,
        workspace=admin.show_workspace(visit.database, visit.slug),
        kinds=KINDS,
        roles=ROLES,
        returns=RETURNS,
        describe=describe_rule,
        named=INSIDE,
    )


def _row(rule: RoleRule) -> dict[str, str]:
    return {"kind": rule.kind.value, "text": rule.text, "role": rule.role.value}


def _rows(visit: Visit) -> list[dict[str, str]]:
    """The rows of the form that have a text, in the order of their numbers."""
    form = visit.form
    numbered = [
        (
            _place(form.get(f"place-{n}", ""), n),
            n,
            {name: form.get(f"{name}-{n}", "") for name in ("kind", "text", "role")},
        )
        for n in range(MAX_RULES + SPARE)
        if form.get(f"text-{n}", "").strip()
    ]
    return [row for _, _, row in sorted(numbered, key=lambda each: each[:2])]


def _place(text: str, row: int) -> float:
    """Where a rule shall stand; what is no number leaves it where it is."""
    try:
        return float(text)
    except ValueError:
        return row + 1


def _read(visit: Visit) -> list[RoleRule]:
    rules = [parse_rule(f"{row['kind']}:{row['text'].strip()}={row['role']}") for row in _rows(visit)]
    if not rules:
        raise InvalidRule("A workspace has at least one role rule")
    return rules
