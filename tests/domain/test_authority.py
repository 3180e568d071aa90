"""The table of who may do what: complete, and of organisations that may hold no post."""

from __future__ import annotations

from typing import Any

import pytest

from domain.acts import KINDS, POSTS
from domain.authority import AUTHORITY, BARRED, CONVENERS, COUNTING_POSTS, GIVERS, ORGANISATIONS, organisation

WITHOUT_POST = {"ledger-founded/1", "key-revoked/1", "key-rotated/1", "post-ended/1", "ballot-cast/1", "ballot-sealed/1", "ballot-opened/1",
                "confirmed/1", "page-keyed/1", "declined/1",
                "objection-raised/1", "objection-escalated/1", "proxy-given/1", "proxy-ended/1", "request-opened/1",
                "request-signed/1", "request-withdrawn/1", "candidate-nominated/1", "candidate-withdrawn/1", "seat-ended/1"}  # fmt: skip
BODIES: tuple[dict[str, Any], ...] = (
    {"despite": (), "own": True, "reason": "resigned", "signers": 1},
    {"despite": (bytes(32),), "own": False, "reason": "deceased", "signers": 3},
)


@pytest.mark.parametrize("kind", AUTHORITY)
def test_a_row_names_posts_that_there_are(kind: str) -> None:
    row = AUTHORITY[kind]
    named = {*row.authors, *(post for body in BODIES for need in row.needs(body) for post in need.posts)}
    assert named <= set(POSTS)
    assert bool(row.authors) == (kind not in WITHOUT_POST)


def test_every_post_is_somebodys_to_give_or_founding_alone_gives_it() -> None:
    assert set(GIVERS) == set(POSTS)
    assert {post for post, givers in GIVERS.items() if not givers} == {"committee-member", "operator", "parent"}
    assert all(GIVERS[post] == CONVENERS for post in COUNTING_POSTS)


@pytest.mark.parametrize(("kind", "others"), [
    ("ledger-founded/1", 2), ("result-certified/1", 2), ("roll-frozen/1", 1), ("poll-noticed/1", 1), ("notice-posted/1", 1),
    ("keys-admitted/1", 1), ("heads-bound/1", 1), ("poll-closed/1", 1), ("rules-adopted/1", 1), ("post-given/1", 1),
    ("key-rotated/1", 1), ("flags-answered/1", 1), ("poll-opened/1", 0), ("key-revoked/1", 0), ("roll-page/1", 0),
    ("paper-page/1", 1), ("entered-in-error/1", 1), ("page-keyed/1", 0), ("ballot-opened/1", 0),
    ("ballot-cast/1", 0), ("ballot-sealed/1", 0), ("result-announced/1", 0), ("confirmed/1", 0), ("declined/1", 0),
    ("openings-erased/1", 1), ("notice-served/1", 1), ("request-verified/1", 1), ("group-formed/1", 1), ("roll-replaced/1", 0),
    ("objection-raised/1", 0), ("objection-answered/1", 0), ("objection-escalated/1", 0), ("proxy-given/1", 0),
    ("request-signed/1", 0),
    ("election-begun/1", 1), ("candidate-nominated/1", 0), ("candidate-checked/1", 1), ("candidate-withdrawn/1", 0),
    ("candidates-posted/1", 1), ("candidates-final/1", 1), ("election-declared/1", 1), ("officers-elected/1", 2),
    ("committee-filed/1", 0), ("seat-ended/1", 0), ("alternate-seated/1", 1), ("handover-recorded/1", 0), ("carried-over/1", 1),
    ("area-classed/1", 1),
    ("scope-defined/1", 1), ("silence-warned/1", 1), ("poll-extended/1", 1), ("poll-withdrawn/1", 1),
    ("outage-recorded/1", 1), ("result-certified/2", 2), ("result-recounted/1", 2), ("poll-annulled/1", 1), ("decision-reported/1", 1),
])  # fmt: skip
def test_so_many_others_must_agree(kind: str, others: int) -> None:
    assert len(AUTHORITY[kind].needs({"despite": (), "own": True, "reason": "resigned", "signers": 3})) == others
    assert set(AUTHORITY) == set(KINDS)


def test_a_key_is_taken_from_its_holder_by_supervisors_of_two_organisations() -> None:
    assert [(need.posts, need.other_org) for need in AUTHORITY["key-revoked/1"].needs({"own": False})] == [
        (("supervisor",), True)
    ]


def test_going_on_despite_flags_needs_a_supervisor() -> None:
    assert [need.posts for need in AUTHORITY["poll-opened/1"].needs({"despite": (bytes(32),)})] == [("supervisor",)]


@pytest.mark.parametrize(("org", "kind"), [
    ("street-guojian", "street"), ("bureau", "bureau"), ("enterprise-bangmu", "enterprise"), ("developer-x-y", "developer"),
    ("club-guojian", None), ("streets", None), ("", None), (None, None),
])  # fmt: skip
def test_an_organisations_id_begins_with_its_class(org: str | None, kind: str | None) -> None:
    assert organisation(org) == kind


def test_service_enterprise_and_developer_hold_no_post() -> None:
    assert set(BARRED) == {"enterprise", "developer"}
    assert set(BARRED) < set(ORGANISATIONS)
