"""Steps that every estate's story begins with: founding, posts, roll, keys, a vote; each a function from data to steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from domain.lifecycle import Openings, Unopened
from domain.results import certifiable, open_box
from domain.roll import Unit, heads_of, row_of
from domain.rulesets import ESTATE, LATEST, Edition
from scripts.forms import number_of, page_rows
from scripts.stories.player import Play, Step, StoryBroken, moment

OWNERS: Final = "owners-guozhanyuan"
OFFICIALS: Mapping[str, tuple[str, str]] = {  # name in the story: organisation, words
    "operator": ("operator-district", "台账运营员（示例）"),
    "street": ("street-guojian", "街道物管办工作人员（示例）"),
    "bureau": ("bureau-longgang", "住建局工作人员（示例）"),
    "party": ("party-guojian", "社区党委工作人员（示例）"),
    "parent": ("bureau-shenzhen", "市级主管部门工作人员（示例）"),
    "clerk": ("community-guojian", "经办人（示例）"),
    "counter-1": ("community-guojian", "计票人甲（示例）"),
    "counter-2": (OWNERS, "计票人乙（示例）"),
    "observer": ("party-guojian", "监票人（示例）"),
    "witness": (OWNERS, "张贴见证人（示例）"),
}
FOUNDERS = ("operator", "street", "bureau", "party", "parent")
STAFF = ("clerk", "counter-1", "counter-2", "observer", "witness")
FOUNDING_POSTS = (("operator", "operator"), ("street-office", "street"), ("supervisor", "street"), ("supervisor", "bureau"),
                  ("supervisor", "party"), ("parent", "parent"))  # fmt: skip
STAFF_POSTS = (("clerk", "clerk"), ("counter", "counter-1"), ("counter", "counter-2"), ("observer", "observer"),
               ("posting-witness", "witness"))  # fmt: skip


def meet_officials(play: Play, owners: str = OWNERS) -> None:
    """The people who run a vote, each with a key; `owners` is what the organisation of the estate's owners is called."""
    for name, (org, words) in OFFICIALS.items():
        play.meet(name, owners if org == OWNERS else org, words)


def found(
    play: Play,
    at: str,
    log_key: str,
    name: Mapping[str, str],
    *,
    demo: bool,
    also: Sequence[str] = (),
    edition: Edition = LATEST,
) -> Iterator[Step]:
    """Founding by the operator, confirmed by two supervisors of two organisations; `also` bring a further key."""
    people = [play.people[who] for who in (*FOUNDERS, *also)]
    body = {
        "demo": demo, "edition": edition.named(), "keys": tuple(one.row(play.door.origin) for one in people), "log_key": log_key,
        "parent": play.people["parent"].org, "previous": None,
        "posts": tuple({"org": play.people[who].org, "person": play.people[who].person, "post": post} for post, who in FOUNDING_POSTS),
    }  # fmt: skip
    openings = {"name": dict(name), **{f"holder/{one.key.id.hex()}": one.holder for one in people}}
    yield Step(at, "operator", "ledger-founded/1", body, openings, confirm=("bureau", "party"), name="founding")


def adopted(at: str, edition: Edition = LATEST) -> Step:
    """Another edition of the rules is adopted; from here on entries are judged by it."""
    return Step(at, "operator", "rules-adopted/1", {"edition": edition.named()}, confirm=("bureau",), name="rules-adopted")


def declined(play: Play, at: str, about: str, who: str, reason: str) -> Step:
    """Somebody who was asked to confirm does not: what waited is gone."""
    return Step(at, who, "declined/1", {"person": play.people[who].person, "reason": reason}, about=about)


def admit(
    play: Play, at: str, page: str, names: Sequence[str], by: str = "operator", confirm: str = "bureau"
) -> Iterator[Step]:
    """Keys in pages of at most 100, confirmed by a supervisor of another organisation."""
    for start in range(0, len(names), 100):
        people = [play.people[name] for name in names[start : start + 100]]
        body = {"page": f"{page}-{start // 100 + 1}", "rows": tuple(one.row(play.door.origin) for one in people)}
        openings = {f"holder/{one.key.id.hex()}": one.holder for one in people}
        yield Step(at, by, "keys-admitted/1", body, openings, confirm=(confirm,))


def give_posts(play: Play, at: str, start: str, to: str, posts: Iterable[tuple[str, str]] = STAFF_POSTS) -> Iterator[Step]:
    """The convener names clerk, counters, observer and witness for a term."""
    for post, who in posts:
        one = play.people[who]
        body = {"from": start, "matter": None, "org": one.org, "person": one.person, "post": post, "to": to}
        yield Step(at, "street", "post-given/1", body, confirm=("bureau",))


def roll_pages(play: Play, at: str, snapshot: str, units: Sequence[Unit], size: int = 400) -> Iterator[Step]:
    """The roll in pages; every head gets a fresh random tag."""
    heads = sorted(heads_of(units).values(), key=lambda own: play.tag(own[0].unit))
    for own in heads:
        play.tags |= {unit.unit: play.tag(own[0].unit) for unit in own}
    for start in range(0, len(heads), size):
        page, number = heads[start : start + size], start // size + 1
        tags = tuple(play.tag(own[0].unit) for own in page)
        body = {"area": sum(unit.area for own in page for unit in own), "heads": len(page), "page": str(number),
                "snapshot": snapshot, "tags": tags}  # fmt: skip
        openings = {f"row/{tag.hex()}": row_of(own) for tag, own in zip(tags, page, strict=True)}
        yield Step(at, "clerk", "roll-page/1", body, openings, name=f"roll-{snapshot}-{number}")


def freeze(at: str, snapshot: str, units: Sequence[Unit], posted: tuple[str, str], pages: int) -> Iterator[Step]:
    """The freeze after the posting, confirmed by a supervisor."""

    def body(play: Play) -> Mapping[str, Any]:
        leaves = tuple(play.leaves[f"roll-{snapshot}-{n}"] for n in range(1, pages + 1))
        return {"area": sum(unit.area for unit in units), "heads": len(heads_of(units)), "pages": leaves,
                "posted": {"from": posted[0], "to": posted[1]}, "snapshot": snapshot}  # fmt: skip

    yield Step(at, "clerk", "roll-frozen/1", body, confirm=("bureau",), name=f"roll-{snapshot}")


def bind(play: Play, at: str, snapshot: str, page: str, voters: Sequence[tuple[str, str]]) -> Iterator[Step]:
    """Keys to heads, (unit, person's name) each, in pages of at most 100."""
    for start in range(0, len(voters), 100):
        rows = tuple((play.tag(unit), play.people[name].key.id) for unit, name in voters[start : start + 100])
        body = {"page": f"{page}-{start // 100 + 1}", "rows": rows, "snapshot": snapshot}
        yield Step(at, "clerk", "heads-bound/1", body, confirm=("bureau",))


def notice(at: str, poll: str, roll: str, items: Mapping[str, tuple[str, str]], opens: str, closes: str, title: str,
           clause: str | None, channels: tuple[str, ...] = ("electronic",), *, silence: str = "none",
           scopes: Mapping[str, str] | None = None) -> Iterator[Step]:  # fmt: skip
    """The notice; items: id -> (matter, question). With the clause that demands it ballots are open, else sealed.

    scopes: the part of the estate that decides an item, where not all owners do.
    """
    parts = scopes or {}
    body = {
        "ballots": "open" if clause else "sealed",
        "channels": channels, "clause": clause, "closes": moment(closes), "edition": LATEST.named(),
        "items": tuple({"id": item, "matter": matter, "scope": parts.get(item, ESTATE)} for item, (matter, _) in items.items()),
        "opens": moment(opens), "poll": poll, "roll": roll, "silence": silence,
    }  # fmt: skip
    openings = {"title": title, **{f"question/{item}": question for item, (_, question) in items.items()}}
    yield Step(at, "street", "poll-noticed/1", body, openings, confirm=("bureau",), name=f"{poll}-notice")


def scope(play: Play, at: str, snapshot: str, name: str, units: Sequence[Unit]) -> Iterator[Step]:
    """A part of the estate that decides by itself, confirmed by a supervisor."""
    tags = tuple(sorted({play.tag(unit.unit) for unit in units}))
    body = {"area": sum(unit.area for unit in units), "heads": len(tags), "scope": name, "snapshot": snapshot, "tags": tags}
    openings = {"units": tuple(sorted(unit.unit for unit in units))}
    yield Step(at, "clerk", "scope-defined/1", body, openings, confirm=("bureau",), name=f"scope-{name}")


def posted(at: str, poll: str, n: int, place: str, start: str, to: str) -> Iterator[Step]:
    """A posting, seen by the witness."""
    body = {"from": start, "n": n, "photo": None, "place": place, "poll": poll, "to": to}
    yield Step(at, "clerk", "notice-posted/1", body, confirm=("witness",), name=f"{poll}-posted-{n}")


def open_poll(at: str, poll: str, despite: Sequence[str] = (), reason: str = "") -> Iterator[Step]:
    """The opening; with flags it gives the convener's reason and needs a supervisor."""

    def body(play: Play) -> Mapping[str, Any]:
        return {"despite": tuple(sorted(play.leaves[name] for name in despite)), "poll": poll}

    openings, confirm = ({"reason": reason}, ("bureau",)) if despite else ({}, ())
    yield Step(at, "street", "poll-opened/1", body, openings, confirm=confirm, name=f"{poll}-opening")


def ballot(play: Play, at: str, poll: str, unit: str, who: str, choices: Mapping[str, str], refused: str | None = None) -> Step:
    """One ballot of a head."""
    body = {"choices": dict(choices), "poll": poll, "tag": play.tag(unit)}
    return Step(at, who, "ballot-cast/1", body, about=f"{poll}-opening", refused=refused)


def sealed_ballot(
    play: Play, at: str, poll: str, unit: str, who: str, choices: Mapping[str, str], refused: str | None = None
) -> Step:
    """One ballot of a head whose choices only the counters see, after closing."""
    body = {"items": tuple(sorted(choices)), "poll": poll, "tag": play.tag(unit)}
    return Step(at, who, "ballot-sealed/1", body, {"choices": dict(choices)}, about=f"{poll}-opening", refused=refused)


def reopened(play: Play, at: str, poll: str, unit: str, who: str, ballot_name: str) -> Step:
    """After closing an owner opens her sealed ballot herself, from what she kept of it."""

    def openings(play: Play) -> Mapping[str, Any]:
        entry, kept = play.kept[ballot_name]
        return {"ballot": {"entry": entry, "opening": kept[0]}}

    return Step(at, who, "ballot-opened/1", {"poll": poll, "tag": play.tag(unit)}, openings, about=ballot_name)


Filled = Sequence[tuple[str, Mapping[str, str]]]  # forms as they came back: unit, and what is marked on each item


def paper_page(at: str, poll: str, page: str, filled: Filled, refused: str | None = None) -> Step:
    """The clerk records a page of forms; it waits until somebody else has keyed it again."""

    def body(play: Play) -> Mapping[str, Any]:
        return {"page": page, "poll": poll, "rows": _typed(play, poll, filled)[0]}

    return Step(at, "clerk", "paper-page/1", body, lambda play: _typed(play, poll, filled)[1], name=page, refused=refused)


def keyed(at: str, poll: str, page: str, filled: Filled, who: str = "counter-2") -> Step:
    """A second person of another organisation keys the forms of a page without having seen it."""

    def body(play: Play) -> Mapping[str, Any]:
        return {"poll": poll, "person": play.people[who].person, "rows": _typed(play, poll, filled)[0]}

    return Step(at, who, "page-keyed/1", body, lambda play: _typed(play, poll, filled)[1], about=page)


def correction(at: str, poll: str, page: str, wrong: str, units: Sequence[str], filled: Filled, reason: str, *,
               observed: bool = False) -> Step:  # fmt: skip
    """The clerk corrects forms of a page that was recorded wrongly; what is not filled in again is taken out."""

    def body(play: Play) -> Mapping[str, Any]:
        numbers = tuple(sorted(number_of(play.door.fold.state, poll, play.tag(unit)) for unit in units))
        return {"forms": numbers, "poll": poll, "observed": observed, "page": page, "rows": _typed(play, poll, filled)[0]}

    def openings(play: Play) -> Mapping[str, Any]:
        return {"reason": reason, **_typed(play, poll, filled)[1]}

    return Step(at, "clerk", "entered-in-error/1", body, openings, about=wrong, name=page)


def _typed(play: Play, poll: str, filled: Filled) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    read = play.door.fold.state
    return page_rows(read, poll, {number_of(read, poll, play.tag(unit)): marks for unit, marks in filled})


def close(at: str, poll: str) -> Iterator[Step]:
    """The closing fixes the tree as it is then."""

    def body(play: Play) -> Mapping[str, Any]:
        head = play.door.fold.head
        return {"poll": poll, "root": head.root, "size": head.size}

    yield Step(at, "clerk", "poll-closed/1", body, confirm=("bureau",), name=f"{poll}-closing")


def certify(at: str, poll: str, openings: Openings, kind: str = "result-certified/1", **more: Any) -> Iterator[Step]:
    """Counters and observer certify what the fold comes to; openings: the door's lookup of rows and choices.

    more: what a recount says besides.
    """
    key: dict[str, bytes] = {}

    def body(play: Play) -> Mapping[str, Any]:
        key["count-key"] = play.chance(32)
        box = open_box(play.door.fold.state, poll, openings)
        if isinstance(box, Unopened):
            raise StoryBroken(f"{box.names[0]} cannot be opened")
        return {**certifiable(play.door.fold.state, poll, box, key["count-key"], kind), **more}

    yield Step(
        at,
        "counter-1",
        kind,
        body,
        lambda _: dict(key),
        confirm=("counter-2", "observer"),
        name=f"{poll}-result",
    )


def announce(at: str, poll: str, day: str, place: str) -> Iterator[Step]:
    """The result on the board."""

    def body(play: Play) -> Mapping[str, Any]:
        return {"at": day, "place": place, "poll": poll, "result": play.leaves[f"{poll}-result"]}

    yield Step(at, "street", "result-announced/1", body)
