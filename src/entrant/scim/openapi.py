"""The SCIM endpoints as an OpenAPI 3.1 description, made from the routes and the schemas that the service runs by."""

from __future__ import annotations

from collections.abc import Iterable

from . import bulk, discovery, errors, operations
from .routes import METHODS, Endpoint
from .schema import Attribute, Mutability, ResourceType, Returned, Schema, Type
from .wire import CONTENT_TYPE, Json

TYPES: dict[Type, Json] = {
    Type.STRING: {"type": "string"},
    Type.REFERENCE: {"type": "string"},
    Type.BINARY: {"type": "string", "contentEncoding": "base64"},
    Type.BOOLEAN: {"type": "boolean"},
    Type.INTEGER: {"type": "integer"},
    Type.DECIMAL: {"type": "number"},
    Type.DATETIME: {"type": "string", "format": "date-time"},
}
PATHS = {
    Endpoint.USERS: "/Users",
    Endpoint.USER: "/Users/{id}",
    Endpoint.GROUPS: "/Groups",
    Endpoint.GROUP: "/Groups/{id}",
    Endpoint.SEARCH_ALL: "/.search",
    Endpoint.SEARCH_USERS: "/Users/.search",
    Endpoint.SEARCH_GROUPS: "/Groups/.search",
    Endpoint.BULK: "/Bulk",
    Endpoint.ME: "/Me",
    Endpoint.SERVICE_PROVIDER_CONFIG: "/ServiceProviderConfig",
    Endpoint.RESOURCE_TYPES: "/ResourceTypes",
    Endpoint.RESOURCE_TYPE: "/ResourceTypes/{id}",
    Endpoint.SCHEMAS: "/Schemas",
    Endpoint.SCHEMA: "/Schemas/{id}",
}
SEARCHES = frozenset({Endpoint.SEARCH_ALL, Endpoint.SEARCH_USERS, Endpoint.SEARCH_GROUPS})
LISTS = SEARCHES | {Endpoint.USERS, Endpoint.GROUPS, Endpoint.RESOURCE_TYPES, Endpoint.SCHEMAS}
RESOURCES = {
    Endpoint.USERS: "User",
    Endpoint.USER: "User",
    Endpoint.GROUPS: "Group",
    Endpoint.GROUP: "Group",
    Endpoint.RESOURCE_TYPE: "ResourceType",
    Endpoint.SCHEMA: "Schema",
    Endpoint.SERVICE_PROVIDER_CONFIG: "ServiceProviderConfig",
}
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
STRINGS: Json = {"type": "array", "items": {"type": "string"}}
OBJECT: Json = {"type": "object", "additionalProperties": True}


def paths(base: str) -> dict[str, Json]:
    """The path items of every endpoint; `base` is put before each path."""
    return {base + path: _path_item(endpoint, path) for endpoint, path in PATHS.items()}


def components(types: Iterable[ResourceType]) -> dict[str, Json]:
    """The schemas that the path items refer to, those of the resource types among them."""
    return {
        **{type_.name: _resource(type_) for type_ in types},
        **{f"{type_.name}Answer": _answer(type_) for type_ in types},
        "PatchOp": _message(PATCH_SCHEMA, {"Operations": {"type": "array", "items": _operation(), "minItems": 1}}),
        "SearchRequest": _message(SEARCH_SCHEMA, _search()),
        "ListResponse": _list_response(),
        "BulkRequest": _bulk_request(),
        "BulkResponse": _message(bulk.RESPONSE_SCHEMA, {"Operations": {"type": "array", "items": OBJECT}}),
        "Error": _error(),
        "ResourceType": _message(discovery.TYPE_SCHEMA, {"name": {"type": "string"}, "endpoint": {"type": "string"}}),
        "Schema": _message(discovery.SCHEMA_SCHEMA, {"id": {"type": "string"}, "attributes": _objects()}),
        "ServiceProviderConfig": _message(discovery.CONFIG_SCHEMA, {"authenticationSchemes": _objects()}),
    }


def _path_item(endpoint: Endpoint, path: str) -> Json:
    item: dict[str, Json] = {}
    if "{id}" in path:
        item["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    for method in METHODS[endpoint]:
        item[method.lower()] = _operation_of(endpoint, method)
    return item


def _operation_of(endpoint: Endpoint, method: str) -> Json:
    words = endpoint.name.title().replace("_", "")
    operation: dict[str, Json] = {"operationId": f"{method.lower()}{words}", "responses": _responses(endpoint, method)}
    parameters = []
    if method == "GET" and endpoint in {Endpoint.USERS, Endpoint.GROUPS}:
        parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in _parameters().items()]
    elif endpoint in {Endpoint.USER, Endpoint.GROUP, Endpoint.USERS, Endpoint.GROUPS} and method != "DELETE":
        parameters += [
            {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("attributes", "excludedAttributes")
        ]
    if endpoint in {Endpoint.USER, Endpoint.GROUP}:
        match_ = "If-None-Match" if method == "GET" else "If-Match"
        parameters.append({"name": match_, "in": "header", "schema": {"type": "string"}})
    if parameters:
        operation["parameters"] = parameters
    body = _body(endpoint, method)
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {CONTENT_TYPE: {"schema": _ref(body)}}}
    return operation


def _body(endpoint: Endpoint, method: str) -> str | None:
    """The name of the schema of a request's body; None if it has none."""
    if endpoint in SEARCHES:
        return "SearchRequest"
    if endpoint is Endpoint.BULK:
        return "BulkRequest"
    if method == "PATCH" and endpoint is not Endpoint.ME:
        return "PatchOp"
    return RESOURCES.get(endpoint) if method in {"POST", "PUT"} else None


def _responses(endpoint: Endpoint, method: str) -> Json:
    """What may be answered; every refusal has the same form."""
    refusals = {
        code: {"description": text, "content": {CONTENT_TYPE: {"schema": _ref("Error")}}}
        for code, text in (("4XX", "Refused; the detail says why."), ("5XX", "Not now, or never; see Retry-After."))
    }
    if endpoint is Endpoint.ME:
        return {"501": refusals["5XX"], **refusals}
    answers: dict[str, Json] = {}
    name = (
        "ListResponse" if endpoint in LISTS and (method == "GET" or endpoint in SEARCHES) else RESOURCES.get(endpoint)
    )
    if endpoint is Endpoint.BULK:
        name = "BulkResponse"
    shown = f"{name}Answer" if name in {"User", "Group"} else name or "Error"
    found = {"description": "Done.", "content": {CONTENT_TYPE: {"schema": _ref(shown)}}}
    if method == "DELETE":
        answers["204"] = {"description": "It is gone."}
    elif method == "POST" and endpoint in {Endpoint.USERS, Endpoint.GROUPS}:
        answers["201"] = found
    else:
        answers["200"] = found
    if method == "PATCH":
        answers["204"] = {"description": "Done."}
    if method == "GET" and endpoint in {Endpoint.USER, Endpoint.GROUP}:
        answers["304"] = {"description": "It is as If-None-Match names it."}
    return {**answers, **refusals}


def _resource(type_: ResourceType) -> Json:
    properties: dict[str, Json] = {"schemas": STRINGS, "id": {"type": "string", "readOnly": True}}
    properties["meta"] = {**OBJECT, "readOnly": True}
    properties |= _properties(type_.schema)
    for extension in type_.extensions:
        properties[extension.id] = {"type": "object", "properties": _properties(extension)}
    required = [attribute.name for attribute in type_.schema.attributes if attribute.required]
    return {"type": "object", "description": type_.description, "properties": properties, "required": required}


def _answer(type_: ResourceType) -> Json:
    """A resource as it is answered: `attributes` and `excludedAttributes` may leave out what a client must send."""
    return {**_resource(type_), "required": ["schemas", "id"]}


def _properties(schema: Schema) -> dict[str, Json]:
    return {attribute.name: _attribute(attribute) for attribute in schema.attributes}


def _attribute(attribute: Attribute) -> Json:
    """An attribute as JSON Schema. Canonical values are examples: others are taken too (RFC 7643 §7)."""
    if attribute.type is Type.COMPLEX:
        one: dict[str, Json] = {
            "type": "object",
            "properties": {sub.name: _attribute(sub) for sub in attribute.sub_attributes},
        }
    else:
        one = dict(TYPES[attribute.type])
    if attribute.canonical_values:
        one["examples"] = list(attribute.canonical_values)
    if attribute.multi_valued:
        one = {"type": "array", "items": one}
    if attribute.description:
        one["description"] = attribute.description
    if attribute.mutability is Mutability.READ_ONLY:
        one["readOnly"] = True
    if attribute.mutability is Mutability.WRITE_ONLY or attribute.returned is Returned.NEVER:
        one["writeOnly"] = True
    return one


def _operation() -> Json:
    return {
        "type": "object",
        "properties": {
            "op": {"type": "string", "enum": [op.value for op in operations.Op]},
            "path": {"type": "string", "examples": ["displayName", 'emails[type eq "work"].value']},
            "value": {},
        },
        "required": ["op"],
    }


def _search() -> dict[str, Json]:
    return {
        **_parameters(),
        "attributes": STRINGS,
        "excludedAttributes": STRINGS,
    }


def _parameters() -> dict[str, Json]:
    """The parameters of a list (RFC 7644 §3.4.2, RFC 9865)."""
    return {
        "filter": {"type": "string", "examples": ['userName eq "ada@example.com"']},
        "sortBy": {"type": "string"},
        "sortOrder": {"type": "string", "enum": ["ascending", "descending"]},
        "startIndex": {"type": "integer"},
        "count": {"type": "integer"},
        "cursor": {"type": "string"},
        "attributes": {"type": "string"},
        "excludedAttributes": {"type": "string"},
    }


def _list_response() -> Json:
    number = {"type": "integer", "minimum": 0}
    properties = {"totalResults": number, "startIndex": number, "itemsPerPage": number, "Resources": _objects()}
    message = _message(discovery.LIST_SCHEMA, properties)
    return {**message, "required": ["schemas", "totalResults"]}


def _bulk_request() -> Json:
    operation = {
        "type": "object",
        "properties": {
            "method": {"type": "string", "enum": list(bulk.METHODS)},
            "path": {"type": "string"},
            "bulkId": {"type": "string", "maxLength": bulk.MAX_BULK_ID},
            "version": {"type": "string"},
            "data": OBJECT,
        },
        "required": ["method", "path"],
    }
    operations = {"type": "array", "items": operation, "maxItems": bulk.MAX_OPERATIONS}
    properties = {"failOnErrors": {"type": "integer", "minimum": 1}, "Operations": operations}
    return _message(bulk.SCHEMA, properties)


def _error() -> Json:
    properties: dict[str, Json] = {
        "status": {"type": "string"},
        "scimType": {"type": "string"},
        "detail": {"type": "string"},
    }
    return {**_message(errors.SCHEMA, properties), "required": ["schemas", "status", "detail"]}


def _message(urn: str, properties: dict[str, Json]) -> Json:
    return {
        "type": "object",
        "properties": {"schemas": {**STRINGS, "examples": [[urn]]}, **properties},
        "required": ["schemas", *(name for name in ("Operations",) if name in properties)],
    }


def _objects() -> Json:
    return {"type": "array", "items": OBJECT}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
