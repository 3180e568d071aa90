"""Passkeys' assertions with something changed by chance, and signed anew: every verifier must say of each what the others say."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from keys.suites import SUITES
from keys.webauthn import WEBAUTHN
from tests.keys.webauthn_vectors import HONEST, KEY, MESSAGE
from tlog.codec import pack

# What a parser of JSON, of UTF-8, of origins or of names may stumble over.
PIECES = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b",",
    b":",
    b" ",
    b"\t",
    b"\n",
    b"\r",
    b"\f",
    b"\0",
    b"\x7f",
    b"\xc2\xa0",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"\xf4\x90\x80\x80",
    "六".encode(),
    "🏘".encode(),
    b"\\u0065",
    b"\\u00e9",
    b"\\uD83C",
    b"\\udfff",
    b"\\u12",
    b"\\/",
    b"\\n",
    b"\\x",
    b"true",
    b"false",
    b"null",
    b"NaN",
    b"0",
    b"-1",
    b"1e999",
    b',"x":true',
    b',"x":"y"',
    b',"type":"webauthn.get"',
    b'"crossOrigin":false,',
    b',"topOrigin":null',
    b'{"a":"b",',
    b".",
    b"..",
    b"-",
    b"@",
    b":443",
    b"https://",
    b"http://",
    b"localhost",
    b"A",
    b"__proto__",
)


def assertions(chance: Random, count: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(public key, signed bytes, signature), most of them with one or a few changes somewhere."""
    for _ in range(count):
        client = _changed(chance, HONEST, chance.choice((0, 1, 1, 2, 4)))
        data = _flipped(chance, KEY.data()) if chance.random() < 0.2 else KEY.data()
        signature = KEY.asserts(MESSAGE, client=client, data=data)
        yield KEY.public, MESSAGE, _flipped(chance, signature) if chance.random() < 0.2 else signature
    for _ in range(count // 4):
        site = _changed(chance, KEY.rp_id.encode(), 1).decode("utf-8", "replace")
        yield pack((site, KEY.point)), MESSAGE, KEY.asserts(MESSAGE)
        yield _flipped(chance, KEY.public), MESSAGE, KEY.asserts(MESSAGE)


def judged(chance: Random, count: int) -> list[dict[str, Any]]:
    """The same as cases of the vectors, with the verdict that is given here."""
    check = SUITES[WEBAUTHN].check_signature
    return [
        {
            "case": f"by chance {place}",
            "public_key_hex": public.hex(),
            "message_hex": message.hex(),
            "signature_hex": signature.hex(),
            "verdict": "accept" if check(public, message, signature) else "refuse",
        }
        for place, (public, message, signature) in enumerate(assertions(chance, count))
    ]


def _changed(chance: Random, raw: bytes, times: int) -> bytes:
    for _ in range(times):
        at = chance.randrange(len(raw) + 1)
        cut = chance.choice((0, 0, 0, 1, 2, 8))
        raw = raw[:at] + chance.choice((*PIECES, b"")) + raw[at + cut :]
    return raw


def _flipped(chance: Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    changed[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return bytes(changed)
