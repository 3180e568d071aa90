"""Checkpoints: a tree's size and root as a note's text, and the cosignatures of witnesses.

    ledger.example.org/log/440307-001/1
    2
    JCMzOarc7fKH0mJBPwPAKOuNs5ft0yooeAkRUbmb8g8=

c2sp.org/tlog-checkpoint v1.0.0; tlog-cosignature v1.0.1 for type 0x04 (Ed25519), v1.1.0-rc.1 for 0x06 (ML-DSA-44).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from tlog import note, spelling
from tlog.errors import Malformed, Unproven
from tlog.merkle import EMPTY
from tlog.note import Check, Note, Vkey

MAX_NAME = 255

Sign: TypeAlias = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of one log; extension lines are shown, never trusted."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, raw: str | bytes) -> Checkpoint:
        """The checkpoint of a note's text; size 0 has the empty tree's root."""
        checkpoint = cls.form(raw)
        if not checkpoint.size and checkpoint.root != EMPTY:
            raise Malformed("checkpoint", "size 0 has one root only")
        return checkpoint

    @classmethod
    def form(cls, raw: str | bytes) -> Checkpoint:
        """As `parse`, but size 0 may stand with any root: a witness answers that with 422, not 400."""
        lines = spelling.lines(spelling.utf8(raw, "checkpoint"), "checkpoint")
        if len(lines) < 3 or "" in lines:
            raise Malformed("checkpoint", "three or more lines, none empty")
        origin, size, root, *extensions = lines
        what = "checkpoint"
        return cls(origin, spelling.decimal(size, what), spelling.unbase64_hash(root, what), tuple(extensions))

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in (self.origin, self.size, spelling.base64(self.root), *self.extensions))


def open_checkpoint(raw: str | bytes, trusted: Iterable[Vkey], check: Check) -> tuple[Checkpoint, Note]:
    """A checkpoint signed by at least one trusted key, log's or witness's; which must have signed is the policy's matter."""
    checkpoint = Checkpoint.parse(note.split(raw)[0])
    return checkpoint, note.open_note(raw, trusted, check, signed)


def sign_checkpoint(checkpoint: Checkpoint, sign: Sign, vkey: Vkey) -> str:
    """The note of a log that signs its checkpoint with its Ed25519 key, which bears the origin as its name."""
    if (vkey.name, vkey.type) != (checkpoint.origin, note.ED25519):
        raise Malformed("log key", "is of type 0x01 and bears the origin as its name")
    text = str(checkpoint)
    return text + "\n" + note.signature_line(vkey, sign(text.encode()))


def cosign(checkpoint: Checkpoint, timestamp: int, sign: Sign, vkey: Vkey) -> str:
    """The signature line of a witness (type 0x04 or 0x06) at a POSIX time in seconds."""
    blob = timestamp.to_bytes(8, "big") + sign(cosignature_message(checkpoint, timestamp, vkey))
    return note.signature_line(vkey, blob)


def cosigned_at(blob: bytes) -> int:
    """POSIX seconds at which a witness cosigned, from a verified blob."""
    return int.from_bytes(blob[:8], "big")


def cosignature_message(checkpoint: Checkpoint, timestamp: int, vkey: Vkey) -> bytes:
    """What a witness signs; a timestamp lies within 1..2^63-1."""
    if not 1 <= timestamp <= spelling.LARGEST:
        raise Unproven(f"cosignature of {vkey.name}", "a timestamp lies within 1..2^63-1")
    if vkey.type == note.COSIGNATURE:
        return f"cosignature/v1\ntime {timestamp}\n{checkpoint}".encode()
    # The subtree from leaf 0 is the whole tree; extension lines are not covered.
    return b"".join(
        (
            b"subtree/v1\n\0",
            _counted(vkey.name),
            timestamp.to_bytes(8, "big"),
            _counted(checkpoint.origin),
            bytes(8),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def _counted(name: str) -> bytes:
    raw = name.encode()
    if not 1 <= len(raw) <= MAX_NAME:
        raise Malformed("name", f"1 to {MAX_NAME} bytes")
    return bytes([len(raw)]) + raw


def signed(vkey: Vkey, text: str, blob: bytes) -> tuple[bytes, bytes]:
    """Message and signature of a line under a checkpoint, by the key's type."""
    if vkey.type == note.ED25519:
        return text.encode(), blob
    return cosignature_message(Checkpoint.form(text), cosigned_at(blob), vkey), blob[8:]
