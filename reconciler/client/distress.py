"""Why a request to a notification URL failed: from how far it came, and never from any text."""

import errno
import socket
from collections.abc import Mapping
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
_LATE = {
    Stage.RESOLVING: "receiver-name-late",
    Stage.CONNECTING: "receiver-connection-late",
    Stage.SECURING: "receiver-tls-late",
    Stage.SENDING: "receiver-late",
}


def problem_of(error: Exception, seconds: float) -> Message:
    """Say why this thread's last exchange failed, which had so many seconds."""
    if exchange.refused_address:
        return Message("receiver-address", address=exchange.refused_address)
    if exchange.shortage:
        return Message(exchange.shortage)
    if exchange.distrusted_for is not None:
        return Message(_OF_CERTIFICATES.get(exchange.distrusted_for, _DISTRUSTED))
    is_overdone = exchange.is_answered_unasked or exchange.is_flooded
    if not is_overdone and (exchange.is_out_of_time() or _is_connection_late()):
        return Message(_LATE[exchange.stage], seconds=seconds)
    return Message(_code_of_breach(error))


def _is_connection_late() -> bool:
    return exchange.stage is Stage.CONNECTING and exchange.errno in {None, errno.ETIMEDOUT}


def _code_of_breach(error: Exception) -> str:
    if exchange.is_answered_unasked or exchange.is_flooded:
        return "receiver-unasked" if exchange.is_answered_unasked else "receiver-flood"
    if exchange.stage in {Stage.RESOLVING, Stage.CONNECTING}:
        return _code_of_no_connection()
    if exchange.stage is Stage.SECURING:
        return _OF_TLS.get(exchange.tls_reason or "", "receiver-tls-none")
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
