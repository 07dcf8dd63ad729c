"""A new file for what is live: as a person would have written it, and exactly what is live."""

from collections.abc import Mapping, Sequence

import pytest
from support.fleet import settings

from reconciler.core.messages import codes_of, text_of
from reconciler.core.secret import Key
from reconciler.onboarding import defaults
from reconciler.onboarding.imported import Imported, ImportedSecret, Tokens
from reconciler.onboarding.new_file import NewFile, new_file
from reconciler.onboarding.proof import NotProvedError

HEAD = """\
# yaml-language-server: $schema=./schemas/santral.schema.json
#
# Imported from what was live. No key belongs here.
version: 1
"""
ONE_TO_DECIDE = HEAD.replace(
    "version", "# 1 santral has a comment that says what to decide.\nversion"
)
DEFAULTS = """
# Merged under every santral, field by field.
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
"""
UNMANAGED = "notification_url is unmanaged: the live URL cannot stand in this file."
CHANGE = "Change the URL so in the panel, then write it here."
UNSET = "notification_url is unmanaged: none is set. Set one below crm_integration."
SEEMS_TOKENLIKE = (
    "notification_url is unmanaged: the live URL seems to hold a token. Delete this entry and "
    "import again with --secrets-out, or write the URL here with {secret.NAME}."
)
UNUSABLE = (
    "notification_url is unmanaged: the live URL seems to hold a token, which cannot be a secret "
    "as it is."
)


def on(name: str, url: str | None, key: str = "", description: str = "") -> Imported:
    """Return a santral that reports everything."""
    return Imported(name, key or name, settings("on", "on", "on", url), description)


def text_with(fleet: Sequence[Imported], tokens: Tokens = Tokens.SECRET) -> str:
    """Return the text of a new file."""
    content = new_file(fleet, tokens).content
    assert content
    return content.decode()


def remarks_of(made: NewFile) -> dict[str, str]:
    """Return what is said of each santral."""
    return {remark.name: text_of(remark.messages) for remark in made.remarks}


def secret(name: str, host: str, value: str) -> ImportedSecret:
    """Return a secret that was found."""
    return ImportedSecret(name, host, Key(value))


# What it looks like.


def test_what_most_share_stands_in_defaults_and_the_rest_with_each_santral() -> None:
    """Sorted by name, with digits as numbers."""
    fleet = [
        on("sube-10", "https://crm.example.com/santral/sube-10"),
        on("sube-9", "https://crm.example.com/santral/sube-9", key="dokuz"),
        on("merkez", "https://crm.example.com/santral/merkez", description="Genel: merkez"),
        Imported(
            "depo",
            "depo",
            settings("off", "on", "on", "https://depo.example.com/depo"),
            "Depo, yalnız biten çağrılar",
            (("city", "izmir"), ("floor", "2")),
        ),
        on("eski", "http://10.0.0.3:8080/cagri"),
    ]

    assert text_with(fleet) == (
        ONE_TO_DECIDE
        + DEFAULTS
        + """\
    notification_url: https://crm.example.com/santral/{name}

santrals:
  depo:
    description: Depo, yalnız biten çağrılar
    labels:
      city: izmir
      floor: "2"
    crm_integration:
      ringing: off
      notification_url: https://depo.example.com/depo

  eski:
    # The notification_url uses http, so call data are sent unencrypted. The
    # host of the notification_url is an IP address, which no certificate
    # vouches for.
    allow_insecure_url: true
    crm_integration:
      notification_url: http://10.0.0.3:8080/cagri

  merkez:
    description: "Genel: merkez"
    crm_integration: {}

  sube-9:
    key: dokuz
    crm_integration: {}

  sube-10:
    crm_integration: {}
"""
    )


def test_santrals_with_nothing_of_their_own_stand_close_together() -> None:
    """They are read as a list."""
    fleet = [on(name, f"https://crm.example.com/{name}") for name in ("a", "b", "c")]

    assert text_with(fleet).endswith(
        """
    notification_url: https://crm.example.com/{name}

santrals:
  a:
    crm_integration: {}
  b:
    crm_integration: {}
  c:
    crm_integration: {}
"""
    )


def test_one_santral_shares_nothing() -> None:
    """It has no defaults, and its URL is written as it is."""
    assert text_with([on("ankara", "https://crm.example.com/ankara")]) == (
        HEAD
        + """
santrals:
  ankara:
    crm_integration:
      ringing: on
      answered: on
      hangup: on
      notification_url: https://crm.example.com/ankara
"""
    )


def test_a_santral_whose_url_cannot_be_written_takes_back_the_shared_one() -> None:
    """Its own stays as it is, and the file says why."""
    fleet = [
        on("a", "https://x.example.com/a"),
        on("b", "https://x.example.com/b"),
        on("c", None, description="a\x1bb"),
    ]
    made = new_file(fleet, Tokens.SECRET)

    assert made.content
    assert made.content.decode() == (
        ONE_TO_DECIDE
        + DEFAULTS
        + """\
    notification_url: https://x.example.com/{name}

santrals:
  a:
    crm_integration: {}
  b:
    crm_integration: {}

  c:
    # The description is left out. This quoted text has an escape for a hidden
    # character. Remove it.
    crm_integration:
      # notification_url is unmanaged: none is set. Set one below
      # crm_integration.
      notification_url: unmanaged
"""
    )
    assert remarks_of(made) == {
        "c": f"{UNSET} The description is left out. This quoted text has an escape for a hidden "
        "character. Remove it."
    }


A_WITH_COMMENTS = """
  a:
    # notification_url is unmanaged: none is set. Set one below crm_integration.
    # The description is left out. This quoted text has an escape for a hidden
    # character. Remove it.
    crm_integration: {}
"""


def test_the_file_begins_with_how_many_santrals_need_a_decision() -> None:
    """Whatever it is about; where all comments stand above the settings, they are one."""
    fleet = [
        on("a", None, description="a\x1bb"),
        on("b", "http://x.example.com/"),
        Imported(
            "c", "c", settings("on", "on", "off", "https://x.example.com/"), "", (("A", "b"),)
        ),
        on("d", "https://y.example.com/"),
    ]
    text = text_with(fleet)

    assert text.startswith(
        HEAD.replace("version", "# 3 santrals have a comment that says what to decide.\nversion")
    )
    assert A_WITH_COMMENTS in text


def test_no_url_is_shared_where_more_santrals_would_take_it_back() -> None:
    """Then those that have it say so."""
    urls = ["https://x.example.com/", "https://x.example.com/", None, None, None]
    text = text_with([on(f"a{number}", url) for number, url in enumerate(urls)])

    assert text.count("notification_url:") == 2
    assert "    crm_integration: {}\n" in text


@pytest.mark.parametrize(
    ("before", "template"),
    [
        ("https://x.example.com/s/{}", "https://x.example.com/s/{name}"),
        ("https://x.example.com/?pbx={}&l=tr", "https://x.example.com/?pbx={name}&l=tr"),
        ("https://x.example.com/pbx-{}.php", "https://x.example.com/pbx-{name}.php"),
        ("https://x.example.com/?u=%2F{}%2Fx", "https://x.example.com/?u=%2F{name}%2Fx"),
        ("https://x.example.com/{}/{}", "https://x.example.com/{name}/{name}"),
        ("https://x.example.com/${}", None),
        ("https://x.example.com/x{}", None),
        ("https://x.example.com/{}x", None),
        ("https://x.example.com/%{}", None),
        ("https://{}.example.com/", None),
    ],
)
def test_a_name_is_recognised_as_a_word_of_the_path_or_the_query(
    before: str, template: str | None
) -> None:
    """Not within a word, an escape or the host, nor where it would make another placeholder."""
    fleet = [on(name, before.format(name, name)) for name in ("41", "42")]

    text = text_with(fleet, Tokens.PLAIN)

    assert (f"notification_url: {template}\n" in text) is bool(template)
    assert ("{name}" in text) is bool(template)


def test_a_name_that_is_also_a_word_of_the_template_is_left_there() -> None:
    """The template that others have is preferred."""
    fleet = [on(name, f"https://x.example.com/merkez/{name}") for name in ("ankara", "merkez")]

    assert "notification_url: https://x.example.com/merkez/{name}\n" in text_with(fleet)


# Tokens.


def test_a_shared_token_becomes_one_secret_in_the_defaults() -> None:
    """It is called by its host."""
    fleet = [on(n, f"https://crm.example.com:8443/{n}?token=abc") for n in ("a", "b")]
    made = new_file(fleet, Tokens.SECRET)

    assert made.content
    assert (
        "    notification_url: https://crm.example.com:8443/{name}?token={secret.crm_token}\n"
        in made.content.decode()
    )
    assert made.secrets == (secret("crm_token", "crm.example.com:8443", "abc"),)
    assert made.remarks == ()
    assert "abc" not in repr(made)


def test_tokens_of_their_own_become_secrets_of_the_santrals() -> None:
    """They are called by what they are and whose; by their host where all of it have one."""
    tokens = {"ankara-sube": "f0", "b": "f1", "c": "f1"}
    fleet = [
        *(on(n, f"https://crm.example.com/x?apiKey={token}") for n, token in tokens.items()),
        on("d", "https://www.hook.example.com/9f86d081884c7d65"),
        on("e", "https://10.0.0.1/?pin=1"),
    ]
    made = new_file(fleet, Tokens.SECRET)

    assert made.secrets == (
        secret("api_key_ankara_sube", "crm.example.com", "f0"),
        secret("crm_api_key", "crm.example.com", "f1"),
        secret("hook_token", "www.hook.example.com", "9f86d081884c7d65"),
        secret("url_pin", "10.0.0.1", "1"),
    )


def test_a_name_within_a_placeholder_is_no_place_for_another() -> None:
    """Two secrets that differ by the names of their santrals are not one template."""
    fleet = [on(name, f"https://crm.example.com/{name}?token=t-{name}") for name in ("a", "b")]
    text = text_with(fleet)

    assert "  notification_url: https://crm.example.com/a?token={secret.token_a}\n" in text
    assert "  notification_url: https://crm.example.com/b?token={secret.token_b}\n" in text


@pytest.mark.parametrize("rest", ["", "?token=t1"])
def test_a_file_that_would_not_hold_what_is_live_is_never_made(
    rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read again first, whatever has gone wrong."""

    def wrong(urls: Mapping[str, str]) -> dict[str, str]:
        return {name: f"{url}x" for name, url in urls.items()}

    monkeypatch.setattr(defaults, "templates", wrong)

    with pytest.raises(NotProvedError):
        new_file([on("a", f"https://crm.example.com/{rest}")], Tokens.SECRET)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (
            "http://x.example.com/?token=a",
            "The live URL uses http, and a secret is never sent unencrypted. Use https in the "
            "panel.",
        ),
        (
            "https://x.example.com/?token=[a]",
            "The token has characters that no secret may have. Percent-encode them in the panel.",
        ),
        (
            f"https://x.example.com/?token=a&{'b' * 2000}=c",
            "With {secret.NAME} in it, the URL could have more than 2048 characters. Shorten it in "
            "the panel.",
        ),
        (
            "https://hunter-two.example.com/x?token=hunter-two",
            "What seems to be the token stands where no secret may, such as in the host. Write the "
            "URL without it there, in the panel, then here.",
        ),
    ],
)
@pytest.mark.parametrize("tokens", [Tokens.SECRET, Tokens.UNMANAGED])
def test_a_token_that_cannot_be_a_secret_leaves_the_url_unmanaged(
    url: str, tokens: Tokens, why: str
) -> None:
    """The file and the remark say why, and do not advise to make it one."""
    made = new_file([on("a", url)], tokens)

    assert made.content
    assert "notification_url:" not in made.content.decode()
    assert remarks_of(made) == {"a": f"{UNUSABLE} {why}"}
    assert made.secrets == ()


def test_a_token_that_can_be_a_secret_is_said_to_need_a_file_for_it() -> None:
    """The URL is unmanaged without one."""
    made = new_file([on("a", "https://x.example.com/?token=a")], Tokens.UNMANAGED)

    assert made.content
    assert "notification_url:" not in made.content.decode()
    assert remarks_of(made) == {"a": SEEMS_TOKENLIKE}
    assert made.secrets == ()


def test_a_token_is_written_in_full_where_that_is_asked_for() -> None:
    """As it is live."""
    url = "https://x.example.com/9f86d081884c7d65?token=a"

    assert f"notification_url: {url}\n" in text_with([on("a", url)], Tokens.PLAIN)


def test_a_token_in_a_description_or_a_label_leaves_it_out() -> None:
    """Somebody may have noted it there."""
    one = Imported(
        "a",
        "a",
        settings("on", "on", "on", "https://x.example.com/?token=hunter-two"),
        "CRM: hunter-two",
        (("crm", "hunter-two"), ("city", "izmir")),
    )
    made = new_file([one], Tokens.SECRET)

    assert made.content
    assert b"hunter-two" not in made.content
    assert b"city: izmir" in made.content
    why = "It seems to hold a token."
    assert remarks_of(made) == {
        "a": f'The description is left out. {why} The label "crm" is left out. {why}'
    }


# What cannot stand in a file.


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://u:p@x.example.com/", "The URL has a user part before @, which hides the real"),
        ("https://x.example.com/#a", "The URL has a fragment (#...), which is never sent"),
        ("HTTPS://x.example.com/", "The URL must start with https://, in lowercase."),
        ("https://şirket.example/", "The host has letters beyond ASCII. Write it as DNS does:"),
        ("https://x.example.com/[|]", "The path or the query has a character that must be"),
        ("https://x.example.com/a b", "The URL must be ASCII without spaces and line breaks."),
        ("unmanaged", "The URL must start with https://, in lowercase."),
        ("x.example.com/a", "The URL has no scheme. Write https:// in front of it."),
        ("https://localhost/", "The host has no dot. Write the full DNS name."),
        (f"https://x.example.com/{'a' * 2040}", "The URL has 2062 characters; at most 2048 are"),
    ],
)
@pytest.mark.parametrize("tokens", Tokens)
def test_a_url_that_may_not_stand_in_a_file_is_left_unmanaged(
    url: str, why: str, tokens: Tokens
) -> None:
    """Validate's own rules say why, and it is to be changed in the panel."""
    made = new_file([on("a", url)], tokens)

    assert made.content
    assert "notification_url:" not in made.content.decode()
    assert remarks_of(made)["a"].startswith(f"{UNMANAGED} {why}")
    assert remarks_of(made)["a"].endswith(f" {CHANGE}")


BRACES = (
    "The live URL has braces in it, which would be a placeholder in this file. Percent-encode them "
    "in the panel (%7B and %7D), then write the URL here."
)
HIDDEN = (
    "The live URL has a hidden character or an odd space in it. Write it anew in the panel, then "
    "here."
)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://x.example.com/{name}", BRACES),
        ("https://x.example.com/{secret.a}#", BRACES),
        ("https://x.example.com/${A}", BRACES),
        ("https://x.example.com/}", BRACES),
        (
            "https://x.example.com/$(A)",
            "The live URL has $( in it, which no file may have. Percent-encode the $ in the panel "
            "(%24), then write the URL here.",
        ),
        ("https://x.example.com/\r\nb: c", HIDDEN),
        ("https://x.example.com/\x85", HIDDEN),
        ("https://x.example.com/\xa0", HIDDEN),
        ("https://x.example.com/\u202e", HIDDEN),
        ("https://x.example.com/\ud800", HIDDEN),
        (
            "\u201chttps://x.example.com/\u201d",
            "The live URL stands in curly quotes. Write it without them in the panel, then here.",
        ),
        (
            "https://x.example.com/K00000001-1111-2222-3333-444444444444",
            "The live URL holds what looks like an API key. Renew that key in the panel: whoever "
            "gets the calls can use it.",
        ),
    ],
)
@pytest.mark.parametrize("tokens", Tokens)
def test_what_is_wrong_with_a_live_url_is_said_of_the_live_url(
    url: str, why: str, tokens: Tokens
) -> None:
    """Where a file's rules would speak of a text in the file, which is not there."""
    made = new_file([on("a", url)], tokens)

    assert made.content
    assert "notification_url:" not in made.content.decode()
    assert remarks_of(made) == {"a": f"{UNMANAGED} {why}"}


@pytest.mark.parametrize("url", [None, "", "  "])
def test_a_url_that_is_not_set_is_unmanaged(url: str | None) -> None:
    """There is nothing to write."""
    made = new_file([on("a", url)], Tokens.SECRET)

    assert remarks_of(made) == {"a": UNSET}


def test_a_description_is_written_in_one_line_or_left_out() -> None:
    """Odd spaces become plain ones."""
    descriptions = {"a": " Genel\xa0merkez\r\n\tkat\u20283 ", "b": "a\u202eb", "c": "${X}"}
    fleet = [
        on(name, "https://x.example.com/", description=text) for name, text in descriptions.items()
    ]
    made = new_file(fleet, Tokens.SECRET)

    assert made.content
    assert b"  a:\n    description: Genel merkez kat 3\n" in made.content
    assert made.content.count(b"description:") == 1
    assert {remark.name: codes_of(remark.messages) for remark in made.remarks} == {
        "b": "import-description-left, character-hidden",
        "c": "import-description-left, placeholder-forbidden",
    }


def test_a_santral_whose_name_looks_like_a_key_is_left_out() -> None:
    """Its name is not shown either."""
    name = "a1b2c3d4e5f6a7b8c9d0"
    made = new_file([on(name, None), on("a", None)], Tokens.SECRET)

    assert made.content
    assert name.encode() not in made.content
    assert remarks_of(made)["***"].startswith("This looks like an API key.")
    assert new_file([on(name, None)], Tokens.SECRET).content is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Genel merkez", "Genel merkez"),
        ("2. Şube", "2. Şube"),
        ("İzmir (depo), 3. kat; #2?", '"İzmir (depo), 3. kat; #2?"'),
        ("İzmir (depo), 3. kat; no#2?", "İzmir (depo), 3. kat; no#2?"),
        ("on", '"on"'),
        ("Null", '"Null"'),
        ("0532", '"0532"'),
        ("2026-01-31", '"2026-01-31"'),
        ("1e3", '"1e3"'),
        ("a: b", '"a: b"'),
        ("a:", '"a:"'),
        ("- a", '"- a"'),
        ("'a'", "\"'a'\""),
        ('"a"', '"\\"a\\""'),
        ("C:\\a", "C:\\a"),
        ("(a)", '"(a)"'),
        ("😀", '"😀"'),
    ],
)
def test_quotes_stand_where_yaml_needs_them(text: str, written: str) -> None:
    """Where the text would otherwise be another, or a number, a date or a boolean elsewhere."""
    assert f"    description: {written}\n" in text_with([on("a", None, description=text)])
