"""Client credentials with an assertion (RFC 7523; entra-client 3.6; graph-surface 3.6 T2)."""

from __future__ import annotations

import base64
import hmac
import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from entrant.config import Switch
from entrant.db.engine import Tx
from entrant.scim.wire import Json
from entrant.service import admin
from entrant.service.oauth import OAuth
from entrant.workspace.errors import InvalidSetting
from tests.support.issuer import Issuer, new_key, sign
from tests.support.oauth import CONFIG, Client
from tests.support.workspaces import new_workspace

HOUR = 3600
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4, D.1.2.3


def part(raw: bytes) -> str:
    """A part of a compact JWS."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_for_an_assertion_opens_scim(federated: Client, issuer: Issuer) -> None:
    answer = federated.by_assertion(issuer.sign())

    assert answer.json()["expires_in"] == HOUR
    assert federated.idp(answer).get("/Users").status == 200


def test_the_client_is_known_by_the_assertion_alone(federated: Client, issuer: Issuer) -> None:
    """RFC 7521 §4.2: client_id is optional."""
    assert federated.by_assertion(issuer.sign(), client_id="").status == 200


REFUSED: list[tuple[dict[str, Json], str]] = [
    ({"iss": "https://elsewhere.example"}, "no connection trusts the iss and sub of the assertion"),
    ({"sub": "another-app"}, "no connection trusts the iss and sub of the assertion"),
    ({"aud": "api://other"}, 'the aud of the assertion is "api://other", not the one configured'),
    ({"aud": ["api://other", 7]}, "the aud of the assertion is not one text, not the one configured"),
    ({"aud": None}, "the aud of the assertion is not one text, not the one configured"),
    ({"tid": "another"}, 'the tid of the assertion is "another", not the one configured'),
    ({"tid": None}, "the tid of the assertion is not one text, not the one configured"),
    ({"exp": None}, "the assertion has no exp"),
    ({"exp": int(time.time()) - HOUR}, "the assertion has expired"),
    ({"exp": int(time.time()) + 48 * HOUR}, "the assertion lives for more than 24 hours"),
    ({"exp": 10**30}, "the exp of the assertion is no time"),
    ({"nbf": int(time.time()) + HOUR}, "the nbf of the assertion is in the future"),
    ({"iat": int(time.time()) + HOUR}, "the iat of the assertion is in the future"),
    ({"iat": "soon"}, "the iat of the assertion is no time"),
    ({"jti": 7}, "the jti of the assertion is no text"),
]


def test_a_claim_that_is_not_as_configured_is_refused_and_the_log_says_which(federated: Client, issuer: Issuer) -> None:
    for changed, _ in REFUSED:
        answer = federated.by_assertion(issuer.sign(**changed))

        assert (answer.status, answer.json()["error"]) == (401, "invalid_client"), changed
        assert "assertion" not in answer.json()["error_description"]

    # Ten of each hour, and the landmarks: the log of strangers is bounded.
    entries = admin.list_log(federated.workspace.database, federated.workspace.slug)
    assert [entry.detail for entry in entries] == [f"invalid_client: {reason}" for _, reason in REFUSED[:10]]


def test_an_audience_may_be_one_of_several(federated: Client, issuer: Issuer) -> None:
    assert federated.by_assertion(issuer.sign(aud=["api://other", "api://entrant"])).status == 200


def test_a_signature_by_another_key_is_refused(federated: Client, issuer: Issuer) -> None:
    assert federated.by_assertion(sign(new_key("first"), issuer.claims())).status == 401


def test_a_public_key_is_no_secret_to_sign_with(federated: Client, issuer: Issuer) -> None:
    """RFC 8725 §3.1: neither `none` nor a key of another kind than the algorithm's."""
    payload = issuer.sign().split(".")[1]
    head = part(b'{"alg":"HS256","kid":"first"}')
    mac = hmac.digest(issuer.key.as_pem(private=False), f"{head}.{payload}".encode(), "sha256")
    by_secret = f"{head}.{payload}.{part(mac)}"
    unsigned = part(b'{"alg":"none","kid":"first"}') + f".{payload}."
    elliptic = jwt.encode({"alg": "ES256", "kid": "first"}, issuer.claims(), ECKey.generate_key("P-256"))

    assert [federated.by_assertion(text).status for text in (by_secret, unsigned, elliptic)] == [401, 401, 401]


def test_what_is_no_assertion_is_refused(federated: Client) -> None:
    for text in ("a", "a.b.c", "..", "e30.e30.", "bnVsbA.e30.x", "é.é.é", "x" * 20_000, "a." * 50):
        assert federated.by_assertion(text).json()["error"] == "invalid_client", text[:20]


def test_an_assertion_with_a_jti_is_used_once_also_across_processes(federated: Client, issuer: Issuer) -> None:
    assertion = issuer.sign()
    elsewhere = Client(federated.workspace, OAuth(federated.workspace.database, CONFIG), federated.id, "")

    assert federated.by_assertion(assertion).status == 200
    assert federated.by_assertion(assertion).status == 401
    assert elsewhere.by_assertion(assertion).status == 401
    assert federated.by_assertion(issuer.sign()).status == 200


def test_an_assertion_without_a_jti_is_used_once_however_it_is_spelled(federated: Client, issuer: Issuer) -> None:
    """Product 9.9. What is signed names it: a signature can be written in more than one way (RFC 7518 §3.4)."""
    assertion = issuer.sign(jti=None)
    signature = assertion.rpartition(".")[2]

    assert federated.by_assertion(assertion).status == 200
    for text in (assertion, assertion + "=" * (-len(signature) % 4)):
        assert federated.by_assertion(text).status == 401
    assert federated.by_assertion(issuer.sign(jti=None, other="one")).status == 200


def test_another_signature_by_the_same_key_makes_no_second_assertion(client: Client) -> None:
    """Of ES256 anybody can make another from one that he has seen: (r, n - s) for (r, s)."""
    key = ECKey.generate_key("P-256", {"kid": "mine", "use": "sig"}, private=True)
    set_ = json.dumps({"keys": [key.as_dict(private=False)]})
    made = admin.federate(client.workspace.database, client.workspace.slug, None, CONFIG.public_url, keys=set_)
    claims = {"iss": client.id, "sub": client.id, "aud": made.audience, "exp": int(time.time()) + 60}
    signed, _, signature = jwt.encode({"alg": "ES256", "kid": "mine"}, claims, key).rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    other = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    again = f"{signed}.{base64.urlsafe_b64encode(other).decode().rstrip('=')}"

    assert sorted([client.by_assertion(f"{signed}.{signature}").status, client.by_assertion(again).status]) == [
        200,
        401,
    ]
    (refused,) = admin.list_log(client.workspace.database, client.workspace.slug, failed=True)
    assert "used before" in (refused.detail or "")


def test_keys_are_fetched_once(federated: Client, issuer: Issuer) -> None:
    for _ in range(3):
        assert federated.by_assertion(issuer.sign()).status == 200

    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


def test_a_new_key_id_is_fetched_and_an_invented_one_not_again_and_again(federated: Client, issuer: Issuer) -> None:
    assert federated.by_assertion(sign(new_key("invented"), issuer.claims())).status == 401
    assert federated.by_assertion(sign(new_key("another"), issuer.claims())).status == 401

    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


def test_a_stranger_makes_no_traffic(federated: Client, issuer: Issuer) -> None:
    for changed in ({"sub": "another"}, {"iss": f"{issuer.url}/other"}):
        federated.by_assertion(issuer.sign(**changed))
    federated.by_assertion(issuer.sign(), client_id="nobody")

    assert issuer.asked == []


def test_an_issuer_out_of_reach_is_503_and_not_the_clients_fault(federated: Client, issuer: Issuer) -> None:
    issuer.documents.clear()

    answer = federated.by_assertion(issuer.sign())

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


def test_keys_inside_the_network_are_not_fetched_unless_allowed(federated: Client, issuer: Issuer) -> None:
    config = type(CONFIG)(private_issuers=Switch.OFF)
    careful = Client(federated.workspace, OAuth(federated.workspace.database, config), federated.id, "")

    assert careful.by_assertion(issuer.sign()).status == 503
    assert issuer.asked == []
    with pytest.raises(InvalidSetting, match="no address that begins with https"):
        admin.federate(
            federated.workspace.database, federated.workspace.slug, None, CONFIG.public_url,
            issuer=issuer.url, audience="x", subject="y",
        )  # fmt: skip


def test_a_revoked_federation_opens_nothing_and_its_tokens_end(federated: Client, issuer: Issuer) -> None:
    database, slug = federated.workspace.database, federated.workspace.slug
    idp = federated.idp(federated.by_assertion(issuer.sign()))
    (federation,) = [one for one in admin.list_credentials(database, slug) if one.kind == "federation"]
    assert federation.shown == f"{issuer.url} the-app"

    admin.revoke_credential(database, slug, None, federation.id)

    assert idp.get("/Users").status == 401
    assert federated.by_assertion(issuer.sign()).status == 401


def test_a_disabled_connection_is_refused(federated: Client, issuer: Issuer) -> None:
    admin.set_enabled(federated.workspace.database, federated.workspace.slug, None, enabled=False)

    assert federated.by_assertion(issuer.sign()).status == 401


def test_an_assertion_opens_no_other_workspace(federated: Client, issuer: Issuer) -> None:
    """Product 9.2."""
    other = Client(new_workspace(federated.workspace.database), federated.oauth, federated.id, "")

    assert other.by_assertion(issuer.sign()).status == 401


def test_a_client_signs_for_itself_with_a_key_set_of_its_own(client: Client) -> None:
    """private_key_jwt: iss and sub are the client's id, aud is the token endpoint (RFC 7523 §3)."""
    key = new_key("mine")
    set_ = json.dumps({"keys": [key.as_dict(private=False)]})
    database, slug = client.workspace.database, client.workspace.slug
    made = admin.federate(database, slug, None, CONFIG.public_url, keys=set_)
    assert made.audience == f"https://scim.example.com/scim/oauth/{slug}/token"
    claims = {"iss": client.id, "sub": client.id, "aud": made.audience, "exp": int(time.time()) + 60, "jti": "1"}

    assert client.by_assertion(sign(key, claims)).status == 200
    assert client.by_assertion(sign(new_key("mine"), claims | {"jti": "2"})).status == 401


def test_of_a_key_set_that_holds_private_keys_only_the_public_ones_are_kept(client: Client) -> None:
    key = new_key("mine")
    database, slug = client.workspace.database, client.workspace.slug
    set_ = json.dumps({"keys": [key.as_dict(private=True)]})

    admin.federate(database, slug, None, CONFIG.public_url, keys=set_)

    def stored(tx: Tx) -> list[str]:
        tx.everywhere()
        return [row["keys"] for row in tx.all("SELECT keys FROM federation")]

    (kept,) = database.read(stored)
    assert json.loads(kept)["keys"][0].keys() == {"kty", "n", "e", "kid", "use"}


def test_a_key_set_that_could_sign_nothing_is_refused(client: Client) -> None:
    for keys in ("{", "{}", '{"keys": []}', '{"keys": [{"kty": "oct", "k": "AAAA"}]}', "ftp://x/keys"):
        with pytest.raises(InvalidSetting):
            admin.federate(client.workspace.database, client.workspace.slug, None, CONFIG.public_url, keys=keys)
