"""Elections of the committee through the door: who stands, who is elected, who sits, and what nobody can do alone (§2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

import tests.moves  # noqa: F401  # the stages
from domain.acts import HANDED, INELIGIBLE, KINDS, MAX_CANDIDATES
from domain.authority import holds
from domain.calendar import due_day, months_before, years_after
from domain.elections import Declared, outcome, placed, ranked
from domain.errors import REFUSALS, Refused
from domain.flags import flags_of
from domain.lifecycle import GONE, Context, Thing
from domain.results import Result
from domain.rulesets import LATEST, Edition
from domain.seats import COMMITTEE, OWN, VACANCY, Candidate, Committee, Election, Seat, manned
from scripts.stories import estate as e
from scripts.stories.player import Play, Step, moment
from tests.acts import HOME, Case, Given, Move, adopt, case, confirm, decline, first, give, given, open_
from tests.memory import MemoryDoor
from tests.moves import counting
from tests.moves.elections import (
    PROFILE,
    STANDING,
    begin,
    check,
    declare,
    end,
    file_with,
    final,
    hand_over,
    hang,
    nominate,
    notice,
    officers,
    person,
    seat,
    withdraw,
)  # fmt: skip
from tests.moves.rights import object_, reply

NOMINATING, CHECKING, POSTED = "2026-08-18 10:00", "2026-08-21 10:00", "2026-08-31 10:00"
NOTICED, DECLARING, LATER = "2026-09-01 09:00", "2026-09-30 10:00", "2026-10-13 10:00"
VACANT = ("due", (OWN, VACANCY))
EXPIRED = "2031-10-01 10:00"  # the day after the term of the stage `in office`
OCTOBER = {"opens": "2026-11-18 09:00", "closes": "2026-11-28 20:00"}


def ballot_page() -> Move:
    marks = dict.fromkeys(STANDING, "agree")
    return Move(lambda _: e.paper_page("", "v1", "page-1", [("1-7", marks)])).sealing(scan=None)


def close(vote: str = "v1") -> Move:
    return first(lambda _: e.close("", vote))


def certify(vote: str = "v1") -> Move:
    return first(lambda play: e.certify("", vote, cast("MemoryDoor", play.door).opening))


def ballot(who: str, unit: str, vote: str = "v1") -> Move:
    return Move(lambda play: e.ballot(play, "", vote, unit, who, dict.fromkeys(STANDING, "agree")))


def contested(move: Move, matter: str, *, of: str | None = None, outcome: str | None = None) -> Move:
    """Before it an objection in the matter was raised, and perhaps answered; objections themselves are another subject's."""

    def make(play: Play) -> Step:
        leaf = play.leaves[of] if of else bytes(32)
        one = SimpleNamespace(of=leaf, outcome=outcome, stage="answered" if outcome else "raised")
        play.door.fold.state |= {("objection", "o-1"): one, ("objections", matter): ("o-1",)}
        return move.make(play)

    return replace(move, make=make)


def plant(play: Play, kind: str, standing: Mapping[str, str], figures: Mapping[str, tuple[bool, int, int]], *,
          before: bytes | None, seats: int = 5, name: str = "e2") -> None:  # fmt: skip
    """An election that has come as far as the announcement of its vote, without the acts that lead there."""
    state, vote = play.door.fold.state, f"v-{name}"
    for candidate, who in standing.items():
        state["candidate", candidate] = Candidate(bytes(32), name, person(play, who), "self", bytes(32), True, "checked")
    state["election", name] = Election("final", bytes(32), kind, "2026-08-20", "r1", seats, 9, 5, before, tuple(standing),
                                       round=tuple(standing), vote=vote, figures=figures)  # fmt: skip
    state["result", vote] = Result("announced", bytes(32), 0, {})


def planted(move: Move, kind: str, *, follows: bool = False, vote: str | None = "v-e2") -> Move:
    """Before it such an election of one more, after the committee there is or after none."""

    def make(play: Play) -> Step:
        before = play.door.fold.state[COMMITTEE].leaf if follows else None
        plant(play, kind, {"x1": "o7"}, {"x1": (True, 8, 100_000)}, before=before, seats=1)
        if vote is None:
            play.door.fold.state["election", "e2"] = replace(play.door.fold.state["election", "e2"], vote=None)
        return move.make(play)

    return replace(move, make=make)


BEFORE = adopt(Edition("cn-sz-2", LATEST.calendar).named())  # an edition whose engine has no elections

REFUSED = [
    # who may begin
    case("kind-not-offered", "under an edition without elections R-SRC-1", "branch", BEFORE, begin()),
    case("not-authorised", "a committee begins no re-election", "in office", begin("e2", "re-election", by="o1", to="2026-12-01")),
    case("not-authorised", "an owner begins none", "branch", begin(by="o2")),
    case("seats-out-of-range", "three members R-COM-1", "branch", begin(seats=3)),
    case("seats-out-of-range", "six members R-COM-1", "branch", begin(seats=6)),
    case("seats-out-of-range", "thirteen members R-SZ-6", "branch", begin(seats=13)),
    case("term-out-of-range", "six years R-COM-1", "branch", begin(term=6)),
    case("term-out-of-range", "no term", "branch", begin(term=None)),
    case("term-out-of-range", "a by-election has none of its own", "vacant",
         begin("e2", "by-election", seats=1, to="2026-12-01"), at=LATER),
    case("committee-there", "a second first", "in office", begin("e2", to="2026-12-01")),
    case("committee-unknown", "nobody to follow", "branch", begin(kind="re-election")),
    case("committee-unknown", "nothing to fill", "branch", begin(kind="by-election", seats=1, term=None)),
    case("no-vacancy", "nobody has left R-COM-12", "in office", begin("e2", "by-election", seats=1, term=None, to="2026-12-01")),
    case("no-vacancy", "more than are vacant R-COM-12", "vacant", begin("e2", "by-election", seats=2, term=None, to="2026-12-01")),
    case("term-over", "an expired committee is not filled R-COM-13", "vacant",
         begin("e2", "by-election", seats=1, term=None, to="2031-12-01"), at=EXPIRED),
    case("roll-not-frozen", "on a roll that is none", "branch", begin().but(roll="r2")),
    case("nomination-over", "nobody could be nominated", "branch", begin(to="2026-08-15")),
    case("already-exists", "an id that is taken", "election begun", begin()),
    case("already-exists", "the id of the committee carried over", "carried over", begin("old-committee", "re-election")),
    # nomination
    case("unknown-matter", "in no election", "branch", nominate("c1", "o1")),
    case("wrong-stage", "candidates are final", "candidates final", nominate("c8", "o7")),
    case("nomination-over", "the last day is over", "election begun", nominate("c1", "o1"), at="2026-08-21 00:00"),
    case("not-your-head", "a tenant for herself R-SZ-7", "election begun", nominate("c1", "tenant", unit="1-1"), at=NOMINATING),
    case("not-your-head", "a resident's post is no head", "election begun",
         nominate("c1", "tenant", by="owners", unit="1-1"), at=NOMINATING),
    case("not-your-head", "by another's head", "election begun", nominate("c1", "o1", unit="1-2"), at=NOMINATING),
    case("not-your-person", "another as if herself", "election begun", nominate("c1", "o2", author="o1", unit="1-1"), at=NOMINATING),
    case("head-unknown", "no such head", "election begun", nominate("c1", "o1").but(tag=bytes(16)), at=NOMINATING),
    case("nomination-head", "an owner without a head", "election begun", nominate("c1", "o1").but(tag=None), at=NOMINATING),
    case("nomination-head", "the Party branch with one", "election begun",
         nominate("c1", "o1", author="party").but(by="party"), at=NOMINATING),
    case("not-authorised", "a recommendation by who is not the branch M09", "election begun",
         nominate("c1", "o1", by="party", author="o2"), at=NOMINATING),
    case("nominated-twice", "under two ids", "nominated", nominate("c8", "o1")),
    case("nominations-too-many", "an eighth by the Party branch", "election begun",
         *(nominate(f"p{n}", f"o{n}", by="party", author="party") for n in range(1, 9)), at="2026-08-18 09:00"),
    case("nominations-too-many", "an eighth by one head for five seats and two alternates", "election begun",
         *(nominate(f"c{n}", f"o{n}", by="owners", author="o9", unit="1-8") for n in range(1, 9)), at=NOMINATING),
    case("sits-already", "a member for a further seat", "vacant",
         begin("e2", "by-election", seats=1, term=None, to="2026-12-01"), nominate("c8", "o1", "e2"), at=LATER),
    case("consent-missing", "shown without consent R-PRIV-3", "election begun",
         nominate("c1", "o1").sealing(profile={**PROFILE, "consent": False}), at=NOMINATING),
    case("body-malformed", "an id that a recall would read as another's", "election begun",
         nominate("c1", "o1").but(candidate="recall-c2").stating(stream="candidate/recall-c2"), at=NOMINATING),
    case("body-malformed", "an id that is a person's", "election begun",
         nominate("c1", "o1").but(candidate="0" * 32).stating(stream="candidate/" + "0" * 32), at=NOMINATING),
    # check
    case("opening-malformed", "not qualified, on no ground R-SZ-8", "nominated",
         check("c1").but(qualified=False).sealing(grounds=(), reason="x"), at=CHECKING),
    case("sealed-count", "qualified in spite of grounds R-SZ-8", "nominated",
         check("c1").sealing(grounds=("fee-default",), reason="x"), at=CHECKING),
    case("not-authorised", "by a candidate", "nominated", check("c1").by("o2"), at=CHECKING),
    case("counter-is-candidate", "who stands checks nobody R-SZ-7", "election begun",
         nominate("c1", "street", by="owners", author="o1", unit="1-1"), nominate("c2", "o2"), check("c2"), at=NOMINATING),
    case("post-barred", "staff of the enterprise R-SZ-8 M09", "election begun",
         nominate("c1", "manager", by="owners", author="o1", unit="1-1"), check("c1"), at=NOMINATING),
    case("checked-already", "a second time", "candidates checked", check("c1", "fee-default")),
    case("checked-already", "after an objection that was rejected", "candidates checked",
         contested(check("c1", "fee-default"), "election/e1", of="c1-check", outcome="rejected")),
    case("checked-already", "after an objection against another check", "candidates checked",
         contested(check("c1", "fee-default"), "election/e1", of="c2-check", outcome="upheld")),
    case("wrong-stage", "who has withdrawn", "nominated", withdraw("c1", "o1"), check("c1"), at=CHECKING),
    case("not-your-person", "another withdraws for her", "nominated", withdraw("c1", "o2"), at=CHECKING),
    case("not-authorised", "an owner records it", "nominated",
         withdraw("c1", "o2").but(own=False).sealing(reason="x").confirmed_by("bureau"), at=CHECKING),
    case("wrong-stage", "withdrawn when candidates are final", "candidates final", withdraw("c1", "o1")),
    # final
    case("nomination-open", "while others may be nominated R-COM-3", "nominated", final(), at="2026-08-20 23:59"),
    case("candidate-unchecked", "before the check R-COM-3", "nominated", final(), at=POSTED),
    case("candidates-differ", "one is left out R-SZ-7", "candidates posted", final("c1", "c2", "c3", "c4", "c5", "c6"), at=POSTED),
    case("candidates-differ", "one who did not qualify R-SZ-7", "nominated", check("c1", "fee-default"),
         *(check(name) for name in STANDING if name != "c1"), final(), at=POSTED),
    case("candidates-not-posted", "never posted R-SZ-7", "candidates checked", final(), at=POSTED),
    case("candidates-not-posted", "the last day is not over R-TIME-3", "candidates posted", final(), at="2026-08-30 23:59"),
    case("candidates-not-posted", "a posting without one of them", "candidates checked", hang("c1", to="2026-08-30"),
         final(despite=("e1-list-1",)), at=POSTED),
    case("flags-unanswered", "a posting that was too short", "candidates checked", hang(to="2026-08-25"), final(), at=POSTED),
    case("objection-open", "an objection waits R-DIS-4", "candidates posted", contested(final(), "election/e1"), at=POSTED),
    case("unknown-matter", "of no election", "branch", final()),
    # the vote's notice
    case("candidates-differ", "without one of them R-COM-4", "candidates final", notice("c1", "c2", "c3"), at=NOTICED),
    case("candidates-differ", "with somebody else", "candidates final", notice(*STANDING, "c9"), at=NOTICED),
    case("candidates-differ", "only somebody else", "candidates final", notice("c9"), at=NOTICED),
    case("candidates-differ", "before they are final", "candidates posted", notice(opens="2026-09-19 09:00"), at=NOTICED),
    case("candidates-differ", "in a run-off those who are not tied", "run-off", notice(vote="v2", **OCTOBER)),
    case("form-not-offered", "only a building elects or recalls", "in office",
         notice("recall-c2", vote="v2", **OCTOBER).amend(lambda _play, body: {"items": ({**body["items"][0], "scope": "b1"},)})),
    case("candidates-differ", "when nobody was elected", "none elected", notice(vote="v2", **OCTOBER)),
    case("not-authorised", "by the committee that is to be followed R-COM-13", "re-election voted",
         planted(notice("x1", vote="v9", opens="2027-01-18 09:00", closes="2027-01-28 20:00").by("o1"), "re-election", vote=None)),
    case("vote-noticed", "a second vote of the same round", "election noticed", notice(vote="v2", opens="2026-09-19 09:00")),
    case("recall-of-nobody", "who only stands", "candidates final", notice("recall-c1"), at=NOTICED),
    case("recall-of-nobody", "an alternate R-COM-10", "in office", notice("recall-c6", vote="v2", **OCTOBER)),
    # who counts
    case("counter-is-candidate", "records paper R-BAL-9", "voting", give("clerk", "o3"), ballot_page().by("o3")),
    case("counter-is-candidate", "closes the vote", "voting", give("clerk", "o3"), close().by("o3"), at="2026-09-28 20:30"),
    case("counter-is-candidate", "counts", "voting", give("counter", "o3"), close(), certify().by("o3"), at="2026-09-28 20:30"),
    case("counter-is-candidate", "counts second", "voting", give("counter", "o3"), close(), certify().confirmed_by("o3"),
         at="2026-09-28 20:30"),
    case("counter-is-candidate", "observes", "voting", give("observer", "o3"), close(), certify().confirmed_by("counter-2", "o3"),
         at="2026-09-28 20:30"),
    case("counter-is-candidate", "declares herself", "election begun",
         nominate("c1", "street", by="owners", author="o1", unit="1-1").on(NOMINATING), final("c1").on(POSTED)),
    # declaration
    case("wrong-stage", "before candidates are final R-COM-4", "candidates posted", declare(), at=DECLARING),
    case("not-its-vote", "before one was noticed", "candidates final", declare(), at=DECLARING),
    case("not-its-vote", "of another vote", "elected", declare(vote="p"), at=DECLARING),
    case("result-not-announced", "while the vote runs R-MEET-5", "voting", declare()),
    case("result-not-announced", "certified and not announced R-MEET-5", "voting", close(), certify(),
         declare(), at="2026-09-28 20:30"),
    case("declaration-differs", "a forged winner R-COM-4", "elected",
         declare().but(elected=("c7", "c1", "c2", "c3", "c4")), at=DECLARING),
    case("declaration-differs", "in another order", "elected", declare().but(elected=("c2", "c1", "c3", "c4", "c5")), at=DECLARING),
    case("declaration-differs", "alternates by choice", "elected", declare().but(alternates=("c7",)), at=DECLARING),
    case("declaration-differs", "a tie decided by hand", "tied",
         declare().but(elected=("c1", "c2", "c3", "c4", "c5"), tied=()), at=DECLARING),
    case("declaration-differs", "three of five as elected R-COM-4", "too few", declare().but(elected=("c1", "c2", "c3")),
         at=DECLARING),
    case("objection-open", "an objection to the result waits R-DIS-4", "elected", contested(declare(), "v1"), at=DECLARING),
    case("objection-open", "an objection in the election waits", "elected", contested(declare(), "election/e1"), at=DECLARING),
    case("not-authorised", "by who was elected", "elected", declare(by="o1"), at=DECLARING),
    case("committee-moved", "another committee was seated meanwhile R-COM-13", "seated", planted(declare("e2", "v-e2"), "first")),
    case("committee-moved", "a vacancy of the committee before", "seated", planted(declare("e2", "v-e2"), "by-election")),
    case("term-over", "seats of an expired committee", "in office",
         planted(declare("e2", "v-e2"), "by-election", follows=True), at=EXPIRED),
    case("already-exists", "declared twice", "seated", declare()),
    # officers
    case("not-a-member", "the Party branch's chair was not elected T32", "seated", officers("party")),
    case("not-a-member", "an alternate as chair", "seated", officers("o6")),
    case("not-a-member", "an alternate as deputy", "seated", officers("o1", "o6")),
    case("not-a-confirmer", "signed by an alternate R-COM-1", "seated", officers(signing=("o1", "o2", "o6"))),
    case("same-person", "a member signs twice", "seated", officers(signing=("o1", "o2", "o1"))),
    case("not-authorised", "proposed by an alternate", "seated", officers(signing=("o6", "o2", "o3"))),
    case("not-a-member", "one who signed has left", "seated", officers().confirmed_by("o2").named("chair"), end("o2"),
         confirm("o3", "chair")),
    case("officer-twice", "chair and deputy at once", "seated", officers("o1", "o1")),
    case("signers-too-few", "two of five R-COM-1", "seated", officers(signing=("o1", "o2"))),
    case("signers-too-few", "alone", "seated", officers(signing=("o1",))),
    case("committee-unknown", "of another election", "seated", officers(election="e2")),
    case("not-authorised", "before there is a committee", "elected", officers()),
    case("seat-by-election-only", "appointed as convener", "staffed", give("committee", "party", by="bureau", confirm="street")),
    case("not-authorised", "appointed as member", "staffed", give("committee-member", "o1", by="bureau", confirm="party")),
    # seats
    case("seat-day-ahead", "from tomorrow", "in office", end("o5", day="2026-10-14"), at=LATER),
    case("not-your-person", "resigned by another", "in office", end("o5", by="o1"), at=LATER),
    case("not-authorised", "a member ends another's seat", "in office",
         end("o5", "incapacity", by="o2"), at=LATER),
    case("not-authorised", "the committee withdraws the vote on the next one R-COM-13", "re-election noticed",
         counting.withdraw().by("o1").but(poll="v-e3")),
    case("not-authorised", "the committee puts it off R-COM-13", "re-election noticed",
         open_().but(poll="v-e3").on("2026-12-18 09:00"),
         counting.extend("2026-12-30 20:00").by("o1").but(poll="v-e3")),
    case("counter-is-candidate", "a chair withdraws the vote that recalls her R-BAL-9", "recall noticed",
         counting.withdraw().by("o1").but(poll="v-recall")),
    case("recall-unfounded", "recalled by nobody R-COM-10", "in office", end("o5", "recalled"), at=LATER),
    case("recall-unfounded", "by a vote that there is not", "in office", end("o5", "recalled", vote="v9"), at=LATER),
    case("recall-unfounded", "by the vote that elected her", "in office", end("o1", "recalled", vote="v1"), at=LATER),
    case("recall-unfounded", "the vote did not pass it", "recalled", end("o3", "recalled", vote="v-recall")),
    case("recall-unfounded", "a recall under another name", "recalled", end("o2", "incapacity", vote="v-recall")),
    case("recall-unfounded", "a vote beside another reason", "recalled", end("o3", "incapacity", vote="v-recall")),
    case("recall-unfounded", "an item of that name in a vote that recalls nobody", "misnamed", end("o2", "recalled", vote="v-x")),
    case("objection-open", "an objection to the recall waits R-DIS-4", "recalled",
         contested(end("o2", "recalled", vote="v-recall"), "v-recall")),
    case("unknown-matter", "who never sat", "in office", end("o8"), at=LATER),
    case("wrong-stage", "who has left already", "vacant", end("o5"), at=LATER),
    case("no-vacancy", "nobody has left R-COM-12", "in office", seat("o6"), at=LATER),
    case("not-next-alternate", "the second before the first R-COM-12", "vacant", seat("o9"), at=LATER),
    case("term-over", "after the term R-COM-13", "vacant", seat("o6"), at=EXPIRED),
    case("unknown-matter", "who is no alternate", "vacant", seat("o8"), at=LATER),
    case("wrong-stage", "who sits", "vacant", seat("o1"), at=LATER),
    # filing and handover
    case("wrong-stage", "filed before it was declared R-COM-5", "elected", file_with().by("street"), at=DECLARING),
    case("unknown-matter", "filed of no election", "branch", file_with().by("street")),
    case("unknown-matter", "a handover of nobody", "in office", hand_over(who="o8"), at=LATER),
    case("unknown-matter", "a handover of no election", "in office", hand_over(election="e9"), at=LATER),
    case("already-exists", "a handover of that number", "in office", hand_over(), hand_over(), at=LATER),
    case("unknown-matter", "a list of no election", "branch", hang()),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_elections(case: Case) -> None:
    case.check()


LISTED = tuple(STANDING)
FLAGGED = [
    pytest.param("candidates checked", hang(), "2026-08-22 10:00", (), id="eight days, all of them R-SZ-7"),
    pytest.param("candidates checked", hang(to="2026-08-29"), "2026-08-22 10:00", (), id="seven days R-SZ-7"),
    pytest.param("candidates checked", hang(to="2026-08-28"), "2026-08-22 10:00", ("candidates-posted-short",), id="six days R-DIS-2"),
    pytest.param("candidates checked", hang(*LISTED[1:]), "2026-08-22 10:00", ("candidates-left-out",), id="one is left out R-SZ-7"),
    pytest.param("candidates checked", hang(*LISTED, "c9"), "2026-08-22 10:00", ("candidates-left-out",), id="one too many R-SZ-7"),
    pytest.param("candidates checked", hang(), "2026-08-26 10:00", ("backdated", "candidates-posted-short"),
                 id="claimed too long after R-TIME-4"),
    pytest.param("in office", file_with(day="2026-10-30"), "2026-10-30 23:59", (), id="on the thirtieth day R-COM-5"),
    pytest.param("in office", file_with(day="2026-10-30"), "2026-10-31 00:00", ("filed-late",), id="recorded a day late R-COM-5"),
    pytest.param("in office", file_with(day="2026-10-31"), "2026-10-30 10:00", ("filed-late",), id="claimed a day late R-COM-5"),
    pytest.param("vacant", hand_over(who="o5", day="2026-10-15"), "2026-10-15 10:00", (), id="three days after leaving R-COM-11"),
    pytest.param("vacant", hand_over(who="o5", day="2026-10-16"), "2026-10-16 10:00", ("handover-late",), id="four days R-COM-11"),
    pytest.param("in office", hand_over().by("street"), "2027-10-16 10:00", (), id="a first committee follows nobody R-COM-11"),
]  # fmt: skip


@pytest.mark.parametrize(("stage", "move", "at", "codes"), FLAGGED)
def test_reports_are_admitted_and_their_broken_rules_are_flagged(
    stage: str, move: Move, at: str, codes: tuple[str, ...]
) -> None:
    given(stage, at=at).when(move).flagged(*(REFUSALS[code].rule for code in codes))


# --- candidates -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("move", [
    pytest.param(nominate("c1", "o1"), id="herself R-COM-3"),
    pytest.param(nominate("c1", "o8", by="owners", author="o7", unit="1-7"), id="by another owner R-SZ-7"),
    pytest.param(nominate("c1", "o1", by="party", author="party"), id="recommended by the Party branch M09"),
    pytest.param(nominate("c1", "o1", author="street"), id="on paper, recorded by the organisers"),
    pytest.param(nominate("c1", "o1").sealing(profile={**PROFILE, "political": "中共党员"}), id="with political status, consented"),
])  # fmt: skip
def test_who_may_nominate(move: Move) -> None:
    given("election begun", at=NOMINATING).when(move).then("nominated")


def test_who_has_withdrawn_may_be_nominated_again_and_is_not_final() -> None:
    world = given("nominated").when(withdraw("c1", "o1"), nominate("c8", "o1"), check("c8")).then("checked")
    world.when(*(check(name) for name in STANDING if name != "c1")).then("checked")
    rest = ("c8", *(name for name in STANDING if name != "c1"))
    world.when(hang(*rest), withdraw("c7"), final(*(name for name in rest if name != "c7")).on(POSTED)).then("final")


def test_a_candidate_is_checked_again_after_an_objection_was_upheld_r_sz_7() -> None:
    world = given("nominated", at=CHECKING).when(check("c1", *INELIGIBLE)).then("checked")
    assert not world.state["candidate", "c1"].qualified
    world.when(contested(check("c1"), "election/e1", of="c1-check", outcome="upheld")).then("checked")
    assert world.state["candidate", "c1"].qualified
    world.when(check("c1")).refused("checked-already")


def test_candidates_become_final_despite_a_flag_when_two_sign_the_reason_r_act_despite() -> None:
    world = given("candidates checked", at="2026-08-22 10:00").when(hang(to="2026-08-25")).flagged("R-DIS-2")
    world.at(POSTED).when(final(despite=("e1-list-1",))).then("final")
    ((leaf, rule),) = flags_of(world.state, "election/e1")
    assert world.state["flag", ("election/e1", leaf, rule)].answered == world.play.leaves["it"]


@pytest.mark.parametrize(("vote", "due"), [("v1", "2026-12-14"), ("v-recall", "2031-06-30")])
def test_when_the_vote_that_seated_a_committee_is_annulled_its_re_election_is_due_soon_r_com_12(vote: str, due: str) -> None:
    """Its members sit until others are elected, and everybody reads by when; sixty days end on a Sunday."""
    stage, at = ("in office", "2026-10-14 10:00") if vote == "v1" else ("recalled", "2026-11-30 10:00")
    world = given(stage, at=at).when(counting.annul().but(poll=vote)).then("annulled")
    assert world.state["due", ("election/e1", "R-COM-13")] == due


def test_the_organisers_withdraw_the_vote_of_an_election_r_bal_7() -> None:
    given("re-election noticed").when(counting.withdraw().but(poll="v-e3")).then("withdrawn")


def test_a_chair_who_stands_again_answers_no_objection_in_that_election_r_dis_4() -> None:
    """The chair convenes, and conveners answer objections; this one is about her own eligibility."""
    world = given("in office", at="2026-11-03 09:00").when(begin("e3", "re-election", term=3, to="2026-11-05")).admitted()
    world.when(nominate("r1", "o1", "e3"), check("r1"), object_("o4", of="r1-check", ground="qualification")).admitted()
    world.when(reply("o1")).refused("counter-is-candidate").when(reply("street", outcome="upheld")).then("answered")


def test_a_chair_answers_no_objection_to_the_vote_that_recalls_her_r_dis_4() -> None:
    world = given("recalled", at="2026-11-29 12:00").when(
        officers("o2"), object_("o4", of="v-recall-result", ground="counting")
    )
    world.when(reply("o2")).refused("counter-is-candidate").when(reply("street")).then("answered")


def test_nobody_counts_a_vote_that_recalls_them_r_bal_9() -> None:
    move = notice("recall-c2", vote="v2", **OCTOBER)
    world = given("in office").when(move, first(lambda _: e.posted("", "v2", 1, "gate", "2026-10-10", "2026-11-30"))).admitted()
    world.at("2026-11-18 09:00").when(first(lambda _: e.open_poll("", "v2")), give("clerk", "o2")).admitted()
    world.at("2026-11-28 20:30").when(close("v2").by("o2")).refused("counter-is-candidate")
    world.when(close("v2")).then("closed")


def test_a_candidate_neither_keys_paper_again_nor_declines_a_count_r_bal_9() -> None:
    marks = dict.fromkeys(STANDING, "agree")
    world = given("voting", at="2026-09-19 10:00")
    world.state["candidate", "c7"] = replace(world.state["candidate", "c7"], person=person(world.play, "counter-2"))
    world.when(ballot_page()).pending()
    again = Move(lambda _: e.keyed("", "v1", "page-1", [("1-7", marks)]))
    world.when(again).refused("counter-is-candidate")
    world.at("2026-09-28 20:30").when(close(), certify().confirmed_by()).pending()
    world.when(decline("counter-2")).refused("counter-is-candidate")
    world.when(confirm("observer")).admitted()


def test_a_candidate_who_is_no_counter_of_it_confirms_other_acts() -> None:
    given("voting").when(give("counter", "o3"), give("clerk", "o8")).then("given")


def test_a_resident_has_no_vote() -> None:
    given("voting", at="2026-09-19 10:00").when(ballot("tenant", HOME["o1"])).refused("not-your-head")


def test_a_round_has_one_vote_unless_it_can_never_be_opened_or_was_annulled_r_com_4() -> None:
    again = notice(vote="v2", **OCTOBER)
    given("election noticed", at="2026-10-20 10:00").when(again).then("noticed")
    world = given("elected", at="2026-10-10 10:00").when(again).refused("vote-noticed", poll="v1")
    world.state["annulled", "v1"] = Thing("annulled", bytes(32))
    world.when(declare()).refused("result-not-announced")
    assert world.when(again).then("noticed").state["election", "e1"].figures == {}


# --- who is elected -------------------------------------------------------------------------------------------------------------


def persons(world: Given, *who: str) -> tuple[bytes, ...]:
    return tuple(person(world.play, one) for one in who)


def post_of(world: Given, post: str, who: str, day: str) -> bool:
    return holds(world.state, person(world.play, who), (post,), None, moment(f"{day} 12:00")) is not None


def test_five_are_seated_by_rank_and_two_wait_r_com_4() -> None:
    world = given("seated")
    election, committee = world.state["election", "e1"], world.state[COMMITTEE]
    assert (election.stage, election.elected, election.reserve) == ("declared", ("c1", "c2", "c3", "c4", "c5"), ("c6", "c7"))
    assert (committee.members, committee.alternates) == (
        persons(world, "o1", "o2", "o3", "o4", "o5"),
        persons(world, "o6", "o9"),
    )
    assert (committee.start, committee.end, committee.seats, committee.attested) == ("2026-09-30", "2031-09-30", 5, False)
    for who in ("o1", "o5"):
        assert [post_of(world, "committee-member", who, day) for day in ("2026-09-29", "2026-09-30", "2031-09-30", "2031-10-01")] == [
            False, True, True, False]  # fmt: skip
    assert not post_of(world, "committee-member", "o6", "2026-10-01")
    dues = {rule: day for (name, (matter, rule)), day in duties(world).items() if matter == "election/e1"}
    assert dues == {"R-COM-5": "2026-10-30", "R-COM-1": "2026-10-08", "R-COM-13": "2031-06-30"}


def duties(world: Given) -> dict[Any, str]:
    return {key: day for key, day in world.state.items() if key[0] == "due"}


def test_the_declaration_needs_no_vote_in_the_state_r_act_final() -> None:
    world = given("elected", at="2026-11-20 10:00").when(give("clerk", "o8"), declare()).then("declared")
    assert ("poll", "v1") not in world.state
    assert world.state[COMMITTEE].start == "2026-11-20"


def test_a_vote_that_is_final_and_was_never_announced_declares_nobody_r_meet_5() -> None:
    world = given("voting", at="2026-09-28 20:30")
    world.when(close(), certify()).admitted()
    world.at("2026-11-20 10:00").when(give("clerk", "o8"), declare()).refused("result-not-announced")


def test_an_annulled_outcome_declares_nobody() -> None:
    world = given("elected", at="2026-11-20 10:00").when(give("clerk", "o8")).admitted()
    world.state["annulled", "v1"] = Thing("annulled", bytes(32))
    world.when(declare()).refused("result-not-announced")


def test_equal_candidates_at_the_last_seat_go_into_a_run_off_r_com_4() -> None:
    world = given("run-off")
    election = world.state["election", "e1"]
    assert (election.stage, election.elected, election.round) == ("run-off", ("c1", "c2", "c3", "c4"), ("c5", "c6"))
    assert (election.reserve, election.vote, COMMITTEE in world.state) == (("c7",), None, False)
    world = given("run-off voted", at="2026-11-30 10:00").when(declare(vote="v2")).then("declared")
    election = world.state["election", "e1"]
    assert (election.stage, election.elected, election.reserve) == (
        "declared", ("c1", "c2", "c3", "c4", "c5"), ("c6", "c7"))  # fmt: skip


def test_three_of_five_seats_are_no_committee_r_com_4() -> None:
    world = given("none elected")
    assert (world.state["election", "e1"].stage, world.state["election", "e1"].elected) == ("none-elected", ())
    assert COMMITTEE not in world.state
    world.when(begin("e2", to="2026-10-20")).then("begun")


def contest(figures: Mapping[str, tuple[bool, int, int]], seats: int = 7, kind: str = "first", **fields: Any) -> Declared:
    """What these figures come to in an election of this ledger."""
    election = Election("final", b"", kind, "", "r1", seats, 20, 5, None, tuple(figures), round=tuple(figures), figures=figures)
    return outcome(given("founded").state, replace(election, **fields))


def some(passed: int, failed: int = 0) -> dict[str, tuple[bool, int, int]]:
    return {f"c{n}": (n < passed, 90 - n, 1000) for n in range(passed + failed)}


COMES_TO = [
    pytest.param(some(7, 2), 7, "declared", 7, 0, id="as many as there are seats"),
    pytest.param(some(9), 7, "declared", 7, 2, id="two more wait R-SZ-6"),
    pytest.param(some(5, 4), 7, "declared", 5, 0, id="two seats stay vacant R-COM-4"),
    pytest.param(some(4, 4), 7, "none-elected", 0, 0, id="four are less than a committee R-COM-4"),
    pytest.param(some(5), 11, "none-elected", 0, 0, id="five of eleven are less than half R-COM-4"),
    pytest.param(some(6), 11, "declared", 6, 0, id="six of eleven R-COM-4"),
    pytest.param(some(0, 3), 5, "none-elected", 0, 0, id="nobody passes R-VOTE-2"),
]  # fmt: skip


@pytest.mark.parametrize(("figures", "seats", "stage", "elected", "reserve"), COMES_TO)
def test_what_a_round_comes_to(figures: Any, seats: int, stage: str, elected: int, reserve: int) -> None:
    found = contest(figures, seats)
    assert (found.stage, len(found.elected), len(found.reserve), found.tied) == (stage, elected, reserve, ())


def test_area_decides_between_equal_heads_and_nomination_between_equal_alternates_r_com_4() -> None:
    rank = {"a": (True, 9, 5), "b": (True, 9, 6), "c": (True, 8, 9), "d": (True, 7, 1), "e": (True, 6, 1)}
    found = contest({**rank, "z": (True, 5, 1), "y": (True, 5, 1), "w": (False, 99, 99)}, 5)
    assert (found.elected, found.reserve) == (("b", "a", "c", "d", "e"), ("z", "y"))


def test_a_run_off_that_nobody_passes_leaves_its_seat_vacant() -> None:
    five = ("a", "b", "c", "d", "e")
    found = contest({"x": (False, 3, 1), "y": (False, 3, 1)}, 7, elected=five, reserve=("z",))
    assert (found.stage, found.elected, found.reserve) == ("declared", five, ("z",))


FIGURES = st.dictionaries(
    st.sampled_from([f"c{n}" for n in range(12)]), st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 2))
)


@for_all(FIGURES, st.permutations(range(12)), st.integers(-1, 12))
def test_ranking_rests_on_figures_alone_and_places_everybody_once(
    figures: dict[str, tuple[bool, int, int]], order: list[int], seats: int
) -> None:
    names = tuple(sorted(figures))
    election = Election("final", b"", "first", "", "r1", 5, 2, 5, None, names, figures=figures)
    shuffled = {f"c{n}": figures[f"c{n}"] for n in order if f"c{n}" in figures}
    rank = ranked(election, "heads-then-area")
    assert ranked(replace(election, figures=shuffled), "heads-then-area") == rank
    assert [agreed for _, agreed in rank] == sorted((agreed for _, agreed in rank), reverse=True)
    elected, tied, reserve = placed(rank, seats)
    assert sorted((*elected, *tied, *reserve)) == sorted(name for name in names if figures[name][0])
    assert len(elected) <= max(seats, 0)
    assert not tied or len(elected) < seats < len(elected) + len(tied)


# --- the committee in office ----------------------------------------------------------------------------------------------------


def test_the_members_elect_a_chair_who_convenes_for_them_r_com_1() -> None:
    world = given("in office")
    assert world.state[COMMITTEE].chair == person(world.play, "o1")
    assert ("due", ("election/e1", "R-COM-1")) not in world.state
    assert [post_of(world, "committee", "o1", day) for day in ("2026-10-07", "2026-10-08", "2031-09-30", "2031-10-01")] == [
        False, True, True, False]  # fmt: skip
    own = notice("x", vote="v9", matter="other-major", **OCTOBER).by("o1")
    world.when(own).then("noticed")
    world.when(officers("o2", "o1", "o3")).then("elected")
    assert world.state[COMMITTEE].deputies == tuple(sorted(persons(world, "o1", "o3")))
    assert (post_of(world, "committee", "o1", "2026-10-08"), post_of(world, "committee", "o2", "2026-10-08")) == (False, True)
    world.when(officers("o2")).then("elected")


def test_the_committee_fills_its_own_vacancies_with_a_supervisor_r_com_12() -> None:
    world = (
        given("vacant", at=LATER).when(begin("e2", "by-election", seats=1, term=None, to="2026-12-01", by="o1")).then("begun")
    )
    world.when(nominate("c8", "o7", "e2"), seat("o6").by("o1")).then("seated")


def test_the_chair_stands_for_the_owners_before_a_supervisor_of_another_organisation_r_com_1() -> None:
    world = given("in office", at=LATER)
    world.when(give("secretary", "tenant", by="o1")).then("given")
    world.when(give("clerk", "o8", by="o1").confirmed_by("o2")).refused("not-a-confirmer")
    world = (
        given("vacant", at=LATER).when(begin("e2", "by-election", seats=1, term=None, to="2026-12-01", by="o1")).then("begun")
    )
    world.when(nominate("c8", "o7", "e2"), check("c8", by="o1")).then("checked")
    old = given("staffed").when(BEFORE, give("committee", "o1", by="bureau", confirm="party")).then("given")
    old.when(give("clerk", "o8", by="o1")).refused("same-organisation")


def test_an_expired_committee_is_left_with_re_election_and_handover_r_com_13() -> None:
    vote = {"opens": "2031-11-18 09:00", "closes": "2031-11-28 20:00"}
    given("in office", at="2031-09-30 10:00").when(notice("x", vote="v9", matter="other-major", **vote).by("o1")).then(
        "noticed"
    )
    world = given("in office", at=EXPIRED)
    assert world.state[COMMITTEE].expired("2031-10-01")
    for move in (
        notice("x", vote="v9", matter="other-major", **vote),
        begin("e2", "by-election", seats=1, term=None, to="2031-12-01"),
    ):
        world.when(move.by("o1")).refused("not-authorised")
    world.when(officers()).refused("not-authorised")
    world.when(officers().by("o1")).refused("not-authorised")
    world.when(begin("e2", "re-election", to="2031-12-01")).then("begun")
    world.when(hand_over().by("street")).then("recorded")


def test_who_resigns_holds_nothing_from_that_day_and_nobody_moves_up_r_com_10() -> None:
    world = given("in office", at="2026-10-12 10:00").when(end("o1")).then("ended")
    committee = world.state[COMMITTEE]
    assert (committee.members, committee.alternates) == (persons(world, "o2", "o3", "o4", "o5"), persons(world, "o6", "o9"))
    assert committee.chair is None
    for post in ("committee", "committee-member"):
        assert (post_of(world, post, "o1", "2026-10-11"), post_of(world, post, "o1", "2026-10-12")) == (True, False)
    assert world.state["due", (f"seat/{person(world.play, 'o1').hex()}", "R-COM-11")] == "2026-10-15"
    world.when(officers("o2", signing=("o1", "o2", "o3"))).refused("not-authorised")


def test_a_day_before_the_term_ends_the_seat_all_the_same() -> None:
    world = given("in office", at="2026-10-12 10:00").when(end("o1", "deceased", day="2026-09-01")).then("ended")
    assert not any(post_of(world, post, "o1", "2026-10-12") for post in ("committee", "committee-member"))


def test_alternates_fill_seats_in_rank_order_until_they_resign_themselves_r_com_12() -> None:
    world = given("vacant").when(seat("o6")).then("seated")
    assert world.state[COMMITTEE].members == persons(world, "o1", "o2", "o3", "o4", "o6")
    assert post_of(world, "committee-member", "o6", "2026-10-12")
    world = given("vacant").when(end("o6"), seat("o9")).then("seated")
    assert (world.state[COMMITTEE].members[-1], world.state[COMMITTEE].alternates) == (person(world.play, "o9"), ())
    assert ("due", (f"seat/{person(world.play, 'o6').hex()}", "R-COM-11")) not in world.state


def test_a_recalled_member_does_nothing_more_r_com_10() -> None:
    world = given("recalled", at="2026-12-01 10:00").when(end("o2", "recalled", vote="v-recall")).then("ended")
    world.when(officers(signing=("o2", "o1", "o3"))).refused("not-authorised")
    world.when(officers(signing=("o1", "o2", "o3"))).refused("not-a-confirmer")
    world.when(file_with(by="o2")).refused("not-authorised")


def test_a_recall_stands_when_its_vote_is_final_r_act_final() -> None:
    world = (
        given("recalled", at="2027-02-01 10:00").when(give("clerk", "o8"), end("o2", "recalled", vote="v-recall")).then("ended")
    )
    assert ("outcome", "v-recall") in world.state
    world.when(end("o3", "recalled", vote="v-recall")).refused("recall-unfounded")


@pytest.mark.parametrize(
    ("seats", "members", "duty"), [(7, 3, True), (7, 4, False), (11, 5, True), (11, 6, False), (5, 0, True)]
)
def test_members_below_half_of_the_seats_make_a_new_election_due_t17_t18_r_com_12(seats: int, members: int, duty: bool) -> None:
    committee = Committee(b"", "e", seats, "2026-10-12", "2031-10-12", tuple(bytes([n]) for n in range(members)))
    found = manned(given("founded").state, committee, Context(moment("2026-10-12 10:00"), 0))
    assert found.get(VACANT) == ("2026-12-11" if duty else None)
    later = manned({**given("founded").state, VACANT: "2026-11-01"}, committee, Context(moment("2026-10-12 10:00"), 0))
    assert later[VACANT] == ("2026-11-01" if duty else GONE)


def test_periods_of_a_term_t19_t24() -> None:
    assert due_day("2024-01-31", LATEST.value("committee_filing_days"), LATEST.calendar) == "2024-03-01"
    assert years_after("2020-02-29", 5) == "2025-02-28"
    assert months_before("2025-02-28", LATEST.value("reelection_months")) == "2024-11-28"
    assert (months_before("2026-05-31", 3), months_before("2026-01-31", 12)) == ("2026-02-28", "2025-01-31")


def test_an_election_is_filed_with_two_authorities_r_com_5() -> None:
    world = given("in office", at="2026-10-10 10:00").when(file_with("bureau-longgang")).then("filed")
    assert world.state["due", ("election/e1", "R-COM-5")] == "2026-10-30"
    world.when(file_with("street-guojian", by="street")).then("filed")
    assert ("due", ("election/e1", "R-COM-5")) not in world.state
    assert world.state["filed", "e1"].authorities == ("bureau-longgang", "street-guojian")
    world.at("2026-11-20 10:00").when(file_with("street-guojian", by="street")).flagged()


def test_filing_again_and_again_adds_nothing_to_the_state_r_com_5() -> None:
    """Any member files, as often as she likes and with whom she likes."""
    others = ("police-longgang", "bureau-longgang", "bureau-longgang", "bureau-futian", "street-guojian", "street-buji")
    world = given("in office", at="2026-10-10 10:00").when(*map(file_with, others)).then("filed")
    assert world.state["filed", "e1"].authorities == ("bureau-longgang", "street-guojian")


def test_a_vote_counted_again_after_the_declaration_keeps_its_figures_r_com_4() -> None:
    world = given("seated", at="2026-09-30 11:00")
    before = world.state["election", "e1"].figures
    world.when(object_(of="v1-result", name="o-1", ground="counting"), reply(name="o-1", outcome="upheld")).admitted()
    world.when(
        first(lambda play: e.certify("", "v1", cast("MemoryDoor", play.door).opening, "result-recounted/1", objection="o-1"))
    )
    assert len(world.state["result", "v1"].before) == 1
    assert world.state["election", "e1"].figures == before


def test_a_handover_is_done_when_the_list_is_complete_r_com_11() -> None:
    world = given("vacant", at=LATER).when(hand_over("archives", "seal", who="o5")).then("recorded")
    duty = ("due", (f"seat/{person(world.play, 'o5').hex()}", "R-COM-11"))
    assert duty in world.state
    world.when(hand_over(*(one for one in HANDED if one != "archives"), n=2, who="o5")).then("recorded")
    assert duty not in world.state


# --- by-election and re-election ------------------------------------------------------------------------------------------------


def test_a_by_election_fills_the_rest_of_the_term_r_com_12() -> None:
    world = given("filling voted", at="2026-12-30 10:00").when(declare("e2", "v-e2")).then("declared")
    committee = world.state[COMMITTEE]
    assert committee.members == persons(world, "o1", "o2", "o3", "o4", "o6")
    assert committee.alternates == persons(world, "o9", "o7", "o8")
    assert (committee.election, committee.end) == ("e1", "2031-09-30")
    assert post_of(world, "committee-member", "o6", "2031-09-30")
    assert world.state["due", ("election/e2", "R-COM-5")] == "2027-01-29"
    assert ("due", ("election/e2", "R-COM-1")) not in world.state


def test_a_seat_that_an_alternate_took_is_not_filled_twice_r_com_12() -> None:
    world = given("filling voted", at="2026-12-30 10:00").when(seat("o6"), declare("e2", "v-e2")).then("declared")
    assert world.state["election", "e2"].stage == "none-elected"
    assert world.state[COMMITTEE].members == persons(world, "o1", "o2", "o3", "o4", "o6")


def test_who_moved_up_between_two_rounds_is_seated_once_r_com_12() -> None:
    world = given("in office", at="2026-10-12 10:00").when(end("o4"), end("o5")).admitted()
    figures = {"x1": (True, 8, 5), "x2": (True, 7, 5)}
    plant(world.play, "by-election", {"x1": "o7", "x2": "o8"}, figures, before=world.state[COMMITTEE].leaf, seats=2)
    world.state["candidate", "x0"] = replace(world.state["candidate", "x1"], person=person(world.play, "o6"))
    world.state["candidate", "x9"] = replace(world.state["candidate", "x1"], person=person(world.play, "o9"))
    rounds = replace(world.state["election", "e2"], stage="run-off", elected=("x0",), reserve=("x9",))
    world.state["election", "e2"] = rounds
    world.when(seat("o6"), declare("e2", "v-e2")).then("declared")
    assert world.state[COMMITTEE].members == persons(world, "o1", "o2", "o3", "o6", "o7")
    assert world.state[COMMITTEE].alternates == persons(world, "o9", "o8")


def test_a_re_election_seats_the_next_and_the_last_hand_over_r_com_11_r_com_13() -> None:
    world = given("re-election voted", at="2026-12-30 10:00").when(declare("e3", "v-e3")).then("declared")
    committee = world.state[COMMITTEE]
    assert set(committee.members) == set(persons(world, "o2", "o3", "o4", "o5", "o6"))
    assert (committee.start, committee.end, committee.chair) == ("2026-12-30", "2029-12-30", None)
    assert (post_of(world, "committee-member", "o1", "2026-12-29"), post_of(world, "committee-member", "o1", "2026-12-30")) == (
        True,
        False,
    )
    assert not post_of(world, "committee", "o1", "2026-12-30")
    assert post_of(world, "committee-member", "o2", "2026-12-30")
    assert not post_of(world, "committee-member", "o2", "2029-12-31")
    assert world.state["seat", person(world.play, "o1")].stage == "ended"
    dues = {rule: day for (_, (matter, rule)), day in duties(world).items() if matter == "election/e3"}
    assert dues == {"R-COM-5": "2027-01-29", "R-COM-1": "2027-01-06", "R-COM-11": "2027-01-11", "R-COM-13": "2029-09-30"}
    assert ("due", ("election/e1", "R-COM-13")) not in world.state
    world.when(officers(election="e1", signing=("o2", "o3", "o4"), chair="o2")).refused("committee-unknown")
    world.at("2027-01-12 10:00").when(hand_over(election="e3", day="2027-01-12")).flagged("R-COM-11")
    assert ("due", ("election/e3", "R-COM-11")) not in world.state


# --- histories ------------------------------------------------------------------------------------------------------------------

ACTS = st.one_of(
    st.tuples(st.just("end"), st.sampled_from([f"o{n}" for n in range(1, 10)])),
    st.tuples(st.just("seat"), st.sampled_from([f"o{n}" for n in range(1, 10)])),
    st.tuples(st.sampled_from(("by-election", "re-election")),
              st.lists(st.sampled_from([f"o{n}" for n in range(1, 10)]), min_size=1, max_size=7, unique=True),
              st.lists(st.tuples(st.booleans(), st.integers(1, 3), st.just(1)), min_size=7, max_size=7), st.integers(0, 2)),
)  # fmt: skip


def tried(world: Given, number: int, act: Any) -> None:
    """One act of a history, admitted or refused."""
    if act[0] in ("end", "seat"):
        move = end(act[1]) if act[0] == "end" else seat(act[1])
    else:
        name, standing = f"h{number}", {f"h{number}-{n}": who for n, who in enumerate(act[1])}
        figures = dict(zip(standing, act[2], strict=False))
        plant(world.play, act[0], standing, figures, before=world.state[COMMITTEE].leaf, name=name)
        names, won = tuple(standing), act[3]  # with those whom an earlier round elected, and those it left in reserve
        rounds = replace(world.state["election", name], elected=names[:won], reserve=names[won : won + 1], round=names[won + 1 :],
                         figures={one: figures[one] for one in names[won + 1 :]}, stage="run-off")  # fmt: skip
        world.state["election", name] = rounds if won else world.state["election", name]
        move = declare(name, f"v-{name}")
    answer = world.when(move).answer
    assert not isinstance(answer, Refused) or answer.code in {
        "unknown-matter", "wrong-stage", "no-vacancy", "not-next-alternate", "committee-moved"}  # fmt: skip


@settings(max_examples=40, deadline=None)
@for_all(st.lists(ACTS, max_size=8))
def test_over_every_history_nobody_sits_twice_and_members_fit_their_seats(history: list[Any]) -> None:
    world = given("in office", at="2026-10-12 10:00")
    for number, act in enumerate(history):
        tried(world, number, act)
        committee = world.state[COMMITTEE]
        people = (*committee.members, *committee.alternates)
        assert len(set(people)) == len(people)
        assert len(committee.members) <= committee.seats
        assert committee.chair is None or committee.chair in committee.members
        sitting = {key[1] for key, one in world.state.items() if isinstance(one, Seat) and one.stage == "seated"}
        waiting = {key[1] for key, one in world.state.items() if isinstance(one, Seat) and one.stage == "alternate"}
        assert (sitting, waiting) == (set(committee.members), set(committee.alternates))
        posts = {key[1][1] for key, one in world.state.items()
                 if key[0] == "post" and key[1][0] == "committee-member" and one.on("2026-10-12")}  # fmt: skip
        assert posts == sitting
        assert (VACANT in world.state) == (2 * len(committee.members) < committee.seats)


# --- before engine 3 ------------------------------------------------------------------------------------------------------------


def test_an_edition_before_elections_judges_as_it_did_r_src_1() -> None:
    edition = Edition("cn-sz-2", LATEST.calendar)
    world = given("roll frozen").when(BEFORE, give("committee", "o1", by="bureau", confirm="party")).then("given")
    move = notice(*STANDING, opens="2026-09-18 09:00").but(edition=edition.named())
    world.when(move, first(lambda _: e.posted("", "v1", 1, "gate", "2026-08-15", "2026-09-30"))).admitted()
    world.at("2026-09-18 09:00").when(first(lambda _: e.open_poll("", "v1"))).then("open")
    world.at("2026-09-28 20:30").when(close(), certify()).then("certified")


def test_a_vote_has_an_item_for_each_candidate() -> None:
    names = tuple(f"c{n}" for n in range(MAX_CANDIDATES))
    KINDS["candidates-final/1"].body.of["candidates"].check(tuple(sorted(names)))
    KINDS["poll-noticed/1"].body.of["items"].check(
        tuple({"id": name, "matter": "elect-committee", "scope": "estate"} for name in names)
    )
