"""An attacker's tools: a copy of a mirror to spoil, statements in spellings that nobody may write, histories told anew.

`Copy` changes files and, where the attacker owns the log's key, builds the tree anew and signs it. `Forger` is a door without
rules: what it is given it records, whatever the law says; what the rules refuse has no effect in its state.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha512
from itertools import count
from typing import Any, Final, cast

from nacl.bindings import crypto_core_ed25519_add, crypto_scalarmult_ed25519_base_noclamp

from domain.acts import KINDS
from domain.calendar import DAY_MS
from domain.errors import Refused
from domain.fold import Fold
from domain.lifecycle import UNOPENED, Act
from domain.state import act_of
from keys.authoring import stream_of
from keys.enrolment import proved
from keys.identity import SigningKey
from ledger.clock import StoryClock
from scripts.stories.player import Play, seeded
from tests.foreign.trial import LOG_KEY, ORIGIN, SCENES, VKEY, Log
from tests.memory import Placed
from tlog.checkpoint import Checkpoint, sign_checkpoint
from tlog.codec import pack, unpack
from tlog.entry import Entry, Statement, Submission, signed_bytes
from tlog.merkle import EMPTY, TILE_WIDTH, Head, Tiles, leaf_hash, root
from tlog.note import Vkey
from tlog.opening import Opening, seal
from tlog.tile import bundle, tile_path, tiles

Sealed = Mapping[bytes, tuple[bytes, ...]]
FIELDS: Final = ("about", "at", "body", "by", "kind", "ledger", "prev", "sealed", "seen", "stream", "until")


@dataclass(frozen=True, slots=True)
class Tampering:
    """One row of the tables: what an attacker did in a plain sentence, and what an audit must say of it.

    level 1: any verifier sees it. level 2: every byte and signature is right and a rule is broken, with this `code`; `sealed`:
    only who was given the openings can see it. `resigned`: the attacker owns the log's key. `first_bad`: the entry that must be
    named, None when no entry is to blame.
    """

    name: str
    did: str
    level: int
    resigned: bool
    forge: Callable[[Log], Copy]
    first_bad: Callable[[Log], int | None]
    code: str | None = None
    sealed: bool = False


# --- a copy, spoilt -------------------------------------------------------------------------------------------------------------


class Copy:
    """A mirror under an attacker's hands: its files, its entries, and everything that these sealed."""

    def __init__(self, log: Log) -> None:
        self.log, self.sealed = log, log.sealed
        self.files, self.entries = dict(log.files), [*log.entries]

    def flip(self, path: str, offset: int) -> None:
        """Change one bit of a file; a negative offset counts from the end."""
        raw = bytearray(self.files[path])
        raw[offset] ^= 1
        self.files[path] = bytes(raw)

    def put(self, index: int, entry: bytes) -> None:
        """Another entry in its bundle, and nowhere else."""
        self.entries[index] = entry
        number = index // TILE_WIDTH
        first, width = number * TILE_WIDTH, self.width(number)
        self.files[tile_path("entries", number, width)] = bundle(self.entries[first : first + width])

    def put_hash(self, index: int, leaf: bytes) -> None:
        """Another hash in its level-0 tile, and nowhere else."""
        number, place = divmod(index, TILE_WIDTH)
        path = tile_path(0, number, self.width(number))
        self.files[path] = self.files[path][: 32 * place] + leaf + self.files[path][32 * place + 32 :]

    def put_both(self, index: int, entry: bytes) -> None:
        """Another entry, in bundle and level-0 tile alike."""
        self.put(index, entry)
        self.put_hash(index, leaf_hash(entry))

    def width(self, number: int) -> int:
        """The width of a bundle or level-0 tile of this copy."""
        return min(TILE_WIDTH, len(self.entries) - number * TILE_WIDTH)

    def retree(self, entries: Iterable[bytes]) -> None:
        """These entries, with bundles, tiles and checkpoint anew: nothing but the entries themselves can show it."""
        self.entries = [*entries]
        self.files = {path: raw for path, raw in self.files.items() if not path.startswith("tile/")}
        grown: Tiles = {}
        head = Head().extended(map(leaf_hash, self.entries), grown)
        for level, number, width in tiles(head.size):
            self.files[tile_path(level, number, width)] = grown[level, number][: 32 * width]
        for number in range(-(-head.size // TILE_WIDTH)):
            own = self.entries[number * TILE_WIDTH :][:TILE_WIDTH]
            self.files[tile_path("entries", number, len(own))] = bundle(own)
        self.sign(head.size, head.root)

    def replace(self, index: int, entry: bytes) -> None:
        """Another entry at this place, and the tree signed anew."""
        self.retree([*self.entries[:index], entry, *self.entries[index + 1 :]])

    def sign(self, size: int, root_: bytes, vkey: Vkey = VKEY) -> None:
        """A checkpoint by the log's own key."""
        self.files["checkpoint"] = sign_checkpoint(Checkpoint(vkey.name, size, root_), LOG_KEY.sign_note, vkey).encode()

    def publish(self, acts: Iterable[Act]) -> None:
        """The public openings of these acts, and no others."""
        self.files = {path: raw for path, raw in self.files.items() if not path.startswith("openings/")}
        for act in acts:
            if raws := [raw for raw in self.sealed[act.leaf] if _is_public(act, Opening.parse(raw).name)]:
                self.files[opened(act.leaf)] = pack(raws)


def opened(leaf: bytes) -> str:
    """Where the public openings of an entry lie."""
    return f"openings/{leaf.hex()}"


def _is_public(act: Act, name: str) -> bool:
    own = KINDS[act.kind].opens(act.body).get(name)
    return own is not None and own.audience == "public"


# --- statements, as nobody may write them ---------------------------------------------------------------------------------------


def fields(entry: bytes) -> dict[str, Any]:
    """What a statement says."""
    return cast("dict[str, Any]", unpack(Entry.parse(entry).statement))


def author(log: Log, entry: bytes) -> SigningKey:
    """The key of a true entry's author."""
    by = fields(entry)["by"]
    return next(one.key for one in log.play.people.values() if one.key.id == by)


def resigned(entry: bytes, statement: bytes, key: SigningKey) -> bytes:
    """An entry with another statement, signed by this key, recorded when the old one was."""
    return Entry(statement, key.suite, key.sign_statement(statement), Entry.parse(entry).recorded_at).raw()


def restated(log: Log, index: int, **changes: Any) -> bytes:
    """An entry whose author says something else and signs it; a change `None` is nil, `...` leaves the field out."""
    entry = log.entries[index]
    said = {name: value for name, value in {**fields(entry), **changes}.items() if value is not ...}
    return resigned(entry, pack(said), author(log, entry))


def respelled(log: Log, index: int, order: Sequence[str] = FIELDS, **spelt: bytes) -> bytes:
    """An entry whose statement says the same in another order or spelling, signed by its author."""
    entry = log.entries[index]
    said = fields(entry)
    pairs = (pack(name) + spelt.get(name, pack(said[name])) for name in order)
    return resigned(entry, bytes([0x80 + len(order)]) + b"".join(pairs), author(log, entry))


def as_float(number: int) -> bytes:
    """An integer written as a float of eight bytes."""
    return b"\xcb" + struct.pack(">d", number)


def said_next(log: Log, who: SigningKey, kind: str, body: Mapping[str, Any], **changes: Any) -> bytes:
    """An entry that could follow the last: signed by this key, in a stream of its own unless told otherwise."""
    at = Entry.parse(log.entries[-1]).recorded_at
    statement = Statement(None, at, dict(body), who.id, kind, ORIGIN, None, (), None, "forged", at + DAY_MS)
    said = {name: getattr(statement, name) for name in FIELDS} | changes
    raw = pack(said)
    return Entry(raw, who.suite, who.sign_statement(raw), at).raw()


# --- signatures, as nobody may make them (RFC 8032; tests/vectors/ed25519-strict.json) ------------------------------------------

ORDER: Final = 2**252 + 27742317777372353535851937790883648493
IDENTITY: Final = (1).to_bytes(32, "little")  # a point of order 1
OF_ORDER_EIGHT: Final = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")


def with_signature(entry: bytes, signature: bytes) -> bytes:
    """The entry under another signature."""
    old = Entry.parse(entry)
    return Entry(old.statement, old.suite, signature, old.recorded_at).raw()


def plus_order(signature: bytes) -> bytes:
    """S + q: the same signature to a verifier that does not reduce S."""
    return signature[:32] + _scalar(int.from_bytes(signature[32:], "little") + ORDER)


def signed_with(key: SigningKey, statement: bytes, r: int, torsion: bytes) -> bytes:
    """A signature with R = [r]B + T, T of small order: verifiers that multiply by the cofactor accept it."""
    point = crypto_core_ed25519_add(crypto_scalarmult_ed25519_base_noclamp(_scalar(r)), torsion) if r else torsion
    return point + _scalar((r + _challenge(point, key.public, statement) * _secret(key)) % ORDER)


def universal_signature(s: int) -> bytes:
    """Under the identity as a public key this fits every message."""
    return crypto_scalarmult_ed25519_base_noclamp(_scalar(s)) + _scalar(s)


def mixed_key(a: int) -> bytes:
    """The public key [a]B + T, T of order 8: every byte of it is in order, and it is not in the group."""
    return crypto_core_ed25519_add(crypto_scalarmult_ed25519_base_noclamp(_scalar(a)), OF_ORDER_EIGHT)


def signed_by_mixed(a: int, statement: bytes) -> bytes:
    """A signature under `mixed_key(a)` whose equation holds without the cofactor: the challenge is a multiple of 8."""
    public = mixed_key(a)
    for r in count(1):
        point = crypto_scalarmult_ed25519_base_noclamp(_scalar(r))
        challenge = _challenge(point, public, statement) % ORDER
        if challenge % 8 == 0:
            return point + _scalar((r + challenge * a) % ORDER)
    raise AssertionError


def _challenge(point: bytes, public: bytes, statement: bytes) -> int:
    return int.from_bytes(sha512(point + public + signed_bytes(statement)).digest(), "little")


def _secret(key: SigningKey) -> int:
    half = int.from_bytes(sha512(key.sealed(bytes)).digest()[:32], "little")
    return half & ~7 & (1 << 255) - 1 | 1 << 254  # clamped


def _scalar(number: int) -> bytes:
    return number.to_bytes(32, "little")


# --- histories, told anew -------------------------------------------------------------------------------------------------------


class Forger:
    """A door without rules, under the log's own name: everything that is given is recorded."""

    def __init__(self, clock: StoryClock) -> None:
        self.origin, self.clock = ORIGIN, clock
        self.entries: list[bytes] = []
        self.acts: list[Act] = []
        self.sealed: dict[bytes, tuple[bytes, ...]] = {}
        self.fold = Fold(proved, self._root_at)

    def copy(self, clock: StoryClock) -> Forger:
        """The same ledger once more; its state is a table of frozen values."""
        twin = Forger(clock)
        twin.entries, twin.acts, twin.sealed = [*self.entries], [*self.acts], dict(self.sealed)
        twin.fold.state, twin.fold.head, twin.fold.last = dict(self.fold.state), self.fold.head, self.fold.last
        return twin

    def submit_all(self, waiting: Sequence[bytes]) -> list[Placed]:
        """Record each submission now."""
        return [self._recorded(Submission.parse(raw)) for raw in waiting]

    def record(self, entry: bytes, raws: tuple[bytes, ...]) -> Placed:
        """Take in an entry as it is; the state follows the rules, as an honest reader's would."""
        read, draft = act_of(entry), self.fold.draft()
        try:
            draft.take(read.act, read.recorded_at)
        except Refused:
            draft.place(read.act, read.recorded_at)
        self.fold.keep(draft)
        self.entries.append(entry)
        self.acts.append(read.act)
        self.sealed[read.act.leaf] = raws
        return Placed(len(self.entries) - 1, entry)

    def opening(self, leaf: bytes, name: str) -> Any:
        """The value that an entry seals under a name."""
        return next((one.value for one in map(Opening.parse, self.sealed[leaf]) if one.name == name), UNOPENED)

    def _recorded(self, sent: Submission) -> Placed:
        at = max(self.clock.at, self.fold.last)
        return self.record(Entry(sent.statement, sent.suite, sent.signature, at).raw(), sent.openings)

    def _root_at(self, size: int) -> bytes | None:
        return root([leaf_hash(entry) for entry in self.entries[:size]]) if size else EMPTY


@cache
def _told(log: Log, scene: str) -> Forger:
    """The true story until a scene begins."""
    forger = Forger(StoryClock(0))
    for entry, act in zip(log.entries[: log.marks[scene]], log.acts, strict=False):
        forger.record(entry, log.sealed.get(act.leaf, ()))
    return forger


def retold(log: Log, scene: str, tell: Callable[[Play], None], *after: str) -> Copy:
    """The log up to a scene as it is, then told differently, then with the scenes named as they were; all signed anew."""
    true = _told(log, scene)
    clock = StoryClock(true.fold.last)
    forger = true.copy(clock)
    play, known = Play(forger, clock, seeded(len(true.entries))), {act.leaf for act in true.acts}
    play.people, play.tags = dict(log.play.people), dict(log.play.tags)
    play.leaves = {name: leaf for name, leaf in log.play.leaves.items() if leaf in known}
    tell(play)
    for name in after:
        SCENES[name](play)
    copy = Copy(log)
    copy.sealed = forger.sealed
    copy.retree(forger.entries)
    copy.publish(forger.acts)
    return copy


def submit(
    play: Play, who: str, kind: str, body: Mapping[str, Any], openings: Iterable[Opening] = (), **changes: Any
) -> Placed:
    """A statement of somebody's with any openings and fields, given to the forger."""
    about = changes.get("about")
    stream = changes.get("stream", stream_of(kind, body, about) if kind in KINDS else "forged")
    last = play.door.fold.state.get(("stream", stream))
    prev = changes.get("prev", last.leaf if last else None)
    sealed, raws = seal([one.raw() for one in openings], ORIGIN, stream, prev)
    key, at = play.people[who].key, play.clock.at
    statement = Statement(about, at, dict(body), key.id, kind, ORIGIN, prev, sealed, changes.get("seen"), stream,
                          changes.get("until", at + DAY_MS)).raw()  # fmt: skip
    sent = Submission(raws, key.sign_statement(statement), statement, key.suite)
    return cast("Forger", play.door).submit_all([sent.raw()])[0]
