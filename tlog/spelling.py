"""One fact, one spelling: the strict pieces of which notes, checkpoints, proofs and policies are made."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode

from tlog.errors import Malformed

HASH_SIZE = 32
LARGEST = 2**63 - 1  # sizes, indexes and times

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def utf8(raw: str | bytes, what: str) -> str:
    """The text of `raw`, which must be well-formed UTF-8; a byte-order mark is kept as text."""
    try:
        return raw.decode() if isinstance(raw, bytes) else raw.encode().decode()
    except UnicodeError as why:
        raise Malformed(what, "not UTF-8") from why


def lines(text: str, what: str) -> list[str]:
    """The lines of a text that ends with U+000A and holds no other control character below U+0020."""
    if not text.endswith("\n"):
        raise Malformed(what, "does not end with a newline")
    if _CONTROL.search(text):
        raise Malformed(what, "control character")
    return text[:-1].split("\n")


def decimal(text: str, what: str) -> int:
    """An integer 0..2^63-1 written in ASCII digits without sign or leading zero."""
    if not _DECIMAL.fullmatch(text) or (number := int(text)) > LARGEST:
        raise Malformed(what, f"not a decimal number from 0 to {LARGEST}")
    return number


def base64(raw: bytes) -> str:
    """RFC 4648 section 4, padded."""
    return b64encode(raw).decode()


def unbase64(text: str, what: str) -> bytes:
    """The bytes of padded standard base64 in its only spelling."""
    try:
        raw = b64decode(text, validate=True)
    except ValueError as why:
        raise Malformed(what, "not base64") from why
    # Decoders pass trailing bits that are not zero; only writing it again shows them.
    if base64(raw) != text:
        raise Malformed(what, "base64 in another spelling")
    return raw


def unbase64_hash(text: str, what: str) -> bytes:
    """A hash of 32 bytes in base64."""
    if len(raw := unbase64(text, what)) != HASH_SIZE:
        raise Malformed(what, "a hash has 32 bytes")
    return raw


def before_note(text: str, what: str) -> tuple[list[str], str]:
    """The lines before the first empty line, and the note after it."""
    head, blank, note = text.partition("\n\n")
    if not blank:
        raise Malformed(what, "no empty line before the checkpoint")
    return head.split("\n"), note
