from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.tlog.signing import check_note, key, keys_of, signer
from tests.tlog.vectors import each, load
from tlog import note
from tlog.checkpoint import Checkpoint, cosign, sign_checkpoint
from tlog.errors import Malformed, Unproven
from tlog.note import add
from tlog.policy import Log, Policy, Witness, verify_checkpoint

VECTORS = load("tlog-policy")
ORIGIN = "log.example/1"
LOG = key(ORIGIN, b"\x31" * 32)
SEEDS = {"a": b"\x32" * 32, "b": b"\x33" * 32, "c": b"\x34" * 32}
WITNESSES = {name: key(f"witness.example/{name}", seed, note.COSIGNATURE) for name, seed in SEEDS.items()}
LINES = "".join(f"witness {name} {vkey}\n" for name, vkey in WITNESSES.items())
TEXT = f"log {LOG} https://log.example/1\n{LINES}group g 2 a b c\nquorum g\n"
POLICY = Policy.parse(TEXT)
CHECKPOINT = Checkpoint(ORIGIN, 5, bytes(32))
SIGNED = sign_checkpoint(CHECKPOINT, signer(b"\x31" * 32), LOG)


def cosigned(*names: str) -> str:
    return add(SIGNED, *(cosign(CHECKPOINT, 1000 + n, signer(SEEDS[name]), WITNESSES[name]) for n, name in enumerate(names)))


@each(VECTORS["accept"])
def test_a_quorum_is_asked_for(case: dict[str, Any]) -> None:
    for raw in case["policy"], case["policy"].encode():
        policy = Policy.parse(raw)
        for question in case["questions"]:
            assert policy.satisfied(question["cosigned_by"]) is question["valid"]
    assert policy.witnessed == (case["name"] != "quorum none")


def test_a_policy_says_whom_it_trusts() -> None:
    case = VECTORS["accept"][0]
    policy = Policy.parse(case["policy"])
    assert [witness.name for witness in policy.witnesses] == ["street", "bureau", "uni"]
    assert [witness.url for witness in policy.witnesses] == [None, None, "https://witness.example/uni"]
    assert policy.logs[0].url == "https://ledger.example.cn/xq/440307-001/1"
    assert policy.log_keys("ledger.example.cn/xq/440307-001/1") == (policy.logs[0].vkey,)
    assert policy.log_keys("ledger.example.cn/xq/440307-001/2") == ()
    assert policy.logs[0] == Log(next(iter(keys_of(load("checkpoint")).values()))[0], policy.logs[0].url)


def test_32_logs_witnesses_and_groups_are_read_and_long_chains_too() -> None:
    logs = "".join(f"log {key(f'l{n}', bytes([n]) * 32)}\n" for n in range(40))
    witnesses = "".join(f"witness w{n} {key(f'w{n}', bytes([n]) * 32, note.COSIGNATURE)}\n" for n in range(40))
    chain = "group g0 all w0\n" + "".join(f"group g{n} all g{n - 1}\n" for n in range(1, 900))
    policy = Policy.parse(logs + witnesses + chain + "quorum g899\n")
    assert policy.satisfied(["w0"])
    assert not policy.satisfied(["w1"])


def test_a_policy_has_at_most_a_thousand_lines() -> None:
    """Names are compared with all before them: a policy of a hostile mirror must not keep its reader busy."""
    text = f"log {LOG}\nquorum none\n"
    assert Policy.parse(text + "#\n" * 998).quorum == "none"
    with pytest.raises(Malformed):
        Policy.parse(text + "#\n" * 999)


@pytest.mark.parametrize(
    "line",
    [
        "quorum",
        "quorum a b",
        "log",
        f"log {LOG} u v",
        "witness d",
        "group h 1",
        "group h",
        "\x0b",
        "#\x7f",
        "\u3000# x",
        "group h 4 g",
    ],
)
def test_a_line_of_another_form_is_refused(line: str) -> None:
    with pytest.raises(Malformed):
        Policy.parse(TEXT.replace("quorum g\n", "quorum g\n" + line + "\n"))


def test_text_outside_ascii_is_a_name_like_any_other() -> None:
    named = TEXT.replace("witness a", "witness 街道办\u3000甲").replace("2 a", "2 街道办\u3000甲") + "  # 备注\n\t\n"
    assert Policy.parse(named).satisfied(["街道办\u3000甲", "b"])


@pytest.mark.parametrize("names", ["ab", "bc", "abc", "ca"])
def test_a_checkpoint_with_a_quorum_is_vouched_for(names: str) -> None:
    vouched = verify_checkpoint(cosigned(*names), POLICY, check_note)
    assert vouched.checkpoint == CHECKPOINT
    assert vouched.note.text == str(CHECKPOINT)
    assert {witness.name: at for witness, at in vouched.witnesses} == {name: 1000 + n for n, name in enumerate(names)}
    assert {witness for witness, _ in vouched.witnesses} == {Witness(name, WITNESSES[name]) for name in names}


@pytest.mark.parametrize("names", ["", "a", "b", "c"])
def test_a_checkpoint_without_quorum_is_not_vouched_for(names: str) -> None:
    with pytest.raises(Unproven) as refused:
        verify_checkpoint(cosigned(*names), POLICY, check_note)
    assert refused.value.code == "quorum"
    unwitnessed = replace(POLICY, quorum="none")
    assert not unwitnessed.witnessed
    assert len(verify_checkpoint(cosigned(*names), unwitnessed, check_note).witnesses) == len(names)


def test_a_witness_is_no_log() -> None:
    text, rest = cosigned("a", "b").split("\n\n")
    unsigned = text + "\n\n" + rest.split("\n", 1)[1]
    with pytest.raises(Unproven) as refused:
        verify_checkpoint(unsigned, POLICY, check_note)
    assert refused.value.code == "log"


def test_a_log_signs_for_its_own_origin_only() -> None:
    """The key is trusted, for another origin."""
    other = Checkpoint("log.example/2", 5, bytes(32))
    raw = f"{other}\n" + note.signature_line(LOG, signer(b"\x31" * 32)(str(other).encode()))
    with pytest.raises(Unproven) as refused:
        verify_checkpoint(raw, replace(POLICY, quorum="none"), check_note)
    assert refused.value.code == "log"


def test_without_logs_nothing_is_vouched_for() -> None:
    with pytest.raises(Unproven):
        verify_checkpoint(cosigned("a", "b"), replace(POLICY, logs=()), check_note)
