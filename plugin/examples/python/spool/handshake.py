"""Being started by a host: what it gives, and what it is told.

It imports nothing but the standard library: a person who starts the plugin by
hand gets an explanation whatever is not installed.
"""

from __future__ import annotations

import dataclasses
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from typing import Optional

# Who started us: these are in the host's source, in plugin/doc.go.
_COOKIE = ("OPERATOR_SUBJECT_PLUGIN", "0f5cf0d5c0a94a4db3fbc9be7fb0b5be")

# go-plugin's own version, and that of the subjects' protocol.
_CORE_VERSION = 1
_VERSION = 1

# The longest path of a unix socket, on the system with the least room.
_MAX_SOCKET_PATH = 103


class NotStarted(Exception):
    """Why the plugin cannot run, for a person."""


@dataclasses.dataclass(frozen=True)
class Host:
    """What the host gives a plugin."""

    # Where the socket is to be.
    socket: str
    # The directory that the host made for it, empty if it made none.
    socket_directory: str
    # The descriptor that reaches its end when the host is gone, if there is one.
    lifeline: Optional[int]


def greet(environment: Mapping[str, str]) -> Host:
    """Reads what the host gives. Raises NotStarted if there is no such host."""
    if environment.get(_COOKIE[0]) != _COOKIE[1]:
        raise NotStarted(
            "This is a subject plugin: a host starts it, and it is of no use by itself.\n"
            "Name it as the plugin of a subject in operator.yaml, with mtls: false, and run\n"
            "'operator observe SUBJECT'; or see what it is worth: 'operator conformance PATH'."
        )
    versions = environment.get("PLUGIN_PROTOCOL_VERSIONS", str(_VERSION)).split(",")
    if str(_VERSION) not in versions:
        raise NotStarted(f"the host speaks version {', '.join(versions)} of the protocol, and this plugin version {_VERSION}")
    if environment.get("PLUGIN_CLIENT_CERT"):
        raise NotStarted("the host wants mutual TLS, which this plugin does not do: write mtls: false for it in operator.yaml")
    directory = environment.get("PLUGIN_UNIX_SOCKET_DIR", "")
    socket = os.path.join(directory or tempfile.mkdtemp(prefix="spool"), "spool.sock")
    if len(os.fsencode(socket)) > _MAX_SOCKET_PATH:
        raise NotStarted(f"the path of a socket has {_MAX_SOCKET_PATH} bytes at most: set TMPDIR to a shorter directory than {directory}")
    return Host(socket, directory, _lifeline(environment.get("OPERATOR_SUBJECT_LIFELINE", "")))


def _lifeline(text: str) -> Optional[int]:
    if not text:
        return None
    try:
        descriptor = int(text)
        os.fstat(descriptor)
    except (ValueError, OverflowError, OSError) as error:
        raise NotStarted(f"OPERATOR_SUBJECT_LIFELINE is {text!r}, which is no open descriptor: {error}") from error
    # Nothing that this process starts may keep it open.
    os.set_inheritable(descriptor, False)
    return descriptor


def announce(host: Host) -> None:
    """Tells the host where to connect.

    It is the first line on standard output, and the last: what is printed later
    goes to standard error and so into the host's log.
    """
    line = f"{_CORE_VERSION}|{_VERSION}|unix|{host.socket}|grpc|\n"
    os.write(1, os.fsencode(line))
    sys.stdout.flush()
    os.dup2(2, 1)


def clean_up(host: Host, orphaned: bool) -> None:
    """Removes the socket, and what a host that is gone cannot remove any more."""
    try:
        if stat.S_ISSOCK(os.lstat(host.socket).st_mode):
            os.unlink(host.socket)
        if orphaned or not host.socket_directory:
            os.rmdir(os.path.dirname(host.socket))
    except OSError:
        pass  # the host was faster
