"""Judging what was read: broken, unknown, or held."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional

from . import files
from .config import Config
from .definition import INVARIANTS

# How a directory that could not be read is to be seen. A refusal says something
# about the spool; that there was no time says nothing.
REFUSED, FAILING = "refused", "failing"

_SEVERITY = {i.name: i.severity for i in INVARIANTS}
_ORDER = {i.name: n for n, i in enumerate(INVARIANTS)}


@dataclasses.dataclass(frozen=True)
class Source:
    """How reading one thing went."""

    name: str
    kind: str
    message: str
    latency_s: float


@dataclasses.dataclass(frozen=True)
class Violation:
    """An invariant that is broken."""

    invariant: str
    message: str
    entity: str = ""
    value: Optional[float] = None
    threshold: Optional[float] = None
    unit: str = ""

    @property
    def severity(self) -> str:
        """The invariant's."""
        return _SEVERITY[self.invariant]


@dataclasses.dataclass(frozen=True)
class Unchecked:
    """An invariant that could not be judged."""

    invariant: str
    reason: str
    entity: str = ""
    source: str = ""


@dataclasses.dataclass(frozen=True)
class Observation:
    """What one look found."""

    time_ns: int
    duration_s: float
    summary: str
    sources: tuple[Source, ...]
    violations: tuple[Violation, ...]
    unchecked: tuple[Unchecked, ...]
    state: dict[str, Any]


@dataclasses.dataclass
class Judgement:
    """The verdicts of one observation. Every invariant gets one: what is neither
    broken nor unknown here was looked at and held."""

    config: Config
    violations: list[Violation] = dataclasses.field(default_factory=list)
    unchecked: list[Unchecked] = dataclasses.field(default_factory=list)

    def directory(self, source: Source) -> None:
        """spool_unreadable, of one directory."""
        if source.kind in (REFUSED, FAILING):
            self.violations.append(Violation("spool_unreadable", source.message, entity=source.name))
        elif source.kind not in ("ok", "partial"):
            self._unknown("spool_unreadable", source, entity=source.name)

    def incoming(self, source: Source, listing: Optional[files.Listing]) -> None:
        """too_many_files and file_too_old."""
        most = self.config.max_files
        if listing is None:
            self._unknown("too_many_files", source)
            self._unknown("file_too_old", source)
            return
        if listing.total > most:
            self.violations.append(
                Violation("too_many_files", f"{listing.total} files wait", "", listing.total, most, "files")
            )
        elif not listing.complete:
            self._unknown("too_many_files", source)
        listed = [f for f in listing.oldest if files.age(f.modified) > self.config.max_age_s]
        for f in listed:
            waits = files.age(f.modified)
            self.violations.append(
                Violation("file_too_old", f"waits since {waits:.0f} s", f.name, waits, self.config.max_age_s, "s")
            )
        self._beyond("file_too_old", source, listing, listing.older - len(listed))

    def failed(self, source: Source, listing: Optional[files.Listing]) -> None:
        """file_failed."""
        if listing is None:
            self._unknown("file_failed", source)
            return
        for f in listing.oldest:
            self.violations.append(Violation("file_failed", f"could not be processed; it has {f.size} bytes", f.name))
        self._beyond("file_failed", source, listing, listing.total - len(listing.oldest))

    def lock(self, source: Source, lock: Optional[files.Lock]) -> None:
        """lock_stale."""
        if lock is None:
            self._unknown("lock_stale", source)
        elif lock.held:
            why = why_stale(lock, self.config)
            if why:
                self.violations.append(
                    Violation("lock_stale", why, "", files.age(lock.modified), self.config.lock_max_age_s, "s")
                )

    def _beyond(self, invariant: str, source: Source, listing: files.Listing, more: int) -> None:
        """What is not listed is not held: it is unknown which files they are."""
        if not listing.complete:
            self._unknown(invariant, source)
        elif more > 0:
            self.unchecked.append(Unchecked(invariant, f"{more} more are broken than are listed (max_listed)"))

    def _unknown(self, invariant: str, source: Source, entity: str = "") -> None:
        self.unchecked.append(Unchecked(invariant, source.message, entity, source.name))

    def sorted(self) -> tuple[tuple[Violation, ...], tuple[Unchecked, ...]]:
        """The verdicts in a fixed order, the worst first: the invariants are
        declared that way, and the oldest files come first as they are."""
        return (
            tuple(sorted(self.violations, key=lambda v: _ORDER[v.invariant])),
            tuple(sorted(self.unchecked, key=lambda u: _ORDER[u.invariant])),
        )


def why_stale(lock: files.Lock, config: Config) -> str:
    """Why a lock is stale, empty if it is not."""
    if lock.pid and not lock.alive:
        return f"is held by process {lock.pid}, which is gone"
    if files.age(lock.modified) > config.lock_max_age_s:
        return f"is held since {files.age(lock.modified):.0f} s"
    return ""
