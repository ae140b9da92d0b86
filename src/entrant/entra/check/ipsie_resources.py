"""IPSIE §5 and §6: users and groups."""

from __future__ import annotations

from entrant.scim.schema import GROUP_URN, USER_URN
from entrant.scim.wire import Json

from .bench import Bench
from .client import CREATED, member_ids, require
from .exact import inactive_is_found
from .ipsie_service import NEXT
from .model import Failed
from .recorder import listed

MEMBERS = 50  # 6.2.6: so many operations on members in one PATCH


def reactivated(bench: Bench) -> None:
    """A user is deactivated and reactivated."""
    path = f"/Users/{bench.client.user(bench.upn('jane'))}"
    for active in (False, True):
        bench.client.patch(path, {"op": "replace", "path": "active", "value": active})
        if bench.client.get(path).get("active") is not active:
            raise Failed(f"active cannot be set to {str(active).lower()}", NEXT)


def deactivated(bench: Bench) -> None:
    """A deactivated user can still be read."""
    inactive_is_found(bench)


def reads(endpoint: str, bench: Bench) -> None:
    """A resource is read by id."""
    client = bench.client
    id_ = client.user(bench.upn("jane")) if endpoint == "/Users" else client.group(bench.title("Team"))
    if client.get(f"{endpoint}/{id_}").get("id") != id_:
        raise Failed(f"GET {endpoint}/{{id}} gives another resource", NEXT)


def user_filter(form: str, bench: Bench) -> None:
    """A filter finds the one user."""
    values = {"user": bench.upn("jane"), "external": f"{bench.prefix}-ext", "email": f"{bench.prefix}@work.example"}
    email = {"type": "work", "value": values["email"], "primary": True}
    id_ = bench.client.user(values["user"], externalId=values["external"], emails=[email])
    bench.client.user(bench.upn("joe"), externalId=f"{bench.prefix}-other")
    found = [each.get("id") for each in bench.client.find("/Users", form.format(**values))]
    if found != [id_]:
        raise Failed(f"the filter {form} finds {len(found)} users; it must find the one", NEXT)


def group_filter(form: str, bench: Bench) -> None:
    """A filter finds the one group."""
    jane = bench.client.user(bench.upn("jane"))
    values = {"name": bench.title("Team"), "external": f"{bench.prefix}-ext", "member": jane}
    id_ = bench.client.group(values["name"], jane, externalId=values["external"])
    bench.client.group(bench.title("Crew"))
    found = [each.get("id") for each in bench.client.find("/Groups", form.format(**values))]
    if found != [id_]:
        raise Failed(f"the filter {form} finds {len(found)} groups; it must find the one", NEXT)


def _attributes(bench: Bench, schema: str) -> set[str]:
    schemas = listed(bench.client.get("/Schemas").get("Resources"))
    found: Json = next((each.get("attributes") for each in schemas if each.get("id") == schema), [])
    return {str(each.get("name")) for each in listed(found)}


def has_schema(schema: str, names: tuple[str, ...], bench: Bench) -> None:
    """These attributes are published, and externalId is kept."""
    missing = sorted(set(names) - _attributes(bench, schema))
    if missing:
        raise Failed(f"/Schemas lacks {', '.join(missing)}", NEXT)
    if schema == USER_URN:
        made = bench.client.get(f"/Users/{bench.client.user(bench.upn('jane'), externalId=f'{bench.prefix}-ext')}")
    else:
        made = bench.client.get(f"/Groups/{bench.client.group(bench.title('Team'), externalId=f'{bench.prefix}-ext')}")
    if made.get("externalId") != f"{bench.prefix}-ext":
        raise Failed("externalId is not kept", NEXT)


def no_password(bench: Bench) -> None:
    """There is no password."""
    if "password" in _attributes(bench, USER_URN):
        raise Failed("/Schemas lists password", NEXT)


def lists(endpoint: str, bench: Bench) -> None:
    """All are listed."""
    answer = bench.client.get(endpoint)
    if not isinstance(answer.get("totalResults"), int):
        raise Failed(f"GET {endpoint} has no totalResults", NEXT)


def creates(bench: Bench) -> None:
    """A user is created."""
    if require(
        bench.client.request("POST", "/Users", body={"schemas": [USER_URN], "userName": bench.upn("jane")}),
        CREATED,
        "POST /Users",
    ).get("userName") != bench.upn("jane"):
        raise Failed("the answer has another userName than was sent", NEXT)


def empty_group(bench: Bench) -> None:
    """A group is created without members."""
    path = f"/Groups/{bench.client.group(bench.title('Team'))}"
    if member_ids(bench.client.get(path)):
        raise Failed("a group that was made without members has some", NEXT)


def same_group_name(bench: Bench) -> None:
    """A displayName is taken once."""
    bench.client.group(bench.title("Team"))
    body = {"schemas": [GROUP_URN], "displayName": bench.title("Team")}
    if bench.client.request("POST", "/Groups", body=body).status in CREATED:
        raise Failed("two groups can have the same displayName", "Entra's lookup finds two and stops with an error.")


def many_members(bench: Bench) -> None:
    """So many operations on members in one PATCH."""
    client = bench.client
    jane, joe = (client.user(bench.upn(name)) for name in ("jane", "joe"))
    path = f"/Groups/{client.group(bench.title('Team'))}"
    add = {"op": "add", "path": "members", "value": [{"value": jane}]}
    remove = {"op": "remove", "path": f'members[value eq "{jane}"]'}
    last = {"op": "add", "path": "members", "value": [{"value": joe}]}
    client.patch(path, *[add, remove] * (MEMBERS // 2), last)
    if member_ids(client.get(path)) != {joe}:
        raise Failed(f"{MEMBERS + 1} operations on members in one PATCH do not come to what they say", NEXT)
