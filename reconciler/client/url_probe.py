"""The test that the vendor makes of a new notification URL, as its page describes it."""

from urllib.parse import urlsplit

from reconciler.client.response import Answer
from reconciler.client.transport import Transport

SECONDS = 10.0
_SUCCESS = range(200, 300)


def answers_test_post(url: str, seconds: float = SECONDS) -> bool:
    """POST ``{}`` as ``curl --data '{}'`` does, and return whether a success came back."""
    try:
        parts = urlsplit(url)
        transport = Transport(f"{parts.scheme}://{parts.netloc}", connections=1)
    except ValueError:
        return False
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    answer = transport.post(target, "{}", seconds)
    transport.close()
    return isinstance(answer, Answer) and answer.status in _SUCCESS
