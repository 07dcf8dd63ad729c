"""Loading large files without the garbage collector, which finds nothing there.

What is made of a file stays, and nothing in it refers back to what holds it. So walking through it
is in vain: with 10,000 santrals that took a tenth of the time, each time that files were read.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Hold the collector off, and keep it from what is there by then if that is very much.

    It would go through all of it as soon as it may.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > gc.get_threshold()[0] > _USUAL_THRESHOLD:
            gc.freeze()
        if was_enabled:
            gc.enable()


_USUAL_THRESHOLD = 10_000
"""In objects: Python's own, with which whoever uses this as a library wants to have it collect."""
