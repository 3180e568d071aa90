from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tlog.signing import signer, verify_statement
from tests.tlog.vectors import each, load, unhex, value
from tlog.codec import pack, unpack
from tlog.entry import (
    LARGEST_INTEGER,
    MAX_ENTRY,
    STATEMENT_PURPOSE,
    Entry,
    Statement,
    Submission,
    is_stream,
    key_id,
    signed_bytes,
    statement_hash,
)
from tlog.errors import Malformed, Unsound
from tlog.merkle import leaf_hash, root

VECTORS = load("statement")
ACCEPT = VECTORS["accept"]
RAW = bytes.fromhex(ACCEPT[1]["statement_hex"])
FIELDS = value(ACCEPT[1]["statement"])
KEYS = {bytes.fromhex(case["key_id_hex"]): (case["suite"], bytes.fromhex(case["public_key_hex"])) for case in ACCEPT}

# Refused for their form alone; the others need a key or a clock.
FORM_OF_ENTRY = {"three elements", "a list of signatures", "recorded_at as text", "trailing byte"}


def admit(raw: bytes) -> Statement:
    """What the vectors demand of an entry: form, a known key in its suite, its signature, recorded in time."""
    entry = Entry.parse(raw)
    statement = Statement.parse(entry.statement)
    suite, public = KEYS[statement.by]
    if suite != entry.suite:
        raise Malformed("suite", "is not the key's")
    verify_statement(suite, public, entry.statement, entry.signature)
    if entry.recorded_at > statement.until:
        raise Malformed("entry", "recorded after until")
    return statement


@each(ACCEPT)
def test_a_statement_is_read_and_written(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["statement_hex"])
    statement = Statement.parse(raw)
    assert {name: getattr(statement, name) for name in value(case["statement"])} == value(case["statement"])
    assert statement.raw() == pack(value(case["statement"])) == raw
    assert signed_bytes(raw) == b"liuchi/statement/v1\x00" + raw
    assert statement_hash(raw).hex() == case["statement_hash_hex"]
    assert statement.by.hex() == key_id(case["suite"], bytes.fromhex(case["public_key_hex"])).hex() == case["key_id_hex"]


@each(ACCEPT)
def test_an_entry_and_a_submission_carry_the_statement_s_bytes(case: dict[str, Any]) -> None:
    raw, signature = bytes.fromhex(case["statement_hex"]), bytes.fromhex(case["signature_hex"])
    entry = Entry(raw, case["suite"], signature, int(case["recorded_at"]))
    submission = Submission(unhex(case["openings_hex"]), signature, raw, case["suite"])
    assert entry.raw().hex() == case["entry_hex"]
    assert Entry.parse(entry.raw()) == entry
    assert submission.raw().hex() == case["submission_hex"]
    assert Submission.parse(submission.raw()) == submission
    assert leaf_hash(entry.raw()).hex() == case["leaf_hash_hex"]
    assert admit(entry.raw()) == Statement.parse(raw)
    assert Entry.glance(entry.raw()) == entry
    assert Submission.glance(submission.raw()) == submission


@each(ACCEPT)
def test_the_author_signs_purpose_and_statement(case: dict[str, Any]) -> None:
    sign = signer(bytes.fromhex(VECTORS["seeds_hex"][case["signer"]]))
    assert sign(signed_bytes(bytes.fromhex(case["statement_hex"]))).hex() == case["signature_hex"]
    assert STATEMENT_PURPOSE.endswith(b"\0")


def test_the_four_entries_are_a_log() -> None:
    leaves = unhex([case["leaf_hash_hex"] for case in ACCEPT])
    assert [root(leaves[:size]).hex() for size in range(1, 5)] == VECTORS["roots_hex"]


@each(VECTORS["refuse_statements"])
def test_a_statement_of_another_form_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Statement.parse(bytes.fromhex(case["statement_hex"]))


@each(VECTORS["refuse_entries"])
def test_a_false_entry_is_refused(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["entry_hex"])
    with pytest.raises(Unsound):
        admit(raw)
    if case["case"] in FORM_OF_ENTRY:
        with pytest.raises(Malformed):
            Entry.parse(raw)


DEEP: Any = {"a": ({"b": (None, True, b"\xff", "id", 0)},)}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("about", [None, bytes(32)], [bytes(31), "", 0, False]),
        ("at", [0, -1, LARGEST_INTEGER, -LARGEST_INTEGER], [LARGEST_INTEGER + 1, -LARGEST_INTEGER - 1, None, True]),
        ("body", [{}, DEEP, {"": ""}], [None, [], "a", {"a b": 1}, {"a": ({"é": 1},)}, {"a": ("\x7f",)}, {"a": (2**53,)}]),
        ("body", [{"a": LARGEST_INTEGER, "b": -LARGEST_INTEGER}], [{"a": -(2**53)}, {"a": {"b": "c d"}}, {"a": "\n"}]),
        ("by", [bytes(32)], [None, bytes(33)]),
        ("kind", ["a", "!", "~"], ["", "a b", "é", "a\x7f", None, b"a"]),
        ("ledger", ["a.b/1"], ["", "a\0", " a"]),
        ("prev", [None, bytes(32)], [b"", ()]),
        (
            "sealed",
            [(), (bytes(32),), (bytes(32), b"\1" * 32)],
            [None, (b"",), (bytes(32), bytes(32)), (b"\1" * 32, bytes(32)), (0,)],
        ),
        ("seen", [None, (0, bytes(32)), (LARGEST_INTEGER, bytes(32))], [(-1, bytes(32)), (True, bytes(32)), (0, b""), (0,), 0]),
        ("stream", ["a", "0-", "a/b/c/d", "x" * 64], ["", "/", "a/", "-a", "A", "a/b/c/d/e", "x" * 65, "a.b", "a\n", None]),
        ("until", [0, LARGEST_INTEGER], [LARGEST_INTEGER + 1, "0"]),
    ],
)
def test_each_field_has_its_type(name: str, good: list[Any], bad: list[Any]) -> None:
    for held in good:
        assert Statement.parse(pack(FIELDS | {name: held})) == replace(Statement.parse(RAW), **{name: held})
    for refused in bad:
        with pytest.raises(Malformed):
            Statement.parse(pack(FIELDS | {name: refused}))


@pytest.mark.parametrize("name", ["ballot/2026-fee/5b0c", "ledger"])
def test_a_stream_has_a_name(name: str) -> None:
    assert is_stream(name)
    assert not is_stream(name.upper())
    assert not is_stream(None)


def test_the_refused_field_is_named() -> None:
    with pytest.raises(Malformed, match="statement's by: 32 bytes") as refused:
        Statement.parse(pack(FIELDS | {"by": b""}))
    assert (refused.value.what, refused.value.why, refused.value.code) == ("statement's by", "32 bytes", "malformed")


@pytest.mark.parametrize("size", [MAX_ENTRY - 1, MAX_ENTRY, MAX_ENTRY + 1])
def test_an_entry_has_at_most_65_535_bytes(size: int) -> None:
    frame = len(Entry(bytes(60_000), "s", b"", 0).raw()) - 60_000
    entry = Entry(bytes(size - frame), "s", b"", 0)
    if size <= MAX_ENTRY:
        assert len(entry.raw()) == size
        assert Entry.parse(entry.raw()) == entry
    else:
        with pytest.raises(Malformed):
            entry.raw()
        with pytest.raises(Malformed):
            Entry.parse(pack((entry.statement, "s", b"", 0)))


@pytest.mark.parametrize(
    "fields",
    [
        (b"", "", b"", 0),
        (b"", "a b", b"", 0),
        (b"", "s", b"", True),
        (b"", "s", b"", 2**53),
        ("", "s", b"", 0),
        {},
        (b"", "s", b"", 0, 0),
    ],
)
def test_an_entry_of_another_form_is_refused(fields: Any) -> None:
    with pytest.raises(Malformed):
        Entry.parse(pack(fields))


@pytest.mark.parametrize(
    "change",
    [
        {"openings": ("a",)},
        {"openings": b""},
        {"signature": "a"},
        {"statement": None},
        {"suite": ""},
        {"suite": b"s"},
        {"more": 1},
    ],
)
def test_a_submission_of_another_form_is_refused(change: dict[str, Any]) -> None:
    fields: Any = unpack(bytes.fromhex(ACCEPT[0]["submission_hex"]))
    with pytest.raises(Malformed):
        Submission.parse(pack(fields | change))
    with pytest.raises(Malformed):
        Submission.parse(pack([]))


@given(st.sampled_from([bytes.fromhex(case["statement_hex"]) for case in ACCEPT]), st.data())
def test_a_changed_byte_is_refused_or_another_statement(raw: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:at] + bytes([data.draw(st.integers(0, 255))]) + raw[at + 1 :]
    try:
        assert Statement.parse(changed).raw() == changed
    except Malformed:
        assert changed != raw


@given(st.sampled_from([bytes.fromhex(case["statement_hex"]) for case in ACCEPT]), st.data())
def test_what_is_parsed_was_glanced_and_what_is_not_raises_at_most_two_errors(raw: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:at] + data.draw(st.binary(max_size=2)) + raw[at + 1 :]
    try:
        glanced = Statement.glance(changed)
    except (ValueError, TypeError):
        glanced = None
    try:
        assert Statement.parse(changed) == glanced
    except Malformed:
        assert changed != raw
