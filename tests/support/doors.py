"""Servers at notification URLs, as ``doctor`` and ``ring`` meet them.

Every name below example.com leads to this machine, and every certificate is of an authority that is
trusted in the place of the built-in ones, unless a test says otherwise.
"""

import datetime as dt
import socket
import ssl
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests.utils
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.certificates import AUTHORITY, OTHER_AUTHORITY, tls_with
from support.fault_server import HOST, FaultServer, answer

from reconciler.client import receiver, round_trip

NAME = "crm.example.com"
NOW = dt.datetime.now(dt.UTC)
_DAY = dt.timedelta(days=1)

IN_ORDER_UNTIL = NOW + 90 * _DAY + dt.timedelta(hours=1)
IN_ORDER = AUTHORITY.issue_cert(NAME, not_after=IN_ORDER_UNTIL)
ENDS_SOON = AUTHORITY.issue_cert(
    NAME, "hidden.example.com", not_after=NOW + 12 * _DAY + dt.timedelta(hours=1)
)
ENDS_TODAY = AUTHORITY.issue_cert(NAME, not_after=NOW + dt.timedelta(hours=12))
EXPIRED = AUTHORITY.issue_cert(NAME, not_after=NOW - _DAY)
NOT_YET = AUTHORITY.issue_cert(NAME, not_before=NOW + _DAY)
OTHER_NAME = AUTHORITY.issue_cert("shop.example.com")
WITHOUT_CHAIN = OTHER_AUTHORITY.issue_cert(NAME)


def private_chain() -> ssl.SSLContext:
    """Return what it takes to serve with the certificate of a private authority, and its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with WITHOUT_CHAIN.private_key_pem.tempfile() as key, _joined().tempfile() as chain:
        context.load_cert_chain(chain, key)
    return context


def _joined() -> trustme.Blob:
    pems = (*WITHOUT_CHAIN.cert_chain_pems, OTHER_AUTHORITY.cert_pem)
    return trustme.Blob(b"".join(pem.bytes() for pem in pems))


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return what it takes to serve with a certificate that nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW - _DAY).not_valid_after(NOW + 90 * _DAY)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), False)  # noqa: FBT003
    certificate = builder.sign(key, hashes.SHA256())
    pem = folder / "self-signed.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def asking_for_a_client() -> ssl.SSLContext:
    """Return what it takes to serve nobody who shows no certificate."""
    context = tls_with(IN_ORDER)
    AUTHORITY.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def other_ciphers() -> ssl.SSLContext:
    """Return what it takes to serve with a cipher that clients of today do not offer."""
    context = tls_with(IN_ORDER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")
    return context


def old_tls() -> ssl.SSLContext:
    """Return what it takes to serve with TLS 1.1 and nothing newer."""
    context = tls_with(IN_ORDER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


@contextmanager
def door(tls: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    """Serve as a receiver does that takes every call."""
    with FaultServer({}, tls) as server:
        server.rule("?", "POST", answer(200, "Ok"))
        yield server


def url_of(server: FaultServer, path: str = "/calls", name: str = NAME) -> str:
    """Return a URL that leads to a server by a name."""
    scheme = server.origin.partition(":")[0]
    return f"{scheme}://{name}:{server.port}{path}"


def lead_here(
    monkeypatch: pytest.MonkeyPatch,
    authority: Path,
    addresses: Mapping[str, list[str]] | None = None,
) -> list[str]:
    """Have names lead to this machine, or where a test says; return those that are looked up."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> Any:
        asked.append(host)
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "")
        known = (addresses or {}).get(host) or ([HOST] if host.endswith(".example.com") else [host])
        return [one for address in known for one in round_trip.resolve(address, port)]

    AUTHORITY.cert_pem.write_to_path(str(authority))
    monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(authority))
    monkeypatch.setattr(receiver, "resolve", resolve)
    return asked
