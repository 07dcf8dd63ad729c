"""What is wrong in the files, and with reading them; a value, which may be a key, is never quoted.

Codes name the field first where one is meant, and then what is wrong with it.
"""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "allow-insecure-url-empty": "allow_insecure_url is empty. Write true, or delete the line.",
    "allow-insecure-url-type": "allow_insecure_url must be true or false.",
    "base-ambiguous": (
        "{name} is ambiguous. Give one of these in full, or remove the others: {full}."
    ),
    "base-has-problems": (
        "It is not known whose change each is, because the files of --base have problems."
    ),
    "base-lacks-commits": (
        "The branch lacks commits of {base}, so what others changed there counts as this change. "
        "Merge {base} first."
    ),
    "base-led-elsewhere": (
        "{path} leads over a link that led elsewhere at {base}, or was none, so everything that "
        "it asks for counts as this change."
    ),
    "base-may-be-file": (
        "--base also takes a file, whose name ends in .yaml or .yml, or begins with ./ or /."
    ),
    "base-no-git": "A revision needs git, which could not be run. Install git.",
    "base-no-repository": "{folder} is not in a git repository. Run in one.",
    "base-no-repository-git-dir": (
        "{folder} is not in a git repository. GIT_DIR is ignored. Run in a repository."
    ),
    "base-no-revision": "There is no such revision.",
    "base-no-stdin": "Standard input has no history. Name a file with --config.",
    "base-not-there": (
        "{path} did not exist at {base}, or had another name, so everything that it asks for "
        "counts as this change."
    ),
    "base-remote-only": "There is no {name} here, but there is {remote}. Use that.",
    "base-shallow": (
        "This clone is shallow and does not contain this revision. Fetch more of the history: "
        "{how}."
    ),
    "base-shallow-branch": (
        "This clone is too shallow to show whether the branch has all commits of {base}. If it "
        "does not, what others changed there counts as this change. Fetch more of the history: "
        "{how}."
    ),
    "base-submodule": (
        "{folder} is in a submodule, where a revision is one of the submodule and says nothing of "
        "what this repository had. Run in the submodule, or keep the files in this repository."
    ),
    "base-timeout": (
        "git did not answer within {seconds} seconds. Run again when the machine is less busy."
    ),
    "base-unreadable": "git could not read this revision.",
    "base-unreadable-commit": "git could not read the commit of this revision.",
    "base-unreadable-file": "git could not read {file} as of this revision.",
    "base-unreadable-folder": "git could not read the folder as of this revision.",
    "base-unreadable-history": "git could not read the history since this revision.",
    "changed-has-problems": (
        "The files of that revision have problems, so all of their santrals count as changed."
    ),
    "changed-nothing": (
        "Nothing that the files ask for changed since {revision}, so no santral was looked at. "
        "What differs otherwise, such as what an earlier apply left undone or somebody changed in "
        "the panel, is found by a plan without --changed, such as the daily check."
    ),
    "changed-only": (
        "Only santrals whose entry changed since {revision} were looked at. What else differs, "
        "such as what an earlier apply left undone or somebody changed in the panel, is found by a "
        "plan without --changed, such as the daily check."
    ),
    "character-carriage-return": (
        "There is a carriage return here without a line feed. End lines with a line feed."
    ),
    "character-hidden": "There is a hidden character here ({character}). Delete it.",
    "character-hidden-escape": "This quoted text has an escape for a hidden character. Remove it.",
    "character-space": "This is not a plain space ({character}). Write one.",
    "character-tab": "There is a tab here. Write spaces instead.",
    "conflict-marker": (
        "This line is a conflict marker that git has left here. Keep the lines that you want, and "
        "delete the markers (<<<<<<<, =======, >>>>>>>)."
    ),
    "crm-integration-empty": (
        "crm_integration is empty. Write its fields, or {{}} to use only the defaults."
    ),
    "crm-integration-missing": (
        "crm_integration is missing. Write its fields, or {{}} to use only the defaults."
    ),
    "description-empty": "description is empty. Write one, or delete the line.",
    "description-type": "description must be text.",
    "directory-bare": "There is nothing in it.",
    "directory-empty": "This directory has no *.yaml or *.yml file.",
    "directory-holds": "It holds {names}. Only names that end in .yaml or .yml are read.",
    "directory-holds-more": (
        "It holds {names} and {more} more. Only names that end in .yaml or .yml are read."
    ),
    "directory-passed-over": (
        "{folder} has more that is not read: {names}. Only names that end in .yaml or .yml, in "
        "lowercase, are read, and no sub-folders; name those with another --config."
    ),
    "directory-passed-over-more": (
        "{folder} has more that is not read: {names} and {more} more. Only names that end in .yaml "
        "or .yml, in lowercase, are read, and no sub-folders; name those with another --config."
    ),
    "field-empty": '"{field}" is empty. Write its fields, or {{}} for none.',
    "field-misplaced": '"{field}" is not a field here. It belongs under crm_integration.',
    "field-misplaced-beside": (
        '"{field}" is not a field here. It belongs beside a santral\'s crm_integration.'
    ),
    "field-misspelled": '"{field}" is not a field here. Did you mean "{near}"?',
    "field-no-space": '"{field}" is not a field here. Write a space after "{before}:".',
    "field-not-indented": (
        '"{field}" stands where the name of a santral belongs. Indent it, so that it stands under '
        "its santral."
    ),
    "field-not-fields": '"{field}" must hold fields (name: value), not a value.',
    "field-repeated": '"{field}" is written twice. The first is at line {line}, column {column}.',
    "field-space-missing": "There must be a space after the colon of {field}.",
    "field-unknown": '"{field}" is not a field here. Known here: {known}.',
    "file-blank": "The file is empty. It needs version and santrals.",
    "file-missing-hint": (
        "Name your file with --config, or create one to start from with santral init."
    ),
    "file-missing-near": ("There is {near} beside it. Rename that, or name it with --config."),
    "file-name-empty": "The name of a file in --config is empty. Is a variable in it unset?",
    "file-not-fields": "The file must hold fields (name: value), not a value.",
    "file-not-utf8": "This is not UTF-8 text. Save the file as UTF-8.",
    "file-too-long": "This file is larger than {most} MiB. Split it.",
    "file-too-many-values": "This file has more than {most} values. Split it into several files.",
    "file-unreadable": "This file cannot be read.",
    "git-said-nothing": "git did not say why.",
    "git-says": 'git says: "{complaint}".',
    "key-empty": "key is empty. Write the name of the key, or delete the line.",
    "key-name": (
        "key must be the name of a key: lowercase letters (a-z), digits and hyphens, at most 63 "
        "characters. The key itself belongs in the environment."
    ),
    "key-pasted": (
        "This looks like an API key. Remove it, renew it in the panel (whoever can read this file "
        "can use it), and give the new one in the environment: see SANTRAL_KEYS."
    ),
    "key-pasted-of": (
        "This holds the key of santral {owner}. Remove it, renew it in the panel (whoever can "
        "read this file can use it), and give the new one in the environment: see SANTRAL_KEYS."
    ),
    "key-pasted-of-none": (
        "This holds a key that none of these santrals uses. Remove it, renew it in the panel "
        "(whoever can read this file can use it), and give the new one in the environment: see "
        "SANTRAL_KEYS."
    ),
    "key-shared": (
        "This santral has the same key as the one at {other}. Each santral has a key of its own."
    ),
    "label-empty": (
        'The label "{label}" is empty. Write its value, or delete the line if the santral has no '
        "such label."
    ),
    "label-name": (
        '"{label}" cannot be the name of a label. A name has lowercase letters (a-z), digits and '
        "hyphens, begins with a letter or digit, and has at most 63 characters."
    ),
    "label-unknown": (
        "The URL uses {{labels.{label}}}, but the santral {santral} has no label {label}. Add it "
        "under the santral's labels, or write the URL without it."
    ),
    "label-value": (
        'The value of the label "{label}" must have lowercase letters (a-z), digits, hyphens, dots '
        "and underscores, begin with a letter or digit, and have at most 63 characters."
    ),
    "labels-empty": "labels is empty. Write labels as name: value, or delete the line.",
    "notification-url-empty": (
        "notification_url is empty. Write it, or delete the line to keep the live one."
    ),
    "notification-url-type": "notification_url must be a URL, not fields.",
    "placeholder-forbidden": (
        "Variables are not expanded here: ${{, $( and {{{{ are not allowed in a value. There are "
        "placeholders in notification_url only: {{name}}, {{labels.KEY}} and {{secret.NAME}}."
    ),
    "placeholder-in-host": (
        "A label or a secret cannot stand in the host of a URL, where it would say who gets the "
        "calls. Write the host out, and use the placeholder in the path or the query."
    ),
    "placeholder-unknown": (
        "This is not a placeholder. There are {{name}}, {{labels.KEY}} and {{secret.NAME}} (NAME "
        "in lowercase, with digits and underscores). Percent-encode other braces."
    ),
    "quotes-curly": ('This stands in curly quotes. Delete them, or write straight ones: ".'),
    "santral-empty": (
        '"{santral}" is empty. Write crm_integration under it, with its fields, or {{}} to use '
        "only the defaults."
    ),
    "santral-name": (
        '"{name}" cannot be the name of a santral. A name has lowercase letters (a-z), digits and '
        "hyphens, begins with a letter or digit, and has at most 63 characters."
    ),
    "santral-name-suggested": (
        '"{name}" cannot be the name of a santral. A name has lowercase letters (a-z), digits and '
        "hyphens, begins with a letter or digit, and has at most 63 characters. Write "
        '"{suggestion}".'
    ),
    "santral-not-indented": (
        "This santral stands beside santrals. Indent it and what belongs to it by two spaces, so "
        "that it stands under santrals."
    ),
    "santral-repeated": "This santral is written twice. The first is at {first}.",
    "santrals-empty": "santrals has no entry. Write at least one santral.",
    "santrals-missing": "santrals is missing. Add it, with the santrals under it, by name.",
    "secret-misplaced": (
        "A secret can be used in notification_url only. Remove the placeholder here."
    ),
    "secret-unencrypted": (
        "The URL has a secret, so it must start with https://, whatever allow_insecure_url says. A "
        "secret is never sent unencrypted."
    ),
    "switch-empty": "{field} is empty. Write on or off.",
    "switch-like": '{field} is "{typed}". Write on or off.',
    "switch-value": "{field} must be on or off.",
    "version-empty": "version is empty. Write 1.",
    "version-missing": "version is missing. Write version: 1 at the top.",
    "version-value": "version must be 1, the only version of this format.",
    "yaml-alias": (
        "Aliases (*name) are not supported. Write the value out, or use defaults for what "
        "santrals share."
    ),
    "yaml-anchor": (
        "Anchors (&name) are not supported. Write the value out, or use defaults for what "
        "santrals share."
    ),
    "yaml-backslash": (
        "This quoted text has a backslash that does not begin an escape. Write \\\\ for a "
        "backslash, or use single quotes."
    ),
    "yaml-bad-start": "A value cannot start with this character. Put it in quotes.",
    "yaml-colon": (
        "A colon cannot stand here. Indent the line like its neighbours, write a colon and a "
        "space after the name above, or quote the value."
    ),
    "yaml-colon-missing": "The field before this place has no colon after its name.",
    "yaml-comma-missing": "A comma or a closing bracket is missing before this place.",
    "yaml-directive": "Directives (%YAML, %TAG) are not supported. Delete this line.",
    "yaml-document": "A second document starts here. Put it in a file of its own.",
    "yaml-ended": (
        "The fields of the file ended before this place. Indent it like the first field, or "
        'delete the "..." line before it.'
    ),
    "yaml-field-name": "The name of a field must be a plain word.",
    "yaml-list": "Lists are not supported. Write fields as name: value.",
    "yaml-merge-key": "Merge keys (<<) are not supported. Use defaults for what santrals share.",
    "yaml-nesting": "This is nested deeper than {most} levels. The format needs only four.",
    "yaml-quote-open": "This quote is never closed.",
    "yaml-syntax": (
        "This is not YAML. Look at the indentation, the quotes and the colons at and before this "
        "place."
    ),
    "yaml-tag": "Tags (!name) are not supported. Write only the value.",
    "yaml-text-long": "This text has more than {most} characters. No field needs that many.",
}
