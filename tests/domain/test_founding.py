"""How a ledger begins, and under which rules: `ledger-founded/1`, `rules-adopted/1`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

import tests.moves  # noqa: F401  # every subject's stages
from domain.acts import row_key_id
from domain.errors import Refused
from domain.founding import LOG, recheck_holders
from domain.lifecycle import UNOPENED, Context, Held, Unopened
from domain.rulesets import LATEST, Edition
from domain.state import act_of, decide
from scripts.stories.player import Play
from tests.acts import ORIGIN, Case, adopt, case, confirm, decline, found, give, given, log_key, notice, publish_next_edition
from tlog.note import COSIGNATURE, Vkey

Rows = tuple[Mapping[str, Any], ...]
ELSEWHERE = log_key(ORIGIN[:-1] + "2")


def with_rows(rows: Rows, person: bytes, **changes: Any) -> Rows:
    return tuple({**row, **changes} if row["person"] == person else row for row in rows)


def without_posts(*posts: str) -> Any:
    return found().amend(lambda _, body: {"posts": tuple(row for row in body["posts"] if row["post"] not in posts)})


def moved(who: str, org: str) -> Any:
    """Founding in which one of its people belongs to another organisation, by key and by post."""
    return found().amend(
        lambda play, body: {name: with_rows(body[name], play.people[who].person, org=org) for name in ("keys", "posts")}
    )


def of_two_organisations(play: Play, body: dict[str, Any]) -> dict[str, Any]:
    other = replace(play.people["street"], person=play.people["operator"].person)
    return {
        "keys": tuple(
            other.row(body["log_key"].split("+")[0]) if row["public"] == other.key.public else row for row in body["keys"]
        )
    }


REFUSED = [
    case("demo-by-name", "a real ledger under demo.", "empty", found().but(demo=False)),
    case("log-key-malformed", "no key at all", "empty", found().but(log_key="key")),
    case("log-key-malformed", "named for the next generation", "empty", found().but(log_key=ELSEWHERE)),
    case("log-key-malformed", "a witness's key", "empty", found().but(log_key=str(Vkey(ORIGIN, COSIGNATURE, bytes(32))))),
    case("body-malformed", "a post that has a term", "empty", found().amend(
        lambda _, body: {"posts": (*body["posts"], {**body["posts"][0], "post": "clerk"})})),
    case("edition-unknown", "an edition that this program has not", "empty", found().but(edition={**LATEST.named(), "engine": 9})),
    case("key-known", "one key in two rows", "empty", found().amend(lambda _, body: {"keys": (*body["keys"], body["keys"][0])})),
    case("possession-unproved", "a proof made for another person", "empty", found().amend(
        lambda _, body: {"keys": ({**body["keys"][0], "possession": body["keys"][1]["possession"]}, *body["keys"][1:])})),
    case("person-org-differs", "one person of two organisations", "empty", found().amend(of_two_organisations)),
    case("organisation-unknown", "an organisation of no known class", "empty", moved("party", "club-guojian")),
    case("post-barred", "a supervisor of the enterprise", "empty", moved("party", "enterprise-bangmu")),
    case("founding-incomplete", "nobody operates it", "empty", without_posts("operator")),
    case("founding-incomplete", "one supervisor only", "empty", found().amend(lambda play, body: {"posts": tuple(
        row for row in body["posts"] if row["post"] != "supervisor" or row["person"] == play.people["street"].person)})),
    case("founding-incomplete", "no street office", "empty", without_posts("street-office")),
    case("founding-incomplete", "no parent authority", "empty", without_posts("parent")),
    case("founding-incomplete", "another parent than stated", "empty", found().but(parent="bureau-futian")),
    case("founding-incomplete", "a post for somebody without a key", "empty", found().amend(
        lambda _, body: {"posts": ({**body["posts"][0], "person": bytes(16)}, *body["posts"][1:])})),
    case("founding-incomplete", "a post for another organisation than the key's", "empty", found().amend(
        lambda _, body: {"posts": ({**body["posts"][0], "org": "operator-other"}, *body["posts"][1:])})),
    case("not-authorised", "signed by the street office", "empty", found().by("street")),
    case("key-unknown", "signed by somebody who is not in it", "empty", found().by("clerk")),
    case("already-exists", "founded already", "founded", found()),
    case("same-person", "the operator confirms", "founding", confirm("operator", "founding")),
    case("same-organisation", "two confirmations of one organisation", "empty", moved("party", "bureau-longgang")),
    case("not-a-confirmer", "the parent is no supervisor", "founding", confirm("parent", "founding")),
    case("not-founded", "one confirmation is not enough", "founding", confirm("bureau", "founding"), give("clerk", "clerk")),
    case("not-founded", "a declined ledger is never founded", "founding", decline("bureau", "founding"), give("clerk", "clerk")),
    case("already-exists", "nor founded again", "founding", decline("bureau", "founding"), found()),
    case("nothing-pending", "nor confirmed after all", "founding", decline("bureau", "founding"), confirm("party", "founding")),
    case("nothing-pending", "expired after thirty days", "founding", confirm("bureau", "founding"), at="2026-09-02 09:01"),
    case("not-authorised", "editions are the operator's", "founded", adopt(LATEST.named()).by("street")),
    case("edition-behind", "one that does not know what was done here R-SRC-1", "objected",
         adopt(Edition("cn-sz-2", LATEST.calendar).named())),
    case("edition-unknown", "an edition that this program has not", "founded", adopt({**LATEST.named(), "ruleset": "cn-sz-0"})),
    case("edition-in-force", "the one that founding named", "founded", adopt(LATEST.named())),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_founding_and_editions(case: Case) -> None:
    case.check()


def test_a_ledger_is_founded_when_two_supervisors_of_two_organisations_have_confirmed() -> None:
    world = given("empty").when(found().confirmed_by("bureau")).pending()
    assert world.state[LOG].stage == "founding"
    world.when(confirm("party")).admitted()
    assert (world.state[LOG].stage, world.state[LOG].edition, world.state[LOG].demo) == ("founded", LATEST, True)


def test_the_last_moment_to_confirm_a_founding_is_thirty_days_after_it() -> None:
    given("founding", at="2026-09-02 09:00").when(confirm("bureau", "founding")).admitted()


def test_its_operator_may_withdraw_a_founding() -> None:
    world = given("founding").when(decline("operator", "founding", "withdrawn")).admitted()
    assert world.state[LOG].stage == "never-founded"


def test_founding_is_entry_0_of_its_log_whoever_reads_it() -> None:
    act = act_of(given("empty").when(found()).given.door.entries[0]).act
    assert decide({}, act, Context(act.at, 0, proved=frozenset(_keys(act.body["keys"])))) == ()
    with pytest.raises(Refused, match="founding-not-first"):
        decide({}, act, Context(act.at, 1, proved=frozenset(_keys(act.body["keys"]))))


def _keys(rows: Rows) -> Iterator[bytes]:
    return map(row_key_id, rows)


@pytest.fixture
def next_edition(monkeypatch: pytest.MonkeyPatch) -> Edition:
    return publish_next_edition(monkeypatch)


def test_an_edition_holds_from_its_adoption_by_operator_and_supervisor_r_src_1(next_edition: Edition) -> None:
    world = given("founded").when(adopt(next_edition.named()).confirmed_by()).pending()
    assert world.state[LOG].edition == LATEST
    world.when(confirm("bureau")).admitted()
    assert world.state[LOG].edition == next_edition


def test_a_process_keeps_the_edition_that_its_notice_pinned_r_src_1(next_edition: Edition) -> None:
    world = given("noticed").when(adopt(next_edition.named())).admitted()
    assert (world.state["poll", "p"].edition, world.state[LOG].edition) == (LATEST, next_edition)


def test_a_notice_that_waited_over_an_adoption_pins_an_edition_no_longer_in_force_r_src_1(next_edition: Edition) -> None:
    world = given("roll frozen").when(notice().confirmed_by()).pending()
    world.play.leaves["the notice"] = world.play.leaves["it"]
    world.when(adopt(next_edition.named()), confirm("bureau", "the notice")).refused("edition-not-in-force")


def test_without_the_sealed_holders_nobody_can_say_that_one_human_is_one_person() -> None:
    world = given("founded")
    act = act_of(world.door.entries[0]).act
    found = recheck_holders(world.state, act, lambda _leaf, _name: UNOPENED)
    assert found == Unopened(tuple(f"holder/{row_key_id(row).hex()}" for row in act.body["keys"]))
    assert recheck_holders(world.state, act, world.door.opening) == Held()
