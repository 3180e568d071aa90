"""Who may read what is sealed: every kind, every audience, every role, from a table written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

import tests.moves  # noqa: F401  # every subject's acts
from domain.acts import EFFECT, KINDS, Kind, Sealed
from domain.fields import IDENT, TAG, Record, Words
from domain.lifecycle import Act
from domain.readers import MACHINE, Reader, readable, reader_of
from domain.roll import heads_of_person
from domain.state import act_of
from keys.identity import SigningKey
from scripts.stories.player import Play, moment
from tests.acts import LAWFUL, Given, Move, admit_rows, announce, certify, give, given, revoke, rotate
from tests.domain.test_acts import made
from tests.domain.test_sealed import SIX, closed, opened, seal

PEOPLE = ("operator", "street", "bureau", "party", "clerk", "counter-1", "counter-2", "observer", "witness", "o1", "o2", "tenant",
          "manager")  # fmt: skip
SUPERVISORS = {"street", "bureau", "party", "machine"}  # the street office supervises too
COUNTERS = {"counter-1", "counter-2"}
OWNERS = {"o1", "o2"}
EVERYBODY = {*PEOPLE, "machine", "nobody"}
MAY: Mapping[str, set[str]] = {  # after closing
    "public": EVERYBODY, "owners": SUPERVISORS | COUNTERS | OWNERS, "counters": COUNTERS | {"machine"}, "supervisor": SUPERVISORS,
}  # fmt: skip


def reader(world: Given, who: str) -> Reader | None:
    if who in ("machine", "nobody"):
        return MACHINE if who == "machine" else None
    found = reader_of(world.state, world.play.people[who].key.id, world.play.clock.at)
    assert found is not None
    return found


def who_reads(world: Given, act: Act, name: str) -> set[str]:
    return {who for who in EVERYBODY if name in readable(world.state, act, reader(world, who))}


def acts_of(world: Given) -> list[Act]:
    return [act_of(entry).act for entry in world.door.entries]


@pytest.mark.parametrize("kind", LAWFUL)
def test_each_opening_of_each_kind_is_for_its_audience_and_nobody_else(kind: str) -> None:
    world = closed(**SIX).at("2026-09-18 10:00").when(certify()).admitted()
    _, _, body, _ = made(kind)
    body = {**body, **({"snapshot": "r1"} if "snapshot" in body else {}), **({"poll": "p"} if "poll" in body else {})}
    act = replace(acts_of(world)[0], kind=kind, body=body)
    for name, sealed in KINDS[kind].opens(body).items():
        assert who_reads(world, act, name) == MAY[sealed.audience], (kind, name)


@pytest.mark.parametrize("at", ["open", "closed"])
def test_choices_are_for_counters_from_closing_only(at: str) -> None:
    world = opened().at("2026-09-04 10:00").when(seal("o1")).admitted() if at == "open" else closed(o1={"use": "agree"})
    ballot = next(act for act in acts_of(world) if act.kind == "ballot-sealed/1")
    assert who_reads(world, ballot, "choices") == (set() if at == "open" else COUNTERS | {"machine"})


def test_a_vote_that_nobody_knows_is_counted_by_nobody() -> None:
    world = closed(o1={"use": "agree"})
    ballot = next(act for act in acts_of(world) if act.kind == "ballot-sealed/1")
    assert not who_reads(world, replace(ballot, body={**ballot.body, "poll": "other"}), "choices")


@pytest.mark.parametrize(("matter", "counts"), [(None, True), ("p", True), ("another", False)])
def test_a_counter_of_another_vote_reads_neither_ballots_nor_roll(matter: str | None, counts: bool) -> None:
    world = closed(o1={"use": "agree"})
    one = cast("Reader", reader(world, "counter-1"))
    ours = replace(one, posts=(("counter", matter),))
    acts = {act.kind: act for act in acts_of(world)}
    assert ("choices" in readable(world.state, acts["ballot-sealed/1"], ours)) is counts
    assert bool(readable(world.state, acts["roll-page/1"], ours)) is counts


def test_an_owner_of_another_roll_reads_nothing_of_this_one() -> None:
    world = given("bound")
    page = next(act for act in acts_of(world) if act.kind == "roll-page/1")
    other = replace(page, body={**page.body, "snapshot": "r2"})
    o1 = reader(world, "o1")
    assert set(readable(world.state, page, o1).values()) == {"owner"}
    assert readable(world.state, other, o1) == {}


def test_what_is_for_a_person_is_for_its_author_and_whom_it_concerns(monkeypatch: pytest.MonkeyPatch) -> None:
    world = given("bound")
    body: dict[str, Any] = {"person": world.play.people["o2"].person, "snapshot": "r1", "tag": world.play.tag("1-1")}
    own = Kind("note-made/1", EFFECT, "记", "Note", Record({"person": TAG, "snapshot": IDENT, "tag": TAG}), lambda _: "n",
               lambda _: {"why": Sealed(Words(), "person")})  # fmt: skip
    monkeypatch.setitem(cast("dict[str, Kind]", KINDS), "note-made/1", own)
    act = replace(acts_of(world)[0], kind="note-made/1", by=world.play.people["clerk"].key.id, body=body)
    assert who_reads(world, act, "why") == {"clerk", "o1", "o2"}
    assert {who: readable(world.state, act, reader(world, who))["why"] for who in ("clerk", "o1", "o2")} == {
        "clerk": "author", "o1": "concerned", "o2": "concerned",
    }  # fmt: skip
    assert who_reads(world, replace(act, by=bytes(32)), "why") == {"o1", "o2"}


def test_rights_are_those_of_the_key_now() -> None:
    world = given("bound").when(rotate("o1", "o1-new")).admitted()
    state, people, now = world.state, world.play.people, world.play.clock.at
    assert reader_of(state, people["o1"].key.id, now) is None
    assert reader_of(state, bytes(32), now) is None
    new = reader_of(state, people["o1-new"].key.id, now)
    assert new is not None
    own = (("r1", world.play.tag("1-1")),)
    assert heads_of_person(state, new.person) == heads_of_person(state, new.person, "r1") == own
    assert heads_of_person(state, new.person, "r2") == heads_of_person(state, MACHINE.person) == ()
    world.when(revoke("o1-new", by="bureau")).admitted()
    assert reader_of(world.state, people["o1-new"].key.id, now) is None


@pytest.mark.parametrize(("day", "posts"), [
    ("2026-08-03 10:00", ()), ("2026-08-04 00:00", (("clerk", None),)), ("2027-08-03 23:59", (("clerk", None),)),
    ("2027-08-04 00:00", ()),
])  # fmt: skip
def test_a_post_gives_rights_in_its_term(day: str, posts: tuple[tuple[str, str | None], ...]) -> None:
    world = given("staffed").at("2026-08-07 09:00")
    found = reader_of(world.state, world.play.people["clerk"].key.id, moment(day))
    assert found is not None
    assert found.posts == posts


def test_a_reader_has_every_post_of_the_day_with_its_matter() -> None:
    world = given("staffed").when(give("clerk", "clerk").but(matter="q"), give("observer", "clerk", to="2026-08-05")).admitted()
    found = reader_of(world.state, world.play.people["clerk"].key.id, moment("2026-08-06 10:00"))
    assert found is not None
    assert found.posts == (("clerk", None), ("clerk", "q"))


def test_who_lost_a_key_reads_as_an_owner_with_the_new_one_and_a_counter_after_the_vote_is_final() -> None:
    """Rights are a person's; a vote that has left the state is still one of its roll's."""
    world = closed(**SIX).at("2026-09-18 10:00").when(certify(), announce("2026-09-18"), revoke("o3", by="bureau")).admitted()
    world.when(admit_again("o3", "o3-again")).admitted()
    world.at("2026-12-01 10:00").when(revoke("o4")).admitted()
    assert ("poll", "p") not in world.state
    roll = next(act for act in acts_of(world) if act.kind == "roll-page/1")
    name = next(iter(KINDS[roll.kind].opens(roll.body)))
    for who in ("o3-again", "counter-1"):
        one = reader_of(world.state, world.play.people[who].key.id, moment("2026-12-01 10:00"))
        assert one is not None
        assert name in readable(world.state, roll, replace(one, posts=(("counter", "p"),) if who == "counter-1" else ())), who


def admit_again(name: str, new: str) -> Move:
    """A further key for somebody who lost theirs."""

    def rows(play: Play) -> tuple[Mapping[str, Any], ...]:
        old = play.people[name]
        fresh = play.people.setdefault(new, replace(old, key=SigningKey.from_seed(bytes(32))))
        return (fresh.row(play.door.origin),)

    move = admit_rows(rows)
    return move.sealing(**{f"holder__{SigningKey.from_seed(bytes(32)).id.hex()}": lambda play: play.people[name].holder})
