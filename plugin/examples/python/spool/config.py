"""The configuration of the subject."""

from __future__ import annotations

import dataclasses
from typing import Any

from .documents import Document
from .errors import invalid

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["directory"],
    "properties": {
        "directory": {
            "type": "string",
            "pattern": "^/[^\\x00]*$",
            "maxLength": 4096,
            "description": "the spool's directory, an absolute path",
        },
        "max_files": {
            "type": "integer",
            "minimum": 0,
            "maximum": 100000,
            "default": 1000,
            "description": "how many files may wait",
        },
        "max_age_s": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1e9,
            "default": 3600,
            "description": "how long a file may wait, in seconds since it was written",
        },
        "lock_max_age_s": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1e9,
            "default": 600,
            "description": "how long a lock may be held, in seconds since it was written",
        },
        "max_listed": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "default": 100,
            "description": "how many files an observation lists, the oldest first",
        },
        "timeout_s": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 60,
            "default": 2,
            "description": "how long reading a directory may take, in seconds",
        },
    },
}

_DOCUMENT = Document(SCHEMA)


@dataclasses.dataclass(frozen=True)
class Config:
    """A configuration that is right."""

    directory: str
    max_files: int
    max_age_s: float
    lock_max_age_s: float
    max_listed: int
    timeout_s: float


def parse(raw: bytes) -> Config:
    """Reads a configuration and contacts nothing, the directory included."""
    value, wrong = _DOCUMENT.read(raw)
    if wrong:
        raise invalid("the configuration of spool is not valid", *wrong)
    defaults = {name: field["default"] for name, field in SCHEMA["properties"].items() if "default" in field}
    config = {**defaults, **value}
    # JSON has one kind of number: 100.0 is an integer there.
    for name in ("max_files", "max_listed"):
        config[name] = int(config[name])
    return Config(**config)
