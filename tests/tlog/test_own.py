"""An owner's rows as a file: each leads to the certified root, none is left out, and nothing else is read."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from tests.tlog.vectors import load
from tlog.entry import Entry, Statement
from tlog.errors import Malformed, Unsound
from tlog.own import is_whole, parse_rows
from tlog.result import Row

VECTORS = load("own-rows")


def certified(file: Any) -> Any:
    """The body of the result whose receipt stands in the file."""
    return Statement.parse(Entry.parse(b64decode(file["result"]["entry"])).statement).body


@pytest.mark.parametrize("case", VECTORS["accept"], ids=lambda case: case["case"])
def test_an_owners_rows_are_proven_and_written_as_they_were_read(case: Any) -> None:
    body, rows = certified(case["file"]), parse_rows(case["file"]["rows"])
    proven = [row.proven(body["counted"]["size"], body["counted"]["root"]) for row in rows]
    assert [(row.item, row.counted_as, row.area) for row in proven] == [
        (told["item"], told["counted_as"], told["area"]) for told in case["rows"]
    ]
    assert is_whole(proven, body["items"], body["items"])
    assert [row.document() for row in rows] == case["file"]["rows"]


@pytest.mark.parametrize(
    "case", [case for case in VECTORS["refuse"] if case["failed"] == "own-row"], ids=lambda case: case["case"]
)
def test_a_row_that_is_not_under_the_root_is_refused(case: Any) -> None:
    counted, wrong = certified(case["file"])["counted"], parse_rows(case["file"]["rows"])[0]
    with pytest.raises(Unsound):
        wrong.proven(counted["size"], counted["root"])


@pytest.mark.parametrize(
    "case", [case for case in VECTORS["refuse"] if case["failed"] == "own-whole"], ids=lambda case: case["case"]
)
def test_a_row_that_was_left_out_is_missed(case: Any) -> None:
    body, rows = certified(case["file"]), parse_rows(case["file"]["rows"])
    proven = [row.proven(body["counted"]["size"], body["counted"]["root"]) for row in rows]
    assert not is_whole(proven, body["items"], body["items"])


def test_of_what_a_part_of_the_estate_decides_a_head_may_have_no_row_r_roll_9() -> None:
    rows = [Row(None, item, bytes(16), 100, "none", bytes(16)) for item in ("lobby", "use")]
    assert is_whole(rows, ("lobby", "use"), ("use",))
    assert is_whole(rows[1:], ("lobby", "use"), ("use",))
    assert not is_whole(rows[:1], ("lobby", "use"), ("use",))
    assert not is_whole(rows, ("use",), ("use",))


@pytest.mark.parametrize("case", VECTORS["malformed"], ids=lambda case: case["case"])
def test_what_is_no_rows_is_not_read(case: Any) -> None:
    with pytest.raises(Malformed):
        parse_rows(case["rows"])
