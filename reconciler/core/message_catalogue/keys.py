"""What is wrong with keys, and with what gives them; the santral is named beside it."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "key-given-to-many": (
        (
            "This santral was given the same key as {names} and 1 more. Each santral has a key of "
            "its own."
        ),
        (
            "This santral was given the same key as {names} and {count} more. Each santral has a "
            "key of its own."
        ),
    ),
    "key-given-twice": (
        "This santral was given the same key as {names}. Each santral has a key of its own."
    ),
    "key-malformed": (
        "The key of this santral ({name}) cannot be an API key. A key has 8 to 256 printable "
        "ASCII characters without spaces or quotes. Was all of it copied, and nothing else?"
    ),
    "key-missing": (
        'There is no key for this santral. Set {variable}, or add "{name}=..." to SANTRAL_KEYS or '
        "to the --keys-file."
    ),
    "keys-file-content": (
        "--keys-file (SANTRAL_KEYS_FILE) takes the name of a file. Its content can be given in "
        "SANTRAL_KEYS."
    ),
    "keys-file-unnamed": "The keys file that --keys-file (SANTRAL_KEYS_FILE) names cannot be read.",
    "keys-file-unreadable": "The keys file {path} cannot be read.",
    "keys-json": 'It starts like JSON but is not an object of strings: {{"name": "key"}}.',
    "keys-json-repeated": "A key is given twice under one name.",
    "keys-line": 'Line {line} is not of the form "name=key".',
    "keys-not-utf8": "It is not UTF-8 text.",
    "keys-repeated": "Line {line} names a key that was given before.",
    "renewed-unknown": "--key-renewed names {name}, and no santral in the files has this name.",
}
