"""The story of keys that are lost and renewed, posts that change hands, and an estate without supervisors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from domain.erasures import erased
from domain.fold import Fold
from domain.founding import LOG
from domain.lifecycle import GONE, UNOPENED
from domain.people import supervising
from domain.state import act_of
from keys.enrolment import proved
from scripts.stories import afterwards
from scripts.stories import lost_keys as story
from scripts.stories.player import Step
from tests.acts import publish_next_edition
from tests.scenarios.stories import judged_again, played, retold
from tests.told import Told, told
from tlog.merkle import root


def test_what_must_be_refused_is_refused_in_words() -> None:
    assert told(story).refusals() == [
        ("key-revoked/1", "not-authorised"),
        ("ballot-cast/1", "key-unknown"),
        ("ballot-cast/1", "not-your-head"),
        ("ballot-cast/1", "key-unknown"),
        ("poll-closed/1", "not-authorised"),
        ("openings-erased/1", "erasure-key-active"),
        ("supervisor-restored/1", "supervisors-stand"),
        ("post-given/1", "key-unknown"),
        ("confirmed/1", "silence-not-over"),
    ]


def test_the_ballot_of_a_lost_key_stood_until_its_owner_changed_it_with_the_new_one_r_sig_6_r_bal_5() -> None:
    one = told(story)
    ballot, lost = ("ballot", (story.BINS, one.play.tag(story.LOSER))), ("key", one.play.people[story.LOST].key.id)
    told_of_both = [(key, changes[key]) for changes in one.door.changes for key in (ballot, lost) if key in changes]
    assert [value.stage if key == lost else value.choices["bins"] for key, value in told_of_both if value is not GONE] == [
        "active", "agree", "revoked", "abstain",
    ]  # fmt: skip


def test_every_head_that_voted_is_counted_once_whatever_became_of_its_keys_r_bal_5() -> None:
    one = told(story)
    item = one.door.past["result", story.BINS].items["bins"]
    assert {name: item[name]["heads"] for name in ("agree", "against", "abstain")} == {
        "agree": len(story.UNITS) - 2, "against": 0, "abstain": 1,
    }  # fmt: skip


def test_a_renewed_key_stands_for_the_heads_of_the_one_before_r_sig_6() -> None:
    one = told(story)
    fresh = one.door.fold.state["key", one.play.people[story.RENEWER].key.id]
    assert (fresh.stage, fresh.replaces) == ("active", one.play.people[story.OLD].key.id)


def test_a_post_handed_over_ends_for_the_one_and_begins_for_the_other() -> None:
    one = told(story)
    terms = [afterwards.term_of(one.play, "clerk", who) for who in ("clerk", story.NEXT_CLERK)]
    assert [(term.start, term.to) for term in terms] == [("2026-08-04", "2026-09-30"), ("2026-10-01", "2028-08-03")]


def test_who_held_a_revoked_key_is_forgotten_and_the_rest_of_the_log_is_judged_as_before_r_priv_2() -> None:
    one = told(story)
    leaf, key = one.play.leaves["moved-1"], one.play.people[story.MOVED].key.id
    found = erased(one.door.fold.state, leaf, f"holder/{key.hex()}")
    assert found is not None
    assert (found.basis, found.day) == ("purpose-ended", "2026-10-20")
    assert admitted_without(one, leaf).state == one.door.fold.state


def admitted_without(one: Told, forgotten: bytes) -> Fold:
    """A fold that has every opening but those of one entry: what rests on it cannot be opened, and nothing is refused."""
    leaves: list[bytes] = []
    fold = Fold(proved, lambda size: root(leaves[:size]), act_at=one.acts().__getitem__)
    for entry in one.door.entries:
        recorded, draft = act_of(entry), fold.draft()
        judged = draft.judge(recorded.act, recorded.recorded_at, lambda leaf, name: (
            UNOPENED if leaf == forgotten else one.door.opening(leaf, name)))  # fmt: skip
        draft.lay(recorded.act, judged.context, judged.flags)
        fold.keep(draft)
        leaves.append(recorded.act.leaf)
    return fold


def test_the_parent_brings_supervision_back_and_two_organisations_supervise_again() -> None:
    one = told(story)
    assert supervising(one.door.fold.state, one.play.clock.at) == {"bureau-longhua", "audit-zhuyuan"}


def test_a_newer_edition_is_adopted_and_a_notice_pins_it_or_is_refused_r_src_1(monkeypatch: pytest.MonkeyPatch) -> None:
    edition = publish_next_edition(monkeypatch)
    door, play, _ = played.__wrapped__(story)
    adopt = Step(
        "2026-12-03 09:00", "operator", "rules-adopted/1", {"edition": edition.named()}, confirm=(story.NEXT_SUPERVISOR,)
    )
    days = ("2026-12-04", "2026-12-21", "2027-01-04")
    notice = next(afterwards.noticed("2026-lamps", story.ITEMS, days, "关于路灯的表决", clause="rules-12"))
    with_street = replace(notice, who="street-2", confirm=(story.SECOND_SUPERVISOR,))
    by_new_rules = replace(with_street, body={**cast("Mapping[str, Any]", notice.body), "edition": edition.named()})
    for _ in play.play([adopt, replace(with_street, confirm=(), refused="edition-not-in-force"), by_new_rules]):
        pass
    assert door.fold.state[LOG].edition == door.fold.state["poll", "2026-lamps"].edition == edition
    assert judged_again(door).state == door.fold.state


def test_the_story_is_admitted_again_by_a_fold_that_has_never_seen_it_and_reads_well() -> None:
    retold(story)
