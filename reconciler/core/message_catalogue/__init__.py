"""Every problem, failure, warning and note that has a code, in English.

A code is for ever: it stands in JSON and in saved plans, and people search for it. CONTRIBUTING.md
says how to choose one. Where a template has two forms, the field ``count`` chooses.
"""

from reconciler.core import shortages
from reconciler.core.message_catalogue import (
    api,
    files,
    forges,
    imports,
    journal,
    keys,
    lists,
    plans,
    program,
    receivers,
    secrets,
    urls,
)
from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    **api.TEMPLATES,
    **files.TEMPLATES,
    **forges.TEMPLATES,
    **imports.TEMPLATES,
    **journal.TEMPLATES,
    **keys.TEMPLATES,
    **lists.TEMPLATES,
    **plans.TEMPLATES,
    **program.TEMPLATES,
    **receivers.TEMPLATES,
    **secrets.TEMPLATES,
    **shortages.TEMPLATES,
    **urls.TEMPLATES,
}
