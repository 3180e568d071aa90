"""What leaves a ledger as files: the static copy that anybody can check (docs/spec/mirror.md), and openings that are handed out.

checkpoint · tile/<L>/<N>[.p/<W>] · tile/entries/<N>[.p/<W>] · openings/<leaf hex> · policy.txt
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from domain.lifecycle import Act
from domain.readers import MACHINE
from domain.state import act_of
from keys.suites import check_note
from ledger.door import Ledger
from ledger.home import Home
from ledger.showing import all_shown, shown
from tlog.checkpoint import Checkpoint, open_checkpoint
from tlog.codec import pack
from tlog.errors import Malformed, Unsound
from tlog.merkle import TILE_WIDTH
from tlog.note import Vkey
from tlog.tile import Level, parse_path, tile_path, tiles

MEMBERS: Final = ("checkpoint", "openings", "policy.txt", "tile")
Tile = tuple[Level, int, int]
Pack = dict[str, list[bytes]]


class MirrorRefused(Exception):
    """The folder cannot become this ledger's mirror: something else stands there, or there is nothing to publish."""


class MirrorForked(Exception):
    """The mirror that stands there is no earlier state of this ledger: one of the two tells another history."""


# --- openings -------------------------------------------------------------------------------------------------------------------


ROLL_KINDS: Final = ("roll-page/1", "scope-defined/1")


def handed_out(door: Ledger) -> Pack:
    """Every opening that may be handed to an auditor, by its entry's leaf (docs/spec/mirror.md, openings file)."""
    return _pack(door, lambda _act: True)


def roll_pack(door: Ledger, snapshot: str) -> Pack:
    """The opened rows of a snapshot's pages, and the units of the parts of the estate defined on it, by their leaf."""
    return _pack(door, lambda act: act.kind in ROLL_KINDS and act.body["snapshot"] == snapshot)


def export_openings(door: Ledger, path: Path) -> None:
    """Write `handed_out` to a file that only its owner reads. Raises OSError."""
    write_private(path, pack(handed_out(door)))


def export_roll(door: Ledger, snapshot: str, path: Path) -> None:
    """Write `roll_pack` to a file that only its owner reads. Raises OSError."""
    write_private(path, pack(roll_pack(door, snapshot)))


def write_private(path: Path, raw: bytes) -> None:
    """A file that only its owner reads (mode 0600), whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _pack(door: Ledger, wanted: Callable[[Act], bool]) -> Pack:
    size, _, _ = door.checkpoint()
    chosen = [(index, act) for index, act in _acts(door, size) if wanted(act)]
    return {leaf.hex(): raws for leaf, raws in all_shown(door, chosen, MACHINE).items()}


def _acts(door: Ledger, size: int) -> Iterator[tuple[int, Act]]:
    for start in range(0, size, TILE_WIDTH):
        for index, entry in enumerate(door.shelf.entries(start, min(TILE_WIDTH, size - start)), start):
            yield index, act_of(entry).act


# --- the mirror -----------------------------------------------------------------------------------------------------------------


def write_mirror(door: Ledger, home: Home, folder: Path) -> Checkpoint:
    """Publish the newest checkpoint and all that it covers into a folder, whole or not at all.

    A mirror of an earlier state is replaced; partial tiles of earlier sizes stay while no full one has followed. Raises
    MirrorRefused, MirrorForked, OSError.
    """
    size, root, note = door.checkpoint()
    if not size:
        raise MirrorRefused("the ledger has no entry yet: there is nothing to publish")
    folder = folder.resolve()
    kept = _standing(door, home.vkey, folder)  # 1. nothing is written unless the old copy is a prefix
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}")
    draft.mkdir(parents=True)
    try:
        for path, raw in _files(door, size, kept):  # 2. everything beside the folder, under a name nobody reads
            _put(draft / path, raw)
        _put(draft / "policy.txt", f"log {home.vkey}\nquorum none\n".encode())
        _put(draft / "checkpoint", note.encode())
        _swap(draft, folder)  # 3. then the folder's name changes hands
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Checkpoint(door.origin, size, root)


def _files(door: Ledger, size: int, kept: frozenset[Tile]) -> Iterator[tuple[str, bytes]]:
    full, partial = divmod(size, TILE_WIDTH)
    wanted: set[Tile] = {*tiles(size), *(("entries", number, TILE_WIDTH) for number in range(full))}
    if partial:
        wanted.add(("entries", full, partial))
    wanted |= {tile for tile in kept if (*tile[:2], TILE_WIDTH) not in wanted and _served(size, *tile)}
    for level, number, width in wanted:
        yield tile_path(level, number, width), door.fetch(level, number, width)
    for index, act in _acts(door, size):
        if raws := shown(door, index, act, None):
            yield f"openings/{act.leaf.hex()}", pack(raws)


def _served(size: int, level: Level, number: int, width: int) -> bool:
    return number * TILE_WIDTH + width <= size >> (0 if level == "entries" else 8 * level)


def _put(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


def _swap(draft: Path, folder: Path) -> None:
    """Give the draft the folder's name; what stood there goes when the draft is in its place."""
    if not folder.exists():
        draft.rename(folder)
        return
    old = draft.with_name(draft.name + ".old")
    folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old)


def _standing(door: Ledger, vkey: Vkey, folder: Path) -> frozenset[Tile]:
    """The tiles of the mirror that stands in a folder, which must be an earlier state of this ledger's."""
    if folder.exists() and not folder.is_dir():
        raise MirrorRefused(f"{folder} is no folder")
    names = {one.name for one in folder.iterdir()} if folder.exists() else set()
    if strangers := sorted(names - {*MEMBERS}):
        raise MirrorRefused(f"{folder} holds {strangers[0]}, which is no part of a mirror and would be lost")
    if not names:
        return frozenset()
    _check_prefix(door, vkey, folder)
    return frozenset(_tiles_in(folder))


def _check_prefix(door: Ledger, vkey: Vkey, folder: Path) -> None:
    try:
        old, _ = open_checkpoint((folder / "checkpoint").read_bytes(), (vkey,), check_note)
    except FileNotFoundError:
        raise MirrorRefused(f"{folder} is not empty and holds no checkpoint: no mirror") from None
    except Unsound as why:
        raise MirrorRefused(f"{folder} is no mirror of {door.origin}: {why}") from why
    # The root that this log has at that size: what a consistency proof would show to somebody who lacks the tree.
    if old.origin != door.origin or door.root_at(old.size) != old.root:
        raise MirrorForked(f"{folder} shows {old.origin} with {old.size} entries and root {old.root.hex()}, "
                           f"which this ledger never had: keep both and tell the supervisors")  # fmt: skip


def _tiles_in(folder: Path) -> Iterator[Tile]:
    for path in (folder / "tile").rglob("*"):
        if path.is_file():
            try:
                yield parse_path(path.relative_to(folder).as_posix())
            except Malformed:
                raise MirrorRefused(f"{path} is no part of a mirror and would be lost") from None
