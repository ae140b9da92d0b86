"""The OpenAPI 3.1 description of what providers speak to: SCIM and the token endpoint.

Served at `/scim/openapi.json`, and kept as docs/openapi.json.
"""

from __future__ import annotations

from importlib.metadata import version

from entrant.scim import openapi
from entrant.scim.schemas import GROUP, USER
from entrant.scim.wire import Json

from .oauth.form import ASSERTION_TYPE, MEDIA_TYPE
from .oauth.metadata import REVOKE, SCOPE, TOKEN, WELL_KNOWN

PATH = "/scim/openapi.json"
WORKSPACE: Json = {
    "name": "workspace",
    "in": "path",
    "required": True,
    "description": "The workspace, as it is named in its base URL.",
    "schema": {"type": "string", "pattern": "^[a-z0-9-]{1,63}$"},
}


def document(public_url: str) -> Json:
    """The description, with the service at that URL. It is the same for every workspace, but for custom schemas."""
    scim = openapi.paths("/scim/v2/{workspace}")
    for item in scim.values():
        item["parameters"] = [WORKSPACE, *item.get("parameters", [])]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Entrant",
            "version": version("entrant"),
            "description": "SCIM 2.0 (RFC 7643, RFC 7644) and OAuth 2.0 client credentials (RFC 6749) for workspaces.",
        },
        "servers": [{"url": public_url}],
        "security": [{"bearer": []}, {"client": [SCOPE]}],
        "paths": {**scim, **_oauth()},
        "components": {
            "schemas": {**openapi.components((USER, GROUP)), **_messages()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "client": {
                    "type": "oauth2",
                    "description": "Each workspace has a token endpoint of its own: /scim/oauth/{workspace}/token.",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": f"{public_url}/scim/oauth/WORKSPACE/{TOKEN}",
                            "scopes": {SCOPE: "Everything that the connection may do."},
                        }
                    },
                },
            },
        },
    }


def _oauth() -> dict[str, Json]:
    get_metadata = {
        "operationId": "getMetadata",
        "security": [],
        "responses": {"200": _json("The metadata (RFC 8414).", "Metadata")},
    }
    return {
        f"/scim/oauth/{{workspace}}/{TOKEN}": {
            "parameters": [WORKSPACE],
            "post": _post("postToken", "TokenRequest", {"200": _json("An access token.", "Token")}),
        },
        f"/scim/oauth/{{workspace}}/{REVOKE}": {
            "parameters": [WORKSPACE],
            "post": _post("postRevoke", "RevocationRequest", {"200": {"description": "The token opens nothing."}}),
        },
        f"{WELL_KNOWN}/scim/oauth/{{workspace}}": {"parameters": [WORKSPACE], "get": get_metadata},
    }


def _post(name: str, form: str, answers: dict[str, Json]) -> Json:
    refusals = {code: _json("Refused (RFC 6749 §5.2).", "OAuthError") for code in ("400", "401", "503")}
    return {
        "operationId": name,
        "security": [],
        "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": _ref(form)}}},
        "responses": {**answers, **refusals},
    }


def _messages() -> dict[str, Json]:
    text: Json = {"type": "string"}
    client: dict[str, Json] = {
        "client_id": text,
        "client_secret": text,
        "client_assertion": text,
        "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
    }
    return {
        "TokenRequest": {
            "type": "object",
            "properties": {
                "grant_type": {"type": "string", "enum": ["client_credentials"]},
                "scope": {"type": "string", "enum": [SCOPE]},
                **client,
            },
            "required": ["grant_type"],
        },
        "RevocationRequest": {"type": "object", "properties": {"token": text, **client}, "required": ["token"]},
        "Token": {
            "type": "object",
            "properties": {
                "access_token": text,
                "token_type": {"type": "string", "enum": ["Bearer"]},
                "expires_in": {"type": "integer", "minimum": 3600, "maximum": 21600},
                "scope": text,
            },
            "required": ["access_token", "token_type", "expires_in"],
        },
        "OAuthError": {
            "type": "object",
            "properties": {"error": text, "error_description": text},
            "required": ["error"],
        },
        "Metadata": {
            "type": "object",
            "properties": {"issuer": text, "token_endpoint": text},
            "required": ["issuer", "token_endpoint"],
        },
    }


def _json(description: str, schema: str) -> Json:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
