"""Files with users and groups, and invented companies (issue of the emulator; Entra's bulk-create template)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from entrant.db.engine import Database
from entrant.entra import directory
from entrant.entra.directory.reading import counts
from entrant.entra.model import BadValue, DirectoryObject, Kind
from tests.support.tenant import add_user

TITLES = (
    "version:v1.0\n"
    "Name [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] Required,"
    "Block sign in (Yes/No) [accountEnabled] Required,First name [givenName],Last name [surname],Job title [jobTitle],"
    "Office [physicalDeliveryOfficeName],Office phone [telephoneNumber],Manager [manager]\n"
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def users(database: Database) -> dict[str, DirectoryObject]:
    return {user.name: user for user in directory.list_objects(database, Kind.USER)}


def test_the_bulk_create_template_is_read(tenant: Database, tmp_path: Path) -> None:
    file = write(
        tmp_path / "users.csv",
        "\ufeff" + TITLES + "Example: Chris,chris@contoso.com,x,No\n"
        '"Zoë ""Z"" Adler",zoe@contoso.com,secret,No,Zoë,Adler,"Cook,\nfirst class",H 4,+49 40 1,bert@contoso.com\n\n'
        "Bert,bert@contoso.com,secret,Yes\n",
    )

    told = directory.import_file(tenant, file)

    assert (told.users, told.groups, told.existing, told.problems) == (2, 0, 0, [])
    zoe, bert = users(tenant)["zoe@contoso.com"], users(tenant)["bert@contoso.com"]
    assert zoe.manager == bert.id
    assert dict(zoe.properties) == {
        "displayName": 'Zoë "Z" Adler',
        "userPrincipalName": "zoe@contoso.com",
        "accountEnabled": True,
        "givenName": "Zoë",
        "surname": "Adler",
        "jobTitle": "Cook,\nfirst class",
        "officeLocation": "H 4",
        "businessPhones": ["+49 40 1"],
        "userType": "Member",
        "mailNickname": "zoe",
    }
    assert bert.properties["accountEnabled"] is False


def test_a_second_run_reports_what_is_there(tenant: Database, tmp_path: Path) -> None:
    add_user(tenant, "bert")
    file = write(tmp_path / "users.csv", TITLES + "Anna,anna@contoso.com,x,No\nBert,BERT@contoso.com,x,No\n")

    first = directory.import_file(tenant, file)
    second = directory.import_file(tenant, file)

    assert (first.users, first.existing) == (1, 1)
    assert (second.users, second.existing, second.problems) == (0, 2, [])


def test_every_refused_row_is_reported_with_its_line_and_the_others_come_in(tenant: Database, tmp_path: Path) -> None:
    file = write(
        tmp_path / "users.csv",
        TITLES + ",anna@contoso.com,x,No\nBert,bert,x,No\nCarl,carl@contoso.com,x,maybe\n"
        "Dora,dora@contoso.com,x,No,,,,,,nobody@contoso.com\nEmil,emil@contoso.com,x,No,,,,,,,too many\n",
    )

    told = directory.import_file(tenant, file)

    assert [(problem.line, problem.name) for problem in told.problems] == [
        (3, "anna@contoso.com"),
        (4, "bert"),
        (5, "carl@contoso.com"),
        (6, "dora@contoso.com"),
        (7, "emil@contoso.com"),
    ]
    assert list(users(tenant)) == ["dora@contoso.com"]
    assert users(tenant)["dora@contoso.com"].manager is None


def test_json_brings_users_and_groups_that_name_each_other_in_any_order(tenant: Database, tmp_path: Path) -> None:
    id_ = "11111111-2222-3333-4444-555555555555"
    rows = [
        {"@odata.type": "#microsoft.graph.group", "displayName": "Cooks", "members": [{"id": id_}, "Inner", "ghost"]},
        {
            "displayName": "Anna",
            "userPrincipalName": "anna@contoso.com",
            "id": id_,
            "manager": {"id": "bert@contoso.com"},
        },
        {"displayName": "Bert", "userPrincipalName": "bert@contoso.com", "businessPhones": [], "jobTitle": None},
        {"displayName": "Inner", "securityEnabled": True},
        {"displayName": "Carl", "userPrincipalName": "carl@contoso.com", "shoeSize": 44},
        "nonsense",
    ]
    file = write(tmp_path / "all.json", json.dumps({"@odata.context": "x", "value": rows}, indent=1))

    told = directory.import_file(tenant, file)

    assert (told.users, told.groups) == (2, 2)
    assert [(problem.name, problem.message) for problem in told.problems] == [
        ("Cooks", 'there is no user or group "ghost"'),
        ("carl@contoso.com", "a user has no property shoeSize"),
        ("", "not an object"),
    ]
    assert users(tenant)["anna@contoso.com"].manager == users(tenant)["bert@contoso.com"].id
    assert {member.name for member in directory.list_members(tenant, "Cooks")} == {"anna@contoso.com", "Inner"}
    assert directory.import_file(tenant, file).existing == 4


def test_a_file_is_read_piece_by_piece(tenant: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrant.entra.directory.rows.CHUNK", 40)
    rows = [{"displayName": f"Né {n}", "userPrincipalName": f"u{n}@contoso.com"} for n in range(30)]
    file = write(tmp_path / "all.json", json.dumps(rows, ensure_ascii=False))
    seen: list[tuple[int, int]] = []

    told = directory.import_file(tenant, file, lambda done, whole: seen.append((done, whole)))

    assert (told.users, told.problems) == (30, [])
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "there is no file|empty"),
        (b"  \n", "empty"),
        (b"a,b\n1,2\n", "userPrincipalName"),
        (b"[{]", "line 1: not JSON"),
        (b'[\n{"displayName": "x"},\n{"a": ', "line 3: not JSON"),
        (TITLES.encode() + b"\xff,a@b.c,x,No\n", "UTF-8: byte"),
        (TITLES.encode("utf-16"), "UTF-8: it is UTF-16"),
        (b"version:v1.0\nEmail address to invite [inviteeEmail] Required\na@b.c\n", "template for inviting guests"),
        (b"version:v1.0\nUser name [userPrincipalName] Required\na@b.c\n", "template for deleting users"),
        (b"version:v1.0\nMember [memberObjectIdOrUpn] Required\na@b.c\n", "template for the members of a group"),
    ],
)
def test_a_file_that_is_neither_is_refused(tenant: Database, tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(BadValue, match=complaint):
        directory.import_file(tenant, tmp_path / "file")


def test_a_company_is_the_same_for_the_same_number(tenant: Database) -> None:
    told = directory.seed(tenant, 120)
    people = users(tenant)

    assert (told.users, told.existing) == (120, 0)
    assert counts(tenant) == {Kind.USER: 120, Kind.GROUP: told.groups}
    assert sum(user.manager is None for user in people.values()) == 1
    assert {each.name for each in directory.list_members(tenant, "All Staff")} >= {"Engineering", "Sales"}
    admins, members = (
        {each.id for each in directory.list_members(tenant, name, most=500)} for name in (told.admins, told.members)
    )
    assert admins | members == {user.id for user in people.values()}
    assert not admins & members
    assert directory.seed(tenant, 120).existing == 120 + told.groups
    assert users(tenant) == people


LANGUAGES = {
    "en": ("Block sign in (Yes/No)", "Example: Chris", "Yes", "No"),
    "de": ("Anmeldung blockieren (Ja/Nein)", "Beispiel: Chris", "Ja", "Nein"),
    "fr": ("Bloquer la connexion (Oui/Non)", "Exemple : Chris", "oui", "NON"),
    "es": ("Bloquear inicio de sesión (Sí/No)", "Ejemplo: Chris", "Sí", "No"),
    "ja": ("サインインのブロック (はい/いいえ)", "例: Chris", "はい", "いいえ"),
    "ja, answered in English": ("サインインのブロック (はい/いいえ)", "例\N{FULLWIDTH COLON}Chris", "Yes", "No"),
    "a language that is not known": ("Loka innskráningu (Já/Nei)", "Example: Chris", "já", "nei"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_template_is_read_in_every_language(
    tenant: Database, tmp_path: Path, language: str, separator: str
) -> None:
    """Entra-tools 10.2 to 10.4, 10.6: only `[property]` is constant; the pair in the title says what is yes."""
    blocked, example, yes, no = LANGUAGES[language]
    rows = [
        ["version:v1.0", "", "", ""],
        ["Nom [DisplayName] *", " U [userPrincipalName] *", "P [passwordProfile] *", f"{blocked} [accountEnabled] *"],
        [example, "chris@contoso.com", "x", no],
        ["Anna", " anna@contoso.com", " secret", f" {no}", "", ""],
        [],
        ["Bert", "bert@contoso.com", "secret", yes],
        ["Carl", "carl@contoso.com"],
        ["Dora", "dora@contoso.com", "x", "maybe"],
    ]
    file = write(tmp_path / "users.csv", "\r\n".join(separator.join(row) for row in rows))

    told = directory.import_file(tenant, file)

    assert {name: user.properties["accountEnabled"] for name, user in users(tenant).items()} == {
        "anna@contoso.com": True,
        "bert@contoso.com": False,
        "carl@contoso.com": True,
    }
    assert [(each.line, each.name) for each in told.problems] == [(8, "dora@contoso.com")]


def test_a_bare_title_is_the_property_itself(tenant: Database, tmp_path: Path) -> None:
    """What the portal exports has titles without brackets; its `accountEnabled` is not the template's question."""
    rows = "displayName,userPrincipalName,accountEnabled\nAnna,anna@contoso.com,True\nBert,bert@contoso.com,False\n"

    directory.import_file(tenant, write(tmp_path / "users.csv", rows))

    assert [user.properties["accountEnabled"] for user in users(tenant).values()] == [True, False]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff", "x".encode("utf-16")])
def test_what_is_wrong_with_a_file_names_it(tenant: Database, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "guests of 2026.csv"
    file.write_bytes(content)

    with pytest.raises(BadValue) as refusal:
        directory.import_file(tenant, file)

    assert str(file) in str(refusal.value)
