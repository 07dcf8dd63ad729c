"""The test that the vendor makes of a new notification URL, for the stand-in to make it too."""

from collections.abc import Callable

from reconciler.client.receiver import Receivers
from reconciler.doctor.diagnosis import obstacle


def vendor_test(*, allow_private: bool = False) -> Callable[[str], bool]:
    """Return what says of a URL whether it answers the test with success."""
    receivers = Receivers(allow_private=allow_private)

    def answers(url: str) -> bool:
        may_ask = not obstacle(url, allow_private=allow_private)
        return may_ask and receivers.test(url).is_success

    return answers
