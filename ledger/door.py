"""The one door: admits a statement if the rules allow it now, gives it the next place, signs the checkpoint (design §5).

The steps are numbered as in the design. State and tree are values: a failed commit is a dropped dictionary.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, Mapper, PersistenceError, StoredEvent

from domain.acts import KINDS, opened_names
from domain.authority import KeyRow
from domain.errors import Refused
from domain.fold import Draft, Fold
from domain.lifecycle import UNOPENED, Unopened
from domain.state import act_of
from keys.enrolment import proved
from ledger.anchor import Anchor, AnchorBroken
from ledger.clock import Clock, stamp
from ledger.store import Append, Diverged, Store, StoreFailed
from ledger.submission import Prepared, lookup, prepare, verify
from ledger.vault import Sealing, Vault
from tlog.checkpoint import Checkpoint
from tlog.merkle import EMPTY, TILE_WIDTH, inclusion_proof, leaf_hash, range_root
from tlog.opening import reveal
from tlog.proof import Proof
from tlog.tile import Level, bundle, subtree_reader

Sign = Callable[[Checkpoint], str]
Opened = dict[bytes, Mapping[str, Any]]  # leaf -> what its openings say
MOST_EVIDENCE = 1000
LOG = logging.getLogger("liuchi.door")
GROUP = 512  # submissions that share a commit: its flushes cost as much for one as for all
CACHED = 512  # entries whose openings are kept opened
CHUNK = 32  # signatures that a thread checks at a time
VERIFIERS = ThreadPoolExecutor(os.cpu_count(), "verify")  # shared by all ledgers; its threads start when they are needed


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry as the library stores it: the stream's name, the place there, our word for the kind, the bytes."""

    originator_id: str
    originator_version: int
    kind: str
    raw: bytes


class EntryMapper(Mapper[Any]):
    """Stored = signed = hashed: bytes pass through untouched."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        return StoredEvent(domain_event.originator_id, domain_event.originator_version, domain_event.kind, domain_event.raw)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        return Stored(str(stored_event.originator_id), stored_event.originator_version, stored_event.topic,
                      bytes(stored_event.state))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that share a commit, as the library collects them: one object to look at, however many entries."""

    id: str
    version: int
    entries: tuple[Stored, ...]

    def collect_events(self) -> tuple[Stored, ...]:
        return self.entries


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry's place, its bytes, and the proof that the signed tree holds it there, which is built when somebody asks for it."""

    index: int
    entry: bytes
    prove: Callable[[int], str] = field(repr=False)

    @property
    def leaf(self) -> bytes:
        return leaf_hash(self.entry)

    @property
    def proof(self) -> str:
        """The tlog-proof under the checkpoint that was newest when the receipt was made. Raises StoreFailed."""
        return self.prove(self.index)


def _prepared(raw: bytes) -> Prepared | Refused:
    try:
        return prepare(raw)
    except Refused as why:
        return why


@dataclass(slots=True)
class Ticket:
    """A submission that waits for its place in the next commit."""

    one: Prepared
    answer: int | Refused | None = None


class Ledger(Application[str]):
    """One ledger: its state, its tree, and the only way in."""

    def __init__(self, store: Store, origin: str, *, sign: Sign, anchor: Anchor, vault: Vault, clock: Clock,
                 evidence: Path | None = None) -> None:  # fmt: skip
        self._environment = {**store.environment, "ORIGINATOR_ID_TYPE": "text", "MAPPER_TOPIC": "ledger.door:EntryMapper"}
        super().__init__(self._environment)
        self.store, self.shelf = store, store.shelf
        self.origin, self.anchor, self.vault, self.clock, self.evidence = origin, anchor, vault, clock, evidence
        self._sign = sign
        self.fold = Fold(proved, self.root_at)
        self._door, self._waiting = Lock(), deque[Ticket]()
        self._opened: Opened = {}
        self.catch_up()

    # --- writing

    def submit(self, raw: bytes) -> Receipt:
        """Record one submission; the same statement again gets its first receipt. Raises Refused."""
        answer = self.submit_all((raw,))[0]
        if isinstance(answer, Refused):
            raise answer
        return answer

    def submit_all(self, waiting: Sequence[bytes]) -> list[Receipt | Refused]:
        """Record several submissions, up to GROUP in one commit; each gets its receipt or its refusal, in order."""
        formed = [_prepared(raw) for raw in waiting]  # 1. outside any lock
        places = [place for group in self._verified(formed) for place in self._placed(group)]
        receipt = self._receipts([place for place in places if isinstance(place, int)])
        return [receipt(place) if isinstance(place, int) else place for place in places]

    def _verified(self, formed: Sequence[Prepared | Refused]) -> Iterator[list[Prepared | Refused]]:
        """Groups whose signatures hold; threads check later ones while earlier ones are committed. Doubts are settled here."""
        chunks = [formed[start : start + CHUNK] for start in range(0, len(formed), CHUNK)]
        held = chain.from_iterable(VERIFIERS.map(self._signed, chunks) if len(chunks) > 1 else map(self._signed, chunks))
        for start in range(0, len(formed), GROUP):
            group = zip(formed[start : start + GROUP], held, strict=False)
            yield [one if holds else self._doubted(one) for one, holds in group]

    def _placed(self, group: Sequence[Prepared | Refused]) -> Iterator[int | Refused]:
        """The places of these submissions once they are committed, or why they have none."""
        tickets = [Ticket(one) for one in group if isinstance(one, Prepared)]
        self._waiting.extend(tickets)
        while any(ticket.answer is None for ticket in tickets):
            with self._door:  # whoever is first commits for all who wait
                self._commit()
        answers = (ticket.answer for ticket in tickets)
        for one in group:
            answer = next(answers) if isinstance(one, Prepared) else one
            assert answer is not None
            yield answer

    def _signed(self, chunk: Sequence[Prepared | Refused]) -> list[bool]:
        return [isinstance(one, Prepared) and self._holds(one) for one in chunk]

    def _holds(self, one: Prepared) -> bool:
        try:
            verify(one, self._key_of)
        except Refused:
            return False
        return True

    def _doubted(self, one: Prepared | Refused) -> Prepared | Refused:
        if isinstance(one, Refused):
            return one
        try:
            self._verify(one)
        except Refused as why:  # a repetition gets its first receipt, whatever came with it
            return one if self.shelf.places((one.hash,)) else why
        return one

    def _verify(self, prepared: Prepared) -> None:
        try:
            verify(prepared, self._key_of)
        except Refused as why:
            if why.code != "key-unknown":
                raise
            with self._door:  # another process may have admitted the key
                self.catch_up()
            verify(prepared, self._key_of)

    def _key_of(self, key: bytes) -> tuple[str, bytes] | None:
        row: KeyRow | None = self.fold.state.get(("key", key))
        return (row.suite, row.public) if row else None

    def _commit(self) -> None:
        """Record what waits, at most a group; every ticket of it is answered, whatever happens."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP))]
        for answered in self._answered(group):
            for ticket, answer in answered:
                ticket.answer = answer

    def _answered(self, group: Sequence[Ticket]) -> Iterator[Iterable[tuple[Ticket, int | Refused]]]:
        """The group's answers; a program error in one submission leaves nothing behind, and the others go on alone."""
        if not group:
            return
        try:
            with self.store.turn():  # 2. the ledger's turn
                yield zip(group, self._append([ticket.one for ticket in group]), strict=True)
        except StoreFailed:
            yield ((ticket, Refused("store-unavailable")) for ticket in group)
        except Exception:
            if len(group) == 1:
                LOG.exception("a submission of kind %s met a program error", group[0].one.said.kind)
                yield ((group[0], Refused("store-unavailable")),)
            for ticket in group if len(group) > 1 else ():
                yield from self._answered((ticket,))

    def _append(self, waiting: Sequence[Prepared]) -> list[int | Refused]:
        while True:
            self.catch_up()  # 2. what other processes appended
            size = self.fold.head.size
            try:
                draft, answers = self._attempt(waiting)
            except IntegrityError:  # 5. nothing to undo: decide again
                self.catch_up()
                if self.fold.head.size > size:
                    continue
                return [Refused("store-unavailable")] * len(waiting)  # nobody was faster: a defect
            except (Diverged, AnchorBroken):
                return [Refused("store-behind")] * len(waiting)
            except PersistenceError:
                self._reopen()
                return [Refused("store-unavailable")] * len(waiting)
            if draft is not None:
                self.anchor.advance(draft.head.size, draft.head.root)  # 6. after COMMIT; monotone, fsync
            return answers  # 7. only now tell anyone

    def _attempt(self, waiting: Sequence[Prepared]) -> tuple[Draft | None, list[int | Refused]]:
        draft, fresh, sealings, answers = self.fold.draft(), dict[bytes, Stored](), list[Sealing](), list[int | Refused]()
        opened: Opened = {}  # what this batch seals is not in the vault yet
        known = self.shelf.places([one.hash for one in waiting])
        for one in waiting:
            if one.hash not in known:
                index = draft.head.size
                try:
                    fresh[one.hash], sealing = self._admit(draft, one, opened)  # 3. the rules, on the state as it will be
                except Refused as why:
                    self._keep_evidence(why, one)
                    answers.append(why)
                    continue
                sealings.append(sealing)
                known[one.hash] = index
            answers.append(known[one.hash])
        if not fresh:
            return None, answers
        rows = self.vault.seal(sealings)
        checkpoint = Checkpoint(self.origin, draft.head.size, draft.head.root)
        append = Append(self.fold.head, draft.head, self._sign(checkpoint), [*fresh], draft.tiles, rows, self.anchor)
        self.save(Group(self.origin, draft.head.size, tuple(fresh.values())), append=append)  # 4. all rows, or none
        self.fold.keep(draft)
        return draft, answers

    def _admit(self, draft: Draft, one: Prepared, beneath: Opened) -> tuple[Stored, Sealing]:
        recorded_at, index = stamp(self.clock, draft.last), draft.head.size
        entry = one.entry(recorded_at)
        act = one.act(entry)
        judged = draft.judge(act, recorded_at, lookup(one, act, beneath, self.opening))
        if strangers := one.opened.keys() - KINDS[act.kind].opens(act.body).keys():
            raise Refused("sealed-not-opened", why=f"no {', '.join(sorted(strangers))} belongs here")
        if isinstance(judged.found, Unopened):  # erased, or never in this vault: the door demands that everything holds
            raise Refused("sealed-not-opened", why=f"{judged.found.names[0]} cannot be opened any more")
        draft.lay(act, judged.context, judged.flags)
        beneath[act.leaf] = one.opened
        place = draft.state["stream", act.stream].place
        return Stored(act.stream, place, act.kind, entry), Sealing(act, index, one.hash, one.sent.openings)

    def _keep_evidence(self, why: Refused, one: Prepared) -> None:
        """A signed statement that saw another tree is kept: with a checkpoint of ours over that tree it proves a fork."""
        if why.code == "forked-view" and self.evidence is not None:
            self.evidence.mkdir(exist_ok=True)
            if sum(1 for _ in self.evidence.iterdir()) < MOST_EVIDENCE:
                (self.evidence / f"{one.hash.hex()}.submission").write_bytes(one.sent.raw())

    def _reopen(self) -> None:
        """After a failed COMMIT the library's connection may still hold the lock: leave it and start on new ones."""
        super().close()
        super().__init__(self._environment)
        self.shelf.close()

    def close(self) -> None:
        """Let go of the store; what is committed stays."""
        super().close()
        self.store.close()

    # --- reading

    def catch_up(self) -> None:
        """Read what was appended since, by this process or any other."""
        while news := self.shelf.entries(self.fold.head.size, 5000):
            for entry in news:
                self.fold.read(entry)

    def checkpoint(self) -> tuple[int, bytes, str]:
        """Size, root and note of the newest checkpoint; size 0 and no note before the first entry."""
        return self.shelf.checkpoint() or (0, EMPTY, "")

    def receipt(self, index: int) -> Receipt:
        """The receipt of an entry under the newest checkpoint."""
        return self._receipts((index,))(index)

    def _receipts(self, places: Sequence[int]) -> Callable[[int], Receipt]:
        """Makes receipts for these places under the checkpoint that is newest now; the tiles that they share are read once."""
        size, _, note = self.checkpoint()
        read, entries = subtree_reader(self.fetch, size), self._entries_at(places)

        def prove(index: int) -> str:
            return str(Proof(index, inclusion_proof(index, size, read), note))

        return lambda index: Receipt(index, entries[index], prove)

    def _entries_at(self, places: Sequence[int]) -> dict[int, bytes]:
        """The entries at these places, those of one commit in one query."""
        first, count = min(places, default=0), len(set(places))
        if count and max(places) - first + 1 == count:
            return dict(enumerate(self.shelf.entries(first, count), first))
        return {place: self.shelf.entries(place, 1)[0] for place in places}

    def fetch(self, level: Level, number: int, width: int) -> bytes:
        """A tile or bundle of our own, as wide as asked for; empty when there is none."""
        if level == "entries":
            return bundle(self.shelf.entries(number * TILE_WIDTH, width))
        return (self.shelf.tile(level, number) or b"")[: 32 * width]

    def root_at(self, size: int) -> bytes | None:
        """This log's root at an earlier size, or None."""
        newest = self.shelf.checkpoint()
        if newest is None or not 0 <= size <= newest[0]:
            return None
        return self.shelf.root_at(size) or range_root(0, size, subtree_reader(self.fetch, size))

    def openings_of(self, index: int) -> list[bytes]:
        """The openings of an entry that can still be opened, in the order of its digests."""
        entry = self.shelf.entries(index, 1)[0]
        statement = self.shelf.statement(index) or b""
        rows = {row.digest: row for row in self.shelf.vault(leaf_hash(entry))}
        opened = (self.vault.open(rows[digest], statement) for digest in act_of(entry).act.sealed if digest in rows)
        return [raw for raw in opened if raw is not None]

    def opening(self, leaf: bytes, name: str) -> Any:
        """The value that an entry seals under a name, checked against its digests; UNOPENED when it was erased."""
        found = self._opened.get(leaf) or self._open(leaf)
        if found and leaf not in self._opened:
            if len(self._opened) >= CACHED:
                self._opened.clear()
            self._opened[leaf] = found
        return found.get(name, UNOPENED)

    def _open(self, leaf: bytes) -> Mapping[str, Any]:
        rows = self.shelf.vault(leaf)
        if not rows:
            return {}
        act = act_of(self.shelf.entries(rows[0].index, 1)[0]).act
        raws = self.openings_of(rows[0].index)
        return opened_names(act, raws, reveal(act.sealed, raws, act.ledger, act.stream, act.prev))
