"""Random histories of a vote: the counters are what a recount gives, and no head counts twice, whatever came in (R-BAL-5)."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from domain.ballots import COUNTERS, mark
from domain.errors import Refused
from domain.fold import Fold
from domain.lifecycle import UNOPENED, Held
from domain.polls import Poll, Running, electorate_of, in_scope, scope_of
from domain.results import certifiable, open_box, returned_by
from domain.rulesets import CHOICES
from domain.state import act_of
from keys.enrolment import proved
from tests.acts import HOME, OWNERS, Given, Move, answer, close, given, key_again, mend, paper
from tests.moves.counting import LIFT, certify_both, in_stack, outage
from tlog.merkle import root

UNITS = sorted({*HOME.values(), "1-10"})
TIMES = ("2026-09-04 10:00", "2026-09-10 10:00", "2026-09-17 19:00", "2026-09-17 20:40", "2026-09-17 22:20", "2026-09-17 22:40")


def chosen(chance: Random) -> dict[str, str]:
    """Some of the questions, sometimes of those that the head does not decide."""
    items = [item for item in LIFT if chance.random() < 0.6] or ["lobby"]
    return {item: chance.choice(CHOICES) for item in items}


def filled(chance: Random) -> list[tuple[str, dict[str, str]]]:
    """One or two forms, now and then with an item set aside."""
    units = chance.sample(UNITS, chance.choice((1, 2)))
    return [
        (unit, {item: "unsigned" if chance.random() < 0.1 else one for item, one in chosen(chance).items()}) for unit in units
    ]


def moves(chance: Random, n: int) -> list[Move]:
    """What somebody does next: a ballot, a page keyed twice alike or not or once, a correction."""
    what = chance.random()
    if what < 0.6:
        return [in_stack(chance.choice([*OWNERS[:7], "o9"]), **chosen(chance))]
    page, forms = f"page-{n}", filled(chance)
    if what < 0.9:
        again = (
            forms
            if chance.random() < 0.7
            else [(unit, {item: chance.choice(CHOICES) for item in marks}) for unit, marks in forms]
        )
        return [paper(*forms, page=page), *([key_again(*again, page=page)] if chance.random() < 0.8 else [])]
    wrong = f"page-{chance.randrange(max(1, n))}"
    return [mend(*forms[:1], page=page, wrong=wrong), key_again(*forms[:1], page=page)]


def history(seed: int) -> tuple[Given, int]:
    """A vote to its closing time and after, and how many acts were admitted."""
    chance, world, admitted = Random(seed), given("open, scoped paper"), 0
    for time, at in enumerate(TIMES):
        world.at(at)
        if time == 3:
            world.when(outage()).admitted()
        for n in range(6):
            for move in moves(chance, 10 * time + n):
                try:
                    then = world.when(move)
                except (KeyError, StopIteration):  # a correction of a page that was never recorded
                    break
                if isinstance(then.answer, Refused):
                    break
                admitted += 1
    return world, admitted


def recounted(world: Given) -> Counter[tuple[str, str, str]]:
    """What every head's ballots come to, from nothing."""
    poll: Poll = world.state["poll", "p"]
    found: Counter[tuple[str, str, str]] = Counter()
    for tag, _ in world.state["roll", "r1"].tags:
        own = returned_by(world.state, "p", tag)
        for item in poll.items if own else ():
            one = mark(own, item.id)
            if one.name in COUNTERS:
                found[item.id, one.name, one.channel] += 1
                assert in_scope(scope_of(world.state, poll, item), tag)
    return found


def replayed(world: Given) -> Fold:
    """The same entries before another fold, as an audit has them."""
    leaves: list[bytes] = []
    acts = [act_of(entry).act for entry in world.door.entries]
    fold = Fold(proved, lambda size: root(leaves[:size]), act_at=acts.__getitem__)
    for entry in world.door.entries:
        recorded, draft = act_of(entry), fold.draft()
        judged = draft.judge(recorded.act, recorded.recorded_at, world.door.opening)
        assert judged.found == Held()
        draft.lay(recorded.act, judged.context, judged.flags)
        fold.keep(draft)
        leaves.append(recorded.act.leaf)
    return fold


@pytest.mark.parametrize("seed", range(24))
def test_the_counters_are_what_a_recount_gives_and_no_head_counts_twice_r_bal_5(seed: int) -> None:
    world, admitted = history(seed)
    assert admitted > 5
    poll: Poll = world.state["poll", "p"]
    running: Running = world.state["running", "p"]
    counted = recounted(world)
    assert {place: heads for place, heads in running.heads.items() if heads} == dict(counted)
    for item in poll.items:
        heads = sum(number for (name, _, _), number in counted.items() if name == item.id)
        assert heads <= electorate_of(world.state, poll, item).heads
    world.when(close(), answer("outage")).admitted()
    certified(world, seed)


def certified(world: Given, seed: int) -> None:
    """The result stands as the fold has it, and an audit of the entries comes to the same state; or pages decide that nobody keyed."""
    then = world.when(certify_both())
    if isinstance(then.answer, Refused):
        assert then.answer.code == "unopened-decide", seed
    else:
        box = open_box(world.state, "p", world.door.opening)
        assert isinstance(box, tuple)
        assert world.state["result", "p"].items == certifiable(world.state, "p", box, bytes(32))["items"]
        for item in LIFT:
            assert len({one.tag for one in box if item in one.marks}) == sum(item in one.marks for one in box)
    fold = replayed(world)
    assert (fold.state, fold.head) == (world.state, world.door.fold.head)
    assert world.door.opening(bytes(32), "none") is UNOPENED
