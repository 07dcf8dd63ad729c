"""What goes wrong between this program and the API, and how a change ended."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "answer-compressed": (
        "The answer is compressed, which was not asked for. Run again later, and check --api-url "
        "if it stays so."
    ),
    "answer-field-missing": (
        "The API's answer lacks {fields}. Run again later, and check --api-url if it stays so."
    ),
    "answer-malformed": (
        "The API's answer is not well-formed JSON in UTF-8. Run again later, and check --api-url "
        "if it stays so."
    ),
    "answer-not-json": (
        "The API's answer is not JSON. Run again later, and check --api-url if it stays so."
    ),
    "answer-not-object": (
        "The API's answer is JSON, but not an object. Run again later, and check --api-url if it "
        "stays so."
    ),
    "answer-not-ok": 'The API answered 200, but not with the documented "Ok".',
    "answer-switch": (
        'The API\'s answer has neither "on" nor "off" in {field}. Run again later, and check '
        "--api-url if it stays so."
    ),
    "answer-too-long": (
        "The answer is longer than {most} KiB. Run again later, and check --api-url if it stays so."
    ),
    "answer-undocumented": "The API's answer has undocumented fields. They were left alone.",
    "answer-url": (
        "The API's answer has a notification_url that is not text. Run again later, and check "
        "--api-url if it stays so."
    ),
    "answered-out-of-turn": (
        "The server answers out of turn, so one santral's answer may be taken for another's. This "
        "santral was read again, over a connection of its own."
    ),
    "api-answered": "The API answered {status}.",
    "api-answered-with": 'The API answered {status}: "{said}".',
    "api-answered-unquoted": (
        "The API answered {status}. What it said is not shown, because the URL of this santral may "
        "have a secret."
    ),
    "api-asks-late": "It asks to be tried again no earlier than {until}.",
    "api-asks-never": "It asks for a longer wait than any date can express.",
    "api-tests-url": (
        "It tests a new notification_url with a POST and expects a success answer. Is that server "
        "up? santral doctor --desired shows what it answers."
    ),
    "canary-none": (
        "None of the changes has the label that --canary names, so none of them could be tried "
        "first."
    ),
    "canary-not-applied": (
        "The canary did not end as applied, so this change was not begun. See what became of the "
        "canary, and run again."
    ),
    "cannot-ask": (
        "You cannot be asked here, because stdin is not a terminal or the question would not be "
        "seen. Add --yes to apply without being asked."
    ),
    "change-interrupted": "The run was interrupted before this change was sent. Run again.",
    "change-not-read-back": "The change was sent, but could not be read back.",
    "change-not-sent": "The change was not sent.",
    "change-other-live": (
        "The change was sent, but the live settings are not what was wanted. Compare them, and "
        "plan again."
    ),
    "change-out-of-time": (
        "The time limit was reached before this change was sent. Run again, with a higher "
        "--time-limit or a --target."
    ),
    "connection-broken": "The connection broke before a complete answer had arrived. Run again.",
    "connection-none": (
        "No connection to the server could be made. Check the network; behind a proxy, give "
        "--proxy."
    ),
    "connection-timeout": (
        "No complete answer arrived within {seconds} s. Run again later, or raise --timeout."
    ),
    "connection-unasked": (
        "The server answered before anything was asked. Something else may stand in its place: "
        "check --api-url and --proxy."
    ),
    "declined": "Cancelled.",
    "failures-reached": (
        "--max-failures was reached before this change was sent. See what failed, and run again."
    ),
    "guard-refused": "--max-changes does not allow this many changes.",
    "ignored-proxy": (
        "{variable} is set, but santral ignores it on purpose, so that nothing around it decides "
        "where keys go. If the API is only reached through a proxy, give --proxy URL."
    ),
    "ignored-roots": (
        "{variable} is set, but santral ignores it on purpose, so that nothing around it decides "
        "who is trusted. If your company intercepts TLS with a CA of its own, give --ca-file FILE."
    ),
    "key-in-live-url": (
        "The live notification_url contains the key of this santral, and so do the logs of "
        "whoever receives the call data. Set another URL in the panel, and renew the key."
    ),
    "key-in-live-url-of": (
        "The live notification_url contains the key of santral {owner}, and so do the logs of "
        "whoever receives the call data. Set another URL in the panel, and renew the key."
    ),
    "key-in-live-url-of-none": (
        "The live notification_url contains a key that none of these santrals uses, and so do the "
        "logs of whoever receives the call data. Set another URL in the panel, and renew the key."
    ),
    "key-in-url": (
        "The notification_url holds the key of this santral. Remove the key from the file, and "
        "renew it in the panel: whoever can read the file can use it."
    ),
    "key-in-url-of": (
        "The notification_url holds the key of santral {owner}. Remove the key from the file, and "
        "renew it in the panel: whoever can read the file can use it."
    ),
    "key-in-url-of-none": (
        "The notification_url holds a key that none of these santrals uses. Remove the key from "
        "the file, and renew it in the panel: whoever can read the file can use it."
    ),
    "key-refused": (
        "The API refused the key. Copy it from the panel again: it may have been renewed there."
    ),
    "live-changed": "The live settings changed after the plan was made.",
    "name-unresolved": (
        "The name of the server could not be resolved. Check the network and --api-url; behind a "
        "proxy, give --proxy."
    ),
    "nothing-sent": "Nothing was sent.",
    "old-settings-live": "The old settings are still live.",
    "old-settings-live-after-ok": (
        "The API answered Ok, but the old settings are still live. Plan again later."
    ),
    "plan-again": "Plan again.",
    "proxy-connection-none": "No connection to the proxy could be made. Check --proxy.",
    "proxy-name-unresolved": "The name of the proxy could not be resolved. Check --proxy.",
    "proxy-refused": (
        "The proxy did not connect to the server. Check --proxy, its user and password, and what "
        "it allows."
    ),
    "proxy-tls-none": "No TLS connection could be made through the proxy. Check --proxy.",
    "proxy-tls-untrusted": (
        "The TLS certificate of the server or of the proxy is not trusted. If your company "
        "intercepts TLS, use a network that does not, or name its CA with --ca-file."
    ),
    "read-interrupted": "The run was interrupted before this santral was read. Run again.",
    "read-out-of-time": (
        "The time limit was reached before this santral was read. Run again, with a higher "
        "--time-limit or a --target."
    ),
    "reread-failed": "The santral could not be read again right before the change.",
    "tls-none": "No TLS connection to the server could be made. Check --api-url and the network.",
    "tls-untrusted": (
        "The TLS certificate of the server is not trusted. If your company intercepts TLS, use a "
        "network that does not, or name its CA with --ca-file."
    ),
}
