"""Where calls may go: the list of hosts, services for tests, and what is shown of where they go."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.fleet import ANKARA, FILE, OTHER_SHAPE, settings
from support.program import Program
from support.reports import assert_follows_schema
from support.secret_files import LINE, give, hold, write
from support.stand_in import StandIn

import reconciler
from reconciler.core.host_glob import HostGlob
from reconciler.sandbox.service import Reply

ELSEWHERE = (
    "The host of this URL is none that --allow-hosts (SANTRAL_ALLOW_HOSTS) names, so no calls may "
    "go there. Correct the URL, or have whoever keeps that list add the host."
)
FORM = (
    "A host is written like crm.example.com. In *.example.com, * stands for one part of a name; a "
    "domain of at least two parts follows it. Write no scheme, port or path."
)
OF_THEIR_OWN = "Each host has a line of its own."
EMPTY = "It is empty. Is a variable not set?"
HIDDEN_ELSEWHERE = (
    "Calls go now to a host that --allow-hosts (SANTRAL_ALLOW_HOSTS) does not name. Which one it "
    "is stays hidden, because the live notification_url may hold a secret."
)
UNMANAGED = "version: 1\nsantrals:\n  ankara:\n    crm_integration: {ringing: on}\n"
OTHERS = """\
version: 1
defaults:
  crm_integration:
    notification_url: https://other.example.org/{name}
santrals:
  ankara:
    crm_integration: {}
  bursa:
    crm_integration:
      ringing: yes
      notification_url: https://crm.example.com/bursa
  canakkale:
    crm_integration:
      notification_url: https://crm.example.net/
"""


def live_elsewhere(host: str) -> str:
    """Return what is said where calls go elsewhere."""
    return f"Calls go to {host} now, which --allow-hosts (SANTRAL_ALLOW_HOSTS) does not name."


def of(url: str) -> str:
    """Return a file of one santral with this URL, at 5:25."""
    return (
        "version: 1\nsantrals:\n  ankara:\n    crm_integration:\n"
        f"      notification_url: {url}\n    allow_insecure_url: true\n"
    )


def hosts_of(stdout: str) -> list[tuple[str | None, int, int]]:
    """Return the hosts of a JSON plan."""
    return [(one["host"], one["live"], one["wanted"]) for one in json.loads(stdout)["hosts"]]


def warned(program: Program, *options: str) -> list[str]:
    """Return the warnings of a plan."""
    document = json.loads(program.run("plan", "--format=json", *options).stdout)
    return [one for santral in document["santrals"] for one in santral["warnings"]]


# What files may ask for


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_a_url_elsewhere_is_an_error_at_its_place_beside_all_others(
    program: Program, stand_in: StandIn, command: str
) -> None:
    """In the defaults too, and once for all santrals that have it from there; nothing is asked."""
    program.write("santral.yaml", OTHERS)

    result = program.run(command, "--allow-hosts", "crm.example.com")

    assert (result.exit_code, result.stdout, stand_in.service.requests) == (1, "", [])
    assert result.stderr.splitlines() == [
        f"santral.yaml:4:23: {ELSEWHERE}",
        'santral.yaml:10:16: ringing is "yes". Write on or off.',
        f"santral.yaml:14:25: {ELSEWHERE}",
    ]


def test_code_hosts_show_it_at_its_line_with_its_code(program: Program) -> None:
    """As every other problem of a file."""
    program.write("santral.yaml", of("https://other.example.org/"))
    options = ("--format=github", "--format=gitlab=quality.json")

    result = program.run("validate", "--allow-hosts", "crm.example.com", *options)

    (issue,) = json.loads(Path("quality.json").read_text())
    assert (issue["check_name"], issue["severity"], issue["location"]["lines"]["begin"]) == (
        *("url-host-elsewhere", "major"),
        5,
    )
    assert result.stdout == (
        "::error file=santral.yaml,line=5,col=25,title=santral validate%3A url-host-elsewhere::"
        f"{ELSEWHERE}\n"
    )


ALLOWED = "crm.example.com,*.example.org,xn--irket-idb.example.com,192.0.2.1,[2001:db8::1]"
INSIDE = [
    "https://crm.example.com/",
    "https://CRM.Example.Com:8443/?a=b",
    "https://a.example.org",
    "https://xn--irket-idb.example.com/",
    "http://192.0.2.1/",
    "http://[2001:DB8:0::1]:8080/",
]
OUTSIDE = [
    "https://example.org/",
    "https://a.b.example.org/",
    "https://aexample.org/",
    "https://crm.example.com.evil.example/",
    "https://evil.example/crm.example.com",
    "https://evil.example/?https://crm.example.com/",
    "https://ccrm.example.com/",
    "https://xn--irket-jdb.example.com/",
    "http://192.0.2.10/",
    "http://[2001:db8::2]/",
    "http://[::ffff:192.0.2.1]/",
]
UNCLEAR = [
    "https://crm.example.com\\@evil.example/",
    "https://crm.example.com%2eevil.example/",
    "https://crm.example.com%00.evil.example/",
    "https://evil。example/",
]
"""No file may have these, but they can be live."""
BEHIND_USER = ["https://crm.example.com@evil.example/", "https://crm.example.com:443@evil.example"]
ONLY_LIVE = dict.fromkeys(BEHIND_USER, "evil.example") | {
    "https://.example.org/": ".example.org",
    "https://crm.example.com../": "crm.example.com..",
}


@pytest.mark.parametrize("url", INSIDE)
def test_an_allowed_host_is_known_however_a_url_spells_it(
    program: Program, stand_in: StandIn, url: str
) -> None:
    """In the file and live, whatever its port."""
    program.write("santral.yaml", of(url))
    hold(stand_in, url)

    assert program.run("validate", "-q", "--allow-hosts", ALLOWED).exit_code == 0
    program.write("santral.yaml", UNMANAGED)
    assert warned(program, "--allow-hosts", ALLOWED) == []


@pytest.mark.parametrize("url", OUTSIDE)
def test_no_other_host_passes_for_an_allowed_one(
    program: Program, stand_in: StandIn, url: str
) -> None:
    """Neither in the file nor where it is live."""
    program.write("santral.yaml", of(url))
    hold(stand_in, url)

    result = program.run("validate", "--allow-hosts", ALLOWED)

    assert (result.exit_code, result.stderr) == (1, f"santral.yaml:5:25: {ELSEWHERE}\n")
    program.write("santral.yaml", UNMANAGED)
    host = url.split("/")[2]
    assert warned(program, "--allow-hosts", ALLOWED) == [live_elsewhere(host)]


@pytest.mark.parametrize("url", UNCLEAR)
def test_a_live_url_that_is_read_in_two_ways_is_not_allowed(
    program: Program, stand_in: StandIn, url: str
) -> None:
    """Somebody's program may take the host for another one."""
    program.write("santral.yaml", UNMANAGED)
    hold(stand_in, url)

    said = warned(program, "--allow-hosts", ALLOWED)

    assert said == [
        "Programs do not agree on which host the live notification_url leads to, so it is none "
        "that --allow-hosts (SANTRAL_ALLOW_HOSTS) names."
    ]


@pytest.mark.parametrize(("url", "host"), ONLY_LIVE.items())
def test_nothing_beside_the_host_hides_where_a_live_url_leads(
    program: Program, stand_in: StandIn, url: str, host: str
) -> None:
    """What stands before the @ is no host, and dots alone are no label."""
    program.write("santral.yaml", UNMANAGED)
    hold(stand_in, url)

    assert warned(program, "--allow-hosts", ALLOWED) == [live_elsewhere(host)]


# Where the list comes from


@pytest.mark.parametrize(
    "value",
    [
        "crm.example.com",
        " other.example.org , crm.example.com ",
        "other.example.org\ncrm.example.com\n",
        "*.example.com",
        "CRM.EXAMPLE.COM",
        "crm.example.com.",
        "*.Example.com.",
    ],
)
def test_the_list_is_given_in_a_variable_or_as_an_option(program: Program, value: str) -> None:
    """With commas, spaces or line ends between the hosts; the option wins."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_ALLOW_HOSTS", value)

    assert program.run("validate").exit_code == 0
    assert program.run("validate", "--allow-hosts", "other.example.org").exit_code == 1


@pytest.mark.parametrize("value", ["crm.example.com.", "*.example.com."])
def test_a_dot_at_the_end_of_a_listed_host_allows_no_other(program: Program, value: str) -> None:
    """It says only that nothing follows."""
    program.write("santral.yaml", of("https://crm.example.com.tr/"))

    result = program.run("validate", "--allow-hosts", value)

    assert (result.exit_code, result.stderr) == (1, f"santral.yaml:5:25: {ELSEWHERE}\n")


def test_the_list_can_be_a_file(program: Program) -> None:
    """With a host a line, also in letters, and with comments."""
    program.write("hosts", "\ufeff# ours\n\n  *.example.com # all of them\r\nşirket.example.\n")
    program.write("santral.yaml", FILE)
    program.write("other.yaml", of("https://xn--irket-idb.example/"))

    assert program.run("validate", "--allow-hosts", "@hosts").exit_code == 0
    assert program.run("validate", "-c", "other.yaml", "--allow-hosts", "@hosts").exit_code == 0


WRONG = {
    "empty": ("", EMPTY),
    "blank": (" , ", EMPTY),
    "no file": ("@", "Write the name of a file after the @."),
    "a missing file": ("@none", "none: The system says: No such file or directory."),
    "an odd name": ("@\u202e##[x]", r"\u202e#\x23[x]: The system says: No such file or directory."),
    "a name that is too long": (
        f"@{'x' * 5000}",
        f"{'x' * 300}...: The system says: File name too long.",
    ),
    "a key": (f"@{OTHER_SHAPE}", "***: The system says: No such file or directory."),
    "a folder": ("@.", ".: It is not a regular file."),
    "a pipe": ("@/dev/stdin", "/dev/stdin: It is not a regular file."),
    "an empty file": ("@empty", "empty: The file names no host. Write one in each line."),
    "a file of comments": (
        "@comments",
        "comments: The file names no host. Write one in each line.",
    ),
    "a file with a URL": ("@urls", f"urls: Line 3 is not a host. {FORM}"),
    "a file with a list": ("@list", f"list: Line 2 is not a host. {OF_THEIR_OWN} {FORM}"),
    "a binary file": ("@binary", "binary: The file is not UTF-8."),
    "a huge file": ("@huge", "huge: It is larger than 1 MiB."),
    "semicolons": (
        "crm.example.com;a.example.org",
        f"Number 1 of the list is not a host. Commas separate hosts. {FORM}",
    ),
    **{
        host: (f"crm.example.com,{host}", f"Number 2 of the list is not a host. {FORM}")
        for host in (
            *("*", "*.com", "*.*.example.com", "crm*.example.com", "localhost", "a..example.com"),
            *("https://crm.example.com", "crm.example.com/", "crm.example.com:443", "u@x.example"),
            *(
                "crm.example.com..",
                ".",
                "*.192.0.2.1",
                "0x7f.1",
                "[::1",
                "пример.example",
                "@hosts",
            ),
        )
    },
}


@pytest.mark.parametrize(("value", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_list_is_an_error_that_names_where_it_was_given(
    program: Program, value: str, message: str
) -> None:
    """And where it is a file that; of a list nothing is repeated, which may have been a key."""
    program.write("santral.yaml", FILE)
    program.write("empty", "")
    program.write("comments", "# nothing\n\n")
    program.write("urls", "crm.example.com\n\nhttps://crm.example.com/\n")
    program.write("list", "crm.example.com\na.example.org, b.example.org # both\n")
    program.write("binary", b"\xff\xfe")
    program.write("huge", b"#" * (1024**2 + 1))

    given = program.run("validate", "--allow-hosts", value)
    program.monkeypatch.setenv("SANTRAL_ALLOW_HOSTS", value)
    taken = program.run("validate")

    last = f"Error: Invalid value for '--allow-hosts': {message}"
    assert (given.exit_code, given.stderr.splitlines()[-1]) == (1, last)
    if value:  # A pipeline sets a variable to nothing where its forge has none.
        last = f"Error: Invalid value for SANTRAL_ALLOW_HOSTS: {message}"
        assert (taken.exit_code, taken.stderr.splitlines()[-1]) == (1, last)
    else:
        assert taken.exit_code == 0


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "rollback", "doctor"])
@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_in_a_pipeline_a_file_of_the_checkout_is_refused(
    program: Program, stand_in: StandIn, variable: str, command: str
) -> None:
    """A pull request could bring a wider list along; in a variable, too."""
    program.write("santral.yaml", FILE)
    program.write("hosts", "crm.example.com\n")
    program.monkeypatch.setenv(variable, str(program.folder))
    program.monkeypatch.setenv("SANTRAL_ALLOW_HOSTS", "@hosts")

    result = program.run(command)

    assert (result.exit_code, stand_in.service.requests) == (1, [])
    assert result.stderr.splitlines()[-1] == (
        f"Error: Invalid value for SANTRAL_ALLOW_HOSTS: hosts: The file lies in the checkout "
        f"({variable}), where a pull request could replace it. Keep it outside."
    )


@pytest.mark.parametrize("name", ["hosts", "./hosts", "link"])
@pytest.mark.parametrize("command", ["validate --format=gitlab=", "plan --out="])
def test_no_result_is_written_over_the_list(program: Program, command: str, name: str) -> None:
    """Neither where the option names it nor where only the variable does."""
    program.write("santral.yaml", FILE)
    program.write("hosts", "crm.example.com\n")
    Path("link").symlink_to("hosts")

    given = program.run(*f"{command}{name}".split(), "--allow-hosts", "@hosts")
    program.monkeypatch.setenv("SANTRAL_ALLOW_HOSTS", "@hosts")
    taken = program.run(*f"{command}{name}".split(), "--allow-hosts", "crm.example.com")

    assert (given.exit_code, taken.exit_code) == (1, 1)
    assert Path("hosts").read_text() == "crm.example.com\n"


# What is live


def test_a_live_url_elsewhere_is_a_warning_even_where_it_is_unmanaged(
    program: Program, stand_in: StandIn
) -> None:
    """On stderr beside the text, with the santral; the exit code stays what it is."""
    program.write("santral.yaml", UNMANAGED)
    hold(stand_in, "https://old.example.org/x?token=abc")

    result = program.run("plan", "--allow-hosts", "crm.example.com")

    assert (result.exit_code, result.stderr) == (
        0,
        f"Warning: santral.yaml:3:3: santral ankara: {live_elsewhere('old.example.org')}\n",
    )


def test_a_change_back_to_an_allowed_host_is_made_with_a_warning(
    program: Program, stand_in: StandIn
) -> None:
    """What was sent elsewhere until then is worth knowing."""
    program.write("santral.yaml", of("https://crm.example.com/ankara"))
    hold(stand_in, "https://old.example.org/")

    result = program.run("apply", "--allow-hosts", "crm.example.com")

    assert (result.exit_code, live_elsewhere("old.example.org") in result.stderr) == (0, True)
    assert stand_in.live("ankara").notification_url == "https://crm.example.com/ankara"


@pytest.mark.parametrize("url", ["https://tok-of-old.example.org/", "https://crm.example.com:1/"])
def test_a_host_that_may_hold_a_secret_is_not_shown(
    program: Program, stand_in: StandIn, url: str
) -> None:
    """Of a live URL of a santral with secrets only what equals the file's is seen."""
    write(program)
    give(program, LINE)
    hold(stand_in, url)
    allowed = "--allow-hosts=other.example.org,crm.example.com"

    result = program.run("plan", "--format=json", "--format=html=plan.html", "--show-urls", allowed)

    says = [HIDDEN_ELSEWHERE] if "old" in url else []
    assert json.loads(result.stdout)["santrals"][0]["warnings"] == says
    assert hosts_of(result.stdout) == [("crm.example.com", 0, 1), ("***", 1, 0)]
    assert "tok-of-old" not in result.stdout + Path("plan.html").read_text()
    assert "Hidden, because the URL may hold a secret" in Path("plan.html").read_text()


# Services for tests, and tunnels


KNOWN = json.loads(
    Path(reconciler.__file__).with_name("core").joinpath("known_receivers.json").read_bytes()
)["services"]


def test_each_service_is_listed_with_its_page_and_domains() -> None:
    """Sorted, each domain once and as hosts are compared."""
    domains = [domain for service in KNOWN for domain in service["domains"]]
    order = [(service["kind"], service["name"].lower()) for service in KNOWN]

    assert order == sorted(order)
    assert all(service["domains"] == sorted(service["domains"]) for service in KNOWN)
    assert all(service["source"].startswith(("https://", "http://")) for service in KNOWN)
    assert len(domains) == len({*domains})
    assert [str(HostGlob.parse(domain)) for domain in domains] == domains


RECEIVER = (
    "The notification_url leads to Webhook.site, a service for tests that shows calls to whoever "
    "knows the address. Write the URL of your own server."
)
TUNNEL = (
    "The notification_url leads through ngrok, a tunnel for tests, to whichever machine is "
    "connected to it. Write the URL of your own server."
)
LIVE_RECEIVER = (
    "Calls go now to Webhook.site, a service for tests that shows them to whoever knows the "
    "address. Set the URL of your own server."
)
LIVE_TUNNEL = (
    "Calls go now through ngrok, a tunnel for tests, to whichever machine is connected to it. Set "
    "the URL of your own server."
)


@pytest.mark.parametrize(
    ("url", "wanted", "live"),
    [
        ("https://webhook.site/0000", [RECEIVER], [LIVE_RECEIVER]),
        ("https://a.b.WEBHOOK.site:443/?a=b", [RECEIVER], [LIVE_RECEIVER]),
        ("https://made-up.ngrok-free.app/", [TUNNEL], [LIVE_TUNNEL]),
        ("https://notwebhook.site/", [], []),
        ("https://webhook.site.example.com/", [], []),
        ("https://site/", [], []),
    ],
)
def test_a_service_for_tests_warns_wanted_and_live(
    program: Program, stand_in: StandIn, url: str, wanted: list[str], live: list[str]
) -> None:
    """Without any list; once where both lead there."""
    program.write("santral.yaml", UNMANAGED)
    hold(stand_in, url)
    assert warned(program) == live

    if url.count(".") > 1 or "webhook.site" in url:
        program.write("santral.yaml", of(url))
        assert warned(program) == wanted
        hold(stand_in, "https://crm.example.com/")
        assert warned(program) == wanted


def test_a_dot_at_its_end_hides_no_live_service(program: Program, stand_in: StandIn) -> None:
    """It is the same host to every resolver."""
    program.write("santral.yaml", UNMANAGED)
    hold(stand_in, "https://webhook.site./0000")

    result = program.run("plan", "--format=json")

    assert json.loads(result.stdout)["santrals"][0]["warnings"] == [LIVE_RECEIVER]
    assert hosts_of(result.stdout) == [("webhook.site", 1, 1)]


def test_a_live_service_is_not_named_where_the_url_may_hold_a_secret(
    program: Program, stand_in: StandIn
) -> None:
    """Its name would be its host."""
    write(program)
    give(program, LINE)
    hold(stand_in, "https://webhook.site/0000")

    assert warned(program) == [
        "Calls go now to a service that is known for receiving tests, or for tunnels. Which one "
        "it is stays hidden, because the live notification_url may hold a secret. Set the URL of "
        "your own server."
    ]


def test_validate_warns_in_each_format_and_stays_green(program: Program) -> None:
    """The file can be used; quiet leaves the warnings out."""
    program.write("santral.yaml", of("https://webhook.site/0000"))
    options = ("--format=github", "--format=gitlab=quality.json")

    result = program.run("validate", *options)

    (issue,) = json.loads(Path("quality.json").read_text())
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "::warning file=santral.yaml,line=3,col=3,title=santral ankara%3A url-host-receiver::"
        f"{RECEIVER}\nsantral.yaml: 1 santral, valid\n",
        f"Warning: santral.yaml:3:3: santral ankara: {RECEIVER}\n",
    )
    assert (issue["check_name"], issue["severity"]) == ("url-host-receiver", "minor")
    assert program.run("validate", "-q").stderr == ""


# Going back, and checking up


def test_a_rollback_brings_back_no_url_elsewhere(program: Program, two: StandIn) -> None:
    """That is the santral's own trouble: the others go back, whatever the files ask for."""
    two.hold("ankara", settings("off", "on", "on", "https://old.example.org/"))
    two.hold("bursa", settings("on", "on", "on", "https://crm.example.com/bursa"))
    assert program.run("apply").exit_code == 0
    program.write("santral.yaml", FILE.replace("crm.example.com", "new.example.net"))

    result = program.run("rollback", "--format=json", "--allow-hosts", "crm.example.com")

    ankara, bursa = json.loads(result.stdout)["santrals"]
    assert (result.exit_code, ankara["status"], bursa["outcome"]["result"]) == (
        *(1, "failed"),
        "applied",
    )
    assert [one["code"] for one in ankara["error_messages"]] == ["rollback-host-elsewhere"]
    assert two.live("ankara") == ANKARA
    assert hosts_of(result.stdout) == [("crm.example.com", 2, 2)]


def test_a_rollback_of_the_switches_leaves_a_url_where_it_is(
    program: Program, stand_in: StandIn
) -> None:
    """It moves no calls."""
    program.write("santral.yaml", UNMANAGED)
    stand_in.hold("ankara", settings("off", "on", "on", "https://old.example.org/"))
    assert program.run("apply").exit_code == 0

    result = program.run("rollback", "--allow-hosts", "crm.example.com")

    assert (result.exit_code, stand_in.live("ankara").ringing) == (0, "off")
    assert live_elsewhere("old.example.org") in result.stderr


@pytest.mark.parametrize("option", ["--offline", "--no-post"])
def test_a_checkup_looks_at_where_calls_go(
    program: Program, stand_in: StandIn, option: str
) -> None:
    """At the files' URLs and the live ones; that is no reason to stop."""
    program.write("santral.yaml", of("https://webhook.site/0000"))
    hold(stand_in, "https://webhook.site/0000")

    result = program.run("doctor", option, "--format=json", "--allow-hosts", "crm.example.com")

    (santral,) = json.loads(result.stdout)["santrals"]
    codes = [message["code"] for one in santral["findings"] for message in one["messages"]]
    assert {"url-host-receiver", "receiver-elsewhere"} <= {*codes}


# The hosts that a plan lists


MANY = (
    FILE
    + "  canakkale:\n    crm_integration: {notification_url: unmanaged}\n  denizli:\n"
    + ("    crm_integration: {notification_url: https://new.example.org/}\n")
)


@pytest.fixture
def many(program: Program, stand_in: StandIn) -> StandIn:
    """Give one in sync, one to change, one unmanaged, and one that cannot be read."""
    program.write("santral.yaml", MANY)
    stand_in.hold("ankara", ANKARA)
    stand_in.hold("bursa", settings("on", "on", "on", "https://old.example.org/"))
    stand_in.hold("canakkale", settings("on", "on", "on", "https://own.example.org./x"))
    stand_in.answer("GET", "denizli", with_=Reply(404, "no"))
    return stand_in


def test_a_plan_counts_the_santrals_of_each_host(program: Program, many: StandIn) -> None:
    """An unmanaged URL stays; of one that cannot be read the file's counts as wanted."""
    result = program.run("plan", "--format=json", "--format=html=plan.html", "--out=plan.out")

    assert_follows_schema(json.loads(result.stdout))
    assert hosts_of(result.stdout) == [
        ("crm.example.com", 1, 2),
        ("new.example.org", 0, 1),
        ("old.example.org", 1, 0),
        ("own.example.org", 1, 1),
    ]
    assert hosts_of(program.run("show", "plan.out", "--format=json").stdout) == hosts_of(
        result.stdout
    )
    shown = program.run("show", "plan.out", "--format=html").stdout
    table = shown[shown.index("<table>") : shown.index("</table>")]
    assert table in Path("plan.html").read_text()


def test_santrals_without_a_url_count_nowhere(program: Program, two: StandIn) -> None:
    """Live, none is set; no older plan has any host either."""
    program.write("santral.yaml", FILE.replace("https://crm.example.com/{name}", "unmanaged"))

    result = program.run("plan", "--format=json", "--format=html=plan.html")

    assert json.loads(result.stdout)["hosts"] == []
    assert "<table>" not in Path("plan.html").read_text()


COUNTED = "The number of santrals whose calls go to each host"
ALLOWED_ARE = "Allowed are the hosts that --allow-hosts (SANTRAL_ALLOW_HOSTS) named."


def table_of(page: str) -> list[str]:
    """Return what the list of hosts says, line by line."""
    start = page.index('<details class="hosts"')
    part = page[start : page.index("</details>", start)]
    spaced = re.sub("</t[hd]>(?=<t)", " ", part)
    return [*filter(None, re.sub("<[^>]*>", "", spaced).splitlines())]


def test_the_page_says_of_how_many_santrals_it_counts(program: Program, two: StandIn) -> None:
    """Where others were not looked at; so does what was merged of them."""
    others = "".join(f"  s{number}: {{crm_integration: {{}}}}\n" for number in range(998))
    program.write("santral.yaml", FILE + others)

    def counted_by(*words: str) -> str:
        return table_of(program.run(*words, "--format=html").stdout)[1]

    assert counted_by("plan", "--target=ankara") == (
        f"{COUNTED}, of the 1 of 1,000 santrals looked at."
    )
    both = f"{COUNTED}, of the 2 of 1,000 santrals looked at."
    for shard in (1, 2):
        program.run("plan", "--target=*a*", f"--shard={shard}/2", f"--out={shard}.out")
    assert counted_by("show", "2.out") == both
    assert counted_by("merge", "1.out", "2.out") == both
    assert counted_by("apply", "--yes", "--target=*a*") == both
    program.write("santral.yaml", FILE)
    assert counted_by("plan") == f"{COUNTED}."


def test_santrals_that_are_gone_are_said_to_be_in_no_row(program: Program, two: StandIn) -> None:
    """Their calls go on; those of one whose key is another's are counted there."""
    gone = "  eskisehir: {crm_integration: {}}\n"
    heir = FILE.replace("ankara:", "heir:\n    key: ankara")
    said = "is no longer in the files is not counted. Its calls still go where they went."

    def last_of(earlier: str) -> str:
        program.write("earlier.yaml", earlier)
        page = program.run("plan", "--base", "./earlier.yaml", "--format=html").stdout
        return table_of(page)[-1]

    rows = last_of(FILE)
    assert "no longer" not in rows
    assert last_of(FILE + gone) == f"1 santral that {said}"
    assert last_of(FILE + gone + gone.replace("eski", "yeni")) == (
        "2 santrals that are no longer in the files are not counted. Their calls still go where "
        "they went."
    )
    assert last_of(heir) == rows


LISTED = "crm.example.com,new.example.org.,own.example.org"


def allowed_in(stdout: str) -> dict[str | None, bool | None]:
    """Return which hosts of a JSON plan are on the list."""
    return {one["host"]: one["allowed"] for one in json.loads(stdout)["hosts"]}


def test_a_plan_marks_the_hosts_that_are_not_on_the_list(program: Program, many: StandIn) -> None:
    """In words, and as it was planned: whoever shows a saved plan has another list, or none."""
    found = program.run(
        *("plan", "--allow-hosts", LISTED),
        *("--format=json", "--format=html=plan.html", "--out=plan.out"),
    )
    shown = program.run("show", "plan.out", "--format=json", "--format=html=shown.html")

    assert_follows_schema(json.loads(found.stdout))
    assert allowed_in(found.stdout) == {
        "crm.example.com": True,
        "new.example.org": True,
        "old.example.org": False,
        "own.example.org": True,
    }
    assert json.loads(shown.stdout)["hosts"] == json.loads(found.stdout)["hosts"]
    assert table_of(Path("plan.html").read_text()) == [
        "Where calls go (4)",
        f"{COUNTED}. {ALLOWED_ARE}",
        "Host Live Wanted Allowed",
        "crm.example.com 1 2 yes",
        "new.example.org 0 1 yes",
        "old.example.org 1 0 not on the list",
        "own.example.org 1 1 yes",
        "1 other santral has no notification_url, or could not be read.",
    ]
    assert table_of(Path("shown.html").read_text()) == table_of(Path("plan.html").read_text())


def test_without_a_list_no_host_is_marked(program: Program, many: StandIn) -> None:
    """Nobody said where calls may go."""
    result = program.run("plan", "--format=json", "--format=html=plan.html")

    assert {*allowed_in(result.stdout).values()} == {None}
    assert table_of(Path("plan.html").read_text())[2] == "Host Live Wanted"


def test_of_a_hidden_host_the_list_tells_nothing(program: Program, stand_in: StandIn) -> None:
    """Or else it could be guessed; neither does it of a URL that is read in two ways."""
    write(program)
    give(program, LINE)
    hold(stand_in, "https://other.example.org/x")
    listed = ("--allow-hosts", "crm.example.com,other.example.org")

    result = program.run("plan", "--format=json", "--format=html=plan.html", *listed)
    program.write("santral.yaml", UNMANAGED)
    hold(stand_in, UNCLEAR[0])
    unclear = program.run("plan", "--format=json", *listed)

    assert allowed_in(result.stdout) == {"crm.example.com": True, "***": None}
    assert allowed_in(unclear.stdout) == {None: None}
    assert table_of(Path("plan.html").read_text())[-2:] == [
        "crm.example.com 0 1 yes",
        "Hidden, because the URL may hold a secret 1 0 unknown",
    ]


@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [
        (LISTED, LISTED, True),
        (LISTED, "new.example.org", False),
        ("new.example.org", LISTED, False),
        (LISTED, "", True),
        ("", "new.example.org", False),
        ("", "", None),
    ],
)
def test_merged_the_strictest_of_the_lists_counts(
    program: Program, stand_in: StandIn, first: str, second: str, *, allowed: bool | None
) -> None:
    """Shards with other lists are put together all the same."""
    unmanaged = "{crm_integration: {ringing: on}}"
    program.write(
        "santral.yaml", f"version: 1\nsantrals: {{ankara: {unmanaged}, canakkale: {unmanaged}}}\n"
    )
    for name in ("ankara", "canakkale"):
        stand_in.hold(name, settings("on", "on", "on", "https://crm.example.com/"))
    for shard, hosts in (("1/2", first), ("2/2", second)):
        given = ("--allow-hosts", hosts) if hosts else ()
        program.run("plan", "--shard", shard, f"--out={shard[0]}.out", *given)

    merged = program.run("merge", "1.out", "2.out", "--format=json", "--out=merged.out")

    assert (merged.exit_code, hosts_of(merged.stdout)) == (0, [("crm.example.com", 2, 2)])
    assert allowed_in(merged.stdout) == {"crm.example.com": allowed}
    shown = program.run("show", "merged.out", "--format=json")
    assert allowed_in(shown.stdout) == {"crm.example.com": allowed}


def edited(hosts: list[dict[str, Any]]) -> str:
    """Return the saved plan with other hosts, and a checksum that fits."""
    from reconciler.saved_plans.document import with_checksum  # noqa: PLC0415

    document = json.loads(Path("plan.out").read_text())
    del document["saved"]["checksum"]
    return json.dumps(with_checksum(document | {"hosts": hosts}))


ROW = {"host": "crm.example.com", "live": 1, "wanted": 2}


@pytest.mark.parametrize(
    "hosts",
    [
        [ROW, ROW],
        [{**ROW, "host": "z.example.com"}, ROW],
        [{**ROW, "live": -1}],
        [{**ROW, "live": "1"}],
        [{**ROW, "host": "::error::x\n"}],
        [{"host": "crm.example.com", "live": 1}],
        [{**ROW, "allowed": "yes"}],
        [{**ROW, "allowed": 0}],
        [{**ROW, "host": "***", "allowed": True}],
        [{**ROW, "host": "***.example.com", "allowed": True}],
        [{**ROW, "host": None, "allowed": False}],
    ],
)
def test_hosts_that_no_plan_would_have_are_refused(
    program: Program, many: StandIn, hosts: list[dict[str, Any]]
) -> None:
    """Doubled, moved, miscounted, or more than a host."""
    program.run("plan", "--out=plan.out")
    program.write("plan.edited", edited(hosts))

    result = program.run("show", "plan.edited")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "This plan was edited or damaged after it was saved." in result.stderr


def test_hosts_of_which_nothing_is_said_of_a_list_are_read(program: Program, many: StandIn) -> None:
    """As an earlier version of the program wrote them."""
    program.run("plan", "--out=plan.out")
    program.write("plan.old", edited([ROW]))

    result = program.run("show", "plan.old", "--format=json", "--format=html=plan.html")

    assert json.loads(result.stdout)["hosts"] == [{**ROW, "allowed": None}]
    assert table_of(Path("plan.html").read_text())[2:4] == [
        "Host Live Wanted",
        "crm.example.com 1 2",
    ]


def test_a_plan_that_has_no_hosts_yet_is_read(program: Program, many: StandIn) -> None:
    """As an earlier version of the program wrote it."""
    program.run("plan", "--out=plan.out")
    document = json.loads(edited([]))
    del document["hosts"], document["saved"]["checksum"]
    from reconciler.saved_plans.document import with_checksum  # noqa: PLC0415

    program.write("plan.old", json.dumps(with_checksum(document)))

    result = program.run("show", "plan.old", "--format=html")

    assert (result.exit_code, "<table>" in result.stdout) == (0, False)


@pytest.mark.parametrize(
    "url",
    [
        "https://<b>x</b>.example.com/",
        "https://a\"onclick='x'.example.com/",
        "https://::error::x/",
        "https://##[error]x/",
        f"https://{OTHER_SHAPE}.example.com/",
    ],
)
def test_no_live_host_becomes_markup_or_shows_a_key(
    program: Program, stand_in: StandIn, url: str
) -> None:
    """What is no host has a row of its own, without its text."""
    program.write("santral.yaml", UNMANAGED)
    hold(stand_in, url)
    allowed = ("--allow-hosts", "crm.example.com")

    page = program.run("plan", "--format=html", *allowed).stdout
    found = program.run("plan", "--format=json", *allowed)

    table = page[page.index("<table>") : page.index("</table>")]
    hosts = hosts_of(found.stdout)
    assert all(text not in table for text in ("<b>x", "onclick", "::error", "##[", "0123456789"))
    assert hosts in ([(None, 1, 1)], [("***.example.com", 1, 1)])
