"""Microsoft's eleven direct checks (graph-surface §6)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from functools import partial

from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.schema import AttributeType
from entrant.entra.model import Kind
from entrant.scim.schema import ENTERPRISE_URN, GROUP_URN
from entrant.scim.wire import Json

from .authentication import federated_identity, validate_credentials
from .bench import Bench
from .client import manager_of
from .model import Check, Failed, Run, Skipped, Suite
from .recorder import listed
from .schemas import names_in, required_in
from .values import body_of, compact, differing, named, plain_names, target_attributes, value_of

PAGE = 5
LEAST = 11  # resources that paging is tried with
MAX_PAGES = 10


def user_body(bench: Bench, name: str) -> dict[str, Json]:
    """A user with a value for every attribute of the target directory."""
    values: dict[str, Json] = {each: f"Test-{each[-12:].strip('.')}-{bench.prefix[-6:]}" for each in plain_names()}
    body = body_of({**values, "userName": bench.upn(name), "externalId": str(uuid.uuid4())})
    return {**body, "active": True}


def _discoverability(bench: Bench) -> None:
    answer = bench.client.get("/Schemas")
    if not isinstance(answer.get("Resources"), list):
        raise Failed("GET /Schemas has no Resources")
    schemas = list(listed(answer["Resources"]))
    published = {name.casefold() for name in names_in(schemas)}
    asked = [
        each.name for kind in ("User", "Group") if kind == "User" or bench.groups for each in target_attributes(kind)
    ]
    missing = [name for name in dict.fromkeys(asked) if name != "id" and name.casefold() not in published]
    if missing:
        raise Failed(
            f"/Schemas does not list {named(missing)}. Entra reads no schema while it provisions; this is the "
            "gallery's rule",
            "Nothing changes for a cycle; the gallery review fails.",
        )


def _null_update(bench: Bench) -> None:
    body = user_body(bench, "jane")
    id_ = bench.client.create("/Users", body)["id"]
    required = required_in(list(listed(bench.client.get("/Schemas").get("Resources"))))
    mapping = default_schema("scim.check").mapping_of(Kind.USER)
    mapped = [each.target for each in mapping.attributes] if mapping is not None else []
    names = [name for name in mapped if name in plain_names() and name.casefold() not in required]
    for empty in ("", None):
        bench.client.patch(f"/Users/{id_}", *compact(dict.fromkeys(names, empty)))
        user = bench.client.get(f"/Users/{id_}")
        looked_at = names if empty == "" else [name for name in names if "[" not in name]
        kept = [name for name in looked_at if value_of(user, name) not in (None, empty)]
        if kept:
            raise Failed(f"a replace with {'an empty text' if empty == '' else 'null'} leaves a value in {named(kept)}")
        for name in ("emails", "phoneNumbers", "addresses"):
            if any("type" not in each for each in listed(user.get(name))):
                raise Failed(f"an element of {name} is left without its type")


def _user_create(bench: Bench) -> None:
    body = user_body(bench, "jane")
    made = bench.client.create("/Users", body)
    if made.get("userName") != body["userName"]:
        raise Failed("the answer has another userName than was sent")


def _user_update(bench: Bench) -> None:
    id_ = bench.client.create("/Users", user_body(bench, "jane"))["id"]
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "7Z"  # seven digits, as .NET writes them
    kinds = {AttributeType.INTEGER: 4711, AttributeType.DATETIME: moment}
    names = ("userName", "externalId", *plain_names())
    types = {each.name: each.type for each in target_attributes("User")}
    values = {name: kinds.get(types[name], f"upd-{uuid.uuid4().hex[:8]}") for name in names}
    values["userName"] = f"{bench.prefix}-{values['userName']}"
    bench.client.patch(f"/Users/{id_}", *compact(values))
    wrong = differing(bench.client.get(f"/Users/{id_}"), values)
    if wrong:
        raise Failed(f"after the update these do not come back as they were sent: {named(wrong)}")


def _group_create(bench: Bench) -> None:
    body = {"schemas": [GROUP_URN], "displayName": bench.title("Group"), "externalId": str(uuid.uuid4())}
    made = bench.client.create("/Groups", body)
    if made.get("displayName") != body["displayName"]:
        raise Failed("the answer has another displayName than was sent")


def _group_update(bench: Bench) -> None:
    id_ = bench.client.group(bench.title("Group"), externalId=str(uuid.uuid4()))
    values = {"displayName": bench.title("upd-Group"), "externalId": f"upd-{uuid.uuid4().hex[:8]}"}
    operations = [{"op": "replace", "path": name, "value": value} for name, value in values.items()]
    bench.client.patch(f"/Groups/{id_}", *operations)
    wrong = differing(bench.client.get(f"/Groups/{id_}"), values)
    if wrong:
        raise Failed(f"after the update these do not come back as they were sent: {named(wrong)}")


def _manager(bench: Bench) -> None:
    user, one, other = (bench.client.user(bench.upn(f"scmgr-{name}")) for name in ("user", "mgr", "mgr2"))
    for op, value in (("Add", one), ("replace", other), ("replace", "")):
        bench.client.patch(f"/Users/{user}", {"op": op, "path": f"{ENTERPRISE_URN}:manager", "value": value})
        found = manager_of(bench.client.get(f"/Users/{user}"))
        if (found or "") != value:
            raise Failed(f"after {op} of the manager with a bare text its value is {found!r}; it must be {value!r}")


def _pagination(endpoint: str, bench: Bench) -> None:
    total = _total(bench, endpoint)
    for number in range(max(LEAST - total, 0)):
        if endpoint == "/Groups":
            bench.client.group(bench.title(f"Page {number}"), externalId="placeholder-extid")
        else:
            # All but the names may be the same: nothing else is unique.
            body = user_body(bench, "page")
            bench.client.create(
                endpoint, {**body, "userName": bench.upn(f"page{number}"), "displayName": bench.title(f"page{number}")}
            )
    start, pages, total = 1, 0, _total(bench, endpoint)
    while start <= total and pages < MAX_PAGES:
        answer = bench.client.get(endpoint, f"startIndex={start}&count={PAGE}")
        found = len(list(listed(answer.get("Resources"))))
        if answer.get("startIndex") != start:
            raise Failed(f"startIndex is {answer.get('startIndex')!r} in the answer to startIndex={start}")
        if found < min(PAGE, total - start + 1):
            raise Failed(f"the page at startIndex={start} has {found} resources of {PAGE}, with {total} in all")
        start, pages = start + found, pages + 1
    if pages < 2:  # noqa: PLR2004
        raise Failed(f"there is one page with {total} resources; at least two are needed")


def _total(bench: Bench, endpoint: str) -> int:
    total = bench.client.get(endpoint, f"startIndex=1&count={PAGE}").get("totalResults")
    if not isinstance(total, int):
        raise Failed(f"the list of {endpoint} has no totalResults")
    return total


def _with_groups(run: Run, bench: Bench) -> None:
    if not bench.groups:
        raise Skipped("the endpoint has no groups")
    run(bench)


_TESTS: tuple[tuple[str, str, str, Run], ...] = (
    (
        "Schema_Discoverability",
        "6.3",
        "/Schemas lists every attribute that can be mapped, externalId too",
        _discoverability,
    ),
    ("SCIM_Null_Update", "6.6", "Attributes are cleared by an empty text and by null", _null_update),
    ("SCIM_User_Create", "6.2", "A user with every attribute is created", _user_create),
    ("SCIM_User_Update", "6.4", "Every attribute is replaced in one PATCH and comes back verbatim", _user_update),
    ("SCIM_Group_Create", "6.2", "A group is created", partial(_with_groups, _group_create)),
    ("SCIM_Group_Update", "6.5", "A group's attributes are replaced", partial(_with_groups, _group_update)),
    ("Validate_Credentials", "3.6", "OAuth client credentials give a token that works", validate_credentials),
    ("Federated_Identity", "3.6", "An assertion is exchanged for a token", federated_identity),
    ("SCIM_User_Pagination", "6.8", "Users come in pages of five", partial(_pagination, "/Users")),
    (
        "SCIM_Group_Pagination",
        "6.8",
        "Groups come in pages of five",
        partial(_with_groups, partial(_pagination, "/Groups")),
    ),
    ("SCIM_Update_Manager", "6.7", "The manager is set and cleared with a bare text", _manager),
)
SCIM_TESTS = tuple(
    Check(name, Suite.SCIM, f"graph-surface {statement}", title, run, optional=name == "SCIM_Group_Pagination")
    for name, statement, title, run in _TESTS
)
