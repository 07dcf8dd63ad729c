"""What is shown and written of URLs with secrets, whatever the template, the value and the URL."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.core import url_hiding
from reconciler.core.fleet import Fleet, Place, Santral
from reconciler.core.secret import Key
from reconciler.core.secret_finder import SecretFinder
from reconciler.core.settings import DesiredSettings
from reconciler.core.url_hiding import masked, secrets_in
from reconciler.core.url_mask import UrlMask
from reconciler.core.url_template import UrlTemplate
from reconciler.keys.secret_lines import read_lines
from reconciler.keys.secrets import SecretRing

IN_PATH = "abcXYZ0123-._~!$'()*+,:@="
IN_QUERY = f"{IN_PATH}/?"
DIGITS = "QJZ5678"
"""What secrets are made of here, and no other text: a piece of one is one wherever it stands."""
NAMES = ("one", "two", "three")
HOST = "https://crm.example.com"

NOTHING = st.just("")
words = st.text("abcdef.-", max_size=8)
secrets = st.text(DIGITS, min_size=12, max_size=40)


@st.composite
def parted(draw: st.DrawFn, around: st.SearchStrategy[str] = NOTHING) -> UrlTemplate:
    """Return a template whose secrets stand in parts of their own, but for what is around them."""

    def part() -> str:
        name = draw(st.sampled_from(["", *NAMES]))
        secret = f"{draw(around)}{{secret.{name}}}{draw(around)}" if name else ""
        return secret or draw(words)

    path = "".join(f"/{part()}" for _ in range(draw(st.integers(0, 4))))
    query = "&".join(f"{draw(words)}={part()}" for _ in range(draw(st.integers(0, 4))))
    text = f"{HOST}{path or '/'}{'?' if query else ''}{query}"
    assume("{secret." in text)
    return UrlTemplate(text)


any_template = parted(words)


@given(st.from_regex(url_hiding._WITHOUT_SECRET, fullmatch=True))  # noqa: SLF001
def test_what_is_shown_at_once_has_nothing_to_hide(url: str) -> None:
    """Who looks closely finds no user part, no query and no fragment in it either."""
    at_once = UrlMask().seen(url), masked(url), secrets_in(url)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(url_hiding, "_WITHOUT_SECRET", re.compile("(?!)"))  # Nothing fits.
        closely = UrlMask().seen(url), masked(url), secrets_in(url)

    assert at_once == closely
    assert at_once[1:] == (url, ())


@given(parted(), st.data())
def test_the_secrets_of_a_url_are_found_again(template: UrlTemplate, data: st.DataObject) -> None:
    """Whatever they are, where each has a part of its own."""
    values = {
        name: data.draw(st.text(IN_PATH if template.is_in_path(name) else IN_QUERY))
        for name in template.secrets
    }

    found = template.values_in(template.filled(values))

    assert found is not None
    assert {*found} == {*values.values()}
    assert set(zip(template._order(), found, strict=True)) == set(values.items())  # noqa: SLF001


@given(any_template, secrets)
def test_where_secrets_touch_other_text_what_is_found_gives_the_url_again(
    template: UrlTemplate, value: str
) -> None:
    """Several ways to part it are equal, since what is hidden is the same."""
    url = template.filled(dict.fromkeys(template.secrets, value))

    assert template.values_in(url) == (value,) * len(template._order())  # noqa: SLF001
    assert UrlMask((template,)).sealed(url) == template.text


@st.composite
def edited(draw: st.DrawFn, url: str) -> str:
    """Return a URL as somebody in the panel, or another program, may have left it."""
    for _ in range(draw(st.integers(0, 4))):
        at, end = sorted(draw(st.tuples(*[st.integers(0, len(url))] * 2)))
        piece = draw(st.sampled_from([url[at:end], "/", "?", "&", "=", "#", ";", "a", "%", "@"]))
        url = draw(
            st.sampled_from([url[:at] + piece + url[at:], url[:at] + piece + url[end:], url[at:]])
        )
    return url


def pieces(text: str) -> set[str]:
    """Return all that stands in a text of so many characters of a secret in a row."""
    return {text[at : at + 3] for at in range(len(text) - 2) if {*text[at : at + 3]} <= {*DIGITS}}


@given(any_template, secrets, st.data())
def test_nothing_of_an_old_secret_is_seen_or_written_down(
    template: UrlTemplate, old: str, data: st.DataObject
) -> None:
    """Wherever it stands in what is live, of which nobody but the server knows the secret."""
    url = data.draw(edited(template.filled(dict.fromkeys(template.secrets, old))))
    mask = UrlMask((template,))

    seen = mask.seen(url, in_full=True)

    assert pieces(seen.text) == set()
    assert pieces(seen.host or "") == set()
    assert pieces(mask.sealed(url) or "") == set()


@given(any_template, st.text("abcdefgh", min_size=6, max_size=20), words, st.data())
def test_a_template_learns_of_a_live_url_whole_parts_only(
    template: UrlTemplate, hidden: str, guess: str, data: st.DataObject
) -> None:
    """What is shown is the same for every guess at the letters around a secret."""
    url = template.filled(dict.fromkeys(template.secrets, hidden))
    name = template.secrets[0]
    asked = f"{{secret.{name}}}"
    guesses = (guess, hidden[: data.draw(st.integers(1, 6))])
    other = [UrlTemplate(template.text.replace(asked, before + asked)) for before in guesses]

    assert len({UrlMask((one,)).seen(url, in_full=True).text for one in other}) == 1


@given(st.lists(secrets, min_size=1, max_size=3, unique=True), st.data())
def test_a_known_secret_is_hidden_by_value_and_its_placeholder_gives_the_url_again(
    known: list[str], data: st.DataObject
) -> None:
    """Where the files have no placeholder, in any part of a URL."""
    values = dict(zip(NAMES, known, strict=False))
    parts = data.draw(st.lists(st.sampled_from([*known, "/", "a", "?b=", "&", ".c"]), max_size=8))
    url = f"{HOST}/{''.join(parts)}"
    mask = UrlMask(secrets=SecretFinder({name: Key(value) for name, value in values.items()}))

    seen, sealed = mask.seen(url, in_full=True).text, mask.sealed(url)

    assert pieces(seen) == set()
    assert (sealed is None) is (pieces(url) == set())
    assert pieces(sealed or "") == set()
    if sealed and "***" not in sealed:
        assert UrlTemplate(sealed).filled(values) == url


def fleet_of(count: int) -> tuple[SecretRing, Fleet]:
    """Return so many santrals, each with a secret of its own."""
    lines = "\n".join(f"s{n}@crm.example.com=token-{n:08d}-of-a-santral" for n in range(count))
    read = read_lines(lines, "secrets")
    assert not isinstance(read, Exception)
    given_secrets = {one.name: one for one in read}
    finder = SecretFinder({name: one.value for name, one in given_secrets.items()})
    templates = [UrlTemplate(f"{HOST}/s{n}?token={{secret.s{n}}}") for n in range(count)]
    santrals = tuple(
        Santral(
            *(f"s{n}", f"s{n}", DesiredSettings(notification_url=url.text)),
            Place("santral.yaml", n + 1, 1),
            url=url,
            mask=UrlMask((url,)),
        )
        for n, url in enumerate(templates)
    )
    return SecretRing(given_secrets, finder), Fleet(santrals)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of this thread."""
    started = time.thread_time()
    work()
    return time.thread_time() - started


def fill_and_look(count: int) -> None:
    """Fill in the secrets of so many santrals, and hide them in what is shown and written."""
    ring, fleet = fleet_of(count)
    filled, unfilled = ring.fill(fleet)
    assert unfilled == ()
    for santral in filled.santrals:
        url = santral.desired.notification_url or ""
        assert url.endswith("-of-a-santral")
        assert santral.mask.seen(url).text.endswith("?token=***")
        assert santral.mask.sealed(url) == (santral.url and santral.url.text)
        assert "***" in UrlMask(secrets=ring.finder).seen(url, in_full=True).text


def test_ten_thousand_santrals_with_ten_thousand_secrets_take_linear_time() -> None:
    """Filling in, hiding, and looking for all of them in each URL."""
    few = max(0.1, seconds(lambda: fill_and_look(1_250)))
    many = seconds(lambda: fill_and_look(10_000))
    assert many / few < 8 * 4
    assert many < 60


@given(st.text(IN_QUERY, min_size=2, max_size=20), st.data())
def test_what_delimits_within_a_secret_parts_it_for_nobody(
    hidden: str, data: st.DataObject
) -> None:
    """A slash of base64, say: else whoever writes the template would learn what is before it."""
    url = f"{HOST}/x?token={hidden}&a=b"
    begun = data.draw(st.integers(0, len(hidden)))
    other = [f"{HOST}/x?token={start}{{secret.one}}&a=b" for start in ("", hidden[:begun], "zz/")]

    seen = {UrlMask((UrlTemplate(one),)).seen(url, in_full=True).text for one in other}

    assert seen == {f"{HOST}/x?token=***&a=b"}


@given(st.text(IN_PATH, min_size=2, max_size=20), st.data())
def test_nor_does_an_equals_sign_in_a_path(hidden: str, data: st.DataObject) -> None:
    """It may be the end of base64 there."""
    begun = data.draw(st.integers(0, len(hidden)))
    other = [f"{HOST}/{start}{{secret.one}}/x" for start in ("", hidden[:begun], "zz=")]

    seen = {
        UrlMask((UrlTemplate(one),)).seen(f"{HOST}/{hidden}/x", in_full=True).text for one in other
    }

    assert len(seen) == 1


JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjcm0ifQ.c2lnbmF0dXJl"
"""Of which anybody knows how it begins."""


@pytest.mark.parametrize("around", ["/{}", "/{}/x?token={{secret.one}}", "/?a={}&b={{secret.one}}"])
@pytest.mark.parametrize("length", [1, 8, 11, 12, 13, 36, len(JWT) - 1])
def test_a_file_does_not_learn_how_a_secret_goes_on(around: str, length: int) -> None:
    """What a file itself says is hidden only where it is a complete secret."""
    known = SecretFinder({"one": Key(JWT)})
    for guess in (JWT[:length], JWT[: length - 1] + "~"):
        asked = f"{HOST}{around.format(guess)}"
        template = UrlTemplate.of(asked)
        mask = UrlMask((template,), known) if template else UrlMask(secrets=known, asked=asked)
        url = template.filled({"one": JWT}) if template else asked
        found = mask.seen(url, in_full=True).text, mask.sealed(url)
        assert found == (template.shown if template else asked, template and asked)

    whole = UrlMask(secrets=known, asked=f"{HOST}/{JWT}")
    assert whole.seen(f"{HOST}/{JWT}").text == f"{HOST}/***"
    assert UrlMask(secrets=known).seen(f"{HOST}/{JWT[:12]}").text == f"{HOST}/***"
