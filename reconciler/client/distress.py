"""Why a request to a notification URL failed: from how far it came, and never from any text."""

import errno
import socket
import ssl
from collections.abc import Mapping
from enum import Enum, auto
from http.client import BadStatusLine, HTTPException, UnknownProtocol

from reconciler.client.round_trip import Stage, exchange
from reconciler.core.messages import Message

_UNKNOWN_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
}
_OF_CONNECTIONS: Mapping[int, str] = {
    errno.ECONNREFUSED: "receiver-connection-refused",
    **dict.fromkeys(
        (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN),
        "receiver-unreachable",
    ),
}
"""By the system's numbers."""
_DISTRUSTED = "receiver-certificate-untrusted"
_OF_CERTIFICATES: Mapping[int, str] = {
    9: "receiver-certificate-not-yet",
    10: "receiver-certificate-expired",
    18: "receiver-certificate-self-signed",
    19: "receiver-certificate-private",
    20: "receiver-certificate-incomplete",
    21: "receiver-certificate-incomplete",
    62: "receiver-certificate-name",
    64: "receiver-certificate-name",
}
"""By OpenSSL's numbers, X509_V_ERR_... of its x509_vfy.h."""
_OF_TLS: Mapping[str, str] = {
    "WRONG_VERSION_NUMBER": "receiver-tls-plain",
    "HTTP_REQUEST": "receiver-tls-plain",
    "PACKET_LENGTH_TOO_LONG": "receiver-tls-plain",
    "RECORD_LAYER_FAILURE": "receiver-tls-plain",
    "UNSUPPORTED_PROTOCOL": "receiver-tls-old",
    "TLSV1_ALERT_PROTOCOL_VERSION": "receiver-tls-old",
}
"""By OpenSSL's names of reasons."""
_REFUSED = {
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "receiver-tls-refused",
    "TLSV1_ALERT_ACCESS_DENIED": "receiver-tls-client",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "receiver-tls-client",
    "TLSV1_UNRECOGNIZED_NAME": "receiver-tls-name",
}
"""What a server may say of the TLS connection later, too: by the names of OpenSSL's reasons."""
_OF_PORTS = {"receiver-connection-late", "receiver-connection-refused", "receiver-tls-plain"}
"""Those that name the port, which may not stand in the URL."""
_LATE = {
    Stage.RESOLVING: "receiver-name-late",
    Stage.CONNECTING: "receiver-connection-late",
    Stage.SECURING: "receiver-tls-late",
    Stage.SENDING: "receiver-late",
}


class Progress(Enum):
    """How far a request has come."""

    CONNECTING = auto()
    CONNECTED = auto()
    SENT = auto()
    """The server may have got it."""


def problem_of(error: Exception, progress: Progress, port: int, seconds: float) -> Message:
    """Say why this thread's last exchange failed, at a port, and with so many seconds."""
    if exchange.refused_address:
        return Message("receiver-address", address=exchange.refused_address)
    if exchange.shortage:
        return Message(exchange.shortage)
    if exchange.distrusted_for is not None:
        return Message(_OF_CERTIFICATES.get(exchange.distrusted_for, _DISTRUSTED))
    is_overdone = exchange.is_answered_unasked or exchange.is_flooded
    is_late = exchange.is_out_of_time() or _is_connection_late(progress)
    if is_late and not is_overdone:
        fields = _port_for(_LATE[exchange.stage], port)
        return Message(_LATE[exchange.stage], **fields, seconds=seconds)
    code = _code_of_breach(error, progress)
    return Message(code, **_port_for(code, port))


def _port_for(code: str, port: int) -> dict[str, str]:
    return {"port": str(port)} if code in _OF_PORTS else {}


def _is_connection_late(progress: Progress) -> bool:
    is_connecting = progress is Progress.CONNECTING and exchange.stage is Stage.CONNECTING
    return is_connecting and exchange.errno in {None, errno.ETIMEDOUT}


def _code_of_breach(error: Exception, progress: Progress) -> str:
    reason = (error.reason if isinstance(error, ssl.SSLError) else None) or exchange.tls_reason
    if reason in _REFUSED:
        return _REFUSED[reason]
    if exchange.is_answered_unasked or exchange.is_flooded:
        return "receiver-unasked" if exchange.is_answered_unasked else "receiver-flood"
    is_connecting = progress is Progress.CONNECTING
    if is_connecting and exchange.stage in {Stage.RESOLVING, Stage.CONNECTING}:
        return _code_of_no_connection()
    if exchange.stage is Stage.SECURING:
        return _OF_TLS.get(reason or "", "receiver-tls-none")
    if progress is not Progress.SENT:
        return "receiver-closed"
    return _code_of_answer(error)


def _code_of_answer(error: Exception) -> str:
    """Return the code for an answer that began; of too many headers only the class says so."""
    if isinstance(error, OSError) or not isinstance(error, HTTPException):
        return "receiver-broken"
    is_other = isinstance(error, (BadStatusLine, UnknownProtocol))
    return "receiver-not-http" if is_other else "receiver-flood"


def _code_of_no_connection() -> str:
    if exchange.stage is Stage.RESOLVING:
        is_unknown = exchange.errno in _UNKNOWN_NAME
        return "receiver-name-unknown" if is_unknown else "receiver-name-unanswered"
    return _OF_CONNECTIONS.get(exchange.errno or 0, "receiver-connection-none")
