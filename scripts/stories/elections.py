"""An election from its beginning to the committee's seal, and what an estate brings along: each a function to a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from domain.committee import minutes
from domain.elections import outcome
from scripts.stories.player import Play, Step, moment

Choices = Mapping[str, str]
EVERYTHING: Final = ("accounts", "archives", "property", "rolls", "seal")

# --- the election


def begun(at: str, election: str, roll: str, nominate_to: str, *, kind: str = "first", seats: int = 5, alternates: int = 2,
          term: int | None = 5, refused: str | None = None) -> Step:  # fmt: skip
    """Seats, alternates, term and the last day of nominations."""
    body = {"alternates": alternates, "election": election, "kind": kind, "nominate_to": nominate_to, "roll": roll, "seats": seats,
            "term": term}  # fmt: skip
    return Step(at, "street", "election-begun/1", body, confirm=("bureau",), name=f"{election}-begun",
                refused=refused)  # fmt: skip


def profile(name: str, unit: str, statement: str = "愿为大家服务。", *, consent: bool = True, political: str | None = None,
            occupation: str = "业主（示例）") -> dict[str, Any]:  # fmt: skip
    """What is shown of a candidate, with the candidate's consent."""
    return {
        "consent": consent,
        "name": name,
        "occupation": occupation,
        "political": political,
        "statement": statement,
        "unit": unit,
    }


def nominated(play: Play, at: str, election: str, candidate: str, person: str, shown: Mapping[str, Any], *, by: str = "self",
              unit: str | None = None, author: str | None = None, refused: str | None = None) -> Step:  # fmt: skip
    """Somebody stands: nominated by themselves or by owners with the key of a head, or by the Party branch, which names no head."""
    tag = play.tag(unit) if unit else None
    body = {"by": by, "candidate": candidate, "election": election, "person": play.people[person].person, "tag": tag}
    return Step(
        at, author or person, "candidate-nominated/1", body, {"profile": shown}, name=f"candidate-{candidate}", refused=refused
    )


def checked(at: str, candidate: str, grounds: Sequence[str] = (), reason: str = "", refused: str | None = None) -> Step:
    """Qualified, or not for these grounds."""
    body = {"candidate": candidate, "qualified": not grounds}
    told = {"grounds": tuple(sorted(grounds)), "reason": reason} if grounds else {}
    return Step(at, "street", "candidate-checked/1", body, told,
                confirm=("bureau",), name=f"candidate-{candidate}-check", refused=refused)  # fmt: skip


def stands_no_more(at: str, candidate: str, who: str | None = None, reason: str = "") -> Step:
    """A candidate withdraws with her own key; the street office records who withdrew on paper."""
    body = {"candidate": candidate, "own": who is not None}
    return Step(at, who or "street", "candidate-withdrawn/1", body, {} if who else {"reason": reason},
                confirm=() if who else ("bureau",), name=f"candidate-{candidate}-withdrawn")  # fmt: skip


def candidates_posted(at: str, election: str, n: int, candidates: Sequence[str], place: str, start: str, to: str) -> Step:
    """The list on the board, seen by the witness."""
    body = {"candidates": tuple(sorted(candidates)), "election": election, "from": start, "n": n, "place": place, "to": to}
    return Step(at, "clerk", "candidates-posted/1", body, confirm=("witness",), name=f"{election}-list-{n}")


def candidates_final(at: str, election: str, candidates: Sequence[str], despite: Sequence[str] = (), reason: str = "",
                     refused: str | None = None) -> Step:  # fmt: skip
    """Who is voted on; with flags it gives the convener's reason."""

    def body(play: Play) -> Mapping[str, Any]:
        leaves = tuple(sorted(play.leaves[name] for name in despite))
        return {"candidates": tuple(sorted(candidates)), "despite": leaves, "election": election}

    return Step(at, "street", "candidates-final/1", body, {"reason": reason} if despite else {},
                confirm=("bureau",), name=f"{election}-final", refused=refused)  # fmt: skip


def declared(at: str, election: str, vote: str, refused: str | None = None, **other: Sequence[str]) -> Step:
    """What the figures come to; `other` says something else of elected, alternates or tied."""

    def body(play: Play) -> Mapping[str, Any]:
        found = outcome(play.door.fold.state, play.door.fold.state["election", election])
        said = {"alternates": found.reserve, "elected": found.elected, "tied": found.tied}
        return {**said, **{name: tuple(own) for name, own in other.items()}, "election": election, "vote": vote}

    return Step(at, "street", "election-declared/1", body, confirm=("bureau",), name=f"{election}-declared",
                refused=refused)  # fmt: skip


def officers(play: Play, at: str, election: str, chair: str, deputies: Sequence[str], signing: Sequence[str],
             refused: str | None = None) -> Step:  # fmt: skip
    """The members elect a chair and deputies; the first who signs says it, the others confirm."""
    body = {
        "chair": play.people[chair].person,
        "deputies": _persons(play, deputies),
        "election": election,
        "signers": len(signing),
    }
    return Step(
        at, signing[0], "officers-elected/1", body, confirm=tuple(signing[1:]), name=f"{election}-officers", refused=refused
    )


def filed(at: str, election: str, who: str, authority: str, day: str) -> Step:
    """The committee is filed with an authority."""
    body = {"authority": authority, "day": day, "document": None, "election": election}
    return Step(at, who, "committee-filed/1", body, name=f"{election}-filed-{authority}")


# --- seats


def seat_ended(play: Play, at: str, who: str, reason: str, day: str, by: str | None = None, vote: str | None = None) -> Step:
    """A member resigns, is recalled, or the street office records on which ground of the law the seat ends."""
    own, chosen = reason == "resigned", reason in ("resigned", "recalled")
    body = {"day": day, "person": play.people[who].person, "reason": reason if chosen else "by-law", "vote": vote}
    return Step(at, by or (who if own else "street"), "seat-ended/1", body, {} if chosen else {"ground": reason},
                confirm=() if own else ("bureau",), name=f"seat-{who}-ended")  # fmt: skip


def alternate_seated(play: Play, at: str, who: str, refused: str | None = None) -> Step:
    """The first alternate moves up."""
    body = {"person": play.people[who].person}
    return Step(at, "street", "alternate-seated/1", body, confirm=("bureau",), refused=refused,
                name=f"seat-{who}")  # fmt: skip


def handed_over(play: Play, at: str, n: int, election: str, day: str, items: Sequence[str] = EVERYTHING, who: str | None = None,
                author: str = "clerk") -> Step:  # fmt: skip
    """What a member, or the committee before, has handed over."""
    body = {"day": day, "election": election, "items": tuple(sorted(items)), "n": n,
            "person": play.people[who].person if who else None}  # fmt: skip
    return Step(at, author, "handover-recorded/1", body, name=f"handover-{n}")


# --- the committee


def called(play: Play, at: str, meeting: str, starts: str, agenda: Mapping[str, tuple[str, str]], who: str,
           observers: Sequence[str] = (), refused: str | None = None) -> Step:  # fmt: skip
    """The agenda of a meeting: item -> (matter, words)."""
    items = tuple({"id": item, "matter": matter} for item, (matter, _) in agenda.items())
    body = {"items": items, "meeting": meeting, "observers": _persons(play, observers), "starts": moment(starts)}
    return Step(at, who, "committee-noticed/1", body, {f"agenda/{item}": words for item, (_, words) in agenda.items()},
                name=f"{meeting}-notice", refused=refused)  # fmt: skip


def meeting_asked(play: Play, at: str, request: str, who: str, reason: str) -> Step:
    """A member asks for a meeting."""
    body = {"person": play.people[who].person, "request": request}
    return Step(at, who, "meeting-requested/1", body, {"reason": reason}, name=f"asked-{request}-{who}")


def voted(play: Play, at: str, meeting: str, who: str, choices: Choices, refused: str | None = None) -> Step:
    """A member votes with her own key; `recused`: she is present and has an interest of her own."""
    body = {"choices": dict(choices), "meeting": meeting, "person": play.people[who].person}
    return Step(at, who, "committee-voted/1", body, refused=refused)


def minuted(at: str, meeting: str, words: str, *, confirm: str, who: str = "clerk", by_hand: Mapping[str, Choices] | None = None,
            observers: Sequence[str] = (), scan: tuple[tuple[bytes, int, str], ...] = (), refused: str | None = None) -> Step:  # fmt: skip
    """The minutes as the votes have them; `by_hand` is what members said who signed on paper, which comes with a scan."""

    def body(play: Play) -> Mapping[str, Any]:
        hands = {play.people[name].person: choices for name, choices in (by_hand or {}).items()}
        return minutes(play.door.fold.state, meeting, hands, _persons(play, observers))

    openings = {"minutes": words, **({"scan": scan} if by_hand else {})}
    return Step(at, who, "meeting-minuted/1", body, openings, confirm=(confirm,), name=f"{meeting}-minutes",
                refused=refused)  # fmt: skip


def decisions_posted(at: str, meeting: str, day: str, place: str, who: str = "clerk") -> Step:
    """The decisions of a meeting on the board."""
    return Step(at, who, "decision-posted/1", {"day": day, "meeting": meeting, "place": place}, name=f"{meeting}-posted")


Decision = tuple[str, str, str, str]  # of a meeting or a poll, its id, the item, and what its minutes or result are called


def seal_used(at: str, n: int, day: str, purpose: str, title: str, decision: Decision | None, who: str) -> Step:
    """The seal is used, on a decision or on none."""

    def body(play: Play) -> Mapping[str, Any]:
        return {"day": day, "decision": _decision(play, *decision) if decision else None, "n": n, "purpose": purpose}

    return Step(at, who, "seal-used/1", body, {"title": title}, name=f"seal-{n}")


# --- what an estate brings along


def carried_over(at: str, name: str, subject: str, figures: Mapping[str, Any] | Callable[[Play], Mapping[str, Any]],
                 note: str) -> Step:  # fmt: skip
    """What was before joining, as two organisations attest it."""

    def body(play: Play) -> Mapping[str, Any]:
        known = figures(play) if callable(figures) else figures
        return {"documents": (), "id": name, "what": {"figures": known, "subject": subject}}

    return Step(at, "street", "carried-over/1", body, {"note": note}, confirm=("bureau",), name=f"carried-{name}")


def area_classed(at: str, name: str) -> Step:
    """Whether it is a garden estate, a self-built or an enterprise area."""
    return Step(at, "street", "area-classed/1", {"class": name}, confirm=("bureau",), name=f"area-{name}")


def _decision(play: Play, of: str, matter: str, item: str, leaf: str) -> dict[str, Any]:
    return {"id": matter, "item": item, "leaf": play.leaves[leaf], "of": of}


def _persons(play: Play, names: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(sorted(play.people[name].person for name in names))
