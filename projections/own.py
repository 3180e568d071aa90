"""Each owner's own rows of a certified result: how every item of her ballot was counted, and the paths that prove it.

The rows are computed again from what the vault still opens. Where an opening that the result counted was erased or lost, the tree
cannot be built any more and nobody's path can be given: that is said, and files handed out before stay good.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from domain.authority import KeyRow, stands_for
from domain.lifecycle import UNOPENED, Read, Unopened
from domain.polls import Poll
from domain.results import Result, counted_rows, missing, open_box
from domain.roll import Head, Roll
from domain.state import act_of
from projections.entries import ReceiptFace, receipt_face
from projections.ledgers import View
from tlog.own import OwnRow
from tlog.result import Row, counted_root, row_paths


@dataclass(frozen=True, slots=True)
class Own:
    """An owner's rows, ready to be shown, and the file that she keeps."""

    result: ReceiptFace
    rows: tuple[OwnRow, ...]
    told: tuple[Row, ...]

    def document(self) -> dict[str, Any]:
        """The file (docs/spec/mirror.md)."""
        return {"result": asdict(self.result), "rows": [row.document() for row in self.rows]}


@dataclass(frozen=True, slots=True)
class Lost:
    """Why no path can be given any more: what cannot be opened, by name."""

    names: tuple[str, ...]


def tags_of_person(read: Read, poll: str, person: bytes) -> tuple[bytes, ...]:
    """The heads of a vote's roll for which a person's keys stand, or stood before they were replaced."""
    return tags_of_keys(read, poll, read.get(("keys-of", person), ()))


def tags_of_key(read: Read, poll: str, key: bytes) -> tuple[bytes, ...]:
    """The heads of a vote's roll for which any key of this key's person stands; none for a key that nobody knows."""
    row: KeyRow | None = read.get(("key", key))
    return tags_of_person(read, poll, row.person) if row else ()


def tags_of_keys(read: Read, poll: str, keys: Collection[bytes]) -> tuple[bytes, ...]:
    """The heads of a vote's roll for which one of these keys stands."""
    said: Poll = read["poll", poll]
    roll: Roll = read["roll", said.roll]
    heads: list[tuple[bytes, Head]] = [(tag, read["head", (said.roll, tag)]) for tag, _ in roll.tags]
    return tuple(tag for tag, head in heads if head.keys and any(stands_for(read, key, head.keys) for key in keys))


def tag_of_unit(seen: View, poll: str, unit: str) -> bytes | Lost | None:
    """The head of a vote's roll that a unit belongs to, by the opened roll; None when the roll has no such unit."""
    said: Poll = seen.state["poll", poll]
    roll: Roll = seen.state["roll", said.roll]
    for tag, page in roll.tags:
        row = seen.door.opening(page, name := f"row/{tag.hex()}")
        if row is UNOPENED:
            return Lost((name,))
        if unit in row["units"]:
            return tag
    return None


def own_rows(seen: View, poll: str, tags: Collection[bytes]) -> Own | Lost | None:
    """The rows of these heads in a vote's certified result; None while there is no result."""
    result: Result | None = seen.state.get(("result", poll))
    if result is None:
        return None
    counted = _counted(seen, poll, result)
    if isinstance(counted, Lost):
        return counted
    index, rows = counted
    mine = [(place, row) for place, row in enumerate(rows) if row.tag in tags]
    paths = row_paths(rows, [place for place, _ in mine])
    own = tuple(OwnRow(place, row.raw(), path) for (place, row), path in zip(mine, paths, strict=True))
    return Own(receipt_face(seen.door.receipt(index)), own, tuple(row for _, row in mine))


def _counted(seen: View, poll: str, result: Result) -> tuple[int, tuple[Row, ...]] | Lost:
    """The result's index and all its rows, if they are still those that were certified."""
    line = seen.journal.line(result.leaf)
    assert line is not None
    count_key = seen.door.opening(result.leaf, "count-key")
    if count_key is UNOPENED:
        return Lost(("count-key",))
    box = open_box(seen.state, poll, seen.door.opening)
    if isinstance(box, Unopened):
        return Lost(box.names)
    said: Poll = seen.state["poll", poll]
    rows = counted_rows(box, said, count_key)
    certified = act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body["counted"]
    if (counted_root(rows), len(rows)) == (certified["root"], certified["size"]):
        return line.index, rows
    return Lost(tuple(dict.fromkeys(f"choices of {leaf.hex()}" for item in said.items for leaf in missing(box, item.id))))
