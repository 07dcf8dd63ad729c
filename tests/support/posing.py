"""Files that a pull or merge request commits under the names that a pipeline's jobs write to."""

POSING = {
    name: f'{{"posing": "as {name}"}}\n'
    for name in (
        *("plan.json", "plan.html", "journal.jsonl", "quality.json", "terraform.json"),
        *(".santral/journal.jsonl", "santral.lock", "santral-plan/plan.json"),
    )
}
"""Their content by their paths."""
