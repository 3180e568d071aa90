from __future__ import annotations

from typing import Any

import pytest

from tests.tlog.vectors import each, load, unhex, value
from tlog.codec import Value
from tlog.errors import Malformed, Unproven, Unsound
from tlog.opening import Opening, check, check_names, context, decoy, digest, reveal, seal

VECTORS = load("opening")
LEDGER, STREAM = "ledger.example.org/log/440307-001/1", "poll/2026-fee"


def place(case: dict[str, Any]) -> tuple[str, str, bytes | None]:
    return case["ledger"], case["stream"], None if case["prev_hex"] is None else bytes.fromhex(case["prev_hex"])


def at_the_door(case: dict[str, Any]) -> dict[str, Value]:
    sealed = unhex(case["sealed_hex"])
    found = check(sealed, unhex(case["openings_hex"]), *place(case))
    check_names(found, sealed, case["required"], case["optional"], case["count"])
    return found


@each(VECTORS["digests"])
def test_a_digest_binds_an_opening_to_its_place(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["opening_hex"])
    opening = Opening(bytes.fromhex(case["salt_hex"]), case["name"], value(case["value"]))
    assert Opening.parse(raw) == Opening.glance(raw) == opening
    assert opening.raw() == raw
    assert context(*place(case)).hex() == case["context_hex"]
    assert digest(context(*place(case)), raw).hex() == case["digest_hex"]


@each(VECTORS["accept"])
def test_every_digest_is_opened(case: dict[str, Any]) -> None:
    sealed, raws = unhex(case["sealed_hex"]), unhex(case["openings_hex"])
    found = at_the_door(case)
    assert set(case["required"]) <= found.keys() <= {*case["required"], *case["optional"]}
    assert seal(reversed(raws), *place(case)) == (sealed, raws)
    assert reveal(sealed, reversed(raws), *place(case)) == found


@each(VECTORS["refuse"])
def test_nothing_can_be_opened_two_ways(case: dict[str, Any]) -> None:
    with pytest.raises(Unsound) as refused:
        at_the_door(case)
    assert refused.value.code == case["code"]


def test_a_decoy_shows_neither_name_nor_value() -> None:
    salt = bytes(range(16))
    assert Opening.parse(decoy(salt)) == Opening(salt, "", None)
    assert check(*seal([decoy(salt)], LEDGER, STREAM, None), LEDGER, STREAM, None) == {}


@pytest.mark.parametrize("count", [None, 2])
def test_names_need_as_many_digests_as_the_kind_has(count: int | None) -> None:
    check_names({"a": 1, "b": 2}, [b"", b""], ["a"], ["b"], count)
    with pytest.raises(Malformed, match="number") as refused:
        check_names({"a": 1, "b": 2}, [b"", b"", b""], ["a"], ["b"], count)
    assert refused.value.code == "sealed-count"


def test_a_reader_checks_the_openings_it_holds() -> None:
    raws = [Opening(bytes([n] * 16), name, n).raw() for n, name in enumerate("abc")]
    sealed, _ = seal(raws, LEDGER, STREAM, bytes(32))
    assert reveal(sealed, raws[1:], LEDGER, STREAM, bytes(32)) == {"b": 1, "c": 2}
    with pytest.raises(Unproven) as refused:
        reveal(sealed, raws[1:], LEDGER, STREAM, None)
    assert refused.value.code == "sealed-not-opened"
    with pytest.raises(Malformed) as twice:
        reveal(sealed, [raws[1], raws[1]], LEDGER, STREAM, bytes(32))
    assert twice.value.code == "opening-name"
