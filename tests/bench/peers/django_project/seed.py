"""Makes the tables and fills them.

`{"users": [[id, document], …], "groups": [[id, document, [member id, …]], …]}` comes in on standard input, the ids
counting from 1; the base and the token go out as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from directory.models import Group, User  # noqa: E402 - Django must know its settings before
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db.models import Model  # noqa: E402
from django_scim.adapters import SCIMGroup, SCIMMixin, SCIMUser  # noqa: E402

AT_ONCE = 1_000


def adapted(adapter: type[SCIMMixin], model: type[Model], id_: str, document: dict[str, Any]) -> Model:
    """A row as django-scim2 would write it."""
    row = model(scim_id=id_)
    adapter(row).from_dict(document)
    return row


call_command("migrate", run_syncdb=True, verbosity=0)
world = json.load(sys.stdin)
User.objects.bulk_create((adapted(SCIMUser, User, *user) for user in world["users"]), AT_ONCE)
groups = [adapted(SCIMGroup, Group, id_, document) for id_, document, _ in world["groups"]]
for group in groups:
    group.scim_display_name = group.name
Group.objects.bulk_create(groups, AT_ONCE)
Member = User.scim_groups.through
pairs = (Member(group_id=int(id_), user_id=int(member)) for id_, _, members in world["groups"] for member in members)
Member.objects.bulk_create(pairs, AT_ONCE)
json.dump({"base": "/scim/v2", "token": settings.BENCH_TOKEN}, sys.stdout)
