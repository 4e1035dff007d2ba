"""The plugin's process, from its start to its end."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from typing import NoReturn

from . import handshake, hclog, lifeline

# How long calls in flight may go on when the host ends the plugin. The host
# waits for about a second in all.
_GRACE_S = 0.3

_log = logging.getLogger("spool")


def main() -> None:
    """Serves the subject until the host ends the plugin or is gone."""
    try:
        host = handshake.greet(os.environ)
        # Only now: what these import need not be installed to explain the above.
        from . import service
    except handshake.NotStarted as why:
        sys.exit(str(why))
    except ImportError as error:
        sys.exit(f"{error}; this plugin needs python3-grpcio, python3-protobuf and python3-jsonschema")

    hclog.setup()
    ended, orphaned = threading.Event(), threading.Event()

    def host_gone() -> None:
        orphaned.set()
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = service.serve(host.socket, ended.set)
    if host.lifeline is not None:
        lifeline.watch(host.lifeline, host_gone)
    handshake.announce(host)

    ended.wait()
    if orphaned.is_set():
        _log.info("the host is gone")
    server.stop(0 if orphaned.is_set() else _GRACE_S).wait(2 * _GRACE_S)
    handshake.clean_up(host, orphaned.is_set())
    _exit()


def _exit() -> NoReturn:
    """Ends the process at once.

    sys.exit would wait for the threads of gRPC's pool, and one of them may hang
    in a file system that does not answer.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            pass  # the host's end is closed
    os._exit(0)
