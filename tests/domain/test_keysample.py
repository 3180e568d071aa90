"""The call-back sample is the log's, not the clerk's; a report of it is flagged where it falls short (R-SIG-5, rulebook §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, cast

import pytest

import tests.moves  # noqa: F401  # its stages and acts
from domain.acts import MAX_ROWS
from domain.errors import REFUSALS
from domain.keysample import sample
from domain.rulesets import LATEST, Edition
from keys.identity import SigningKey
from scripts.stories.player import Play, Step
from tests.acts import Case, Move, admit_rows, adopt, case, confirm, give, given, revoke, said
from tests.moves.keys import OWNERS_PAGE, called, sampled

OLDER = Edition("cn-sz-2", LATEST.calendar).named()
KEYS = tuple(sha256(bytes([n])).digest() for n in range(MAX_ROWS))
LEAF = sha256(b"confirmed").digest()


def first(play: Play) -> tuple[bytes, ...]:
    return sampled(play)[:1]


def stranger(play: Play) -> tuple[bytes, ...]:
    return (play.people["clerk"].key.id,)


REFUSED = [
    case("not-authorised", "by an owner", "staffed", called().by("o1")),
    case("unknown-matter", "a page that nobody recorded", "staffed", called().but(page="other")),
    case("not-on-page", "a key of another page", "staffed", called(asked=stranger, reached=())),
    case("call-inconsistent", "reached, but never asked", "staffed", called(asked=first)),
    case("call-inconsistent", "denied, but never reached", "staffed", called(reached=(), denied=first)),
    case("same-organisation", "by an observer of the clerk's own organisation", "staffed", give("observer", "counter-1"),
         called(by="counter-1")),
    case("kind-not-offered", "an edition before the third knows no calls R-SRC-1", "staffed", adopt(OLDER),
         said("observer", "keys-called/1", lambda _: {"asked": (LEAF,), "denied": (), "page": OWNERS_PAGE, "reached": ()})),
]  # fmt: skip

FLAGGED = [
    pytest.param({}, (), id="everybody was asked, and nobody denies"),
    pytest.param({"reached": ()}, (), id="nobody was at home, but everybody was asked"),
    pytest.param({"asked": first, "reached": first}, ("sample-incomplete",), id="only one of them was asked R-SIG-5"),
    pytest.param({"denied": first}, ("key-denied",), id="one denies R-SIG-5"),
    pytest.param({"asked": first, "reached": first, "denied": first}, ("key-denied",), id="of both the graver one is said R-SIG-5"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_calls(case: Case) -> None:
    case.check()


@pytest.mark.parametrize(("lists", "codes"), FLAGGED)
def test_a_report_of_calls_is_admitted_and_flagged_where_it_falls_short_r_sig_5(lists: Any, codes: tuple[str, ...]) -> None:
    world = given("staffed").when(called(**lists)).flagged(*(REFUSALS[code].rule for code in codes))
    found = [world.state["flag", (f"keys/{OWNERS_PAGE}", leaf, rule)].code
             for leaf, rule in world.state.get(("flags", f"keys/{OWNERS_PAGE}"), ())]  # fmt: skip
    assert found == list(codes)


@pytest.mark.parametrize(("size", "wanted"), [(1, 1), (3, 3), (4, 3), (60, 3), (61, 4), (80, 4), (81, 5), (100, 5)])
def test_a_twentieth_is_rung_rounded_up_and_at_least_three_r_sig_5(size: int, wanted: int) -> None:
    found = sample(KEYS[:size], LEAF, (1, 20), 3)
    assert len(found) == wanted
    assert list(found) == sorted(set(found))
    assert set(found) <= set(KEYS[:size])


def test_the_sample_is_as_the_specification_writes_it_r_sig_5() -> None:
    seed = sha256(b"liuchi/callback/v1\x00" + LEAF).digest()
    order = sorted(KEYS, key=lambda key: sha256(seed + key).digest())
    assert sample(reversed(KEYS), LEAF, (1, 20), 3) == tuple(sorted(order[:5]))


def test_another_confirmation_draws_another_sample() -> None:
    """A thousand confirmations draw every key about as often: none can hide behind the page that the clerk composed."""
    drawn = [key for n in range(1000) for key in sample(KEYS, sha256(n.to_bytes(2)).digest(), (1, 20), 3)]
    assert {key: count for key in KEYS if not 20 <= (count := drawn.count(key)) <= 90} == {}


def test_the_page_alone_does_not_say_whom_the_sample_names_r_sig_5() -> None:
    """The same page, confirmed by another supervisor, has another sample: the clerk cannot choose it."""
    found = set()
    for n, who in enumerate(("bureau", "party", "street")):
        world = given("staffed").when(many().confirmed_by()).pending().at(f"2026-08-06 1{n + 1}:00")
        world.when(confirm(who)).admitted()
        found.add(sampled(world.play, "more-1"))
    assert len(found) == 3


def test_reports_add_up_until_the_whole_sample_was_asked_r_sig_5() -> None:
    world = given("staffed").when(called(asked=first, reached=())).flagged("R-SIG-5")
    world.when(called("bureau", asked=lambda play: sampled(play)[1:], reached=())).flagged()
    found = world.state["called", OWNERS_PAGE]
    assert (found.asked, found.reached, found.denied) == (sampled(world.play), (), ())


def test_a_denied_key_is_revoked_by_supervisors_at_once_r_sig_5() -> None:
    world = given("staffed").when(called(denied=first)).flagged("R-SIG-5")
    named = {one.key.id: name for name, one in world.play.people.items()}
    world.when(revoke(named[first(world.play)[0]], by="bureau", reason="admitted-in-error")).then("revoked")


def many() -> Move:
    """A page of forty keys."""

    def rows(play: Play) -> tuple[Mapping[str, Any], ...]:
        return tuple(_someone(play, n) for n in range(40))

    move = admit_rows(rows)
    return replace(move, make=lambda play: _own_holders(move.make(play)))


def _someone(play: Play, n: int) -> Mapping[str, Any]:
    key, person = SigningKey.from_seed(bytes([n]) * 32), bytes([n]) * 16
    return {
        "org": None,
        "person": person,
        "possession": key.possession(play.door.origin, person),
        "public": key.public,
        "suite": key.suite,
    }


def _own_holders(step: Step) -> Step:
    return replace(
        step, openings={name: {"id": name[7:27], "name": "业主（示例）"} for name in cast("dict[str, Any]", step.openings)}
    )
