"""Which pipeline ``santral init`` writes, and the texts that it is made of."""

from dataclasses import dataclass

from reconciler import __version__
from reconciler.core.ci_systems import SYSTEMS, Ci, Gate
from reconciler.core.translation import language, translated
from reconciler.scaffold.sharding import divided, numbered
from reconciler.scaffold.starters import Starter
from reconciler.scaffold.wording import in_words
from reconciler.schemas import resource

KUBERNETES = "kubernetes"
"""What runs santral without a forge, by the name that --ci gives it.

It is no CI system of ``core.ci_systems``: none of its jobs is a forge's, so no ci command runs
there.
"""
SHARDS = range(2, 201)
"""Into so many a fleet may be divided. GitLab's parallel ends there; GitHub's matrix, at 256."""
LOCK = "requirements.lock"
VERSION = "<VERSION>"
"""What stands for the program's in a text that is to be translated."""
_A_JOB_OF_OURS = "\nsantral:validate:\n"
_TEMPLATES = "scaffold/templates"
_LANGUAGE = "  SANTRAL_LANG: "
_ENGLISH = f"{_LANGUAGE}en"
"""The setting of a pipeline's language, and how the templates have it."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline that is to be written, or what stands for one on Kubernetes."""

    ci: Ci | None
    """None for Kubernetes."""
    gate: Gate | None = None
    """None there."""
    shards: int = 1

    @property
    def lock(self) -> Starter:
        """What it installs beside the program, pinned with hashes."""
        place = SYSTEMS[self.ci].lock if self.ci else f"{KUBERNETES}/santral.lock"
        return Starter(place, in_words(resource(LOCK), _of_this_version))

    @property
    def shared_place(self) -> str | None:
        """Where another pipeline may be already, which has the only place for one."""
        return SYSTEMS[self.ci].pipeline if self.ci and SYSTEMS[self.ci].included else None

    def starter(self, there: str | None) -> Starter:
        """Return its file; ``there`` is what the repository has at the shared place, if anything.

        Where another pipeline has that, ours is for including.
        """
        if not self.ci:
            return Starter(f"{KUBERNETES}/santral.yaml", self._text(f"{KUBERNETES}.yaml"))
        system = SYSTEMS[self.ci]
        is_taken = there is not None and not is_ours(there)
        place = system.included if system.included and is_taken else system.pipeline
        return Starter(place, self._text(f"{self.ci}-{self.gate}.yml"))

    def _text(self, name: str) -> str:
        changes = f"{name.partition('.')[0]}.shards" if self.shards > 1 else None
        text = in_words(template_text(name, changes), translated)
        return numbered(text.replace(_ENGLISH, f"{_LANGUAGE}{language()}"), self.shards)


def _of_this_version(text: str) -> str:
    """Translate a text that names the version."""
    return translated(text.replace(__version__, VERSION)).replace(VERSION, __version__)


def template_text(name: str, changes: str | None) -> str:
    """Return a template in English, without the number of shards.

    ``changes`` is what has the places to replace where there are several.
    """
    text = resource(f"{_TEMPLATES}/{name}")
    return divided(text, resource(f"{_TEMPLATES}/{changes}")) if changes else text


def is_ours(pipeline: str | None) -> bool:
    """Return whether a pipeline, at a place that may have another's, is of this program."""
    return pipeline is not None and _A_JOB_OF_OURS in pipeline
