"""A local certificate authority and a certificate of the emulator's server, made on demand (graph-surface 9.9).

Some clients speak to Graph over https only. They trust the emulator once they are told of the authority's file, for
instance by `NODE_EXTRA_CA_CERTS` or `SSL_CERT_FILE`. The authority's key is used once and not kept, so that nothing
else can ever be signed with it.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=397)  # what browsers accept of a server's certificate
RENEW_BEFORE = timedelta(days=30)
NAMES = ("localhost", "127.0.0.1", "::1", "graph.microsoft.com", "login.microsoftonline.com")
"""Whom the certificate stands for. With the last two a name server, or the hosts file, can send clients here."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the files are."""

    authority: Path
    """The authority's certificate: what clients are to trust."""
    chain: Path
    key: Path


def ensure_certificate(folder: Path, names: Sequence[str] = (), *, renew: bool = False) -> Certificate:
    """The certificate in a folder; made if there is none, or it ends soon, or does not stand for these names too."""
    files = Certificate(folder / "entra-ca.pem", folder / "entra-server.pem", folder / "entra-server.key")
    wanted = tuple(dict.fromkeys((*NAMES, *names)))
    if renew or not _usable(files, wanted):
        _make(files, wanted)
    return files


def _usable(files: Certificate, wanted: Sequence[str]) -> bool:
    if not (files.authority.exists() and files.chain.exists() and files.key.exists()):
        return False
    certificate = x509.load_pem_x509_certificate(files.chain.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return datetime.now(UTC) < certificate.not_valid_after_utc - RENEW_BEFORE and set(map(_general, wanted)) <= set(
        names
    )


def _make(files: Certificate, names: Sequence[str]) -> None:
    now = datetime.now(UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _name(f"Entrant emulator, made {now:%Y-%m-%d %H:%M:%S}")
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    authority = (
        _builder(ca_name, ca_name, ca_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(ca_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    server = (
        _builder(_name(names[0]), ca_name, key, now)
        .add_extension(x509.SubjectAlternativeName(map(_general, names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(files.key, _pem_key(key), 0o600)
    _write(files.chain, _pem(server) + _pem(authority), 0o644)
    _write(files.authority, _pem(authority), 0o644)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # for a client whose clock is behind
        .not_valid_after(now + LIFETIME)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(name: str) -> x509.GeneralName:
    """An address or a host name."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes, mode: int) -> None:
    """Replace a file at once, with its mode from the beginning."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
        opened.write(content)
    draft.replace(file)
