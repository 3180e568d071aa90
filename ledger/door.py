"""The one door: admits a statement if the rules allow it now, gives it the next place, signs the checkpoint (design §5).

The steps are numbered as in the design. State and tree are values: a failed commit is a dropped dictionary.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from pathlib import Path
from threading import RLock
from typing import Any

from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, Mapper, StoredEvent

from domain.acts import KINDS, opened_names
from domain.authority import KeyRow
from domain.confirmations import next_place
from domain.documents import documents_in, sealed_documents
from domain.erasures import erased_of, erasures
from domain.errors import Refused
from domain.fold import Draft, Fold, Follow
from domain.lifecycle import UNOPENED, Act, Unopened
from domain.state import act_of
from keys.enrolment import proved
from keys.helpers import YES, Helpers, Question
from ledger.anchor import AnchorBroken, Outside
from ledger.clock import Clock, stamp
from ledger.documents import Documents, Referrers
from ledger.erasing import DOCUMENTS_GONE, Due, destroy
from ledger.evidence import keep, keep_parting, parting
from ledger.points import ADVANCED, ANSWER, COMMITTED, DECIDED, TURN, Reached, unwatched
from ledger.store import LARGEST, Append, Diverged, Store, StoreFailed
from ledger.submission import Prepared, glance, lookup, prepare, verify
from ledger.vault import Sealing, Vault
from tlog.checkpoint import Checkpoint
from tlog.merkle import EMPTY, TILE_WIDTH, Head, inclusion_proof, leaf_hash, range_root
from tlog.opening import Opening, reveal
from tlog.proof import Proof
from tlog.tile import Level, bundle, subtree_reader

Sign = Callable[[Checkpoint], str]
Opened = dict[bytes, Mapping[str, Any]]  # leaf -> what its openings say
LOG = logging.getLogger("liuchi.door")
GROUP = 1024  # submissions that share a commit: its flushes cost as much for one as for all
CACHED = 512  # entries whose openings are kept opened
CHUNK = 32  # signatures that a thread checks at a time
MANY = 64  # submissions from which on helpers are asked
SHARE = 256  # submissions that are worth a commit while helpers check the next
HELPERS = Helpers("ledger.submission:sound")  # shared by all ledgers
NO_QUESTION: Question = (b"", "", b"")
VERIFIERS = ThreadPoolExecutor(os.cpu_count(), "verify")  # shared by all ledgers; its threads start when they are needed


class EntryMapper(Mapper[Any]):
    """Stored = signed = hashed: what the library keeps of an entry is what it is given, the bytes untouched."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        event: StoredEvent = domain_event
        return event

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        return stored_event


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that share a commit, as the library collects them: one object to look at, however many entries.

    Each is the stream's name, the place there, our word for the kind, and the entry's bytes.
    """

    id: str
    version: int
    entries: tuple[StoredEvent, ...]

    def collect_events(self) -> tuple[StoredEvent, ...]:
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


def _unavailable(why: Exception) -> Refused:
    LOG.error("store-unavailable: %s", why)
    return Refused("store-unavailable")


class Violated(Exception):
    """The store holds something already that a submission would write, and nobody was faster: that submission is a defect's."""


@dataclass(slots=True)
class Ticket:
    """A submission that waits for its place in the next commit."""

    one: Prepared
    answer: int | Refused | None = None


class Ledger(Application[str]):
    """One ledger: its state, its tree, and the only way in."""

    def __init__(self, store: Store, origin: str, *, sign: Sign, anchor: Outside, vault: Vault, clock: Clock,
                 evidence: Path | None = None, vkey: str | None = None) -> None:  # fmt: skip
        """Raises StoreFailed when the store cannot be read; one that can be read and not written opens for reading."""
        self._environment = {**store.environment, "ORIGINATOR_ID_TYPE": "text", "MAPPER_TOPIC": "ledger.door:EntryMapper"}
        self.store, self.shelf = store, store.shelf
        self.origin, self.anchor, self.vault, self.clock, self.evidence = origin, anchor, vault, clock, evidence
        self._sign, self._vkey = sign, vkey
        self.documents = Documents(origin, vault.keys.path.with_name("documents"), vault.keys)
        self.referrers = Referrers()
        self.reached: Reached = unwatched
        self.fold = Fold(proved, self.root_at, act_at=self.act_at)
        self._door, self._waiting = RLock(), deque[Ticket]()
        self._opened: Opened = {}
        self._writable, self._recorded = False, 0
        self._destroyed = 0  # how many erasures this process knows to be carried out
        try:
            self._start()
        except StoreFailed as why:
            LOG.warning("%s opens for reading only: %s", origin, why)
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
        answers = self._told([place for group in self._checked(waiting) for place in self._placed(group)])
        self.reached(ANSWER)
        return answers

    def _checked(self, waiting: Sequence[bytes]) -> Iterator[list[Prepared | Refused]]:
        """1. Groups whose form and signatures hold, outside any lock; later ones are checked while earlier ones are committed."""
        with HELPERS.borrowed() if len(waiting) >= MANY else nullcontext() as helpers:
            yield from self._vouched(helpers, waiting) if helpers else self._verified([self._formed(raw) for raw in waiting])

    def _vouched(self, helpers: Helpers, waiting: Sequence[bytes]) -> Iterator[list[Prepared | Refused]]:
        """Groups as their helpers called them sound; what they did not is checked here."""
        glanced, begun, answers = deque[Prepared | None](), 0, b""
        for some in helpers.answers(self._questions(waiting, glanced)):
            answers += some
            left = len(waiting) - begun - len(answers)
            if left == 0 or min(left, len(answers)) >= SHARE:  # all that came while the last were committed
                group = zip(waiting[begun : begun + len(answers)], answers, strict=True)
                yield [self._believed(raw, glanced.popleft(), answer) for raw, answer in group]
                begun, answers = begun + len(answers), b""

    def _questions(self, waiting: Sequence[bytes], glanced: deque[Prepared | None]) -> Iterator[list[Question]]:
        for start in range(0, len(waiting), CHUNK):
            found = [self._question(raw) for raw in waiting[start : start + CHUNK]]
            glanced.extend(one for one, _ in found)
            yield [question for _, question in found]

    def _question(self, raw: bytes) -> tuple[Prepared | None, Question]:
        one = glance(raw)
        ours = one is not None and one.said.ledger == self.origin and isinstance(one.said.by, bytes)
        key = self._key_of(one.said.by) if one and ours else None
        return (one, (raw, *key)) if key else (None, NO_QUESTION)

    def _believed(self, raw: bytes, one: Prepared | None, answer: int) -> Prepared | Refused:
        return one if one and answer == YES else self._doubted(self._formed(raw))

    def _formed(self, raw: bytes) -> Prepared | Refused:
        try:
            prepared = prepare(raw)
        except Refused as why:
            return why
        if prepared.said.ledger != self.origin:  # before anything is believed: a door not yet founded has no other way to know
            return Refused("wrong-ledger", expected=self.origin)
        return prepared

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

    def _told(self, places: Sequence[int | Refused]) -> list[Receipt | Refused]:
        try:
            receipt = self._receipts([place for place in places if isinstance(place, int)])
            return [receipt(place) if isinstance(place, int) else place for place in places]
        except StoreFailed as why:  # recorded: who asks again gets the receipt
            return [_unavailable(why) if isinstance(place, int) else place for place in places]

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
            return self._settled(one)
        except StoreFailed as why:
            return _unavailable(why)

    def _settled(self, one: Prepared) -> Prepared | Refused:
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
            self.catch_up()  # another process may have admitted the key
            verify(prepared, self._key_of)

    def _key_of(self, key: bytes) -> tuple[str, bytes] | None:
        row: KeyRow | None = self.fold.state.get(("key", key))
        return (row.suite, row.public) if row else None

    def _commit(self) -> None:
        """Record what waits, at most a group; every ticket of it is answered, whatever happens."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP))]
        try:
            for answered in self._answered(group):
                for ticket, answer in answered:
                    ticket.answer = answer
        finally:  # also when this thread is interrupted: the others' threads wait for their tickets
            for ticket in group:
                if ticket.answer is None:
                    ticket.answer = Refused("store-unavailable")

    def _answered(self, group: Sequence[Ticket]) -> Iterator[Iterable[tuple[Ticket, int | Refused]]]:
        """The group's answers; a program error in one submission, or one that the store cannot take, leaves nothing behind, and the
        others go on alone.
        """
        if not group:
            return
        try:
            with self.store.turn():  # 2. the ledger's turn
                self.reached(TURN)
                yield zip(group, self._append([ticket.one for ticket in group]), strict=True)
        except StoreFailed as why:
            yield ((ticket, _unavailable(why)) for ticket in group)
        except Exception:
            if len(group) == 1:
                LOG.exception("a submission of kind %s met a program error", group[0].one.said.kind)
                yield ((group[0], Refused("store-unavailable")),)
            for ticket in group if len(group) > 1 else ():
                yield from self._answered((ticket,))

    def _append(self, waiting: Sequence[Prepared]) -> list[int | Refused]:
        try:
            if not self._writable:
                self._start()
            while True:
                self._agree()  # 2. what other processes appended
                self._destroy()  # 9. also what a process that died left undone
                size = self.fold.head.size
                try:
                    draft, answers = self._attempt(waiting)
                except IntegrityError as why:  # 5. nothing to undo: decide again
                    self.catch_up()
                    if self.fold.head.size > size:
                        continue
                    self._stop()
                    raise Violated(str(why)) from why
                if draft is not None:
                    self._advance(draft.head)  # 6. after COMMIT; monotone, fsync
                    self._destroy()
                return answers  # 7. only now tell anyone
        except (Diverged, AnchorBroken) as why:
            self._keep_parting(why)
            return [Refused("store-behind")] * len(waiting)
        except self.store.failures as why:
            self._stop()
            return [_unavailable(why)] * len(waiting)

    def _agree(self) -> None:
        """Catch up, and record outside what was committed and is not yet recorded there.

        Raises Diverged unless memory, database and outside record tell one history; AnchorBroken, StoreFailed.
        """
        size, root = self.anchor.read()  # before catching up: it is never ahead of what is committed
        self.catch_up()
        head = self.fold.head
        if head.size and self.shelf.root_at(head.size) != head.root:
            raise Diverged(f"the database does not hold the tree of {head.size} that was read from it")
        if (size, root) == (head.size, head.root):
            return
        if size > head.size or self.root_at(size) != root:
            raise Diverged(f"the database does not hold the tree of {size} that is recorded outside")
        self._advance(head)

    def _advance(self, head: Head) -> None:
        try:
            self.anchor.advance(head.size, head.root, self.reached)
        except OSError as why:
            raise StoreFailed(f"{self.anchor.name} cannot be written: {why}") from why
        self.reached(ADVANCED)

    def _attempt(self, waiting: Sequence[Prepared]) -> tuple[Draft | None, list[int | Refused]]:
        draft, fresh, sealings, answers = self.fold.draft(), dict[bytes, StoredEvent](), list[Sealing](), list[int | Refused]()
        opened: Opened = {}  # what this batch seals is not in the vault yet
        keys = cache(self.vault.keys.check)  # once for a commit, when they can be read
        known = self.shelf.places([one.hash for one in waiting])
        if any(place >= draft.size for place in known.values()):
            raise IntegrityError("written since we caught up, and not yet recorded outside for all we know")
        for one in waiting:
            if one.hash not in known:
                index = draft.size
                try:
                    fresh[one.hash], act = self._admit(draft, one, opened, keys)  # 3. the rules, on the state as it will be
                except (Refused, StoreFailed) as why:
                    answers.append(self._refused(why, one))
                    continue
                if one.sent.openings:
                    sealings.append(Sealing(act, index, one.hash, one.sent.openings))
                known[one.hash] = index
            answers.append(known[one.hash])
        if not fresh:
            return None, answers
        rows = self.vault.seal(sealings, self.reached)
        checkpoint = Checkpoint(self.origin, draft.head.size, draft.head.root)
        append = Append(self.fold.head, draft.head, self._sign(checkpoint), [*fresh], draft.tiles, rows, self.anchor.read,
                        self.reached)  # fmt: skip
        self.reached(DECIDED)
        self.save(Group(self.origin, draft.head.size, tuple(fresh.values())), append=append)  # 4. all rows, or none
        self.reached(COMMITTED)
        self.fold.keep(draft)
        return draft, answers

    def _admit(self, draft: Draft, one: Prepared, beneath: Opened, keys: Callable[[], None]) -> tuple[StoredEvent, Act]:
        recorded_at = stamp(self.clock, draft.last)
        entry = one.entry(recorded_at)
        act = one.act(entry)
        judged = draft.judge(act, recorded_at, lookup(one, act, beneath, self.opening))
        if act.kind == "ledger-founded/1" and self._vkey not in (None, act.body["log_key"]):
            raise Refused("log-key-differs", log_key=act.body["log_key"])
        if act.kind == "openings-erased/1":
            self._check_named(act)
        if one.opened and (strangers := one.opened.keys() - KINDS[act.kind].opens(act.body).keys()):
            raise Refused("sealed-not-opened", why=f"no {', '.join(sorted(strangers))} belongs here")
        if one.sent.openings or isinstance(judged.found, Unopened):
            keys()  # where they are lost, this statement is refused and the others go on
        if isinstance(judged.found, Unopened):  # erased, or never in this vault: the door demands that everything holds
            raise Refused("sealed-not-opened", why=f"{judged.found.names[0]} cannot be opened any more")
        place = next_place(draft.state, act.stream)  # before the act is laid: the last word about an act closes its own stream
        draft.lay(act, judged.context, judged.flags)
        beneath[act.leaf] = one.opened
        return StoredEvent(act.stream, place, act.kind, entry), act

    def _check_named(self, act: Act) -> None:
        """What each digest of an erasure seals bears the name that stands beside it, as far as it can be opened. Raises Refused."""
        raws = dict(self._held(act.body["index"]))
        for digest, name in act.body["openings"]:
            if digest in raws and Opening.parse(raws[digest]).name != name:
                raise Refused("erasure-misnamed", name=name)

    def _destroy(self) -> None:
        """Carry out the erasures that are committed; what stands in the way is logged and tried again at the next append.

        The caller holds the turn.
        """
        every = erasures(self.fold.state)
        if len(every) == self._destroyed:
            return
        self._opened.clear()
        gone = ((self.fold.state["erased", one], one[1]) for one in every[self._destroyed :])
        try:
            due = [(self.act_at(found.index), found.digest, name) for found, name in gone]
            self._destroy_documents(due)  # while the openings that name them can still be opened
            self.reached(DOCUMENTS_GONE)
            destroy(self.store, self.vault, due, self.reached)
        except StoreFailed as why:
            LOG.warning("%s: an erasure is not carried out yet: %s", self.origin, why)
        else:
            self._destroyed = len(every)

    def _destroy_documents(self, due: Sequence[Due]) -> None:
        """The documents that are named in these openings and nowhere else."""
        holding = [(act, digest) for act, digest, name in due if name in sealed_documents(act)]
        if not holding:
            return
        raws = [self._raw(act.leaf, digest) for act, digest in holding]
        named = {one.sha256 for raw in raws if raw for one in documents_in(Opening.parse(raw).value)}
        self.documents.destroy(digest for digest in sorted(named) if not self._named(digest))

    def _named(self, digest: bytes) -> bool:
        return bool(self.referrers.publicly(self, digest) or self.referrers.sealed(self, digest))

    def waiting_documents(self) -> int:
        """The bytes of uploads that wait for an act that names them, once those are gone that waited too long. Raises StoreFailed."""
        with self._door, self.store.turn():  # nobody else records an act that names one of them meanwhile
            return self._sweep_documents()

    def _sweep_documents(self) -> int:
        """Nothing goes while openings are lost: nobody could say what they name."""
        named = self.referrers.named(self) if self.documents.names() else None
        return 0 if named is None else self.documents.sweep(named)

    def _refused(self, why: Refused | StoreFailed, one: Prepared) -> Refused:
        if isinstance(why, StoreFailed):
            return _unavailable(why)
        if why.code == "forked-view":  # with a checkpoint of ours over the tree that its author saw it proves a fork
            keep(
                self.evidence, f"{one.hash.hex()}.submission", replace(one.sent, openings=()).raw()
            )  # nothing sealed lies there
        return why

    def _keep_parting(self, why: Exception) -> None:
        """Two histories, or nothing to compare ours with: what stands where is kept for those who must find out."""
        LOG.critical("%s is not written any more: %s", self.origin, why)
        try:
            at: int | None = self.clock()
        except Refused:
            at = None
        try:
            newest, head = self.shelf.checkpoint() or (0, EMPTY, ""), self.fold.head
            facts = parting(self.origin, newest, (head.size, head.root), self.anchor, self.root_at)
        except StoreFailed as also:
            LOG.critical("%s: what stands where cannot be kept: %s", self.origin, also)
        else:
            keep_parting(self.evidence, at, facts)

    def settle(self) -> None:
        """Set right what a crash left: the outside record catches up, data keys that no row uses go.

        Raises nothing: what stands in the way is logged, and refuses every submission.
        """
        try:
            with self._door, self.store.turn():
                self._agree()
                self._destroy()
                self._sweep_documents()
                self.vault.keys.sweep(lambda: self.shelf.subjects() | self.documents.subjects())
        except (Diverged, AnchorBroken) as why:
            self._keep_parting(why)
        except StoreFailed as why:
            LOG.warning("%s: %s", self.origin, why)

    def _start(self) -> None:
        """Open the library's connections; raises StoreFailed."""
        try:
            super().__init__(self._environment)
        except self.store.failures as why:
            raise StoreFailed(str(why)) from why
        self._writable = True

    def _stop(self) -> None:
        """After a failed COMMIT the library's connection may still hold the lock: leave it; the next append starts on new ones."""
        self._writable = False
        super().close()
        self.shelf.close()

    def close(self) -> None:
        """Let go of the store; what is committed stays."""
        super().close()
        self.store.close()
        self.anchor.close()

    # --- reading

    def catch_up(self) -> None:
        """Read what was appended since, by this process or any other. Raises StoreFailed."""
        with self._door:  # two threads that fold at once would fold an entry twice
            before = erasures(self.fold.state)
            while news := self.shelf.entries(self.fold.head.size, 5000):
                for entry in news:
                    self.fold.read(entry)
            if erasures(self.fold.state) is not before:
                self._opened.clear()

    def follow(self, follower: Follow) -> int:
        """Let somebody be told what entries change, from the next one on; its index."""
        with self._door:
            self.fold.follow = follower
            return self.fold.head.size

    def checkpoint(self) -> tuple[int, bytes, str]:
        """Size, root and note of the newest checkpoint; size 0 and no note before the first entry.

        One that is committed and not yet recorded outside is told to nobody (verifiable log §13.4). Raises StoreFailed.
        """
        with suppress(AnchorBroken, StoreFailed):  # reading goes on with what was last known to be recorded there
            self._recorded = self.anchor.read()[0]
        return self.shelf.checkpoint(self._recorded or LARGEST) or self.shelf.checkpoint() or (0, EMPTY, "")

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
        """The openings of an entry that were not erased and can be opened, in the order of its digests."""
        return [raw for _, raw in self._held(index)]

    def _held(self, index: int) -> Iterator[tuple[bytes, bytes]]:
        act, statement = self.act_at(index), self.shelf.statement(index) or b""
        rows = {row.digest: row for row in self.shelf.vault(act.leaf)}
        state = self.fold.state
        gone = (
            {found.digest for found in erased_of(state, act).values()} if erasures(state) else ()
        )  # also before they are destroyed
        for digest in act.sealed:
            raw = self.vault.open(rows[digest], statement) if digest in rows and digest not in gone else None
            if raw is not None:
                yield digest, raw

    def _raw(self, leaf: bytes, digest: bytes) -> bytes | None:
        """An opening's bytes, erased or not, while they are there."""
        for row in self.shelf.vault(leaf):
            if row.digest == digest:
                return self.vault.open(row, self.shelf.statement(row.index) or b"")
        return None

    def act_at(self, index: int) -> Act:
        """The act of an entry that is there. Raises StoreFailed."""
        return act_of(self.shelf.entries(index, 1)[0]).act

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
        act = self.act_at(rows[0].index)
        raws = self.openings_of(rows[0].index)
        return opened_names(act, raws, reveal(act.sealed, raws, act.ledger, act.stream, act.prev))
