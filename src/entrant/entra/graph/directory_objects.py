"""`/directoryObjects` and `/organization`: objects of any kind by id, and the tenant itself."""

from __future__ import annotations

from entrant.entra.model import Kind
from entrant.entra.store import objects, tenant
from entrant.entra.store.objects import Place
from entrant.scim.wire import Json

from .answer import Answer, collection, entity
from .call import Call, lowered
from .entities import DIRECTORY_OBJECT, ORGANIZATION
from .errors import bad_value, not_found
from .lookup import find_kind
from .objects import project_typed, typed
from .odata.projection import project

MAX_IDS = 1_000  # of one getByIds
_KINDS = {"user": Kind.USER, "group": Kind.GROUP}


def get_object(call: Call) -> Answer:
    """A user or a group by id."""
    names = call.options(DIRECTORY_OBJECT).selection.names
    return entity(call.context("directoryObjects/$entity"), project_typed(typed(find_kind(call, call.id)), names))


def get_by_ids(call: Call) -> Answer:
    """Those of these ids that are in the directory, of the kinds asked for."""
    body = call.body()
    ids, types = _texts(body, "ids"), _texts(body, "types") if body.get("types") else list(_KINDS)
    if len(ids) > MAX_IDS:
        raise bad_value(f"'ids' holds more than {MAX_IDS} ids.")
    kinds = {_KINDS[type_.lower()] for type_ in types if type_.lower() in _KINDS}
    found = call.provisioner.db.read(lambda tx: objects.find_many(tx, [lowered(id_) for id_ in ids]))
    there = [
        project_typed(typed(each.object), None)
        for each in found
        if each.object is not None and each.place is Place.DIRECTORY and each.kind in kinds
    ]
    return collection(call.context("directoryObjects"), there)


def list_organization(call: Call) -> Answer:
    """The tenant, as the only one of its kind."""
    names = call.options(ORGANIZATION).selection.names
    return collection(call.context("organization"), [project(_organization(call), ORGANIZATION, names)])


def get_organization(call: Call) -> Answer:
    """The tenant by its id."""
    names = call.options(ORGANIZATION).selection.names
    if call.id != call.tenant:
        raise not_found(call.id)
    return entity(call.context("organization/$entity"), project(_organization(call), ORGANIZATION, names))


def _organization(call: Call) -> Json:
    found = call.provisioner.db.read(tenant.get)
    domains = dict.fromkeys((found.default_domain, *found.verified_domains))
    return {
        "id": found.id,
        "displayName": found.name,
        "createdDateTime": found.created,
        "tenantType": "AAD",
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": domain == found.default_domain,
                "isInitial": domain == found.default_domain,
                "name": domain,
                "type": "Managed",
            }
            for domain in domains
        ],
    }


def _texts(body: dict[str, Json], name: str) -> list[str]:
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise bad_value(f"'{name}' must be a collection of texts.")
    return value
