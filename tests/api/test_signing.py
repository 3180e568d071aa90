"""An act prepared over HTTP for its author to sign: typed by its kind, never decided, and what is composed of it is admitted."""

from __future__ import annotations

from typing import Any

import pytest

from keys.authoring import compose
from tests.api.conftest import BASE, CODE, UNITS, Estate
from tlog.codec import unpack

UNKNOWN = "ab" * 32


def prepared(estate: Estate, who: str, kind: str, body: Any, **more: Any) -> Any:
    key = estate.play.people[who].key.id.hex()
    return estate.client.post(f"{BASE}/prepared", json={"kind": kind, "body": body, "key": key, **more})


def ballot(estate: Estate, **but: Any) -> dict[str, Any]:
    return {"choices": {"swing": "against"}, "poll": "garden", "tag": estate.play.tag(UNITS[5].unit).hex(), **but}


def test_what_is_prepared_is_what_the_author_s_program_composes_and_the_door_admits(fresh: Estate) -> None:
    answer = prepared(fresh, "head-06", "ballot-cast/1", ballot(fresh), about=fresh.index("garden-opening"))
    told = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (told["label"]["zh"], told["prev"], told["openings"]) == ("投票", None, [])
    assert (told["about"]["kind"], told["about"]["leaf"]) == ("poll-opened/1", fresh.play.leaves["garden-opening"].hex())
    assert told["key"]["active"] is True
    body = unpack(bytes.fromhex(told["body"]))
    made = compose(told["kind"], body, fresh.play.people["head-06"].key, ledger=told["ledger"], at=told["now"],
                   about=bytes.fromhex(told["about"]["leaf"]))  # fmt: skip
    sent = fresh.client.post(f"{BASE}/statements", content=made.raw(), headers={"content-type": "application/msgpack"})
    assert sent.status_code == 201, sent.text
    again = prepared(fresh, "head-06", "ballot-cast/1", ballot(fresh), about=fresh.index("garden-opening")).json()
    assert again["prev"] == sent.json()["leaf"]


def test_whoever_confirms_need_not_say_who_she_is(served: Estate) -> None:
    told = prepared(served, "party", "confirmed/1", {}, about=served.index("clerk-given")).json()
    person = served.play.people["party"].person
    assert unpack(bytes.fromhex(told["body"])) == {"person": person}
    assert told["stream"] == f"confirmation/{served.play.leaves['clerk-given'].hex()}/{person.hex()}"


def test_openings_are_typed_and_what_is_left_out_is_a_decoy(served: Estate) -> None:
    named = served.index("lifts-notice")
    body = {"basis": "purpose-ended", "index": named, "keys_until": "2026-10-21", "openings": []}
    rows = [[served.play.leaves["lifts-notice"].hex(), "title"]]
    told = prepared(
        served, "operator", "openings-erased/1", {**body, "openings": rows}, about=named, openings={"reason": "到期"}
    )
    found = {one["name"]: one["value"] and unpack(bytes.fromhex(one["value"])) for one in told.json()["openings"]}
    assert found == {"reason": "到期", "request": None}


@pytest.mark.parametrize(
    ("kind", "body", "more", "code"),
    [
        ("nothing/1", {}, {}, "unknown-kind"),
        ("confirmed/1", {"person": "ab"}, {"about": 0}, "body-malformed"),
        ("confirmed/1", {}, {}, "about-missing"),
        ("rules-adopted/1", {}, {"about": 0}, "about-unexpected"),
        ("confirmed/1", {}, {"about": 99_999}, "entry-unknown"),
        ("confirmed/1", {}, {"about": -1}, "entry-unknown"),
        ("confirmed/1", {}, {"about": True}, "request-malformed"),
        ("confirmed/1", [], {}, "request-malformed"),
        ("confirmed/1", {}, {"openings": []}, "request-malformed"),
        ("confirmed/1", {}, {"further": 1}, "request-malformed"),
        (7, {}, {}, "request-malformed"),
        ("confirmed/1", {}, {"about": 0, "openings": {"reason": "x"}}, "opening-malformed"),
        ("poll-opened/1", {"despite": [UNKNOWN], "poll": "p"}, {}, "opening-malformed"),
        ("poll-opened/1", {"despite": [UNKNOWN], "poll": "p"}, {"openings": {"reason": 7}}, "opening-malformed"),
    ],
)
def test_what_does_not_fit_its_kind_is_not_prepared(
    served: Estate, kind: Any, body: Any, more: dict[str, Any], code: str
) -> None:
    answer = prepared(served, "clerk", kind, body, **more)
    assert (answer.status_code // 100, answer.json()["code"]) == (4, code)


@pytest.mark.parametrize("raw", [b"", b"[]", b"7", b"{}", b'{"key": 7}', b'"key"', b"[" * 9000])
def test_what_is_no_request_is_refused(served: Estate, raw: bytes) -> None:
    answer = served.client.post(f"{BASE}/prepared", content=raw, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")


def test_a_key_that_nobody_knows_prepares_too_and_is_told_so(served: Estate) -> None:
    body = {
        "kind": "rules-adopted/1",
        "body": {"edition": {"calendar": UNKNOWN, "engine": 1, "ruleset": "r", "ruleset_sha256": UNKNOWN}},
    }
    told = served.client.post(f"{BASE}/prepared", json={**body, "key": UNKNOWN}).json()
    assert (told["key"], told["stream"]) == (None, "ledger")


def test_the_page_offers_the_ledgers_and_an_act_that_waits_leads_there(served: Estate) -> None:
    assert f'value="{CODE}"' in served.client.get("/sign").text
    assert f'value="{CODE}" data-origin' in served.client.get(f"/sign?ledger={CODE}&lang=en").text
    waiting, done = (
        served.client.get(f"/c/{CODE}/entries/{served.index(name)}").text for name in ("clerk-given", "lifts-notice")
    )
    assert (f'href="/sign?ledger={CODE}#%7B%22kind' in waiting, "/sign?" in done) == (True, False)
