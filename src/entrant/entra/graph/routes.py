"""Every address of the API: in which versions, by which method, of what form, and the operation it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from entrant.entra.model import DirectoryObject, Kind
from entrant.entra.store.objects import Place

from . import assignments, audit, collections, deleted, delta, directory_objects, groups, service_principals, users
from .answer import Answer
from .call import Call
from .collections import Relation
from .lookup import find_group, find_user
from .synchronization import connections, jobs, on_demand, schema, secrets

Operation: TypeAlias = Callable[[Call], Answer]
Route: TypeAlias = tuple[tuple[str, ...], str, str, Operation]
BOTH, BETA = ("v1.0", "beta"), ("beta",)

_SYNC = "servicePrincipals/{}/synchronization"
_JOB = f"{_SYNC}/jobs/{{}}"


def _related(address: str, relation: Relation) -> Iterator[Route]:
    """A relation: all it leads to, by kind, and how many; and the addresses alone."""
    yield BOTH, "GET", address, collections.list_related(relation)
    yield BOTH, "GET", f"{address}/$count", collections.count_related(relation)
    yield BOTH, "GET", f"{address}/$ref", collections.list_references(relation)
    for kind in Kind:
        yield BOTH, "GET", f"{address}/{kind.lower()}", collections.list_related(relation, kind)
        yield BOTH, "GET", f"{address}/{kind.lower()}/$count", collections.count_related(relation, kind)


def _assigned(address: str, find: Callable[[Call], DirectoryObject]) -> Iterator[Route]:
    """The assignments of a user or a group."""
    yield BOTH, "GET", address, assignments.list_of(find)
    yield BOTH, "POST", address, assignments.assign(find)
    yield BOTH, "GET", f"{address}/{{}}", assignments.get_of(find)
    yield BOTH, "DELETE", f"{address}/{{}}", assignments.remove_of(find)


ROUTES: tuple[Route, ...] = (
    # Users
    (BOTH, "GET", "users", collections.list_objects(Kind.USER)),
    (BOTH, "POST", "users", users.create_user),
    (BOTH, "GET", "users/$count", collections.count_objects(Kind.USER)),
    (BOTH, "GET", "users/delta", delta.users),
    (BOTH, "GET", "users/{}", users.get_user),
    (BOTH, "PATCH", "users/{}", users.update_user),
    (BOTH, "DELETE", "users/{}", users.delete_user),
    (BOTH, "GET", "users/{}/manager", users.get_manager),
    (BOTH, "GET", "users/{}/manager/$ref", users.get_manager_reference),
    (BOTH, "PUT", "users/{}/manager/$ref", users.set_manager),
    (BOTH, "DELETE", "users/{}/manager/$ref", users.remove_manager),
    *_related("users/{}/directReports", collections.REPORTS),
    *_related("users/{}/memberOf", collections.GROUPS_OF_USER),
    *_related("users/{}/transitiveMemberOf", collections.ALL_GROUPS_OF_USER),
    *_assigned("users/{}/appRoleAssignments", find_user),
    # Groups
    (BOTH, "GET", "groups", collections.list_objects(Kind.GROUP)),
    (BOTH, "POST", "groups", groups.create_group),
    (BOTH, "GET", "groups/$count", collections.count_objects(Kind.GROUP)),
    (BOTH, "GET", "groups/delta", delta.groups),
    (BOTH, "GET", "groups/{}", groups.get_group),
    (BOTH, "PATCH", "groups/{}", groups.update_group),
    (BOTH, "DELETE", "groups/{}", groups.delete_group),
    *_related("groups/{}/members", collections.MEMBERS),
    *_related("groups/{}/transitiveMembers", collections.ALL_MEMBERS),
    *_related("groups/{}/memberOf", collections.GROUPS_OF_GROUP),
    *_related("groups/{}/transitiveMemberOf", collections.ALL_GROUPS_OF_GROUP),
    (BOTH, "POST", "groups/{}/members/$ref", groups.add_member),
    (BOTH, "DELETE", "groups/{}/members/{}/$ref", groups.remove_member),
    *_assigned("groups/{}/appRoleAssignments", find_group),
    # The recycle bin, objects of any kind, the tenant
    (BOTH, "GET", "directory/deletedItems/user", collections.list_objects(Kind.USER, Place.RECYCLE_BIN)),
    (BOTH, "GET", "directory/deletedItems/user/$count", collections.count_objects(Kind.USER, Place.RECYCLE_BIN)),
    (BOTH, "GET", "directory/deletedItems/group", collections.list_objects(Kind.GROUP, Place.RECYCLE_BIN)),
    (BOTH, "GET", "directory/deletedItems/group/$count", collections.count_objects(Kind.GROUP, Place.RECYCLE_BIN)),
    (BOTH, "GET", "directory/deletedItems/{}", deleted.get_deleted),
    (BOTH, "DELETE", "directory/deletedItems/{}", deleted.purge),
    (BOTH, "POST", "directory/deletedItems/{}/restore", deleted.restore),
    (BOTH, "GET", "directoryObjects/{}", directory_objects.get_object),
    (BOTH, "POST", "directoryObjects/getByIds", directory_objects.get_by_ids),
    (BOTH, "GET", "organization", directory_objects.list_organization),
    (BOTH, "GET", "organization/{}", directory_objects.get_organization),
    # Applications
    (BOTH, "GET", "applicationTemplates", service_principals.list_templates),
    (BOTH, "GET", "applicationTemplates/{}", service_principals.get_template),
    (BOTH, "POST", "applicationTemplates/{}/instantiate", service_principals.instantiate),
    (BOTH, "GET", "applications", service_principals.list_applications),
    (BOTH, "GET", "applications/{}", service_principals.get_application),
    (BOTH, "PATCH", "applications/{}", service_principals.update_application),
    (BOTH, "DELETE", "applications/{}", service_principals.delete_application),
    (BOTH, "GET", "servicePrincipals", service_principals.list_service_principals),
    (BOTH, "GET", "servicePrincipals/$count", service_principals.count_service_principals),
    (BOTH, "GET", "servicePrincipals/{}", service_principals.get_service_principal),
    (BOTH, "PATCH", "servicePrincipals/{}", service_principals.update_service_principal),
    (BOTH, "DELETE", "servicePrincipals/{}", service_principals.delete_service_principal),
    (BOTH, "GET", "servicePrincipals/{}/appRoleAssignedTo", assignments.list_to),
    (BOTH, "POST", "servicePrincipals/{}/appRoleAssignedTo", assignments.assign()),
    (BOTH, "GET", "servicePrincipals/{}/appRoleAssignedTo/{}", assignments.get_to),
    (BOTH, "DELETE", "servicePrincipals/{}/appRoleAssignedTo/{}", assignments.remove_to),
    # Older sets of Microsoft's test remove an assignment to an application by this address (graph-surface 3.3)
    (BOTH, "DELETE", "servicePrincipals/{}/appRoleAssignments/{}", assignments.remove_to),
    # The provisioning log
    (BOTH, "GET", "auditLogs/provisioning", audit.list_entries),
    (BOTH, "GET", "auditLogs/provisioning/{}", audit.get_entry),
    # Jobs
    (BOTH, "GET", f"{_SYNC}/templates", jobs.list_templates),
    (BOTH, "GET", f"{_SYNC}/templates/{{}}/schema", schema.template_schema),
    (BOTH, "GET", f"{_SYNC}/jobs", jobs.list_jobs),
    (BOTH, "POST", f"{_SYNC}/jobs", jobs.create_job),
    (BOTH, "GET", _JOB, jobs.get_job),
    (BOTH, "DELETE", _JOB, jobs.delete_job),
    (BOTH, "POST", f"{_JOB}/start", jobs.start),
    (BOTH, "POST", f"{_JOB}/pause", jobs.pause),
    (BOTH, "POST", f"{_JOB}/restart", jobs.restart),
    (BOTH, "POST", f"{_JOB}/provisionOnDemand", on_demand.provision),
    # Connections
    (BOTH, "GET", f"{_SYNC}/secrets", secrets.get_secrets),
    (BOTH, "PUT", f"{_SYNC}/secrets", secrets.put_secrets),
    (BOTH, "POST", f"{_SYNC}/jobs/validateCredentials", secrets.validate),
    (BOTH, "POST", f"{_JOB}/validateCredentials", secrets.validate),
    (BETA, "GET", f"{_SYNC}/connectivityParameters", connections.list_parameters),
    (BETA, "GET", f"{_JOB}/objectConnections", connections.list_connections),
    (BETA, "GET", f"{_JOB}/objectConnections/{{}}", connections.get_connection),
    (BETA, "DELETE", f"{_JOB}/objectConnections/{{}}", connections.remove_connection),
    # Mappings
    (BOTH, "GET", f"{_JOB}/schema", schema.get_schema),
    (BOTH, "PUT", f"{_JOB}/schema", schema.put_schema),
    (BOTH, "DELETE", f"{_JOB}/schema", schema.delete_schema),
    (BOTH, "GET", f"{_JOB}/schema/filterOperators", schema.filter_operators),
    (BOTH, "GET", f"{_JOB}/schema/functions", schema.functions),
    (BOTH, "POST", f"{_JOB}/schema/parseExpression", schema.parse_expression),
    (BOTH, "GET", f"{_JOB}/schema/directories", schema.list_directories),
    (BOTH, "GET", f"{_JOB}/schema/directories/{{}}", schema.get_directory),
    (BOTH, "POST", f"{_JOB}/schema/directories/{{}}/discover", schema.discover),
)
