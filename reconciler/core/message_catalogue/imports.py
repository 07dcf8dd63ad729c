"""What an import leaves out of a file, and why. A live URL, or what may be a token, is never shown.

The reason stands behind these: a problem that ``validate`` would have found, or one of these.
"""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "import-defaults-url": (
        "It is not added to the file, since there is no way to write its notification_url, and "
        "the defaults of the file would set another one. Put it into a file of its own: defaults "
        "hold for one file only."
    ),
    "import-description-left": "The description is left out.",
    "import-in-braces": (
        "The santrals of this file are written in braces, so none is added. Add the new ones "
        "yourself."
    ),
    "import-label-left": 'The label "{label}" is left out.',
    "import-name-taken": (
        "It is not added to the file, which has another santral of this name, with another key. "
        "Give it another name."
    ),
    "import-not-added": (
        "This file is written in a way to which no santral can be added safely. Add the new ones "
        "yourself."
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
