"""A stored log of every edition is admitted again, entry by entry, whatever the program has learnt since: a published edition is frozen.

tests/vectors/editions/<edition>[-<story>].msgpack = {"entries": [entry …], "openings": {leaf hex: [opening …]}}, as an earlier
program wrote it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.acts import opened_names
from domain.fold import Fold
from domain.founding import LOG
from domain.lifecycle import UNOPENED, Held
from domain.rulesets import EDITIONS
from domain.state import act_of
from keys.enrolment import proved
from tlog.codec import unpack
from tlog.merkle import root
from tlog.opening import reveal

STORED = Path(__file__).parents[1] / "vectors" / "editions"


NAMES = sorted(path.stem for path in STORED.glob("*.msgpack"))


def stored(name: str) -> Any:
    return unpack((STORED / f"{name}.msgpack").read_bytes())


def replayed(name: str) -> Fold:
    """The log, admitted again with what it sealed: everything holds."""
    log, leaves, opened = stored(name), list[bytes](), dict[bytes, Any]()
    acts = [act_of(entry).act for entry in log["entries"]]
    fold = Fold(proved, lambda size: root(leaves[:size]), act_at=acts.__getitem__)
    for entry in log["entries"]:
        recorded, draft = act_of(entry), fold.draft()
        act = recorded.act
        raws = log["openings"].get(act.leaf.hex(), ())
        opened[act.leaf] = opened_names(act, raws, reveal(act.sealed, raws, act.ledger, act.stream, act.prev))
        judged = draft.judge(act, recorded.recorded_at, lambda leaf, name: opened[leaf].get(name, UNOPENED))
        assert judged.found == Held()
        draft.lay(act, judged.context, judged.flags)
        fold.keep(draft)
        leaves.append(act.leaf)
    return fold


def test_every_edition_has_its_stored_log() -> None:
    assert {name for name in NAMES if name in EDITIONS} == set(EDITIONS)


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_log_of_each_edition_is_admitted_again_r_src_1(name: str) -> None:
    state = replayed(name).state
    assert name.startswith(state[LOG].edition.ruleset)
    if name in EDITIONS:
        assert state["poll", "p"].edition.ruleset == name
        assert state["result", "p"].stage == "announced"
