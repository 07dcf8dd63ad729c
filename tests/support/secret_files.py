"""What tests of secrets in URLs share: a file that uses one, its values, and URLs with them."""

from support.fleet import settings
from support.program import Program
from support.stand_in import StandIn

TOKEN = "tok-0123456789abcdefXYZ"  # noqa: S105 - nobody's
OLD_TOKEN = "old-9876543210fedcbaQRS"  # noqa: S105 - nobody's
"""Secrets of now and of before."""

URL = "https://crm.example.com/{name}?token={secret.crm}"
LINE = f"crm@crm.example.com={TOKEN}"
OLD_LINE = f"crm@crm.example.com={OLD_TOKEN}"
FILLED = f"https://crm.example.com/ankara?token={TOKEN}"
OLD_FILLED = f"https://crm.example.com/ankara?token={OLD_TOKEN}"
SHOWN = "https://crm.example.com/ankara?token=***"

FILE = """\
version: 1
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
santrals:
  ankara:
    crm_integration:
      notification_url: URL
"""
URL_PLACE = "santral.yaml:10:25"


def write(program: Program, url: str = URL) -> None:
    """Write a file whose one santral has this URL."""
    program.write("santral.yaml", FILE.replace("URL", f'"{url}"' if "#" in url else url))


def give(program: Program, *lines: str) -> None:
    """Give these secrets, and no others, in the variable."""
    program.monkeypatch.setenv("SANTRAL_SECRETS", "\n".join(lines))


def hold(stand_in: StandIn, url: str | None) -> None:
    """Let a URL be live at ankara, and all events on."""
    stand_in.hold("ankara", settings("on", "on", "on", url))


def live_url(stand_in: StandIn) -> str | None:
    """Return the URL that is live at ankara."""
    return stand_in.live("ankara").notification_url
