"""Random sequences of writes agree with the plain model of product.md section 4, on both engines."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from entrant.db.engine import Database
from entrant.scim.wire import Response
from entrant.service import admin
from entrant.workspace.errors import DomainError, LastAdmin
from tests.support.idp import Idp
from tests.support.workspaces import new_workspace

from .role_model import LAST_ADMIN, State, refusals

NAMES = st.sampled_from(["Admins {}", "Members {}", "Sales {}", "LOCAL-aDMIN {}"])
ROLES = st.sampled_from(["admin", "member"])


class RolesMachine(RuleBasedStateMachine):
    """Writes over SCIM and by hand, each checked against the model."""

    users = Bundle("users")
    groups = Bundle("groups")
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.workspace = new_workspace(self.database)
        self.idp: Idp = self.workspace.idp
        self.state = State()
        self.serial = 0
        self.ids: dict[str, str] = {}

    def expect(self, after: State, response: Response) -> bool:
        """Check one answer; whether the write was accepted."""
        reasons = refusals(self.state, after)
        if not reasons:
            assert response.status < 300, response.read()
            self.state = after
            return True
        assert response.status == 409, (reasons, response.status, response.read())
        if reasons == {LAST_ADMIN}:
            assert response.json()["detail"] == LAST_ADMIN
        return False

    def name(self, template: str) -> str:
        """A group name nobody has."""
        self.serial += 1
        return template.format(self.serial)

    @rule(target=users)
    def create_user(self) -> str:
        self.serial += 1
        user = f"user{self.serial}"
        self.ids[user] = self.idp.user(user)
        self.state = self.state.with_user(user)
        return user

    @rule(user=users, active=st.booleans())
    def set_active(self, user: str, *, active: bool) -> None:
        self.expect(self.state.with_user(user, active=active), self.idp.set_active(self.ids[user], active=active))

    @rule(target=users, user=consumes(users))
    def delete_user(self, user: str) -> str | MultipleResults[str]:
        accepted = self.expect(self.state.without_user(user), self.idp.request("DELETE", f"/Users/{self.ids[user]}"))
        return multiple() if accepted else user

    @rule(target=groups, template=NAMES, members=st.lists(users, max_size=3, unique=True))
    def create_group(self, template: str, members: list[str]) -> str | MultipleResults[str]:
        name = self.name(template)
        present = [m for m in members if m in self.state.users]
        response = self.idp.post_group(name, *(self.ids[m] for m in present))
        if not self.expect(self.state.with_group(name, name, frozenset(present)), response):
            return multiple()
        self.ids[name] = response.json()["id"]
        return name

    @rule(group=groups, member=users)
    def add(self, group: str, member: str) -> None:
        name, members = self.state.groups[group]
        response = self.idp.add(self.ids[group], self.ids[member])
        self.expect(self.state.with_group(group, name, members | {member}), response)

    @rule(group=groups, member=users)
    def remove(self, group: str, member: str) -> None:
        name, members = self.state.groups[group]
        response = self.idp.remove(self.ids[group], self.ids[member])
        self.expect(self.state.with_group(group, name, members - {member}), response)

    @rule(group=groups, members=st.lists(users, max_size=3, unique=True))
    def replace(self, group: str, members: list[str]) -> None:
        name, _ = self.state.groups[group]
        value = [{"value": self.ids[m]} for m in members]
        response = self.idp.patch(f"/Groups/{self.ids[group]}", {"op": "replace", "path": "members", "value": value})
        self.expect(self.state.with_group(group, name, frozenset(members)), response)

    @rule(group=groups, template=NAMES)
    def rename(self, group: str, template: str) -> None:
        _, members = self.state.groups[group]
        name = self.name(template)
        self.expect(self.state.with_group(group, name, members), self.idp.rename(self.ids[group], name))

    @rule(target=groups, group=consumes(groups))
    def delete_group(self, group: str) -> str | MultipleResults[str]:
        response = self.idp.request("DELETE", f"/Groups/{self.ids[group]}")
        return multiple() if self.expect(self.state.without_group(group), response) else group

    @rule(user=users, role=ROLES)
    def set_role_by_hand(self, user: str, role: str) -> None:
        after = self.state.with_hand_role(user, role)
        try:
            admin.set_role(self.database, self.workspace.slug, self.ids[user], role)
        except LastAdmin:
            assert refusals(self.state, after) == {LAST_ADMIN}
        except DomainError:
            assert self.state.group_roles(user) or not self.state.users[user]
        else:
            assert not refusals(self.state, after)
            self.state = after

    @invariant()
    def roles_agree(self) -> None:
        if self.state.users:
            shown = {m.user_name: m.role for m in admin.list_members(self.database, self.workspace.slug, all_=True)}
            assert {u: shown[u] for u in self.state.users} == self.state.roles()


@pytest.mark.parametrize("examples", [40])
def test_random_writes_agree_with_the_model_of_section_4(database: Database, examples: int) -> None:
    """Product 4.1-4.5."""
    machine = type("Machine", (RolesMachine,), {"database": database})
    few = settings(
        max_examples=examples if database.name == "sqlite" else examples // 4,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=few)
