"""Reading the spool directory."""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import os
import stat
import time
from collections.abc import Callable, Iterator

from . import names

# How many entries of a directory are looked at. What is beyond is unknown.
MAX_ENTRIES = 100_000

# How much of a lock file is read.
_MAX_LOCK = 64

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@dataclasses.dataclass(frozen=True)
class File:
    """A file that was seen. The oldest sort first."""

    modified: float
    name: str  # as text
    size: int


@dataclasses.dataclass(frozen=True)
class Listing:
    """What a directory holds."""

    total: int
    complete: bool
    oldest: tuple[File, ...]
    older: int  # files that were written before the time that was asked for


@dataclasses.dataclass(frozen=True)
class Lock:
    """The lock, as it was read."""

    held: bool
    pid: int = 0
    alive: bool = False
    modified: float = 0.0
    inode: tuple[int, int] = (0, 0)


@contextlib.contextmanager
def opened(root: str, name: str = "") -> Iterator[int]:
    """A directory, or one within it, open. All names are relative to that, so
    that they are of one directory even if another is put in its place."""
    descriptor = os.open(root, _DIRECTORY)
    try:
        if name:
            outer, descriptor = descriptor, os.open(name, _DIRECTORY, dir_fd=descriptor)
            os.close(outer)
        yield descriptor
    finally:
        os.close(descriptor)


def listing(root: str, name: str, before: float, most: int, wanted: Callable[[], bool]) -> Listing:
    """Looks at the files of a directory: plain ones that are not hidden.

    It returns the `most` oldest, and counts those that were written before a
    time. It ends early when it is not wanted any more.
    """
    found: list[File] = []
    complete = True
    with opened(root, name) as directory, os.scandir(directory) as entries:
        for seen, entry in enumerate(entries):
            if seen >= MAX_ENTRIES or not wanted():
                complete = False
                break
            if entry.name.startswith("."):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # taken meanwhile
            if stat.S_ISREG(status.st_mode):
                found.append(File(status.st_mtime, names.to_text(entry.name), status.st_size))
    oldest = heapq.nsmallest(most, found, key=lambda f: (f.modified, f.name))
    return Listing(len(found), complete, tuple(oldest), sum(f.modified < before for f in found))


def lock(root: str) -> Lock:
    """Reads the lock. That there is none is known only of a directory that is there."""
    with opened(root) as directory:
        return lock_in(directory)


def lock_in(directory: int) -> Lock:
    """Reads the lock of an open directory."""
    try:
        # Not blocking: somebody may have put a pipe there.
        descriptor = os.open("lock", os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    except FileNotFoundError:
        return Lock(held=False)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise IsADirectoryError("lock is no plain file")
        pid = _pid(os.read(descriptor, _MAX_LOCK))
    finally:
        os.close(descriptor)
    return Lock(True, pid, pid > 0 and _alive(pid), status.st_mtime, (status.st_dev, status.st_ino))


def _pid(text: bytes) -> int:
    digits = text.strip()
    if digits.isdigit() and len(digits) <= 7 and int(digits) <= 4194304:
        return int(digits)
    return 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def age(modified: float) -> float:
    """How long ago that was, in seconds. Clocks are set back now and then."""
    return round(max(0.0, time.time() - modified), 3)
