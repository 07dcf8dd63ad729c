"""Whether a value may stand in a file: asked of the rules that ``validate`` goes by."""

import json

from reconciler.config.load import assemble
from reconciler.config.problems import ConfigError
from reconciler.core.messages import Message
from reconciler.onboarding.imported import Imported

_BRACES = frozenset("{}")
_SOME_NAME = "a"


def name_problem(one: Imported) -> Message | None:
    """Return why a santral of these names may not stand in a file, or None if it may."""
    return _problem(f"{json.dumps(one.name)}: {{key: {json.dumps(one.key_name)}, {_NOTHING}}}")


def url_problem(url: str, *, allow_insecure: bool) -> Message | None:
    """Return why a URL may not stand in a file as it is live, or None if it may.

    What has braces would be a placeholder there, or stand for none.
    """
    if not _BRACES.isdisjoint(url):
        return Message("url-encoding")
    allowed = json.dumps(allow_insecure)
    settings = f"{{notification_url: {_quoted(url)}}}"
    return _problem(f"{_SOME_NAME}: {{allow_insecure_url: {allowed}, crm_integration: {settings}}}")


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
