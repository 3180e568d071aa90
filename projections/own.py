"""Each owner's own rows of a certified result: how every item of her ballot was counted, and the paths that prove it.

The rows are computed again from what the vault still opens. Where an opening that the result counted was erased or lost, the tree
cannot be built any more and nobody's path can be given: that is said, and files handed out before stay good. A process keeps the
trees that it has built, hashes without rows: the next owner is answered at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from typing import Any, Final

from domain.authority import KeyRow
from domain.lifecycle import UNOPENED, Layered, Openings, Read, Unopened
from domain.polls import Poll, scope_of
from domain.results import Result, counted_rows, objections_upheld, open_box
from domain.roll import Roll, heads_of_person
from domain.state import act_of
from projections.entries import ReceiptFace, receipt_face
from projections.ledgers import Opened, View, view
from tlog.merkle import leaf_hash
from tlog.own import OwnRow
from tlog.result import Levels, Row, counted_root, path_in, row_levels

KEPT: Final = 8  # trees of a ledger


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


@dataclass(frozen=True, slots=True)
class Tree:
    """The hashes over a result's rows, and the result's index."""

    index: int
    levels: Levels


def places(read: Read, poll: Poll, rows: Sequence[Row]) -> list[int]:
    """The numbers of these rows in their vote's result: by item, then by tag of the heads that decide it."""
    everybody = [tag for tag, _ in read["roll", poll.roll].tags]
    scopes = {item.id: scope_of(read, poll, item) for item in sorted(poll.items, key=lambda item: item.id)}
    heads = {item: scope.tags if scope else everybody for item, scope in scopes.items()}
    starts = dict(zip(heads, accumulate(map(len, heads.values()), initial=0), strict=False))
    return [starts[row.item] + bisect_left(heads[row.item], row.tag) for row in rows]


def tags_of_person(read: Read, poll: str, person: bytes) -> tuple[bytes, ...]:
    """The heads of a vote's roll to which any key of a person was bound."""
    said: Poll = read["poll", poll]
    return tuple(tag for _, tag in heads_of_person(read, person, said.roll))


def tags_of_key(read: Read, poll: str, key: bytes) -> tuple[bytes, ...]:
    """The same of the person whose key this is; none for a key that nobody knows."""
    row: KeyRow | None = read.get(("key", key))
    return tags_of_person(read, poll, row.person) if row else ()


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


def own_rows(opened: Opened, poll: str, tags: Collection[bytes], openings: Openings | None = None) -> Own | Lost | None:
    """The rows of these heads in a vote's certified result; None while there is no result.

    `openings` looks up what is read for these heads alone, so that it can be put on record.
    """
    seen = view(opened)
    look = openings or seen.door.opening
    result: Result | None = seen.state.get(("result", poll))
    if result is None:
        return None
    said: Poll = seen.state["poll", poll]
    roll: Roll = seen.state["roll", said.roll]
    pairs = [pair for pair in roll.tags if pair[0] in tags]
    if not pairs:  # nothing to show: nothing is opened for it
        return Own(receipt_face(seen.door.receipt(_index(seen, result))), (), ())
    read = as_certified(opened, seen, poll, result)
    tree = opened.trees.get(result.leaf) or _kept(opened, result, _tree(seen, read, poll, result))
    if isinstance(tree, Lost):
        return tree
    mine = _rows(_of_heads(read, said, pairs), look, poll, result)
    if isinstance(mine, Lost):
        return mine
    pairs_of = zip(places(seen.state, said, mine), mine, strict=True)
    own = tuple(OwnRow(place, row.raw(), path_in(tree.levels, place)) for place, row in pairs_of)
    if any(leaf_hash(one.raw) != tree.levels[0][one.index] for one in own):
        return Lost(("choices",))  # hers were erased after the tree was built
    return Own(receipt_face(seen.door.receipt(tree.index)), own, mine)


def _kept(opened: Opened, result: Result, tree: Tree | Lost) -> Tree | Lost:
    if isinstance(tree, Tree):
        for leaf in list(opened.trees)[: 1 - KEPT]:  # the oldest make room
            opened.trees.pop(leaf, None)
        opened.trees[result.leaf] = tree
    return tree


def as_certified(opened: Opened, seen: View, poll: str, result: Result) -> Read:
    """The state with the vote's forms as this result counted them: for an upheld objection they may be corrected after it."""
    if not objections_upheld(seen.state, poll):
        return seen.state
    opened.past.keep_up()
    table = opened.past.table
    assert table is not None  # whoever has a view follows it
    return Layered(table.under("paper", poll, size=_index(seen, result) + 1), seen.state)


def _tree(seen: View, read: Read, poll: str, result: Result) -> Tree | Lost:
    """The tree of a result's rows, if it still is the one that was certified."""
    index = _index(seen, result)
    rows = _rows(read, seen.door.opening, poll, result)
    if isinstance(rows, Lost):
        return rows
    certified = act_of(seen.door.shelf.entries(index, 1)[0]).act.body["counted"]
    if (counted_root(rows), len(rows)) != (certified["root"], certified["size"]):
        return Lost(("choices",))
    return Tree(index, row_levels(rows))


def _index(seen: View, result: Result) -> int:
    line = seen.journal.line(result.leaf)
    assert line is not None
    return line.index


def _of_heads(read: Read, poll: Poll, pairs: Sequence[tuple[bytes, bytes]]) -> Read:
    """The state as if these heads were the whole electorate."""
    return Layered({("roll", poll.roll): replace(read["roll", poll.roll], tags=tuple(pairs))}, read)


def _rows(read: Read, openings: Openings, poll: str, result: Result) -> tuple[Row, ...] | Lost:
    """The counted rows of the electorate that `read` has, as far as everything can be opened."""
    count_key = openings(result.leaf, "count-key")
    if count_key is UNOPENED:
        return Lost(("count-key",))
    box = open_box(read, poll, openings)
    return Lost(box.names) if isinstance(box, Unopened) else counted_rows(box, read["poll", poll], count_key)
