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
    "key-line-empty": (
        "There is no key for this santral: nothing stands behind {name} in the keys. Write its key "
        "there."
    ),
    "key-malformed": (
        "The key of this santral ({name}) cannot be an API key. A key has 8 to 256 printable "
        "ASCII characters without spaces or quotes. Was all of it copied, and nothing else?"
    ),
    "key-missing": (
        'There is no key for this santral. Set {variable}, or add "{name}=..." to SANTRAL_KEYS or '
        "to the --keys-file."
    ),
    "key-near": (
        'There is one named "{near}", which no santral uses. If it is the one for this santral, '
        'rename it to "{wanted}".'
    ),
    "key-near-usable": (
        'There is one named "{near}", which no santral uses. If it is the one for this santral, '
        'rename it to "{wanted}", or write "key: {key}" in the entry of this santral.'
    ),
    "key-placeholder": (
        "The key of this santral ({name}) is still the placeholder from the documentation. Replace "
        "it with the key from the panel: Online İşlem Merkezi, Bulut Santralim, Santral Ayarlarım."
    ),
    "key-quoted": (
        "The key of this santral ({name}) stands in quotes. Remove them: no key has any."
    ),
    "key-variable-empty": (
        "There is no key for this santral. {variable} is set, but empty. In a pipeline, is there "
        "a secret for it, and may this job read it?"
    ),
    "keys-file-content": (
        "--keys-file (SANTRAL_KEYS_FILE) takes the name of a file. Its content can be given in "
        "SANTRAL_KEYS."
    ),
    "keys-file-exposed": (
        "Other users of this machine may read {path}, which holds keys or secrets. Take "
        'that permission away with "chmod 600 {argument}".'
    ),
    "keys-file-unnamed": (
        "The keys file that --keys-file (SANTRAL_KEYS_FILE) names cannot be read."
    ),
    "keys-file-unreadable": "The keys file {path} cannot be read.",
    "keys-json": 'It starts like JSON but is not an object of strings: {{"name": "key"}}.',
    "keys-json-repeated": "A key is given twice under one name.",
    "keys-line-break": ("Line {line} has \\n written out where a line ends. Use real line breaks."),
    "keys-line": 'Line {line} is not of the form "name=key".',
    "keys-line-export": (
        'Line {line} begins with "export", as in a shell script. Write only "name=key".'
    ),
    "keys-line-quotes": (
        'Line {line} begins with a quote. Write "name=key" without quotes around any part of it.'
    ),
    "keys-line-variable": (
        "Line {line} begins with SANTRAL_KEY_, which is for variables. Write the name of the key "
        'as it is in santral.yaml: "name=key".'
    ),
    "keys-none": (
        'No key at all was given: SANTRAL_KEYS is empty or not set. Write a line "name=key" for '
        "each santral into a file, and name the file with --keys-file (SANTRAL_KEYS_FILE), or give "
        "the lines in SANTRAL_KEYS. In a pipeline, is there such a secret, and may this job read "
        "it?"
    ),
    "keys-none-but-file": (
        "No key at all was given, but there is a file keys in this folder. To take the keys from "
        'there, run export SANTRAL_KEYS_FILE="$PWD/keys" in this terminal, or add --keys-file keys.'
    ),
    "keys-none-in-files": (
        (
            'No key at all was given: the keys file {names} holds none. Write a line "name=key" '
            "for each santral into it."
        ),
        (
            "No key at all was given: none of the {count} keys files holds one ({names}). Write a "
            'line "name=key" for each santral into one of them.'
        ),
    ),
    "keys-not-utf8": "It is not UTF-8 text.",
    "keys-repeated": (
        "A name of a key is given twice: at {first} and at {second}. Remove one of the two."
    ),
    "keys-unused": (
        "1 key is used by no santral of these files: {names}.",
        "{count} keys are used by no santral of these files: {names}.",
    ),
    "keys-unused-hidden": (
        (
            "1 name is not shown, because it may be a key itself. Is there a line of the form "
            "key=name?"
        ),
        (
            "{count} names are not shown, because they may be keys themselves. Are there lines of "
            "the form key=name?"
        ),
    ),
    "keys-unused-more": (
        "{count} keys are used by no santral of these files: {names} and {more} more."
    ),
    "keys-unused-unnamed": (
        "1 key is used by no santral of these files.",
        "{count} keys are used by no santral of these files.",
    ),
    "keys-utf-16": (
        "It is UTF-16, not UTF-8. Save it again: in Notepad with Save As and the encoding UTF-8, "
        "in PowerShell with -Encoding utf8."
    ),
    "keys-variable-renewed": (
        "SANTRAL_KEY_RENEWED would be the key of a santral named renewed. The variable of "
        "--key-renewed is SANTRAL_RENEWED_KEY."
    ),
    "keys-variable-unread": (
        "{variable} is not read. Give the keys in SANTRAL_KEYS (what does not fit there, in "
        "SANTRAL_KEYS_2 to SANTRAL_KEYS_9), or name a file with them in SANTRAL_KEYS_FILE."
    ),
    "renewed-unknown": "--key-renewed names {name}, and no santral in the files has this name.",
}
