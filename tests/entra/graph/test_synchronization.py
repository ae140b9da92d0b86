"""The synchronization API and the provisioning log (graph-surface 3.4, 3.5, 9.7, 9.8; entra-client 21)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import msgspec
import pytest

from entrant.db.engine import Database
from entrant.entra.graph.audit import narrow
from entrant.entra.graph.entities import PROVISIONING_ENTRY
from entrant.entra.graph.odata.parser import parse_filter
from entrant.entra.store import clock
from entrant.entra.store import tenant as store
from entrant.entra.store.clock import ClockState
from entrant.entra.store.log import Query
from tests.entra.graph.client import Client
from tests.entra.graph.gallery import SETTINGS, Gallery

NOBODY = "0ad1a5b2-5f0d-4c4e-9c39-000000000001"
NOWHERE = "http://127.0.0.1:9/scim"  # nothing listens on the port of `discard`


def new_job(graph: Client) -> tuple[str, str]:
    """The address of an application's synchronization, and its job."""
    there = f"servicePrincipals/{graph.application()['id']}/synchronization"
    return there, graph.post(f"{there}/jobs", {"templateId": "scim"})["id"]


def secrets(**values: str) -> dict[str, list[dict[str, str]]]:
    """The body of `PUT secrets`."""
    given = {"BaseAddress": NOWHERE, **values, "SyncNotificationSettings": SETTINGS, "SyncAll": "false"}
    return {"value": [{"key": key, "value": value} for key, value in given.items() if value]}


def test_a_new_job_is_not_configured_and_its_id_names_template_and_tenant(graph: Client) -> None:
    there, job = new_job(graph)

    shown = graph.get(f"{there}/jobs/{job}")

    assert job.startswith(f"scim.{graph.access.provisioner.tenant.replace('-', '')}.")
    assert shown["templateId"] == "scim"
    assert shown["schedule"] == {"expiration": None, "interval": "P10675199DT2H48M5.4775807S", "state": "Disabled"}
    assert shown["status"]["code"] == "NotConfigured"
    assert shown["status"]["steadyStateFirstAchievedTime"] == "0001-01-01T00:00:00Z"
    assert (shown["status"]["lastExecution"], shown["status"]["quarantine"], shown["status"]["progress"]) == (
        None,
        None,
        [],
    )
    assert [each["id"] for each in graph.values(f"{there}/jobs")] == [job]
    assert graph.error("POST", f"{there}/jobs", {"templateId": "scim"})[0] == 409
    assert graph.error("POST", f"{there}/jobs", {"templateId": "x"})[0] == 400


def test_a_job_is_only_found_below_its_application(graph: Client) -> None:
    there, job = new_job(graph)
    other = f"servicePrincipals/{graph.application('Other')['id']}/synchronization"

    assert graph.values(f"{other}/jobs") == []
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/start"),
        ("POST", "/pause"),
        ("POST", "/restart"),
        ("GET", "/schema"),
    ):
        assert graph.error(method, f"{other}/jobs/{job}{path}")[:2] == (404, "ResourceNotFound")
        assert graph.error(method, f"{there}/jobs/{job}x{path}")[0] == 404
    assert graph.error("GET", f"servicePrincipals/{NOBODY}/synchronization/jobs")[0] == 404


def test_templates_are_listed_with_their_schemas(graph: Client) -> None:
    there, _ = new_job(graph)

    templates = {each["id"]: each["default"] for each in graph.values(f"{there}/templates")}

    assert templates == {"scim": True, "customappsso": False, "isvonboarding": False}
    assert graph.get(f"{there}/templates/scim/schema")["synchronizationRules"] != []
    assert graph.error("GET", f"{there}/templates/x/schema")[0] == 404


def test_a_job_is_started_paused_restarted_and_removed_without_a_body(graph: Client) -> None:
    """Graph-surface 9.9: SDKs send no body and no content type."""
    there, job = new_job(graph)
    graph.change("PUT", f"{there}/secrets", secrets(SecretToken="t"))

    graph.change("POST", f"{there}/jobs/{job}/start")
    assert graph.get(f"{there}/jobs/{job}")["schedule"] == {"expiration": None, "interval": "PT40M", "state": "Active"}
    graph.change("POST", f"{there}/jobs/{job}/pause")
    shown = graph.get(f"{there}/jobs/{job}")
    assert (shown["schedule"]["state"], shown["status"]["code"]) == ("Paused", "Paused")
    for body in (None, {}, {"criteria": {"resetScope": "Full"}}, {"criteria": {"resetScope": "watermark, Escrows"}}):
        graph.change("POST", f"{there}/jobs/{job}/restart", body)
    assert graph.error("POST", f"{there}/jobs/{job}/restart", {"criteria": {"resetScope": "x"}})[0] == 400
    assert graph.error("POST", f"{there}/jobs/{job}/restart", {"criteria": {"resetScope": 1}})[0] == 400
    graph.change("DELETE", f"{there}/jobs/{job}")
    assert graph.values(f"{there}/jobs") == []


def kept(graph: Client, there: str) -> dict[str, str]:
    return {each["key"]: each["value"] for each in graph.values(f"{there}/secrets")}


def pairs(**values: str | None) -> dict[str, list[dict[str, str | None]]]:
    return {"value": [{"key": key, "value": value} for key, value in values.items()]}


def test_as_many_secrets_are_listed_as_were_set_and_masked(graph: Client) -> None:
    """Terraform waits until it sees as many as it sent, and compares the masked ones with an asterisk."""
    there, job = new_job(graph)

    graph.change("PUT", f"{there}/secrets", pairs(BaseAddress=NOWHERE, SecretToken="hidden"))

    assert kept(graph, there) == {"BaseAddress": NOWHERE, "SecretToken": "*"}
    graph.change("POST", f"{there}/jobs/{job}/start")
    graph.change("PUT", f"{there}/secrets", secrets(SecretToken="*"))
    assert kept(graph, there)["SyncAll"] == "false"
    assert len(kept(graph, there)) == len(secrets(SecretToken="*")["value"])
    beta = replace(graph, version="beta")
    assert len(beta.values(f"{there}/connectivityParameters")) == len(kept(graph, there))


def test_a_secret_that_is_not_sent_stays_and_an_empty_one_goes(graph: Client) -> None:
    there, job = new_job(graph)
    graph.change("PUT", f"{there}/secrets", pairs(SecretToken="hidden", SyncAll="true"))
    assert kept(graph, there) == {"SecretToken": "*", "SyncAll": "true"}
    assert graph.error("POST", f"{there}/jobs/{job}/start")[0] in {400, 409}

    graph.change("PUT", f"{there}/secrets", pairs(BaseAddress=NOWHERE))
    graph.change("POST", f"{there}/jobs/{job}/start")
    graph.change("PUT", f"{there}/secrets", pairs(SyncAll="", SecretToken=None))

    assert kept(graph, there) == {"BaseAddress": NOWHERE}
    graph.change("PUT", f"{there}/secrets", pairs(BaseAddress=""))
    assert kept(graph, there) == {}


def test_secrets_are_the_applications_before_and_after_its_job(graph: Client) -> None:
    there, job = new_job(graph)
    graph.change("DELETE", f"{there}/jobs/{job}")
    assert kept(graph, there) == {}

    graph.change("PUT", f"{there}/secrets", pairs(BaseAddress=NOWHERE, SecretToken="t", SyncAll="true"))
    before = kept(graph, there)
    made = graph.post(f"{there}/jobs", {"templateId": "scim"})["id"]
    during = kept(graph, there)
    graph.change("POST", f"{there}/jobs/{made}/start")
    graph.change("DELETE", f"{there}/jobs/{made}")

    assert before == during == kept(graph, there) == {"BaseAddress": NOWHERE, "SecretToken": "*", "SyncAll": "true"}
    graph.change("DELETE", there.removesuffix("/synchronization"))
    assert graph.error("GET", f"{there}/secrets")[0] == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"SecretToken": "t", "Oauth2ClientId": "c", "Oauth2ClientSecret": "s"}, 500, "InternalError"),
        ({"Nickname": "x"}, 500, "InternalError"),
        ({"BaseAddress": "no address"}, 400, "Request_BadRequest"),
    ],
)
def test_wrong_secrets_are_refused(graph: Client, change: dict[str, str], status: int, code: str) -> None:
    there, _ = new_job(graph)

    assert graph.error("PUT", f"{there}/secrets", secrets(**change))[:2] == (status, code)


@pytest.mark.parametrize("body", [{}, {"value": "x"}, {"value": ["x"]}, {"value": [{"key": 1, "value": "x"}]}])
def test_secrets_of_another_form_are_refused(graph: Client, body: dict[str, object]) -> None:
    there, _ = new_job(graph)

    assert graph.error("PUT", f"{there}/secrets", body)[:2] == (400, "Request_BadRequest")


def test_credentials_are_tested(graph: Client) -> None:
    there, job = new_job(graph)
    credentials = [{"key": "BaseAddress", "value": NOWHERE}, {"key": "SecretToken", "value": "t"}]
    for path in (f"{there}/jobs/{job}/validateCredentials", f"{there}/jobs/validateCredentials"):
        body = {"templateId": "scim", "useSavedCredentials": False, "credentials": credentials}

        response = graph.send("POST", path, body)

        error = response.json()["error"]
        assert (response.status, error["code"]) == (400, "CredentialValidationUnavailable")
        assert error["innerError"]["innerError"]["code"]
        assert graph.error("POST", path, {})[:2] == (400, "RequestMissingRequiredParameter")
        assert graph.error("POST", path, {"credentials": []})[:2] == (400, "RequestMissingRequiredParameter")
        unknown = {"credentials": [*credentials, {"key": "Nickname", "value": "x"}]}
        assert graph.error("POST", path, unknown)[:2] == (500, "InternalError")


def test_a_schema_comes_back_as_it_was_put(graph: Client) -> None:
    there, job = new_job(graph)
    address = f"{there}/jobs/{job}/schema"
    schema = graph.get(address)
    (rule,) = schema["synchronizationRules"]
    users = rule["objectMappings"][0]
    users["attributeMappings"] = [each for each in users["attributeMappings"] if each["targetAttributeName"] != "title"]

    graph.change("PUT", address, schema)

    changed = graph.get(address)
    assert changed["synchronizationRules"][0]["objectMappings"] == rule["objectMappings"]
    graph.change("DELETE", address)
    reset = graph.get(address)["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"]
    assert "title" in {each["targetAttributeName"] for each in reset}
    assert graph.error("PUT", address, {"synchronizationRules": "x"})[:2] == (400, "Request_BadRequest")


def test_operators_functions_and_directories_are_listed(graph: Client) -> None:
    there, job = new_job(graph)
    address = f"{there}/jobs/{job}/schema"

    assert "EQUALS" in {each["name"] for each in graph.values(f"{address}/filterOperators()")}
    assert "Switch" in {each["name"] for each in graph.values(f"{address}/microsoft.graph.functions()")}
    directories = graph.values(f"{address}/directories")
    assert "Microsoft Entra ID" in {each["name"] for each in directories}
    for directory in directories:
        one = f"{address}/directories/{quote(directory['id'])}"
        assert graph.get(one)["objects"] == directory["objects"]
        assert graph.post(f"{one}/discover", status=200)["name"] == directory["name"]
    assert graph.error("GET", f"{address}/directories/x")[0] == 404


def test_an_expression_is_tried(graph: Client) -> None:
    there, job = new_job(graph)
    address = f"{there}/jobs/{job}/schema/parseExpression"
    ann = {"properties": [{"key": "givenName", "value": "Ann"}, {"key": "surname", "value": "O'Neil"}]}
    text = 'Join(" ", [givenName], [surname])'

    good = graph.post(address, {"expression": text, "testInputObject": ann}, status=200)
    bad = graph.post(address, {"expression": "Join("}, status=200)

    assert (good["parsingSucceeded"], good["evaluationResult"]) == (True, ["Ann O'Neil"])
    assert bad["parsingSucceeded"] is False
    assert graph.error("POST", address, {})[0] == 400


def test_an_expression_is_tried_at_the_time_of_the_clock(graph: Client, tenant: Database) -> None:
    there, job = new_job(graph)
    tenant.write(store.KEY, lambda tx: clock.save(tx, ClockState(manual=True, at="2031-05-06T07:08:09.000000Z")))
    text = 'FormatDateTime(Now(), , "M/d/yyyy h:mm:ss tt", "yyyy-MM-dd")'

    tried = graph.post(
        f"{there}/jobs/{job}/schema/parseExpression",
        {"expression": text, "testInputObject": {"properties": []}},
        status=200,
    )

    assert tried["evaluationResult"] == ["2031-05-06"]


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        [],
        [{}],
        [{"subjects": []}],
        [{"subjects": [{"objectId": NOBODY}]}],
        [{"subjects": [{"objectId": NOBODY, "objectTypeName": "Device"}]}],
        [{"subjects": [{"objectId": NOBODY, "objectTypeName": "User"}] * 2}],
        [{"subjects": [{"objectId": NOBODY, "objectTypeName": "Group", "links": {"members": ["x"]}}]}],
    ],
)
def test_a_call_on_demand_names_one_object(graph: Client, parameters: object) -> None:
    there, job = new_job(graph)

    status, code, _ = graph.error("POST", f"{there}/jobs/{job}/provisionOnDemand", {"parameters": parameters})

    assert (status, code) == (400, "Request_BadRequest")


# With a target ----------------------------------------------------------------------------------------------------


def test_calls_on_demand_are_limited(gallery: Gallery) -> None:
    """19.3: five in ten seconds."""
    ann = gallery.user("ann")
    body = {"parameters": [{"subjects": [{"objectId": ann, "objectTypeName": "User"}]}]}
    answers = [gallery.graph.send("POST", f"{gallery.address}/provisionOnDemand", body) for _ in range(6)]

    assert [answer.status for answer in answers[:5]] == [200] * 5
    results = [msgspec.json.decode(answer.json()["key"])["result"] for answer in answers[:5]]
    assert results == ["Success"] + ["Skipped"] * 4
    assert answers[5].status == 429
    assert int(answers[5].headers["retry-after"]) > 0
    assert answers[5].json()["error"]["code"] == "TooManyRequests"


def test_a_group_is_provisioned_on_demand_with_chosen_members(gallery: Gallery) -> None:
    ann, bob = gallery.user("ann"), gallery.user("bob")
    sales = gallery.graph.group("Sales", **{"members@odata.bind": [f"users/{ann}", f"users/{bob}"]})["id"]
    gallery.assign("groups", sales)
    links = {"members": [{"objectId": ann, "objectTypeName": "User"}]}
    subject = {"objectId": sales, "objectTypeName": "Group", "links": links}

    gallery.graph.post(f"{gallery.address}/provisionOnDemand", {"parameters": [{"subjects": [subject]}]}, status=200)

    (group,) = gallery.find("/Groups", 'displayName eq "Sales"')
    assert [each["value"] for each in group["members"]] == [gallery.scim_user("ann@contoso.com")["id"]]


def test_a_job_that_ran_is_healthy(gallery: Gallery) -> None:
    """9.7: code Active, no quarantine, lastExecution.error null, schedule.state Active."""
    gallery.user("ann")
    gallery.cycle()

    job = gallery.graph.get(gallery.address)

    status, execution = job["status"], job["status"]["lastExecution"]
    assert (job["schedule"]["state"], status["code"], status["quarantine"]) == ("Active", "Active", None)
    assert (execution["state"], execution["error"], execution["countExports"]) == ("Succeeded", None, 1)
    assert status["synchronizedEntryCountByType"][0] == {"key": "User to User", "value": 1}


def test_a_job_whose_credentials_are_revoked_is_in_quarantine_until_they_are_mended(gallery: Gallery) -> None:
    """9.7: PUT secrets, restart Full, start."""
    graph, there = gallery.graph, gallery.synchronization
    graph.change("PUT", f"{there}/secrets", secrets(BaseAddress=gallery.target_url, SecretToken="revoked"))
    gallery.cycle()
    status = graph.get(gallery.address)["status"]
    assert status["code"] == "Quarantine"
    assert status["quarantine"]["error"]["code"] == "SystemForCrossDomainIdentityManagementInvalidCredentials"
    assert status["quarantine"]["seriesCount"] == 1

    graph.change("PUT", f"{there}/secrets", secrets(BaseAddress=gallery.target_url, SecretToken=gallery.target_token))
    graph.change("POST", f"{gallery.address}/restart", {"criteria": {"resetScope": "Full"}})
    graph.change("POST", f"{gallery.address}/start")
    gallery.cycle()

    assert graph.get(gallery.address)["status"]["code"] == "Active"


def test_a_link_is_shown_and_forgotten_while_the_job_is_paused(gallery: Gallery) -> None:
    """21.3.1: beta `objectConnections`."""
    ann = gallery.user("ann")
    gallery.cycle()
    beta = replace(gallery.graph, version="beta")
    there = f"{gallery.address}/objectConnections('{ann}')"

    target = gallery.scim_user("ann@contoso.com")["id"]
    shown = gallery.graph.get(f"users/{ann}")["displayName"]
    named = {"sourceAnchor": ann, "targetAnchor": target, "displayName": shown, "objectTypeName": "user"}
    by_target = f"{gallery.address}/objectConnections('{target}')"

    assert named.items() <= beta.get(there).items()
    assert named.items() <= beta.get(by_target).items()
    assert [beta.get(each)["objectId"] for each in (there, by_target)] == [ann, target]
    assert beta.error("DELETE", there)[:2] == (409, "Conflict")
    beta.change("POST", f"{gallery.address}/pause")
    beta.change("DELETE", by_target)
    assert [beta.error("GET", each)[0] for each in (there, by_target)] == [404, 404]
    beta.change("DELETE", there)
    assert beta.error("GET", f"{gallery.address}/objectConnections")[0] == 400
    assert gallery.graph.error("GET", there)[0] == 400


def test_the_log_is_read_by_pages_in_either_order(gallery: Gallery) -> None:
    graph = gallery.graph
    users = [gallery.user(name) for name in ("ann", "bob", "eve")]
    gallery.cycle()
    mine = f"$filter=jobId eq '{gallery.job}' and provisioningAction eq 'CREATE'"

    newest = graph.values(f"auditLogs/provisioning?{mine}&$top=1")
    oldest = graph.values(f"auditLogs/provisioning?{mine}&$top=2&$orderby=activityDateTime")

    assert {entry["sourceIdentity"]["id"] for entry in newest} == set(users)
    assert [entry["id"] for entry in oldest] == [entry["id"] for entry in newest][::-1]
    assert graph.get(f"auditLogs/provisioning/{newest[0]['id']}")["id"] == newest[0]["id"]
    assert graph.error("GET", "auditLogs/provisioning/x")[:2] == (404, "ResourceNotFound")
    assert graph.values("auditLogs/provisioning?$filter=jobId eq 'x'") == []
    failed = graph.values("auditLogs/provisioning?$filter=provisioningStatusInfo/status eq 'failure'")
    assert failed == []
    some = graph.values("auditLogs/provisioning?$filter=contains(sourceIdentity/displayName,'bob')&$select=id")
    assert [set(entry) for entry in some] == [{"id"}]


def test_an_entry_has_every_part_and_no_secret(gallery: Gallery) -> None:
    """9.8, 21.1."""
    ann = gallery.user("ann")
    gallery.cycle()

    entry = gallery.succeeded(ann, "create")

    assert {property_.name for property_ in PROVISIONING_ENTRY.properties} == set(entry)
    assert entry["tenantId"] == gallery.graph.access.provisioner.tenant
    assert entry["servicePrincipal"] == {"id": gallery.principal, "displayName": "Entrant"}
    assert entry["sourceSystem"]["displayName"] == "Azure Active Directory"
    assert entry["initiatedBy"] == {"id": "", "displayName": "Azure AD Provisioning Service", "initiatorType": "system"}
    app_id = gallery.graph.get(f"servicePrincipals/{gallery.principal}")["appId"]
    assert entry["targetSystem"]["details"] == {
        "ApplicationId": app_id,
        "ServicePrincipalId": gallery.principal,
        "ServicePrincipalDisplayName": "Entrant",
    }
    assert entry["provisioningSteps"][0]["provisioningStepType"] == "import"
    assert gallery.target_token not in str(entry)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (
            "jobId eq 'J' and servicePrincipal/id eq 'S' and sourceIdentity/id eq 'U'",
            Query(job="j", service_principal="s", source_id="u"),
        ),
        ("provisioningAction eq 'Create'", Query(actions=("create",))),
        (
            "(provisioningAction eq 'Disable' or provisioningAction eq 'Delete')",
            Query(actions=("disable", "delete")),
        ),
        ("provisioningAction in ('create','update')", Query(actions=("create", "update"))),
        ("provisioningStatusInfo/status eq 'Failure'", Query(statuses=("failure",))),
        ("activityDateTime ge 2026-01-02T03:04:05.1234567Z", Query(since="2026-01-02T03:04:05.123456Z")),
        ("activityDateTime lt 2026-01-02T03:04:05Z", Query(until="2026-01-02T03:04:05.000001Z")),
        ("modifiedProperties/any(p: p/displayName eq 'manager')", Query(properties=("manager",))),
        ("cycleId eq 'C' and changeId eq 'D'", Query(cycle="c", change_id="d")),
        ("jobId eq 'a' or sourceIdentity/id eq 'b'", Query()),
        ("not (jobId eq 'a')", Query()),
        ("provisioningAction eq 'create' or jobId eq 'x'", Query()),
        ("modifiedProperties/all(p: p/displayName eq 'manager')", Query()),
        ("modifiedProperties/any(p: p/displayName eq 'x' and p/newValue eq 'y')", Query()),
        ("jobId ne 'a'", Query()),
    ],
)
def test_what_the_log_has_keys_for_narrows_what_is_read(text: str, query: Query) -> None:
    assert narrow(Query(), parse_filter(text, PROVISIONING_ENTRY)) == query
