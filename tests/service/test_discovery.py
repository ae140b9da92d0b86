"""Discovery documents (RFC 7644 §4)."""

from __future__ import annotations

import pytest

from entrant.db.engine import Database
from entrant.scim.schema import GROUP_URN
from tests.support.workspaces import new_workspace


@pytest.mark.parametrize("provider", ["entra", "okta", "generic", "strict"])
def test_a_filter_on_a_discovery_document_is_403(module_database: Database, provider: str) -> None:
    """RFC 7644 §4: "if a filter is provided, the service provider SHOULD respond with HTTP status code 403"."""
    idp = new_workspace(module_database, provider).idp
    paths = ("/Schemas", f"/Schemas/{GROUP_URN}", "/ResourceTypes", "/ResourceTypes/User", "/ServiceProviderConfig")

    for path in paths:
        assert idp.get(path).status == 200
        answer = idp.get(f"{path}?count=1&filter=id+eq+%22User%22")
        assert (answer.status, answer.json()["status"]) == (403, "403")


@pytest.mark.parametrize("provider", ["entra", "okta", "generic", "strict"])
def test_password_is_in_no_schema(module_database: Database, provider: str) -> None:
    """Product 6.3: dropped unread where it comes, refused on strict."""
    idp = new_workspace(module_database, provider).idp

    schemas = idp.get("/Schemas").json()["Resources"]
    answer = idp.post_user("ada", password="hunter2 hunter2")

    assert [s["id"] for s in schemas if "password" in {a["name"].lower() for a in s["attributes"]}] == []
    if provider == "strict":
        assert (answer.status, answer.json()["scimType"]) == (400, "invalidSyntax")
    else:
        assert answer.status == 201
        assert "password" not in answer.json()
