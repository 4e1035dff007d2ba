"""What hangs makes nobody late, and does not pile up."""

from __future__ import annotations

import threading
import time
import unittest
from unittest import mock

from spool import files, observe
from spool.actions import Outcome
from spool.config import Config
from spool.errors import APPLIED, NOT_APPLIED, UNKNOWN, SubjectError
from spool.ledger import Ledger
from spool.waiting import Caller

# How late an answer may be on a busy machine, in seconds.
_SLACK = 5.0


def _config(timeout_s: float) -> Config:
    return Config("/nowhere", max_files=1, max_age_s=1, lock_max_age_s=1, max_listed=1, timeout_s=timeout_s)


class Hanging(unittest.TestCase):
    """A file system that does not answer."""

    def setUp(self) -> None:
        self.answer = threading.Event()
        hang = mock.patch.object(files, "listing", lambda *_: self.answer.wait() and files.Listing(0, True, (), 0))
        hang.start()
        self.addCleanup(hang.stop)
        self.addCleanup(self.answer.set)

    def test_deadline(self) -> None:
        """The caller's deadline comes first: it says nothing about the source."""
        caller = Caller(0.2)
        o = observe.Observer(_config(60)).observe(caller)
        self.assertLess(time.monotonic() - caller.began, 0.2 + _SLACK)
        self.assertEqual([s.kind for s in o.sources], ["deadline", "deadline", "refused"])
        self.assertEqual(o.violations, ())
        unknown = [u.invariant for u in o.unchecked]
        want = ["spool_unreadable", "spool_unreadable", "lock_stale", "too_many_files", "file_too_old", "file_failed"]
        self.assertEqual(unknown, want)

    def test_timeout(self) -> None:
        """The source's own timeout comes first."""
        o = observe.Observer(_config(0.1)).observe(Caller(60))
        self.assertEqual([s.kind for s in o.sources], ["timeout", "timeout", "refused"])

    def test_cancellation(self) -> None:
        """A caller that gives up is let go."""
        caller = Caller(60)
        threading.Timer(0.1, caller.give_up).start()
        with self.assertRaises(SubjectError) as raised:
            observe.Observer(_config(60)).observe(caller)
        self.assertEqual(raised.exception.code, "CANCELLED")
        self.assertLess(time.monotonic() - caller.began, _SLACK)

    def test_threads_are_bounded(self) -> None:
        """Reads that never return are left behind up to a number, and no more."""
        observer = observe.Observer(_config(0.01))
        before = threading.active_count()
        for _ in range(60):
            o = observer.observe(Caller(60))
        self.assertLess(threading.active_count() - before, 40)
        self.assertIn("earlier reads", o.sources[0].message)
        self.answer.set()  # and when it answers again, it is read again
        deadline = time.monotonic() + 60
        while observer.observe(Caller(60)).sources[0].kind != "ok":
            self.assertLess(time.monotonic(), deadline)


class Once(unittest.TestCase):
    """An action's ID."""

    def test_late_callers_learn_what_came_of_it(self) -> None:
        """A change that takes longer than its caller waits is still made once."""
        ledger, go, done = Ledger(), threading.Event(), []

        def do() -> Outcome:
            go.wait()
            done.append(1)
            return Outcome("accepted", "done")

        with self.assertRaises(SubjectError) as raised:
            ledger.once("id", ("act", "{}"), do, Caller(0.05))
        self.assertEqual((raised.exception.code, raised.exception.effect), ("DEADLINE_EXCEEDED", UNKNOWN))
        go.set()
        self.assertEqual(ledger.once("id", ("act", "{}"), do, Caller(60)).status, "accepted")
        self.assertEqual(done, [1])

    def test_only_what_changed_nothing_is_tried_again(self) -> None:
        """An error's effect tells whether its ID is free."""
        for effect, want in ((NOT_APPLIED, 2), (APPLIED, 1), (UNKNOWN, 1)):
            ledger, tried = Ledger(), []

            def do(effect: str = effect, tried: list[int] = tried) -> Outcome:
                tried.append(1)
                raise SubjectError("INTERNAL", "failed", effect=effect)

            for _ in range(2):
                with self.assertRaises(SubjectError):
                    ledger.once("id", ("act", "{}"), do, Caller(60))
            self.assertEqual(len(tried), want, effect)

    def test_memory_is_bounded(self) -> None:
        """Whatever many actions there are, the last thousands are known."""
        ledger, done = Ledger(), []
        for n in range(5000):
            ledger.once(str(n), ("act", "{}"), lambda: done.append(1) or Outcome("accepted", ""), Caller(60))
        self.assertLessEqual(len(ledger._known), 4096)  # pylint: disable=protected-access
        ledger.once("4500", ("act", "{}"), lambda: done.append(1) or Outcome("accepted", ""), Caller(60))
        self.assertEqual(len(done), 5000)


if __name__ == "__main__":
    unittest.main()
