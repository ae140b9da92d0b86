"""Key sets of others (RFC 7517): what is read of them, and which of their keys is used.

A key set is written by somebody else, who may be hostile, and building a key can cost minutes: a private RSA key is
checked for its primes, and an RSA key of 100,000 bits takes as long to use. So only the public members are read, the
lengths of the numbers decide before anything is computed, and a key is built only when its `kid` has been asked for.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from joserfc.jwk import ECKey, KeyParameters, OKPKey, RSAKey
from msgspec import Meta, Struct

from entrant.scim.wire import Json

from .documents import read_document
from .fetch import FetchError

MAX_KEYS = 100  # in one set
MIN_RSA_BITS, MAX_RSA_BITS = 2_048, 4_096  # NIST SP 800-131A; Entra has 2,048, and 4,096 is what others use at most
MAX_EXPONENT_BITS = 32  # nearly all have 65,537
MAX_KEY_ID = 500  # characters of a kid
MAX_NUMBER = 700  # characters of a number in base64url: 4,096 bits are 683

CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
"""RFC 7518 §6.2.1.1."""
EDWARDS: dict[str, tuple[type[ed25519.Ed25519PublicKey | ed448.Ed448PublicKey], int]] = {
    "Ed25519": (ed25519.Ed25519PublicKey, 32),
    "Ed448": (ed448.Ed448PublicKey, 57),
}
"""The class of each curve's keys, and how many bytes one has (RFC 8037 §2, RFC 8032)."""
SIGNERS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA",)),
    "ES256": ("P-256",),
    "ES384": ("P-384",),
    "ES512": ("P-521",),
    "EdDSA": tuple(EDWARDS),
}
"""Which keys may sign by which algorithm: the type, or the curve (RFC 7518 §3.1, RFC 8037 §3.1)."""

Key: TypeAlias = RSAKey | ECKey | OKPKey
Number: TypeAlias = Annotated[str, Meta(max_length=MAX_NUMBER, pattern=r"^[A-Za-z0-9_-]*$")]


class NoKey(Exception):
    """No key of the set fits, or several do, or the one cannot be used. The message follows "the issuer has"."""


class _KeySet(Struct, frozen=True):
    """RFC 7517 §5."""

    keys: Annotated[list[Json], Meta(max_length=MAX_KEYS)]


class PublicKey(Struct, frozen=True, omit_defaults=True):
    """The public members of a key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2): all that is ever read of one."""

    kty: str
    kid: Annotated[str, Meta(max_length=MAX_KEY_ID)] | None = None
    use: str = "sig"
    n: Number = ""
    e: Number = ""
    crv: str = ""
    x: Number = ""
    y: Number = ""

    @property
    def kind(self) -> str:
        """The type of an RSA key, the curve of another."""
        return "RSA" if self.kty == "RSA" else self.crv

    def may_sign(self) -> bool:
        """Whether the key is for signatures, and of a kind and size that is used; computes nothing with its numbers."""
        if self.use != "sig":
            return False
        if self.kty == "RSA":
            n, e = _number(self.n), _number(self.e)
            size, power = n.bit_length(), e.bit_length()
            fits = MIN_RSA_BITS <= size <= MAX_RSA_BITS and 1 < power <= MAX_EXPONENT_BITS
            return fits and bool(n & 1 and e & 1)
        if self.kty == "EC" and self.crv in CURVES:
            size = CURVES[self.crv].key_size
            return all(0 < _number(text).bit_length() <= size for text in (self.x, self.y))
        return self.kty == "OKP" and self.crv in EDWARDS and len(_bytes(self.x)) == EDWARDS[self.crv][1]

    def build(self) -> Key:
        """The key, for checking signatures; raises NoKey if its numbers make none."""
        parameters: KeyParameters | None = {"kid": self.kid} if self.kid is not None else None
        try:
            if self.kty == "RSA":
                modulus = rsa.RSAPublicNumbers(_number(self.e), _number(self.n))
                return RSAKey.import_key(modulus.public_key(), parameters)
            if self.kty == "EC":
                point = ec.EllipticCurvePublicNumbers(_number(self.x), _number(self.y), CURVES[self.crv])
                return ECKey.import_key(point.public_key(), parameters)
            return OKPKey.import_key(EDWARDS[self.crv][0].from_public_bytes(_bytes(self.x)), parameters)
        except ValueError as exc:
            raise NoKey("a key that cannot be used") from exc


def read_key_set(document: Json) -> tuple[PublicKey, ...]:
    """The keys of a set that may sign; those of other kinds are left out (RFC 7517 §5). Raises FetchError."""
    try:
        listed = read_document(document, _KeySet, "the key set").keys
    except FetchError as exc:
        raise FetchError(f"the document is no key set of at most {MAX_KEYS} keys") from exc
    return tuple(key for each in listed if (key := _read(each)) is not None)


def write_key_set(keys: Sequence[PublicKey]) -> str:
    """A key set of these keys, as JSON."""
    return msgspec.json.encode({"keys": keys}).decode()


def choose(keys: Sequence[PublicKey], key_id: str | None, algorithm: str) -> Key:
    """The key with that kid; the only one that fits if there is none. Raises NoKey."""
    kinds = SIGNERS.get(algorithm, ())
    fitting = [key for key in keys if key_id in {None, key.kid} and key.kind in kinds]
    if len(fitting) != 1:
        raise NoKey(f'{len(fitting) or "no"} keys for the kid "{key_id}"')
    return fitting[0].build()


def _read(value: Json) -> PublicKey | None:
    try:
        key = msgspec.convert(value, PublicKey)
    except msgspec.ValidationError:
        return None
    return key if key.may_sign() else None


def _number(text: str) -> int:
    """A Base64urlUInt (RFC 7518 §2); 0 for what is none."""
    return int.from_bytes(_bytes(text), "big")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
