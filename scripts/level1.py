"""Level 1 of an audit: whether the bytes are what they claim to be (docs/spec/audit.md); foreign programs must agree to the index.

A  the policy, the checkpoint and its signatures      C  every entry, in order, up to the first bad one
B  the bundles                                        D  every tile, the root, nothing foreign among the openings
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from domain.state import Recorded, recorded
from keys.suites import SUITES, BadSignature, check_note, verify_statement
from keys.webauthn import WEBAUTHN
from scripts.sources import Source
from tlog.checkpoint import Checkpoint
from tlog.codec import unpack
from tlog.entry import Entry, Statement, key_id, statement_hash
from tlog.errors import Malformed, Unsound
from tlog.merkle import EMPTY, TILE_WIDTH, Head, Tiles, leaf_hash
from tlog.opening import reveal
from tlog.policy import Policy, Vouched, Witness, verify_checkpoint
from tlog.tile import parse_bundle, parse_tile, tile_path, tiles

CHUNK = 256
ROWS = {"ledger-founded/1": "keys", "keys-admitted/1": "rows", "key-rotated/1": "row", "supervisor-restored/1": "row"}
Progress = Callable[[int, int], None]
Signed = tuple[int, str, bytes, bytes, bytes]  # index, suite, public key, statement, signature
Parts = tuple[Entry, Statement]


class Bad(Exception):
    """A check fails; `index` is the entry's, or None when no entry is to blame."""

    def __init__(self, index: int | None, why: str) -> None:
        super().__init__(why)
        self.index, self.why = index, why


@dataclass(slots=True)
class Level1:
    """What was found, and what was read on the way: entries, what each says, and public openings up to the first bad entry."""

    verdict: str = "ok"
    first_bad: int | None = None
    why: str = ""
    checkpoint: Checkpoint | None = None
    signers: tuple[str, ...] = ()  # vkeys whose line under the checkpoint verified
    witnesses: tuple[tuple[Witness, int], ...] = ()
    entries: list[bytes] = field(default_factory=list)
    recorded: dict[bytes, Recorded] = field(default_factory=dict)
    openings: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    tiles: Tiles = field(default_factory=dict)
    head: Head = field(default_factory=Head)
    roots: list[bytes] = field(default_factory=lambda: [EMPTY])

    def root_at(self, size: int) -> bytes | None:
        """The root of the first `size` entries read, or None beyond them."""
        return self.roots[size] if 0 <= size < len(self.roots) else None

    def take(self, entry: bytes, leaf: bytes, parts: Parts) -> None:
        """One more entry whose form and chains hold."""
        self.entries.append(entry)
        self.recorded[leaf] = recorded(leaf, *parts)
        self.head = self.head.grown(leaf, self.tiles)
        self.roots.append(self.head.root)


@dataclass(slots=True)
class Chains:
    """What the checks of an entry need of the entries before it."""

    origin: str
    last: int = 0
    keys: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    leaves: set[bytes] = field(default_factory=set)
    statements: set[bytes] = field(default_factory=set)
    streams: dict[str, bytes] = field(default_factory=dict)


def level1(source: Source, policy: bytes | None, jobs: int = 1, progress: Progress | None = None) -> Level1:
    """Check a mirror under a policy's text. Raises scripts.sources.Unreachable when the source cannot be read at all."""
    found, forged = Level1(), list[Future[int | None]]()
    try:
        anchor(source, policy, found)  # A
        with ThreadPoolExecutor(jobs) as pool:
            try:
                for signed in _chunks(checked(source, found, progress)):  # B, C
                    forged.append(pool.submit(_first_forged, signed))
            finally:
                _forgery(forged)
        whole(source, found)  # D
    except Bad as why:
        found.verdict, found.first_bad, found.why = "bad", why.index, why.why
    return found


# --- A ------------------------------------------------------------------------------------------------------------------------


def anchor(source: Source, policy: bytes | None, found: Level1) -> None:
    """Who vouches for the checkpoint; raises Bad."""
    vouched = _vouched(source, policy)
    found.checkpoint, found.witnesses = vouched.checkpoint, vouched.witnesses
    found.signers = tuple(str(vkey) for vkey, _ in vouched.note.verified)


def _vouched(source: Source, policy: bytes | None) -> Vouched:
    raw = source.read("checkpoint")
    if raw is None or policy is None:
        raise Bad(None, "there is no checkpoint" if policy else "there is no policy.txt; name one with --policy")
    try:
        return verify_checkpoint(raw, Policy.parse(policy), check_note)
    except Unsound as why:
        raise Bad(None, str(why)) from why


# --- B, C ---------------------------------------------------------------------------------------------------------------------


def parsed(entry: bytes) -> Parts:
    """An entry and its statement; raises tlog's Malformed."""
    outer = Entry.parse(entry)
    return outer, Statement.parse(outer.statement)


def checked(
    source: Source, found: Level1, progress: Progress | None, read: Callable[[bytes], Parts] = parsed
) -> Iterator[Signed]:
    """Every entry whose form and chains hold, with what its signature needs; takes it into `found`. Raises Bad."""
    assert found.checkpoint is not None
    size, chains = found.checkpoint.size, Chains(found.checkpoint.origin)
    names = source.names("openings")
    listed = None if names is None else frozenset(names)
    for index, (entry, own) in enumerate(_entries(source, size)):
        leaf = leaf_hash(entry)
        try:
            if leaf != own:
                raise Bad(index, "the entry is not the one in its tile")
            parts = read(entry)
            signed = _chained(chains, index, leaf, parts, found)
            found.openings |= _public(source, listed, leaf, parts[1])
        except Unsound as why:
            raise Bad(index, str(why)) from why
        found.take(entry, leaf, parts)
        if progress and not index % CHUNK:
            progress(index, size)
        yield signed


def _entries(source: Source, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Each entry with its hash in the level-0 tile."""
    for number in range(-(-size // TILE_WIDTH)):
        first, width = number * TILE_WIDTH, min(TILE_WIDTH, size - number * TILE_WIDTH)
        try:
            bundle = parse_bundle(source.read(tile_path("entries", number, width)) or b"", width)
            hashes = parse_tile(source.read(tile_path(0, number, width)) or b"", width)
        except Unsound as why:
            raise Bad(first, str(why)) from why
        yield from zip(bundle, hashes, strict=True)


def _chained(chains: Chains, index: int, leaf: bytes, parts: Parts, found: Level1) -> Signed:
    """One entry's place among those before it; raises Bad."""
    outer, said = parts
    hashed = statement_hash(outer.statement)
    rows = _key_rows(index, said)
    keys = chains.keys if index else rows
    suite, public = keys.get(said.by, ("", b""))
    for holds, why in (
        (said.ledger == chains.origin, "it belongs to another ledger"),
        (hashed not in chains.statements, "its statement stands in the log already"),
        (chains.last <= outer.recorded_at <= said.until, "its time runs backwards or past its date"),
        (outer.suite in SUITES and outer.suite == suite, "no earlier entry carries its key"),
        (said.prev == chains.streams.get(said.stream), "prev is not the last entry of its stream"),
        (said.about is None or said.about in chains.leaves, "about names no earlier entry"),
        (said.seen is None or (said.seen[0] <= index and found.root_at(said.seen[0]) == said.seen[1]), "it saw another tree"),
    ):
        if not holds:
            raise Bad(index, why)
    chains.last = outer.recorded_at
    chains.keys |= rows
    chains.leaves.add(leaf)
    chains.statements.add(hashed)
    chains.streams[said.stream] = leaf
    return index, suite, public, outer.statement, outer.signature


def _key_rows(index: int, said: Statement) -> dict[bytes, tuple[str, bytes]]:
    """The keys that an entry carries, by id; raises Bad when they have not the form."""
    name = ROWS.get(said.kind)
    if name is None:
        return {}
    carried = said.body.get(name)
    rows = (carried,) if name == "row" else carried
    if not isinstance(rows, tuple):
        raise Bad(index, f"{name} holds no key rows")
    return dict(_key_row(index, row) for row in rows)


def _key_row(index: int, row: Any) -> tuple[bytes, tuple[str, bytes]]:
    suite, public = (row.get("suite"), row.get("public")) if isinstance(row, Mapping) else (None, None)
    if not isinstance(suite, str) or not isinstance(public, bytes) or (suite != WEBAUTHN and len(public) != 32):
        raise Bad(index, "a key row needs a suite and a public key of its length")
    return key_id(suite, public), (suite, public)


def _public(source: Source, listed: frozenset[str] | None, leaf: bytes, said: Statement) -> dict[bytes, tuple[bytes, ...]]:
    """The published openings of an entry, each checked against its digests; without a listing, only where there can be any."""
    expected = bool(said.sealed) if listed is None else leaf.hex() in listed
    raw = source.read(f"openings/{leaf.hex()}") if expected else None
    return {} if raw is None else {leaf: checked_openings(unpack(raw), said)}


def checked_openings(given: Any, said: Statement) -> tuple[bytes, ...]:
    """Openings handed out for a statement: an array of binaries, no decoy, nothing twice; raises tlog's Unsound."""
    if not isinstance(given, tuple) or not all(isinstance(one, bytes) for one in given):
        raise Malformed("openings", "an array of binaries")
    if len(reveal(said.sealed, given, said.ledger, said.stream, said.prev)) != len(given):
        raise Malformed("openings", "a decoy, or an opening given twice")
    return given


def _chunks(signed: Iterator[Signed]) -> Iterator[Sequence[Signed]]:
    """In chunks; what came before a failure is handed on before the failure is."""
    chunk: list[Signed] = []
    try:
        for one in signed:
            chunk.append(one)
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
    except Bad:
        yield chunk
        raise
    yield chunk


def _first_forged(signed: Sequence[Signed]) -> int | None:
    """The first of these entries whose signature does not verify; libsodium works outside the interpreter's lock."""
    for index, suite, public, statement, signature in signed:
        try:
            verify_statement(suite, public, statement, signature)
        except BadSignature:
            return index
    return None


def _forgery(answers: Sequence[Future[int | None]]) -> None:
    """Raises Bad at the first forged signature: it lies before any other failure that ended the reading."""
    for answer in answers:
        if (index := answer.result()) is not None:
            raise Bad(index, "the signature does not verify under its key")


# --- D ------------------------------------------------------------------------------------------------------------------------


def whole(source: Source, found: Level1) -> None:
    """Every tile, the root, and no opening that belongs nowhere; raises Bad."""
    assert found.checkpoint is not None
    for level, number, width in tiles(found.checkpoint.size):  # those of level 0 were compared entry by entry
        if level and source.read(tile_path(level, number, width)) != found.tiles[level, number][: 32 * width]:
            raise Bad(None, f"{tile_path(level, number, width)} is not the tile that the entries give")
    if found.head.root != found.checkpoint.root:
        raise Bad(None, "the entries do not lead to the checkpoint's root")
    known = {leaf.hex() for leaf in found.recorded}
    if strangers := sorted(set(source.names("openings") or ()) - known):
        raise Bad(None, f"openings/{strangers[0]} belongs to no entry")
