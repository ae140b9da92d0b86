"""A small company in a workspace, for pages that have something to show."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.config import Config
from entrant.db.engine import Database
from entrant.service import admin
from entrant.service.scim import Service

from .idp import ENTERPRISE, Idp

OWNER = "owner@acme.example"
PROBE = "/Users?filter=userName+eq+%22f1b8d6a0-0000-4000-8000-123456789abc%22"
PEOPLE = (
    ("Ada", "Lovelace", "Research"),
    ("Grace", "Hopper", "Engineering"),
    ("Alan", "Turing", "Research"),
    ("Katherine", "Johnson", "Flight"),
    ("Edsger", "Dijkstra", "Engineering"),
    ("Barbara", "Liskov", "Engineering"),
    ("Radia", "Perlman", "Networks"),
    ("Mary", "Jackson", "Flight"),
)


@dataclass(frozen=True)
class Company:
    """The workspace's slug, one id of each kind, and its provider."""

    slug: str
    member: str
    group: str
    entry: str
    connection: str
    idp: Idp


def found_company(database: Database) -> Company:
    """The workspace `acme` with OWNER as its admin, people and groups from Entra, and some refusals in its log."""
    admin.create_workspace(database, "acme", "Acme Inc.", OWNER)
    made = admin.create_connection(database, "acme", "entra")
    idp = Idp(Service(database, Config()).handle, "/scim/v2/acme", made.token)
    idp.get(PROBE)
    ids = [_person(idp, *person) for person in PEOPLE]
    group = idp.group("Acme-Admins", ids[0], ids[1])
    idp.group("Acme-Members", *ids[2:5])
    idp.group("Research", ids[0], ids[2])
    idp.post_group("Platform admins", ids[2])
    idp.post_user("ada.lovelace@acme.example")
    idp.patch(f"/Users/{ids[7]}", {"op": "Replace", "path": "active", "value": "False"})
    idp.patch(f"/Users/{ids[6]}", {"op": "Replace", "path": "title", "value": "Director"})
    admin.invite(database, "acme", "consultant@partner.example")
    (entry, *_) = [e.id for e in admin.list_log(database, "acme", failed=True)]
    return Company("acme", ids[0], group, entry, made.id, idp)


def _person(idp: Idp, given: str, family: str, department: str) -> str:
    address = f"{given}.{family}@acme.example".lower()
    return idp.user(
        address,
        displayName=f"{given} {family}",
        name={"givenName": given, "familyName": family},
        emails=[{"value": address, "type": "work", "primary": True}],
        title="Engineer",
        **{ENTERPRISE: {"department": department}},
    )
