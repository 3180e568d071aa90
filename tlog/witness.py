"""A witness's decision about one checkpoint (c2sp.org/tlog-witness v1.0.0, add-checkpoint), without its store.

old 10
NPGhc+gS1FizwN90N6k6y6k7nFyGNMwOXTtLlqtkdyM=
...up to 63 hashes of the consistency proof

...the checkpoint's note
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

from tlog import note, spelling
from tlog.checkpoint import Checkpoint, signed
from tlog.errors import Malformed, Unsound
from tlog.merkle import EMPTY, verify_consistency
from tlog.note import Check, Vkey

MAX_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request: the size at which the witness is believed to stand, the proof from there, the new checkpoint's note."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says; nothing of it is verified."""
        return Checkpoint.form(note.split(self.note)[0])

    def __str__(self) -> str:
        return "\n".join([f"old {self.old}", *map(spelling.base64, self.proof), "", self.note])


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body, and the checkpoint to keep for this origin before the answer is sent."""

    status: int
    body: str
    state: Checkpoint | None
    content_type: str | None = None


def parse_add_checkpoint(raw: str | bytes) -> AddCheckpoint:
    """The request of a body; Malformed means status 400."""
    text = spelling.utf8(raw, "request")
    (old, *proof), signed_note = spelling.before_note(text, "request")
    if not old.startswith("old ") or len(proof) > MAX_HASHES:
        raise Malformed("request", f"the old size and at most {MAX_HASHES} hashes")
    hashes = tuple(spelling.unbase64_hash(line, "request") for line in proof)
    request = AddCheckpoint(spelling.decimal(old[4:], "request"), hashes, signed_note)
    Checkpoint.form(note.split(signed_note)[0])
    return request


def answer(
    state: Checkpoint | None,
    request: AddCheckpoint,
    clock: int,
    *,
    trusted: Mapping[str, Collection[Vkey]],
    check: Check,
    cosign: Callable[[Checkpoint, int], str],
) -> Answer:
    """What to answer and what to keep, when `state` is the origin's last checkpoint that this witness cosigned.

    `clock` is POSIX seconds, `trusted` the log keys of each origin, `cosign` writes the signature line. The checks stand in
    the order of the protocol. The caller reads the state, keeps the new one durably and only then answers, in one step.
    """
    new = request.checkpoint
    if new.origin not in trusted:
        return Answer(404, "", state)
    try:
        note.open_note(request.note, trusted[new.origin], check, signed)
    except Unsound:
        return Answer(403, "", state)
    if request.old > new.size:
        return Answer(400, "", state)
    size, root = (state.size, state.root) if state else (0, EMPTY)
    if request.old != size:
        return Answer(409, f"{size}\n", state, SIZE_TYPE)
    try:
        verify_consistency(size, new.size, request.proof, root, new.root)
    except Unsound:
        return Answer(422, "", state)
    return Answer(200, cosign(new, clock), new)


def monitoring_path(origin: str) -> str:
    """Where, below its monitoring prefix, a witness shows the last checkpoint it cosigned for an origin."""
    return f"{sha256(origin.encode()).hexdigest()}/checkpoint"
