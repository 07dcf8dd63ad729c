"""What the API answers to a GET: the documented object, or a refusal that quotes nothing of it."""

import json
from dataclasses import asdict
from typing import Any

import yaml
from hypothesis import strategies as st
from support.fuzzed.documents import near
from support.fuzzed.target import Target, encoded
from support.places import CASSETTES

from reconciler.client.decoding import AnswerError, Live, decode_settings, said_in, says_bad_key
from reconciler.core.settings import FIELDS, SWITCHES, Switch

_IF_IT_STAYS = " Run again later, and check --api-url if it stays so."
_REASONS = {
    "The API's answer is not JSON.",
    "The API's answer is not well-formed JSON in UTF-8.",
    "The API's answer is JSON, but not an object.",
    "The API's answer has a notification_url that is not text.",
    *(f'The API\'s answer has neither "on" nor "off" in {name}.' for name in SWITCHES),
}
_LACKS = "The API's answer lacks "


def check(content: bytes) -> None:
    """Decode an answer, and compare it with what Python's own reader finds in it."""
    for charset in ("", "iso-8859-9", "utf-16", "idna", "zip"):
        says_bad_key(said_in(content, f"text/plain; charset={charset}"))
    answer = _decoded(content)
    if isinstance(answer, AnswerError):
        _check_refusal(answer)
        assert not _is_documented(content)
    else:
        _check_live(answer, json.loads(content.decode("utf-8-sig")))


def _decoded(content: bytes) -> Live | AnswerError:
    try:
        return decode_settings(content)
    except AnswerError as error:
        return error


def _check_refusal(error: AnswerError) -> None:
    reason = str(error).removesuffix(_IF_IT_STAYS)
    lacking = (
        reason.removeprefix(_LACKS).removesuffix(".").split(", ")
        if reason.startswith(_LACKS)
        else []
    )
    assert str(error).endswith(_IF_IT_STAYS)
    assert reason in _REASONS or (lacking and set(lacking) <= set(SWITCHES))
    assert (error.__cause__, error.__context__) == (None, None)


def _check_live(live: Live, document: dict[str, Any]) -> None:
    """Nothing is coerced, and what was read can be written and read again."""
    settings = live.settings
    for name in SWITCHES:
        assert isinstance(getattr(settings, name), Switch)
        assert getattr(settings, name) == document[name]
    url = settings.notification_url
    written = document.get("notification_url")
    assert url == written if url is not None else not (written or "").strip()
    assert bool(live.warnings) == bool(document.keys() - asdict(settings).keys())
    assert decode_settings(json.dumps(asdict(settings)).encode()) == Live(settings)


def _is_documented(content: bytes) -> bool:
    """Tell whether a plain reading finds what the vendor documents, each field once."""
    try:
        fields = json.loads(content, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return False
    if not isinstance(fields, list) or not all(isinstance(field, tuple) for field in fields):
        return False
    document = dict(fields)
    return (
        sorted(name for name, _ in fields) == sorted(FIELDS)
        and all(document[name] in ("on", "off") for name in SWITCHES)
        and isinstance(document["notification_url"], str)
        and document["notification_url"].isascii()
    )


def _recorded() -> tuple[bytes, ...]:
    """Return the bodies that the vendor documents."""
    cassettes = (yaml.safe_load(path.read_bytes()) for path in sorted(CASSETTES.iterdir()))
    return encoded(
        [each["response"]["body"]["string"] for tape in cassettes for each in tape["interactions"]]
    )


_RIGHT = st.fixed_dictionaries(
    {name: st.sampled_from(["on", "off"]) for name in SWITCHES},
    optional={"notification_url": st.sampled_from(["https://a.b/", "ş", " a ", None])},
)
_WORDS = [
    '"ringing":"on",', '"answered":"on",', '"hangup":"off",', '"notification_url":"https://a.b/"',
    "{", "}", "[", "]", '"', ":", ",", "on", "off", '"on"', '"off"', "null", "true", "false", "0",
    "-", "1e999", "NaN", "Infinity", "\\u", "\\ud800", "\\u006f", "\\", "\ufeff", "\x00", " ", "\n",
    "9" * 5000, "[" * 5000, '{"a":' * 2000, "Gecersiz anahtar", "Geçersiz anahtar",
]  # fmt: skip
_UNSET = '"ringing":"on","answered":"off","hangup":"on"'

TARGET = Target(
    check=check,
    seeds=(
        *_recorded(),
        *encoded([f"{{{_UNSET}}}", f'\ufeff{{{_UNSET},"notification_url":null}}']),
        *encoded(["<html><title>502</title></html>", "Ok", ""]),
    ),
    words=(*encoded(_WORDS), b"\xff", b"\xc3"),
    grown=st.builds(
        lambda document, is_ascii: json.dumps(document, ensure_ascii=is_ascii).encode(
            "utf-8", "surrogatepass"
        ),
        _RIGHT | near(_RIGHT),
        st.booleans(),
    ),
)
