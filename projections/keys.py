"""Keys as everybody may see them: what became of one, and which stand for a head; all of it from the log (R-SIG-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.authority import KeyRow, stands_for
from domain.keysample import Called, called_of
from domain.roll import Head
from domain.state import act_of
from keys.enrolment import fingerprint
from projections.ledgers import View
from projections.polls import Moment, moment
from projections.signers import Signer, signer_of
from projections.voting import heads_of_key


@dataclass(frozen=True, slots=True)
class BoundFace:
    """A head for which a key stands; `late` after its roll was frozen."""

    snapshot: str
    tag: str
    late: bool


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """A key: `standing` is unknown, waiting (in the letter box, not on the log), admitted, bound or revoked.

    `since` is the entry with which it began to sign, `until` that with which it ended; `admitted_by` who signed its page.
    """

    key: str
    fingerprint: tuple[str, ...]
    standing: str
    since: int | None = None
    since_at: Moment | None = None
    until: int | None = None
    page: int | None = None
    admitted_by: Signer | None = None
    heads: tuple[BoundFace, ...] = ()
    called: str | None = None  # asked, reached or denied in the call-back of its page


def key_standing(seen: View, key: bytes, *, waits: bool = False) -> KeyStanding:
    """What became of a key; `waits` says that it lies in the letter box."""
    row: KeyRow | None = seen.state.get(("key", key))
    if row is None:
        return KeyStanding(key.hex(), fingerprint(key), "waiting" if waits else "unknown")
    line, begun = seen.journal.line(row.page), seen.door.shelf.entries(row.since, 1)
    bound = tuple(_bound(seen, key))
    standing = "revoked" if row.stage != "active" else "bound" if bound else "admitted"
    return KeyStanding(key.hex(), fingerprint(key), standing, row.since, moment(act_of(begun[0]).recorded_at), row.until,
                   line.index if line else None, signer_of(seen, line) if line else None, bound, _called(seen, row, key))  # fmt: skip


def _bound(seen: View, key: bytes) -> Iterable[BoundFace]:
    """The heads that the key, or one that it replaced by rotation, was bound to and stands for."""
    for place in heads_of_key(seen.state, key):
        head: Head = seen.state["head", place]
        yield BoundFace(place[0], place[1].hex(), stands_for(seen.state, key, head.late))


def _called(seen: View, row: KeyRow, key: bytes) -> str | None:
    """How the call-back of its page went for this key."""
    line = seen.journal.line(row.page)
    page = act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body.get("page") if line else None
    found: Called = called_of(seen.state, page or "")
    return next((name for name in ("denied", "reached", "asked") if key in getattr(found, name)), None)


def keys_of_head(seen: View, snapshot: str, tag: bytes) -> tuple[KeyStanding, ...] | None:
    """The keys that were bound to a head, and those that took their place by rotation, in order; None when there is no such head."""
    head: Head | None = seen.state.get(("head", (snapshot, tag)))
    if head is None:
        return None
    return tuple(key_standing(seen, key) for key in dict.fromkeys(_with_heirs(seen, head.keys)))


def _with_heirs(seen: View, keys: Sequence[bytes]) -> Iterable[bytes]:
    """Each key, followed by those that replaced it."""
    for key in keys:
        yield key
        own: Sequence[bytes] = seen.state.get(("keys-of", seen.state["key", key].person), ())
        yield from (one for one in own if one != key and stands_for(seen.state, one, (key,)))
