"""The subject: Observe and Act of one configured spool."""

from __future__ import annotations

import json
from collections.abc import Callable

from .actions import Catalogue, Outcome
from .config import Config
from .errors import NOT_APPLIED, FieldError, SubjectError, invalid
from .judge import Observation
from .ledger import Ledger
from .observe import Observer
from .waiting import Caller, Work

_MAX_ID = 128


class Subject:
    """One spool. It may be used by several threads, and contacts nothing until
    it is asked something."""

    def __init__(self, config: Config) -> None:
        self._observer = Observer(config)
        self._catalogue = Catalogue(config)
        self._ledger = Ledger()

    def observe(self, caller: Caller) -> Observation:
        """Looks at the spool and changes nothing."""
        if caller.is_late():
            raise SubjectError("DEADLINE_EXCEEDED", "observe: the deadline had passed before it began")
        return self._observer.observe(caller)

    def act(self, name: str, action_id: str, raw: bytes, dry_run: bool, caller: Caller) -> Outcome:
        """Does one action, at most once for each ID."""
        if name not in self._catalogue.names():
            there = ", ".join(self._catalogue.names())
            why = FieldError("name", f"there is no action {json.dumps(name[:64])}; there are {there}")
            raise invalid("act refused", why, effect=NOT_APPLIED)
        wrong: list[FieldError] = []
        size = len(action_id.encode("utf-8"))
        if size > _MAX_ID or (size == 0 and not dry_run):
            wrong.append(FieldError("id", f"must have 1 to {_MAX_ID} bytes, not {size}"))
        params, fields, do = self._catalogue.bind(name, raw)
        wrong.extend(fields)
        if wrong:
            raise invalid(f"{name} refused", *wrong, effect=NOT_APPLIED)
        if dry_run:
            return self._plan(name, lambda: do(True), caller)
        return self._ledger.once(action_id, (name, json.dumps(params, sort_keys=True)), lambda: do(False), caller)

    @staticmethod
    def _plan(name: str, do: Callable[[], Outcome], caller: Caller) -> Outcome:
        work = Work(do).start()
        if not work.wait(caller):
            code = "CANCELLED" if caller.gave_up() else "DEADLINE_EXCEEDED"
            raise SubjectError(code, f"{name}: the spool did not answer in time", True, NOT_APPLIED)
        if work.error is not None:
            raise work.error
        assert work.result is not None
        return work.result
