"""What is found out about the server at a notification URL. The URL itself stands beside these."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "checkup-in-sandbox": "In the sandbox no URL is asked.",
    "checkup-offline": (
        "Nobody was asked. Green only says that the URL is valid and no key is known to be missing."
    ),
    "checkup-part": "{looked_at} of {fleet} santrals looked at, because of {options}.",
    "checkup-view": (
        "This is what this machine sees. The vendor's servers stand elsewhere, and may see "
        "something else."
    ),
    "checkup-without-keys": "No key is at hand, so only the URLs were looked at.",
    "receiver-address": (
        "The host resolves to {address}, which is not a public address. No request was sent, and "
        "the vendor cannot reach it. If only this machine's network resolves the name so, ask from "
        "another network. For a test system, add --allow-private."
    ),
    "receiver-broken": (
        "The server took the request and broke the connection off before its answer was complete. "
        "Look into its log."
    ),
    "receiver-busy": (
        "It answered {status}: too many requests. It must take as many as there are calls, so "
        "raise its limit for the vendor."
    ),
    "receiver-certificate-ends": (
        "Its certificate ends in 1 day. Renew it.",
        "Its certificate ends in {count} days. Renew it.",
    ),
    "receiver-certificate-ends-today": "Its certificate ends within a day. Renew it.",
    "receiver-certificate-expired": "Its certificate has expired. Renew it.",
    "receiver-certificate-incomplete": (
        "It shows a certificate without the one that vouches for it. Have the server send the "
        "full chain (fullchain.pem), or use a certificate of a public authority."
    ),
    "receiver-certificate-name": (
        "Its certificate is for other names than the host of this URL. Correct the host, or have "
        "the certificate issued for it."
    ),
    "receiver-certificate-not-yet": (
        "Its certificate is not valid yet. Check the clock of this machine, and when the "
        "certificate begins."
    ),
    "receiver-certificate-private": (
        "Its certificate is of an authority that is not a public one. Use a certificate of a "
        "public authority."
    ),
    "receiver-certificate-self-signed": (
        "Its certificate is self-signed, so nobody vouches for it. Use a certificate of a public "
        "authority."
    ),
    "receiver-certificate-untrusted": (
        "Its certificate is not trusted. Use a certificate of a public authority, with its full "
        "chain."
    ),
    "receiver-closed": (
        "The server took the connection and broke it off at once. Restart it, or correct the port."
    ),
    "receiver-connection-late": (
        "No connection on port {port} came about within {seconds} s. The server may be down, or a "
        "firewall drops the connection: open it for the vendor."
    ),
    "receiver-connection-none": "No connection to the server could be made. Check that it is up.",
    "receiver-connection-refused": (
        "Nothing there takes connections on port {port}. Start the web server, or correct the "
        "host or the port."
    ),
    "receiver-differs": (
        "The live notification_url is not the one in the file: {wanted}. Find out who changed it. "
        "santral apply sets the one in the file."
    ),
    "receiver-elsewhere": (
        "The host is none that --allow-hosts (SANTRAL_ALLOW_HOSTS) names, so no calls should go "
        "there."
    ),
    "receiver-error": (
        "It answered {status}: the program behind the URL failed. Look into its log."
    ),
    "receiver-flood": "Its answer is too long, or has no end. A short one is enough.",
    "receiver-forbidden": (
        "It answered {status}: the request was not allowed in. The vendor can send nothing but "
        "this URL, so let it in by a token in the URL, or by its address."
    ),
    "receiver-hidden": (
        "The notification_url holds a secret that is for another host, so it was not asked. "
        "Set another URL, and renew that secret."
    ),
    "receiver-key": (
        "The notification_url holds an API key, so it was not asked. Set another URL, and renew "
        "the key."
    ),
    "receiver-late": (
        "It took the request, and gave no complete answer within {seconds} s. Have it answer "
        "first and work afterwards."
    ),
    "receiver-long": (
        "Its answer is longer than {most} KiB, and the rest was not read. A short one is enough."
    ),
    "receiver-method": (
        "It answered {status}: no POST is taken at this path. Correct the path, or have the "
        "server take POST there."
    ),
    "receiver-name-late": (
        "The name of the server could not be looked up within {seconds} s. Check the network and "
        "the DNS of this machine."
    ),
    "receiver-name-unanswered": (
        "The name of the server could not be looked up, because no name server gave an answer. "
        "Check the DNS of the domain, and the network of this machine."
    ),
    "receiver-name-unknown": (
        "There is no server of this name. Correct the host, or its entry in the DNS."
    ),
    "receiver-not-found": (
        "It answered {status}: there is nothing at this path. Correct the path."
    ),
    "receiver-not-http": (
        "What answered does not speak HTTP. Correct the port, or start the web server there."
    ),
    "receiver-not-tried": "The run ended before this URL was asked. Run again.",
    "receiver-redirect": (
        "It answered {status}, a redirect to {location}. A redirect was not followed, and should "
        "not be needed: write the address that it leads to."
    ),
    "receiver-redirect-nowhere": (
        "It answered {status}, a redirect that says no place. Have the server answer with success."
    ),
    "receiver-rejected": (
        "It answered {status}: what the vendor sends was not accepted. Its test of a new URL is a "
        "POST with {{}} as a form. Have that answered with success."
    ),
    "receiver-silent": (
        "All call events are off, so none is reported. Switch on those that the CRM shall get."
    ),
    "receiver-slow": (
        "It took {seconds} s to answer. Nobody knows how long the vendor waits: have it answer "
        "first and work afterwards."
    ),
    "receiver-status": "It answered {status}, which is not success. Have it answer 200.",
    "receiver-tls-client": (
        "The server asks for a certificate of whoever connects, and nothing says that the vendor "
        "has one. Let its requests in without."
    ),
    "receiver-tls-late": (
        "The server took the connection, but no TLS connection came about within {seconds} s. "
        "Restart it, or correct the port."
    ),
    "receiver-tls-name": (
        "The server knows no host of this name. Correct the host, or set the name up there."
    ),
    "receiver-tls-none": (
        "The server broke off before there was a TLS connection. Check its TLS settings, and the "
        "port."
    ),
    "receiver-tls-old": (
        "The server knows only versions of TLS that are out of use. Have it offer TLS 1.2 or 1.3."
    ),
    "receiver-tls-refused": (
        "The server refused the TLS connection: it shares no cipher with this program, or it asks "
        "for a certificate of whoever connects. Check its TLS settings."
    ),
    "receiver-tls-plain": (
        "What answered on port {port} does not speak TLS. Write the port of https, or have the "
        "server speak TLS there."
    ),
    "receiver-unasked": (
        "The server answers before it is asked, so nobody can tell what its answers are about. "
        "Check what listens on this port."
    ),
    "receiver-unmanaged": "The file leaves notification_url unmanaged, so there is none to ask.",
    "receiver-unreachable": (
        "There is no way to the server: the network says that it cannot be reached. Check its "
        "address in the DNS, and the network of this machine."
    ),
    "receiver-unset": "No notification_url is set, so no call is reported. Set one.",
    "receiver-unusable": "The notification_url was not asked, because it is not a valid one.",
    "ring-cannot-ask": (
        "You cannot be asked here, because stdin is not a terminal or the question would not be "
        "seen. Add --yes to send the event without being asked. Nothing was sent."
    ),
    "ring-unknown": (
        'No santral of the files is called "{name}". Write the name of one, or a URL with https://.'
    ),
    "ring-several": (
        "{name} stands for {count} santrals, and an event goes to one. Write its full name."
    ),
}
