"""Microsoft's seven user checks, through the engine: the log must say it, the target must show it (§3.5, §5, 6.1)."""

from __future__ import annotations

from entrant.entra.mapping.schema import AttributeType
from entrant.entra.model import Action
from entrant.scim.wire import Json

from .bench import Bench
from .client import manager_of
from .model import Check, Failed, Suite
from .stories import JANE
from .values import named, target_attributes, value_of


def shown_user(bench: Bench, name: str) -> dict[str, Json]:
    """The user as the tests look for him: by a filter, and there must be one."""
    return bench.client.find_one("/Users", f'userName eq "{bench.upn(name)}"')


def provisioned(bench: Bench, *names: str) -> None:
    """Users who are created in one cycle."""
    lines = [JANE.replace("user jane", f"user {name}").replace("~-jane", f"~-{name}") for name in names]
    bench.run("\n".join((*lines, f"assign {' '.join(names)}", "cycle")))
    for name in names:
        bench.entry(name, Action.CREATE)


def _create(bench: Bench) -> None:
    if bench.client.find("/Users", f'userName eq "{bench.upn("jane")}"'):
        raise Failed("there is a user before it was made")
    provisioned(bench, "jane")
    user = shown_user(bench, "jane")
    if user.get("userName") != bench.upn("jane") or user.get("displayName") != bench.title("jane"):
        raise Failed("the user that is found has another userName or displayName than was sent")


def _update(bench: Bench) -> None:
    provisioned(bench, "jane")
    bench.run(
        "update jane givenName=Janet surname=Roe mail=~-janet@contoso.com jobTitle=Chief department=Board "
        "employeeId=~8 "
        "businessPhones=+51 mobilePhone=+52 faxNumber=+53 officeLocation=19 streetAddress=Road city=Basel state=BS "
        "postalCode=4000 country=DE preferredLanguage=de displayName=~-janet mailNickname=updated~\nupn jane "
        "updated\ncycle"
    )
    bench.entry("jane", Action.UPDATE)
    user = bench.client.get(f"/Users/{bench.target_id('jane')}")
    prefix = bench.prefix
    wanted = {
        "userName": bench.upn("updated"),
        "displayName": f"{prefix}-janet",
        "title": "Chief",
        'emails[type eq "work"].value': f"{prefix}-janet@contoso.com",
        "preferredLanguage": "de",
        "name.givenName": "Janet",
        "name.familyName": "Roe",
        "name.formatted": "Janet Roe",
        'addresses[type eq "work"].formatted': "19",
        'addresses[type eq "work"].streetAddress': "Road",
        'addresses[type eq "work"].locality': "Basel",
        'addresses[type eq "work"].region': "BS",
        'addresses[type eq "work"].postalCode': "4000",
        'addresses[type eq "work"].country': "DE",
        'phoneNumbers[type eq "work"].value': "+51",
        'phoneNumbers[type eq "mobile"].value': "+52",
        'phoneNumbers[type eq "fax"].value': "+53",
        "externalId": f"updated{prefix}",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": f"{prefix}8",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "Board",
    }
    wrong = [name for name, value in wanted.items() if str(value_of(user, name)).casefold() != value.casefold()]
    if wrong:
        raise Failed(f"after the update these do not have the new value: {named(wrong)}")


def _disable(bench: Bench) -> None:
    provisioned(bench, "jane")
    bench.run("disable jane\ncycle")
    bench.entry("jane", Action.DISABLE)
    active = shown_user(bench, "jane").get("active")
    if active is not False:
        raise Failed(f"active is {active!r} after the account was disabled; it must be false, a JSON Boolean")


def _delete(bench: Bench) -> None:
    provisioned(bench, "jane")
    id_ = bench.target_id("jane")
    bench.run("delete jane\ncycle\npurge jane\ncycle")
    bench.entry("jane", Action.DELETE)
    bench.client.is_gone(f"/Users/{id_}")


def _manager(bench: Bench) -> None:
    if all(each.type is not AttributeType.REFERENCE for each in target_attributes("User")):
        raise Failed("no manager is mapped")
    provisioned(bench, "jane", "ann", "bob")
    for manager in ("ann", "bob", ""):
        bench.run(f"manager jane {manager}\ncycle")
        change = bench.entry("jane", Action.UPDATE).modified
        wanted = bench.target_id(manager) if manager else None
        if not change or not change[0].name.endswith("manager") or (change[0].new or None) != wanted:
            raise Failed("the first modified property of the log entry is not the manager with the id in the target")
        found = manager_of(shown_user(bench, "jane")) or None
        if found != wanted:
            raise Failed(f"the manager is {found!r} in a list answer; it must be {wanted!r}")


def _restore(bench: Bench) -> None:
    provisioned(bench, "jane")
    before = shown_user(bench, "jane").get("id")
    bench.run("unassign jane\ncycle")
    bench.entry("jane", Action.DISABLE)
    user = shown_user(bench, "jane")
    if user.get("active") is not False:
        raise Failed(f"active is {user.get('active')!r} after the assignment was removed; it must be false")
    bench.run("assign jane\ncycle")
    bench.entry("jane", Action.UPDATE)
    user = shown_user(bench, "jane")
    if user.get("active") is not True:
        raise Failed(f"active is {user.get('active')!r} after the assignment was restored; it must be true")
    if user.get("id") != before:
        raise Failed(f"the id changed from {before} to {user.get('id')}; a restored user is the same resource")


def _on_demand(bench: Bench) -> None:
    bench.run(f"{JANE}\nassign jane\ndemand jane")
    bench.entry("jane", Action.CREATE)
    shown_user(bench, "jane")


USER_TESTS = tuple(
    Check(name, Suite.USERS, "graph-surface §1, §5", title, run, optional=name == "Delete_User")
    for name, title, run in (
        ("Create_User", "An assigned user is created and found by userName", _create),
        ("Update_User", "Every mapped attribute is updated, userName among them", _update),
        ("Disable_User", "A disabled account becomes active: false", _disable),
        ("Delete_User", "A user purged from the recycle bin is deleted: 404", _delete),
        ("User_Update_Manager", "The manager is set, changed and removed", _manager),
        ("Restore_User", "Unassigned, then assigned again: the same resource, active", _restore),
        ("POD_User", "A user is provisioned on demand", _on_demand),
    )
)
