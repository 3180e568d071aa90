"""What small estates' stories share: a building with its owners, its first days, and what becomes of keys and posts later on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from domain.authority import Post
from domain.calendar import days_after
from domain.keysample import sample_of
from domain.lifecycle import Act
from domain.people import KeyPage
from domain.roll import Unit
from keys.identity import SigningKey
from scripts.stories import estate, small
from scripts.stories.player import Play, Someone, Step, moment

START: Final = "2026-08-03 09:00"
FIRST_ROLL: Final = "2026-08"
OWNERS_PAGE: Final = "owners-1"
PUT_UP, TAKEN_DOWN, FROZEN = "2026-08-07", "2026-08-14", "2026-08-15 09:00"
AREAS: Final = (8937, 7652, 10480, 6215)  # 0.01 m², by door

# --- a building and its people


def meet(play: Play, units: Sequence[Unit], owners: str) -> None:
    """The owners, each called as her unit is, and the people who run a vote; `owners`: the organisation of the estate's owners."""
    small.meet_owners(play, units)
    estate.meet_officials(play, owners)


def founded(
    play: Play, log_key: str, name: Mapping[str, str], units: Sequence[Unit], pages: Sequence[str] = ()
) -> Iterator[Step]:
    """Founding, posts, and the owners' keys; `pages`: owners whose keys come on a page before the others'."""
    yield from estate.found(play, START, log_key, name, demo=True)
    yield from estate.admit(play, "2026-08-03 14:00", "staff", estate.STAFF)
    yield from estate.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2028-08-03")
    owners = [unit.unit for unit in units]
    if pages:
        yield from estate.admit(play, "2026-08-05 09:00", "first-owners", pages, by="clerk")
    yield from estate.admit(play, "2026-08-06 09:00", "owners", [one for one in owners if one not in pages], by="clerk")


def put_up(play: Play, units: Sequence[Unit], at: str = f"{PUT_UP} 09:00", snapshot: str = FIRST_ROLL) -> Iterator[Step]:
    """The roll on the board, and every owner's key bound to it."""
    yield from estate.roll_pages(play, at, snapshot, units)
    yield from estate.bind(play, at, snapshot, f"bound-{snapshot}", [(unit.unit, unit.unit) for unit in units])


def enrolled(play: Play, units: Sequence[Unit]) -> Iterator[Step]:
    """The roll hangs for a week and is frozen."""
    yield from put_up(play, units)
    yield from frozen(units)


def frozen(units: Sequence[Unit]) -> Iterator[Step]:
    """The first roll after its week on the board."""
    return estate.freeze(FROZEN, FIRST_ROLL, units, (PUT_UP, TAKEN_DOWN), 1)


def noticed(poll: str, items: Mapping[str, tuple[str, str]], days: tuple[str, str, str], title: str, *, roll: str = FIRST_ROLL,
            clause: str | None = None, channels: tuple[str, ...] = ("electronic",)) -> Iterator[Step]:  # fmt: skip
    """A vote with the day of its notice, of its opening and of its closing; the notice hangs at the gate until then."""
    day, opens, closes = days
    yield from estate.notice(f"{day} 09:00", poll, roll, items, f"{opens} 09:00", f"{closes} 20:00", title, clause, channels)
    yield from estate.posted(f"{day} 10:00", poll, 1, "gate", day, closes)


def decided(poll: str, closed: str, day: str, openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    """Closed after eight in the evening, certified and announced on a later day."""
    yield from estate.close(f"{closed} 20:30", poll)
    yield from estate.certify(f"{day} 10:00", poll, openings)
    yield from estate.announce(f"{day} 11:00", poll, day, "gate")


# --- keys


def sampled(play: Play, page: str = OWNERS_PAGE) -> tuple[str, ...]:
    """Whom the log itself names to be rung about a page of keys, by the names of the story."""
    read = play.door.fold.state
    found: KeyPage = read["key-page", page]
    completing = play.door.fold.act_at(found.index)
    assert completing is not None
    names = {one.key.id: name for name, one in play.people.items()}
    return tuple(names[key] for key in sample_of(read, found, completing))


def rung(
    play: Play, at: str, asked: Sequence[str], denied: Sequence[str] = (), page: str = OWNERS_PAGE, who: str = "observer"
) -> Step:
    """The holders of keys are rung; who denies was never asked for a key."""
    keys, denials = (tuple(sorted(play.people[name].key.id for name in names)) for names in (asked, denied))
    body = {"asked": keys, "denied": denials, "page": page, "reached": keys}
    return Step(at, who, "keys-called/1", body, name=f"called-{page}")


def revoked(play: Play, at: str, who: str, reason: str, by: str | None = None, refused: str | None = None) -> Step:
    """A key signs nothing more: its holder says so, or a supervisor with one of another organisation."""
    key = play.people[who].key.id
    body = {"key": key, "own": by is None, "reason": reason, "since": moment(at)}
    return Step(at, by or who, "key-revoked/1", body, confirm=() if by is None or refused else ("party",), refused=refused)


def new_key(play: Play, who: str, old: str) -> Someone:
    """The person makes another key; with the one before they are called `old` from here on."""
    before = play.people[who]
    play.people[old], play.people[who] = before, replace(before, key=SigningKey.from_seed(play.chance(32)))
    return play.people[who]


def renewed(play: Play, at: str, who: str, old: str) -> Step:
    """The holder, who still has the key called `old`, puts the new one in its place."""
    fresh = play.people[who]
    body = {"key": play.people[old].key.id, "row": fresh.row(play.door.origin)}
    return Step(at, old, "key-rotated/1", body, {f"holder/{fresh.key.id.hex()}": fresh.holder}, confirm=("bureau",))


def erased(play: Play, at: str, page: str, reason: str, by: str = "clerk", refused: str | None = None) -> Step:
    """Who held the only key of a page is forgotten: the digest stays in the log, nobody can open it any more."""
    found: KeyPage = play.door.fold.state["key-page", page]
    index, act = _entry_of(play, found)
    body = {"basis": "purpose-ended", "index": index, "keys_until": days_after(at[:10], 30),
            "openings": tuple((digest, f"holder/{found.keys[0].hex()}") for digest in act.sealed)}  # fmt: skip
    play.leaves[page] = found.leaf
    return Step(at, by, "openings-erased/1", body, {"reason": reason}, about=page, confirm=() if refused else ("bureau",),
                refused=refused)  # fmt: skip


def _entry_of(play: Play, page: KeyPage) -> tuple[int, Act]:
    """Where a page of keys stands in the log: some way before the confirmation that completed it."""
    acts = ((index, play.door.fold.act_at(index)) for index in range(page.index + 1))
    return next((index, act) for index, act in acts if act is not None and act.leaf == page.leaf)


# --- posts


def given(play: Play, at: str, post: str, who: str, term: tuple[str, str | None], by: str = "street", confirm: str = "bureau",
          refused: str | None = None) -> Step:  # fmt: skip
    """A post for a term."""
    one = play.people[who]
    body = {"from": term[0], "matter": None, "org": one.org, "person": one.person, "post": post, "to": term[1]}
    return Step(at, by, "post-given/1", body, confirm=() if refused else (confirm,), refused=refused)


def post_ended(play: Play, at: str, post: str, who: str, to: str, by: str = "street") -> Step:
    """A post's new last day."""
    body = {"matter": None, "person": play.people[who].person, "post": post, "to": to}
    return Step(at, by, "post-ended/1", body, confirm=("bureau",))


def restored(
    play: Play, at: str, who: str, name: str, confirm: Sequence[str] = ("operator",), refused: str | None = None
) -> Step:
    """The parent authority names a supervisor, who brings a key."""
    one = play.people[who]
    body = {
        "from": at[:10],
        "org": one.org,
        "person": one.person,
        "post": "supervisor",
        "row": one.row(play.door.origin),
        "to": None,
    }
    openings = {f"holder/{one.key.id.hex()}": one.holder}
    return Step(at, "parent", "supervisor-restored/1", body, openings, confirm=() if refused else tuple(confirm), name=name,
                refused=refused)  # fmt: skip


def confirmed(play: Play, at: str, who: str, name: str, refused: str | None = None) -> Step:
    """Somebody confirms what waits under this name."""
    return Step(at, who, "confirmed/1", {"person": play.people[who].person}, about=name, refused=refused)


def term_of(play: Play, post: str, who: str) -> Post:
    """A post's term as it stands."""
    term: Post = play.door.fold.state["post", (post, play.people[who].person, None)]
    return term
