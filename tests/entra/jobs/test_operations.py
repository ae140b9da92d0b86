"""Connections, mappings and settings of a job."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from entrant.entra.engine.on_demand import Result
from entrant.entra.engine.restart import ORDINARY
from entrant.entra.engine.switches import Switches
from entrant.entra.jobs import operations
from entrant.entra.jobs.connection import MixedCredentials, UnknownKey
from entrant.entra.jobs.operations import CredentialsRejected, RateLimited
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import MASKED
from entrant.entra.jobs.views import Settings
from entrant.entra.mapping.expressions.parser import parse_expression
from entrant.entra.mapping.schema import ALL_ACTIONS, AttributeMapping, TargetAction
from entrant.entra.model import BadValue, Conflict, Kind, NotFound
from entrant.entra.store import jobs, tenant
from tests.support.emulator import App, Workspace, done, group, new_app, users


@pytest.fixture
def tenant_url(tmp_path: Path, tenant_file: Path) -> str:
    """One engine is enough here: the statements are those of the cycles."""
    return f"sqlite:///{shutil.copy(tenant_file, tmp_path / 'entra.db')}"


ALWAYS = {"SyncAll": "false", "SyncNotificationSettings": "{}"}


def test_an_application_has_one_job_with_an_id_of_the_usual_form(provisioner: Provisioner) -> None:
    """1.5."""
    app = new_app(provisioner)

    with pytest.raises(Conflict):
        operations.create_job(provisioner, app.id)
    template, tenant, rest = app.job_id.split(".")
    assert (template, tenant, len(rest)) == ("scim", provisioner.tenant.replace("-", ""), 36)
    assert [job.id for job in operations.list_jobs(provisioner, app.id)] == [app.job_id]
    with pytest.raises(NotFound):
        operations.get_job(provisioner, "other", app.job_id)


def test_a_connection_is_saved_only_after_it_was_tested(provisioner: Provisioner, workspace: Workspace) -> None:
    """4.8, 4.10."""
    app = new_app(provisioner)

    with pytest.raises(CredentialsRejected) as refused:
        operations.connect(provisioner, app.id, {"BaseAddress": workspace.base_url, "SecretToken": "wrong"})

    assert refused.value.code == "SystemForCrossDomainIdentityManagementInvalidCredentials"
    assert (app.job.configured, operations.get_secrets(provisioner, app.id)) == (False, {})
    app.connect(workspace)
    assert app.job.tenant_url == workspace.base_url


def test_secrets_are_masked_and_encrypted(app: App, provisioner: Provisioner, workspace: Workspace) -> None:
    """graph-surface 9.7."""
    assert operations.get_secrets(provisioner, app.id) == {
        "BaseAddress": workspace.base_url,
        "SecretToken": MASKED,
        "SyncAll": "false",
        "SyncNotificationSettings": '{"Enabled":false,"Recipients":"","DeleteThresholdEnabled":false,"DeleteThresholdValue":0}',
    }
    row = provisioner.db.read(lambda tx: jobs.find(tx, app.job_id))
    assert row is not None
    assert workspace.token not in repr(row)


def test_what_was_read_masked_can_be_written_back(app: App, provisioner: Provisioner) -> None:
    """12.5.4: all secrets are sent together, read before."""
    values = operations.get_secrets(provisioner, app.id)

    operations.put_secrets(provisioner, app.id, {**values, "SyncAll": "true", "SkipOutOfScopeDeletions": "True"})

    operations.validate_credentials(provisioner, app.id, {}, use_saved=True)
    assert (app.job.sync_all, app.job.settings.skip_out_of_scope_deletions) == (True, True)


def test_secrets_that_make_no_connection_are_kept_until_they_do(app: App, provisioner: Provisioner) -> None:
    """graph-surface 9.7."""
    operations.put_secrets(provisioner, app.id, {"BaseAddress": "", "SecretToken": "t"})
    before = app.job

    operations.put_secrets(provisioner, app.id, {"BaseAddress": "https://elsewhere.example", "SyncAll": "true"})

    assert (before.configured, app.job.configured) == (False, True)
    assert operations.get_secrets(provisioner, app.id)["SecretToken"] == MASKED


def test_the_deletion_threshold_is_part_of_the_notification_settings(app: App, provisioner: Provisioner) -> None:
    """15.11."""
    values = operations.get_secrets(provisioner, app.id)
    text = '{"Enabled":true,"Recipients":"a@b.c","DeleteThresholdEnabled":true,"DeleteThresholdValue":7}'

    operations.put_secrets(provisioner, app.id, {**values, "SyncNotificationSettings": text})

    assert app.job.settings == Settings(notify=True, recipients="a@b.c", delete_threshold=7)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"Token": "x"}, UnknownKey),
        ({"BaseAddress": "https://x", "SecretToken": "t", "Oauth2ClientId": "c"}, MixedCredentials),
        ({"BaseAddress": "x"}, BadValue),
    ],
)
def test_a_connection_that_cannot_be_is_refused(
    app: App, provisioner: Provisioner, values: dict[str, str], error: type[Exception]
) -> None:
    """4.9, 3.5."""
    with pytest.raises(error):
        operations.validate_credentials(provisioner, app.id, values)
    with pytest.raises(error):
        operations.put_secrets(provisioner, app.id, {**values, **ALWAYS})


def test_everybody_is_in_scope_if_wanted(app: App, provisioner: Provisioner, workspace: Workspace) -> None:
    """12.1."""
    users(provisioner, "ann", "bob")
    nobody = done(app.sync())
    operations.set_scope(provisioner, app.id, sync_all=True)
    operations.restart(provisioner, app.job_id, ORDINARY)

    assert (nobody, done(app.sync()), len(workspace.members())) == ({}, {"create": 2}, 2)


def test_an_attribute_is_mapped_anew_and_no_more(app: App, provisioner: Provisioner) -> None:
    """12.1.3, 16.6: the next cycle is an initial one, and an attribute that the target lacked is known from then on."""
    app.sync()
    mapping = AttributeMapping("nickName", parse_expression("ToUpper([givenName])"))
    own = AttributeMapping("urn:example:badge", parse_expression("[employeeId]"))

    operations.set_attribute(provisioner, app.job_id, Kind.USER, mapping)
    operations.set_attribute(provisioner, app.job_id, Kind.USER, own)
    operations.remove_attribute(provisioner, app.job_id, Kind.USER, "Title")

    users_mapping = operations.load_schema(provisioner, app.job_id).mapping_of(Kind.USER)
    assert users_mapping is not None
    assert (users_mapping.find("nickName"), users_mapping.find("urn:example:badge")) == (mapping, own)
    assert users_mapping.find("title") is None
    assert app.job.watermark is None


@pytest.mark.parametrize(
    "edit",
    [
        lambda p, job: operations.set_attribute(p, job, Kind.USER, AttributeMapping("title", parse_expression("[no]"))),
        lambda p, job: operations.remove_attribute(p, job, Kind.USER, "userName"),
        lambda p, job: operations.set_mapping_enabled(p, job, Kind.USER, enabled=False),
        lambda p, job: operations.put_schema(p, job, {"synchronizationRules": []}),
    ],
)
def test_a_mapping_that_no_cycle_could_work_with_is_refused_whole(
    app: App, provisioner: Provisioner, edit: Callable[[Provisioner, str], None]
) -> None:
    app.sync()
    before = operations.get_schema(provisioner, app.job_id)

    with pytest.raises(BadValue):
        edit(provisioner, app.job_id)

    assert operations.get_schema(provisioner, app.job_id) == before
    assert app.job.watermark is not None


def test_a_schema_is_exported_and_imported(app: App, provisioner: Provisioner) -> None:
    """21.3.5."""
    document = operations.get_schema(provisioner, app.job_id)
    other = new_app(provisioner, "Other")

    operations.put_schema(provisioner, other.job_id, document)

    copied = operations.get_schema(provisioner, other.job_id)
    assert (copied["id"], copied["synchronizationRules"]) == (other.job_id, document["synchronizationRules"])


def test_a_schema_that_says_nothing_of_actions_leaves_them_as_they_are(app: App, provisioner: Provisioner) -> None:
    """21.3.4: Microsoft's client for Python leaves `flowTypes` out of what it writes."""
    operations.set_actions(provisioner, app.job_id, Kind.USER, frozenset({TargetAction.UPDATE}))
    document = operations.get_schema(provisioner, app.job_id)
    for mapping in document["synchronizationRules"][0]["objectMappings"]:
        del mapping["flowTypes"]
    document["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"].pop()

    operations.put_schema(provisioner, app.job_id, document)

    mappings = [operations.load_schema(provisioner, app.job_id).mapping_of(kind) for kind in Kind]
    assert [mapping and mapping.actions for mapping in mappings] == [frozenset({TargetAction.UPDATE}), ALL_ACTIONS]


def test_the_default_domain_is_the_tenants(app: App, provisioner: Provisioner, workspace: Workspace) -> None:
    """18.4."""
    provisioner.db.write(tenant.KEY, lambda tx: tenant.set_domains(tx, "fabrikam.example"))
    expression = parse_expression('Join("@", [mailNickname], DefaultDomain())')
    mapping = AttributeMapping("userName", expression, matching_priority=1)
    operations.set_attribute(provisioner, app.job_id, Kind.USER, mapping)
    app.assign(*users(provisioner, "ann"))

    app.sync()

    assert list(workspace.members()) == ["ann@fabrikam.example"]


def test_the_same_mappings_again_change_nothing(app: App, provisioner: Provisioner) -> None:
    app.sync()

    operations.put_schema(provisioner, app.job_id, operations.get_schema(provisioner, app.job_id))
    operations.set_mapping_enabled(provisioner, app.job_id, Kind.GROUP, enabled=True)

    assert app.job.watermark is not None


def test_an_action_that_is_not_ticked_is_not_done(app: App, provisioner: Provisioner, workspace: Workspace) -> None:
    """12.5.5."""
    operations.set_actions(provisioner, app.job_id, Kind.USER, frozenset({TargetAction.UPDATE}))
    app.assign(*users(provisioner, "ann"))

    app.sync()

    assert workspace.members() == {}


def test_settings_are_kept_and_bounded(app: App, provisioner: Provisioner) -> None:
    settings = Settings(delete_threshold=3, switches=replace(Switches(), members_per_patch=1))

    operations.put_settings(provisioner, app.job_id, settings)

    assert app.job.settings == settings
    with pytest.raises(BadValue):
        operations.put_settings(provisioner, app.job_id, Settings(delete_threshold=0))


def test_one_user_is_provisioned_on_demand(app: App, provisioner: Provisioner, workspace: Workspace) -> None:
    """19.1, 19.9: the job was never started."""
    ann, bob = users(provisioner, "ann", "bob")
    app.assign(ann, bob)

    shown = operations.provision_on_demand(provisioner, app.job_id, ann.id, Kind.USER)

    assert (shown.result, len(shown.steps)) == (Result.SUCCESS, 5)
    assert workspace.members() == {"ann@contoso.com": True}
    assert [logged.entry.source_name for logged in app.log()] == ["ann@contoso.com"]


def test_a_group_is_provisioned_on_demand_with_chosen_members(
    app: App, provisioner: Provisioner, workspace: Workspace
) -> None:
    """19.5."""
    ann, bob = users(provisioner, "ann", "bob")
    team = group(provisioner, "Team", ann, bob)
    app.assign(team)

    operations.provision_on_demand(provisioner, app.job_id, team.id, Kind.GROUP, [ann.id])

    assert (workspace.members(), workspace.groups()) == ({"ann@contoso.com": True}, {"Team": 1})


def test_a_wrong_subject_is_refused(app: App, provisioner: Provisioner) -> None:
    (ann,) = users(provisioner, "ann")

    with pytest.raises(BadValue):
        operations.provision_on_demand(provisioner, app.job_id, ann.id, Kind.GROUP)
    with pytest.raises(NotFound):
        operations.provision_on_demand(provisioner, app.job_id, app.id, Kind.USER)
    with pytest.raises(BadValue):
        operations.provision_on_demand(provisioner, app.job_id, ann.id, Kind.USER, rule_id="none")


def test_the_sixth_call_within_ten_seconds_is_refused(
    app: App, provisioner: Provisioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """19.3: whichever process it comes from."""
    (ann,) = users(provisioner, "ann")
    monkeypatch.setattr("entrant.entra.jobs.on_demand.MAX_CALLS", 2)
    for _ in range(2):
        operations.provision_on_demand(provisioner, app.job_id, ann.id, Kind.USER)

    with pytest.raises(RateLimited) as refused:
        operations.provision_on_demand(provisioner, app.job_id, ann.id, Kind.USER)

    assert 1 <= refused.value.retry_after <= 10
