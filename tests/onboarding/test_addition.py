"""Adding santrals to a file that is there: new lines, and not one byte of the old ones changed."""

import codecs
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from support.fleet import settings
from support.fuzzed.yaml_file import TARGET
from support.places import CASES

from reconciler.config.load import assemble
from reconciler.config.problems import ConfigError
from reconciler.core.fleet import Santral
from reconciler.core.messages import text_of
from reconciler.core.secret import Key
from reconciler.onboarding.addition import Addition, add_missing
from reconciler.onboarding.imported import Imported, ImportedSecret, Tokens

FILE = """\
version: 1 # ours
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
    notification_url: https://crm.example.com/{name}

santrals:
  # the first
  ankara:
    crm_integration: {}

  izmir: # by the sea
    key: "eski"
    crm_integration:
      ringing: 'off'
    # its end

# That is all.
"""
NEW = """
  bursa-2:
    crm_integration: {}

  bursa-10:
    crm_integration:
      ringing: off
"""


def on(name: str, url: str | None, key: str = "", ringing: str = "on") -> Imported:
    """Return a santral."""
    return Imported(name, key or name, settings(ringing, "on", "on", url))


ANKARA = on("ankara", "https://crm.example.com/ankara")
IZMIR = on("izmir", "https://crm.example.com/izmir", "eski", "off")
BURSAS = (
    on("bursa-10", "https://crm.example.com/bursa-10", ringing="off"),
    on("bursa-2", "https://crm.example.com/bursa-2"),
)


def added_to(
    text: str, *imported: Imported, tokens: Tokens = Tokens.SECRET, file: str = "santral.yaml"
) -> Addition:
    """Return what becomes of a file."""
    return add_missing(text.encode(), file, imported, tokens)


def remarks_of(addition: Addition) -> dict[str, str]:
    """Return what is said of each santral."""
    return {remark.name: text_of(remark.messages) for remark in addition.remarks}


def test_missing_santrals_stand_behind_the_last_one() -> None:
    """At its indent, with what differs from the defaults; the comments stay where they were."""
    addition = added_to(FILE, ANKARA, *BURSAS, IZMIR)
    expected = FILE.replace("    # its end\n", f"    # its end\n{NEW}")

    assert addition == Addition(
        content=expected.encode(),
        added=("bursa-2", "bursa-10"),
        moved=(),
        secrets=(),
        remarks=(),
        diff="""\
--- santral.yaml
+++ santral.yaml
@@ -17,4 +17,11 @@
       ringing: 'off'
     # its end
\x20
+  bursa-2:
+    crm_integration: {}
+
+  bursa-10:
+    crm_integration:
+      ringing: off
+
 # That is all.
""",
    )


def test_line_ends_and_the_byte_order_mark_stay() -> None:
    """New lines end as the old ones do."""
    windows = codecs.BOM_UTF8 + FILE.replace("\n", "\r\n").encode()
    addition = add_missing(windows, "santral.yaml", BURSAS, Tokens.SECRET)
    expected = FILE.replace("    # its end\n", f"    # its end\n{NEW}").replace("\n", "\r\n")

    assert addition.content == codecs.BOM_UTF8 + expected.encode()
    assert addition.diff == added_to(FILE, *BURSAS).diff


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("santrals:\n a:\n    crm_integration: {}|", "\n b:\n    crm_integration: {}\n"),
        ("santrals:\n a:\n  crm_integration: {}\n|\n\n", " b:\n  crm_integration: {}\n"),
        (
            "santrals:\n    a: {crm_integration: {}}\n|defaults: {}\n",
            "    b:\n      crm_integration: {}\n",
        ),
        (
            "santrals:\n  a:\n    crm_integration: {}\n  # c:\n|\n# x\n...\n",
            "  b:\n    crm_integration: {}\n",
        ),
        (
            "santrals:\n  c:\n    crm_integration: {}\n  a:\n    crm_integration: {}\n|# x\n",
            "  b:\n    crm_integration: {}\n",
        ),
        (
            "santrals:\n  c:\n    crm_integration: {}\n\n  # a\n  a:\n    crm_integration: {}\n|",
            "\n  b:\n    crm_integration: {}\n",
        ),
        (
            "santrals:\n  a:\n    crm_integration: {}\n    description: |-\n      # x\n      y\n|",
            "  b:\n    crm_integration: {}\n",
        ),
    ],
)
def test_they_are_written_as_the_others_are(text: str, new: str) -> None:
    """Whatever the indent, wherever the file ends, with or without blank lines between.

    The bar is where they are expected. This one has nothing of its own.
    """
    before, after = text.replace("|-", "!").split("|")
    before, after = (f"{part}".replace("!", "|-") for part in (before, after))
    if "defaults" in after:
        after = after.replace(
            "{}",
            "{crm_integration: {notification_url: https://x.example.com/, ringing: on, "
            "answered: on, hangup: on}}",
        )
    else:
        before = f"{DEFAULTS}{before}"
    addition = added_to(f"version: 1\n{before}{after}", SHORT)

    assert addition.content.decode() == f"version: 1\n{before}{new}{after}"


DEFAULTS = """\
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
    notification_url: https://x.example.com/
"""
SHORT = on("b", "https://x.example.com/")


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nsantrals: {a: {crm_integration: {}}}\n",
        '{"version": 1, "santrals": {"a": {"crm_integration": {}}}}',
    ],
)
def test_nothing_is_added_to_santrals_in_braces(text: str) -> None:
    """What is to be added is given instead."""
    addition = added_to(text, on("b", None))

    assert (addition.content.decode(), addition.added, addition.diff) == (text, (), "")
    assert addition.snippet == (
        "  b:\n"
        "    # notification_url is unmanaged: none is set. Set one below crm_integration.\n"
        "    crm_integration:\n"
        "      ringing: on\n"
        "      answered: on\n"
        "      hangup: on\n"
    )
    assert str(addition.refusal) == (
        "The santrals of this file are written in braces, so none is added. Write them without "
        "braces and import again, or add the new ones yourself: they are shown above on stdout."
    )


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nsantrals:\n  ? a\n  : crm_integration: {}\n",
        "version: 1\nsantrals:\n  a:\n    crm_integration: {}\n    description: |+\n      x\n\n\n",
    ],
)
def test_nothing_is_added_where_that_would_change_what_is_there(text: str) -> None:
    """It is read again to find out."""
    addition = added_to(text, on("b", None))

    assert (addition.content.decode(), addition.added, addition.diff) == (text, (), "")
    assert addition.snippet.startswith("  b:\n")
    assert str(addition.refusal) == (
        "This file is written in a way to which no santral can be added safely. The new ones are "
        "shown above on stdout, to be copied into it."
    )


def test_a_file_with_problems_is_refused_with_all_of_them() -> None:
    """As validate does."""
    with pytest.raises(ConfigError, match="x:1:1: version is missing"):
        added_to("santrals: {a: {crm_integration: {}}}", file="x")


# What is there already.


def test_a_santral_is_there_where_its_key_is() -> None:
    """Whatever it is called; one that lives otherwise is named and left."""
    addition = added_to(
        FILE, on("x", "https://crm.example.com/", "eski", "off"), ANKARA, tokens=Tokens.UNMANAGED
    )

    assert addition == Addition(FILE.encode(), (), ("izmir",), (), (), "")


@pytest.mark.parametrize(
    ("live", "is_moved"),
    [
        (on("ankara", "https://crm.example.com/ankara"), False),
        (on("ankara", "https://CRM.example.com:443/ankara/"), False),
        (on("ankara", "https://crm.example.com/ankara", ringing="off"), True),
        (on("ankara", "https://crm.example.com/x"), True),
        (on("ankara", None), True),
    ],
)
def test_a_santral_has_moved_where_something_managed_is_live_otherwise(
    live: Imported, *, is_moved: bool
) -> None:
    """Another spelling of a URL is none."""
    assert added_to(FILE, live).moved == (("ankara",) if is_moved else ())


WITH_SECRET = FILE.replace("{name}", "{name}?token={secret.crm_token}")


def test_any_value_in_the_place_of_a_secret_is_equal() -> None:
    """No secret is needed to compare; anything else has moved."""
    same = on("ankara", "https://crm.example.com/ankara?token=whatever")
    other = on("izmir", "https://crm.example.com/izmir?t=whatever", "eski", "off")

    assert added_to(WITH_SECRET, same, other).moved == ("izmir",)


def test_another_santral_of_the_same_name_is_not_added() -> None:
    """It has another key."""
    addition = added_to(FILE, on("izmir", "https://crm.example.com/izmir"))

    assert addition.added == ()
    assert remarks_of(addition) == {
        "izmir": "It is not added to the file, which has another santral of this name, with "
        "another key. Give it another name."
    }


# URLs, defaults and secrets.


def test_a_santral_whose_url_cannot_be_written_takes_back_the_default_one() -> None:
    """Its own stays as it is."""
    addition = added_to(FILE, on("b", "https://crm.example.com/#b"))

    assert addition.content.decode() == FILE.replace(
        "    # its end\n",
        """\
    # its end

  b:
    crm_integration:
      # notification_url is unmanaged: the live URL cannot stand in this file.
      # The URL has a fragment (#...), which is never sent to a server. Remove
      # it. Change the URL so in the panel, then write it here.
      notification_url: unmanaged
""",
    )
    assert remarks_of(addition) == {
        "b": "notification_url is unmanaged: the live URL cannot stand in this file. The URL has a "
        "fragment (#...), which is never sent to a server. Remove it. Change the URL so in the "
        "panel, then write it here."
    }


def test_the_secret_of_the_defaults_is_taken_where_the_others_show_that_it_is_the_same() -> None:
    """One with another token gets a secret of its own, under a name of its own."""
    addition = added_to(
        WITH_SECRET,
        on("ankara", "https://crm.example.com/ankara?token=t1"),
        on("b", "https://crm.example.com/b?token=t1"),
        on("c", "https://crm.example.com/c?token=t2"),
    )

    assert addition.content.decode() == WITH_SECRET.replace(
        "    # its end\n",
        """\
    # its end

  b:
    crm_integration: {}

  c:
    crm_integration:
      notification_url: https://crm.example.com/c?token={secret.crm_token_2}
""",
    )
    assert addition.secrets == (ImportedSecret("crm_token_2", "crm.example.com", Key("t2")),)
    assert addition.remarks == ()
    assert "t2" not in addition.diff


def test_no_new_secret_gets_a_name_that_the_file_has() -> None:
    """It gets a number."""
    addition = added_to(
        WITH_SECRET,
        on("b", "https://crm.example.net/?token=b"),
        on("c", "https://crm.example.org/?token=c"),
    )

    assert [one.name for one in addition.secrets] == ["crm_token_2", "crm_token_3"]


def test_the_secret_of_the_defaults_is_assumed_where_nothing_shows_what_it_is() -> None:
    """And that is said."""
    addition = added_to(WITH_SECRET, on("b", "https://crm.example.com/b?token=t1"))

    assert addition.added == ("b",)
    assert addition.secrets == ()
    assert remarks_of(addition) == {
        "b": "Its URL is taken to have the same secret as the URL in defaults. santral plan shows "
        "whether it does."
    }


def test_the_default_url_with_labels_is_honoured() -> None:
    """A santral that has the label, with the value that is live, needs no URL of its own."""
    text = FILE.replace("{name}", "{labels.city}/{name}").replace(
        "    crm_integration", "    labels: {city: a}\n    crm_integration"
    )
    live = settings("on", "on", "on", "https://crm.example.com/izmir/b")
    one = Imported("b", "b", live, labels=(("city", "izmir"),))
    other = Imported("c", "c", settings("on", "on", "on", "https://crm.example.com/izmir/c"))

    assert added_to(text, one, other).content.decode() == text.replace(
        "    # its end\n",
        """\
    # its end

  b:
    labels:
      city: izmir
    crm_integration: {}

  c:
    crm_integration:
      notification_url: https://crm.example.com/izmir/c
""",
    )


def test_the_diff_shows_no_token_and_harms_nobody() -> None:
    """What was there before is shown in part, too."""
    old = FILE.replace("# its end", "# https://x.example.com/?a=hunter-two ::x")
    url = "https://x.example.com/?token=hunter-three"
    addition = added_to(old, on("b", url), tokens=Tokens.PLAIN, file="a\n::b.yaml")

    assert url.encode() in addition.content
    assert "hunter" not in addition.diff
    assert addition.diff.startswith("--- a\\n::b.yaml\n+++ a\\n::b.yaml\n")


def test_the_diff_shows_placeholders_as_they_are_written() -> None:
    """They hide nothing; what stands around them may."""
    shown = "https://crm.example.com/{name}?a={labels.b}&token={secret.crm_token}"
    old = FILE.replace(
        "# its end",
        f"# {shown} https://{{name}}:hunter@x.example.com/?a={{secret.a}}hunter{{name}}{{nome}}&b",
    )
    addition = added_to(
        old.replace("https://crm.example.com/{name}\n", "https://crm.example.com/\n"),
        on("b", "https://crm.example.com/b?token=t1"),
    )

    assert (
        addition.diff
        == """\
--- santral.yaml
+++ santral.yaml
@@ -17,4 +17,8 @@
       ringing: 'off'
     # https://crm.example.com/{name}?a={labels.b}&token={secret.crm_token} \
https://{name}***@x.example.com/?a={secret.a}***{name}***&***
\x20
+  b:
+    crm_integration:
+      notification_url: https://crm.example.com/b?token={secret.crm_token_2}
+
 # That is all.
"""
    )


# Any file.

MORE = (
    on("zz-2", "https://zz.example.com/zz-2?token=t1"),
    on("zz-10", "https://zz.example.com/zz-10?token=t1"),
    on("zz-11", "http://zz.example.com/x", ringing="off"),
    on("zz-12", None),
)


def santrals_of(content: bytes) -> dict[str, Santral]:
    """Return what a file describes."""
    return {one.name: one for one in assemble([("x", content)]).fleet.santrals}


def check(content: bytes) -> bool:
    """Check what is added to a file; return whether it was."""
    old = santrals_of(content)
    addition = add_missing(content, "x", MORE, Tokens.SECRET)
    if addition.refusal or not addition.added:
        assert addition.content == content
        assert addition.snippet or not addition.refusal
        return False
    new = santrals_of(addition.content)
    values = {one.name: one.value.reveal() for one in addition.secrets}
    size = len(addition.content) - len(content)
    starts = range(len(content) + 1)
    assert any(addition.content[:n] + addition.content[n + size :] == content for n in starts)
    for name, santral in old.items():
        assert (new[name].desired, new[name].key_name) == (santral.desired, santral.key_name)
    for one in MORE:
        if one.name in addition.added:
            santral, live = new[one.name], one.live
            url = santral.url.filled(values) if santral.url else santral.desired.notification_url
            assert (santral.desired.ringing, santral.key_name) == (live.ringing, one.key_name)
            assert url in {None, live.notification_url}
    assert new.keys() == {*old, *addition.added}
    return True


@pytest.mark.parametrize(
    "case", sorted((CASES / "good").glob("*.yaml")), ids=lambda case: case.stem
)
def test_every_good_file_takes_more_santrals(case: Path) -> None:
    """But for those in braces, and one with a name behind a question mark."""
    is_added = check(case.read_bytes())

    assert is_added is (case.stem != "json")


@st.composite
def layouts(draw: st.DrawFn) -> bytes:
    """Draw a file laid out in any way that people have."""
    indent, step = " " * draw(st.integers(1, 5)), " " * draw(st.integers(1, 5))
    noise = st.sampled_from(
        ["", "", "\n", "# x\n", f"{indent}# x\n", f"{indent}{step}# x\n", "\n\n"]
    )
    quote = draw(st.sampled_from(["", "'", '"']))
    entries = "".join(
        f"{indent}{quote}s-{number}{quote}:{draw(st.sampled_from(['', ' ', '   # x']))}\n"
        f"{draw(noise)}{indent}{step}{draw(bodies)}\n{draw(noise)}"
        for number in range(draw(st.integers(1, 3)))
    )
    text = f"{draw(st.sampled_from(FRONTS))}santrals:\n{draw(noise)}{entries}"
    text += draw(
        st.sampled_from(["", "", "defaults: {}\n", "# end\ndefaults:\n  crm_integration: {}\n"])
    )
    text += draw(st.sampled_from(["", "...\n", "\n\n", "# no end", "  # no end"]))
    text = text.removesuffix("\n") if draw(st.booleans()) else text
    content = (text.replace("\n", "\r\n") if draw(st.booleans()) else text).encode()
    return draw(st.sampled_from([b"", codecs.BOM_UTF8])) + content


FRONTS = ["version: 1\n", "# x\n---\nversion: 1\n\n", "version: '1'\n# y\n"]
bodies = st.sampled_from(
    [
        "crm_integration: {}",
        "crm_integration: {ringing: on} # x",
        "crm_integration: {ringing: on,\n hangup: off}",
        '"crm_integration": {}',
    ]
)


@with_settings(max_examples=200, deadline=None, derandomize=True)
@given(layouts())
def test_whatever_the_layout_every_old_byte_stays_in_its_place(content: bytes) -> None:
    """What is added stands in one piece, and what was there says what it said."""
    try:
        santrals_of(content)
    except ConfigError:
        assume(False)  # noqa: FBT003

    assert check(content)


@with_settings(max_examples=100, deadline=None, derandomize=True)
@given(TARGET.grown)
def test_whatever_the_style_every_old_byte_stays_in_its_place(content: bytes) -> None:
    """In quotes, in braces, folded."""
    try:
        santrals_of(content)
    except ConfigError:
        assume(False)  # noqa: FBT003

    check(content)
