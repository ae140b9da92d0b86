"""Users: list, create, edit, disable, delete."""

from __future__ import annotations

from entrant.db.engine import Tx
from entrant.entra import directory
from entrant.entra.directory import finding
from entrant.entra.directory.edit import Edit, write
from entrant.entra.directory.users import assign_manager, change_user
from entrant.entra.model import Assignment, DirectoryObject, Kind
from entrant.entra.store import applications, memberships, objects, tenant
from entrant.scim.wire import Json, Response

from .paging import objects_page, search_of
from .render import Look, page
from .visit import Visit, redirect, url

GROUPS = (
    ("Identity", (("givenName", "First name"), ("surname", "Last name"), ("userType", "User type"))),
    (
        "Job information",
        (
            ("jobTitle", "Job title"),
            ("companyName", "Company name"),
            ("department", "Department"),
            ("employeeId", "Employee ID"),
            ("employeeType", "Employee type"),
            ("officeLocation", "Office location"),
        ),
    ),
    (
        "Contact information",
        (
            ("mail", "Email"),
            ("mailNickname", "Mail nickname"),
            ("businessPhones", "Business phone"),
            ("mobilePhone", "Mobile phone"),
            ("faxNumber", "Fax number"),
            ("streetAddress", "Street address"),
            ("city", "City"),
            ("state", "State or province"),
            ("postalCode", "ZIP or postal code"),
            ("country", "Country or region"),
            ("preferredLanguage", "Preferred language"),
            ("usageLocation", "Usage location"),
        ),
    ),
)
"""The properties of the form beside the basic ones: Graph's name and the label, by heading."""
_TEXTS = ("userPrincipalName", "displayName", *(name for _, group in GROUPS for name, _ in group))
MOST_SHOWN = 100  # groups and assignments on the page of one user
TRAIL = (("Users", url("users")),)


def show_list(visit: Visit) -> Response:
    """A page of users, in the order of display names."""
    found = objects_page(visit, Kind.USER, ("users",))
    return page(visit, "users.html", Look("Users", "users"), found=found, q=search_of(visit))


def show_new(visit: Visit) -> Response:
    """The form for a new user."""
    given = _sent(visit) if visit.form_kept else {"accountEnabled": True}
    domain = visit.db.read(lambda tx: tenant.get(tx).default_domain)
    look = Look("Create new user", "users", TRAIL)
    manager = visit.form("manager")
    return page(visit, "user_new.html", look, given=given, groups=GROUPS, domain=domain, manager=manager)


def create(visit: Visit) -> Response:
    """Create a user; without a mail nickname it is made from the UPN, as the real portal does."""
    given = {name: value for name, value in _sent(visit).items() if value not in (None, "", [])}
    given.setdefault("mailNickname", visit.form("userPrincipalName").partition("@")[0] or None)
    made = directory.create_user(visit.db, given, manager=visit.form("manager") or None)
    return redirect(url("users", made.id, done="created"))


def show(visit: Visit) -> Response:
    """One user: the form, groups, assignments."""
    user, manager, groups, assigned = visit.db.read(lambda tx: _read(tx, visit.params["id"]))
    return page(
        visit,
        "user.html",
        Look(user.properties["displayName"], "users", TRAIL),
        user=user,
        given=_sent(visit) if visit.form_kept else user.properties,
        manager=visit.form("manager") if visit.form_kept else manager,
        groups=GROUPS,
        member_of=groups,
        assigned=assigned,
        sure=visit.query("sure") == "delete",
    )


def act(visit: Visit) -> Response:
    """Save, enable, disable or delete."""
    user = visit.params["id"]
    match visit.form("do"):
        case "delete":
            directory.delete_user(visit.db, user)
            return redirect(url("deleted-users", done="deleted-user"))
        case "enable" | "disable" as wanted:
            directory.update_user(visit.db, user, {"accountEnabled": wanted == "enable"})
        case _:
            sent, manager = _sent(visit), visit.form("manager") or None
            write(visit.db, lambda edit: _save(edit, user, sent, manager))
    return redirect(url("users", user, done="saved"))


def _save(edit: Edit, user: str, sent: dict[str, Json], manager: str | None) -> None:
    """All of the form, or nothing."""
    change_user(edit, user, sent)
    assign_manager(edit, user, manager)


def _sent(visit: Visit) -> dict[str, Json]:
    """The form's properties; an empty one clears."""
    given: dict[str, Json] = {name: visit.form(name) or None for name in _TEXTS}
    phone = given["businessPhones"]
    return {**given, "businessPhones": [phone] if phone else [], "accountEnabled": visit.form("accountEnabled") == "on"}


def _read(tx: Tx, id: str) -> tuple[DirectoryObject, str, list[DirectoryObject], list[tuple[Assignment, str]]]:
    user = finding.get_object(tx, Kind.USER, id)
    above = objects.find(tx, user.manager) if user.manager else None
    manager = above.object.name if above is not None and above.object is not None else ""
    return user, manager, memberships.groups_of(tx, user.id, most=MOST_SHOWN), assignments(tx, user.id)


def assignments(tx: Tx, principal: str) -> list[tuple[Assignment, str]]:
    """The applications that a user or group is assigned to, with their names."""
    found = applications.assignments_of(tx, principal, most=MOST_SHOWN)
    apps = {each.resource: applications.find(tx, each.resource) for each in found}
    return [(each, app.display_name if (app := apps[each.resource]) else each.resource) for each in found]
