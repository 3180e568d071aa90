"""演练: an estate's own units and areas with invented owners, a vote noticed and open, to rehearse voting, paper and counting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from domain.lifecycle import Openings
from domain.roll import Unit, heads_of
from scripts.stories import estate
from scripts.stories.player import Play, Step

CODE: Final = "practice"
ORIGIN: Final = f"demo.practice.example.org/log/{CODE}/1"
START: Final = "2026-08-03 09:00"
ROLL: Final = "2026-08"
POLL: Final = "rehearsal"
PAGE: Final = 400  # heads on a page of the roll
CLOSES: Final = "2026-10-31 20:00"
ITEMS: Final = {
    "garden": ("other-major", "（演练）是否同意在小区东侧空地增设儿童活动场地？"),
    "lifts": ("use-maintenance-fund", "（演练）是否同意使用住宅专项维修资金更换电梯？"),
}


def invented(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The same units with invented owners: one for each owner there was, so that co-owners and owners of several stay so."""
    owners = dict.fromkeys(owner for unit in units for owner in sorted(unit.owners))
    width = max(3, len(str(len(owners))))
    named = {owner: f"业主{number:0{width}}（示例）" for number, owner in enumerate(owners, 1)}
    return tuple(replace(unit, owners=frozenset(named[owner] for owner in unit.owners)) for unit in units)


def voters(units: Sequence[Unit], most: int) -> list[tuple[str, str]]:
    """Who gets a key to vote with: an owner of each of the first heads, nobody twice, and a unit of that head."""
    found: dict[str, str] = {}
    for head, own in heads_of(units).items():
        free = sorted(head - found.keys())
        if free and len(found) < most:
            found[free[0]] = own[0].unit
    return list(found.items())


def scenes(play: Play, log_key: str, name: str, units: Sequence[Unit], keys: int) -> Iterator[tuple[str, Iterator[Step]]]:
    """The rehearsal until its vote is open: (what happens, steps)."""
    estate.meet_officials(play)
    own = voters(units, keys)
    for number, (owner, _) in enumerate(own, 1):
        play.meet(owner_key(number), None, owner, owner)
    bound = [(unit, owner_key(number)) for number, (_, unit) in enumerate(own, 1)]
    title = {"zh": f"{name}（演练）", "en": f"{name} (rehearsal)"}
    pages = -(-len(heads_of(units)) // PAGE)
    yield "台账设立 founded", estate.found(play, START, log_key, title, demo=True)
    yield "经办人、计票人、监票人任命 clerk, counters, observer", _staff(play)
    yield "名册上台账 the roll recorded", estate.roll_pages(play, "2026-08-05 09:00", ROLL, units, PAGE)
    yield "业主登记密钥 owners' keys", _keys(play, bound)
    yield "名册定稿 the roll frozen", estate.freeze("2026-08-14 09:00", ROLL, units, ("2026-08-05", "2026-08-13"), pages)
    yield "公告并开始表决 a vote noticed and opened", _vote()


def owner_key(number: int) -> str:
    """What an owner's key is called."""
    return f"owner-{number:03}"


def _staff(play: Play) -> Iterator[Step]:
    yield from estate.admit(play, "2026-08-03 14:00", "staff", estate.STAFF)
    yield from estate.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03")


def _keys(play: Play, bound: list[tuple[str, str]]) -> Iterator[Step]:
    yield from estate.admit(play, "2026-08-07 09:00", "owners", [name for _, name in bound], by="clerk")
    yield from estate.bind(play, "2026-08-10 09:00", ROLL, "owners", bound)


def _vote() -> Iterator[Step]:
    yield from estate.notice("2026-08-17 09:00", POLL, ROLL, ITEMS, "2026-09-03 09:00", CLOSES, "演练：两个事项的表决",
                             None, ("electronic", "paper"))  # fmt: skip
    yield from estate.posted("2026-08-17 10:00", POLL, 1, "notice-board", "2026-08-17", CLOSES[:10])
    yield from estate.open_poll("2026-09-03 09:00", POLL)


def ending(openings: Openings, *, closed: bool) -> Iterator[Step]:
    """The end of the rehearsal: closed, unless somebody did that already, counted, announced."""
    if not closed:
        yield from estate.close("2026-10-31 20:30", POLL)
    yield from estate.certify("2026-11-01 10:00", POLL, openings)
    yield from estate.announce("2026-11-02 09:00", POLL, "2026-11-02", "notice-board")
