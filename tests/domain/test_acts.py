"""The table of kinds: complete, and strict enough that no body, however odd, meets anything but a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

import tests.moves  # noqa: F401  # every subject's acts
from domain.acts import EFFECT, KINDS, REPORT, Kind, Sealed, check_body, check_openings, opened_names
from domain.errors import Refused
from domain.fields import DATE, Misfit, Record, Words
from domain.lifecycle import UNOPENED, Held, Unopened
from domain.rulesets import LATEST
from domain.state import act_of
from keys.authoring import stream_of
from scripts.stories.player import Step
from tests.acts import LAWFUL, Given, Move, adopt, called, changed, confirm, explained, given, notice, submission
from tlog.entry import is_stream

EVERY: Mapping[str, tuple[str, Move, str | None]] = {**LAWFUL, "rules-adopted/1": ("founded", adopt(LATEST.named()), None)}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_has_a_wire_name_two_languages_and_a_sort(name: str) -> None:
    kind = KINDS[name]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+/[12]|(confirmed|declined)/1", name)
    assert kind.name == name
    assert kind.sort in {EFFECT, REPORT}
    assert re.search(r"[一-鿿]", kind.zh)
    assert re.fullmatch(r"[A-Z][A-Za-z ]+", kind.en)


@pytest.mark.parametrize("name", EVERY)
def test_a_kinds_stream_follows_from_its_body_and_its_openings_have_audiences(name: str) -> None:
    world, step, body, openings = made(name)
    about = world.play.leaves[step.about] if step.about else None
    assert is_stream(stream_of(name, body, about))
    opens = KINDS[name].opens(body)
    assert set(opens) == set(openings)
    assert {sealed.audience for sealed in opens.values()} <= {"public", "owners", "person", "counters", "supervisor"}
    assert KINDS[name].about == (about is not None)


@pytest.mark.parametrize("name", EVERY)
def test_no_body_has_a_field_for_text_that_a_person_types(name: str) -> None:
    assert not [field for field in _fields(KINDS[name].body) if isinstance(field, Words)]


def _fields(field: Any) -> Iterator[Any]:
    yield field
    inner = getattr(field, "of", ())
    for one in inner.values() if isinstance(inner, Mapping) else inner if isinstance(inner, tuple) else (inner,):
        if not isinstance(one, str):
            yield from _fields(one)
    if hasattr(field, "key"):
        yield from _fields(field.key)


def test_there_is_an_act_of_every_kind_to_try() -> None:
    assert EVERY.keys() == KINDS.keys()


@pytest.mark.parametrize("name", LAWFUL)
def test_every_kind_is_admitted_when_it_is_lawful(name: str) -> None:
    stage, move, at = LAWFUL[name]
    given(stage, at=at).when(move).admitted()


H = tuple(bytes([n]) * 32 for n in range(201))
T = tuple(n.to_bytes(16, "big") for n in range(401))
LIMITS: list[tuple[str, str, Callable[[Any], Any], Callable[[Any], Any]]] = [  # kind, field, the most that fits, what does not
    ("ledger-founded/1", "keys", lambda keys: keys[:1] * 20, lambda keys: keys[:1] * 21),
    ("ledger-founded/1", "keys", lambda keys: keys[:3], lambda keys: keys[:2]),
    ("ledger-founded/1", "posts", lambda posts: posts[:1] * 40, lambda posts: posts[:1] * 41),
    ("ledger-founded/1", "posts", lambda posts: posts[:4], lambda posts: posts[:3]),
    ("ledger-founded/1", "previous", lambda _: {"origin": "o", "root": H[0], "size": 0}, lambda _: {"origin": "o", "root": H[0]}),
    ("rules-adopted/1", "edition", lambda one: {**one, "engine": 1000}, lambda one: {**one, "engine": 1001}),
    ("keys-admitted/1", "rows", lambda rows: rows * 100, lambda rows: rows * 101),
    ("keys-admitted/1", "rows", lambda rows: rows, lambda _: ()),
    ("keys-admitted/1", "rows", lambda rows: ({**rows[0], "public": bytes(512)},), lambda rows: ({**rows[0], "public": bytes(513)},)),
    ("keys-admitted/1", "rows", lambda rows: ({**rows[0], "possession": bytes(1024)},),
     lambda rows: ({**rows[0], "possession": bytes(1025)},)),
    ("roll-page/1", "tags", lambda _: T[:400], lambda _: T),
    ("roll-page/1", "tags", lambda _: T[:2], lambda _: T[1::-1]),
    ("roll-page/1", "tags", lambda _: T[:1], lambda _: ()),
    ("roll-frozen/1", "pages", lambda _: H[:1] * 200, lambda _: H),
    ("roll-frozen/1", "pages", lambda _: H[:1], lambda _: ()),
    ("heads-bound/1", "rows", lambda rows: rows * 100, lambda rows: rows * 101),
    ("heads-bound/1", "rows", lambda rows: rows, lambda _: ()),
    ("poll-noticed/1", "items", lambda items: items[:1] * 20, lambda items: items[:1] * 21),
    ("poll-noticed/1", "items", lambda items: items, lambda _: ()),
    ("poll-noticed/1", "channels", lambda _: ("electronic", "paper"), lambda _: ("paper", "electronic")),
    ("poll-noticed/1", "channels", lambda _: ("paper",), lambda _: ()),
    ("notice-posted/1", "n", lambda _: 60, lambda _: 61),
    ("notice-posted/1", "n", lambda _: 1, lambda _: 0),
    ("notice-posted/1", "photo", lambda _: (H[0], 1, "image/jpeg"), lambda _: (H[0], 0, "image/jpeg")),
    ("flags-answered/1", "despite", lambda _: H[:60], lambda _: H[:61]),
    ("flags-answered/1", "despite", lambda _: H[:1], lambda _: ()),
    ("flags-answered/1", "despite", lambda _: H[:2], lambda _: H[1::-1]),
    ("flags-answered/1", "n", lambda _: 999, lambda _: 1000),
    ("flags-answered/1", "n", lambda _: 1, lambda _: 0),
    ("poll-opened/1", "despite", lambda _: H[:60], lambda _: H[:61]),
    ("poll-opened/1", "despite", lambda _: H[:2], lambda _: H[1::-1]),
    ("ballot-cast/1", "choices", lambda _: {f"i{n}": "agree" for n in range(20)}, lambda _: {f"i{n}": "agree" for n in range(21)}),
    ("ballot-cast/1", "choices", lambda _: {"use": "abstain"}, lambda _: {}),
    ("ballot-sealed/1", "items", lambda _: tuple(f"i{n:02}" for n in range(20)), lambda _: tuple(f"i{n:02}" for n in range(21))),
    ("ballot-sealed/1", "items", lambda _: ("levy", "use"), lambda _: ("use", "levy")),
    ("ballot-sealed/1", "items", lambda _: ("use",), lambda _: ()),
    ("poll-closed/1", "size", lambda _: 1, lambda _: 0),
    ("result-certified/1", "flags", lambda _: tuple((one, "R-1") for one in H[:200]), lambda _: tuple((one, "R-1") for one in H[:201])),
    ("result-certified/1", "flags", lambda _: ((H[0], "a"), (H[0], "b")), lambda _: ((H[0], "b"), (H[0], "a"))),
    ("result-certified/1", "items", lambda items: {f"i{n}": items["use"] for n in range(20)},
     lambda items: {f"i{n}": items["use"] for n in range(21)}),
    ("result-certified/1", "items", lambda items: items, lambda _: {}),
    ("openings-erased/1", "openings", lambda _: tuple((one, "a") for one in H[:100]), lambda _: tuple((one, "a") for one in H[:101])),
    ("openings-erased/1", "openings", lambda _: ((H[0], "a"), (H[1], "a")), lambda _: ((H[1], "a"), (H[0], "a"))),
    ("openings-erased/1", "openings", lambda one: one, lambda _: ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field", "fits", "strays"), LIMITS)
def test_a_body_fits_up_to_its_limits_and_not_beyond(name: str, field: str, fits: Any, strays: Any) -> None:
    _, _, body, _ = made(name)
    KINDS[name].body.check({**body, field: fits(body[field])})
    with pytest.raises(Misfit):
        KINDS[name].body.check({**body, field: strays(body[field])})


@pytest.mark.parametrize(("name", "opening", "fits", "strays"), [
    ("ledger-founded/1", "name", {"en": "x" * 120, "zh": "国" * 120}, {"en": "x", "zh": "国" * 121}),
    ("ledger-founded/1", "name", {"en": "x", "zh": "国"}, {"zh": "国"}),
    ("keys-admitted/1", "holder", {"id": "x" * 120, "name": "人" * 120}, {"id": "x" * 121, "name": "人"}),
    ("keys-admitted/1", "holder", {"id": "x", "name": "人"}, {"id": "x", "name": "人" * 121}),
    ("roll-page/1", "row", {"area": (1,), "building": ("栋" * 60,), "owners": (), "status": ("sold",), "units": ("室" * 60,)},
     {"area": (0,), "building": ("1",), "owners": (), "status": ("sold",), "units": ("1",)}),
    ("roll-page/1", "row", {"area": (1,), "building": ("1",), "owners": ("主" * 120,), "status": ("unsold",), "units": ("1",)},
     {"area": (1,), "building": ("1",), "owners": ("主" * 121,), "status": ("unsold",), "units": ("1",)}),
    ("poll-noticed/1", "title", "题" * 200, "题" * 201),
    ("poll-noticed/1", "question", "问" * 4000, "问" * 4001),
    ("poll-opened/1", "reason", "因" * 4000, ""),
    ("result-certified/1", "count-key", bytes(32), bytes(33)),
])  # fmt: skip
def test_an_opening_fits_up_to_its_limits_and_not_beyond(name: str, opening: str, fits: Any, strays: Any) -> None:
    _, _, body, _ = made(name)
    sealed = next(one for title, one in KINDS[name].opens(body).items() if title.split("/")[0] == opening)
    sealed.of.check(fits)
    with pytest.raises(Misfit):
        sealed.of.check(strays)


@pytest.mark.parametrize(("name", "audiences"), [
    ("ledger-founded/1", {"holder": "supervisor", "name": "public"}), ("keys-admitted/1", {"holder": "supervisor"}),
    ("key-rotated/1", {"holder": "supervisor"}), ("roll-page/1", {"row": "owners"}),
    ("poll-noticed/1", {"question": "public", "title": "public"}), ("poll-opened/1", {"reason": "public"}),
    ("flags-answered/1", {"reason": "public"}), ("result-certified/1", {"count-key": "counters"}), ("ballot-cast/1", {}),
    ("ballot-sealed/1", {"choices": "counters"}), ("openings-erased/1", {"reason": "supervisor", "request": "supervisor"}),
])  # fmt: skip
def test_who_may_read_what_is_sealed(name: str, audiences: Mapping[str, str]) -> None:
    _, _, body, _ = made(name)
    assert {title.split("/")[0]: sealed.audience for title, sealed in KINDS[name].opens(body).items()} == audiences


# --- openings


def test_openings_that_were_not_given_are_named_and_not_called_wrong() -> None:
    world = given("roll frozen").when(notice()).admitted()
    act = next(one.act for one in map(act_of, world.door.entries) if one.act.kind == "poll-noticed/1")
    some = {"title": "关于电梯的表决", "question/use": "?"}
    found = check_openings(act, lambda _leaf, name: some.get(name, UNOPENED))
    assert found == Unopened(("question/levy",))
    assert check_openings(act, world.door.opening) == Held()


@pytest.mark.parametrize(("value", "held"), [(None, True), ("因故延期", True), ("", False)])
def test_an_opening_that_may_be_absent_is_a_decoy_or_fits(monkeypatch: pytest.MonkeyPatch, value: Any, held: bool) -> None:
    optional = Kind("note-made/1", REPORT, "备注", "Note made", Record({"day": DATE}), lambda _act: "note",
                    lambda _body: {"why": Sealed(Words(), "owners", required=False)})  # fmt: skip
    monkeypatch.setitem(cast("dict[str, Kind]", KINDS), "note-made/1", optional)
    act = act_of(given("founded").door.entries[0]).act
    note = replace(act, kind="note-made/1", body={"day": "2026-08-03"}, stream="note", sealed=(bytes(32),))
    check_body(note)
    assert (check_openings(note, lambda _leaf, _name: value) == Held()) is held


def test_with_every_digest_opened_a_name_that_is_not_there_was_left_out() -> None:
    world = given("noticed")
    act = next(one.act for one in map(act_of, world.door.entries) if one.act.kind == "poll-noticed/1")
    some = {"title": "关于电梯的表决"}
    assert opened_names(act, [b""] * 3, some) == {"title": "关于电梯的表决", "question/use": None, "question/levy": None}
    assert opened_names(act, [b""], some) == some


def test_a_kind_that_is_not_in_the_table_is_refused_by_whoever_reads_it() -> None:
    act = replace(act_of(given("founded").door.entries[0]).act, kind="ballot-eaten/1")
    with pytest.raises(Refused, match="unknown-kind"):
        check_body(act)


# --- whatever a body holds


def made(name: str) -> tuple[Given, Step, dict[str, Any], dict[str, Any]]:
    """The lawful act of a kind: its world, step, body and openings."""
    stage, move, at = EVERY[name]
    world = given(stage, at=at)
    step = move.make(world.play)
    body = changed(world.play, called(step.body, world.play), move.body)
    return world, step, body, changed(world.play, called(step.openings, world.play), move.sealed)


SCALARS: list[Any] = [None, True, False, 0, 1, -1, 2**53 - 1, 1 - 2**53, "", "a", "p", "A", "x" * 65, "clerk", "1900-01-01",
                      "2199-12-31", "club-a", "enterprise-x", b"", bytes(16), bytes(32), b"\xff" * 33]  # fmt: skip
ODD = [*SCALARS, (), {}, (1, 2), ((),), {"a": 1}]


def parts(value: Any) -> Iterator[Any]:
    yield value
    for one in value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else ():
        yield from parts(one)


def mutated(draw: Callable[[Any], Any], value: Any, pool: list[Any]) -> Any:
    """The value with one thing in it exchanged, left out, repeated or added."""
    if isinstance(value, dict) and value and (how := draw(st.sampled_from("eeeeeexal"))) != "x":
        name = draw(st.sampled_from(sorted(value)))
        if how == "e":
            return {**value, name: mutated(draw, value[name], pool)}
        if how == "l":
            return {key: one for key, one in value.items() if key != name}
        return {**value, draw(st.sampled_from(("a", "use", "poll"))): draw(st.sampled_from(ODD))}
    if isinstance(value, tuple) and value and (how := draw(st.sampled_from("eeeexarl"))) != "x":
        n = draw(st.integers(0, len(value) - 1))
        if how == "e":
            return (*value[:n], mutated(draw, value[n], pool), *value[n + 1 :])
        return {"l": (*value[:n], *value[n + 1 :]), "r": value[::-1], "a": (*value, value[n])}[how]
    alike = [one for one in pool if type(one) is type(value) and (not isinstance(one, bytes) or len(one) == len(value))]
    return draw(st.sampled_from(alike or ODD) | st.sampled_from(ODD))


def pool_of(world: Given, body: dict[str, Any]) -> list[Any]:
    """Values that a body might hold instead: leaves, tags, persons, keys, and everything in this body."""
    play = world.play
    people = [part for one in play.people.values() for part in (one.person, one.key.id, one.org)]
    return [*SCALARS, *parts(body), *play.leaves.values(), *play.tags.values(), *people]


def refitted(name: str, body: dict[str, Any], openings: dict[str, Any]) -> dict[str, Any]:
    """The openings under the names that this body has for them, where it has the form for any."""
    try:
        KINDS[name].body.check(body)
    except Misfit:
        return openings
    values = list(openings.values()) or [None]
    return {new: openings.get(new, values[n % len(values)]) for n, new in enumerate(KINDS[name].opens(body))}


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=40, deadline=None)
@for_all(data=st.data())
def test_an_altered_act_is_admitted_or_refused_in_words_and_never_breaks_the_rules(name: str, data: st.DataObject) -> None:
    world, step, body, openings = made(name)
    pool = pool_of(world, body)
    altered: Any = body
    for _ in range(data.draw(st.integers(1, 2))):
        altered = mutated(data.draw, altered, pool)
    if not isinstance(altered, dict):
        return
    openings = refitted(name, altered, openings)
    if openings and data.draw(st.integers(0, 4)) == 0:
        which = data.draw(st.sampled_from(sorted(openings)))
        openings = {**openings, which: mutated(data.draw, openings[which], [])}
    answer = answered(world, Move(lambda _: Step("", step.who, name, altered, openings, about=step.about),
                                  fields={"stream": stream_for(world, step, altered, body)}))  # fmt: skip
    if isinstance(answer, Refused):
        explained(answer)
        return
    for who in step.confirm:
        said = answered(world, confirm(who))
        if isinstance(said, Refused):
            explained(said)


def stream_for(world: Given, step: Step, altered: dict[str, Any], body: dict[str, Any]) -> str:
    """The altered body's stream where it has one, else that of the body before."""
    about = world.play.leaves[step.about] if step.about else None
    try:
        KINDS[step.kind].body.check(altered)
    except Misfit:
        return stream_of(step.kind, body, about)
    return stream_of(step.kind, altered, about)


def answered(world: Given, move: Move) -> Any:
    _, raw = submission(world.play, move)
    answer = world.submit(raw)[0]
    if not isinstance(answer, Refused) and (act := act_of(answer.entry).act).kind != "confirmed/1":
        world.play.leaves["it"] = act.leaf
    return answer


@pytest.mark.parametrize("rows", [None, 1, "a", b"", (), (1,), ({},), ({"suite": 1, "public": 2},), {"a": 1}])
@pytest.mark.parametrize(
    ("name", "field"), [("keys-admitted/1", "rows"), ("key-rotated/1", "row"), ("ledger-founded/1", "keys")]
)
def test_key_rows_are_looked_at_only_when_they_have_their_form(name: str, field: str, rows: Any) -> None:
    world, step, body, openings = made(name)
    stream = stream_of(name, body)
    move = Move(lambda _: Step("", step.who, name, {**body, field: rows}, openings), fields={"stream": stream})
    world.when(move).refused("key-unknown" if name == "ledger-founded/1" else "body-malformed")
