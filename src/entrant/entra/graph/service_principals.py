"""`/servicePrincipals`, `/applications`, `/applicationTemplates`: enterprise applications (graph-surface 9.6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http import HTTPStatus

from entrant.entra import directory
from entrant.entra.jobs import operations
from entrant.entra.model import NON_GALLERY_TEMPLATE, AppRole, ServicePrincipal
from entrant.entra.store import applications
from entrant.scim.wire import Json

from .answer import NO_CONTENT, Answer, entity
from .call import Call, is_guid, lowered, string
from .entities import APPLICATION, APPLICATION_TEMPLATE, SERVICE_PRINCIPAL
from .errors import bad_value, not_found, unsupported_query
from .lookup import find_service_principal
from .odata.advanced import HEADER_HINT
from .odata.projection import project
from .odata.types import EntityType
from .paging import Position, Source, count_matches, integer, page
from .writing import refusals

BATCH = 100
ISV_TEMPLATE = "2e388773-2016-40c0-a06e-743486cef3bf"  # the ISV onboarding app of Microsoft's test
TEMPLATES = {
    NON_GALLERY_TEMPLATE: "Custom",
    ISV_TEMPLATE: "ISV onboarding",
}
_TAGS = ["WindowsAzureActiveDirectoryIntegratedApp", "WindowsAzureActiveDirectoryCustomSingleSignOnApplication"]


def service_principal_id(call: Call) -> str:
    """The id of the service principal in the path; raises GraphError (404)."""
    return find_service_principal(call).id


def role_json(role: AppRole) -> Json:
    """An app role."""
    return {
        "allowedMemberTypes": list(role.allowed_member_types),
        "description": role.description,
        "displayName": role.display_name,
        "id": role.id,
        "isEnabled": role.is_enabled,
        "origin": "Application",
        "value": role.value,
    }


def service_principal_json(application: ServicePrincipal, tenant: str) -> Json:
    """An enterprise application as it stands in the tenant."""
    return {
        "id": application.id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "appDisplayName": application.display_name,
        "appId": application.app_id,
        "applicationTemplateId": application.template_id,
        "appOwnerOrganizationId": tenant,
        "appRoleAssignmentRequired": True,
        "createdDateTime": application.created,
        "displayName": application.display_name,
        "servicePrincipalNames": [application.app_id],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "tags": list(_TAGS),
        "appRoles": [role_json(role) for role in application.app_roles],
    }


def application_json(application: ServicePrincipal, tenant: str) -> Json:  # noqa: ARG001  both are made alike
    """The registration behind an enterprise application."""
    return {
        "id": application.application_id,
        "deletedDateTime": None,
        "appId": application.app_id,
        "applicationTemplateId": application.template_id,
        "createdDateTime": application.created,
        "displayName": application.display_name,
        "signInAudience": "AzureADMyOrg",
        "appRoles": [role_json(role) for role in application.app_roles],
    }


def list_service_principals(call: Call) -> Answer:
    """A page of enterprise applications."""
    return _list(call, SERVICE_PRINCIPAL, "servicePrincipals")


def list_applications(call: Call) -> Answer:
    """A page of registrations."""
    return _list(call, APPLICATION, "applications")


def count_service_principals(call: Call) -> Answer:
    """The number of enterprise applications, as text."""
    if not call.eventual:
        raise unsupported_query(f"$count is not currently supported without its header. {HEADER_HINT}")
    options = call.options(SERVICE_PRINCIPAL, counting=True)
    return Answer(text=str(count_matches(_source(call, SERVICE_PRINCIPAL), options)))


def get_service_principal(call: Call) -> Answer:
    """One enterprise application, by id or `appId`."""
    options = call.options(SERVICE_PRINCIPAL)
    shown = service_principal_json(find_service_principal(call), call.tenant)
    context = call.context("servicePrincipals/$entity")
    return entity(context, project(shown, SERVICE_PRINCIPAL, options.selection.names))


def update_service_principal(call: Call) -> Answer:
    """Change an application's name or app roles; what else the body says is not kept."""
    body = call.body()
    application = find_service_principal(call)
    _update(call, application, body)
    return NO_CONTENT


def delete_service_principal(call: Call) -> Answer:
    """Remove an enterprise application with its assignments and its job."""
    return _delete(call, find_service_principal(call))


def delete_application(call: Call) -> Answer:
    """Remove a registration, and the enterprise application with it."""
    return _delete(call, _find_application(call))


def _delete(call: Call, application: ServicePrincipal) -> Answer:
    with refusals(application.id):
        for job in operations.list_jobs(call.provisioner, application.id):
            operations.delete_job(call.provisioner, job.id)
        directory.delete_app(call.provisioner.db, application.id)
    return NO_CONTENT


def get_application(call: Call) -> Answer:
    """One registration, by its object id or `appId`."""
    options = call.options(APPLICATION)
    shown = application_json(_find_application(call), call.tenant)
    return entity(call.context("applications/$entity"), project(shown, APPLICATION, options.selection.names))


def update_application(call: Call) -> Answer:
    """Change the name or the app roles."""
    _update(call, _find_application(call), call.body())
    return NO_CONTENT


def get_template(call: Call) -> Answer:
    """One of the templates that applications are made from."""
    id_ = call.id
    if id_ not in TEMPLATES:
        raise not_found(id_)
    return entity(call.context("applicationTemplates/$entity"), _template(id_))


def list_templates(call: Call) -> Answer:
    """The templates that applications are made from."""
    options = call.options(APPLICATION_TEMPLATE)
    source = Source(
        lambda after: (((id_,), _template(id_)) for id_ in sorted(TEMPLATES) if not after or (id_,) > after)
    )
    return page(
        call,
        options,
        source,
        "applicationTemplates",
        lambda shown: project(shown, APPLICATION_TEMPLATE, options.selection.names),
    )


def instantiate(call: Call) -> Answer:
    """Make an application from a template."""
    id_ = call.id
    if id_ not in TEMPLATES:
        raise not_found(id_)
    name = string(call.body(), "displayName")
    with refusals(id_):
        made = directory.create_app(call.provisioner.db, name, template_id=id_)
    answer = {
        "application": application_json(made, call.tenant),
        "servicePrincipal": service_principal_json(made, call.tenant),
    }
    return entity(call.context("microsoft.graph.applicationServicePrincipal"), answer, HTTPStatus.CREATED)


def _list(call: Call, type_: EntityType, fragment: str) -> Answer:
    options = call.options(type_)
    names = options.selection.names
    return page(call, options, _source(call, type_), fragment, lambda shown: project(shown, type_, names))


def _source(call: Call, type_: EntityType) -> Source:
    to_json = service_principal_json if type_ is SERVICE_PRINCIPAL else application_json

    def scan(after: Position | None) -> Iterator[tuple[Position, Json]]:
        last = integer(after[0]) if after else 0
        while found := call.provisioner.db.read(partial(applications.page, after=last, most=BATCH)):
            for number, application in found:
                yield (str(number),), to_json(application, call.tenant)
            last = found[-1][0]

    return Source(scan)


def _find_application(call: Call) -> ServicePrincipal:
    key = call.keys[0]
    value = lowered(key.value)
    found = call.provisioner.db.read(lambda tx: applications.find(tx, value))
    if found is None or value != (found.app_id if key.name == "appId" else found.application_id):
        raise not_found(key.value)
    return found


def _template(id_: str) -> Json:
    return {
        "id": id_,
        "displayName": TEMPLATES[id_],
        "homePageUrl": None,
        "supportedSingleSignOnModes": ["saml", "password", "external"],
        "supportedProvisioningTypes": ["scim"],
        "logoUrl": None,
        "categories": [],
        "publisher": None,
        "description": None,
    }


def _update(call: Call, application: ServicePrincipal, body: dict[str, Json]) -> None:
    name = body.get("displayName", application.display_name)
    if not isinstance(name, str) or not name:
        raise bad_value("A value is required for property 'displayName' of resource.")
    roles = tuple(map(_role, body["appRoles"])) if isinstance(body.get("appRoles"), list) else application.app_roles
    with refusals(application.id):
        directory.update_app(call.provisioner.db, application.id, name=name, roles=roles)


def _role(given: Json) -> AppRole:
    """An app role as a client writes it."""
    if not isinstance(given, dict):
        raise bad_value("Each of 'appRoles' must be an object.")
    id_, types = given.get("id"), given.get("allowedMemberTypes", ["User"])
    if not isinstance(id_, str) or not is_guid(id_):
        raise bad_value("Each of 'appRoles' needs an 'id' that is a guid.")
    if not isinstance(types, list) or not all(isinstance(type_, str) for type_ in types):
        raise bad_value("'allowedMemberTypes' of an app role must be a collection of texts.")
    value, description = given.get("value"), given.get("description") or ""
    if not isinstance(value, str | None) or not isinstance(description, str):
        raise bad_value("'value' and 'description' of an app role must be text.")
    enabled = given.get("isEnabled", True)
    if not isinstance(enabled, bool):
        raise bad_value("'isEnabled' of an app role must be a Boolean.")
    return AppRole(lowered(id_), string(given, "displayName"), value, description, tuple(types), enabled)
