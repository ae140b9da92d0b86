"""Every endpoint of the service, and what serves it: the one place that knows both the routes and the code."""

from __future__ import annotations

from functools import partial

import msgspec

from entrant.db.engine import Database, Tx
from entrant.scim import discovery, routes
from entrant.scim.bulk import MAX_OPERATIONS
from entrant.scim.discovery import Profile
from entrant.scim.errors import Forbidden, NotOffered, ScimError
from entrant.scim.routes import Endpoint, Route, require_method, require_route
from entrant.scim.wire import CONTENT_TYPE, Json, Response
from entrant.store import credentials, members, workspaces
from entrant.store import groups as stored_groups
from entrant.workspace.model import Provider

from . import groups, lists, users
from .access import Visit
from .call import Call, Write, projection_of
from .cursors import Cursors
from .messages import read_list_query, read_search
from .present import groups_to_read


def is_read(visit: Visit) -> bool:
    """Whether a request changes nothing, whether or not it can be served."""
    method, route = visit.request.method, visit.route
    return method == "GET" if route is None else routes.is_read(route, method)


def is_bulk(visit: Visit) -> bool:
    """Whether a request that is no read is a bulk request."""
    return visit.route is not None and visit.route.endpoint is Endpoint.BULK and visit.request.method == "POST"


def read(call: Call, visit: Visit, database: Database, cursors: Cursors, max_body: int) -> Response:
    """Serve a request that changes nothing. `max_body` is in bytes."""
    route = _route(visit)
    match route.endpoint:
        case Endpoint.USERS:
            return lists.get_list(call, database, cursors, call.users, read_list_query(call))
        case Endpoint.GROUPS:
            return lists.get_list(call, database, cursors, call.groups, read_list_query(call))
        case Endpoint.USER:
            return lists.get_one(call, database, call.users, route.id, call.read_projection())
        case Endpoint.GROUP:
            return lists.get_one(call, database, call.groups, route.id, call.read_projection())
        case Endpoint.SEARCH_USERS:
            return lists.get_list(call, database, cursors, call.users, read_search(call))
        case Endpoint.SEARCH_GROUPS:
            return lists.get_list(call, database, cursors, call.groups, read_search(call))
        case Endpoint.SEARCH_ALL:
            return lists.search_all(call, database, read_search(call))
        case _:
            if "filter" in call.read_parameters():
                raise Forbidden(f"filtering is not supported by {visit.path}; read the whole document (RFC 7644 §4)")
            return Response(200, {"content-type": CONTENT_TYPE}, msgspec.json.encode(_document(call, route, max_body)))


def look_ahead(visit: Visit, tx: Tx, owner: str) -> None:
    """Ask ahead for what a request to one resource of that workspace begins with: a write with the lock."""
    route = visit.route
    if route is None or is_bulk(visit):
        return
    if not is_read(visit):
        workspaces.ahead(tx, owner)
    if route.endpoint is Endpoint.USER:
        members.ahead(tx, owner, route.id, _groups_ahead(visit))
    elif route.endpoint is Endpoint.GROUP:
        stored_groups.ahead(tx, owner, route.id)


def _groups_ahead(visit: Visit) -> int | None:
    """How many groups of a user the answer may show; a query that cannot be read is refused later."""
    if visit.request.method == "DELETE":
        return None
    try:
        return groups_to_read(projection_of(visit.request), written=not is_read(visit))
    except ScimError:
        return None


def route_write(visit: Visit) -> Write:
    """What does a write to one resource; raises NotFound, MethodNotAllowed or NotOffered."""
    route = _route(visit)
    of_user = route.endpoint in {Endpoint.USERS, Endpoint.USER}
    match visit.request.method:
        case "POST":
            return users.create if of_user else groups.create
        case "PUT":
            return partial(users.replace_ if of_user else groups.replace_, resource_id=route.id)
        case "PATCH":
            return partial(users.patch if of_user else groups.patch, resource_id=route.id)
        case _:
            return partial(users.delete if of_user else groups.delete, resource_id=route.id)


def _route(visit: Visit) -> Route:
    route = require_route(visit.route, visit.path)
    require_method(route, visit.request.method)
    if route.endpoint is Endpoint.ME:
        raise NotOffered("a provisioning token stands for no user: there is no /Me; use /Users")
    return route


def _profile(call: Call) -> Profile:
    """What a client of this kind can read in the service provider configuration."""
    match call.access.connection.provider:
        case Provider.GENERIC:
            return Profile.BASIC
        case Provider.STRICT:
            return Profile.INTEROP
        case _:
            return Profile.CURSORS


def _document(call: Call, route: Route, max_body: int) -> Json:
    """A discovery document."""
    types = (call.users, call.groups)
    match route.endpoint:
        case Endpoint.RESOURCE_TYPES:
            return discovery.resource_types(call.base_url, types)
        case Endpoint.RESOURCE_TYPE:
            return discovery.resource_type(call.base_url, types, route.id)
        case Endpoint.SCHEMAS:
            return discovery.schemas(call.base_url, types)
        case Endpoint.SCHEMA:
            return discovery.schema(call.base_url, types, route.id)
        case _:
            return discovery.service_provider_config(
                call.base_url,
                max_operations=MAX_OPERATIONS,
                max_payload=max_body,
                profile=_profile(call),
                schemes=_schemes(call),
            )


def _schemes(call: Call) -> list[Json]:
    """What the connection accepts, what this request was let in by first."""
    tx, workspace, connection = call.tx, call.workspace.id, call.access.connection.id
    by_token = call.access.token.credential is None or bool(credentials.hand_tokens(tx, workspace, connection))
    by_client = bool(
        credentials.secrets(tx, workspace, connection) or credentials.federations(tx, workspace, connection)
    )
    accepted = [
        scheme for scheme, is_ in ((discovery.BEARER, by_token), (discovery.CLIENT_CREDENTIALS, by_client)) if is_
    ]
    return accepted if call.access.token.credential is None else accepted[::-1]
