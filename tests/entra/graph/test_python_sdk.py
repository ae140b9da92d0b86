"""Microsoft's own client for Python, `msgraph-sdk`, against the emulator over plain http (graph-surface 9.9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.application_templates.item.instantiate.instantiate_post_request_body import (
    InstantiatePostRequestBody,
)
from msgraph.generated.audit_logs.provisioning.provisioning_request_builder import ProvisioningRequestBuilder
from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.directory_object import DirectoryObject
from msgraph.generated.models.group import Group
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.models.reference_update import ReferenceUpdate
from msgraph.generated.models.synchronization_job import SynchronizationJob
from msgraph.generated.models.synchronization_schedule_state import SynchronizationScheduleState
from msgraph.generated.models.synchronization_secret import SynchronizationSecret
from msgraph.generated.models.synchronization_secret_key_string_value_pair import (
    SynchronizationSecretKeyStringValuePair,
)
from msgraph.generated.models.synchronization_status_code import SynchronizationStatusCode
from msgraph.generated.models.user import User
from msgraph.generated.service_principals.item.synchronization.secrets.secrets_put_request_body import (
    SecretsPutRequestBody,
)
from msgraph.generated.users.count.count_request_builder import CountRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory
from msgraph_core.tasks.page_iterator import PageIterator

from tests.entra.graph.gallery import SETTINGS
from tests.entra.graph.serving import Emulator, emulator
from tests.support.loops import run_apart

TEMPLATE = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
CONTEXT = "https://graph.microsoft.com/v1.0/users"


class Token(AccessTokenProvider):
    """Gives one token for any host."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_authorization_token(self, uri: str, additional_authentication_context: dict[str, Any] = {}) -> str:  # noqa: B006  the signature is Microsoft's
        """The token."""
        return self._token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        """Any host will do."""
        return AllowedHostsValidator([])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A server for the tests of this file."""
    with emulator(tmp_path_factory.mktemp("sdk")) as running:
        yield running


def run(served: Emulator, script: Callable[[GraphServiceClient, GraphRequestAdapter], Awaitable[None]]) -> None:
    """Run a script that uses the client."""

    async def main() -> None:
        authentication = BaseBearerTokenAuthenticationProvider(Token(served.token()))
        # The client's own transport does not close the one within it
        async with httpx.AsyncHTTPTransport() as wire:
            http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=wire))
            adapter = GraphRequestAdapter(authentication, http)
            adapter.base_url = f"{served.http}/v1.0"
            await script(GraphServiceClient(request_adapter=adapter), adapter)

    run_apart(main())


def person(name: str) -> User:
    """A new user as a script writes it."""
    return User(
        account_enabled=True,
        display_name=name,
        mail_nickname=name,
        user_principal_name=f"{name}@contoso.com",
        password_profile=PasswordProfile(force_change_password_next_sign_in=True, password="xWwvJ]6NMw+bWH-d"),
    )


def test_a_script_keeps_users_and_groups(served: Emulator) -> None:
    async def script(client: GraphServiceClient, _: GraphRequestAdapter) -> None:
        ann, bob = await client.users.post(person("Ann")), await client.users.post(person("Bob"))
        await client.users.by_user_id(ann.id).patch(User(job_title="Engineer"))
        await client.users.by_user_id(ann.id).manager.ref.put(ReferenceUpdate(odata_id=f"{CONTEXT}/{bob.id}"))
        manager = await client.users.by_user_id(ann.id).manager.get()
        assert isinstance(manager, User)
        assert manager.display_name == "Bob"
        group = await client.groups.post(
            Group(display_name="Sales", mail_enabled=False, mail_nickname="sales", security_enabled=True)
        )
        await client.groups.by_group_id(group.id).members.ref.post(ReferenceCreate(odata_id=f"{CONTEXT}/{ann.id}"))
        members = await client.groups.by_group_id(group.id).members.get()
        users = await client.groups.by_group_id(group.id).members.graph_user.get()
        assert isinstance(members.value[0], User)
        assert users.value[0].job_title == "Engineer"
        await client.groups.by_group_id(group.id).members.by_directory_object_id(ann.id).ref.delete()
        await client.users.by_user_id(bob.id).delete()
        deleted = await client.directory.deleted_items.graph_user.get()
        assert deleted.value[0].id == bob.id
        restored = await client.directory.deleted_items.by_directory_object_id(bob.id).restore.post()
        assert isinstance(restored, DirectoryObject)

    run(served, script)


def test_a_script_pages_filters_counts_and_follows_changes(served: Emulator) -> None:
    async def script(client: GraphServiceClient, adapter: GraphRequestAdapter) -> None:
        names = {f"Page {number}" for number in range(5)}
        for name in sorted(names):
            await client.users.post(person(name.replace(" ", "")))
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters
        first = await client.users.get(
            RequestConfiguration(query_parameters=query(top=2, filter="startsWith(displayName,'Page')"))
        )
        seen: list[str | None] = []

        def note(user: User) -> bool:
            seen.append(user.display_name)
            return True

        await PageIterator(first, adapter).iterate(note)
        assert seen == [f"Page{number}" for number in range(5)]
        headers = HeadersCollection()
        headers.add("ConsistencyLevel", "eventual")
        total = await client.users.count.get(
            RequestConfiguration(
                headers=headers,
                query_parameters=CountRequestBuilder.CountRequestBuilderGetQueryParameters(
                    filter="startsWith(displayName,'Page')"
                ),
            )
        )
        assert total == 5
        everything = await client.users.delta.get()
        await client.users.post(person("Late"))
        changes = await client.users.delta.with_url(everything.odata_delta_link).get()
        assert [user.display_name for user in changes.value] == ["Late"]

    run(served, script)


def test_a_script_sets_up_provisioning(served: Emulator) -> None:
    async def script(client: GraphServiceClient, _: GraphRequestAdapter) -> None:
        made = await client.application_templates.by_application_template_id(TEMPLATE).instantiate.post(
            InstantiatePostRequestBody(display_name="Entrant")
        )
        principal = client.service_principals.by_service_principal_id(made.service_principal.id)
        ann = await client.users.post(person("Assigned"))
        await client.users.by_user_id(ann.id).app_role_assignments.post(
            AppRoleAssignment(
                principal_id=ann.id,
                resource_id=made.service_principal.id,
                app_role_id=made.service_principal.app_roles[0].id,
            )
        )
        assigned = await principal.app_role_assigned_to.get()
        assert assigned.value[0].principal_display_name == "Assigned"
        job = await principal.synchronization.jobs.post(SynchronizationJob(template_id="scim"))
        pairs = {
            "BaseAddress": "http://127.0.0.1:9/scim",
            "SecretToken": "t",
            "SyncNotificationSettings": SETTINGS,
            "SyncAll": "false",
        }
        await principal.synchronization.secrets.put(
            SecretsPutRequestBody(
                value=[
                    SynchronizationSecretKeyStringValuePair(key=SynchronizationSecret(key), value=value)
                    for key, value in pairs.items()
                ]
            )
        )
        there = principal.synchronization.jobs.by_synchronization_job_id(job.id)
        await there.start.post()
        await there.pause.post()
        shown = await there.get()
        assert shown.schedule.state is SynchronizationScheduleState.Paused
        assert shown.status.code in {SynchronizationStatusCode.Paused, SynchronizationStatusCode.Quarantine}
        schema = await there.schema.get()
        assert (len(schema.synchronization_rules), len(schema.directories)) == (1, 2)
        log = await client.audit_logs.provisioning.get(
            RequestConfiguration(
                query_parameters=ProvisioningRequestBuilder.ProvisioningRequestBuilderGetQueryParameters(
                    filter=f"jobId eq '{job.id}'", top=1, orderby=["activityDateTime desc"]
                )
            )
        )
        assert isinstance(log.value, list)

    run(served, script)


def test_a_refusal_arrives_as_the_clients_own_error(served: Emulator) -> None:
    async def script(client: GraphServiceClient, _: GraphRequestAdapter) -> None:
        with pytest.raises(ODataError) as refusal:
            await client.users.by_user_id("nobody@contoso.com").get()
        assert refusal.value.error
        assert refusal.value.error.code == "Request_ResourceNotFound"
        assert refusal.value.response_status_code == 404

    run(served, script)
