"""Whatever is live, the file that an import makes is valid and asks for exactly that."""

import random
import re
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.config.load import assemble
from reconciler.core.fleet import Santral
from reconciler.core.settings import Settings, Switch
from reconciler.core.text import KEY_SHAPE
from reconciler.keys.secret_lines import Binding
from reconciler.onboarding.imported import Imported, Tokens
from reconciler.onboarding.new_file import NewFile, new_file

derandomized = settings(max_examples=60, deadline=None, derandomize=True)

NAMES = [
    "ankara",
    "ankara-2",
    "ankara-10",
    "2",
    "41",
    "a",
    "name",
    "on",
    "null",
    "merkez-",
    "0-0",
    "02",
]
KEY = "K00000001-1111-2222-3333-444444444444"
TOKENS = ["Zx9Kq2Wv7Bn4Mt1R", "9f86d081884c7d659a2feaa0c55ad015", "hunter-two-is-good"]
"""The last one is known for what it is only by a name."""
HOSTS = [
    "crm.example.com",
    "CRM.example.com:8443",
    "10.0.0.1",
    "x.example.com:443",
    "şx.example.com",
]
PARTS = [
    *("{}", "santral", "{}-x", "x_{}", "${}", "%2F{}", "%{}", "{}.php", "a=b", "", "%41", "C%3A"),
    *("{{name}}", "{{secret.a}}", "${{x}}", "$(x)", " ", "\n", "\x85", "\u2028", "\u202e", "\r"),
    *("\u201c", "#", "# x", ": ", "'", '"', "\\", "u:p@h", "😀", "ş", "\ud800", "*", "&a"),
    *(f"x=https://u:{TOKENS[1]}@h.example.com/", f"//u:{TOKENS[0]}@h", f"u:{TOKENS[2]}@"),
    *(KEY, f"token={TOKENS[2]}", f"x={TOKENS[0]}", TOKENS[1], TOKENS[2], f"sig=[{TOKENS[0]}]", ":"),
]  # fmt: skip

parts = st.sampled_from(PARTS)


@st.composite
def urls(draw: st.DrawFn, name: str) -> str | None:
    """Draw what may be live: URLs like those of others, odd ones, and anything else."""
    scheme = draw(st.sampled_from(["https://"] * 8 + ["http://", "HTTPS://", "", "https:/"]))
    path = "/".join(draw(st.lists(parts, max_size=3)))
    query = "&".join(draw(st.lists(parts, max_size=2)))
    made = f"{scheme}{draw(st.sampled_from(HOSTS))}/{path}{'?' if query else ''}{query}"
    filled = made.replace("{{", "{").replace("}}", "}").replace("{}", name)
    return draw(st.sampled_from([filled] * 12 + [None, "", filled * 90]) | st.text(max_size=9))


switches = st.sampled_from(Switch)
texts = st.sampled_from(["Genel merkez", "a: b", "0532", TOKENS[0], KEY, "x # y"]) | st.text()


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Imported, ...]:
    """Draw santrals, many of them with what others have, too."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=6))
    return tuple(
        Imported(
            name,
            draw(st.sampled_from([name, f"k-{number}"])),
            Settings(draw(switches), Switch.ON, draw(switches), draw(urls(name))),
            draw(st.just("") | texts),
            draw(st.sampled_from([(), (("city", "izmir"), ("on", "2.1")), (("A", "b"),)])),
        )
        for number, name in enumerate(names)
    )


modes = st.sampled_from(Tokens)


def santrals_of(made: NewFile) -> Mapping[str, Santral]:
    """Return what the file says, read as every run reads it."""
    assert made.content
    return {one.name: one for one in assemble([("x", made.content)]).fleet.santrals}


@derandomized
@given(fleets(), modes)
def test_the_file_asks_for_exactly_what_is_live(fleet: tuple[Imported, ...], mode: Tokens) -> None:
    """To the byte, with its secrets filled in; a URL that is unmanaged is remarked upon."""
    made = new_file(fleet, mode)
    santrals = santrals_of(made)
    # The value of a key is no secret to a test.
    values = {one.name: one.value.reveal() for one in made.secrets}
    hosts = [one.host for one in made.secrets]
    remarked = {remark.name for remark in made.remarks}

    assert [str(Binding.parse(host)) for host in hosts] == hosts
    assert santrals.keys() == {one.name for one in fleet}
    for one in fleet:
        santral = santrals[one.name]
        desired = santral.desired
        url = santral.url.filled(values) if santral.url else desired.notification_url
        assert desired.over(one.live) == one.live or santral.url
        assert (desired.ringing, desired.answered, desired.hangup) == (
            one.live.ringing,
            one.live.answered,
            one.live.hangup,
        )
        assert url == one.live.notification_url or (url is None and one.name in remarked)
        assert santral.key_name == one.key_name


@derandomized
@given(fleets(), modes)
def test_the_file_holds_no_token_and_no_key(fleet: tuple[Imported, ...], mode: Tokens) -> None:
    """Neither does what is said of it; only a file of plain URLs has its tokens."""
    made = new_file(fleet, mode)
    assert made.content
    said = " ".join(str(message) for remark in made.remarks for message in remark.messages)
    shown = f"{made.content.decode()}{made.secrets}{said}"
    urls = " ".join(one.live.notification_url or "" for one in fleet)
    forms = zip(TOKENS, (*TOKENS[:2], f"token={TOKENS[2]}"), strict=True)
    live = [one for one, form in forms if form in urls]

    assert not KEY_SHAPE.search(shown)
    if mode is not Tokens.PLAIN:
        assert not any(one in made.content.decode() for one in live)
    assert not any(one in said for one in TOKENS)


@derandomized
@given(fleets(), modes, st.randoms())
def test_the_file_is_the_same_in_whatever_order_the_santrals_come(
    fleet: tuple[Imported, ...], mode: Tokens, order: random.Random
) -> None:
    """And written once more from what it asks for, it is the same again."""
    shuffled = list(fleet)
    order.shuffle(shuffled)

    assert new_file(shuffled, mode) == new_file(fleet, mode)


@derandomized
@given(fleets(), modes)
def test_every_line_is_one_for_every_program(fleet: tuple[Imported, ...], mode: Tokens) -> None:
    """No text by others begins a line, or is longer than it may be."""
    made = new_file(fleet, mode)
    assert made.content
    lines = made.content.decode().splitlines()

    assert lines == made.content.decode().removesuffix("\n").split("\n")
    assert all(len(line) <= 80 for line in lines if line.lstrip().startswith("#"))
    assert all(re.match(r" *(#|[\w\"-]+: ?|$)", line) for line in lines)
