"""A stored log of every edition is admitted again, entry by entry, whatever the program has learnt since: a published edition is frozen.

tests/vectors/editions/<edition>.msgpack = {"entries": [entry …], "openings": {leaf hex: [opening …]}}, as an earlier program wrote it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.acts import opened_names
from domain.fold import Fold
from domain.lifecycle import UNOPENED, Held
from domain.rulesets import EDITIONS
from domain.state import act_of
from keys.enrolment import proved
from tlog.codec import unpack
from tlog.merkle import root
from tlog.opening import reveal

STORED = Path(__file__).parents[1] / "vectors" / "editions"


def stored(edition: str) -> Any:
    return unpack((STORED / f"{edition}.msgpack").read_bytes())


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_stored_log_of_each_edition_is_admitted_again_r_src_1(edition: str) -> None:
    log, leaves, opened = stored(edition), list[bytes](), dict[bytes, Any]()
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
    assert fold.state["poll", "p"].edition.ruleset == edition
    assert fold.state["result", "p"].stage == "announced"
