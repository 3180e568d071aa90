"""The static files of a log under its origin's own path, as a mirror fetches them (docs/spec/mirror.md, tree.md §3).

checkpoint      tile/<L>/<N>[.p/<W>]      tile/entries/<N>[.p/<W>]      openings/<leaf>      policy.txt
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ledger.door import Ledger
from projections.ledgers import Opened, policy_of
from projections.texts import openings_for
from tlog.codec import pack
from tlog.errors import Malformed
from tlog.merkle import TILE_WIDTH
from tlog.tile import parse_path

LEAF: Final = re.compile(r"openings/([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file's bytes; whether it is text, and whether it is the same for ever."""

    content: bytes
    text: bool = False
    immutable: bool = False


def log_file(opened: Opened, path: str) -> LogFile | None:
    """The file at a path in its only spelling, or None where there is none."""
    if path == "checkpoint":
        _, _, note = opened.door.checkpoint()
        return LogFile(note.encode(), text=True) if note else None
    if path == "policy.txt":
        return LogFile(policy_of(opened).encode(), text=True)
    if match := LEAF.fullmatch(path):
        return _openings(opened.door, bytes.fromhex(match[1]))
    return _tile(opened.door, path)


def _tile(door: Ledger, path: str) -> LogFile | None:
    try:
        level, number, width = parse_path(path)
    except Malformed:
        return None
    size, _, _ = door.checkpoint()
    complete = size if level == "entries" else size >> 8 * level
    if number * TILE_WIDTH + width > complete:
        return None
    return LogFile(door.fetch(level, number, width), immutable=True)


def _openings(door: Ledger, leaf: bytes) -> LogFile | None:
    rows = door.shelf.vault(leaf)
    raws = [raw for _, raw in openings_for(door, rows[0].index)] if rows else []
    return LogFile(pack(raws)) if raws else None
