"""Doing each action at most once.

The first call with an ID begins the work; every other call with it waits for
the same work. A caller that gives up or runs out of time leaves it going, and
asking again with the ID tells what came of it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from .actions import Outcome
from .errors import NOT_APPLIED, UNKNOWN, FieldError, SubjectError, invalid
from .waiting import Caller, Work

_log = logging.getLogger("spool.ledger")

# How many actions are remembered; the contract wants 1,000 at least. What one
# takes is bounded, as a file's name is.
_MAX_REMEMBERED = 4096

# What tells an action from another: its name, and its parameters in one form.
Request = tuple[str, str]


class Ledger:
    """The actions that were begun. It may be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Request, Work[Outcome]]] = {}

    def once(self, action_id: str, request: Request, do: Callable[[], Outcome], caller: Caller) -> Outcome:
        """Does what an ID stands for, if it was not done, and returns what came of it."""
        name = request[0]
        work = self._begin(action_id, request, do, caller)
        if not work.wait(caller):
            code = "CANCELLED" if caller.gave_up() else "DEADLINE_EXCEEDED"
            raise SubjectError(code, f"{name}: it is still being done; ask again with the same ID", effect=UNKNOWN)
        if isinstance(work.error, SubjectError):
            raise work.error.again()
        assert work.result is not None
        return work.result

    def _begin(self, action_id: str, request: Request, do: Callable[[], Outcome], caller: Caller) -> Work[Outcome]:
        with self._lock:
            known = self._known.get(action_id)
            if known is not None:
                if known[0] != request:
                    why = FieldError("id", "was used for another action, or other parameters; use a new one")
                    raise invalid(f"{request[0]} refused", why, effect=NOT_APPLIED)
                return known[1]
            if caller.gave_up() or caller.is_late():
                code = "CANCELLED" if caller.gave_up() else "DEADLINE_EXCEEDED"
                raise SubjectError(code, f"{request[0]}: nothing was begun", effect=NOT_APPLIED)
            if len(self._known) >= _MAX_REMEMBERED:
                self._forget_oldest(request[0])
            work = Work(do, lambda w: self._finished(action_id, w))
            self._known[action_id] = (request, work)
        return work.start()

    def _forget_oldest(self, name: str) -> None:
        """Makes room; what is under way is not forgotten."""
        for action_id, (_, work) in self._known.items():
            if work.done():
                del self._known[action_id]
                return
        raise SubjectError("RESOURCE_EXHAUSTED", f"{name}: {_MAX_REMEMBERED} actions are under way", True, NOT_APPLIED)

    def _finished(self, action_id: str, work: Work[Outcome]) -> None:
        """Forgets what is known to have changed nothing: it may be tried again."""
        error = work.error
        if error is None:
            return
        if not isinstance(error, SubjectError):
            _log.error("a bug in an action", exc_info=error)
            error = SubjectError("INTERNAL", "a bug of the plugin's; its log says more", effect=UNKNOWN)
        if error.effect == NOT_APPLIED:
            with self._lock:
                self._known.pop(action_id, None)
        work.error = error.again()  # remembered without its traceback
