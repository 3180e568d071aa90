"""Signed notes (c2sp.org/signed-note v1.0.0): a text, an empty line, one or more signature lines.

    This is an example message.

    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

A signature line is base64(key id || blob), key id = SHA-256(name 0A type public key)[:4].
A key travels as `example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from tlog import spelling
from tlog.errors import Malformed, Unproven

ED25519 = 0x01
COSIGNATURE = 0x04
ML_DSA_44 = 0x06
PUBLIC_SIZE = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1_312}
BLOB_SIZE = {ED25519: 64, COSIGNATURE: 8 + 64, ML_DSA_44: 8 + 2_420}
MAX_LINES = 64

Check: TypeAlias = Callable[[int, bytes, bytes, bytes], bool]
"""(signature type, public key, message, signature) -> whether it verifies."""

_KEY_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Vkey:
    """A public key for notes: the signer's name, the signature type and the key."""

    name: str
    type: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Vkey:
        """The key of a `name+id+base64` line; Malformed for types other than 0x01, 0x04, 0x06."""
        name, _, rest = spelling.utf8(text, "vkey").partition("+")
        digits, plus, key = rest.partition("+")
        if not plus or not is_name(name) or not _KEY_ID.fullmatch(digits):
            raise Malformed("vkey", "name+8 hex digits+base64")
        raw = spelling.unbase64(key, "vkey")
        if len(raw) != 1 + PUBLIC_SIZE.get(raw[0] if raw else 0, len(raw)):
            raise Malformed("vkey", "a key of another type or length")
        vkey = cls(name, raw[0], raw[1:])
        if vkey.key_id.hex() != digits:
            raise Malformed("vkey", "the id is not that of the key")
        return vkey

    @property
    def key_id(self) -> bytes:
        """The four bytes that begin this key's signature lines."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{spelling.base64(bytes([self.type]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Line:
    """A signature line; the blob is what follows the key id."""

    name: str
    key_id: bytes
    blob: bytes

    @classmethod
    def parse(cls, text: str) -> Line:
        """The line without its newline."""
        match text.split(" "):
            case ["—", name, encoded] if is_name(name):
                raw = spelling.unbase64(encoded, "signature line")
                if len(raw) > 4:
                    return cls(name, raw[:4], raw[4:])
        raise Malformed("signature line", "— name base64(key id and signature)")

    def __str__(self) -> str:
        return f"— {self.name} {spelling.base64(self.key_id + self.blob)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the trusted keys that signed it, each once, with what stood after the key id."""

    text: str
    verified: tuple[tuple[Vkey, bytes], ...]


Signed: TypeAlias = Callable[[Vkey, str, bytes], tuple[bytes, bytes]]
"""(key, text, blob) -> message and signature."""


def is_name(name: str) -> bool:
    """Whether a key can have this name: not empty, no space of any kind, no plus sign, no control character."""
    return name != "" and "+" not in name and not any(each.isspace() or each < " " for each in name)


def plain(vkey: Vkey, text: str, blob: bytes) -> tuple[bytes, bytes]:
    """A signature of type 0x01 is over the text itself; the other types sign checkpoints only."""
    if vkey.type != ED25519:
        raise Unproven(f"key {vkey.name}", "signs checkpoints only")
    return text.encode(), blob


def split(raw: str | bytes) -> tuple[str, tuple[Line, ...]]:
    """Text and signature lines of a note; the last empty line separates them."""
    whole = spelling.utf8(raw, "note")
    text, blank, _ = whole.rpartition("\n\n")
    rows = spelling.lines(whole, "note")[text.count("\n") + 2 :]
    if not blank or not 0 < len(rows) <= MAX_LINES:
        raise Malformed("note", f"no empty line followed by 1 to {MAX_LINES} signature lines")
    return text + "\n", tuple(map(Line.parse, rows))


def open_note(raw: str | bytes, trusted: Iterable[Vkey], check: Check, signed: Signed = plain) -> Note:
    """The text of a note that at least one trusted key signed.

    Lines of unknown keys are ignored; one bad line of a trusted key refuses the note (Unproven).
    """
    text, rows = split(raw)
    known = _by_id(trusted)
    verified: dict[Vkey, bytes] = {}
    for line in rows:
        if vkey := known.get((line.name, line.key_id)):
            _verify(vkey, text, line.blob, check, signed)
            verified.setdefault(vkey, line.blob)
    if not verified:
        raise Unproven("note", "signed by no trusted key")
    return Note(text, tuple(verified.items()))


def _by_id(trusted: Iterable[Vkey]) -> dict[tuple[str, bytes], Vkey]:
    keys = set(trusted)
    known = {(vkey.name, vkey.key_id): vkey for vkey in keys}
    if len(known) != len(keys):
        raise Malformed("trusted keys", "two keys share name and key id")
    return known


def _verify(vkey: Vkey, text: str, blob: bytes, check: Check, signed: Signed) -> None:
    if len(blob) != BLOB_SIZE[vkey.type]:
        raise Unproven(f"signature of {vkey.name}", "of another length")
    if not check(vkey.type, vkey.public, *signed(vkey, text, blob)):
        raise Unproven(f"signature of {vkey.name}", "does not verify")


def signature_line(vkey: Vkey, blob: bytes) -> str:
    """The line that puts this key's signature under a note."""
    return str(Line(vkey.name, vkey.key_id, blob))


def add(raw: str | bytes, *more: str) -> str:
    """The note with more signature lines; a line of a key that stands there already is replaced."""
    text, rows = split(raw)
    added = [Line.parse(line.removesuffix("\n")) for line in more]
    by_key = {(line.name, line.key_id): line for line in (*rows, *added)}
    return text + "\n" + "".join(map(str, by_key.values()))
