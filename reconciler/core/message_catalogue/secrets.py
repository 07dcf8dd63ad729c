"""What is wrong with secrets of notification URLs, and with what gives them; none is ever shown."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "secret-characters": (
        "The secret has a character that cannot stand in a URL as it is. Percent-encode it, as in "
        "%26 for &."
    ),
    "secret-empty": "Nothing follows the =. Write the secret there.",
    "secret-host": (
        "What follows the @ is not a host. Write one such as crm.example.com or "
        "*.example.com, with its port where that is not 443."
    ),
    "secret-in-path": (
        "The secret {secret} cannot stand in the path of a URL: it has a / or a ?, or is a dot or "
        "two. Percent-encode it where it is given (%2F for /, %3F for ?), or use it in the query."
    ),
    "secret-line": 'This line is not of the form "NAME@HOST=VALUE", NAME in lowercase.',
    "secret-missing": (
        'There is no secret {secret}. Add "{secret}@{host}=..." to SANTRAL_SECRETS or to the '
        "--secrets-file."
    ),
    "secret-missing-near": (
        "There is no secret {secret}, but there is one named {near}. Correct the name, or add "
        '"{secret}@{host}=..." to SANTRAL_SECRETS or to the --secrets-file.'
    ),
    "secret-other-host": (
        "The secret {secret} may go to {bound} only, and this URL is at {host}. Correct the URL, "
        "or give a secret of another name for that host."
    ),
    "secret-placeholder": (
        "This is still the placeholder from the documentation. Write the secret in its place."
    ),
    "secret-url-too-long": (
        "With its secrets filled in, the URL has more than {most} characters. Shorten it."
    ),
    "secrets-file-content": (
        "--secrets-file (SANTRAL_SECRETS_FILE) takes the name of a file. Its content can be given "
        "in SANTRAL_SECRETS."
    ),
    "secrets-file-unnamed": (
        "The file that --secrets-file (SANTRAL_SECRETS_FILE) names cannot be read."
    ),
    "secrets-file-unreadable": "The file with secrets, {path}, cannot be read.",
    "secrets-json": (
        'It starts like JSON but is not an object of strings: {{"NAME@HOST": "VALUE"}}.'
    ),
    "secrets-more": ("There is 1 more such problem.", "There are {count} more such problems."),
    "secrets-none": (
        'No secret was given, and this URL needs one. Write a line "{secret}@{host}=VALUE" into a '
        "file, and name the file with --secrets-file (SANTRAL_SECRETS_FILE), or give the line in "
        "SANTRAL_SECRETS. In a pipeline, is there such a secret, and may this job read it?"
    ),
    "secrets-repeated": (
        "A name of a secret is given twice: at {first} and at {second}. Remove one of the two."
    ),
    "secrets-variable-unread": (
        "{variable} is not read. Give the secrets in SANTRAL_SECRETS (what does not fit there, in "
        "SANTRAL_SECRETS_2 to SANTRAL_SECRETS_9), or name a file with them in "
        "SANTRAL_SECRETS_FILE."
    ),
}
