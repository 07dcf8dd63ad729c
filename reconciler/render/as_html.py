"""Plans and reports as one self-contained page."""

from reconciler.render.shown import ShownPlan


def render(plan: ShownPlan) -> str:
    """Return the page."""
    return str(len(plan.santrals)) + "\n"
