"""Hosts as they are compared, and the globs that stand for them."""

import ipaddress
from dataclasses import dataclass

from reconciler.core.notification_url import url_problem

_ANY_LABEL = "*."


def comparable(host: str) -> str:
    """Return a host in lower case as it is compared, however a URL may spell it.

    A dot at its end says only that nothing follows, and an IPv6 address has one shortest form.
    """
    if not host.startswith("["):
        return host.removesuffix(".")
    try:
        return f"[{ipaddress.IPv6Address(host[1:-1])}]"
    except ValueError:
        return host


@dataclass(frozen=True, slots=True)
class HostGlob:
    """A host, or the hosts with one label more in front."""

    host: str
    """As it is compared."""
    is_glob: bool = False
    """Whether one label stands before the host."""

    @staticmethod
    def parse(text: str) -> "HostGlob | None":
        """Return the glob that ``HOST`` or ``*.DOMAIN`` is; None for what is none of these.

        A domain has at least two labels. A host is one that a notification URL may have, an IP
        address among them.
        """
        is_glob = text.startswith(_ANY_LABEL)
        host = text.lower().removeprefix(_ANY_LABEL)
        if is_glob and "." not in host:
            return None
        example = f"https://{'x.' if is_glob else ''}{host}:1/"
        is_other = any(mark in host for mark in "/?@") or not _is_without_port(host)
        if is_other or url_problem(example, allow_insecure=not is_glob):
            return None
        return HostGlob(comparable(host), is_glob)

    def allows(self, host: str) -> bool:
        """Return whether it stands for a host, which is as it is compared."""
        if not self.is_glob:
            return host == self.host
        label, dot, rest = host.partition(".")
        return bool(label and dot) and rest == self.host

    def __str__(self) -> str:
        return f"{_ANY_LABEL if self.is_glob else ''}{self.host}"


def _is_without_port(host: str) -> bool:
    return ":" not in host or (host.startswith("[") and host.endswith("]"))
