"""Where calls may go: a list that is kept outside the files, by whoever answers for the data."""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.core import idn
from reconciler.core.host_glob import HostGlob, comparable
from reconciler.core.notification_url import host as host_of


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts that notification URLs may have; all ports of a host are alike."""

    hosts: frozenset[str]
    """As they are compared."""
    domains: frozenset[str] = frozenset()
    """Those of which any host with one label more is allowed."""
    path: str | None = None
    """The file that they come from."""

    @staticmethod
    def of(globs: Iterable[HostGlob], path: str | None = None) -> "AllowedHosts":
        """Return the hosts that globs stand for."""
        every = [*globs]
        return AllowedHosts(
            frozenset(glob.host for glob in every if not glob.is_glob),
            frozenset(glob.host for glob in every if glob.is_glob),
            path,
        )

    def allows(self, url: str) -> bool:
        """Return whether calls may go where a URL leads.

        They may not where the URL has no host that all programs agree on.
        """
        return self.names(comparable(host_of(url) or ""))

    def names(self, host: str) -> bool:
        """Return whether a host, which is as it is compared, is one of them."""
        label, _, domain = host.partition(".")
        return host in self.hosts or (label != "" and domain in self.domains)


def glob_of(text: str) -> HostGlob | None:
    """Return the glob that somebody wrote, perhaps with letters beyond ASCII; None for none.

    As in URLs, a dot at its end says nothing.
    """
    label, star, rest = text.rpartition("*.")
    host = rest if rest.startswith("[") else rest.removesuffix(".")
    written = idn.encoded(host) if not host.isascii() else host
    return HostGlob.parse(f"{label}{star}{written}") if written else None
