"""What must not get in, through the door and on both stores: each is refused with its code, in both languages, and leaves no trace.

Disks, keys and backups that fail a ledger stand in test_faults.py, writers that race in test_writers.py, kills in test_crash.py; a clerk
who confirms herself in tests/domain/test_confirmations.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.errors import Refused
from keys.identity import SigningKey
from ledger.door import Receipt
from scripts.stories import estate
from scripts.stories.player import Someone
from tests.ledger.conftest import UNITS, Small
from tlog.entry import Statement, Submission
from tlog.opening import Opening, seal


def refused(small: Small, raw: bytes, code: str) -> None:
    """Refused so, with a sentence and a remedy for people, and nothing of it anywhere."""
    before, state, rows = small.door.checkpoint(), dict(small.door.fold.state), small.behind("SELECT count(*) FROM vault")
    (answer,) = small.door.submit_all([raw])
    assert isinstance(answer, Refused), answer
    assert answer.code == code
    assert all(answer.sentence(language) and answer.remedy(language) for language in ("zh", "en"))
    assert (small.door.checkpoint(), small.door.fold.state, small.behind("SELECT count(*) FROM vault")) == (before, state, rows)


@pytest.fixture
def sealed(founded: Small) -> Small:
    """A vote with sealed ballots is open."""
    play, run = founded.play, founded.run
    run(estate.roll_pages(play, "2026-08-05 09:00", "r", UNITS))
    run(estate.bind(play, "2026-08-06 09:00", "r", "b", [(unit.unit, f"owner-{unit.unit[2:]}") for unit in UNITS]))
    run(estate.freeze("2026-08-14 09:00", "r", UNITS, ("2026-08-05", "2026-08-13"), 1))
    items = {"use": ("use-maintenance-fund", "用吗?")}
    run(estate.notice("2026-08-17 09:00", "q", "r", items, "2026-09-03 09:00", "2026-09-17 20:00", "表决", None))
    run(estate.posted("2026-08-17 10:00", "q", 1, "gate", "2026-08-17", "2026-09-17"))
    run(estate.open_poll("2026-09-03 09:00", "q"))
    founded.clock.move_to(founded.clock.at + 60_000)
    return founded


def envelope(small: Small, n: int, choice: str = "agree") -> Submission:
    step = estate.sealed_ballot(small.play, "", "q", f"1-{n:02}", f"owner-{n:02}", {"use": choice})
    return Submission.parse(small.play.submission(step))


def signed(small: Small, n: int, said: Statement, openings: Sequence[bytes]) -> bytes:
    """Another statement of the same voter, signed as it stands."""
    key = small.play.people[f"owner-{n:02}"].key
    return Submission(tuple(openings), key.sign_statement(said.raw()), said.raw(), key.suite).raw()


# --- one envelope, one meaning


@pytest.mark.parametrize("choices", [("agree", "against"), ("agree", "agree")])
def test_two_digests_of_one_choice(sealed: Small, choices: tuple[str, str]) -> None:
    said = Statement.parse(envelope(sealed, 1).statement)
    both = [Opening(sealed.play.chance(16), "choices", {"use": choice}).raw() for choice in choices]
    digests, opened = seal(both, said.ledger, said.stream, said.prev)
    refused(sealed, signed(sealed, 1, replace(said, sealed=tuple(digests)), opened), "sealed-not-opened")


def test_a_second_digest_that_hides_nothing_is_one_too_many(sealed: Small) -> None:
    one = envelope(sealed, 1)
    said = Statement.parse(one.statement)
    more = [*one.openings, Opening(sealed.play.chance(16), "", None).raw()]
    digests, opened = seal(more, said.ledger, said.stream, said.prev)
    refused(sealed, signed(sealed, 1, replace(said, sealed=tuple(digests)), opened), "sealed-count")


def test_a_digest_copied_from_another_ballot_opens_nothing_here(sealed: Small) -> None:
    """Even for somebody who knows what is in it, such as the operator."""
    one, other = envelope(sealed, 1), Statement.parse(envelope(sealed, 2).statement)
    sealed.door.submit(one.raw())
    copied = replace(other, sealed=Statement.parse(one.statement).sealed)
    refused(sealed, signed(sealed, 2, copied, one.openings), "sealed-not-opened")
    refused(sealed, signed(sealed, 2, copied, ()), "sealed-not-opened")


def test_an_opening_withheld(sealed: Small) -> None:
    refused(sealed, replace(envelope(sealed, 1), openings=()).raw(), "sealed-not-opened")


def test_an_opening_that_says_something_else(sealed: Small) -> None:
    other = Opening(bytes(16), "choices", {"use": "against"}).raw()
    refused(sealed, replace(envelope(sealed, 1), openings=(other,)).raw(), "sealed-not-opened")


def test_a_ballot_refused_for_its_envelope_can_be_cast_again(sealed: Small) -> None:
    one = envelope(sealed, 1)
    refused(sealed, replace(one, openings=()).raw(), "sealed-not-opened")
    assert isinstance(sealed.door.submit(one.raw()), Receipt)


# --- one person, one word


def test_a_page_confirmed_by_a_second_key_of_the_same_person(fresh: Small) -> None:
    play, bureau = fresh.play, fresh.play.people["bureau"]
    play.people["twin"] = Someone(bureau.person, bureau.org, bureau.holder, SigningKey.from_seed(play.chance(32)))
    (founding,) = estate.found(
        play, "2026-08-03 09:00", str(fresh.home.vkey), {"zh": "试", "en": "Trial"}, demo=True, also=["twin"]
    )
    fresh.run(iter([replace(founding, confirm=("bureau",))]))
    twice = play.compose("twin", "confirmed/1", {"person": bureau.person}, about=play.leaves["founding"])
    refused(fresh, twice, "already-exists")  # her word on this page stands already, whichever key says it
    operator = play.people["operator"]
    play.people["operator-twin"] = Someone(
        operator.person, operator.org, operator.holder, SigningKey.from_seed(play.chance(32))
    )
    own = play.compose("operator-twin", "confirmed/1", {"person": operator.person}, about=play.leaves["founding"])
    refused(fresh, own, "key-unknown")
    itself = play.compose("operator", "confirmed/1", {"person": operator.person}, about=play.leaves["founding"])
    refused(fresh, itself, "same-person")


# --- time


@pytest.mark.parametrize("jump", [-300_001, -86_400_000])
def test_a_clock_that_jumps_back(voting: Small, jump: int) -> None:
    voting.run(iter([voting.ballot(1)]))
    raw, now = voting.play.submission(voting.ballot(2)), voting.clock.at
    voting.clock.at += jump
    refused(voting, raw, "clock-suspect")
    voting.clock.at = now
    assert isinstance(voting.door.submit(raw), Receipt)


def test_a_clock_that_is_suspect_to_itself_stops_whoever_writes_and_nobody_who_reads(voting: Small) -> None:
    """A jump ahead would date entries to days that have not come; the process's other clock shows it (test_clock.py)."""

    def suspect() -> int:
        raise Refused("clock-suspect")

    clock, voting.door.clock = voting.door.clock, suspect
    raw = voting.play.submission(voting.ballot(1))
    refused(voting, raw, "clock-suspect")
    assert voting.door.receipt(0).index == 0
    voting.door.clock = clock
    assert isinstance(voting.door.submit(raw), Receipt)
