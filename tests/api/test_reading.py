"""What anybody may read as JSON, key by key."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from starlette.testclient import TestClient

from domain.acts import KINDS
from domain.fields import to_json
from domain.state import act_of
from keys.suites import check_note
from projections.ledgers import policy_of
from scripts.stories.player import moment
from tests.api.conftest import BASE, CODE, ITEMS, LOG, ORIGIN, REASON, TITLE, Estate
from tlog.entry import STATEMENT_PURPOSE, Entry
from tlog.opening import context, digest
from tlog.policy import Policy
from tlog.proof import Proof, verify_proof


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), path
    return answer.json()


# --- ledgers and kinds ----------------------------------------------------------------------------------------------------------


def test_a_ledger_says_its_name_keys_and_size(client: TestClient, served: Estate) -> None:
    size, root, _ = served.opened.door.checkpoint()
    told = get(client, BASE)
    assert list(told) == ["code", "origin", "log", "vkey", "kind", "name", "size", "root", "founded_at", "demo", "witnesses"]
    assert (told["code"], told["origin"], told["log"], told["kind"]) == (CODE, ORIGIN, LOG, "estate")
    assert (told["size"], b64decode(told["root"]), told["vkey"]) == (size, root, str(served.opened.home.vkey))
    assert told["name"] == {"zh": "六尺苑", "en": "Six Feet Garden"}
    assert (told["founded_at"], told["demo"], told["witnesses"]) == (moment("2026-08-03 09:00"), True, [])


def test_the_list_of_ledgers_holds_what_each_says(client: TestClient) -> None:
    assert get(client, "/api/v1/ledgers") == [get(client, BASE)]


def test_every_kind_has_its_schema_stream_authority_and_openings(client: TestClient) -> None:
    told = get(client, f"{BASE}/kinds")
    assert list(told) == list(KINDS)
    for name, kind in KINDS.items():
        assert told[name]["label"] == {"zh": kind.zh, "en": kind.en}
        assert (told[name]["sort"], told[name]["about"]) == (kind.sort, kind.about)
        assert set(told[name]["body"]["required"]) == set(kind.body.of)


@pytest.mark.parametrize(("kind", "stream", "authors", "confirmed_by", "openings"), [
    ("ballot-cast/1", "ballot/{poll}/{tag}", [], [], []),
    ("confirmed/1", "confirmation/{about}/{person}", [], [], []),
    ("notice-posted/1", "posted/{poll}/{n}", ["clerk"], [(["posting-witness"], True, None)], []),
    ("roll-page/1", "roll/{snapshot}/{page}", ["clerk"], [], [("row/<id>", "owners")]),
    ("result-certified/1", "poll/{poll}", ["counter"], [(["counter"], False, None), (["observer"], False, None)],
     [("count-key", "counters")]),
])  # fmt: skip
def test_a_kind_in_detail(client: TestClient, kind: str, stream: str, authors: list[str], confirmed_by: list[Any],
                          openings: list[Any]) -> None:  # fmt: skip
    told = get(client, f"{BASE}/kinds")[kind]
    assert (told["stream"], told["authors"]) == (stream, authors)
    assert [(need["posts"], need["other_organisation"], need["when"]) for need in told["confirmed_by"]] == confirmed_by
    assert [(one["name"], one["audience"]) for one in told["openings"]] == openings


def test_an_opening_despite_flags_needs_a_confirmation_only_then(client: TestClient) -> None:
    [need] = get(client, f"{BASE}/kinds")["poll-opened/1"]["confirmed_by"]
    assert need == {"kind": "confirmed/1", "posts": ["supervisor"], "other_organisation": False, "when": "despite"}


# --- entries --------------------------------------------------------------------------------------------------------------------


def test_an_entry_is_its_bytes_and_the_same_decoded(client: TestClient, served: Estate) -> None:
    for index, raw in enumerate(served.opened.door.shelf.entries(0, 1000)):
        told = get(client, f"{BASE}/entries/{index}")
        assert list(told) == ["index", "leaf", "entry", "statement", "suite", "signature", "recorded_at"]
        assert (told["index"], b64decode(told["entry"])) == (index, raw)
        outer, act = Entry.parse(raw), act_of(raw).act
        assert told["leaf"] == act.leaf.hex() == sha256(b"\0" + raw).hexdigest()
        assert (told["suite"], told["signature"], told["recorded_at"]) == (
            outer.suite,
            outer.signature.hex(),
            outer.recorded_at,
        )
        said = told["statement"]
        assert list(said) == ["about", "at", "body", "by", "kind", "ledger", "prev", "sealed", "seen", "stream", "until"]
        assert (said["kind"], said["body"], said["by"]) == (act.kind, to_json(act.body), act.by.hex())


def test_pages_follow_their_links_through_the_whole_log(client: TestClient, served: Estate) -> None:
    path, seen = f"{BASE}/entries?limit=7", []
    while path:
        answer = client.get(path)
        seen += [one["index"] for one in answer.json()]
        path = answer.links.get("next", {}).get("url", "")
    assert seen == list(range(served.opened.door.checkpoint()[0]))


def test_a_full_page_never_changes_and_the_last_one_answers_304(client: TestClient, served: Estate) -> None:
    size = served.opened.door.checkpoint()[0]
    full, last = client.get(f"{BASE}/entries?limit=5"), client.get(f"{BASE}/entries?after={size - 3}&limit=5")
    assert "immutable" in full.headers["cache-control"]
    assert (len(last.json()), last.headers["cache-control"]) == (2, "no-cache")
    for answer in (full, last):
        tag = answer.headers["etag"]
        again = client.get(str(answer.request.url), headers={"if-none-match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(str(last.request.url), headers={"if-none-match": full.headers["etag"]}).status_code == 200


def test_the_tag_of_the_last_page_changes_with_an_append(fresh: Estate) -> None:
    path = f"{BASE}/entries?after={fresh.opened.door.checkpoint()[0] - 3}&limit=5"
    before = fresh.client.get(path)
    fresh.opened.door.submit(fresh.vote(3))
    after = fresh.client.get(path, headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, len(after.json())) == (200, 3)


@pytest.mark.parametrize("after", ["", "58", "59", "1000000", str(2**63 - 1)])
def test_beyond_the_end_there_is_an_empty_page(client: TestClient, served: Estate, after: str) -> None:
    answer = client.get(f"{BASE}/entries?after={after}") if after else client.get(f"{BASE}/entries?limit=256")
    count = 59 if not after else 0
    assert (answer.status_code, len(answer.json())) == (200, count)
    assert "link" not in answer.headers


def test_a_limit_above_256_gives_256_at_most(client: TestClient) -> None:
    assert get(client, f"{BASE}/entries?limit=9999999") == get(client, f"{BASE}/entries?limit=256")


@pytest.mark.parametrize("query", [
    "after=-1", "after=+1", "after=01", "after=1.0", "after=x", "after=", "after=%20", "after=1_0", f"after={2**63}", "after=" + "9" * 5000,
    "limit=0", "limit=-5", "limit=a", "limit=1e3", "limit=", f"limit={10**30}",
])  # fmt: skip
def test_numbers_have_one_spelling(client: TestClient, query: str) -> None:
    answer = client.get(f"{BASE}/entries?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")


@pytest.mark.parametrize(
    "index", ["59", "-1", "x", "01", "+1", "1.0", "", "٣", "1" * 4000, str(2**63), str(10**40), "0x1", " 1"]
)
@pytest.mark.parametrize("part", ["", "/proof", "/openings"])
def test_an_entry_that_is_not_there_is_404(client: TestClient, index: str, part: str) -> None:
    answer = client.get(f"{BASE}/entries/{index}{part}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == ("entry-unknown" if index else "address-unknown")


def test_every_proof_verifies_under_the_policy_that_is_served(client: TestClient, served: Estate) -> None:
    policy = Policy.parse(client.get(f"{LOG}/policy.txt").text)
    assert client.get(f"{LOG}/policy.txt").text == policy_of(served.opened)
    for index, raw in enumerate(served.opened.door.shelf.entries(0, 1000)):
        answer = client.get(f"{BASE}/entries/{index}/proof")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert verify_proof(raw, Proof.parse(answer.text), policy, check_note).index == index


def test_openings_are_the_public_ones_and_open_their_digests(client: TestClient, served: Estate) -> None:
    found = {}
    for index, raw in enumerate(served.opened.door.shelf.entries(0, 1000)):
        act = act_of(raw).act
        for one in get(client, f"{BASE}/entries/{index}/openings"):
            assert list(one) == ["name", "value", "opening"]
            assert KINDS[act.kind].opens(act.body)[one["name"]].audience == "public"
            assert digest(context(act.ledger, act.stream, act.prev), b64decode(one["opening"], validate=True)) in act.sealed
            found[act.stream, one["name"]] = one["value"]
    assert found["ledger", "name"] == {"zh": "六尺苑", "en": "Six Feet Garden"}
    assert found["poll/lifts", "title"] == TITLE
    assert found["poll/lifts", "question/use"] == ITEMS["use"][1]
    assert found["poll/lifts", "reason"] == REASON
    assert {name for _, name in found} == {
        "name",
        "title",
        "reason",
        "question/use",
        "question/raise",
        "question/swing",
        "question/wall",
    }


# --- votes ----------------------------------------------------------------------------------------------------------------------


def test_the_votes_are_listed_newest_first(client: TestClient) -> None:
    told = get(client, f"{BASE}/polls")
    assert [(one["poll"], one["stage"], one["phase"]) for one in told] == [
        ("wall", "noticed", "upcoming"), ("garden", "open", "running"), ("lifts", "announced", "decided"),
    ]  # fmt: skip
    assert told[2]["outcomes"] == {"use": True, "raise": False}
    assert told[1]["turnout"] == {"heads": 2, "of": 12}
    assert (told[2]["flags"], told[2]["title"]) == (1, TITLE)


def test_a_decided_vote_shows_four_ratios_an_item_in_integers(client: TestClient) -> None:
    told = get(client, f"{BASE}/polls/lifts")
    use, other = told["items"]
    area = sum(8000 + n for n in range(1, 13))
    voted, agreed = sum(8000 + n for n in range(1, 11)), sum(8000 + n for n in range(2, 11))
    assert use["ratios"] == [
        {"test": "quorum", "basis": "heads", "part": 10, "whole": 12, "share": [2, 3], "op": "ge", "met": True},
        {"test": "quorum", "basis": "area", "part": voted, "whole": area, "share": [2, 3], "op": "ge", "met": True},
        {"test": "approval", "basis": "heads", "part": 9, "whole": 10, "share": [1, 2], "op": "gt", "met": True},
        {"test": "approval", "basis": "area", "part": agreed, "whole": voted, "share": [1, 2], "op": "gt", "met": True},
    ]
    assert [(one["part"], one["whole"], one["share"], one["met"]) for one in other["ratios"][2::2]] == [(6, 10, [3, 4], False)]
    assert (use["passed"], use["quorate"], other["passed"], other["quorate"]) == (True, True, False, True)
    assert (use["figures"]["abstain"], use["figures"]["agree"]) == ({"heads": 1, "area": 8001}, {"heads": 9, "area": agreed})
    assert (other["figures"]["matter_class"], other["figures"]["law"]) == ("special", "civil_code_2021")
    assert [item["question"] for item in told["items"]] == [words for _, words in ITEMS.values()]


def test_a_decided_vote_tells_its_dates_result_postings_and_flags(client: TestClient, served: Estate) -> None:
    told = get(client, f"{BASE}/polls/lifts")
    assert told["opens"] == {"ms": moment("2026-09-03 09:00"), "iso": "2026-09-03T09:00:00+08:00"}
    assert [told[name]["ms"] for name in ("noticed", "opened", "closed", "certified", "announced")] == [
        moment(at)
        for at in ("2026-08-17 09:00", "2026-09-03 09:00", "2026-09-17 20:30", "2026-09-18 10:00", "2026-09-19 10:00")
    ]
    assert told["result"] == {"index": served.index("lifts-result"), "leaf": served.play.leaves["lifts-result"].hex()}
    assert [(one["n"], one["place"], one["first"], one["last"], one["standing"]) for one in told["postings"]] == [
        (1, "east-gate", "2026-08-17", "2026-09-17", "complete"), (2, "hall", "2026-08-25", "2026-09-17", "complete"),
    ]  # fmt: skip
    [flag] = told["flags"]
    assert (flag["rule"], flag["code"], flag["detail"]) == ("R-MEET-2", "posted-late", {"days": 9, "needed": 15})
    assert flag["sentence"]["en"] == "The notice hung only 9 days before opening; 15 are needed."
    assert flag["report"]["index"] == served.index("lifts-posted-2")
    assert flag["answered"] == {"entry": {"index": served.index("lifts-opening"), "leaf": served.play.leaves["lifts-opening"].hex()},
                                "reason": REASON}  # fmt: skip


def test_acts_name_posts_and_organisations(client: TestClient) -> None:
    acts = get(client, f"{BASE}/polls/lifts")["acts"]
    signed = [(act["kind"], act["signer"]["post"], act["signer"]["org"]) for act in acts]
    assert signed[:4] == [
        ("poll-noticed/1", "street-office", "street"), ("confirmed/1", "supervisor", "bureau"),
        ("notice-posted/1", "clerk", "community"), ("confirmed/1", "posting-witness", "owners"),
    ]  # fmt: skip
    assert signed[-4:] == [
        ("result-certified/1", "counter", "community"), ("confirmed/1", "counter", "owners"), ("confirmed/1", "observer", "party"),
        ("result-announced/1", "street-office", "street"),
    ]  # fmt: skip
    assert acts[0]["standing"] == {"name": "complete", "settled": acts[1]["entry"]["index"]}
    assert acts[1]["about"] == acts[0]["entry"]["index"]


def test_a_running_vote_tells_turnout_and_no_choice(client: TestClient) -> None:
    answer = client.get(f"{BASE}/polls/garden")
    told = answer.json()
    assert told["turnout"] == {"heads": 2, "of": 12}
    assert [(item["ratios"], item["figures"], item["passed"]) for item in told["items"]] == [([], None, None)]
    assert "agree" not in answer.text
    assert "against" not in answer.text


def test_a_vote_to_come_has_nobody_yet(client: TestClient) -> None:
    told = get(client, f"{BASE}/polls/wall")
    assert (told["turnout"], told["opened"], told["postings"], told["result"]) == ({"heads": 0, "of": 12}, None, [], None)


@pytest.mark.parametrize(("now", "wall", "garden"), [
    ("2026-11-20 08:59", "upcoming", "running"), ("2026-11-20 09:00", "ready", "running"), ("2026-12-20 20:00", "ready", "running"),
    ("2026-12-20 20:01", "lapsed", "running"), ("2026-12-31 20:00", "lapsed", "running"), ("2026-12-31 20:01", "lapsed", "ended"),
])  # fmt: skip
def test_the_phase_follows_the_readers_clock(fresh: Estate, now: str, wall: str, garden: str) -> None:
    fresh.clock.move_to(moment(now))
    assert [one["phase"] for one in get(fresh.client, f"{BASE}/polls")] == [wall, garden, "decided"]


@pytest.mark.parametrize("poll", ["none", "Lifts", "lifts%0A", "lifts%20", "%E8%A1%A8", "x" * 3000])
def test_an_unknown_vote_is_404(client: TestClient, poll: str) -> None:
    answer = client.get(f"{BASE}/polls/{poll}")
    assert (answer.status_code, answer.json()["code"]) in [(404, "poll-unknown"), (404, "address-unknown")]


def test_the_statement_in_an_entry_is_what_was_signed(client: TestClient, served: Estate) -> None:
    raw = b64decode(get(client, f"{BASE}/entries/5")["entry"])
    assert sha256(STATEMENT_PURPOSE + Entry.parse(raw).statement).digest() == served.opened.door.shelf.statement(5)
