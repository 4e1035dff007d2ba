"""Names and documents of strangers."""

from __future__ import annotations

import os
import random
import unittest

from spool import config, names
from spool.errors import SubjectError


class Names(unittest.TestCase):
    """File names as text."""

    def test_there_and_back(self) -> None:
        """No two names have the same text, and each text leads back."""
        rng = random.Random(1)
        pieces = [b"%", b"%41", b"\xff", b"\xc3\xa9", b"\xc3", b"\n", b"\x1b[31m", b"a", b" ", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"]
        seen = {}
        for _ in range(5000):
            raw = b"x" + b"".join(rng.choices(pieces, k=rng.randrange(1, 8)))
            name = os.fsdecode(raw)
            text = names.to_text(name)
            text.encode("utf-8")  # as protobuf will
            self.assertEqual(names.to_name(text), name)
            self.assertEqual(seen.setdefault(text, raw), raw)

    def test_no_file(self) -> None:
        """What no file can be called."""
        for text in ("", ".", "..", ".hidden", "a/b", "a%2Fb", "%2E%2E", "a\0", "%00", "%", "%4", "%zz", "%ff", "%41", "%C3%A9", "x" * 256):
            with self.assertRaises(ValueError, msg=repr(text)):
                names.to_name(text)


class Documents(unittest.TestCase):
    """Configurations that are none."""

    def test_wrong_fields_are_named(self) -> None:
        """Each wrong field, by its path."""
        for raw, paths in (
            (b"", ["directory"]),
            (b"[]", [""]),
            (b"{", [""]),
            (b"\xff", [""]),
            (b'{"directory": "/a", "directory": "/b"}', [""]),
            (b'{"directory": "\\ud800"}', [""]),
            (b'{"directory": "/a", "max_age_s": NaN}', [""]),
            (b"[" * 100000, [""]),
            (b'{"directory": "/a\\u0000"}', ["directory"]),
            (b'{"directory": 1, "max_files": 1.5, "x": 1, "a b": 2}', ['["a b"]', "directory", "max_files", "x"]),
        ):
            with self.assertRaises(SubjectError) as raised:
                config.parse(raw)
            self.assertEqual(raised.exception.code, "INVALID_ARGUMENT")
            self.assertEqual([f.path for f in raised.exception.fields], paths, raw[:50])

    def test_defaults(self) -> None:
        """What is left out has a value."""
        self.assertEqual(config.parse(b'{"directory": "/a", "max_files": 5.0}'), config.Config("/a", 5, 3600, 600, 100, 2))


if __name__ == "__main__":
    unittest.main()
