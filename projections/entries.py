"""Entries as they are read: the bytes, the statement in words a program reads, the receipt, and what became of the act."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, fields
from typing import Any, Final

from domain.confirmations import Pending
from domain.fields import to_json
from ledger.door import Receipt
from projections.journal import Line
from projections.ledgers import Opened, View
from tlog.entry import Entry, Statement
from tlog.merkle import leaf_hash

PAGE: Final = 256
RECORDED: Final = "recorded"  # the log's signature; a quorum's would make it "witnessed"


@dataclass(frozen=True, slots=True)
class EntryFace:
    """One entry: `entry` is the leaf's bytes in base64; in the decoded statement bytes are lower-case hex."""

    index: int
    leaf: str
    entry: str
    statement: dict[str, Any]
    suite: str
    signature: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class ReceiptFace:
    """What an author gets and anybody may keep (docs/spec/mirror.md); `proof` is the proof file, verbatim."""

    index: int
    leaf: str
    entry: str
    proof: str
    status: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of an act: complete, waiting, declined or expired, and the index of the entry that settled it."""

    name: str
    settled: int | None = None


def entry_at(opened: Opened, index: int) -> bytes | None:
    """The bytes of an entry, or None beyond the end of the log."""
    if not 0 <= index < opened.door.checkpoint()[0]:
        return None
    return opened.door.shelf.entries(index, 1)[0]


def entry_face(index: int, raw: bytes) -> EntryFace:
    """An entry's bytes, taken apart."""
    entry = Entry.parse(raw)
    said = Statement.parse(entry.statement)
    statement = {one.name: to_json(getattr(said, one.name)) for one in fields(said)}
    return EntryFace(index, leaf_hash(raw).hex(), b64encode(raw).decode(), statement, entry.suite, entry.signature.hex(),
                     entry.recorded_at)  # fmt: skip


def entries_after(opened: Opened, after: int, limit: int) -> list[EntryFace]:
    """At most `limit` entries whose index is above `after`."""
    first, size = after + 1, opened.door.checkpoint()[0]
    count = min(limit, size - first)
    raws = opened.door.shelf.entries(first, count) if count > 0 else []
    return [entry_face(index, raw) for index, raw in enumerate(raws, first)]


def receipt_face(receipt: Receipt) -> ReceiptFace:
    """A receipt as JSON spells it."""
    return ReceiptFace(receipt.index, receipt.leaf.hex(), b64encode(receipt.entry).decode(), receipt.proof, RECORDED)


def standing_of(seen: View, line: Line) -> Standing:
    """What has become of an act."""
    pending: Pending | None = seen.state.get(("pending", line.leaf))
    if pending is not None:
        return Standing("waiting" if seen.now <= pending.expires else "expired")
    answers = seen.journal.answers(line.leaf)
    for answer in answers:
        if answer.kind == "declined/1":
            return Standing("declined", answer.index)
    if len(answers) < len(line.needs):
        return Standing("expired")
    return Standing("complete", answers[-1].index if answers else line.index)
