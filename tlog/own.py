"""One owner's rows of a certified result, as a file that she keeps: the receipt of the result, and each row with its path.

{"result": receipt, "rows": [{"index": 12, "path": [base64 …], "row": base64} …]}        rows ascending by index
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tlog.errors import Malformed
from tlog.result import Row, verify_row
from tlog.spelling import base64, unbase64, unbase64_hash

MEMBERS = frozenset(("result", "rows"))
ROW_MEMBERS = frozenset(("index", "path", "row"))
MAX_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A row's bytes, its number in the result, and the path from its leaf to the result's root."""

    index: int
    raw: bytes
    path: tuple[bytes, ...]

    def document(self) -> dict[str, Any]:
        """The object that stands in the file."""
        return {"index": self.index, "path": [base64(one) for one in self.path], "row": base64(self.raw)}

    def proven(self, size: int, root: bytes) -> Row:
        """The row, which stands at this number of a result with so many rows under this root; raises Unsound."""
        return verify_row(self.raw, self.index, size, self.path, root)


def parse_rows(found: Any) -> tuple[OwnRow, ...]:
    """The rows of a file; raises Malformed."""
    if not isinstance(found, list) or not 0 < len(found) <= MAX_ROWS:
        raise Malformed("rows", f"an array of 1 to {MAX_ROWS} rows")
    rows = tuple(map(_parse, found))
    if any(left.index >= right.index for left, right in pairwise(rows)):
        raise Malformed("rows", "ascending by index, each once")
    return rows


def _parse(found: Any) -> OwnRow:
    if not isinstance(found, dict) or found.keys() != ROW_MEMBERS:
        raise Malformed("row", "an object with exactly index, path, row")
    index, path, row = found["index"], found["path"], found["row"]
    if type(index) is not int or not 0 <= index < 2**63:
        raise Malformed("row", "index is a whole number")
    if not isinstance(path, list) or not all(isinstance(text, str) for text in (row, *path)):
        raise Malformed("row", "row is base64, path an array of such")
    return OwnRow(index, unbase64(row, "row"), tuple(unbase64_hash(one, "path") for one in path))


def is_whole(rows: Iterable[Row], items: Collection[str], of_all: Collection[str]) -> bool:
    """Whether each head in these rows has one for every item of the result that all heads decide, and for no other's.

    An item that a part of the estate decides has rows of the heads there only: whether one is missing the roll pack tells.
    """
    heads: dict[bytes, set[str]] = {}
    for row in rows:
        heads.setdefault(row.tag, set()).add(row.item)
    return all(set(of_all) <= answered <= set(items) for answered in heads.values())
