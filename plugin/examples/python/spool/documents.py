"""Reading JSON documents strictly, and naming every wrong field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema

from .errors import FieldError

# How many wrong fields are named.
MAX_FIELDS = 50

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


class Document:
    """A JSON Schema, to hold documents to."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._validator = jsonschema.Draft202012Validator(schema)
        self._known = sorted(schema.get("properties", {}))

    def read(self, raw: bytes) -> tuple[dict[str, Any], tuple[FieldError, ...]]:
        """The document and what is wrong with it. Nothing at all is {}."""
        try:
            value = json.loads(
                raw.decode("utf-8") if raw.strip() else "{}",
                object_pairs_hook=_object,
                parse_constant=_no_constant,
            )
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeError:
            return {}, (FieldError("", "is not UTF-8, or holds half of a surrogate pair"),)
        except RecursionError:
            return {}, (FieldError("", "is nested too deep"),)
        except ValueError as error:
            return {}, (FieldError("", f"is not JSON: {error}"),)
        if not isinstance(value, dict):
            return {}, (FieldError("", "must be an object"),)
        wrong = sorted({(f.path, f.message) for f in self._wrong(value)})
        fields = tuple(FieldError(path, message) for path, message in wrong[:MAX_FIELDS])
        return value, fields

    def _wrong(self, value: dict[str, Any]) -> Iterator[FieldError]:
        for error in self._validator.iter_errors(value):
            path = _path(error.absolute_path)
            if error.validator == "required":
                for name in error.validator_value:
                    if name not in error.instance:
                        yield FieldError(_join(path, name), "is missing")
            elif error.validator == "additionalProperties":
                for name in error.instance:
                    if name not in self._known:
                        yield FieldError(_join(path, name), "is unknown; there is " + ", ".join(self._known or ["nothing"]))
            else:
                # The validator's own message repeats the value, which may be
                # long or a secret.
                yield FieldError(path, f"must have {error.validator} {json.dumps(error.validator_value)}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is there twice")
    return result


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _path(parts: Any) -> str:
    path = ""
    for part in parts:
        path = f"{path}[{part}]" if isinstance(part, int) else _join(path, part)
    return path


def _join(path: str, name: str) -> str:
    if not _PLAIN.fullmatch(name):
        # A stranger's text is bounded and quoted.
        return f"{path}[{json.dumps(name[:64])}]"
    return f"{path}.{name}" if path else name
