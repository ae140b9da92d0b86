"""`$expand` on users and groups: what a relation leads to, within the entity (graph-surface 9.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from entrant.db.engine import Tx
from entrant.entra.model import DirectoryObject
from entrant.entra.store import applications, browse, memberships, objects
from entrant.entra.store.objects import Place
from entrant.scim.wire import Json

from .assignment_json import assignment_json
from .call import Call
from .objects import project_typed, typed
from .odata.projection import Expansion, Selection

MAX_EXPANDED = 20  # objects of one relation that Graph puts into an entity; the address of the relation has them all

Read = Callable[..., Sequence[DirectoryObject]]
_READ: dict[str, Read] = {
    "members": memberships.members,
    "memberOf": memberships.groups_of,
    "transitiveMembers": browse.all_members,
    "transitiveMemberOf": browse.all_groups_of,
    "directReports": objects.reports,
}


def expand(call: Call, object_: DirectoryObject, selection: Selection) -> Json:
    """The relations that are asked for, by their names."""
    if not selection.expand:
        return {}
    return call.provisioner.db.read(
        lambda tx: {expansion.name: _related(tx, object_, expansion) for expansion in selection.expand}
    )


def _related(tx: Tx, object_: DirectoryObject, expansion: Expansion) -> Json:
    if expansion.name == "manager":
        found = objects.find(tx, object_.manager) if object_.manager is not None else None
        if found is None or found.object is None or found.place is not Place.DIRECTORY:
            return None
        return project_typed(typed(found.object), expansion.select)
    if expansion.name == "appRoleAssignments":
        assignments = applications.assignments_of(tx, object_.id)[:MAX_EXPANDED]
        return [assignment_json(assignment, applications.find(tx, assignment.resource)) for assignment in assignments]
    found_ = _READ[expansion.name](tx, object_.id, after="", most=MAX_EXPANDED)
    return [project_typed(typed(each), expansion.select) for each in found_]
