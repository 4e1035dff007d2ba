"""One look at the spool."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Optional, TypeVar

from . import files
from .config import Config
from .errors import SubjectError
from .judge import FAILING, REFUSED, Judgement, Observation, Source
from .waiting import Caller, Work

T = TypeVar("T")

# What refuses, rather than fails: it is as it is until somebody changes it.
_REFUSALS = (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError)

# How many reads that never returned may be left behind. With more, nothing is
# begun until one returns: threads are not to pile up before a dead file system.
_MAX_LEFT = 32


class Observer:
    """Looks at a spool. It may be used by several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._left: list[Work[Any]] = []

    def observe(self, caller: Caller) -> Observation:
        """Reads everything at the same time, for no longer than the caller waits."""
        config, now = self._config, time.time_ns()
        with self._lock:
            self._left = [work for work in self._left if not work.done()]
        until = min(caller.began + config.timeout_s, caller.deadline)

        def wanted() -> bool:
            return time.monotonic() < until and not caller.gave_up()

        def listing(name: str) -> Callable[[], files.Listing]:
            before = now / 1e9 - config.max_age_s
            return lambda: files.listing(config.directory, name, before, config.max_listed, wanted)

        begun = (
            self._begin(listing("incoming")),
            self._begin(listing("failed")),
            self._begin(lambda: files.lock(config.directory)),
        )
        for work in begun:
            if work is not None:
                work.wait(caller, until)
        if caller.gave_up():
            raise SubjectError("CANCELLED", "observe: canceled by the caller")

        judgement = Judgement(config)
        source_in, incoming = self._end("incoming", begun[0], caller)
        source_failed, failed = self._end("failed", begun[1], caller)
        source_lock, lock = self._end("lock", begun[2], caller)
        judgement.directory(source_in)
        judgement.directory(source_failed)
        judgement.incoming(source_in, incoming)
        judgement.failed(source_failed, failed)
        judgement.lock(source_lock, lock)
        violations, unchecked = judgement.sorted()
        return Observation(
            time_ns=now,
            duration_s=time.monotonic() - caller.began,
            summary=_summary(incoming, failed, len(violations), len(unchecked)),
            sources=(source_in, source_failed, source_lock),
            violations=violations,
            unchecked=unchecked,
            state={
                "directory": config.directory,
                "incoming": _files(incoming),
                "failed": _files(failed),
                "lock": _lock(lock),
            },
        )

    def _begin(self, read: Callable[[], T]) -> Optional[Work[T]]:
        return Work(read).start() if len(self._left) < _MAX_LEFT else None

    def _end(self, name: str, work: Optional[Work[T]], caller: Caller) -> tuple[Source, Optional[T]]:
        """What became of reading one source."""
        if work is None:
            return Source(name, "timeout", f"{_MAX_LEFT} earlier reads have not returned: is its file system there?", 0), None
        if not work.done():
            with self._lock:
                self._left.append(work)
            waited = time.monotonic() - caller.began
            if caller.is_late():
                return Source(name, "deadline", "the caller's deadline came before it was read", waited), None
            return Source(name, "timeout", f"was not read within {self._config.timeout_s} s (timeout_s)", waited), None
        error = work.error
        if error is None:
            if isinstance(work.result, files.Listing) and not work.result.complete:
                message = f"has more than {files.MAX_ENTRIES} entries, or more than could be read in time"
                return Source(name, "partial", message, work.seconds), work.result
            return Source(name, "ok", "", work.seconds), work.result
        if not isinstance(error, OSError):
            raise error
        return Source(name, REFUSED if isinstance(error, _REFUSALS) else FAILING, _reason(error), work.seconds), None


def _reason(error: OSError) -> str:
    """Why, without the path: it is in the state."""
    if error.errno is None:
        return f"cannot be read: {error}"
    return f"cannot be read: {os.strerror(error.errno)} ({errno.errorcode.get(error.errno, error.errno)})"


def _summary(incoming: Optional[files.Listing], failed: Optional[files.Listing], broken: int, unknown: int) -> str:
    waiting = "an unknown number of" if incoming is None else str(incoming.total)
    bad = "an unknown number" if failed is None else str(failed.total)
    return f"{waiting} files wait, {bad} failed; {broken} broken, {unknown} unknown"


def _files(listing: Optional[files.Listing]) -> Optional[dict[str, Any]]:
    if listing is None:
        return None
    return {
        "total": listing.total,
        "complete": listing.complete,
        "oldest": [{"file": f.name, "age_s": files.age(f.modified), "bytes": f.size} for f in listing.oldest],
        "truncated": len(listing.oldest) < listing.total or not listing.complete,
    }


def _lock(lock: Optional[files.Lock]) -> Optional[dict[str, Any]]:
    if lock is None:
        return None
    return {
        "held": lock.held,
        "pid": lock.pid,
        "alive": lock.alive,
        "age_s": files.age(lock.modified) if lock.held else 0.0,
    }
