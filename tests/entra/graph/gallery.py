"""Microsoft's gallery workflow as a client of Graph: its calls, spelled as it spells them (graph-surface §3)."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from entrant.entra.jobs import operations
from entrant.scim.wire import Json
from tests.entra.graph.client import Client, user_body

SETTINGS = '{"Enabled":false,"DeleteThresholdEnabled":false}'
HOST = "https://graph.microsoft.com/v1.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class Gallery:
    """An application with its job, and the target that it provisions."""

    graph: Client
    principal: str
    job: str
    role: str
    target_url: str
    target_token: str

    @property
    def synchronization(self) -> str:
        """The address of the job's collection."""
        return f"servicePrincipals/{self.principal}/synchronization"

    @property
    def address(self) -> str:
        """The address of the job."""
        return f"{self.synchronization}/jobs/{self.job}"

    def cycle(self) -> None:
        """Run a cycle, as the schedule would."""
        operations.run_cycle(self.graph.access.provisioner, self.job)

    def entry(self, source: str, action: str = "", more: str = "", *, swapped: bool = False) -> Json:
        """The newest log entry of an object, by the workflow's query; None if there is none (3.5)."""
        terms = [
            f"jobId%20eq%20'{self.job}'",
            f"servicePrincipal/id eq '{self.principal}'",
            f"sourceIdentity/id eq %27{source}%27",
        ]
        if action:
            terms.append(action if "(" in action else f"provisioningAction eq '{action}'")
        filter_ = f"$filter={'%20and%20'.join([*terms, *([more] if more else [])])}"
        paging = "$top=1&$orderby=activityDateTime%20desc"
        query = f"{filter_}&{paging}" if swapped else f"{paging}&{filter_}"
        found = self.graph.get(f"auditLogs/provisioning?{query}")["value"]
        return found[0] if found else None

    def succeeded(self, source: str, action: str = "", more: str = "", **how: bool) -> Json:
        """The same, which must be there, with success."""
        found = self.entry(source, action, more, **how)
        assert found is not None, f"no {action} of {source}"
        assert found["provisioningStatusInfo"]["status"] == "success", found["provisioningStatusInfo"]
        return found

    def user(self, name: str, *, assigned: bool = True) -> str:
        """U1 and U7: a new user, assigned; the id."""
        made: str = self.graph.post("users", {**user_body(name), "displayName": f"{name}@contoso.com"})["id"]
        if assigned:
            self.assign("users", made)
        return made

    def assign(self, collection: str, id_: str) -> str:
        """U7, G6: the id of the assignment."""
        body = {"principalId": id_, "resourceId": self.principal, "appRoleId": self.role}
        made: str = self.graph.post(f"{collection}/{id_}/appRoleAssignments", body)["id"]
        return made

    def unassign(self, assignment: str) -> None:
        """G5."""
        self.graph.change("DELETE", f"servicePrincipals/{self.principal}/appRoleAssignedTo/{assignment}")

    def on_demand(self, id_: str, kind: str) -> Json:
        """P1 and P2."""
        rule = self.graph.get(f"{self.address}/schema")["synchronizationRules"][0]["id"]
        subjects = [{"objectId": id_, "objectTypeName": kind}]
        body = {"parameters": [{"ruleId": rule, "subjects": subjects}]}
        return self.graph.post(f"{self.address}/provisionOnDemand", body, status=200)

    def target(self, path: str, **query: str) -> httpx.Response:
        """A read of the target with its static token (6.1)."""
        headers = {"Authorization": f"Bearer {self.target_token}", "Accept": "application/scim+json"}
        return httpx.get(f"{self.target_url}{path}", params=query, headers=headers, timeout=30)

    def find(self, path: str, filter_: str) -> list[Json]:
        """What the target has."""
        answer = self.target(path, filter=filter_)
        assert answer.status_code == 200
        found: list[Json] = answer.json()["Resources"]
        return found

    def scim_user(self, upn: str) -> Json:
        """The only user of the target with that name."""
        (found,) = self.find("/Users", f'userName eq "{upn}"')
        return found


def set_up(graph: Client, target_url: str, target_token: str) -> Gallery:
    """What the onboarding guide has done before the workflow runs: an application, its connection, a started job."""
    app = graph.application()
    there = f"servicePrincipals/{app['id']}/synchronization"
    job = graph.post(f"{there}/jobs", {"templateId": "scim"})["id"]
    connection = {"BaseAddress": target_url, "SecretToken": target_token}
    credentials = [{"key": key, "value": value} for key, value in connection.items()]
    settings = [{"key": "SyncNotificationSettings", "value": SETTINGS}, {"key": "SyncAll", "value": "false"}]
    graph.post(f"{there}/jobs/{job}/validateCredentials", {"credentials": credentials}, status=204)
    graph.change("PUT", f"{there}/secrets", {"value": credentials + settings})
    graph.change("POST", f"{there}/jobs/{job}/start")
    return Gallery(graph, app["id"], job, app["appRoles"][0]["id"], target_url, target_token)
