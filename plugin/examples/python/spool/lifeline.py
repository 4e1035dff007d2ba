"""Noticing that the host is gone.

A host that is killed cannot end its plugins. It holds the other end of a pipe,
and the system closes that with the host, however it ended.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


def watch(descriptor: int, gone: Callable[[], None]) -> None:
    """Calls gone, in a thread of its own, when the host is."""

    def run() -> None:
        try:
            while os.read(descriptor, 4096):
                pass  # nothing is promised of what may come this way
        except OSError:
            pass  # one that cannot be read has nobody at its other end either
        gone()

    threading.Thread(target=run, name="lifeline", daemon=True).start()
