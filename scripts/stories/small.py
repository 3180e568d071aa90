"""Small estates: flats with an owner each, and the days from founding to a frozen roll, which every small story shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domain.roll import Unit, heads_of
from domain.rulesets import LATEST, SOLD, UNSOLD, Edition
from scripts.stories import estate
from scripts.stories.player import Play, Step

START: Final = "2026-03-02 09:00"
ROLL: Final = "2026-03"
POSTS_END: Final = "2027-03-01"
Scene = tuple[str, str, Iterator[Step]]


def origin(code: str) -> str:
    """Where the ledger of a story stands."""
    return f"demo.ledger.example.org/log/{code}/1"


def flats(
    building: str, floors: int, areas: Sequence[int], owned: Mapping[str, Sequence[str]] | None = None
) -> tuple[Unit, ...]:
    """A building's flats, `<building>-<floor><door>`, in 0.01 m² by door, each with an owner of its own.

    owned: whose a flat is instead; nobody's is the developer's.
    """
    found = []
    for floor in range(1, floors + 1):
        for door, area in enumerate(areas, 1):
            name = f"{building}-{floor:02}{door:02}"
            owners = frozenset((owned or {}).get(name, (owner(name),)))
            found.append(Unit(name, building, owners, area, SOLD if owners else UNSOLD))
    return tuple(found)


def owner(unit: str) -> str:
    """What the owner of a flat is called on the roll."""
    return f"owner-{unit}"


def owned(units: Sequence[Unit]) -> list[str]:
    """A flat of each head that has owners, in the roll's order: the head's name in a story."""
    return [own[0].unit for head, own in heads_of(units).items() if head]


def meet_owners(play: Play, units: Sequence[Unit]) -> None:
    """One owner of each head, called as its first flat."""
    for head, own in heads_of(units).items():
        if head:
            play.meet(own[0].unit, None, f"业主 {own[0].unit}（示例）", min(head))


def beginning(
    play: Play,
    log_key: str,
    name: Mapping[str, str],
    units: Sequence[Unit],
    posts: Sequence[tuple[str, str]] = (),
    *,
    owners: str,
    edition: Edition = LATEST,
) -> Iterator[Scene]:
    """From founding to a frozen roll: (中文, English, steps); `posts` are given beside those of a vote.

    edition: the rules of the day of founding; where they are older, the newest are adopted before the roll.
    """
    estate.meet_officials(play, owners)
    meet_owners(play, units)
    heads = owned(units)
    yield (
        "台账设立，两个监督单位确认",
        "The ledger is founded; two supervisors confirm",
        estate.found(play, START, log_key, name, demo=True, edition=edition),
    )
    yield "经办人、计票人、监票人登记密钥并任命", "Clerk, counters and observer get keys and posts", _staff(play, posts)
    if edition != LATEST:
        yield "采用新一版规则", "A newer edition of the rules is adopted", iter((estate.adopted("2026-03-04 09:00"),))
    yield (
        f"业主名册上台账（{len(units)}套），公示八天",
        f"The roll of {len(units)} units, posted for eight days",
        estate.roll_pages(play, "2026-03-05 09:00", ROLL, units),
    )
    yield f"{len(heads)}户业主登记密钥", f"The owners of {len(heads)} heads get keys", _bound(play, heads)
    yield "名册定稿", "The roll is frozen", estate.freeze("2026-03-14 09:00", ROLL, units, ("2026-03-05", "2026-03-13"), 1)


def _staff(play: Play, posts: Sequence[tuple[str, str]]) -> Iterator[Step]:
    others = [who for _, who in posts if who not in estate.OFFICIALS]
    yield from estate.admit(play, "2026-03-03 09:00", "staff", [*estate.STAFF, *others])
    yield from estate.give_posts(play, "2026-03-03 10:00", "2026-03-03", POSTS_END, (*estate.STAFF_POSTS, *posts))


def _bound(play: Play, heads: Sequence[str]) -> Iterator[Step]:
    yield from estate.admit(play, "2026-03-09 09:00", "owners", heads, by="clerk")
    yield from estate.bind(play, "2026-03-10 09:00", ROLL, "owners", [(unit, unit) for unit in heads])
