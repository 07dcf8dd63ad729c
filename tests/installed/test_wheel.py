"""What is in the wheel beside the program. .ci/run names this test, and the folder of the wheel."""

import os
import runpy
import zipfile
from pathlib import Path

from support.catalogue import TURKISH
from support.places import ROOT


def test_it_has_the_translations_compiled_from_those_of_this_checkout() -> None:
    """And not what they are compiled from, which nobody reads there."""
    (wheel,) = Path(os.environ["SANTRAL_DIST"]).glob("*.whl")
    compiled = runpy.run_path(str(ROOT / ".ci/build_catalogues.py"))["compiled_from"](TURKISH)
    place = TURKISH.relative_to(ROOT)

    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if "/locale/" in name)
        assert (name, files.read(name)) == (place.with_suffix(".mo").as_posix(), compiled)
