"""Certificates that a server of these tests shows: one in order, and several that are not."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from support.fault_server import HOST

AUTHORITY = trustme.CA()
OTHER_AUTHORITY = trustme.CA()
_YESTERDAY = datetime.now(UTC) - timedelta(days=1)

BAD = {
    "expired": AUTHORITY.issue_cert(HOST, not_after=_YESTERDAY),
    "other address": AUTHORITY.issue_cert("127.0.0.2"),
    "other name": AUTHORITY.issue_cert("api.example.com"),
    "common name": AUTHORITY.issue_cert("x.example.com", common_name=HOST),
    "unknown authority": OTHER_AUTHORITY.issue_cert(HOST),
}
"""Certificates that whoever trusts AUTHORITY has to turn away."""


def pem(ca_file: str) -> str:
    """Return the certificates in a file."""
    return Path(ca_file).read_text(encoding="ascii")


def tls_with(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return what it takes to serve with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def good_tls() -> ssl.SSLContext:
    """Return what it takes to serve with a certificate that is in order."""
    return tls_with(AUTHORITY.issue_cert(HOST))
