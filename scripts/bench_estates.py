"""Estates that the bench measures: real acts through the real door, on a disk or a database that is thrown away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from eventsourcing.persistence import StoredEvent

from domain.ballots import Ballot
from domain.confirmations import Stream
from domain.errors import Refused
from domain.roll import Unit
from domain.rulesets import SOLD
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.door import Group, Ledger
from ledger.home import Home, make_home, open_ledger, schema_of
from ledger.points import unwatched
from ledger.store import Append
from scripts.homes import close
from scripts.reference import Signed
from scripts.stories import estate
from scripts.stories.player import Play, Step, moment, seeded
from tlog.checkpoint import Checkpoint, sign_checkpoint
from tlog.entry import Submission, signed_bytes
from tlog.merkle import Tiles, leaf_hash

ROLL, PAGE = "r", 400
PASSPHRASE = "bench"  # noqa: S105  # of a ledger that is deleted after the run
CHOICES = ("agree", "agree", "against")
FILLER = 400  # bytes of a planted entry, about an open ballot's
PLANTED = 20_000  # planted entries that share a commit


@dataclass(frozen=True, slots=True)
class Days:
    """When votes are noticed, open and close, and a day on which they are final."""

    notice: str
    opens: str
    closes: str
    over: str


FIRST = Days("2026-08-17", "2026-09-03", "2026-09-17", "2026-10-12")
SECOND = Days("2026-10-19", "2026-11-05", "2026-11-19", "2026-12-07")


@dataclass
class Estate:
    """An estate of one-unit heads, each with a key of its own."""

    home: Home
    door: Ledger
    play: Play
    units: Sequence[Unit]
    log_key: SigningKey

    def run(self, steps: Iterator[Step]) -> None:
        for _ in self.play.play(steps, 256):
            pass

    def polls(self, *names: str, is_open: bool = True, days: Days = FIRST) -> None:
        """Votes of one item each, noticed, posted and open."""
        clause = "rules-12" if is_open else None
        items = {"use": ("use-maintenance-fund", "同意使用维修资金吗?")}
        opens, closes = f"{days.opens} 09:00", f"{days.closes} 20:00"
        for name in names:
            self.run(estate.notice(f"{days.notice} 09:00", name, ROLL, items, opens, closes, "表决", clause))
        for name in names:
            self.run(estate.posted(f"{days.notice} 10:00", name, 1, "gate", days.notice, days.closes))
        for name in names:
            self.run(estate.open_poll(opens, name))

    def ballots(self, poll: str, voters: Sequence[Unit], *, sealed: bool = False, days: Days = FIRST) -> list[bytes]:
        """One signed ballot of each of these heads, made on the newest state, not handed in."""
        at, cast = f"{days.opens} 10:00", estate.sealed_ballot if sealed else estate.ballot
        self.play.clock.move_to(moment(at))
        steps = (cast(self.play, at, poll, one.unit, one.unit, {"use": CHOICES[n % 7 % 3]}) for n, one in enumerate(voters))
        return [self.play.submission(step) for step in steps]

    def settle(self, *names: str, days: Days = FIRST) -> None:
        """Closing and certified results."""
        for name in names:
            self.run(estate.close(f"{days.closes} 20:30", name))
        for name in names:
            self.run(estate.certify(f"{days.closes} 21:00", name, self.door.opening))

    def outlive(self, *names: str, days: Days = FIRST) -> None:
        """Results announced, the window for objections over, and one entry recorded since."""
        for name in names:
            self.run(estate.announce(f"{days.closes} 22:00", name, days.closes, "gate"))
        self.run(estate.give_posts(self.play, f"{days.over} 09:00", "2026-08-04", "2027-08-03", estate.STAFF_POSTS[:1]))

    def signed(self, raws: Sequence[bytes], voters: Sequence[Unit]) -> list[Signed]:
        """What a bare verification of these submissions needs."""
        sent = map(Submission.parse, raws)
        return [(self.play.people[unit.unit].key.public, signed_bytes(one.statement), one.signature)
                for one, unit in zip(sent, voters, strict=True)]  # fmt: skip


def admit(door: Ledger, raws: Sequence[bytes]) -> None:
    """Hand in submissions that must all be admitted: a bench that counts refusals would measure nothing."""
    for answer in door.submit_all(raws):
        if isinstance(answer, Refused):
            raise answer


@contextmanager
def standing(folder: Path, heads: int, dsn: str | None = None) -> Iterator[Estate]:
    """A founded estate with its frozen roll and a key bound to every head; in PostgreSQL under a schema that is dropped."""
    key, code = SigningKey.generate(), f"bench-{token_hex(6)}"
    home = make_home(folder / code / "data", f"demo.bench.invalid/log/{code}/1", "estate", key, PASSPHRASE, 1024)
    if dsn is not None:
        _migrate(dsn, home)
    clock = StoryClock(moment("2026-08-03 09:00"))
    door = open_ledger(home, PASSPHRASE, clock, dsn)
    units = [Unit(f"1-{n:05}", "1", frozenset([f"owner-{n}"]), 6000 + n % 977, SOLD) for n in range(1, heads + 1)]
    one = Estate(home, door, Play(door, clock, seeded(1)), units, key)
    try:
        _settle_in(one)
        yield one
    finally:
        close(door)
        if dsn is not None:
            _drop(dsn, home)


def _settle_in(one: Estate) -> None:
    play, names = one.play, [unit.unit for unit in one.units]
    estate.meet_officials(play)
    for unit in one.units:
        play.meet(unit.unit, None, "业主", min(unit.owners))
    one.run(estate.found(play, "2026-08-03 09:00", str(one.home.vkey), {"zh": "试", "en": "Bench"}, demo=True))
    one.run(estate.admit(play, "2026-08-03 10:00", "staff", estate.STAFF))
    one.run(estate.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03"))
    one.run(estate.admit(play, "2026-08-04 10:00", "owners", names, by="clerk"))
    one.run(estate.roll_pages(play, "2026-08-05 09:00", ROLL, one.units, PAGE))
    one.run(estate.bind(play, "2026-08-06 09:00", ROLL, "b", [(name, name) for name in names]))
    one.run(estate.freeze("2026-08-14 09:00", ROLL, one.units, ("2026-08-05", "2026-08-13"), -(-len(names) // PAGE)))


def _migrate(dsn: str, home: Home) -> None:
    from ledger.postgres import migrate  # an extra

    migrate(dsn, schema_of(home), home.origin)


def _drop(dsn: str, home: Home) -> None:
    from ledger.postgres import drop  # an extra

    drop(dsn, schema_of(home), home.origin)


def plant(one: Estate, size: int) -> None:
    """Let the log grow to `size` entries more cheaply than by acting: ballots of another vote without statements or signatures.

    What an append meets is all there, saved by the door's own recorder: the library's row, leaf index and statement hash of
    each entry, every tile, signed checkpoints, the outside one, and in the state the keys that a ballot leaves (its stream's
    end, and itself). Only the entries' bytes say nothing: this ledger cannot be opened again or audited.
    """
    fold = one.door.fold
    for start in range(fold.head.size, size, PLANTED):
        entries = [index.to_bytes(8, "big") * (FILLER // 8) for index in range(start, min(size, start + PLANTED))]
        leaves, tiles = [leaf_hash(entry) for entry in entries], Tiles()
        grown = fold.head.extended(leaves, tiles)
        note = sign_checkpoint(Checkpoint(one.home.origin, grown.size, grown.root), one.log_key.sign_note, one.home.vkey)
        planted = [
            StoredEvent(f"ballot/planted/{index:032x}", 1, "ballot-cast/1", entry) for index, entry in enumerate(entries, start)
        ]
        append = Append(fold.head, grown, note, leaves, tiles, (), one.door.anchor.read, unwatched)
        one.door.save(Group(one.home.origin, grown.size, tuple(planted)), append=append)
        one.door.anchor.advance(grown.size, grown.root)
        for index, (leaf, stored) in enumerate(zip(leaves, planted, strict=True), start):
            fold.state["stream", stored.originator_id] = Stream(leaf, 1)
            fold.state["ballot", ("planted", leaf[:16])] = Ballot(
                leaf, index, fold.last, ("use",), {"use": "agree"}, late=False
            )
        fold.head = grown
