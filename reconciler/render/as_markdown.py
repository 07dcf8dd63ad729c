"""Plans and reports as GitHub-flavoured Markdown, for a comment."""

from reconciler.render.shown import ShownPlan

MARKER = "<!-- santral:plan -->"


def render(plan: ShownPlan) -> str:
    """Return the plan."""
    return MARKER + "\n" + str(len(plan.santrals)) + "\n"
