from __future__ import annotations

from typing import Any

import pytest

from tests.tlog.signing import check_note, key, keys_of, signer
from tests.tlog.vectors import load
from tlog import note
from tlog.checkpoint import Checkpoint, cosign, open_checkpoint, sign_checkpoint
from tlog.errors import Malformed
from tlog.merkle import Head, Tiles, consistency_proof, leaf_hash
from tlog.note import add
from tlog.tile import subtree_reader
from tlog.witness import AddCheckpoint, Answer, answer, monitoring_path, parse_add_checkpoint

VECTORS = load("witness")
(LOG, _), (WITNESS, SIGN), *_ = keys_of(VECTORS).values()


def ask(state: Checkpoint | None, step: dict[str, Any]) -> Answer:
    return answer(
        state,
        parse_add_checkpoint(step["request"].encode()),
        step["clock"],
        trusted={LOG.name: [LOG]},
        check=check_note,
        cosign=lambda checkpoint, clock: cosign(checkpoint, clock, SIGN, WITNESS),
    )


@pytest.mark.parametrize("steps", [VECTORS["sequence"], VECTORS["separate_fresh_witness"]], ids=["sequence", "fresh"])
def test_a_witness_answers_in_sequence(steps: list[dict[str, Any]]) -> None:
    state: Checkpoint | None = None
    for step in steps:
        given = ask(state, step)
        assert (given.status, given.content_type) == (step["status"], step["content_type"]), step["name"]
        assert given.body == (step["body"] or ""), step["name"]
        assert (given.state.size if given.state else 0) == step["state_after"]["size"], step["name"]
        assert given.status == 200 or given.state is state
        state = given.state


@pytest.mark.parametrize("step", VECTORS["sequence"], ids=lambda step: step["name"])
def test_a_request_is_read_and_written(step: dict[str, Any]) -> None:
    request = parse_add_checkpoint(step["request"])
    assert str(request) == step["request"]
    assert request == parse_add_checkpoint(step["request"].encode())


@pytest.mark.parametrize("step", [step for step in VECTORS["sequence"] if step["status"] == 200], ids=lambda step: step["name"])
def test_the_answer_s_lines_verify_over_exactly_this_checkpoint(step: dict[str, Any]) -> None:
    request = parse_add_checkpoint(step["request"])
    checkpoint, opened = open_checkpoint(add(request.note, step["body"]), [LOG, WITNESS], check_note)
    assert checkpoint == request.checkpoint
    assert WITNESS in dict(opened.verified)


@pytest.mark.parametrize("count", [62, 63, 64])
def test_a_request_has_at_most_63_hashes(count: int) -> None:
    request = AddCheckpoint(10, (bytes(32),) * count, parse_add_checkpoint(VECTORS["sequence"][5]["request"]).note)
    if count <= 63:
        assert parse_add_checkpoint(str(request)) == request
    else:
        with pytest.raises(Malformed):
            parse_add_checkpoint(str(request))


def test_a_growing_log_is_followed_step_by_step() -> None:
    """Our own log, our own proofs from our own tiles."""
    seed, sizes = b"\x41" * 32, [1, 2, 3, 255, 256, 257, 300, 511, 512, 700]
    log, head, tiles = key("log.example/1", seed), Head(), Tiles()
    state: Checkpoint | None = None
    for size in sizes:
        head = head.extended((leaf_hash(b"%d" % n) for n in range(head.size, size)), tiles)
        read = subtree_reader(lambda level, number, width: tiles[int(level), number][: 32 * width], size)
        checkpoint = Checkpoint(log.name, size, head.root)
        old = state.size if state else 0
        request = AddCheckpoint(old, consistency_proof(old, size, read), sign_checkpoint(checkpoint, signer(seed), log))
        given = answer(
            state,
            parse_add_checkpoint(str(request)),
            1_700_000_000,
            trusted={log.name: [log]},
            check=check_note,
            cosign=lambda new, clock: cosign(new, clock, SIGN, WITNESS),
        )
        assert (given.status, given.state) == (200, checkpoint)
        state = given.state


def test_a_key_that_is_no_log_s_key_is_not_enough() -> None:
    """The witness's own key verifies, but the origin is the log's."""
    checkpoint = Checkpoint(LOG.name, 1, bytes(32))
    raw = f"old 0\n\n{checkpoint}\n{cosign(checkpoint, 1, SIGN, WITNESS)}"
    assert ask(None, {"request": raw, "clock": 1}).status == 403
    assert WITNESS.type == note.COSIGNATURE


def test_the_last_checkpoint_is_shown_under_its_origin() -> None:
    assert monitoring_path(LOG.name) == VECTORS["monitoring_path"]
