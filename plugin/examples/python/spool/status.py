"""Errors on the wire.

A failed call is a gRPC status. What the contract's error has beyond a code and
a message is an ErrorDetail among the details of a google.rpc.Status, in the
trailer grpc-status-details-bin. The code is there twice, and gRPC for Go makes
one that differs an error of its own; the message is taken from the details.
"""

from __future__ import annotations

from typing import NoReturn

import grpc
from google.protobuf import any_pb2

import status_pb2
from subject.v1 import subject_pb2

from .errors import SubjectError

# The bounds of an error, which gRPC carries in headers.
_MAX_MESSAGE = 4 << 10
_MAX_FIELD = 1 << 10
_MAX_FIELDS = 100


def abort(context: grpc.ServicerContext, error: SubjectError) -> NoReturn:
    """Ends a call with an error."""
    code = grpc.StatusCode[error.code]
    message = clip(error.message, _MAX_MESSAGE)
    detail = subject_pb2.ErrorDetail(
        retryable=error.retryable,
        effect=error.effect,
        fields=[
            subject_pb2.FieldError(path=clip(f.path, _MAX_FIELD), message=clip(f.message, _MAX_FIELD))
            for f in error.fields[:_MAX_FIELDS]
        ],
    )
    packed = any_pb2.Any()
    packed.Pack(detail)  # as type.googleapis.com/subject.v1.ErrorDetail
    status = status_pb2.Status(code=code.value[0], message=message, details=[packed])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, message)
    raise AssertionError("not reached: abort raises")


def clip(text: str, limit: int) -> str:
    """At most about limit bytes of a text, fit for protobuf."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return raw.decode("utf-8")
    return raw[:limit].decode("utf-8", "ignore") + "..."
