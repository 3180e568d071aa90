"""`liuchi accesses`: what was read is on record, and a record that was touched is found."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from domain.readers import NAMELESS, STUB
from ledger.home import find_homes
from ledger.showing import Looking
from scripts.homes import look, open_door
from tests.scripts.conftest import CODE, ORGS, Estate, liuchi, printed
from tlog.merkle import leaf_hash
from tlog.opening import Opening


@pytest.fixture
def unread(estate: Estate) -> Estate:
    """An estate in which nothing was read yet."""
    with closing(sqlite3.connect(estate.data / CODE / "ledger.sqlite")) as db, db:
        db.execute("DELETE FROM accesses")
    return estate


def test_what_was_read_is_listed_with_the_head_of_its_chain(unread: Estate) -> None:
    assert printed("accesses", CODE, "--data", unread.data) == {"size": 0, "head": None, "torn": None, "records": []}
    assert "nothing restricted was read" in liuchi("accesses", CODE, "--data", unread.data).stdout
    unread.acted("--read", 3)
    unread.acted("--read", 3, by="bureau")
    told = printed("accesses", CODE, "--data", unread.data)
    assert [(one["n"], one["role"], one["key"] is None) for one in told["records"]] == [
        (0, "custodian", True), (1, "supervisor", False),
    ]  # fmt: skip
    assert {one["index"] for one in told["records"]} == {3}
    said = liuchi("accesses", CODE, "--data", unread.data, "--known", f"2:{told['head']}")
    assert (said.exit_code, f"note: 2:{told['head']}" in said.stdout, "第3条 entry 3 holder/" in said.stdout) == (0, True, True)


def test_names_that_a_list_shows_were_read(unread: Estate) -> None:
    clerk = unread.acted("--read", 5)["body"]["person"]
    body = {"from": "2026-01-01", "matter": None, "org": ORGS["clerk"], "person": clerk, "post": "observer", "to": "2027-01-01"}
    unread.acted("post-given/1", "--body", unread.write("observer.json", body), by="street")
    assert printed("accesses", CODE, "--data", unread.data)["size"] == 0
    assert unread.acted("--pending")["pending"][0]["author"].startswith("工作人员 street")
    told = printed("accesses", CODE, "--data", unread.data)["records"]
    assert {one["role"] for one in told} == {"custodian"}
    assert all(name.startswith("holder/") for one in told for name in one["names"])


def test_a_long_list_says_how_many_it_leaves_out(unread: Estate) -> None:
    for _ in range(22):
        unread.acted("--read", 3)
    said = liuchi("accesses", CODE, "--data", unread.data).stdout
    assert ("更早的 2 条未列出" in said, said.count("第3条 entry 3")) == (True, 20)


def test_who_reads_with_a_stub_is_not_called_somebody_at_the_machine(unread: Estate) -> None:
    [home] = find_homes(unread.data)
    with open_door(look(home)) as door:
        looking = Looking(door, NAMELESS, STUB)
        leaf = leaf_hash(door.shelf.entries(3, 1)[0])
        name = next(name for raw in door.openings_of(3) if (name := Opening.parse(raw).name))
        looking(leaf, name)
        looking.keep()
    said = liuchi("accesses", CODE, "--data", unread.data).stdout
    assert ("stub  （凭存根查询码 by a stub's code）  第3条" in said, "本机" in said) == (True, False), said


@pytest.mark.parametrize(("statement", "known"), [
    ("DELETE FROM accesses WHERE n = 0", False), ("DELETE FROM accesses WHERE n = 1", True), ("UPDATE accesses SET record = x'80'", False),
])  # fmt: skip
def test_a_torn_chain_is_exit_1(unread: Estate, statement: str, known: bool) -> None:
    for _ in range(2):
        unread.acted("--read", 3)
    head = printed("accesses", CODE, "--data", unread.data)["head"]
    with closing(sqlite3.connect(unread.data / CODE / "ledger.sqlite")) as db, db:
        db.execute(statement)
    found = liuchi("accesses", CODE, "--data", unread.data, *(["--known", f"2:{head}"] if known else []))
    assert (found.exit_code, "✗ 查阅记录被改动" in found.stdout) == (1, True)


@pytest.mark.parametrize("known", ["", "2", "2:5f0c", "x:" + "0" * 64])
def test_what_was_noted_has_its_form(estate: Estate, known: str) -> None:
    found = liuchi("accesses", CODE, "--data", estate.data, "--known", known)
    assert (found.exit_code, "Invalid value for --known" in found.stderr) == (2, True)
