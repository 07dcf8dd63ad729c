"""From a document's tree to its santrals, with the rules that a schema cannot express."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.config.characters import PASTED_KEY, has_curly_quotes, is_pasted_key, shown_name
from reconciler.config.nodes import Document, Mapping, Node, Scalar
from reconciler.config.problems import Problem
from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.destinations import warnings_of
from reconciler.core.fleet import Passage, Place, Santral
from reconciler.core.messages import Message
from reconciler.core.notification_url import LONGEST, too_long, url_problem
from reconciler.core.settings import SWITCHES, URL_FIELD, DesiredSettings, Switch
from reconciler.core.url_mask import UrlMask
from reconciler.core.url_template import (
    SECRET_MENTION,
    UrlTemplate,
    expanded,
    template_problem,
    with_stand_ins,
)

UNMANAGED = "unmanaged"
"""What an entry has for a field that the defaults manage, and whose live value it keeps."""
_INTERPOLATION = re.compile(r"\$\{|\$\(|\{\{")


def check_values(node: Node, field: str = "") -> Iterator[Problem]:
    """Yield every value that asks for something to be put in its place where nothing is."""
    if isinstance(node, Mapping):
        for name, (_, value) in node.entries.items():
            yield from check_values(value, name)
    elif isinstance(node, Scalar) and _INTERPOLATION.search(node.text):
        yield Problem(node.place, Message("placeholder-forbidden"))
    elif isinstance(node, Scalar) and field != URL_FIELD and SECRET_MENTION.search(node.text):
        yield Problem(node.place, Message("secret-misplaced"))


def passages(document: Document, source: str) -> Iterator[Passage]:
    """Yield what a file says: its text, and each value that quotes or a fold make another one."""
    yield Passage(Place(source, 1, 1), document.text)
    for scalar in _every_scalar(document.root):
        start = scalar.mark.index
        start += document.text.startswith(("'", '"'), start)
        if not document.text.startswith(scalar.text, start):
            yield Passage(scalar.place, scalar.text.replace("\n", " "))


def _every_scalar(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Mapping):
        for name, value in node.entries.values():
            yield name
            yield from _every_scalar(value)
    elif isinstance(node, Scalar):
        yield node


@dataclass(frozen=True, slots=True)
class Entry:
    """One santral of a file, its defaults merged in."""

    name: Scalar
    key_name: str
    fields: dict[str, Scalar]
    allow_insecure_url: bool
    description: str
    labels: dict[str, str]

    @property
    def written_url(self) -> Scalar | None:
        """The notification URL as it stands in the file."""
        return self.fields.get(URL_FIELD)

    @property
    def expanded_url(self) -> str | None:
        """The notification URL with the santral's name and labels filled in, but no secrets."""
        written = self.written_url
        return expanded(written.text, self.name.text, self.labels) if written else None


def defaults_of(document: Document) -> dict[str, Scalar]:
    """Return the settings that stand under ``defaults``, as far as it has the right structure."""
    return _scalars(_child(_child(document.root, "defaults"), "crm_integration"))


def entries_of(document: Document) -> tuple[Entry, ...]:
    """Return what stands under ``santrals``, as far as it has the right structure."""
    defaults = defaults_of(document)
    santrals = _child(document.root, "santrals")
    written = santrals.entries.values() if isinstance(santrals, Mapping) else ()
    return tuple(_entry(name, node, defaults) for name, node in written)


def _entry(name: Scalar, node: Node, defaults: dict[str, Scalar]) -> Entry:
    own = _scalars(node)
    written = defaults | _scalars(_child(node, "crm_integration"))
    return Entry(
        name=name,
        key_name=own["key"].text if "key" in own else name.text,
        fields={name: value for name, value in written.items() if value.text != UNMANAGED},
        allow_insecure_url="allow_insecure_url" in own and own["allow_insecure_url"].text == "true",
        description=own["description"].text if "description" in own else "",
        labels={label: value.text for label, value in _scalars(_child(node, "labels")).items()},
    )


def _child(node: Node | None, name: str) -> Node | None:
    return node.entries[name][1] if isinstance(node, Mapping) and name in node.entries else None


def _scalars(node: Node | None) -> dict[str, Scalar]:
    found = node.entries.items() if isinstance(node, Mapping) else ()
    return {name: value for name, (_, value) in found if isinstance(value, Scalar) and value.text}


def check_urls(entries: Iterable[Entry], allowed: AllowedHosts | None) -> Iterator[Problem]:
    """Yield what is wrong with the notification URLs, each at the place where it is written.

    ``allowed`` is where calls may go, None where nobody said that.
    """
    for entry in entries:
        written = entry.written_url
        fault = _url_fault(written.text, entry, allowed) if written else None
        if written and fault:
            yield Problem(written.place, fault, shown_name(entry.name.text))


def _url_fault(template: str, entry: Entry, allowed: AllowedHosts | None) -> Message | None:
    if len(template) > LONGEST:
        return too_long(len(template))
    if _INTERPOLATION.search(template):
        return None
    if has_curly_quotes(template):
        return Message("quotes-curly")
    if template_problem(template, "", entry.labels):
        return template_problem(template, shown_name(entry.name.text), entry.labels)
    url = with_stand_ins(entry.expanded_url or "")
    problem = url_problem(url, allow_insecure=entry.allow_insecure_url)
    if problem or not allowed or allowed.allows(url):
        return problem
    return Message("url-host-elsewhere")


def check_names(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield each name of a santral or of a key that must be a key itself, of whatever shape."""
    for entry in entries:
        if any(map(is_pasted_key, {entry.name.text, entry.key_name})):
            yield Problem(entry.name.place, PASTED_KEY)


def check_uniqueness(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield each name, and each name of a key, that two santrals have, naming both places."""
    names: dict[str, Place] = {}
    keys: dict[str, Entry] = {}
    for entry in entries:
        place = entry.name.place
        first = names.setdefault(entry.name.text, place)
        if first is not place:
            yield _problem_of(entry, Message("santral-repeated", first=str(first)))
        elif keys.setdefault(entry.key_name, entry) is not entry:
            other = keys[entry.key_name].name.place
            yield _problem_of(entry, Message("key-shared", other=str(other)))


def _problem_of(entry: Entry, message: Message) -> Problem:
    return Problem(entry.name.place, message, shown_name(entry.name.text))


_SWITCHES = {switch.value: switch for switch in Switch}


def santral_of(entry: Entry) -> Santral:
    """Return the santral that an entry without problems describes."""
    written_switches = (name for name in SWITCHES if name in entry.fields)
    switches = {name: _SWITCHES[entry.fields[name].text] for name in written_switches}
    wanted_url, written = entry.expanded_url, entry.written_url
    url = UrlTemplate.of(wanted_url)
    return Santral(
        name=entry.name.text,
        key_name=entry.key_name,
        desired=DesiredSettings(**switches, notification_url=wanted_url),
        place=entry.name.place,
        warnings=warnings_of(with_stand_ins(wanted_url)) if wanted_url else (),
        description=entry.description,
        labels=tuple(sorted(entry.labels.items())),
        allow_insecure_url=entry.allow_insecure_url,
        url=url,
        mask=UrlMask((url,)) if url else UrlMask(asked=wanted_url),
        url_place=written.place if written else entry.name.place,
    )
