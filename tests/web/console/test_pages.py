"""What the pages of the console show and do, by their forms, without scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest

from entrant.db.engine import timestamp
from entrant.service import admin
from entrant.web.console.log import curl
from tests.support.workspaces import age
from tests.web.console.browser import Browser, Desk, parse, text_of

PROBE = "/Users?filter=userName+eq+%22f1b8d6a0-0000-4000-8000-123456789abc%22"
LAST_ADMIN = "Cannot remove the last workspace admin."


def rows(page: bytes) -> list[str]:
    """The text of each row of the tables of a page."""
    return [
        " ".join(" ".join("".join(cell.itertext()) for cell in row).split())
        for body in parse(page).iter("tbody")
        for row in body.iter("tr")
    ]


def links(page: bytes) -> dict[str, str]:
    """The links of a page, by their text."""
    found: list[Element] = list(parse(page).iter("a"))
    return {"".join(link.itertext()).strip(): link.get("href", "") for link in found}


def names(page: bytes) -> list[str]:
    """The first cell of each row."""
    return ["".join(row[0].itertext()).strip() for body in parse(page).iter("tbody") for row in body.iter("tr")]


def test_an_empty_workspace_says_what_to_do(desk: Desk, owner: Browser) -> None:
    assert "There are no groups yet" in text_of(owner.get("groups").content)
    assert "has not asked for anything yet" in text_of(owner.get("log").content)
    assert "has not been here yet" in text_of(owner.get().content)


def test_members_are_found_by_the_beginning_of_user_name_name_and_address(desk: Desk, owner: Browser) -> None:
    desk.idp.user("u1@acme.example", displayName="Ada Lovelace", emails=[{"value": "countess@x.y", "type": "work"}])
    desk.idp.user("u2@acme.example", displayName="Grace Hopper")

    found = {text: names(owner.get(f"members?q={text}").content) for text in ("U1", "ADA", "Countess", "hopper", "u")}

    assert found == {
        "U1": ["Ada Lovelace"],
        "ADA": ["Ada Lovelace"],
        "Countess": ["Ada Lovelace"],
        "hopper": [],
        "u": ["Ada Lovelace", "Grace Hopper"],
    }


def test_members_are_filtered_by_role_status_and_source(desk: Desk, owner: Browser) -> None:
    ada, off = desk.idp.user("ada"), desk.idp.user("off", active=False)
    desk.idp.group("Admins", ada)
    admin.invite(desk.database, desk.slug, "hand@acme.example")
    wanted = {
        "": ["hand@acme.example", "off", "ada", desk.admin],
        "state=admin": ["ada", desk.admin],
        "state=member": ["hand@acme.example"],
        "state=any": ["hand@acme.example", "ada", desk.admin],
        "state=none": ["off"],
        "source=local": ["hand@acme.example", desk.admin],
        "source=local&state=any": ["hand@acme.example", desk.admin],
        "source=local&state=none": [],
        "source=provisioned&state=admin": ["ada"],
        "source=provisioned&state=any": ["ada"],
        "q=o&state=none": ["off"],
        "q=o&source=local": [desk.admin],
    }

    assert off
    assert {query: names(owner.get(f"members?{query}").content) for query in wanted} == wanted


@pytest.mark.parametrize("query", ["", "state=any", "state=member", "source=provisioned"])
def test_pages_of_members_follow_each_other_without_gap_or_repetition(desk: Desk, owner: Browser, query: str) -> None:
    data = [
        {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {"userName": f"u{n:03}"}} for n in range(120)
    ]
    desk.idp.request("POST", "/Bulk", {"Operations": data})
    seen: list[str] = []
    path = f"members?{query}"

    while path:
        page = owner.get(path).content
        seen += names(page)
        path = links(page).get("Older", "")

    assert [name for name in seen if name.startswith("u")] == [f"u{n:03}" for n in reversed(range(120))]


def test_a_member_s_page_says_why_they_have_their_role(desk: Desk, owner: Browser) -> None:
    ada, bob = desk.idp.user("ada"), desk.idp.user("bob")
    desk.idp.group("Acme-Admins", ada)

    assert (
        "From the group “Acme-Admins”, which the rule “name contains “admin” → admin” makes a role group."
        in text_of(owner.get(f"members/{ada}").content)
    )
    assert "The default role of this workspace is member" in text_of(owner.get(f"members/{bob}").content)
    admin.set_role(desk.database, desk.slug, bob, "admin")
    assert "Set by hand" in text_of(owner.get(f"members/{bob}").content)


def test_a_member_is_invited_with_a_link_that_is_shown_once(desk: Desk, owner: Browser) -> None:
    answer = owner.made("members/invite", email="new@acme.example", role="admin")

    link = next(e for e in parse(answer.content).iter("input") if e.get("id") == "link").get("value", "")
    assert link.startswith(f"{desk.url}/console/acme/set-up#")
    assert desk.browser().client.get(link).status_code == 200
    assert names(owner.get("members?state=admin").content) == ["new@acme.example", desk.admin]


def test_a_role_is_set_by_hand_unless_a_group_decides(desk: Desk, owner: Browser) -> None:
    ada, bob = desk.idp.user("ada"), desk.idp.user("bob")
    desk.idp.group("Members", bob)

    done = owner.post(f"members/{ada}", do="role", role="admin")
    refused = owner.post(f"members/{bob}", do="role", role="admin")

    assert done.headers["location"].endswith(f"members/{ada}?done=role")
    assert "The role has been set." in text_of(owner.get(f"members/{ada}?done=role").content)
    assert refused.status_code == 409
    assert 'has the role member from the group "Members"' in text_of(refused.content)


def test_the_last_admin_stays_whatever_is_pressed(desk: Desk, owner: Browser) -> None:
    """Product 4.5: the same sentence everywhere."""
    (me,) = [m.id for m in admin.list_members(desk.database, desk.slug)]

    answers = [owner.post(f"members/{me}", do="role", role="member"), owner.post(f"members/{me}", do="deactivate")]

    assert [(a.status_code, LAST_ADMIN in text_of(a.content)) for a in answers] == [(409, True), (409, True)]


def test_a_member_is_erased_when_that_has_been_confirmed(desk: Desk, owner: Browser) -> None:
    """Product 2.11."""
    member = desk.idp.user("zq1@acme.example", displayName="Zqx Person")
    asked = text_of(owner.get(f"members/{member}?sure=erase").content)
    assert "cannot be taken back" in asked

    owner.post(f"members/{member}", do="erase")

    assert owner.get(f"members/{member}").status_code == 404
    assert "Zqx" not in text_of(owner.get("log").content)
    entry = admin.list_audit(desk.database, desk.slug)[0]
    assert (entry.action, entry.channel) == ("member.erase", "console")
    assert admin.verify_audit(desk.database, desk.slug)[0].problem is None


def test_a_member_is_deactivated_and_invited_again(desk: Desk, owner: Browser) -> None:
    member = admin.invite(desk.database, desk.slug, "hand@acme.example").id

    owner.post(f"members/{member}", do="deactivate")
    off = text_of(owner.get(f"members/{member}").content)
    owner.post(f"members/{member}", do="reinvite")

    assert "inactive" in off
    assert "no role" in off
    assert names(owner.get("members?state=any").content) == ["hand@acme.example", desk.admin]


def test_groups_show_their_rule_their_members_and_what_a_rename_would_do(desk: Desk, owner: Browser) -> None:
    ada = desk.idp.user("ada")
    group = desk.idp.group("Acme-Admins", ada)
    desk.idp.group("Research", ada)

    listed = rows(owner.get("groups").content)
    only_roles = names(owner.get("groups?roles=on").content)
    renamed = text_of(owner.get(f"groups/{group}?rename=Friends").content)
    same = text_of(owner.get(f"groups/{group}?rename=The+admins").content)

    assert listed == ["Research none — 1", "Acme-Admins admin name contains “admin” → admin 1"]
    assert only_roles == ["Acme-Admins"]
    assert "ada: admin → member" in renamed
    assert "Nobody's role would change." in same


def test_a_rename_that_takes_the_last_admin_is_foretold(desk: Desk, owner: Browser) -> None:
    ada = desk.idp.user("ada")
    group = desk.idp.group("Admins", ada)
    browser = desk.browser("ada")
    (me,) = [m.id for m in admin.list_members(desk.database, desk.slug) if m.user_name == desk.admin]
    admin.set_role(desk.database, desk.slug, me, "member")

    assert "Cannot remove the last workspace admin" in text_of(browser.get(f"groups/{group}?rename=Friends").content)
    assert (
        desk.idp.patch(f"/Groups/{group}", {"op": "Replace", "path": "displayName", "value": "Friends"}).status == 409
    )


def test_scim_is_turned_on_off_and_the_token_shown_once(desk: Desk, owner: Browser) -> None:
    """Product 1.1, 1.3."""
    (connection,) = admin.list_connections(desk.database, desk.slug)

    off = owner.post("settings/scim", do="disable", connection=connection.id)
    refused = desk.idp.get("/Users").status
    owner.post("settings/scim", do="enable", connection=connection.id)
    made = owner.made("settings/scim", do="rotate", connection=connection.id, overlap="1")
    fields = {e.get("id"): e.get("value", "") for e in parse(made.content).iter("input")}
    token = fields["made-token"] or ""

    assert (off.status_code, refused) == (303, 401)
    assert fields["made-url"] == f"{desk.url}/scim/v2/acme"
    assert token.startswith("scim-")
    assert token not in owner.get("settings/scim").text
    assert desk.idp.get("/Users").status == 200, "the old token lives for an hour"
    ends = [token.expires_at for token in admin.list_connections(desk.database, desk.slug)[0].tokens]
    assert len(ends) == 2


def test_a_workspace_without_a_connection_gets_one_by_a_form(desk: Desk) -> None:
    admin.create_workspace(desk.database, "new", "New", "boss@new.example")
    browser = desk.browser()
    browser.client.base_url = browser.client.base_url.join("/console/new/")
    browser.open_link(admin.create_setup_link(desk.database, "new", "boss@new.example").path)
    browser.post("set-up", password="correct horse battery", again="correct horse battery")

    assert "SCIM provisioning is off" in text_of(browser.get().content)
    made = browser.made("settings/scim", do="create", provider="okta")

    assert "Copy the bearer token now." in text_of(made.content)
    assert admin.list_connections(desk.database, "new")[0].provider == "okta"


def test_the_last_test_of_the_connection_is_shown(desk: Desk, owner: Browser) -> None:
    """Entra-client 4.1."""
    before = text_of(owner.get("settings/scim").content)
    desk.idp.get("/Users?filter=userName+eq+%22ada%22")
    between = text_of(owner.get("settings/scim").content)

    desk.idp.get(PROBE)
    desk.database.write(desk.slug, lambda tx: None)  # the note of the test was queued before this

    assert "No test has arrived yet" in before
    assert "No test has arrived yet" in between
    assert f"GET {PROBE}" in text_of(owner.get("settings/scim").content)


@pytest.mark.parametrize("provider", ["entra", "okta"])
def test_guides_have_the_workspace_s_own_values(desk: Desk, owner: Browser, provider: str) -> None:
    text = text_of(owner.get(f"settings/scim/guide/{provider}").content)

    assert f"{desk.url}/scim/v2/acme" in text
    assert "Acme Inc." in text


def rules(default: str, *given: tuple[str, str, str]) -> dict[str, str]:
    """The form of these rules."""
    form = {"default": default}
    for n, (kind, text, role) in enumerate(given):
        form |= {f"place-{n}": str(n + 1), f"kind-{n}": kind, f"text-{n}": text, f"role-{n}": role}
    return form


def test_role_rules_are_previewed_and_change_nothing_before_they_are_saved(desk: Desk, owner: Browser) -> None:
    ada = desk.idp.user("ada")
    desk.idp.group("Leads", ada)
    form = rules("member", ("contains", "admin", "admin"), ("equals", "leads", "admin"))

    preview = text_of(owner.post("settings/roles", do="preview", **form).content)
    between = names(owner.get("members?state=admin").content)
    saved = owner.post("settings/roles", do="save", **form)

    assert "Leads: no role → admin" in preview
    assert "ada: member → admin" in preview
    assert between == [desk.admin]
    assert saved.status_code == 303
    assert names(owner.get("members?state=admin").content) == ["ada", desk.admin]


def test_rules_stand_in_the_order_of_their_places_and_an_empty_one_is_none(desk: Desk, owner: Browser) -> None:
    form = rules("member", ("contains", "b", "admin"), ("contains", "", "admin"), ("prefix", "a", "member"))

    owner.post("settings/roles", do="save", **{**form, "place-0": "9"})

    assert [str(rule) for rule in admin.list_rules(desk.database, desk.slug)] == ["prefix:a=member", "contains:b=admin"]


def test_a_default_role_is_previewed_for_everyone(desk: Desk, owner: Browser) -> None:
    desk.idp.user("ada")
    form = rules("admin", ("contains", "admin", "admin"), ("contains", "member", "member"))

    assert "ada: member → admin" in text_of(owner.post("settings/roles", do="preview", **form).content)


def test_rules_that_would_be_refused_say_so_before_and_after(desk: Desk, owner: Browser) -> None:
    ada = desk.idp.user("ada")
    desk.idp.group("Leads", ada)
    desk.idp.group("Members", ada)
    form = rules("member", ("equals", "leads", "admin"), ("contains", "member", "member"))

    preview = text_of(owner.post("settings/roles", do="preview", **form).content)
    saved = owner.post("settings/roles", do="save", **form)

    assert "ada would be in role groups of two roles" in preview
    assert (saved.status_code, "has the role" in text_of(saved.content)) == (409, True)
    assert 'value="leads"' in saved.text


def test_a_refusal_in_the_log_says_why_and_what_happens_next_and_when(desk: Desk, owner: Browser) -> None:
    ada = desk.idp.user("ada")
    desk.idp.group("Members", ada)
    desk.idp.post_group("Admins", ada)
    (entry,) = admin.list_log(desk.database, desk.slug, failed=True)

    text = text_of(owner.get(f"log/{entry.id}").content)

    again = timestamp(datetime.fromisoformat(entry.at) + timedelta(minutes=40))
    assert 'has the role member from the group "Members"' in text
    assert "Remove the user from the group of the other role" in text
    assert f"about {again[:19].replace('T', ' ')} UTC" in text
    assert "urn:ietf:params:scim:api:messages:2.0:Error" in text


def test_the_log_is_filtered_by_outcome_type_operation_and_time(desk: Desk, owner: Browser) -> None:
    user = desk.idp.user("ada")
    desk.idp.group("Team", user)
    desk.idp.post_user("ada")
    desk.idp.patch(f"/Users/{user}", {"op": "Replace", "path": "title", "value": "x"})
    soon = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    counts = {
        "": 4,
        "outcome=refused": 1,
        "outcome=failed": 0,
        "type=Group": 1,
        "method=PATCH": 1,
        "type=User&method=POST": 2,
        f"since={soon}": 0,
        f"until={soon}": 4,
        f"resource={user}": 2,
    }

    assert {query: len(rows(owner.get(f"log?{query}").content)) for query in counts} == counts


def test_the_log_s_pages_follow_each_other(desk: Desk, owner: Browser) -> None:
    for n in range(60):
        desk.idp.post_user(f"u{n}")

    first = owner.get("log").content
    second = owner.get(links(first)["Older"]).content

    assert (len(rows(first)), len(rows(second))) == (50, 10)
    assert "Older" not in links(second)


def test_a_request_is_copied_as_a_command_without_the_token(desk: Desk, owner: Browser) -> None:
    desk.idp.user("o'brien")
    (entry,) = admin.list_log(desk.database, desk.slug)

    page = owner.get(f"log/{entry.id}")

    command = "".join(next(e for e in parse(page.content).iter("pre") if e.get("id") == "curl").itertext())
    assert command.startswith('curl -X POST -H "Authorization: Bearer $TOKEN" -H ')
    assert command.endswith(f" {desk.url}/scim/v2/acme/Users")
    assert desk.idp.token not in page.text
    assert curl is not None


def test_the_overview_counts_members_hours_and_problems(desk: Desk, owner: Browser) -> None:
    desk.idp.user("ada")
    desk.idp.user("off", active=False)
    desk.idp.post_user("ada")

    text = text_of(owner.get().content)

    assert "Admins1 Members1 Inactive1 Where they come from Identity provider2 Invited by hand1" in text
    assert "Provisioned2 users, 0 groups" in text
    assert "3 requests, 1 of them not done." in text
    assert "with refusals" in text
    assert "There is one admin" in text


def test_a_provider_that_missed_its_cycles_is_late(desk: Desk, owner: Browser) -> None:
    """Entra-client 13.1: every 40 minutes."""
    desk.idp.user("ada")
    earlier = timestamp(datetime.now(UTC) - timedelta(minutes=125))
    desk.database.write("acme", lambda tx: tx.run("UPDATE connection SET last_contact = :earlier", earlier=earlier))

    text = text_of(owner.get().content)

    assert "late" in text
    assert "No contact since 2 hours ago" in text


def test_what_people_did_is_in_the_activity_log(desk: Desk, owner: Browser) -> None:
    owner.post("members/invite", email="new@acme.example", role="")
    member = next(m.id for m in admin.list_members(desk.database, desk.slug) if m.user_name == desk.admin)
    owner.post(f"members/{member}", do="deactivate")

    entries = rows(owner.get("activity").content)

    assert "owner@acme.example console deactivated a member" in entries[0]
    assert LAST_ADMIN[:-1] in entries[0]
    assert any(
        "owner@acme.example console invited a member" in entry and "new@acme.example" in entry for entry in entries
    )


def test_the_activity_log_calls_a_connection_by_its_provider(desk: Desk, owner: Browser) -> None:
    """Two of one kind are told apart."""
    alone = rows(owner.get("activity").content)
    other = admin.create_connection(desk.database, desk.slug, "entra").id

    together = rows(owner.get("activity").content)

    assert any("turned SCIM provisioning on" in entry and "Microsoft Entra ID done" in entry for entry in alone)
    assert f"Microsoft Entra ID …{other[-6:]} done" in together[0]


def test_the_workspace_s_address_is_asked_for(desk: Desk) -> None:
    browser = desk.browser()
    browser.client.base_url = browser.client.base_url.join("/console/")

    assert browser.get("").status_code == 200
    assert browser.get("?workspace=Acme").headers["location"] == "/console/acme/sign-in"


def test_a_change_that_the_guard_holds_is_approved_or_rejected_on_the_overview(desk: Desk, owner: Browser) -> None:
    """Beyond a fifth of the members: held, and let through when an admin says so."""
    users = [desk.idp.user(f"u{n:02}") for n in range(12)]
    (connection,) = admin.list_connections(desk.database, desk.slug)
    age(desk.database)

    answers = [off(desk, user) for user in users[:4]]
    waiting = owner.get()
    (held,) = admin.list_held(desk.database, desk.slug, waiting=True)
    csrf = next(e for e in parse(waiting.content).iter("input") if e.get("name") == "csrf").get("value", "")
    done = owner.client.post("", data={"csrf": csrf, "do": "approve", "held": held.id})

    assert answers[-1] == 503
    assert "Changes that wait for you" in text_of(waiting.content)
    assert done.status_code == 303
    assert "Changes that wait for you" not in text_of(owner.get().content)
    assert off(desk, users[answers.index(503)]) == 200
    assert connection.enabled


def test_a_held_change_of_many_is_approved_where_all_of_them_are_listed(desk: Desk, owner: Browser) -> None:
    """Product 4.6: for exactly those who were shown."""
    users = [desk.idp.user(f"u{n:02}") for n in range(30)]
    age(desk.database)
    answers = [off(desk, user) for user in users[:15]]
    first = answers.index(503)
    overview = owner.get()
    address = next(href for text, href in links(overview.content).items() if text.startswith("Review all"))
    shown = owner.get(address.partition(f"/{desk.slug}/")[2])
    listed = ["".join(item.itertext()).strip() for item in parse(shown.content).iter("li")]
    fields = {e.get("name"): e.get("value", "") for e in parse(shown.content).iter("input")}
    off(desk, users[15])  # comes after it was shown

    done = owner.client.post("", data={"csrf": fields["csrf"], "do": "approve", "held": fields["held"]})

    assert done.status_code == 303
    assert "Approve" not in text_of(overview.content)
    assert set(listed) >= {f"u{n:02}" for n in range(first, 15)}
    assert "u15" not in listed
    assert [off(desk, user) for user in users[first:16]] == [200] * (15 - first) + [503]


def off(desk: Desk, user: str) -> int:
    """The answer to a deactivation."""
    return desk.idp.patch(f"/Users/{user}", {"op": "Replace", "path": "active", "value": "False"}).status


def test_the_limits_of_the_guard_are_set(desk: Desk, owner: Browser) -> None:
    (connection,) = admin.list_connections(desk.database, desk.slug)
    form = {
        "connection": connection.id,
        "deactivations": "30",
        "was-deactivations": "20",
        "window": "1h",
        "was-window": "1h",
    }
    same = {
        f"{was}{name}": value
        for name, value in (
            ("removals", "20"),
            ("promotions", "5"),
            ("demotions", "5"),
            ("share", "20"),
            ("minimum", "10"),
        )
        for was in ("", "was-")
    }

    done = owner.post("settings/scim", do="guard", **form, **same)
    refused = owner.post("settings/scim", do="guard", **{**form, "deactivations": "many"}, **same)

    assert (done.status_code, refused.status_code) == (303, 409)
    assert admin.show_guard(desk.database, desk.slug).deactivations == 30


def test_other_credentials_are_made_and_revoked(desk: Desk, owner: Browser) -> None:
    (connection,) = admin.list_connections(desk.database, desk.slug)

    made = owner.made("settings/scim", do="secret", connection=connection.id)
    secret = next(e for e in parse(made.content).iter("input") if e.get("id") == "made-secret").get("value", "")
    owner.post(
        "settings/scim",
        do="federate",
        connection=connection.id,
        issuer="https://issuer.example",
        audience="a",
        subject="s",
    )
    kinds = {each.kind: each.id for each in admin.list_credentials(desk.database, desk.slug)}
    for kind in ("secret", "federation"):
        owner.post("settings/scim", do="revoke", connection=connection.id, credential=kinds[kind])

    assert secret
    assert secret not in owner.get("settings/scim").text
    assert {each.kind for each in admin.list_credentials(desk.database, desk.slug)} == {"token"}


def test_the_overview_says_while_no_admin_is_protected(desk: Desk, owner: Browser) -> None:
    """Product 2.8: protected by another admin, on the member's page."""
    grace = admin.invite(desk.database, desk.slug, "grace@acme.example", "admin").id
    before = text_of(owner.get().content)

    answer = owner.post(f"members/{grace}", do="protect")

    assert "No admin is protected" in before
    assert answer.headers["location"].endswith(f"members/{grace}?done=protected")
    assert "No admin is protected" not in text_of(owner.get().content)
    assert "protected" in text_of(owner.get("members").content)
    assert "Remove protection" in text_of(owner.get(f"members/{grace}").content)
    assert owner.post(f"members/{grace}", do="unprotect").status_code == 303
    assert "No admin is protected" in text_of(owner.get().content)


def test_nobody_protects_themselves(desk: Desk, owner: Browser) -> None:
    """Product 2.8."""
    me = next(m.id for m in admin.list_members(desk.database, desk.slug) if m.user_name == desk.admin)

    assert "Another admin must protect you" in text_of(owner.post(f"members/{me}", do="protect").content)


def test_a_held_adoption_says_who_asks_for_whom(desk: Desk, owner: Browser) -> None:
    """Product 2.7: on the overview and on its own page, where it is approved."""
    emails = [{"value": desk.admin, "type": "work"}]
    assert desk.idp.post_user("eve@evil.example", externalId="7", emails=emails).status == 409
    held = admin.list_held(desk.database, desk.slug)[0].id

    for path in ("", f"held/{held}"):
        shown = text_of(owner.get(path).content)
        assert f'"eve@evil.example" (externalId 7; e-mail {desk.admin}) asks to adopt the admin' in shown
        assert desk.admin in shown
    owner.post("", do="approve", held=held)

    assert desk.idp.post_user("eve@evil.example", externalId="7", emails=emails).status == 201
