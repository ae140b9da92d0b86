"""What is read of a key set (RFC 7517, RFC 7518 §6): public members alone, within bounds that lengths decide."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey

from entrant.scim.wire import Json
from entrant.service.oauth.fetch import FetchError
from entrant.service.oauth.key_set import (
    CURVES,
    EDWARDS,
    MAX_RSA_BITS,
    MIN_RSA_BITS,
    SIGNERS,
    NoKey,
    choose,
    read_key_set,
    write_key_set,
)
from tests.support.hostile_keys import number
from tests.support.issuer import new_key

RSA = new_key("rsa")

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
SIZES = (8, 17, 32, 33, 256, 521, 2_047, 2_048, 4_096, 4_097, 9_000)
numbers = st.sampled_from([number(bits, seed) for bits in SIZES for seed in (1, 2)])
members = st.fixed_dictionaries(
    {"kty": st.sampled_from(["RSA", "EC", "OKP", "oct"]) | anything},
    optional={
        **dict.fromkeys(("n", "e", "x", "y", "d", "p", "q", "dp", "dq", "qi", "k"), numbers | anything),
        "crv": st.sampled_from([*CURVES, *EDWARDS, "secp256k1", "P-192"]) | anything,
        "kid": st.sampled_from(["a", "b"]) | anything,
        "use": st.sampled_from(["sig", "enc"]) | anything,
    },
)


@given(st.lists(members, max_size=4), st.sampled_from(sorted(SIGNERS)))
def test_no_key_set_gives_a_key_beyond_the_bounds_or_a_private_one(listed: list[Json], algorithm: str) -> None:
    keys = read_key_set({"keys": listed})
    assert set(write_key_set(keys)) >= set('{"keys":[]}')
    for kid in ("a", "b", None):
        try:
            key = choose(keys, kid, algorithm)
        except NoKey:
            continue
        assert not key.is_private
        if algorithm[:2] in {"RS", "PS"}:
            assert MIN_RSA_BITS <= key.raw_value.key_size <= MAX_RSA_BITS  # type: ignore[union-attr]


@given(anything)
def test_a_document_of_any_other_shape_is_refused(document: Json) -> None:
    with pytest.raises(FetchError, match="no key set"):
        read_key_set(document)


@pytest.mark.parametrize("bits", [2_048, 3_072, 4_096])
def test_rsa_keys_of_these_sizes_are_read(bits: int) -> None:
    assert len(read_key_set({"keys": [{"kty": "RSA", "n": number(bits, 1), "e": "AQAB"}]})) == 1


@pytest.mark.parametrize("exponent", ["AQ", "Ag", "AQAC", number(33, 1), ""])
def test_an_exponent_that_is_even_one_or_long_is_not_read(exponent: str) -> None:
    assert read_key_set({"keys": [{"kty": "RSA", "n": number(2_048, 1), "e": exponent}]}) == ()


@pytest.mark.parametrize("curve", sorted(CURVES))
def test_keys_of_named_curves_sign_by_the_algorithm_of_their_curve_alone(curve: str) -> None:
    keys = read_key_set({"keys": [ECKey.generate_key(curve).as_dict(private=False)]})

    fitting = [algorithm for algorithm in SIGNERS if _fits(keys, algorithm)]

    assert fitting == [{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[curve]]


def test_a_point_that_is_not_on_its_curve_makes_no_key() -> None:
    off = base64.urlsafe_b64encode(b"\x01" * 32).decode().rstrip("=")
    keys = read_key_set({"keys": [{"kty": "EC", "crv": "P-256", "x": off, "y": off}]})

    with pytest.raises(NoKey, match="cannot be used"):
        choose(keys, None, "ES256")


def test_edwards_keys_sign_by_eddsa() -> None:
    keys = read_key_set({"keys": [OKPKey.generate_key("Ed25519").as_dict(private=False)]})

    assert choose(keys, None, "EdDSA").kid is None


def test_two_keys_with_one_kid_are_none() -> None:
    public = RSA.as_dict(private=False)

    with pytest.raises(NoKey, match='2 keys for the kid "rsa"'):
        choose(read_key_set({"keys": [public, public]}), "rsa", "RS256")


def _fits(keys: object, algorithm: str) -> bool:
    try:
        choose(keys, None, algorithm)  # type: ignore[arg-type]
    except NoKey:
        return False
    return True
