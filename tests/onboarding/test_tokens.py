"""What looks like a token in a URL: rather a harmless value too many than a token too few."""

import random
import string
import time

import pytest
from support.fleet import settings

from reconciler.onboarding.imported import Imported
from reconciler.onboarding.secret_names import Found, named
from reconciler.onboarding.tokens import tokens_of

NAME = "ankara-sube-2"


def found_in(url: str, *others: str) -> list[str]:
    """Return what is taken for a token in a URL of one santral; others have the other URLs."""
    urls = dict(enumerate((url, *others)))
    fleet = [
        Imported(f"{NAME}{'-x' * number}", f"k{number}", settings("on", "on", "on", each))
        for number, each in urls.items()
    ]
    return [piece.text for piece in tokens_of(fleet)[NAME]]


@pytest.mark.parametrize(
    ("rest", "tokens"),
    [
        ("?token=x", ["x"]),
        ("?a=b&apiKey=ankara-sube-2&c=d", ["ankara-sube-2"]),
        ("?%C5%9Eifre=a;parola=b", ["a", "b"]),
        ("?X-Auth-Sig=a==", ["a=="]),
        ("?client_secret=1&sid=2&pwd=3", ["1", "2", "3"]),
        ("/a;token=5/b", ["5"]),
        ("/api/token/abc1/events", ["abc1"]),
        ("/key/Abc", ["Abc"]),
        ("/x/9f86d081884c7d65/y", ["9f86d081884c7d65"]),
        ("/x?9f86d081884c7d65", ["9f86d081884c7d65"]),
        ("/x?9f86d081884c7d65=1", ["9f86d081884c7d65"]),
        ("/ankara-sube-2-9f86d081884c7d65", ["ankara-sube-2-9f86d081884c7d65"]),
        ("/services/T00/B00/XXXXXXXXXXXXXXXXXXXXXXXX", ["XXXXXXXXXXXXXXXXXXXXXXXX"]),
        ("/catch/1234567/3l2w8bd/", ["3l2w8bd"]),
        ("/x?a=00000001-1111-2222-3333-444444444444", ["00000001-1111-2222-3333-444444444444"]),
        ("/x?n=1234567890123456", ["1234567890123456"]),
        ("/x?e=%39f%386d%30818%384c", ["%39f%386d%30818%384c"]),
        ("/x?e=%2539f%25386d%2530818", ["%2539f%25386d%2530818"]),
        ("/x?to=https://y.example.com/z?t=aB3xY9zQ7", ["https://y.example.com/z?t=aB3xY9zQ7"]),
        ("/bcdfghjkl/x", ["bcdfghjkl"]),
        ("?key=a&crmKey=b&private_key=c&x-api-key=d&accesskey=e", ["a", "b", "c", "d", "e"]),
        ("?auth=a", ["a"]),
        ("?a=Webhook20241Crm", ["Webhook20241Crm"]),
        ("/Xk9Webhook2024", ["Xk9Webhook2024"]),
        ("/Abcdef12345Ghi6Klmno", ["Abcdef12345Ghi6Klmno"]),
        ("/x?a=1&to=https://me:word@example.com/&b=2", ["https://me:word@example.com/"]),
        ("/x?to=https%3A//me%3Aword%40example.com", ["https%3A//me%3Aword%40example.com"]),
        ("/https://me:aB3xY9zQ7@example.com/x?token=5", ["me:aB3xY9zQ7@example.com", "5"]),
    ],
)
def test_a_token_is_found_by_its_name_and_by_its_looks(rest: str, tokens: list[str]) -> None:
    """The whole of the segment, or of the value, is one."""
    assert found_in(f"https://crm.example.com{rest}") == tokens


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/",
        "/santral/ankara-sube-2",
        "/api/v2/auth/callback",
        "/CallEvents/NotificationCallbackHandler.aspx?TenantId=42&lang=tr-TR",
        "/call2crm/bildirim-2024-v2?phone=%2B902121234567&src=Europe%2FIstanbul",
        "/b2bportal/santral.php?id=ankara-sube-2&city=istanbul&date=2026-01-31",
        "/merkez/ankara_sube/cagri-bildirimi/olaylar",
        "/x?to=%252Fistanbul%25252Fanadolu",
        "/x?event=ringing&empty=&&=",
        "/Bulutsantral2024Webhook",
        "/VerimorCrmIntegrationV2",
        "/x?hook=Bulutsantral2024Webhook&to=VerimorCrmIntegrationV2&by=Crm12",
        "?authType=basic&monkey=1",
    ],
)
def test_words_numbers_and_the_santrals_own_name_are_none(rest: str) -> None:
    """What people write in URLs stays as it is."""
    assert found_in(f"https://crm.example.com{rest}") == []


def test_a_host_is_never_a_token() -> None:
    """The DNS knows it."""
    assert found_in("https://9f86d081884c7d65.hooks.example.com/x") == []


def test_a_token_of_one_url_is_one_in_every_other() -> None:
    """Wherever it stands there, and what stands around it, is one again."""
    other = "https://crm.example.com/?token=hunter-two"
    third = "https://crm.example.com/x-hunter-two-yyy"

    assert found_in("https://crm.example.com/hunter-two/x", other) == ["hunter-two"]
    assert found_in("https://crm.example.com/a?b=x-hunter-two-yyy-z", other, third) == [
        "x-hunter-two-yyy-z"
    ]
    assert found_in("https://crm.example.com/hunter/two", other) == []
    assert found_in("https://x.example.com/pass-word", "https://u:pass-word@x.example.com/") == [
        "pass-word"
    ]


def seconds(count: int, url: str) -> float:
    """Return the processor time that it takes to name the tokens of so many santrals."""
    urls = {f"s{number}": url.replace("{}", f"{number}") for number in range(count)}
    fleet = [Imported(name, name, settings("on", "on", "on", each)) for name, each in urls.items()]
    started = time.thread_time()
    found = tokens_of(fleet)
    hits = (Found(name, each, piece) for name, each in urls.items() for piece in found[name][-1:])
    assert len(named(hits, frozenset())) == count
    return time.thread_time() - started


@pytest.mark.parametrize(
    "url",
    [
        f"https://x.example.com/{'A.' * 150}?token={'A.' * 100}{{}}",
        "https://crm.h{}.example.com/x?token=aB3xY9zQ7{}",
    ],
)
def test_tokens_and_names_that_are_alike_take_linear_time(url: str) -> None:
    """Whether all tokens begin alike, or all secrets would have one name."""
    assert seconds(1_600, url) < 4 * 3 * max(0.1, seconds(400, url))


@pytest.mark.parametrize(
    ("alphabet", "length"),
    [
        ("0123456789abcdef", 16),
        ("0123456789abcdef", 32),
        (string.digits + string.ascii_lowercase, 16),
        (string.digits + string.ascii_uppercase, 20),
        (string.digits + string.ascii_letters, 16),
        (string.digits + string.ascii_letters + "-_", 22),
        (string.ascii_letters, 24),
        (string.ascii_lowercase, 24),
        (string.digits, 20),
    ],
)
@pytest.mark.parametrize("form", ["/hook/{}", "/x?a={}"])
def test_hardly_a_generated_token_is_overlooked(alphabet: str, length: int, form: str) -> None:
    """Of a thousand, at least 98 in 100 are found without a name that tells."""
    numbers = random.Random(12)  # noqa: S311 - the same in every run
    made = ("".join(numbers.choices(alphabet, k=length)) for _ in range(1000))
    overlooked = [one for one in made if not found_in(f"https://x.example.com{form.format(one)}")]

    assert len(overlooked) <= 20
