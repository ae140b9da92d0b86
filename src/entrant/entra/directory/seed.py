"""A plausible company of any size, the same for the same seed number: departments, managers, groups, role groups."""

from __future__ import annotations

import random
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from entrant.db.engine import Database
from entrant.entra.model import BadValue, Kind
from entrant.entra.store import tenant
from entrant.scim.wire import Json

from .bulk import EXISTS, NewMembers, NewObject, add_members, batches, insert
from .words import DEPARTMENTS, GIVEN_NAMES, OFFICES, SURNAMES

MAX_PEOPLE = 1_000_000
TEAM = 8  # people who share a manager
ADMINS = 20  # one in so many is in the group of admins
LEFT = 40  # one in so many has a disabled account
EVERYONE = "All Staff"
"""The group that the groups of departments are in."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What came into the directory."""

    users: int
    groups: int
    existing: int
    """Objects that were there already."""
    admins: str
    """The names of the two role groups."""
    members: str


@dataclass(slots=True)
class _Company:
    """Who is where, while people are invented in order. Only ids are kept, of leaders and of groups' members."""

    random: random.Random
    domain: str
    leaders: dict[str, list[str]] = field(default_factory=dict)
    head: str | None = None
    names: dict[str, int] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)


def seed(
    database: Database, people: int, *, number: int = 1, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Seeded:
    """Bring a company of so many people into the directory; what is there already stays as it is. BadValue.

    `progress` is told how many of the people are stored, and how many there will be.
    """
    if not 1 <= people <= MAX_PEOPLE:
        raise BadValue(f"a company has 1 to {MAX_PEOPLE:,} people")
    home = database.read(tenant.get)
    company = _Company(random.Random(number), home.default_domain)  # noqa: S311  the same people for the same number
    admins, everyone_else = f"{home.name}-Admins", f"{home.name}-Members"
    stored = users = existing = 0
    for batch in batches(_people(company, people, admins, everyone_else)):
        told = insert(database, batch)
        users, existing = users + told.count(None), existing + told.count(EXISTS)
        stored += len(batch)
        progress(stored, people)
    groups, known = _store_groups(database, company)
    return Seeded(users, groups, existing + known, admins, everyone_else)


def _people(company: _Company, people: int, admins: str, members: str) -> Iterator[NewObject]:
    """The head of the company first, and managers before those they manage."""
    for n in range(people):
        department = _department(company, n)
        person = _person(company, n, department)
        role = admins if n % ADMINS == 0 else members
        for group in (department, role):
            company.members.setdefault(group, []).append(person.id)
        yield person


def _department(company: _Company, n: int) -> str:
    """Larger departments more often; the head is in the last one."""
    names = list(DEPARTMENTS)
    return names[-1] if n == 0 else company.random.choices(names, range(len(names), 0, -1))[0]


def _person(company: _Company, n: int, department: str) -> NewObject:
    chance = company.random
    id_ = _new_id(chance)
    given, family = chance.choice(GIVEN_NAMES), chance.choice(SURNAMES)
    nickname = _nickname(company, given, family)
    city, state, country, postal_code, street, phone = chance.choice(OFFICES)
    leaders = company.leaders.setdefault(department, [])
    leads = n > 0 and len(company.members.get(department, ())) % TEAM == 0
    title = "Chief Executive" if n == 0 else f"Head of {department}" if leads and not leaders else ""
    manager = company.head if leads or not leaders else leaders[-1]
    if n == 0:
        company.head = id_
    if leads:
        leaders.append(id_)
    properties: dict[str, Json] = {
        "accountEnabled": n % LEFT != LEFT - 1,
        "displayName": f"{given} {family}",
        "givenName": given,
        "surname": family,
        "mailNickname": nickname,
        "userPrincipalName": f"{nickname}@{company.domain}",
        "mail": f"{nickname}@{company.domain}",
        "jobTitle": title or ("Team Lead" if leads else chance.choice(DEPARTMENTS[department])),
        "department": department,
        "employeeId": f"{n + 1:06}",
        "userType": "Member",
        "officeLocation": f"{city} {chance.randint(1, 9)}.{chance.randint(10, 99)}",
        "streetAddress": street,
        "city": city,
        "state": state,
        "country": country,
        "postalCode": postal_code,
        "usageLocation": country,
        "businessPhones": [f"{phone}{chance.randint(1000, 9999)}"],
        "preferredLanguage": {"DE": "de-DE", "FR": "fr-FR", "GB": "en-GB", "US": "en-US"}[country],
    }
    return NewObject(id_, Kind.USER, properties, manager)


def _nickname(company: _Company, given: str, family: str) -> str:
    """`zoe.hubner`, and `zoe.hubner2` for the next one of that name."""
    text = f"{given}.{family}".lower().replace("ø", "o")
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if c.isascii())
    count = company.names[plain] = company.names.get(plain, 0) + 1
    return plain if count == 1 else f"{plain}{count}"


def _store_groups(database: Database, company: _Company) -> tuple[int, int]:
    """The groups and who is in them; how many are new, and how many were there."""
    # By a chance of their own, so that a company has the same groups however many people it has.
    chance = random.Random(f"groups of {company.domain}")  # noqa: S311  see above
    ids = {name: _new_id(chance) for name in (EVERYONE, *DEPARTMENTS, "Admins", "Members")}
    by_name = {name: ids[name.rpartition("-")[2]] for name in sorted(company.members)}
    told = insert(
        database,
        [NewObject(id_, Kind.GROUP, _group(name)) for name, id_ in {EVERYONE: ids[EVERYONE], **by_name}.items()],
    )
    for name, members in company.members.items():
        for batch in batches(members, 5_000):
            add_members(database, [NewMembers(by_name[name], batch)])
    departments = [by_name[name] for name in by_name if name in DEPARTMENTS]
    add_members(database, [NewMembers(ids[EVERYONE], departments)])
    return told.count(None), told.count(EXISTS)


def _group(name: str) -> dict[str, Json]:
    nickname = "".join(c for c in name if c.isalnum())
    return {"displayName": name, "mailNickname": nickname, "mailEnabled": False, "securityEnabled": True}


def _new_id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
