"""What is wrong with, or odd about, a notification URL. The URL itself is never shown."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "insecure-url-http": "The notification_url uses http, so call data are sent unencrypted.",
    "insecure-url-ip": (
        "The host of the notification_url is an IP address, which no certificate vouches for."
    ),
    "url-authority": "The host or the port cannot be read. Write them like crm.example.com:8443.",
    "url-backslash": (
        "The URL has a backslash, which browsers and servers read differently. Write /."
    ),
    "url-characters": (
        "The URL must be ASCII without spaces and line breaks. Percent-encode other characters, "
        "and write an international host as xn--..."
    ),
    "url-encoding": "The path or the query has a character that must be percent-encoded.",
    "url-fragment": "The URL has a fragment (#...), which is never sent to a server. Remove it.",
    "url-host-dot": "The host has no dot. Write the full DNS name.",
    "url-host-international": (
        "The host of the notification_url, {host}, stands for {name}. Check that it is the one "
        "you mean."
    ),
    "url-host-ip": (
        "The host is an IP address. Write a DNS name. (For a test system, write "
        "allow_insecure_url: true beside crm_integration.)"
    ),
    "url-host-letters": (
        'Part of the host stands for "{letters}", with letters that are not Latin but may look '
        "like it. Write a host without them."
    ),
    "url-host-name": (
        "The host is not a DNS name, which has letters, digits and hyphens between dots."
    ),
    "url-host-number": (
        "The host is a number that some programs read as an IP address. Write a DNS name."
    ),
    "url-host-punycode": (
        "Part of the host begins with xn-- but does not stand for any name. Correct it."
    ),
    "url-host-unencoded": "The host has letters beyond ASCII. Write it as DNS does: {host}.",
    "url-kept": "The API keeps the notification_url as {url}. Write it so in the file.",
    "url-port": "The port must be from 1 to {most}.",
    "url-scheme": "The URL must start with https://, in lowercase.",
    "url-scheme-missing": "The URL has no scheme. Write https:// in front of it.",
    "url-spelled": (
        "The live notification_url is {url}, which differs from the one in the file only in its "
        "spelling, so nothing is sent. Write it so in the file, or in defaults if it stands there."
    ),
    "url-spelled-hidden": (
        "The live notification_url has other percent-encodings than the file in a part that is "
        "hidden here, so nothing is sent. In the file, write them in upper case, and none for "
        "letters, digits, - . _ and ~."
    ),
    "url-too-long": "The URL has {count} characters; at most {most} are allowed.",
    "url-unencrypted": (
        "The URL must start with https://, because call data are personal. (For a test system, "
        "write allow_insecure_url: true beside crm_integration.)"
    ),
    "url-user": "The URL has a user part before @, which hides the real host. Remove it.",
}
