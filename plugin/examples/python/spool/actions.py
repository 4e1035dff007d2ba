"""What the actions do."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
from collections.abc import Callable, Iterator
from typing import Any

from . import definition, files, judge, names
from .config import Config
from .documents import Document
from .errors import APPLIED, NOT_APPLIED, UNKNOWN, FieldError, SubjectError


@dataclasses.dataclass(frozen=True)
class Change:
    """One field of one entity, before and after."""

    entity: str
    field: str
    before: Any
    after: Any


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of an action."""

    status: str
    message: str
    changes: tuple[Change, ...] = ()


# What is to be done: with True, what would be done is told and nothing is.
Do = Callable[[bool], Outcome]


class Catalogue:
    """The actions of one spool."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._params = {a.name: Document(a.params) for a in definition.ACTIONS}

    def names(self) -> list[str]:
        """The actions there are."""
        return sorted(self._params)

    def bind(self, name: str, raw: bytes) -> tuple[dict[str, Any], tuple[FieldError, ...], Do]:
        """Checks an action's parameters and returns them, what is wrong with
        them, and what to do. It contacts nothing."""
        params, wrong = self._params[name].read(raw)
        if wrong:
            return params, wrong, _nothing
        if name == "remove_lock":
            pid = int(params["pid"])
            return {"pid": pid}, (), lambda dry: self._remove_lock(pid, dry)
        try:
            file = names.to_name(params["file"])
        except ValueError as error:
            return params, (FieldError("file", str(error)),), _nothing
        return params, (), lambda dry: self._retry_file(params["file"], file, dry)

    def _retry_file(self, text: str, name: str, dry: bool) -> Outcome:
        root = self._config.directory
        with _reading("retry_file"):
            with files.opened(root, "failed") as failed, files.opened(root, "incoming") as incoming:
                waits = _is_file(incoming, name)
                if not _is_file(failed, name):
                    if waits:
                        return Outcome("planned" if dry else "unchanged", "the file waits already")
                    raise SubjectError("NOT_FOUND", "retry_file: neither failed/ nor incoming/ has such a file", effect=NOT_APPLIED)
                if waits:
                    raise SubjectError(
                        "ALREADY_EXISTS", "retry_file: incoming/ has a file of this name too; it is not replaced", effect=NOT_APPLIED
                    )
                change = Change(text, "directory", "failed", "incoming")
                if dry:
                    return Outcome("planned", "would move the file to incoming/", (change,))
                _move(name, failed, incoming)
                return Outcome("accepted", "the file waits again", (change,))

    def _remove_lock(self, pid: int, dry: bool) -> Outcome:
        with _reading("remove_lock"), files.opened(self._config.directory) as directory:
            lock = files.lock_in(directory)
            if not lock.held:
                return Outcome("planned" if dry else "unchanged", "there is no lock")
            if lock.pid != pid:
                raise _not_so(f"remove_lock: the lock names process {lock.pid}, not {pid}; it is left alone")
            if not judge.why_stale(lock, self._config):
                raise _not_so(f"remove_lock: the lock is not stale: process {pid} holds it")
            change = Change("lock", "pid", pid, None)
            if dry:
                return Outcome("planned", "would remove the lock", (change,))
            # There is no way to remove a file only if it is still the same; this
            # leaves but a moment for a new worker to put its own lock there.
            if files.lock_in(directory).inode != lock.inode:
                raise _not_so("remove_lock: the lock was replaced meanwhile; it is left alone", "ABORTED")
            with _changing("remove_lock"):
                os.unlink("lock", dir_fd=directory)
            return Outcome("accepted", "the lock was removed", (change,))


def _move(name: str, source: int, target: int) -> None:
    """Moves a file without ever replacing another: rename would."""
    try:
        with _changing("retry_file"):
            os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except FileExistsError as error:
        raise SubjectError("ALREADY_EXISTS", "retry_file: incoming/ has a file of this name by now", effect=NOT_APPLIED) from error
    try:
        os.unlink(name, dir_fd=source)
    except FileNotFoundError:
        pass  # somebody has removed it, which is what was to be done
    except OSError as error:
        raise SubjectError(
            "INTERNAL", f"retry_file: the file waits again and is still in failed/ too: {error.strerror}", effect=APPLIED
        ) from error


def _is_file(directory: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def _reading(op: str) -> Iterator[None]:
    """An error here came before anything was changed."""
    try:
        yield
    except OSError as error:
        code = "PERMISSION_DENIED" if isinstance(error, PermissionError) else "UNAVAILABLE"
        why = error.strerror or str(error)
        raise SubjectError(code, f"{op}: the spool cannot be read: {why}; nothing was changed", True, NOT_APPLIED) from error


@contextlib.contextmanager
def _changing(op: str) -> Iterator[None]:
    """A system call that refuses has changed nothing; one that failed may have."""
    try:
        yield
    except FileExistsError:
        raise
    except (PermissionError, FileNotFoundError) as error:
        raise _not_so(f"{op}: the system does not permit it: {error.strerror}", "PERMISSION_DENIED") from error
    except OSError as error:
        raise SubjectError("INTERNAL", f"{op}: {error.strerror}", effect=UNKNOWN) from error


def _not_so(message: str, code: str = "FAILED_PRECONDITION") -> SubjectError:
    return SubjectError(code, message, effect=NOT_APPLIED)


def _nothing(_: bool) -> Outcome:
    raise AssertionError("not reached: the parameters are wrong")
