"""The file that most tests are about: its santrals, their keys, and the settings that it wants."""

from reconciler.core.secret import Key
from reconciler.core.settings import Settings, Switch


def key_number(number: int) -> Key:
    """Return a key of the documented shape; nobody's."""
    return Key(f"K{number:08d}-1111-2222-3333-444444444444")


KEYS = {
    name: key_number(number)
    for number, name in enumerate(("ankara", "bursa", "canakkale", "denizli"), start=1)
}

OTHER_SHAPE = "sk_made_up_0123456789abcdef"
"""A key of the other shape that the vendor shows; nobody's."""

DEFAULTS = """\
version: 1
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
    notification_url: https://crm.example.com/{name}
santrals:
"""
"""The beginning of a file whose every santral is to report all events, each to a URL of its own."""

FILE = (
    DEFAULTS
    + """\
  ankara:
    crm_integration: {}
  bursa:
    crm_integration: {ringing: off}
"""
)

QUIETER = FILE.replace("answered: on", "answered: off")
"""A pull request: answered calls are reported no more."""


def settings(ringing: str, answered: str, hangup: str, url: str | None) -> Settings:
    """Return settings from plain words."""
    return Settings(Switch(ringing), Switch(answered), Switch(hangup), url)


OFF = settings("off", "off", "off", None)
"""What is live where nobody set anything up."""
ANKARA = settings("on", "on", "on", "https://crm.example.com/ankara")
BURSA = settings("off", "on", "on", "https://crm.example.com/bursa")
"""What FILE wants of each."""
