"""Inputs that every strict parser refuses, whatever its language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.tlog.signing import check_note
from tests.tlog.vectors import load
from tlog.checkpoint import Checkpoint, open_checkpoint
from tlog.errors import Unsound
from tlog.note import Vkey, open_note
from tlog.policy import Policy
from tlog.proof import Proof, verify_proof
from tlog.tile import parse_bundle, parse_path, parse_tile
from tlog.witness import parse_add_checkpoint

VECTORS = load("malformed")
CASES = {group: cases for group, cases in VECTORS.items() if isinstance(cases, list)}


def trusted(group: str) -> list[Vkey]:
    return [Vkey.parse(text) for text in VECTORS["trusted_vkeys"][group]]


def read_proof(raw: bytes) -> None:
    log, witness = VECTORS["trusted_vkeys"]["tlog_proof"]
    policy = Policy.parse(f"log {log}\nwitness w {witness}\nquorum w\n")
    verify_proof(b"world", Proof.parse(raw), policy, check_note)


READERS: dict[str, Callable[[bytes], object]] = {
    "signed_note": lambda raw: open_note(raw, trusted("signed_note"), check_note),
    "vkey": lambda raw: Vkey.parse(raw.decode()),
    "checkpoint_text": Checkpoint.parse,
    "cosignature_note": lambda raw: open_checkpoint(raw, trusted("cosignature_note"), check_note),
    "tlog_proof": read_proof,
    "witness_request": parse_add_checkpoint,
    "tile_path": lambda raw: parse_path(raw.decode()),
    "entry_bundle_width_2": lambda raw: parse_bundle(raw, 2),
    "tile_width_2": lambda raw: parse_tile(raw, 2),
    "tlog_policy": Policy.parse,
}


def test_every_group_has_its_reader() -> None:
    assert READERS.keys() == CASES.keys()


@pytest.mark.parametrize(
    ("group", "case"), [pytest.param(group, case, id=f"{group}: {case['name']}") for group in CASES for case in CASES[group]]
)
def test_a_strict_parser_refuses(group: str, case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode()
    with pytest.raises(Unsound):
        READERS[group](raw)


UNCHANGED: dict[str, bytes] = {
    "signed_note": load("signed-note")["accept"][1]["note"].encode(),
    "vkey": VECTORS["trusted_vkeys"]["signed_note"][0].encode(),
    "checkpoint_text": load("checkpoint")["cases"][0]["text"].encode(),
    "cosignature_note": load("checkpoint")["cases"][0]["note"].encode(),
    "tlog_proof": load("tlog-proof")["cases"][0]["proof"].encode(),
    "witness_request": load("witness")["sequence"][5]["request"].encode(),
    "tile_path": b"tile/0/x001/234",
    "entry_bundle_width_2": bytes.fromhex(load("tiles")["hello_world"]["files_hex"]["tile/entries/000.p/2"]),
    "tile_width_2": bytes(64),
    "tlog_policy": load("tlog-policy")["accept"][0]["policy"].encode(),
}


@pytest.mark.parametrize("group", READERS)
def test_the_same_input_unchanged_is_accepted(group: str) -> None:
    READERS[group](UNCHANGED[group])
