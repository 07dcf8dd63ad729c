"""What a part of the catalogue is."""

from collections.abc import Mapping

Templates = Mapping[str, str | tuple[str, str]]
"""By code: a template, or those for one and for several."""
