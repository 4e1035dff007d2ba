"""The contract's errors."""

from __future__ import annotations

import dataclasses

# Whether an action's change was made.
NOT_APPLIED = "not_applied"
APPLIED = "applied"
UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: its path from the document's root, and why."""

    path: str
    message: str


@dataclasses.dataclass(eq=False)
class SubjectError(Exception):
    """An error that goes to the host whole.

    code is the name of one of gRPC's, such as INVALID_ARGUMENT.
    """

    code: str
    message: str
    retryable: bool = False
    effect: str = ""
    fields: tuple[FieldError, ...] = ()

    def __str__(self) -> str:
        return self.message

    def again(self) -> "SubjectError":
        """The same error, to be raised once more: each raising of one and the
        same would add to its traceback."""
        return dataclasses.replace(self)


def invalid(message: str, *fields: FieldError, effect: str = "") -> SubjectError:
    """The error of wrong input."""
    return SubjectError("INVALID_ARGUMENT", message, effect=effect, fields=fields)
