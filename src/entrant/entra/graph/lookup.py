"""Users, groups and service principals by what stands in a path; 404 if there are none."""

from __future__ import annotations

from entrant.entra.model import DirectoryObject, Kind, ServicePrincipal
from entrant.entra.store import applications, objects
from entrant.entra.store.objects import Place, Stored

from .call import Call, is_guid, lowered
from .errors import bad_request, not_found


def find_user(call: Call) -> DirectoryObject:
    """The user that the first key of the path names, by id or user principal name."""
    name = call.id
    if is_guid(name):
        return find_kind(call, name, Kind.USER)
    found = call.provisioner.db.read(lambda tx: objects.find_upn(tx, name))
    return _in_directory(found, Kind.USER, name)


def find_group(call: Call) -> DirectoryObject:
    """The group that the first key of the path names."""
    return find_kind(call, call.id, Kind.GROUP)


def find_kind(call: Call, id_: str, kind: Kind | None = None) -> DirectoryObject:
    """An object in the directory, of any kind or this one; raises GraphError (404)."""
    return _in_directory(find_stored(call, id_), kind, id_)


def find_stored(call: Call, id_: str) -> Stored | None:
    """An object wherever it is."""
    return call.provisioner.db.read(lambda tx: objects.find(tx, id_))


def _in_directory(found: Stored | None, kind: Kind | None, name: str) -> DirectoryObject:
    if found is None or found.object is None or found.place is not Place.DIRECTORY or kind not in {None, found.kind}:
        raise not_found(name)
    return found.object


def find_service_principal(call: Call) -> ServicePrincipal:
    """The service principal that the first key of the path names, by id or `appId`."""
    key = call.keys[0]
    value = lowered(key.value)
    found = call.provisioner.db.read(lambda tx: applications.find(tx, value))
    wanted = {"id": lambda: found and found.id, "appId": lambda: found and found.app_id}
    if key.name not in wanted:
        raise bad_request(f"'{key.name}' is no key of a service principal.")
    if found is None or wanted[key.name]() != value:
        raise not_found(key.value)
    return found
