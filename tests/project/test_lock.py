"""``requirements.lock``: what pipelines install beside the program, where the keys are.

.ci/run installs it as they do, which shows that it names all that is needed and that the hashes are
those of the files.
"""

import re
import tomllib
from importlib.metadata import distributions, requires

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.places import ROOT

from reconciler import __version__
from reconciler.core.ci_systems import Ci
from reconciler.core.language import TURKISH
from reconciler.core.translation import speak
from reconciler.scaffold.pipelines import Pipeline

FILE = ROOT / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
HEADER = f"# All that santral-reconciler {__version__} needs, "
PIN = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[a-z0-9.]+)(?: ; (?P<marker>[^\\\n]+))?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
)


def lines() -> tuple[str, str]:
    """Return the comment at the top, and all below it."""
    text = FILE.read_text("utf-8")
    comment = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    return comment, text.removeprefix(comment)


PINNED = {found["name"]: found for found in PIN.finditer(lines()[1])}
NEEDED = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]


@pytest.mark.parametrize("needed", NEEDED)
def test_it_pins_what_the_program_and_its_build_need(needed: str) -> None:
    """On every system, at a version within the range that pyproject.toml has."""
    requirement = Requirement(needed)
    pin = PINNED[canonicalize_name(requirement.name)]

    assert requirement.specifier.contains(pin["version"])
    assert pin["marker"] is None


SYSTEMS = [
    {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0", **system}
    for minor in range(11, 15)
    for system in (
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
        {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
    )
]
"""What the markers of packages distinguish."""
_HERE = {(canonicalize_name(found.name), found.version) for found in distributions()}
INSTALLED = [name for name, pin in PINNED.items() if (name, pin["version"]) in _HERE]
"""Those of which the pinned version is here."""


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda one: " ".join(one.values()))
def test_it_pins_what_those_need_in_turn(system: dict[str, str]) -> None:
    """On each Python and system that we name, as far as those say that are installed here."""
    environment = {**system, "extra": ""}
    needed = {
        canonicalize_name(requirement.name)
        for name in INSTALLED
        for requirement in map(Requirement, requires(name) or ())
        if requirement.marker is None or requirement.marker.evaluate(environment)
    }
    pinned = {
        name
        for name, pin in PINNED.items()
        if pin["marker"] is None or Marker(pin["marker"]).evaluate(environment)
    }

    assert needed - pinned == set()


def test_it_holds_nothing_but_pins_with_hashes() -> None:
    """No address of a package index, no option, no path of the machine that it was made on."""
    comment, pins = lines()

    assert PIN.sub("", pins) == ""
    assert len(PINNED) == len(PIN.findall(pins)) > len(NEEDED)
    assert re.findall(r"://|\.org|/(?:home|tmp|usr|opt)/", comment) == []


def test_it_says_which_version_it_is_for() -> None:
    """So that whoever finds its copy in another repository knows; .ci/lock writes it."""
    assert lines()[0].startswith(HEADER), "Run .ci/lock, which makes the lock anew."


def test_it_comes_with_the_program() -> None:
    """In the wheel and in the source distribution; init writes it beside the pipeline."""
    targets = PROJECT["tool"]["hatch"]["build"]["targets"]

    assert targets["wheel"]["force-include"][FILE.name] == f"reconciler/{FILE.name}"
    assert FILE.name in targets["sdist"]["include"]
    assert {Pipeline(ci).lock.text for ci in (*Ci, None)} == {FILE.read_text("utf-8")}


def test_its_copy_says_what_it_is_in_the_readers_language() -> None:
    """The pins and hashes are the same to the letter."""
    speak(TURKISH)
    (copy,) = {Pipeline(ci).lock.text for ci in (*Ci, None)}

    assert (
        copy
        == f"""\
# santral-reconciler {__version__} sürümünün derlenip çalışması için gereken her şey
# (Linux, macOS ve Windows; Python 3.11 ve sonrası). Kurmak için önce
# "pip install --require-hashes --only-binary :all: -r", sonra programın kendisi
# için "pip install --no-deps --no-build-isolation" komutunu kullanın. Bu
# dosyayı programın deposundaki .ci/lock üretir.
{lines()[1]}"""
    )
