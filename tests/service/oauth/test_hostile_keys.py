"""A key set that somebody else has written costs little, whatever is in it (product 9.5)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest

from entrant.scim.wire import Json
from entrant.service import admin
from entrant.workspace.errors import InvalidSetting
from tests.support.hostile_keys import hostile_set, private_members_added
from tests.support.issuer import Issuer, new_key, sign
from tests.support.oauth import CONFIG, Client


def cost(act: Callable[[], object]) -> float:
    """CPU seconds of this process, which do not depend on what else the machine does."""
    before = time.process_time()
    act()
    return time.process_time() - before


def federate(client: Client, keys: Json) -> None:
    admin.federate(
        client.workspace.database,
        client.workspace.slug,
        None,
        CONFIG.public_url,
        keys=msgspec.json.encode(keys).decode(),
    )


BITS = (4_423, 9_689, 19_937)


@pytest.mark.parametrize("bits", BITS)
def test_a_hostile_key_set_that_is_given_costs_little(client: Client, bits: int) -> None:
    keys = hostile_set(bits, 60_000 // bits)

    def act() -> None:
        with suppress(InvalidSetting):
            federate(client, keys)

    assert cost(act) < 1.0


@pytest.mark.parametrize("bits", BITS)
def test_a_hostile_key_set_that_an_unsigned_assertion_has_fetched_costs_little(
    federated: Client, issuer: Issuer, bits: int
) -> None:
    issuer.documents["/keys"] = msgspec.json.encode(hostile_set(bits, 200_000 // bits))
    unsigned = sign(new_key("k1"), issuer.claims()).rpartition(".")[0] + ".AAAA"

    assert cost(lambda: federated.by_assertion(unsigned)) < 1.0


def test_a_key_with_private_members_is_used_as_a_public_one_and_they_are_not_kept(client: Client) -> None:
    key = new_key("mine")
    federate(client, {"keys": [private_members_added(key, 9_689)]})
    rows = client.workspace.database.read(lambda tx: tx.all("SELECT keys FROM federation"))

    kept = [set(each) for row in rows for each in msgspec.json.decode(row["keys"])["keys"]]
    assert [members - {"use"} for members in kept] == [{"kty", "kid", "n", "e"}]
