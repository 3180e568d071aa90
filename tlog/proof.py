"""Proof files: that an entry stands in a log (c2sp.org/tlog-proof v1).

c2sp.org/tlog-proof@v1
index 1
iipcm3aIJ95alVLDigRMZpWcaPbS8htSYK9U0vh9uCc=

ledger.example.org/log/440307-001/1
2
...the rest of the checkpoint's note
"""

from __future__ import annotations

from dataclasses import dataclass

from tlog import merkle, note, spelling
from tlog.checkpoint import Checkpoint
from tlog.errors import Malformed
from tlog.note import Check
from tlog.policy import Policy, Witness, verify_checkpoint

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """Place, path and checkpoint of an entry; `extra` is nobody's word and we write none."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    @classmethod
    def parse(cls, raw: str | bytes) -> Proof:
        """The proof of a file's text; verifies nothing."""
        text = spelling.utf8(raw, "proof")
        (header, *lines), checkpoint = spelling.before_note(text, "proof")
        extra = spelling.unbase64(lines.pop(0)[6:], "proof") if lines and lines[0].startswith("extra ") else None
        if header != HEADER or not lines or not lines[0].startswith("index ") or len(lines) > 1 + MAX_HASHES:
            raise Malformed("proof", f"header, index and at most {MAX_HASHES} hashes")
        index = spelling.decimal(lines[0][6:], "proof")
        hashes = tuple(spelling.unbase64_hash(line, "proof") for line in lines[1:])
        Checkpoint.parse(note.split(checkpoint)[0])
        return cls(index, hashes, checkpoint, extra)

    def __str__(self) -> str:
        extra = [] if self.extra is None else [f"extra {spelling.base64(self.extra)}"]
        return "\n".join([HEADER, *extra, f"index {self.index}", *map(spelling.base64, self.hashes), "", self.checkpoint])


@dataclass(frozen=True, slots=True)
class Verified:
    """Where an entry stands, under which checkpoint, and when (POSIX seconds) which witnesses cosigned that."""

    index: int
    checkpoint: Checkpoint
    witnesses: tuple[tuple[Witness, int], ...]


def verify_proof(entry: bytes, proof: Proof, policy: Policy, check: Check) -> Verified:
    """That these bytes are the entry `proof.index` of a log which the policy accepts.

    Malformed, or Unproven with code `log`, `quorum` or `unproven`.
    """
    leaf = merkle.leaf_hash(entry)
    vouched = verify_checkpoint(proof.checkpoint, policy, check)
    checkpoint = vouched.checkpoint
    merkle.verify_inclusion(proof.index, checkpoint.size, leaf, proof.hashes, checkpoint.root)
    return Verified(proof.index, checkpoint, vouched.witnesses)
