"""What an author signs, what a leaf is, and what is sent to the ledger.

signed bytes = "liuchi/statement/v1" 00 statement      statement hash = SHA-256(signed bytes)
key id       = SHA-256(suite 00 public key)
entry        = [statement: bin, suite: str, signature: bin, recorded_at: int ms]      leaf = SHA-256(00 entry)
submission   = {"openings": [bin ...], "signature": bin, "statement": bin, "suite": str}
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeGuard, cast

from tlog.codec import Value, glance, pack, unpack
from tlog.errors import Malformed
from tlog.spelling import HASH_SIZE

STATEMENT_PURPOSE = b"liuchi/statement/v1\0"
MAX_ENTRY = 65_535
LARGEST_INTEGER = 2**53 - 1

_STREAM = re.compile(r"[a-z0-9][a-z0-9-]{0,63}(?:/[a-z0-9][a-z0-9-]{0,63}){0,3}")


def signed_bytes(statement: bytes) -> bytes:
    """What the author's signature is over."""
    return STATEMENT_PURPOSE + statement


def statement_hash(statement: bytes) -> bytes:
    """The idempotency key of a statement."""
    return sha256(STATEMENT_PURPOSE + statement).digest()


def key_id(suite: str, public: bytes) -> bytes:
    """The id under which a key signs."""
    return sha256(suite.encode() + b"\0" + public).digest()


def is_stream(name: Value) -> TypeGuard[str]:
    """Whether this is the name of a stream: 1 to 4 segments of lower-case letters, digits and hyphens."""
    return isinstance(name, str) and _STREAM.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Statement:
    """What one person says in one act; the eleven fields in the order of their bytes."""

    about: bytes | None
    at: int
    body: dict[str, Value]
    by: bytes
    kind: str
    ledger: str
    prev: bytes | None
    sealed: tuple[bytes, ...]
    seen: tuple[int, bytes] | None
    stream: str
    until: int

    @classmethod
    def parse(cls, raw: bytes) -> Statement:
        """The statement of canonical bytes; Malformed if a field is missing, unknown or of another type."""
        fields = unpack(raw)
        if not isinstance(fields, dict) or fields.keys() != _STATEMENT.keys():
            raise Malformed("statement", "a map of exactly eleven keys")
        for (name, (form, holds)), value in zip(_STATEMENT.items(), fields.values(), strict=True):  # both in the order of bytes
            if not holds(value):
                raise Malformed(f"statement's {name}", form)
        return cls(*cast("Any", fields.values()))

    @classmethod
    def glance(cls, raw: bytes) -> Statement:
        """What `parse` gives if it gives anything: for bytes that are parsed elsewhere; else ValueError or TypeError."""
        return cls(**cast("dict[str, Any]", glance(raw)))

    def raw(self) -> bytes:
        """The bytes to sign and to send."""
        return pack({name: getattr(self, name) for name in _STATEMENT})


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf: a statement, its author's signature and when the ledger recorded it (Unix ms)."""

    statement: bytes
    suite: str
    signature: bytes
    recorded_at: int

    @classmethod
    def parse(cls, raw: bytes) -> Entry:
        """The entry of canonical bytes of at most 65,535; judges neither the statement nor the signature."""
        if len(raw) > MAX_ENTRY:
            raise Malformed("entry", f"longer than {MAX_ENTRY} bytes")
        match unpack(raw):
            case (bytes(statement), str(suite), bytes(signature), int(at)) if _is_name(suite) and _is_integer(at):
                return cls(statement, suite, signature, at)
        raise Malformed("entry", "[statement, suite, signature, recorded_at]")

    @classmethod
    def glance(cls, raw: bytes) -> Entry:
        """What `parse` gives if it gives anything: for bytes that are parsed elsewhere; else ValueError or TypeError."""
        return cls(*cast("Any", glance(raw)))

    def raw(self) -> bytes:
        """The bytes that are stored, hashed and served; Malformed above 65,535."""
        raw = pack((self.statement, self.suite, self.signature, self.recorded_at))
        if len(raw) > MAX_ENTRY:
            raise Malformed("entry", f"longer than {MAX_ENTRY} bytes")
        return raw


@dataclass(frozen=True, slots=True)
class Submission:
    """What an author sends: the statement, its signature and the opening of every digest."""

    openings: tuple[bytes, ...]
    signature: bytes
    statement: bytes
    suite: str

    @classmethod
    def parse(cls, raw: bytes) -> Submission:
        """The submission of canonical bytes; judges neither statement, signature nor openings."""
        fields = unpack(raw)
        if not isinstance(fields, dict) or fields.keys() != _SUBMISSION.keys():
            raise Malformed("submission", "a map of exactly four keys")
        for name, (form, holds) in _SUBMISSION.items():
            if not holds(fields[name]):
                raise Malformed(f"submission's {name}", form)
        return cls(**cast("dict[str, Any]", fields))

    @classmethod
    def glance(cls, raw: bytes) -> Submission:
        """What `parse` gives if it gives anything: for bytes that are parsed elsewhere; else ValueError or TypeError."""
        return cls(**cast("dict[str, Any]", glance(raw)))

    def raw(self) -> bytes:
        """The bytes to send."""
        return pack({name: getattr(self, name) for name in _SUBMISSION})


def _is_hash(value: Value) -> TypeGuard[bytes]:
    return isinstance(value, bytes) and len(value) == HASH_SIZE


def _is_hash_or_nil(value: Value) -> bool:
    return value is None or _is_hash(value)


def _is_integer(value: Value) -> TypeGuard[int]:
    # True and False are integers to Python, not to the format.
    return type(value) is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _is_name(value: Value) -> bool:
    return isinstance(value, str) and value != "" and _is_plain(value)


def _is_sealed(value: Value) -> bool:
    if not isinstance(value, tuple) or not value:
        return value == ()
    return all(map(_is_hash, value)) and list(value) == sorted(set(cast("tuple[bytes]", value)))


def _is_seen(value: Value) -> bool:
    match value:
        case None:
            return True
        case (size, root):
            return _is_integer(size) and size >= 0 and _is_hash(root)
    return False


def _is_body(value: Value) -> bool:
    return isinstance(value, dict) and _holds_no_prose(value)


def _holds_no_prose(value: dict[str, Value] | tuple[Value, ...]) -> bool:
    """Whether all text is printable ASCII without spaces and all integers are exact in every language, at every depth."""
    texts = list(value) if isinstance(value, dict) else []
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, (dict, tuple)):
            if not _holds_no_prose(item):
                return False
        elif isinstance(item, int) and abs(item) > LARGEST_INTEGER:
            return False
    return _is_plain("".join(texts))


_STATEMENT: dict[str, tuple[str, Callable[[Value], bool]]] = {
    "about": ("32 bytes or nil", _is_hash_or_nil),
    "at": ("an integer", _is_integer),
    "body": ("a map of printable ASCII text and integers within ±(2^53-1), at every depth", _is_body),
    "by": ("32 bytes", _is_hash),
    "kind": ("a name", _is_name),
    "ledger": ("a name", _is_name),
    "prev": ("32 bytes or nil", _is_hash_or_nil),
    "sealed": ("digests of 32 bytes, strictly ascending", _is_sealed),
    "seen": ("size and root, or nil", _is_seen),
    "stream": ("1 to 4 segments [a-z0-9][a-z0-9-]{0,63} joined by /", is_stream),
    "until": ("an integer", _is_integer),
}
_SUBMISSION: dict[str, tuple[str, Callable[[Value], bool]]] = {
    "openings": ("an array of bin", lambda value: isinstance(value, tuple) and all(isinstance(each, bytes) for each in value)),
    "signature": ("bin", lambda value: isinstance(value, bytes)),
    "statement": ("bin", lambda value: isinstance(value, bytes)),
    "suite": ("a name", _is_name),
}
