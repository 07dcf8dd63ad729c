"""Whether there shall be a pipeline, at which forge, and what lets it apply a plan."""

from dataclasses import dataclass, replace

from reconciler.cli.asking import Asking
from reconciler.cli.scaffolding import pipeline_there
from reconciler.core.ci_systems import SYSTEMS, Ci, Gate
from reconciler.core.messages import say, template
from reconciler.scaffold.pipelines import Pipeline

_GATES = {
    (Ci.GITHUB, Gate.REVIEWERS): template(
        "reviewers: a pull request gets its plan as a comment, and merging it applies that very "
        "plan. The reviewers of an environment protect the keys and each apply. For a public "
        "repository, or a private one with GitHub Enterprise; elsewhere whoever can push a branch "
        "can read the keys, and nothing stops an apply after the merge."
    ),
    (Ci.GITHUB, Gate.MANUAL): template(
        "manual: a pull request is only checked, without any key. Somebody starts the plan, reads "
        "it, and starts the apply. Only people who can change the branch main can read the keys; a "
        "private repository needs GitHub Pro or Team for that."
    ),
    (Ci.GITLAB, Gate.REVIEWERS): template(
        "reviewers: a merge request gets its plan as a comment, and merging it applies that very "
        "plan, once the approvers of an environment agree. They need GitLab Premium; without it, "
        "nothing stops an apply after the merge. Whoever can push a branch can read the keys."
    ),
    (Ci.GITLAB, Gate.MANUAL): template(
        "manual: a merge request is only checked, without any key. Somebody starts the plan, reads "
        "it, and starts the apply. Only people who can push or merge to the default branch can "
        "read the keys, with every GitLab plan."
    ),
}
"""What each gate is, what it protects, and what it needs."""


@dataclass(frozen=True, slots=True)
class PipelineQuestion:
    """Asks for what the command line does not say."""

    asking: Asking
    wanted: Pipeline | None
    """What the command line says of it, perhaps without its gate."""
    gate: Gate | None

    def ask(self) -> Pipeline | None:
        """Return the pipeline that is wanted, if one is."""
        if self.wanted:
            return self._gated(self.wanted)
        there = pipeline_there()
        if there:
            self._say_there(there)
            return None
        ci = self._forge()
        return self._gated(Pipeline(ci)) if ci else None

    def _gated(self, pipeline: Pipeline) -> Pipeline:
        """Return a pipeline with its gate; on Kubernetes there is none."""
        if not pipeline.ci:
            return pipeline
        return replace(pipeline, gate=self.gate or self._gate(pipeline.ci))

    def _say_there(self, place: str) -> None:
        self.asking.begin(
            say(
                "There is a pipeline already: {place}. Its secret SANTRAL_KEYS must get the keys "
                "that are new.",
                place=place,
            )
        )

    def _forge(self) -> Ci | None:
        self.asking.begin(
            say(
                "A pipeline lets a team review each change before it is made, and looks every day "
                "whether somebody changed something in the panel. Where is your repository?"
            )
        )
        options: dict[Ci | None, str] = {ci: system.name for ci, system in SYSTEMS.items()}
        return self.asking.choice(say("Which?"), {**options, None: say("No pipeline.")}, None)

    def _gate(self, ci: Ci) -> Gate:
        self.asking.begin(say("What shall let the pipeline apply a plan?"))
        options = {gate: say(_GATES[ci, gate]) for gate in Gate}
        return self.asking.choice(say("Which?"), options, Gate.MANUAL)
