"""What the runners are given differs from what ``init`` writes in these lines, and in no others."""

import pytest
from support import act, gitlab_ci_local
from support.places import ROOT

from reconciler.core.ci_systems import Ci, Gate
from reconciler.scaffold.pipelines import Pipeline

TEMPLATES = ROOT / "reconciler" / "scaffold" / "templates"

FILLED_IN = (
    'SANTRAL_KEYS: "${{ secrets.SANTRAL_KEYS }}", SANTRAL_SECRETS: "${{ secrets.SANTRAL_SECRETS }}"'
)
FOR_ACT = [
    'schedule: [{cron: "23 4 * * *", timezone: Europe/Istanbul}]',
    "environment: {name: santral-plan, deployment: false}",
    'env: &token {GITHUB_TOKEN: "${{ github.token }}"}',
    f"env: &keys {{{FILLED_IN}}}",
    "concurrency: {group: santral-apply, cancel-in-progress: false, queue: max}",
    "environment: {name: santral-drift, deployment: false}",
    "if: ${{ !cancelled() && needs.drift.outputs.artifact != '' }}",
]
FOR_ACT_OF_REVIEWERS = [
    *FOR_ACT[:3],
    f"env: {{{FILLED_IN}, "
    "SANTRAL_BASE: \"${{ github.event_name == 'pull_request' && 'HEAD^1' || '' }}\"}",
    FOR_ACT[3],
    "if: ${{ !cancelled() && github.event_name == 'pull_request' && "
    "needs.plan.outputs.artifact != '' }}",
    "(needs.plan.result == 'success' || needs.plan.outputs.artifact != '')) }}",
    *FOR_ACT[4:],
]


@pytest.mark.parametrize(
    ("gate", "lines"), [("reviewers", FOR_ACT_OF_REVIEWERS), ("manual", FOR_ACT)]
)
def test_act_runs_the_workflow_but_for_these_lines(gate: str, lines: list[str]) -> None:
    """Each is there in other words (``act.ADAPTED``)."""
    text = (TEMPLATES / f"github-{gate}.yml").read_text("utf-8")
    pairs = zip(text.splitlines(), act.adapted(text).splitlines(), strict=True)

    assert [line.strip() for line, other in pairs if line != other] == lines


FOR_ACT_OF_SHARDS = {
    "reviewers": [
        "(github.event_name == 'push' || github.event_name == 'workflow_dispatch' && "
        "needs.plan.outputs.artifact != '') }}",
        "(needs.shard.result == 'success' || !inputs.run && needs.shard.outputs.artifact != '')) "
        "}}",
    ],
    "manual": [],
}
"""What is different beside that for one machine, where the outputs of jobs are asked for."""


@pytest.mark.parametrize(
    ("gate", "lines"), [("reviewers", FOR_ACT_OF_REVIEWERS), ("manual", FOR_ACT)]
)
def test_act_runs_the_workflow_with_shards_but_for_these_lines(gate: str, lines: list[str]) -> None:
    """The same, and the next."""
    text = Pipeline(Ci.GITHUB, Gate(gate), 3).starter(None).text
    pairs = zip(text.splitlines(), act.adapted(text).splitlines(), strict=True)
    adapted = [line.strip() for line, other in pairs if line != other]

    of_shards = [line for line in adapted if line not in lines and "concurrency: " not in line]
    assert of_shards == FOR_ACT_OF_SHARDS[gate]


@pytest.mark.parametrize("gate", ["reviewers", "manual"])
def test_gitlab_ci_local_runs_the_pipeline_but_for_these_lines(gate: str) -> None:
    """They are left out."""
    text = (TEMPLATES / f"gitlab-{gate}.yml").read_text("utf-8")
    left_out = [line for line in text.splitlines() if "access: maintainer" in line]
    others = [line for line in text.splitlines() if line not in left_out]

    assert gitlab_ci_local.adapted(text).splitlines() == others
    assert len(left_out) == 2
