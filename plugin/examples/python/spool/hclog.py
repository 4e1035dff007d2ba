"""Logging as the host reads it: go-hclog's JSON, a line each, on standard error.

The host takes level, time and fields over into its own log. Lines that are no
such record are logged too, as plain messages.
"""

from __future__ import annotations

import json
import logging
import sys
import time

_LEVELS = ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info"), (logging.DEBUG, "debug"))

# What the host keeps of a line is bounded; a longer one would be cut.
_MAX_TEXT = 16 << 10


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "@level": next((name for level, name in _LEVELS if record.levelno >= level), "trace"),
            "@timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "@module": record.name,
            "@message": record.getMessage()[:_MAX_TEXT],
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)[-_MAX_TEXT:]
        # ASCII: whatever a file is called, a line is a line.
        return json.dumps(fields)


def setup() -> None:
    """Sends everything that is logged in this process to the host."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
