"""The gRPC service, and the two of go-plugin's that a host uses."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from concurrent import futures
from typing import Any, Optional

import grpc

import goplugin_pb2
import goplugin_pb2_grpc
import health_pb2
import health_pb2_grpc
from subject.v1 import subject_pb2, subject_pb2_grpc

from . import config, status, wire
from .errors import NOT_APPLIED, UNKNOWN, SubjectError
from .subject import Subject
from .waiting import Caller

_log = logging.getLogger("spool.service")

# What either side accepts as one message.
_MAX_MESSAGE = 4 << 20

# How many calls are served at once. The pool has a few threads more, so that the
# host can end the plugin however many calls hang.
_MAX_CALLS = 120
_THREADS = _MAX_CALLS + 8

# A call without a deadline is not waited for any longer.
_LONGEST_S = 3600.0


def _answered(call: Callable[..., Any]) -> Callable[..., Any]:
    """Makes what a method raises a status, and keeps a bug in one call there."""

    @functools.wraps(call)
    def method(self: "_Service", request: Any, context: grpc.ServicerContext) -> Any:
        acts = isinstance(request, subject_pb2.ActRequest)
        try:
            if not self.calls.acquire(blocking=False):
                raise SubjectError(
                    "RESOURCE_EXHAUSTED", f"{_MAX_CALLS} calls are under way; try again", True, NOT_APPLIED if acts else ""
                )
            try:
                return call(self, request, context)
            finally:
                self.calls.release()
        except SubjectError as error:
            failed = error
        except Exception:
            _log.exception("a bug in %s", call.__name__)
            unknown = acts and not request.dry_run
            failed = SubjectError("INTERNAL", "a bug of the plugin's; its log says more", effect=UNKNOWN if unknown else "")
        status.abort(context, failed)

    return method


class _Service(subject_pb2_grpc.SubjectServiceServicer):
    def __init__(self) -> None:
        self.calls = threading.BoundedSemaphore(_MAX_CALLS)
        self._definition = wire.described()
        self._configuring = threading.Lock()
        self._subject: Optional[Subject] = None

    @_answered
    def Describe(self, request: subject_pb2.DescribeRequest, context: grpc.ServicerContext) -> subject_pb2.DescribeResponse:
        return subject_pb2.DescribeResponse(definition=self._definition)

    @_answered
    def Configure(self, request: subject_pb2.ConfigureRequest, context: grpc.ServicerContext) -> subject_pb2.ConfigureResponse:
        with self._configuring:
            if self._subject is not None:
                raise SubjectError("FAILED_PRECONDITION", "configure: this process is configured already; start another")
            self._subject = Subject(config.parse(request.config))
        return subject_pb2.ConfigureResponse(definition=self._definition)

    @_answered
    def Observe(self, request: subject_pb2.ObserveRequest, context: grpc.ServicerContext) -> subject_pb2.ObserveResponse:
        observation = self._configured().observe(_caller(context))
        return subject_pb2.ObserveResponse(observation=wire.observed(observation))

    @_answered
    def Act(self, request: subject_pb2.ActRequest, context: grpc.ServicerContext) -> subject_pb2.ActResponse:
        subject = self._configured(NOT_APPLIED)
        return wire.acted(subject.act(request.name, request.id, request.params, request.dry_run, _caller(context)))

    def _configured(self, effect: str = "") -> Subject:
        subject = self._subject
        if subject is None:
            raise SubjectError("FAILED_PRECONDITION", "spool is not configured yet: call Configure first", effect=effect)
        return subject


def _caller(context: grpc.ServicerContext) -> Caller:
    """The host, as one who waits for a call: until its deadline, or until it
    cancels."""
    remaining = context.time_remaining()
    caller = Caller(_LONGEST_S if remaining is None else min(remaining, _LONGEST_S))
    if not context.add_callback(caller.give_up):
        caller.give_up()  # it has ended already
    return caller


class _Controller(goplugin_pb2_grpc.GRPCControllerServicer):
    def __init__(self, shutdown: Callable[[], None]) -> None:
        self._shutdown = shutdown

    def Shutdown(self, request: goplugin_pb2.Empty, context: grpc.ServicerContext) -> goplugin_pb2.Empty:
        self._shutdown()
        return goplugin_pb2.Empty()


class _Health(health_pb2_grpc.HealthServicer):
    def Check(self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext) -> health_pb2.HealthCheckResponse:
        if request.service not in ("", "plugin"):
            context.abort(grpc.StatusCode.NOT_FOUND, "there is no such service")
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


def serve(socket: str, shutdown: Callable[[], None]) -> grpc.Server:
    """Starts serving on a unix socket. shutdown is called when the host wants an end."""
    server = grpc.server(
        futures.ThreadPoolExecutor(_THREADS, thread_name_prefix="call"),
        options=(
            ("grpc.max_receive_message_length", _MAX_MESSAGE),
            ("grpc.max_send_message_length", _MAX_MESSAGE),
        ),
    )
    subject_pb2_grpc.add_SubjectServiceServicer_to_server(_Service(), server)
    goplugin_pb2_grpc.add_GRPCControllerServicer_to_server(_Controller(shutdown), server)
    health_pb2_grpc.add_HealthServicer_to_server(_Health(), server)
    if server.add_insecure_port("unix:" + socket) == 0:
        raise OSError(f"cannot listen on {socket}")
    server.start()
    return server
