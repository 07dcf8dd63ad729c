"""What an import leaves out of a file, and why. A live URL, or what may be a token, is never shown.

The reason stands behind these: a problem that ``validate`` would have found, or one of these.
"""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "import-braces-in-url": (
        "The live URL has braces in it, which would be a placeholder in this file. Percent-encode "
        "them in the panel (%7B and %7D), then write the URL here."
    ),
    "import-cannot-ask": (
        "You cannot be asked here, because stdin is not a terminal or the question would not be "
        "seen. Add --yes to change the file without being asked. Nothing was written."
    ),
    "import-decisions": (
        "1 santral has a comment that says what to decide.",
        "{count} santrals have a comment that says what to decide.",
    ),
    "import-declined": "Cancelled. Nothing was written.",
    "import-description-left": "The description is left out.",
    "import-hidden-in-url": (
        "The live URL has a hidden character or an odd space in it. Write it anew in the panel, "
        "then here."
    ),
    "import-in-braces": (
        "The santrals of this file are written in braces, so none is added. Write them without "
        "braces and import again, or add the new ones yourself: they are shown above on stdout."
    ),
    "import-key": (
        "A key stands in the list elsewhere than in its column, so it would be in the file. "
        "Nothing was written. Remove it from the names, the descriptions and the labels."
    ),
    "import-key-in-url": (
        "The live URL holds what looks like an API key. Renew that key in the panel: whoever gets "
        "the calls can use it."
    ),
    "import-key-names": (
        "Nothing was read for {names}, because a santral cannot have such a name in a file. Give "
        "each a name of lowercase letters (a-z), digits and hyphens, at most 63."
    ),
    "import-key-names-hidden": (
        (
            "Nothing was read for 1 key, because a santral cannot have that name in a file. The "
            "name is not shown, because it may be a key itself. Write lines of the form name=key."
        ),
        (
            "Nothing was read for {count} keys, because a santral cannot have such names in a "
            "file. The names are not shown, because they may be keys themselves. Write lines of "
            "the form name=key."
        ),
    ),
    "import-key-names-more": (
        "Nothing was read for {names} and {more} more, because a santral cannot have such a name "
        "in a file. Give each a name of lowercase letters (a-z), digits and hyphens, at most 63."
    ),
    "import-key-other": (
        "The list has another key for this santral than is at hand under the name {name}, which "
        "every later run would take. Remove the one that is not right."
    ),
    "import-keys-nowhere": (
        "The keys of the list are written nowhere. To have them in a file for later runs, import "
        "with --keys-out."
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
        "This file is written in a way to which no santral can be added safely. The new ones are "
        "shown above on stdout, to be copied into it."
    ),
    "import-nothing-read": "No santral could be read. Nothing was written.",
    "import-quotes-in-url": (
        "The live URL stands in curly quotes. Write it without them in the panel, then here."
    ),
    "import-rows": (
        (
            "1 problem is in the list, so nothing was read and nothing written. Correct it, or "
            "leave that row out with --skip-bad."
        ),
        (
            "{count} problems are in the list, so nothing was read and nothing written. Correct "
            "them, or leave those rows out with --skip-bad."
        ),
    ),
    "import-rows-none": "No row of the list is right, so there is nothing to read.",
    "import-sandbox-empty": (
        "No santral was set up in the sandbox ({path}) yet. Set some up with santral apply "
        "--sandbox, or name a list with --csv."
    ),
    "import-secret-assumed": (
        "Its URL is taken to have the same secret as the URL in defaults. santral plan shows "
        "whether it does."
    ),
    "import-token": "It seems to hold a token.",
    "import-token-characters": (
        "The token has characters that no secret may have. Percent-encode them in the panel."
    ),
    "import-token-length": (
        "With {{secret.NAME}} in it, the URL could have more than {most} characters. Shorten it in "
        "the panel."
    ),
    "import-token-place": (
        "What seems to be the token stands where no secret may, such as in the host. Write the URL "
        "without it there, in the panel, then here."
    ),
    "import-token-unencrypted": (
        "The live URL uses http, and a secret is never sent unencrypted. Use https in the panel."
    ),
    "import-url-change": "Change the URL so in the panel, then write it here.",
    "import-url-token": (
        "notification_url is unmanaged: the live URL seems to hold a token. Delete this entry and "
        "import again with --secrets-out, or write the URL here with {{secret.NAME}}."
    ),
    "import-url-token-unusable": (
        "notification_url is unmanaged: the live URL seems to hold a token, which cannot be a "
        "secret as it is."
    ),
    "import-url-unmanaged": (
        "notification_url is unmanaged: the live URL cannot stand in this file."
    ),
    "import-url-unset": (
        "notification_url is unmanaged: none is set. Set one below crm_integration."
    ),
    "import-variable-in-url": (
        "The live URL has $( in it, which no file may have. Percent-encode the $ in the panel "
        "(%24), then write the URL here."
    ),
}
