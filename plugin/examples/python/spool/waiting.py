"""Waiting for what may hang.

Reading a directory is a system call, and one on a file system that does not
answer cannot be ended: not by a signal, not by closing anything. So it is done
in a thread that is left behind if it has not returned in time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, Optional, TypeVar

T = TypeVar("T")


class Caller:
    """Who waits, and until when.

    deadline is by time.monotonic(). A caller may give up before.
    """

    def __init__(self, seconds: float) -> None:
        self.began = time.monotonic()
        # What comes on the last moment comes too late: the answer has a way to go.
        self.deadline = self.began + seconds - min(seconds / 10, 0.05)
        self._changed = threading.Condition()
        self._gave_up = False

    def give_up(self) -> None:
        """Ends the waiting, from any thread."""
        with self._changed:
            self._gave_up = True
            self._changed.notify_all()

    def gave_up(self) -> bool:
        """Whether the caller is not interested any more."""
        with self._changed:
            return self._gave_up

    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.deadline

    def wake(self) -> None:
        """Says that something waited for may be there."""
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, ready: Callable[[], bool], until: float) -> bool:
        """Waits until something is ready, the caller gives up, or it is until."""
        with self._changed:
            self._changed.wait_for(lambda: self._gave_up or ready(), max(0.0, min(until, self.deadline) - time.monotonic()))
        return ready()


class Work(Generic[T]):
    """Something that is done in a thread of its own. Any number may wait for it."""

    def __init__(self, do: Callable[[], T], finished: Optional[Callable[["Work[T]"], None]] = None) -> None:
        self._do = do
        self._finished = finished
        self._lock = threading.Lock()
        self._waiting: list[Caller] = []
        self._done = False
        self.result: Optional[T] = None
        self.error: Optional[BaseException] = None
        self.seconds = 0.0

    def start(self) -> "Work[T]":
        """Begins."""
        threading.Thread(target=self._run, name="work", daemon=True).start()
        return self

    def done(self) -> bool:
        """Whether result or error are there."""
        with self._lock:
            return self._done

    def _run(self) -> None:
        began = time.monotonic()
        try:
            self.result = self._do()
        except BaseException as error:  # whatever it is, somebody waits for it
            self.error = error
        self.seconds = time.monotonic() - began
        if self._finished is not None:
            self._finished(self)
        with self._lock:
            self._done = True
            waiting, self._waiting = self._waiting, []
        for caller in waiting:
            caller.wake()

    def wait(self, caller: Caller, until: float = float("inf")) -> bool:
        """Waits until it is done, and reports whether it is."""
        with self._lock:
            if self._done:
                return True
            self._waiting.append(caller)
        done = caller.wait_for(self.done, until)
        with self._lock:
            if caller in self._waiting:
                self._waiting.remove(caller)
        return done
