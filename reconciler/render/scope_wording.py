"""What is said of how much of a fleet a plan looked at."""

from reconciler.core.forms import number
from reconciler.core.messages import say
from reconciler.render.view import ShownPlan


def looked_at(plan: ShownPlan) -> str:
    """Say how many santrals were looked at, where others are left to other runs; else nothing."""
    scope = plan.scope
    if not scope:
        return ""
    counted = {"looked_at": number(len(plan.santrals)), "fleet": number(scope.fleet)}
    if scope.merged:
        return say(
            "Merged from {shards} shards: {looked_at} of {fleet} santrals looked at.",
            shards=number(scope.merged),
            **counted,
        )
    if scope.shard:
        return say(
            "Shard {shard}: {looked_at} of {fleet} santrals looked at.",
            shard=str(scope.shard),
            **counted,
        )
    return say("{looked_at} of {fleet} santrals looked at.", **counted) if scope.changed else ""
