"""Meetings of the owners' committee: seven seats, o1 to o6 in office with o1 in the chair, one seat vacant; the tenant is secretary.

The committee is laid into the state as its election would leave it: an election is not what these tests are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

from domain.authority import Post, appointed
from domain.committee import minutes
from domain.lifecycle import Changes, Layered
from domain.seats import COMMITTEE, Committee
from scripts.stories.player import Play, Step, moment
from tests.acts import Move, learn, said
from tests.memory import MemoryDoor

MEMBERS: Final = ("o1", "o2", "o3", "o4", "o5", "o6")
TERM: Final = ("2026-08-01", "2031-08-01")
AGENDA: Final = {"lamps": "spend-approved-budget", "reply": "answer-owners"}
STARTS: Final = "2026-08-20 19:00"  # a Thursday
MEETING: Final = "2026-08-20 19:30"
SCAN: Final = ((bytes(32), 4096, "image/jpeg"),)
Said = Mapping[str, Mapping[str, str]]  # member's name -> item -> choice


def seated(
    play: Play, members: Sequence[str] = MEMBERS, seats: int = 7, term: tuple[str, str] = TERM, chair: str | None = "o1"
) -> None:
    """A committee in office from here, as if the last entry had seated it."""
    door, persons = cast("MemoryDoor", play.door), {name: play.people[name].person for name in (*members, "tenant")}
    ranked = tuple(persons[name] for name in members)
    changes: Changes = {
        COMMITTEE: Committee(door.leaves[-1], "first", seats, *term, ranked, chair=persons[chair] if chair else None)
    }
    posts = [
        *(("committee-member", name) for name in members),
        ("secretary", "tenant"),
        *([("committee", chair)] if chair else []),
    ]
    for post, name in posts:
        changes |= appointed(Layered(changes, door.fold.state), post, persons[name], None, Post(None, *term))
    lay(play, changes)


def left(play: Play, name: str, day: str) -> None:
    """A member's seat is vacant after that day."""
    door, person = cast("MemoryDoor", play.door), play.people[name].person
    now: Committee = door.fold.state[COMMITTEE]
    staying = tuple(one for one in now.members if one != person)
    former = Committee(
        now.leaf, now.election, now.seats, now.start, now.end, staying, chair=None if now.chair == person else now.chair
    )
    posts: Changes = {("post", ("committee-member", person, None)): Post(None, now.start, day)}
    lay(play, {COMMITTEE: former, **posts})


def lay(play: Play, changes: Changes) -> None:
    """Changes laid into the state, as the last entry's own."""
    door = cast("MemoryDoor", play.door)
    door.fold.state.update(changes)
    door.past |= changes
    door.changes[-1] = {**door.changes[-1], **changes}


def persons(play: Play, names: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(sorted(play.people[name].person for name in names))


# --- moves


def call(
    meeting: str = "m1", starts: str = STARTS, items: Mapping[str, str] = AGENDA, observers: Sequence[str] = ("observer",)
) -> Move:
    """The chair gives the agenda."""

    def body(play: Play) -> dict[str, Any]:
        agenda = tuple({"id": item, "matter": matter} for item, matter in items.items())
        return {"items": agenda, "meeting": meeting, "observers": persons(play, observers), "starts": moment(starts)}

    openings = {f"agenda/{item}": "更换路灯（示例）" for item in items}
    return said("o1", "committee-noticed/1", body, sealed=lambda _: openings)


def ask(who: str, request: str = "lamps") -> Move:
    """A member asks for a meeting."""
    return said(who, "meeting-requested/1", lambda play: {"person": play.people[who].person, "request": request},
                sealed=lambda _: {"reason": "路灯坏了两个月（示例）"})  # fmt: skip


def speak(who: str, meeting: str = "m1", **choices: str) -> Move:
    """A member votes with her key; agrees with everything unless told otherwise."""
    chosen = choices or dict.fromkeys(AGENDA, "agree")
    return said(
        who, "committee-voted/1", lambda play: {"choices": chosen, "meeting": meeting, "person": play.people[who].person}
    )


def record(by_hand: Said | None = None, observers: Sequence[str] = (), meeting: str = "m1", who: str = "clerk",
           confirm: tuple[str, ...] = ("o2",)) -> Move:  # fmt: skip
    """The minutes as the fold has them; those who sign on paper say what is given here."""
    hands = by_hand or {}

    def body(play: Play) -> Mapping[str, Any]:
        votes = {play.people[name].person: choices for name, choices in hands.items()}
        return minutes(play.door.fold.state, meeting, votes, persons(play, observers))

    openings: dict[str, Any] = {"minutes": "会议记录（示例）", **({"scan": SCAN} if hands else {})}
    return said(who, "meeting-minuted/1", body, confirm=confirm, sealed=lambda _: openings)


def hang(day: str = "2026-08-21", meeting: str = "m1") -> Move:
    """The decisions are posted at the gate."""
    return said("clerk", "decision-posted/1", lambda _: {"day": day, "meeting": meeting, "place": "gate"})


def decision(of: str, matter: str, item: str, leaf: str = "it") -> Callable[[Play], dict[str, Any]]:
    """A decision as a use of the seal names it; `leaf` is what the minutes or the result is called."""
    return lambda play: {"id": matter, "item": item, "leaf": play.leaves[leaf], "of": of}


def use_seal(on: Callable[[Play], dict[str, Any]] | None = None, day: str = "2026-08-21", n: int = 1) -> Move:
    """The seal is used, on a decision or on none."""

    def body(play: Play) -> dict[str, Any]:
        return {"day": day, "decision": on(play) if on else None, "n": n, "purpose": "contract"}

    return said("tenant", "seal-used/1", body, sealed=lambda _: {"title": "路灯更换合同（示例）"})


# --- stages


def _step(move: Move, at: str, name: str | None = None) -> Callable[[Play], Iterable[Step]]:
    def steps(play: Play) -> Iterable[Step]:
        made = move.make(play)
        yield Step(at, made.who, made.kind, made.body, made.openings, confirm=made.confirm, name=name)

    return steps


def _seated(play: Play) -> Iterable[Step]:
    seated(play)
    return ()


def _votes(play: Play) -> Iterable[Step]:
    for who in ("o1", "o2", "o3", "o4"):
        yield from _step(speak(who, lamps="agree", reply="agree" if who == "o1" else "against"), MEETING)(play)


STAGES: Final = {
    "committee sits": ("staffed", _seated),
    "meeting called": ("committee sits", _step(call(), "2026-08-10 10:00", "m1-notice")),
    "meeting voted": ("meeting called", _votes),
    "meeting minuted": ("meeting voted", _step(record(), "2026-08-20 21:00", "m1-minutes")),
    "certified, committee sits": ("certified", _seated),
}  # fmt: skip
LAWFUL: Final = {
    "committee-noticed/1": ("committee sits", call(), "2026-08-10 10:00"),
    "meeting-requested/1": ("committee sits", ask("o2"), None),
    "committee-voted/1": ("meeting called", speak("o1"), MEETING),
    "meeting-minuted/1": ("meeting voted", record({"o5": {"lamps": "agree"}}, ("observer",)), "2026-08-20 21:00"),
    "decision-posted/1": ("meeting minuted", hang(), "2026-08-21 10:00"),
    "seal-used/1": ("meeting minuted", use_seal(decision("meeting", "m1", "lamps", "m1-minutes")), "2026-08-21 10:00"),
}  # fmt: skip
learn(STAGES, LAWFUL)
