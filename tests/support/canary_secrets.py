"""The secrets of the canary's santrals: in their URLs, at the server, and in what that says.

Each santral has two of its own: the one of now, which is given to the program, and an old one,
which is live and which nobody gives it.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from support.fault_server import LIVE, Act, FaultServer, Turn, answer

from reconciler.core.secret import Key

HOST = "crm.example.com"
_AT = f"https://{HOST}"
WANTED = (
    f"{_AT}/calls?token={{secret.NAME}}",
    f"{_AT}/calls/{{secret.NAME}}/of?v=2",
    f"{_AT}/{{name}}?a=1&token=v1.{{secret.NAME}}&b=2",
    f"{_AT}/calls/{{name}}",
)
"""What the files have, in turn; the last one's placeholder was removed by a pull request."""
LIVE_URLS = (
    f"{_AT}/calls?token=OLD",
    f"{_AT}/calls/OLD/of?v=2",
    f"{_AT}/OLD?a=1&token=v1.OLD&b=2",
    f"{_AT}/calls/NOW/of?token=NOW",
    f"{_AT}/calls?other=OLD#OLD",
    "https://OLD.example.com/OLD/of?v=2",
    f"https://u:OLD@{HOST}/s?token=v1.OLD&b=2",
    f"{_AT}/NOW/of?v=NOW",
)
"""What is live, in turn: the old secret in its place, then elsewhere; or that of now, forgotten."""


def now(santral: str) -> str:
    """Return the secret of a santral that is given to the program; nobody's."""
    return f"N{hashlib.sha256(f'now {santral}'.encode()).hexdigest()[:30]}"


def old(santral: str) -> str:
    """Return the secret that is live; nobody's."""
    return f"o{hashlib.sha256(f'old {santral}'.encode()).hexdigest()[:30]}"


def sought(santrals: Iterable[str]) -> dict[str, Key]:
    """Return all secrets, by whose they are."""
    return {
        f"{santral}, {which}": Key(made(santral))
        for santral in santrals
        for which, made in (("secret", now), ("old secret", old))
    }


def _turn(number: int) -> int:
    """Return which of the URLs a santral has; the same ones meet each fault at other steps."""
    return number + number // 4


def entry(label: str, number: int) -> str:
    """Return a santral's entry in the file."""
    url = WANTED[_turn(number) % len(WANTED)].replace("NAME", _name(label))
    return f"  {label}: {{crm_integration: {{notification_url: '{url}'}}}}\n"


def _name(label: str) -> str:
    return f"of_{label}"


def lines(labels: Mapping[str, str]) -> list[str]:
    """Return the lines that give the secrets, of santrals with these labels."""
    return [f"{_name(label)}@{HOST}={now(santral)}" for santral, label in labels.items()]


def put_live(server: FaultServer, santrals: Iterable[str]) -> None:
    """Let each santral have a URL that holds a secret."""
    for number, santral in enumerate(santrals):
        url = LIVE_URLS[_turn(number) % len(LIVE_URLS)]
        url = url.replace("OLD", old(santral)).replace("NOW", now(santral))
        server.live[santral] = replace(LIVE, notification_url=url)


def _echo(written: Callable[[str], str], status: int = 404) -> Act:
    """Answer with the URL that is live and the one that was posted, written in some way."""

    def act(turn: Turn) -> None:
        posted = turn.request.fields.get("notification_url", "")
        urls = (turn.live.notification_url or "", posted)
        said = " ".join(f"Cannot reach {written(url)}, sorry!" for url in urls if url)
        answer(status, said)(turn)

    return act


def _percent_encoded(text: str) -> str:
    return "".join(f"%{ord(character):02x}" for character in text)


ECHO = "echo of the URLs"
ECHOES: dict[str, Act] = {
    ECHO: _echo(str),
    "echo of the URLs in capitals": _echo(str.upper),
    "echo of the URLs percent-encoded": _echo(_percent_encoded),
    "echo of the URLs in base64": _echo(lambda url: b64encode(url.encode()).decode()),
    "echo of the URLs as words": _echo(lambda url: url.replace("/", " ").replace("=", " ")),
    "echo of the URLs in part": _echo(lambda url: url[-25:-3]),
    "echo of the URLs, 400": _echo(str, 400),
    "echo of the URLs, 503": _echo(str, 503),
}
"""The server gives the URLs back, as it may where it has tried to reach one."""
