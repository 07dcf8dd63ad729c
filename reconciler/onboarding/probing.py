"""Whether a value may stand in a file: asked of the rules that ``validate`` goes by."""

import json

from reconciler.config.load import assemble
from reconciler.config.problems import ConfigError
from reconciler.config.rules import UNMANAGED
from reconciler.core.messages import Message
from reconciler.onboarding.imported import Imported

_BRACES = frozenset("{}")
_SOME_NAME = "a"
_HIDDEN = Message("import-hidden-in-url")
_OF_LIVE_URLS = {
    "character-hidden": _HIDDEN,
    "character-hidden-escape": _HIDDEN,
    "character-space": _HIDDEN,
    "file-not-utf8": _HIDDEN,
    "key-pasted": Message("import-key-in-url"),
    "placeholder-forbidden": Message("import-variable-in-url"),
    "quotes-curly": Message("import-quotes-in-url"),
}
"""What is said of a live URL, by the code of what would be said of a text in a file.

What would be said of a URL there is right of a live one too.
"""


def name_problem(one: Imported) -> Message | None:
    """Return why a santral of these names may not stand in a file, or None if it may."""
    return _problem(f"{json.dumps(one.name)}: {{key: {json.dumps(one.key_name)}, {_NOTHING}}}")


def url_problem(url: str, *, allow_insecure: bool) -> tuple[Message, ...]:
    """Return why a URL may not stand in a file as it is live, and what to do; nothing if it may.

    What has braces would be a placeholder there, or stand for none.
    """
    if not _BRACES.isdisjoint(url):
        return (Message("import-braces-in-url"),)
    problem = (
        Message("url-scheme") if url == UNMANAGED else _rules_on(url, allow_insecure=allow_insecure)
    )
    own = _OF_LIVE_URLS.get(problem.code) if problem else None
    if own:
        return (own,)
    return (problem, Message("import-url-change")) if problem else ()


def _rules_on(url: str, *, allow_insecure: bool) -> Message | None:
    allowed = json.dumps(allow_insecure)
    settings = f"{{notification_url: {_quoted(url)}}}"
    entry = f"{_SOME_NAME}: {{allow_insecure_url: {allowed}, crm_integration: {settings}}}"
    return _problem(entry)


def description_problem(text: str) -> Message | None:
    """Return why a description may not stand in a file, or None if it may."""
    return _problem(f"{_SOME_NAME}: {{description: {_quoted(text)}, {_NOTHING}}}")


def label_problem(name: str, value: str) -> Message | None:
    """Return why a label may not stand in a file, or None if it may."""
    label = f"{_quoted(name)}: {_quoted(value)}"
    return _problem(f"{_SOME_NAME}: {{labels: {{{label}}}, {_NOTHING}}}")


_NOTHING = "crm_integration: {}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _problem(entry: str) -> Message | None:
    """Return the first problem of a file with this entry; one that is not UTF-8 has one too."""
    content = f"version: 1\nsantrals:\n  {entry}\n".encode("utf-8", "surrogatepass")
    try:
        assemble([("", content)])
    except ConfigError as error:
        return error.problems[0].message
    return None
