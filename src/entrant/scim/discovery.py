"""What this service supports, as documents that list exactly that (RFC 7643 §5-7, RFC 7644 §4, RFC 9865 §4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from .errors import NotFound
from .listing import CURSOR_LIFETIME, DEFAULT_COUNT, MAX_COUNT
from .schema import ResourceType, Schema
from .schemas import schema_to_json
from .wire import Json

CONFIG_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
LIST_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

BEARER: Json = {
    "type": "oauthbearertoken",
    "name": "Bearer token",
    "description": "The token of the connection in the Authorization header (RFC 6750).",
    "specUri": "https://www.rfc-editor.org/info/rfc6750",
}
CLIENT_CREDENTIALS: Json = {
    "type": "oauth2",
    "name": "OAuth 2.0 client credentials",
    "description": "An access token for the scope scim, got for a client secret or a signed assertion (RFC 6749 §4.4).",
    "specUri": "https://www.rfc-editor.org/info/rfc6749",
}


class Profile(Enum):
    """For what kind of client the documents are written."""

    BASIC = auto()
    """One that may know RFC 7643 alone: nothing that came later is in the configuration, because clients exist that
    refuse a document with a member they do not know."""
    CURSORS = auto()
    """That there are cursors (RFC 9865 §4)."""
    INTEROP = auto()
    """Also that the connection follows draft-zollner-scim-interop-profile."""


def service_provider_config(
    base_url: str, *, max_operations: int, max_payload: int, profile: Profile, schemes: Sequence[Json] = (BEARER,)
) -> Json:
    """`/ServiceProviderConfig`; `max_payload` is in bytes, and the first of `schemes` is the primary one."""
    document: dict[str, Json] = {
        "schemas": [CONFIG_SCHEMA],
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": max_operations, "maxPayloadSize": max_payload},
        "filter": {"supported": True, "maxResults": MAX_COUNT},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [{**scheme, "primary": n == 0} for n, scheme in enumerate(schemes)],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }
    if profile is not Profile.BASIC:
        document["pagination"] = {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
            "cursorTimeout": CURSOR_LIFETIME,
        }
    if profile is Profile.INTEROP:
        document["interopProfileConformant"] = True
    return document


def resource_types(base_url: str, types: Iterable[ResourceType]) -> Json:
    """`/ResourceTypes`."""
    return _list([_resource_type(base_url, type_) for type_ in types])


def resource_type(base_url: str, types: Iterable[ResourceType], name: str) -> Json:
    """`/ResourceTypes/{name}`; raises NotFound."""
    for type_ in types:
        if type_.name.lower() == name.lower():
            return _resource_type(base_url, type_)
    raise NotFound(f'there is no resource type "{name[:100]}"')


def schemas(base_url: str, types: Iterable[ResourceType]) -> Json:
    """`/Schemas`."""
    return _list([_schema(base_url, schema) for schema in _all(types)])


def schema(base_url: str, types: Iterable[ResourceType], urn: str) -> Json:
    """`/Schemas/{urn}`; raises NotFound."""
    for one in _all(types):
        if one.id.lower() == urn.lower():
            return _schema(base_url, one)
    raise NotFound(f'there is no schema "{urn[:200]}"')


def _all(types: Iterable[ResourceType]) -> list[Schema]:
    return [schema for type_ in types for schema in (type_.schema, *type_.extensions)]


def _resource_type(base_url: str, type_: ResourceType) -> Json:
    document: dict[str, Json] = {
        "schemas": [TYPE_SCHEMA],
        "id": type_.name,
        "name": type_.name,
        "endpoint": type_.endpoint,
        "description": type_.description,
        "schema": type_.schema.id,
        "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{type_.name}"},
    }
    if type_.extensions:
        document["schemaExtensions"] = [{"schema": e.id, "required": False} for e in type_.extensions]
    return document


def _schema(base_url: str, schema: Schema) -> Json:
    meta = {"resourceType": "Schema", "location": f"{base_url}/Schemas/{schema.id}"}
    return {"schemas": [SCHEMA_SCHEMA], **schema_to_json(schema), "meta": meta}


def _list(resources: list[Json]) -> Json:
    counts = {"totalResults": len(resources), "startIndex": 1, "itemsPerPage": len(resources)}
    return {"schemas": [LIST_SCHEMA], **counts, "Resources": resources}
