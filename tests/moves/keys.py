"""Keys and posts after the first day: holders called back, posts that end, supervisors who are all gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, cast

from domain.keysample import sample_of
from domain.state import act_of
from scripts.stories.player import Play, Step
from tests.acts import Move, changed, learn, revoke, said
from tests.memory import MemoryDoor

SUPERVISORS: Final = ("street", "party", "bureau", "bureau-twin")
OWNERS_PAGE: Final = "owners-1"


def sampled(play: Play, page: str = OWNERS_PAGE) -> tuple[bytes, ...]:
    """Whom the log itself names to be rung about a page."""
    door = cast("MemoryDoor", play.door)
    found = door.fold.state["key-page", page]
    return sample_of(door.fold.state, found, act_of(door.entries[found.index]).act)


def called(by: str = "observer", **lists: Any) -> Move:
    """A report that the whole sample was asked and reached, and that nobody denies, unless told otherwise."""

    def body(play: Play) -> dict[str, Any]:
        whole = sampled(play)
        return {"asked": whole, "denied": (), "page": OWNERS_PAGE, "reached": whole, **changed(play, {}, lists)}

    return said(by, "keys-called/1", body)


def end(post: str, who: str, to: str, *, by: str = "street", confirm: str = "bureau", matter: str | None = None) -> Move:
    """The holder's post ends on this day."""

    def body(play: Play) -> dict[str, Any]:
        return {"matter": matter, "person": play.people[who].person, "post": post, "to": to}

    return said(by, "post-ended/1", body, confirm=(confirm,))


def restore(*, org: str = "street-buji", by: str = "parent", confirm: str = "operator", **row: Any) -> Move:
    """The parent authority names a new supervisor, who brings a key; `row` changes its row."""

    def make(play: Play) -> Step:
        one = replace(play.people["newcomer"], org=org)
        body = {"from": "2026-08-06", "org": org, "person": one.person, "post": "supervisor", "row": {**one.row(play.door.origin), **row},
                "to": None}  # fmt: skip
        return Step("", by, "supervisor-restored/1", body, {f"holder/{one.key.id.hex()}": one.holder}, confirm=(confirm,))

    return Move(make)


def gone(*who: str) -> list[Move]:
    """These supervisors give up their keys."""
    return [revoke(name, reason="left-post") for name in who]


def _gone(play: Play) -> Iterable[Step]:
    return [replace(move.make(play), at="2026-08-07 09:00") for move in gone(*SUPERVISORS)]


def _one_left(play: Play) -> Iterable[Step]:
    return [replace(move.make(play), at="2026-08-07 09:00") for move in gone("street", "bureau", "bureau-twin")]


learn(
    {"no supervisor left": ("staffed", _gone), "one supervisor left": ("staffed", _one_left)},
    {
        "keys-called/1": ("staffed", called(), None),
        "post-ended/1": ("staffed", end("clerk", "clerk", "2026-12-31"), None),
        "supervisor-restored/1": ("no supervisor left", restore(), None),
    },
)
