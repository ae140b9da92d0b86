"""Key sets that cost minutes to import: RSA keys that are private, or huge, and whose primes nobody finds."""

from __future__ import annotations

import base64
import random
from math import gcd

from joserfc.jwk import RSAKey

from entrant.scim.wire import Json

MERSENNE = (3_217, 4_423, 9_689, 11_213, 19_937)
"""Exponents for which 2 to that power, less one, is prime: long primes that need not be looked for."""


def encode(value: int) -> str:
    """A number in base64url (RFC 7518 §2)."""
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")


def number(bits: int, seed: int) -> str:
    """An odd number of that many bits."""
    return encode(random.Random(seed).getrandbits(bits) | 1 << (bits - 1) | 1)


def private_without_primes(bits: int, _: int = 0) -> dict[str, Json]:
    """Its two primes are to be found (NIST SP 800-56B, appendix C), but n is one prime: d fits e, and it never ends."""
    n = 2**bits - 1
    e = next(e for e in (65_537, 17, 257, 11) if gcd(e, n - 1) == 1)
    return {"kty": "RSA", "n": encode(n), "e": encode(e), "d": encode(pow(e, -1, n - 1))}


def private_with_primes(bits: int, seed: int = 0) -> dict[str, Json]:
    """Each of the two is to be proved a prime, and is one."""
    p, q = 2**bits - 1, 2 ** MERSENNE[seed % 2] - 1
    e = next(e for e in (65_537, 17, 257, 11) if gcd(e, (p - 1) * (q - 1)) == 1)
    d = pow(e, -1, (p - 1) * (q - 1))
    parts = {"p": p, "q": q, "dp": d % (p - 1), "dq": d % (q - 1), "qi": pow(q, -1, p)} if p != q else {}
    return {"kty": "RSA", **{name: encode(value) for name, value in {"n": p * q, "e": e, "d": d, **parts}.items()}}


def huge(bits: int, seed: int) -> dict[str, Json]:
    """A public key that is long in both its numbers."""
    return {"kty": "RSA", "n": number(bits, seed), "e": number(bits, seed + 1)}


def hostile_set(bits: int, count: int) -> Json:
    """Keys of all those kinds, each with a kid of its own; `bits` is one of MERSENNE."""
    kinds = (private_without_primes, private_with_primes, huge)
    return {"keys": [kinds[n % 3](bits, n) | {"kid": f"k{n}", "use": "sig"} for n in range(count)]}


def private_members_added(key: RSAKey, bits: int) -> dict[str, Json]:
    """A key that may be used, to which hostile private members were added."""
    return key.as_dict(private=False) | {"d": number(bits, 1), "oth": [{"r": "AQAB"}]}
