"""Logs of the newest edition to keep for good: `python -m tests.stored` writes tests/vectors/editions/<edition>[-<story>].msgpack once.

A later program must admit it again (tests/domain/test_editions.py). What is there is never written over: a published edition is frozen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from domain.rulesets import LATEST
from tests.acts import (
    CLOSES,
    NO,
    OPENS,
    YES,
    Given,
    announce,
    answer,
    bind,
    certify,
    close,
    confirm,
    decline,
    envelope,
    erase,
    give,
    given,
    key_again,
    mend,
    notice,
    open_,
    page,
    paper,
    post,
    reopen,
    revoke,
    rotate,
)
from tests.memory import MemoryDoor
from tests.moves.rights import replace_roll
from tests.scenarios.stories import modules, played
from tlog.codec import pack

FOLDER: Final = Path(__file__).parent / "vectors" / "editions"


def told() -> Given:
    """A sealed vote with paper from the founding to its announcement, with every kind that this edition's first program had."""
    world = given("roll frozen", at="2026-08-16 10:00")
    world.when(revoke("o8", by="bureau"), rotate("o9", "o9-new"), give("observer", "witness")).admitted()
    world.when(
        replace_roll(),
        page(9, snapshot="r2").named("spare"),
        erase(of="spare"),
        give("clerk", "o1").confirmed_by(),
        decline("bureau"),
    ).admitted()
    world.at("2026-08-17 10:00").when(notice().but(ballots="sealed", clause=None, channels=("electronic", "paper"))).admitted()
    world.when(post(1), bind("1-6", "o6", 7)).admitted()
    world.at("2026-08-25 10:00").when(post(2, "2026-08-25"), answer("p-posted-2")).admitted()
    world.when(post(3, "2026-08-26").named("third")).admitted()
    world.at(OPENS).when(
        open_("third"), envelope("o1").named("sealed-1"), envelope("o3"), envelope("o3", use="against")
    ).admitted()
    world.when(paper(("1-2", YES), ("1-4", NO), ("1-5", {"use": "unsigned", "levy": "agree"}))).pending()
    world.when(key_again(("1-2", YES), ("1-4", YES), ("1-5", {"use": "unsigned", "levy": "agree"}))).admitted()
    world.when(
        mend(("1-4", NO)),
        key_again(("1-4", NO), page="mended-1"),
        paper(("1-6", YES), page="page-2"),
        envelope("o6", use="abstain"),
    )
    world.at(CLOSES).when(key_again(("1-6", YES), page="page-2")).admitted()
    world.at("2026-09-17 20:10").when(paper(("1-7", YES), page="page-3"), key_again(("1-7", YES), page="page-3")).admitted()
    world.at("2026-09-17 20:30").when(close(), reopen("o1", "sealed-1")).admitted()
    world.when(
        mend(("1-2", NO), page="mended-2", observed=True),
        key_again(("1-2", NO), page="mended-2"),
        confirm("observer", "mended-2"),
    )
    return world.at("2026-09-18 10:00").when(certify(), announce("2026-09-18")).admitted()


def written(door: MemoryDoor) -> bytes:
    """Its entries and openings."""
    kept = {leaf.hex(): door.kept(leaf)[1] for leaf in door.leaves}
    return pack({"entries": tuple(door.entries), "openings": {leaf: kept[leaf] for leaf in sorted(kept) if kept[leaf]}})


def logs() -> Iterator[tuple[str, bytes]]:
    """Every log to keep, by the name of its file: the sealed vote, and the stories by which this edition's kinds are admitted."""
    yield LATEST.ruleset, written(told().door)
    for story in modules():
        name = story.__name__.rpartition(".")[2]
        if name != "guozhanyuan":  # it is the sealed vote at length
            yield f"{LATEST.ruleset}-{name.replace('_', '-')}", written(played(story)[0])


if __name__ == "__main__":
    for name, raw in logs():
        file = FOLDER / f"{name}.msgpack"
        if not file.exists():
            file.write_bytes(raw)
