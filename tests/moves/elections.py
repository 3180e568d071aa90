"""Elections of a committee of five in the small estate: o1 to o6 and o9 stand as c1 to c7; and what is carried over on joining.

Of eight heads that vote all get more than half, in this order, c6 and c7 equally much; c5 and c6 are equal when they are tied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any, Final, cast

from domain.calendar import day_of
from domain.elections import outcome
from scripts.stories import estate as e
from scripts.stories.player import Play, Step
from tests.acts import DECOY, HOME, Move, Stage, first, learn, said
from tests.memory import MemoryDoor

STANDING: Final = {"c1": "o1", "c2": "o2", "c3": "o3", "c4": "o4", "c5": "o5", "c6": "o6", "c7": "o9"}
VOTERS: Final = ("o1", "o2", "o3", "o4", "o5", "o6", "o7", "o9")
Against = Mapping[str, str]  # candidate -> who votes against
RANKED: Final[Against] = {"c1": "", "c2": "o2", "c3": "o1", "c4": "o1 o2", "c5": "o1 o2 o3", "c6": "o1 o3 o4", "c7": "o1 o3 o7"}
TIED: Final[Against] = {**RANKED, "c6": "o1 o2 o4"}
FEW: Final[Against] = {**RANKED, **dict.fromkeys(("c4", "c5", "c6", "c7"), "o1 o2 o3 o4")}
PROFILE: Final = {
    "consent": True,
    "name": "业主（示例）",
    "occupation": "教师（示例）",
    "political": None,
    "statement": "愿为大家服务。",
    "unit": "1-1",
}


def person(play: Play, who: str) -> bytes:
    return play.people[who].person


# --- moves ----------------------------------------------------------------------------------------------------------------------


def begin(election: str = "e1", kind: str = "first", *, seats: int = 5, alternates: int = 2, term: int | None = 5,
          to: str = "2026-08-20", by: str = "street") -> Move:  # fmt: skip
    body = {
        "alternates": alternates,
        "election": election,
        "kind": kind,
        "nominate_to": to,
        "roll": "r1",
        "seats": seats,
        "term": term,
    }
    return said(by, "election-begun/1", lambda _: body, confirm=("bureau",))


def nominate(candidate: str, who: str, election: str = "e1", *, by: str = "self", author: str | None = None,
             unit: str | None = None) -> Move:  # fmt: skip
    """Somebody stands, nominated by their own head unless another unit is named."""

    def body(play: Play) -> Mapping[str, Any]:
        tag = None if by == "party" else play.tag(unit or HOME[who])
        return {"by": by, "candidate": candidate, "election": election, "person": person(play, who), "tag": tag}

    return said(author or who, "candidate-nominated/1", body).sealing(profile=PROFILE, consent=DECOY)


def check(candidate: str, *grounds: str, by: str = "street") -> Move:
    body = {"candidate": candidate, "qualified": not grounds}
    move = said(by, "candidate-checked/1", lambda _: body, confirm=("bureau",)).named(f"{candidate}-check")
    return move.sealing(grounds=grounds, reason="欠费证明已核实（示例）") if grounds else move


def withdraw(candidate: str, who: str | None = None) -> Move:
    """By the candidate, or on paper by the street office."""
    body = {"candidate": candidate, "own": who is not None}
    move = said(who or "street", "candidate-withdrawn/1", lambda _: body, confirm=() if who else ("bureau",))
    return move if who else move.sealing(reason="本人书面退出（示例）")


def hang(*candidates: str, n: int = 1, start: str = "2026-08-22", to: str = "2026-08-30", election: str = "e1") -> Move:
    body = {"candidates": tuple(sorted(candidates)) or tuple(STANDING), "election": election, "from": start, "n": n,
            "place": "gate", "to": to}  # fmt: skip
    return said("clerk", "candidates-posted/1", lambda _: body, confirm=("witness",)).named(f"{election}-list-{n}")


def final(*candidates: str, election: str = "e1", despite: Sequence[str] = ()) -> Move:
    def body(play: Play) -> Mapping[str, Any]:
        leaves = tuple(sorted(play.leaves[name] for name in despite))
        return {"candidates": tuple(sorted(candidates)) or tuple(STANDING), "despite": leaves, "election": election}

    move = said("street", "candidates-final/1", body, confirm=("bureau",))
    return move.sealing(reason="名单已补贴（示例）") if despite else move


def notice(*items: str, vote: str = "v1", opens: str = "2026-09-18 09:00", closes: str = "2026-09-28 20:00", roll: str = "r1",
           matter: str = "elect-committee") -> Move:  # fmt: skip
    asked = {item: (matter, f"是否同意 {item}?") for item in items or STANDING}
    return first(
        lambda _: e.notice("", vote, roll, asked, opens, closes, "选举业主委员会", "rules-12", ("electronic", "paper"))
    )


def declare(election: str = "e1", vote: str = "v1", by: str = "street") -> Move:
    """What the figures come to."""

    def body(play: Play) -> Mapping[str, Any]:
        found = outcome(play.door.fold.state, play.door.fold.state["election", election])
        return {"alternates": found.reserve, "elected": found.elected, "election": election, "tied": found.tied, "vote": vote}

    return said(by, "election-declared/1", body, confirm=("bureau",))


def officers(chair: str = "o1", *deputies: str, signing: Sequence[str] = ("o1", "o2", "o3"), election: str = "e1") -> Move:
    def body(play: Play) -> Mapping[str, Any]:
        own = tuple(sorted(person(play, who) for who in deputies))
        return {"chair": person(play, chair), "deputies": own, "election": election, "signers": len(signing)}

    return said(signing[0], "officers-elected/1", body, confirm=tuple(signing[1:]))


def file_with(authority: str = "bureau-longgang", day: str = "2026-10-10", by: str = "o1", election: str = "e1") -> Move:
    return said(by, "committee-filed/1", lambda _: {"authority": authority, "day": day, "document": None, "election": election})


def end(who: str, reason: str = "resigned", *, by: str | None = None, day: str | None = None, vote: str | None = None) -> Move:
    """A member resigns, is recalled, or the street office records on which ground of the law the seat ends."""
    own, chosen = reason == "resigned", reason in ("resigned", "recalled")

    def body(play: Play) -> Mapping[str, Any]:
        said_ = reason if chosen else "by-law"
        return {"day": day or day_of(play.clock.at), "person": person(play, who), "reason": said_, "vote": vote}

    move = said(by or (who if own else "street"), "seat-ended/1", body, confirm=() if own else ("bureau",))
    return move if chosen else move.sealing(ground=reason)


def seat(who: str) -> Move:
    return said("street", "alternate-seated/1", lambda play: {"person": person(play, who)}, confirm=("bureau",))


def hand_over(*items: str, n: int = 1, day: str = "2026-10-12", who: str | None = None, election: str = "e1") -> Move:
    def body(play: Play) -> Mapping[str, Any]:
        return {"day": day, "election": election, "items": items or ("accounts", "archives", "property", "rolls", "seal"), "n": n,
                "person": person(play, who) if who else None}  # fmt: skip

    return said("clerk", "handover-recorded/1", body).sealing(receipts=DECOY)


def carry(subject: str, figures: Any, ident: str = "old-1") -> Move:
    """What was before joining; figures may be a function of the play."""

    def body(play: Play) -> Mapping[str, Any]:
        known = figures(play) if callable(figures) else figures
        return {"documents": (), "id": ident, "what": {"figures": known, "subject": subject}}

    return said("street", "carried-over/1", body, confirm=("bureau",)).sealing(note="据备案材料登记（示例）")


def committee(
    *members: str, chair: str | None = "o1", seats: int = 5, start: str = "2024-09-01", to: str = "2029-08-31"
) -> Move:
    """The committee that an estate brings along, in the third year of its term unless told otherwise."""

    def figures(play: Play) -> Mapping[str, Any]:
        own = tuple(sorted(person(play, who) for who in members or ("o1", "o2", "o3", "o4", "o5")))
        return {"chair": person(play, chair) if chair else None, "end": to, "members": own, "seats": seats, "start": start}

    return carry("committee", figures, "old-committee")


def classify(name: str) -> Move:
    return said("street", "area-classed/1", lambda _: {"class": name}, confirm=("bureau",))


# --- stages ---------------------------------------------------------------------------------------------------------------------


def at(when: str, play: Play, *moves: Move) -> Iterable[Step]:
    """These moves as steps of a story."""
    for move in moves:
        step = move.make(play)
        yield replace(step, at=when, openings=_openings(play, move, step), name=move.name or step.name)


def _openings(play: Play, move: Move, step: Step) -> Mapping[str, Any]:
    own = step.openings(play) if callable(step.openings) else step.openings
    return {**own, **{name: value for name, value in move.sealed.items() if value is not DECOY}}


def vote_steps(play: Play, items: Sequence[str], against: Against, vote: str = "v1", *, month: int = 9) -> Iterable[Step]:
    """A vote from its opening to its announcement: everybody agrees with whom they are not against."""
    yield from e.open_poll(f"2026-{month:02}-18 09:00", vote)
    for who in VOTERS:
        choices = {item: "against" if who in against[item].split() else "agree" for item in items}
        yield e.ballot(play, f"2026-{month:02}-19 10:00", vote, HOME[who], who, choices)
    yield from e.close(f"2026-{month:02}-28 20:30", vote)
    yield from e.certify(f"2026-{month:02}-29 10:00", vote, cast("MemoryDoor", play.door).opening)
    yield from e.announce(f"2026-{month:02}-29 11:00", vote, f"2026-{month:02}-29", "gate")


def called(play: Play, when: str, items: Sequence[str], vote: str, *, month: int = 9) -> Iterable[Step]:
    """A vote noticed and posted on the first of a month, for its eighteenth."""
    move = notice(*items, vote=vote, opens=f"2026-{month:02}-18 09:00", closes=f"2026-{month:02}-28 20:00")
    yield from at(when, play, move)
    yield from e.posted(when, vote, 1, "gate", f"2026-{month:02}-01", f"2026-{month:02}-30")


def _run_off(play: Play) -> Iterable[Step]:
    yield from called(play, "2026-11-01 10:00", ("c5", "c6"), "v2", month=11)
    yield from vote_steps(play, ("c5", "c6"), {"c5": "o1", "c6": "o1 o2"}, "v2", month=11)


def _recalled(play: Play) -> Iterable[Step]:
    yield from called(play, "2026-11-01 10:00", ("recall-c2", "recall-c3"), "v-recall", month=11)
    yield from vote_steps(
        play, ("recall-c2", "recall-c3"), {"recall-c2": "o2", "recall-c3": " ".join(VOTERS)}, "v-recall", month=11
    )


def _posts(play: Play) -> Iterable[Step]:
    """The Party branch, and a tenant who is a resident."""
    return e.give_posts(
        play, "2026-08-16 09:00", "2026-08-16", "2027-08-03", (("party-branch", "party"), ("resident", "tenant"))
    )


def another(play: Play, begun: Move, standing: Mapping[str, str], against: Against, election: str) -> Iterable[Step]:
    """A further election, begun in November and voted on in December 2026."""
    names = tuple(standing)
    yield from at("2026-11-03 09:00", play, begun)
    yield from at("2026-11-04 09:00", play, *(nominate(name, who, election) for name, who in standing.items()))
    yield from at("2026-11-06 09:00", play, *map(check, names))
    yield from at("2026-11-07 09:00", play, hang(*names, start="2026-11-07", to="2026-11-15", election=election))
    yield from at("2026-11-16 09:00", play, final(*names, election=election))
    yield from called(play, "2026-12-01 10:00", names, f"v-{election}", month=12)
    yield from vote_steps(play, names, against, f"v-{election}", month=12)


def _filling(play: Play) -> Iterable[Step]:
    begun = begin("e2", "by-election", seats=1, alternates=3, term=None, to="2026-11-05")
    yield from another(play, begun, {"b1": "o6", "b2": "o7", "b3": "o8"}, {"b1": "", "b2": "o1", "b3": "o2 o3"}, "e2")


def _following(play: Play) -> Iterable[Step]:
    begun = begin("e3", "re-election", term=3, to="2026-11-05")
    standing = {f"r{n}": f"o{n + 1}" for n in range(1, 6)}
    yield from another(play, begun, standing, dict.fromkeys(standing, ""), "e3")


def _misnamed(play: Play) -> Iterable[Step]:
    """A vote on something else, with an item that is named as a recall would be."""
    vote = {"opens": "2026-11-18 09:00", "closes": "2026-11-28 20:00"}
    yield from at("2026-11-01 10:00", play, notice("recall-c2", vote="v-x", matter="other-major", **vote))
    yield from e.posted("2026-11-01 10:00", "v-x", 1, "gate", "2026-11-01", "2026-11-30")
    yield from vote_steps(play, ("recall-c2",), {"recall-c2": ""}, "v-x", month=11)


def announced(against: Against) -> Stage:
    return "voting", lambda play: list(vote_steps(play, tuple(STANDING), against))[1:]


STAGES: Final[dict[str, Stage]] = {
    "branch": ("roll frozen", _posts),
    "election begun": ("branch", lambda play: at("2026-08-17 09:00", play, begin())),
    "nominated": ("election begun", lambda play: at("2026-08-18 09:00", play, *(nominate(*one) for one in STANDING.items()))),
    "candidates checked": ("nominated", lambda play: at("2026-08-21 09:00", play, *map(check, STANDING))),
    "candidates posted": ("candidates checked", lambda play: at("2026-08-22 10:00", play, hang())),
    "candidates final": ("candidates posted", lambda play: at("2026-08-31 10:00", play, final())),
    "election noticed": ("candidates final", lambda play: called(play, "2026-09-01 10:00", tuple(STANDING), "v1")),
    "voting": ("election noticed", lambda _: e.open_poll("2026-09-18 09:00", "v1")),
    "elected": announced(RANKED),
    "tied": announced(TIED),
    "too few": announced(FEW),
    "seated": ("elected", lambda play: at("2026-09-30 10:00", play, declare())),
    "in office": ("seated", lambda play: at("2026-10-08 10:00", play, officers())),
    "run-off": ("tied", lambda play: at("2026-09-30 10:00", play, declare())),
    "run-off voted": ("run-off", _run_off),
    "none elected": ("too few", lambda play: at("2026-09-30 10:00", play, declare())),
    "recalled": ("in office", _recalled),
    "misnamed": ("in office", _misnamed),
    "vacant": ("in office", lambda play: at("2026-10-12 10:00", play, end("o5", day="2026-10-12"))),
    "filling voted": ("vacant", _filling),
    "re-election voted": ("in office", _following),
    "re-election noticed": ("in office", lambda play: takewhile(lambda step: step.kind != "poll-opened/1", _following(play))),
    "recall noticed": (
        "in office",
        lambda play: called(play, "2026-11-01 10:00", ("recall-c1", "recall-c2"), "v-recall", month=11),
    ),
    "carried over": ("roll frozen", lambda play: at("2026-08-16 10:00", play, committee())),
}

learn(STAGES, {
    "election-begun/1": ("branch", begin(), "2026-08-17 09:00"),
    "candidate-nominated/1": ("election begun", nominate("c1", "o1"), "2026-08-18 09:00"),
    "candidate-checked/1": ("nominated", check("c1", "fee-default"), "2026-08-21 09:00"),
    "candidate-withdrawn/1": ("nominated", withdraw("c1"), "2026-08-21 09:00"),
    "candidates-posted/1": ("candidates checked", hang(), "2026-08-22 10:00"),
    "candidates-final/1": ("candidates posted", final(), "2026-08-31 10:00"),
    "election-declared/1": ("elected", declare(), "2026-09-30 10:00"),
    "officers-elected/1": ("seated", officers(), "2026-10-08 10:00"),
    "committee-filed/1": ("in office", file_with(), "2026-10-10 10:00"),
    "seat-ended/1": ("in office", end("o5"), "2026-10-12 10:00"),
    "alternate-seated/1": ("vacant", seat("o6"), "2026-10-13 10:00"),
    "handover-recorded/1": ("vacant", hand_over(who="o5"), "2026-10-13 10:00"),
    "carried-over/1": ("roll frozen", committee(), None),
    "area-classed/1": ("staffed", classify("self-built"), None),
})  # fmt: skip
