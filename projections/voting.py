"""What a key stands for, and what its next ballot needs: all that its holder's program asks before anything is signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.authority import KeyRow
from domain.ballots import BALLOT_KINDS, NO_BALLOTS, Ballot, channel_offered, in_window, papers_of
from domain.confirmations import Stream, next_place
from domain.errors import Refused
from domain.lifecycle import Act, Breach, Context, Read
from domain.polls import SEALED, Poll, decided_by
from domain.readers import reader_of
from projections.ledgers import Name, View
from projections.polls import Moment, moment, phase_of, wording_of

KIND_OF: Final[Mapping[str, str]] = {mode: kind for kind, mode in BALLOT_KINDS.items()}


@dataclass(frozen=True, slots=True)
class HeldFace:
    """A post held now; `matter` is null for any."""

    post: str
    matter: str | None


@dataclass(frozen=True, slots=True)
class KeyFace:
    """A key that was admitted: it signs from entry `since` until entry `until`; its posts now, its heads as [snapshot, tag]."""

    key: str
    suite: str
    public: str
    active: bool
    since: int
    until: int | None
    person: str
    org: str | None
    posts: tuple[HeldFace, ...]
    heads: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RefusalFace:
    """What the ledger would answer now, in both languages."""

    code: str
    rule: str
    detail: Name
    remedy: Name


@dataclass(frozen=True, slots=True)
class StandingFace:
    """The electronic ballot that stands for a head now."""

    index: int
    leaf: str
    recorded_at: Moment


@dataclass(frozen=True, slots=True)
class HeadFace:
    """A head for which the key may vote: `prev` is the last leaf of its stream, `place` the place of the next ballot, from 1.

    `items` are the ids of those that it decides: a ballot that answers another is refused.
    """

    tag: str
    stream: str
    prev: str | None
    place: int
    stands: StandingFace | None
    paper: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskedFace:
    """One question; its text is null where it cannot be shown."""

    id: str
    matter: str
    question: str | None


@dataclass(frozen=True, slots=True)
class BallotFace:
    """All that a ballot needs. `now` is the ledger's time; `seen` the size and root (hex) of the checkpoint beside it.

    `refused` is what any ballot would meet now, or null; `active` is null for a key that was never admitted.
    """

    ledger: str
    poll: str
    title: str | None
    ballots: str
    kind: str
    channels: tuple[str, ...]
    opening: str | None
    opens: Moment
    closes: Moment
    phase: str
    now: int
    active: bool | None
    items: tuple[AskedFace, ...]
    tags: tuple[HeadFace, ...]
    seen: tuple[int, str]
    checkpoint: str
    refused: RefusalFace | None


def key_face(seen: View, key: bytes) -> KeyFace | None:
    """A key as it stands now, or None for one that was never admitted."""
    row: KeyRow | None = seen.state.get(("key", key))
    if row is None:
        return None
    reader = reader_of(seen.state, key, seen.now)
    posts = tuple(HeldFace(post, matter) for post, matter in (reader.posts if reader else ()))
    heads = tuple((snapshot, tag.hex()) for snapshot, tag in heads_of_key(seen.state, key))
    return KeyFace(key.hex(), row.suite, row.public.hex(), row.stage == "active", row.since, row.until, row.person.hex(), row.org,
                   posts, heads)  # fmt: skip


def heads_of_key(read: Read, key: bytes) -> tuple[tuple[str, bytes], ...]:
    """The heads to which this key, or one that it replaced by rotation, was bound, as (snapshot, tag)."""
    row: KeyRow | None = read.get(("key", key))
    before = heads_of_key(read, row.replaces) if row and row.replaces else ()
    own = (place for place in read.get(("heads-of", key), ()) if ("head", place) in read)
    return tuple(dict.fromkeys((*before, *own)))


def ballot_face(seen: View, name: str, key: bytes) -> BallotFace | None:
    """What the next ballot by this key needs in a vote, or None when no notice of that name has taken effect."""
    poll: Poll | None = seen.state.get(("poll", name))
    if poll is None:
        return None
    row: KeyRow | None = seen.state.get(("key", key))
    asked = wording_of(seen, name)
    size, root, note = seen.door.checkpoint()
    heads = (tag for snapshot, tag in heads_of_key(seen.state, key) if snapshot == poll.roll)
    tags = (tag for tag in heads if decided_by(seen.state, poll, tag))
    return BallotFace(
        ledger=seen.door.origin, poll=name, title=asked.get("title"), ballots=poll.ballots, kind=KIND_OF[poll.ballots],
        channels=poll.channels, opening=poll.opening.hex() if poll.opening else None, opens=moment(poll.opens),
        closes=moment(poll.ends), phase=phase_of(poll, seen.state.get(("result", name)), seen.now), now=seen.now,
        active=row.stage == "active" if row else None,
        items=tuple(AskedFace(item.id, item.matter, asked.get(f"question/{item.id}")) for item in poll.items),
        tags=tuple(_head(seen, name, tag) for tag in tags), seen=(size, root.hex()), checkpoint=note,
        refused=_refused(seen, name, poll, key, size),
    )  # fmt: skip


def _head(seen: View, name: str, tag: bytes) -> HeadFace:
    stream = f"ballot/{name}/{tag.hex()}"
    last: Stream | None = seen.state.get(("stream", stream))
    stands: Ballot | None = seen.state.get(("ballot", (name, tag)))
    paper = tuple(one.form for one in papers_of(seen.state, name, tag) if one.stage not in NO_BALLOTS)
    return HeadFace(tag.hex(), stream, last.leaf.hex() if last else None, next_place(seen.state, stream),
                    StandingFace(stands.index, stands.leaf.hex(), moment(stands.at)) if stands else None, paper,
                    tuple(item.id for item in decided_by(seen.state, seen.state["poll", name], tag)))  # fmt: skip


def _refused(seen: View, name: str, poll: Poll, key: bytes, size: int) -> RefusalFace | None:
    """What the vote itself would say to a ballot of its kind, whoever casts it."""
    body: Mapping[str, Any] = {"poll": name, "tag": b"", **({"items": ()} if poll.ballots == SEALED else {"choices": {}})}
    act = Act(b"", KIND_OF[poll.ballots], seen.door.origin, "", None, poll.opening, key, seen.now, seen.now, None, (), body)
    context = Context(seen.now, size)
    breaches = (guard(seen.state, act, context) for guard in (in_window, channel_offered))
    return next((_said(breach) for breach in breaches if breach), None)


def _said(breach: Breach) -> RefusalFace:
    why = Refused(breach.code, **breach.detail)
    return RefusalFace(
        why.code, why.rule, Name(why.sentence("zh"), why.sentence("en")), Name(why.remedy("zh"), why.remedy("en"))
    )
