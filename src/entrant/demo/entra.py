"""Requests in the exact form in which Entra's provisioning engine sends them, its flag off unless said otherwise.

No User-Agent and no Accept header; a Content-Type only where there is a body; queries form-encoded as .NET does it;
operation names with a capital, and every value a string. With the flag `aadOptscim062020` a PATCH follows RFC 7644.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from entrant.scim.schema import ENTERPRISE_URN, GROUP_URN, USER_URN
from entrant.scim.wire import Json, Request

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CONTENT_TYPE = "application/scim+json; charset=utf-8"

_UNESCAPED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!*()")


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the directory, by the attributes of the default mapping. An empty one is not sent."""

    given: str
    family: str
    name: str
    """The userPrincipalName, which becomes userName."""
    title: str = ""
    department: str = ""
    phone: str = ""

    @property
    def display(self) -> str:
        """The displayName."""
        return f"{self.given} {self.family}"

    @property
    def alias(self) -> str:
        """The mailNickname, which becomes externalId."""
        return self.name.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Entra:
    """An enterprise application's connection: `base` is the path of the Tenant URL, without a slash at its end."""

    base: str
    token: str

    def find_user(self, name: str) -> Request:
        """Look for a user by the matching attribute."""
        return self._request("GET", "/Users", "filter=" + form_encoded(f'userName eq "{name}"'))

    def find_group(self, name: str) -> Request:
        """Look for a group by its name, never with its members."""
        filter_ = form_encoded(f'displayName eq "{name}"')
        return self._request("GET", "/Groups", f"excludedAttributes=members&filter={filter_}")

    def read_user(self, user_id: str) -> Request:
        """Read a user who is linked."""
        return self._request("GET", f"/Users/{user_id}")

    def read_group(self, group_id: str) -> Request:
        """Read a group that is linked, never with its members."""
        return self._request("GET", f"/Groups/{group_id}", "excludedAttributes=members")

    def create_user(self, person: Person) -> Request:
        """POST a user, the attributes in Entra's order."""
        return self._request("POST", "/Users", body=user_body(person))

    def create_group(self, object_id: str, name: str) -> Request:
        """POST a group, always without members."""
        return self._request(
            "POST",
            "/Groups",
            body={
                "schemas": [GROUP_URN],
                "externalId": object_id,
                "displayName": name,
                "members": [],
                "meta": {"resourceType": "Group"},
            },
        )

    def patch_user(self, user_id: str, *operations: Json) -> Request:
        """PATCH a user."""
        return self._patch(f"/Users/{user_id}", operations)

    def set_active(self, user_id: str, *, active: bool) -> Request:
        """Disable a user, or let them return; the boolean is a string."""
        return self.patch_user(user_id, replace("active", str(active)))

    def add_members(self, group_id: str, member_ids: Sequence[str]) -> Request:
        """Add members to a group."""
        return self._patch(f"/Groups/{group_id}", [add("members", [{"value": member} for member in member_ids])])

    def remove_members(self, group_id: str, member_ids: Sequence[str]) -> Request:
        """Remove members by a value list, which RFC 7644 gives no meaning."""
        value = [{"value": member} for member in member_ids]
        return self._patch(f"/Groups/{group_id}", [{"op": "Remove", "path": "members", "value": value}])

    def remove_members_by_filter(self, group_id: str, member_ids: Sequence[str]) -> Request:
        """Remove members as with the flag: one operation each."""
        return self._patch(
            f"/Groups/{group_id}",
            [{"op": "remove", "path": f'members[value eq "{member}"]'} for member in member_ids],
        )

    def rename_group(self, group_id: str, name: str) -> Request:
        """Give a group another name."""
        return self._patch(f"/Groups/{group_id}", [replace("displayName", name)])

    def delete_group(self, group_id: str) -> Request:
        """Delete a group that is not assigned any more."""
        return self._request("DELETE", f"/Groups/{group_id}")

    def _patch(self, path: str, operations: Sequence[Json]) -> Request:
        return self._request("PATCH", path, body={"schemas": [PATCH_URN], "Operations": list(operations)})

    def _request(self, method: str, path: str, query: str = "", body: Json = None) -> Request:
        headers: Mapping[str, str] = {"authorization": f"Bearer {self.token}"}
        if body is None:
            return Request(method, self.base + path, query, headers)
        return Request(
            method, self.base + path, query, {**headers, "content-type": CONTENT_TYPE}, msgspec.json.encode(body)
        )


def add(path: str, value: Json) -> Json:
    """An operation on an attribute that the target does not have."""
    return {"op": "Add", "path": path, "value": value}


def replace(path: str, value: Json) -> Json:
    """An operation on an attribute that differs in the target."""
    return {"op": "Replace", "path": path, "value": value}


def replace_merged(values: Mapping[str, Json]) -> Json:
    """As with the flag: all attributes that differ, in one operation without path; the keys stay flat."""
    return {"op": "replace", "value": dict(values)}


def user_body(person: Person) -> Json:
    """The body of a user's POST."""
    phones = [{"primary": True, "type": "work", "value": person.phone}] if person.phone else []
    body = {
        "schemas": [USER_URN, ENTERPRISE_URN],
        "externalId": person.alias,
        "userName": person.name,
        "active": True,
        "displayName": person.display,
        "emails": [{"primary": True, "type": "work", "value": person.name}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": person.display, "familyName": person.family, "givenName": person.given},
        "phoneNumbers": phones,
        "preferredLanguage": "en",
        "title": person.title,
        ENTERPRISE_URN: {"department": person.department} if person.department else None,
    }
    return {name: value for name, value in body.items() if value}


def form_encoded(text: str) -> str:
    """As .NET encodes the value of a query: a space is `+`, the digits of an escape are lower-case."""
    return "".join(
        "+" if byte == ord(" ") else chr(byte) if byte in _UNESCAPED else f"%{byte:02x}" for byte in text.encode()
    )
