"""Sealed ballots: items in clear, choices opened to the counters after closing, counted again by whoever has the openings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from domain.lifecycle import UNOPENED, Breach, Held, Unopened
from domain.results import certifiable, missing, open_box, recheck
from domain.state import act_of
from scripts.stories import estate as e
from tests.acts import HOME, OPENS, Case, Given, Move, case, certify, close, given, notice, open_, post, said, submission, vote
from tlog.entry import Submission

SEALED = notice().but(ballots="sealed", clause=None)


def seal(who: str, unit: str | None = None, **choices: str) -> Move:
    """A sealed ballot for the voter's own head."""
    chosen = choices or {"use": "agree", "levy": "agree"}
    return Move(lambda play: e.sealed_ballot(play, "", "p", unit or HOME[who], who, chosen))


def opened() -> Given:
    """A vote with sealed ballots, open."""
    return given("roll frozen", at="2026-08-17 10:00").when(SEALED, post()).at(OPENS).when(open_()).admitted()


def closed(**votes: Mapping[str, str]) -> Given:
    """The same, closed after these ballots."""
    world = opened().at("2026-09-04 10:00")
    for who, choices in votes.items():
        world.when(seal(who, **choices)).then("cast")
    return world.at("2026-09-17 20:30").when(close()).admitted()


YES, NO = {"use": "agree", "levy": "agree"}, {"use": "against", "levy": "abstain"}
EIGHT = dict.fromkeys(("o1", "o2", "o3", "o4", "o5", "o6", "o7", "o9"), YES)
SIX = {"o1": YES, "o3": YES, "o4": YES, "o5": YES, "o6": NO, "o7": {"use": "abstain"}}

REFUSED = [
    case("wrong-ballot-kind", "a sealed ballot where the notice demands open ones R-PRIV-3", "open", seal("o1")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_ballot_of_the_wrong_kind(case: Case) -> None:
    case.check()


def test_an_open_ballot_where_the_notice_demands_sealed_ones_is_refused_r_bal_7() -> None:
    opened().when(vote("o1")).refused("wrong-ballot-kind")


@pytest.mark.parametrize(
    "inside", [{"use": "agree"}, {"use": "agree", "levy": "agree", "other": "agree"}, {"use": "agree", "other": "agree"}]
)
def test_the_envelope_answers_exactly_the_items_on_it_r_bal_4(inside: Mapping[str, str]) -> None:
    opened().when(seal("o1").sealing(choices=inside)).refused("choices-differ")


def test_what_is_no_choice_cannot_be_sealed_r_bal_6() -> None:
    opened().when(seal("o1").sealing(choices={"use": "perhaps", "levy": "agree"})).refused("opening-malformed")


def test_an_item_that_is_not_on_the_notice_is_refused() -> None:
    opened().when(seal("o1", use="agree", other="agree")).refused("item-unknown")


def test_one_digest_has_one_meaning() -> None:
    """The opening belongs to its place: the envelope of another ballot opens nothing here."""
    world = opened()
    (_, one), (_, other) = (submission(world.play, seal(who)) for who in ("o1", "o3"))
    (answer,) = world.submit(replace(Submission.parse(other), openings=Submission.parse(one).openings).raw())
    assert getattr(answer, "code", None) == "sealed-not-opened"


def test_who_votes_again_replaces_the_envelope_and_counts_once_r_bal_5() -> None:
    world = opened().when(seal("o1"), seal("o1", use="against")).admitted()
    running = world.state["running", "p"]
    assert (running.voted, dict(running.heads)) == (
        1,
        {("use", "unopened", "electronic"): 1, ("levy", "unopened", "electronic"): 0},
    )


def test_choices_are_nowhere_in_the_state_before_they_are_opened_r_priv_3() -> None:
    world = opened().when(seal("o1")).admitted()
    assert all(ballot.choices is None for (name, _), ballot in world.state.items() if name == "ballot")


def test_a_sealed_vote_is_certified_by_what_the_envelopes_hold() -> None:
    world = closed(**SIX).at("2026-09-18 10:00").when(certify()).admitted()
    use, levy = (world.state["result", "p"].items[name] for name in ("use", "levy"))
    assert [use[name]["heads"] for name in ("agree", "against", "abstain", "participating")] == [4, 1, 1, 6]
    assert [levy[name]["heads"] for name in ("agree", "against", "abstain", "participating")] == [4, 0, 1, 5]
    assert use["channels"] == {"electronic": 6, "paper": 0}


def certified(world: Given) -> Any:
    return next(act for entry in world.door.entries if (act := act_of(entry).act).kind == "result-certified/1")


def test_an_auditor_with_every_opening_finds_it_held_and_without_them_unopened() -> None:
    world = closed(**SIX).at("2026-09-18 10:00").when(certify().confirmed_by()).admitted()
    act = certified(world)
    assert recheck(world.state, act, world.door.opening) == Held()
    without = recheck(world.state, act, lambda leaf, name: UNOPENED if name == "choices" else world.door.opening(leaf, name))
    assert isinstance(without, Unopened)
    assert len(without.names) == 6


def lying(world: Given, change: Any) -> Any:
    """What a counter would certify, changed."""
    box = open_box(world.state, "p", world.door.opening)
    assert not isinstance(box, Unopened)
    body = certifiable(world.state, "p", box, bytes(32))
    items = {name: {**part, **change(part)} for name, part in body["items"].items()}
    return said(
        "counter-1", "result-certified/1", lambda _: {**body, "items": items}, sealed=lambda _: {"count-key": bytes(32)}
    )


def moved(part: Mapping[str, Any]) -> dict[str, Any]:
    """One head from agree to against: the public sums stay as they are."""
    agree, against = dict(part["agree"]), dict(part["against"])
    agree["heads"], against["heads"] = agree["heads"] - 1, against["heads"] + 1
    return {"agree": agree, "against": against}


def test_a_head_moved_from_one_side_to_the_other_is_found_when_the_envelopes_are_opened() -> None:
    world = closed(**{**SIX, "o9": YES}).at("2026-09-18 10:00")
    world.when(lying(world, moved)).refused("areas-differ")


def test_heads_that_nobody_cast_are_refused_without_any_opening_r_vote_8() -> None:
    world = closed(**SIX).at("2026-09-18 10:00")
    world.when(lying(world, lambda part: {"agree": {**part["agree"], "heads": part["agree"]["heads"] + 1}})).refused(
        "figures-differ"
    )


def test_ballots_called_unopened_that_can_be_opened_are_counted() -> None:
    world = closed(**EIGHT).at("2026-09-18 10:00")

    def hidden(part: Mapping[str, Any]) -> dict[str, Any]:
        less = {"heads": part["agree"]["heads"] - 1, "area": part["agree"]["area"]}
        taking = {"heads": part["participating"]["heads"] - 1, "area": part["participating"]["area"]}
        return {"agree": less, "participating": taking, "unopened": 1}

    world.when(lying(world, hidden)).refused("figures-differ")


def test_an_envelope_that_cannot_be_opened_counts_as_unopened_when_it_decides_nothing() -> None:
    world = closed(**EIGHT).at("2026-09-18 10:00")
    world.door.erase(world.state["ballot", ("p", world.play.tag(HOME["o7"]))].leaf)
    box = open_box(world.state, "p", world.door.opening)
    assert not isinstance(box, Unopened)
    assert len(missing(box, "use")) == 1
    world.when(certify()).admitted()
    use = world.state["result", "p"].items["use"]
    assert (use["agree"]["heads"], use["unopened"], use["channels"]["electronic"], use["passed"]) == (7, 1, 8, True)


def test_nothing_is_certified_while_unopened_envelopes_could_change_the_outcome_r_bal_4() -> None:
    world = closed(**{**SIX, "o9": NO}).at("2026-09-18 10:00")
    for who in ("o1", "o3"):
        world.door.erase(world.state["ballot", ("p", world.play.tag(HOME[who]))].leaf)
    world.when(certify()).refused("unopened-decide")


def test_an_envelope_opened_later_shows_that_the_count_called_it_unopened() -> None:
    world = closed(**SIX).at("2026-09-18 10:00").when(certify().confirmed_by()).admitted()
    act = certified(world)
    items = {name: {**part, "unopened": 9} for name, part in act.body["items"].items()}
    found = recheck(world.state, replace(act, body={**act.body, "items": items}), world.door.opening)
    assert isinstance(found, Breach)
    assert found.code == "figures-differ"


CHOICE = st.sampled_from(["agree", "against", "abstain"])
VOTERS = ("o1", "o3", "o4", "o5", "o6", "o7")


@settings(max_examples=15, deadline=None)
@over(
    st.lists(
        st.tuples(st.sampled_from(VOTERS), st.dictionaries(st.sampled_from(["use", "levy"]), CHOICE, min_size=1)), max_size=12
    )
)
def test_whatever_is_sealed_the_count_is_the_last_word_of_each_head(history: list[tuple[str, dict[str, str]]]) -> None:
    world, last = opened().at("2026-09-04 10:00"), dict[str, dict[str, str]]()
    for who, choices in history:
        world.when(seal(who, **choices)).then("cast")
        last[who] = choices
    world.at("2026-09-17 20:30").when(close()).at("2026-09-18 10:00").when(certify()).admitted()
    for item, part in world.state["result", "p"].items.items():
        said_ = [choices[item] for choices in last.values() if item in choices]
        assert {name: part[name]["heads"] for name in ("agree", "against", "abstain")} == {
            name: said_.count(name) for name in ("agree", "against", "abstain")
        }  # fmt: skip
        assert world.state["running", "p"].heads.get((item, "unopened", "electronic"), 0) == len(said_)


def test_a_key_bound_late_is_counted_as_late_in_a_sealed_vote_too() -> None:
    world = opened().when(seal("o9")).admitted()
    assert world.state["running", "p"].late == 1
