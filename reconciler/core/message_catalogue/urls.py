"""What is wrong with, or odd about, a notification URL. The URL itself is never shown."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "insecure-url-http": "The notification_url uses http, so call data are sent unencrypted.",
    "insecure-url-ip": (
        "The host of the notification_url is an IP address, which no certificate vouches for."
    ),
    "live-host-elsewhere": (
        "Calls go to {host} now, which --allow-hosts (SANTRAL_ALLOW_HOSTS) does not name."
    ),
    "live-host-elsewhere-hidden": (
        "Calls go now to a host that --allow-hosts (SANTRAL_ALLOW_HOSTS) does not name. Which one "
        "it is stays hidden, because the live notification_url may hold a secret."
    ),
    "live-host-receiver": (
        "Calls go now to {service}, a service for tests that shows them to whoever knows the "
        "address. Set the URL of your own server."
    ),
    "live-host-test-hidden": (
        "Calls go now to a service that is known for receiving tests, or for tunnels. Which one it "
        "is stays hidden, because the live notification_url may hold a secret. Set the URL of your "
        "own server."
    ),
    "live-host-tunnel": (
        "Calls go now through {service}, a tunnel for tests, to whichever machine is connected to "
        "it. Set the URL of your own server."
    ),
    "live-host-unclear": (
        "Programs do not agree on which host the live notification_url leads to, so it is none "
        "that --allow-hosts (SANTRAL_ALLOW_HOSTS) names."
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
    "url-host-elsewhere": (
        "The host of this URL is none that --allow-hosts (SANTRAL_ALLOW_HOSTS) names, so no calls "
        "may go there. Correct the URL, or have whoever keeps that list add the host."
    ),
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
    "url-host-receiver": (
        "The notification_url leads to {service}, a service for tests that shows calls to whoever "
        "knows the address. Write the URL of your own server."
    ),
    "url-host-tunnel": (
        "The notification_url leads through {service}, a tunnel for tests, to whichever machine is "
        "connected to it. Write the URL of your own server."
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
