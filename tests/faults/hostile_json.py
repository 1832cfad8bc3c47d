"""JSON as it stands on the wire, which no body may have in it or be."""

from __future__ import annotations

MIB = 1_048_576
DEEP = 100_000
# Put in the place of each field of each body.
HOSTILE = {
    "NUL": b'"a\\u0000b"',
    "NUL in a name": b'{"a\\u0000": 1}',
    "half a character": b'"\\ud800"',
    "half a character below": b'[{"a": ["\\udfff"]}]',
    "NaN": b"NaN",
    "minus infinity": b'{"n": -Infinity}',
    "1e999": b"1e999",
    "5000 digits": b"9" * 5000,
    "a million digits": b'{"n": ' + b"9" * 1_000_000 + b"}",
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep arrays": b"[" * DEEP + b"]" * DEEP,
    "deeper than we take": b"[" * 70 + b"]" * 70,
    "a name twice": b'{"a": 1, "a": 2}',
    "no UTF-8": b'"\xff"',
    "half a character in UTF-8": b'"\xed\xa0\x80"',
    "overlong UTF-8": b'"\xc0\xaf"',
    "a control character": b'"a\x00b"',
    "nothing": b"",
    "half": b'"a',
    "a comment": b"1 /* one */",
    "single quotes": b"'a'",
    "hexadecimal": b"0x10",
    "a leading zero": b"007",
    "a huge text": b'"' + b"x" * 1_000_000 + b'"',
    "a huge address": b'"a@' + b"a." * 400_000 + b'"',
    "a prototype": b'{"__proto__": {"admin": true}, "constructor": {"prototype": 1}, "__class__": 1}',
    "negative": b"-1",
    "absurd": b"1e308",
    "true": b"true",
    "null": b"null",
    "an array": b"[[], null, {}]",
    "items that are none": b'[{"id": [], "widget": {}, "params": 5, "x": -1e308, "refresh": "\xc2\xbd * * * *"}]',
}
LEGAL = {"settings_json": {"a prototype"}}
WHOLE = {
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "UTF-32": '{"name": "a"}'.encode("utf-32"),
    "nothing": b"",
    "blanks": b" \n\t",
    "half": b'{"name": ',
    "two": b"{}{}",
    "a comma too many": b'{"name": "a",}',
    "brackets": b"[" * MIB,
    "a million empty arrays": b"[" + b"[]," * 349_000 + b"[]]",
    "an array": b"[]",
    "pairs": b'[["name", "a"]]',
    "null": b"null",
    "true": b"true",
    "a number": b"1e1000000",
    "a text": b'"name"',
}
