"""What an import leaves out of a file, and why. A live URL, or what may be a token, is never shown.

The reason stands behind these: a problem that ``validate`` would have found, or one of these.
"""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "import-cannot-ask": (
        "Nobody can be asked, since standard input is not a terminal. To change the file without "
        "being asked, add --yes. Nothing was written."
    ),
    "import-declined": "You did not agree. Nothing was written.",
    "import-description-left": "The description is left out.",
    "import-in-braces": (
        "The santrals of this file are written in braces, so none is added. Add the new ones "
        "yourself."
    ),
    "import-key-name": (
        'The key "{name}" was not looked at, since no file can name a key so. Give it a name of '
        "lowercase letters (a-z), digits and hyphens, at most 63."
    ),
    "import-key-names-hidden": (
        (
            "1 key was not looked at, since no file can name a key so. Its name is not shown, "
            "because it may be a key itself. Write lines of the form name=key."
        ),
        (
            "{count} keys were not looked at, since no file can name a key so. Their names are not "
            "shown, because they may be keys themselves. Write lines of the form name=key."
        ),
    ),
    "import-label-left": 'The label "{label}" is left out.',
    "import-moved": (
        "Other settings are live than the file says, and its entries stay as they are: {names}. "
        "santral plan shows the differences."
    ),
    "import-name-taken": (
        "It is not added to the file, which has another santral of this name, with another key. "
        "Give it another name."
    ),
    "import-not-added": (
        "This file is written in a way to which no santral can be added safely. Add the new ones "
        "yourself."
    ),
    "import-rows": (
        (
            "1 row of the list is wrong, so nothing was read and nothing written. Correct it, or "
            "leave it out with --skip-bad."
        ),
        (
            "{count} problems are in the list, so nothing was read and nothing written. Correct "
            "them, or leave those rows out with --skip-bad."
        ),
    ),
    "import-sandbox-empty": (
        "No santral was set up in the sandbox ({path}) yet. Set some up with santral apply "
        "--sandbox, or name a list with --csv."
    ),
    "import-secret-assumed": (
        "The secret in the URL of the defaults is taken to be its, too. Whether that is so, a plan "
        "shows."
    ),
    "import-token": "It seems to hold a token.",
    "import-token-characters": (
        "The token has characters that no secret may have. Percent-encode them in the panel."
    ),
    "import-token-unencrypted": (
        "The URL uses http, and a secret is never sent unencrypted. Use https in the panel."
    ),
    "import-url-token": "notification_url is unmanaged: the live one seems to hold a token.",
    "import-url-unmanaged": (
        "notification_url is unmanaged: the live one cannot stand in this file."
    ),
    "import-url-unset": "notification_url is unmanaged: none is set.",
}
