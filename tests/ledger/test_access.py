"""Access records: each bound to the one before it, whoever writes; a chain that was touched is found (R-PRIV-5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.lifecycle import UNOPENED
from domain.readers import CUSTODIAN, MACHINE, NAMELESS, PUBLIC, Reader
from ledger.access import accesses, check, note, read_access
from ledger.door import Ledger
from ledger.mirror import handed_out
from ledger.showing import Looking
from ledger.store import StoreFailed
from scripts.stories import estate
from tests.ledger.conftest import Small
from tlog.codec import pack, unpack
from tlog.errors import Malformed

LEAF = bytes(32)
SOMEBODY = Reader(b"k" * 32, b"p" * 16, None)


def read(small: Small) -> list[bytes]:
    return [*accesses(small.door.shelf)]


def test_a_record_says_who_read_what_in_which_role(fresh: Small) -> None:
    note(fresh.door.store, SOMEBODY, [(LEAF, {"row/b": "owner", "row/a": "owner", "title": PUBLIC, "why": "author"})])
    note(fresh.door.store, MACHINE, [(LEAF, {"why": CUSTODIAN})])
    records = [read_access(raw) for raw in read(fresh)]
    assert [(one.n, one.key, one.person, one.role, one.names) for one in records] == [
        (0, b"k" * 32, b"p" * 16, "author", ("why",)), (1, b"k" * 32, b"p" * 16, "owner", ("row/a", "row/b")),
        (2, None, None, CUSTODIAN, ("why",)),
    ]  # fmt: skip
    assert check(accesses(fresh.door.shelf)).size == 3


def test_what_everybody_may_read_leaves_no_trace(fresh: Small) -> None:
    note(fresh.door.store, SOMEBODY, [(LEAF, {"title": PUBLIC})])
    note(fresh.door.store, None, [(LEAF, {"title": PUBLIC})])
    assert read(fresh) == []


def test_many_processes_write_one_chain(founded: Small, opened_again: Callable[[Small], Ledger]) -> None:
    doors = [founded.door, opened_again(founded)]

    def some(door: Ledger) -> None:
        for _ in range(10):
            note(door.store, SOMEBODY, [(LEAF, {"row/a": "owner"})])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(some, doors * 2))
    assert check(accesses(founded.door.shelf)) == check(iter(read(founded)))
    assert (check(iter(read(founded))).size, check(iter(read(founded))).torn) == (40, None)


def test_what_is_handed_to_an_auditor_is_on_record_too(founded: Small) -> None:
    assert handed_out(founded.door)
    assert {read_access(raw).role for raw in read(founded)} == {CUSTODIAN}


def test_what_is_looked_up_by_another_right_is_kept_before_the_answer(founded: Small) -> None:
    door = founded.door
    key = founded.play.people["clerk"].key.id
    page, name = door.fold.state["key", key].page, f"holder/{key.hex()}"
    looking = Looking(door, NAMELESS, "stub")
    assert looking(page, name)["name"] == estate.OFFICIALS["clerk"][1]
    assert looking(page, "holder/none") is UNOPENED
    assert read(founded) == []
    looking.keep()
    looking.keep()
    (record,) = map(read_access, read(founded))
    assert (record.leaf, record.names, record.role, record.key, record.person) == (page, (name,), "stub", None, None)


@pytest.mark.parametrize(("spoiled", "size", "why"), [
    (lambda all_: [*all_[:1], *all_[2:]], 1, "record 1 is not bound to the one before it"),
    (lambda all_: [all_[1], all_[0], *all_[2:]], 0, "record 0 is not bound to the one before it"),
    (lambda all_: [all_[0], pack({**unpack(all_[1]), "role": "owner!"}), *all_[2:]], 2, "record 2 is not bound to the one before it"),
    (lambda all_: [*all_[:2], b"\x80", *all_[2:]], 2, "access record"),
    (lambda all_: [*all_[:2], b"\xc1"], 2, "msgpack"),
    (lambda all_: all_[:3], 3, "4 records were noted, 3 are there"),
    (lambda all_: [*all_[:3], pack({**unpack(all_[3]), "role": "owner!"})], 4, "record 3 is not the one that was noted"),
], ids=["one left out", "two exchanged", "one changed", "no record", "no msgpack", "the last gone", "the last changed"])  # fmt: skip
def test_a_torn_chain_is_found(fresh: Small, spoiled: Callable[[list[bytes]], list[bytes]], size: int, why: str) -> None:
    for name in "abcd":
        note(fresh.door.store, SOMEBODY, [(LEAF, {f"row/{name}": "owner"})])
    records = read(fresh)
    whole = check(iter(records))
    assert whole.head is not None
    found = check(iter(spoiled(records)), (whole.size, whole.head))
    assert (found.size, why in (found.torn or "")) == (size, True), found


def test_a_record_has_its_form() -> None:
    with pytest.raises(Malformed):
        read_access(pack(()))


def test_a_store_that_cannot_write_says_so(founded: Small) -> None:
    founded.behind("DROP TABLE accesses")
    with pytest.raises(StoreFailed):
        note(founded.door.store, SOMEBODY, [(LEAF, {"row/a": "owner"})])


def test_the_specification_s_example_is_a_first_record() -> None:
    page = (Path(__file__).parents[2] / "docs" / "spec" / "access.md").read_text("utf-8")
    raw, told = (bytes.fromhex(one) for one in re.findall(r"`([0-9a-f]{64,})`", page))
    found = check(iter([raw]))
    assert (found.size, found.head, found.torn) == (1, told, None)
    assert read_access(raw).names == ("count-key",)
