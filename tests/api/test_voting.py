"""What a key stands for and what its next ballot needs, over HTTP; a passkey votes and reads as any other key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from keys.authoring import compose
from keys.identity import SigningKey
from scripts.stories.player import Someone, Step
from tests.api.conftest import BASE, CODE, ORIGIN, UNITS, Estate
from tests.api.test_sessions import asked
from tests.keys.authenticator import Authenticator

NOW = "2026-10-21 10:00"
PHONE = Authenticator("localhost", origin="http://localhost:8000")


def key_of(estate: Estate, who: str) -> dict[str, Any]:
    told: dict[str, Any] = estate.client.get(f"{BASE}/keys/{estate.play.people[who].key.id.hex()}").json()
    return told


def needed(estate: Estate, poll: str, key: bytes) -> dict[str, Any]:
    answer = estate.client.get(f"{BASE}/polls/{poll}/ballot", params={"key": key.hex()})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), answer.text
    told: dict[str, Any] = answer.json()
    return told


def say(estate: Estate, step: Step) -> None:
    list(estate.play.play([step]))


def admit(estate: Estate, name: str, holder: str, key: Authenticator | SigningKey) -> Someone:
    """The key of somebody on the roll who had none: a passkey is a key as any other."""
    someone = Someone(estate.play.chance(16), None, {"id": holder, "name": "业主（示例）"}, cast("SigningKey", key))
    estate.play.people[name] = someone
    body = {"page": name, "rows": (someone.row(ORIGIN),)}
    say(estate, Step(NOW, "clerk", "keys-admitted/1", body, {f"holder/{key.id.hex()}": someone.holder}, confirm=("bureau",)))
    return someone


def revoke(estate: Estate, who: str) -> None:
    key = estate.play.people[who].key.id
    body = {"key": key, "own": True, "reason": "lost", "since": estate.clock.at}
    say(estate, Step(NOW, who, "key-revoked/1", body))


# --- a key


def test_a_key_says_whether_it_signs_and_what_it_stands_for(served: Estate) -> None:
    one, clerk = key_of(served, "head-01"), key_of(served, "clerk")
    assert one["heads"] == [["r", served.play.tag(UNITS[0].unit).hex()]]
    assert (one["active"], one["suite"], one["posts"], one["until"]) == (True, "ed25519-v1", [], None)
    assert one["person"] == served.play.people["head-01"].person.hex()
    assert (clerk["posts"], clerk["heads"], clerk["org"]) == ([{"post": "clerk", "matter": None}], [], "community-guojian")


def test_a_key_that_was_never_admitted_is_not_found(client: TestClient) -> None:
    answer = client.get(f"{BASE}/keys/{'ab' * 32}")
    assert (answer.status_code, answer.json()["code"]) == (404, "key-not-admitted")


@pytest.mark.parametrize("key", ["ab", "AB" * 32, "zz" * 32, "ab" * 33])
def test_a_key_id_has_one_spelling(client: TestClient, key: str) -> None:
    for path in (f"{BASE}/keys/{key}", f"{BASE}/polls/garden/ballot?key={key}"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")


def test_a_key_that_replaced_another_stands_for_its_heads_until_it_is_revoked(fresh: Estate) -> None:
    old, new = fresh.play.people["head-03"], PHONE
    after = replace(old, key=cast("SigningKey", new))
    body = {"key": old.key.id, "row": after.row(ORIGIN)}
    say(fresh, Step(NOW, "head-03", "key-rotated/1", body, {f"holder/{new.id.hex()}": old.holder}, confirm=("bureau",)))
    fresh.play.people["new-03"] = after
    assert key_of(fresh, "new-03")["heads"] == key_of(fresh, "head-03")["heads"] == [["r", fresh.play.tag(UNITS[2].unit).hex()]]
    assert (key_of(fresh, "new-03")["active"], key_of(fresh, "head-03")["active"]) == (True, False)
    assert [one["tag"] for one in needed(fresh, "garden", new.id)["tags"]] == [fresh.play.tag(UNITS[2].unit).hex()]
    revoke(fresh, "new-03")
    told = key_of(fresh, "new-03")
    assert (told["active"], told["posts"], told["until"] is None) == (False, [], False)
    assert needed(fresh, "garden", new.id)["active"] is False


# --- a ballot


def test_a_ballot_needs_the_last_leaf_of_its_stream_and_a_checkpoint(served: Estate) -> None:
    told, tag = needed(served, "garden", served.play.people["head-01"].key.id), served.play.tag(UNITS[0].unit).hex()
    assert (told["ledger"], told["ballots"], told["kind"], told["channels"]) == (
        ORIGIN,
        "open",
        "ballot-cast/1",
        ["electronic"],
    )
    assert told["opening"] == served.play.leaves["garden-opening"].hex()
    assert (told["active"], told["refused"], told["phase"]) == (True, None, "running")
    [head] = told["tags"]
    assert (head["tag"], head["stream"], head["place"], head["paper"]) == (tag, f"ballot/garden/{tag}", 2, [])
    assert head["prev"] == head["stands"]["leaf"]
    size, root, note = served.opened.door.checkpoint()
    assert (told["seen"], told["checkpoint"]) == ([size, root.hex()], note)
    assert [(one["id"], one["question"]) for one in told["items"]] == [("swing", "是否设秋千?")]


def test_a_head_that_has_not_voted_opens_its_stream(served: Estate) -> None:
    [head] = needed(served, "garden", served.play.people["head-05"].key.id)["tags"]
    assert (head["prev"], head["place"], head["stands"]) == (None, 1, None)


@pytest.mark.parametrize(("poll", "code"), [("wall", "poll-not-open"), ("lifts", "outside-window")])
def test_a_vote_that_takes_no_ballot_says_what_the_ledger_would_say(served: Estate, poll: str, code: str) -> None:
    refused = needed(served, poll, served.play.people["head-01"].key.id)["refused"]
    assert (refused["code"], refused["detail"]["zh"][-1], refused["remedy"]["en"][-1]) == (code, "。", ".")


def test_a_key_that_nobody_knows_stands_for_nobody(served: Estate) -> None:
    told = needed(served, "garden", bytes(32))
    assert (told["active"], told["tags"]) == (None, [])


def test_an_unknown_vote_is_not_found(client: TestClient) -> None:
    for path in (f"{BASE}/polls/none/ballot?key={'ab' * 32}", f"/c/{CODE}/polls/none/vote"):
        assert client.get(path).status_code == 404


def test_the_page_asks_every_question_and_names_no_choice_before_it_is_made(client: TestClient) -> None:
    answer = client.get(f"/c/{CODE}/polls/garden/vote")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert ("是否设秋千?" in answer.text, "记名公开" in answer.text, "checked" in answer.text) == (True, True, False)
    assert "Agree" in client.get(f"/c/{CODE}/polls/garden/vote?lang=en").text


def test_the_page_of_a_vote_leads_there_while_it_runs(client: TestClient) -> None:
    assert f'href="/c/{CODE}/polls/garden/vote"' in client.get(f"/c/{CODE}/polls/garden").text
    for poll in ("lifts", "wall"):
        assert f"/c/{CODE}/polls/{poll}/vote" not in client.get(f"/c/{CODE}/polls/{poll}").text


# --- a passkey


def test_a_passkey_votes_by_what_the_ledger_says_a_ballot_needs(fresh: Estate) -> None:
    old = fresh.play.people["head-04"]
    after = replace(old, key=cast("SigningKey", PHONE))
    body = {"key": old.key.id, "row": after.row(ORIGIN)}
    say(fresh, Step(NOW, "head-04", "key-rotated/1", body, {f"holder/{PHONE.id.hex()}": old.holder}, confirm=("bureau",)))
    told = needed(fresh, "garden", PHONE.id)
    [head] = told["tags"]
    cast_ = {"choices": {"swing": "agree"}, "poll": "garden", "tag": bytes.fromhex(head["tag"])}
    seen = (told["seen"][0], bytes.fromhex(told["seen"][1]))
    made = compose(told["kind"], cast_, after.key, ledger=told["ledger"], at=told["now"], seen=seen,
                   about=bytes.fromhex(told["opening"]), prev=None)  # fmt: skip
    answer = fresh.client.post(f"{BASE}/statements", content=made.raw(), headers={"content-type": "application/msgpack"})
    assert answer.status_code == 201, answer.text
    assert needed(fresh, "garden", PHONE.id)["tags"][0]["stands"]["index"] == answer.json()["index"]


def test_a_passkey_opens_a_session(fresh: Estate) -> None:
    someone = admit(fresh, "phone", "secret-owner-99", PHONE)
    answer = fresh.client.post(f"{BASE}/sessions", json=asked(fresh, "phone"))
    assert answer.status_code == 201, answer.text
    assert answer.json()["reader"]["person"] == someone.person.hex()


def test_a_passkey_of_another_site_is_not_admitted_r_sig_5(fresh: Estate) -> None:
    stranger = Authenticator("example.com")
    someone = Someone(bytes(16), None, {"id": "x", "name": "y"}, cast("SigningKey", stranger))
    body = {"page": "strange", "rows": (someone.row(ORIGIN),)}
    step = Step(
        NOW, "clerk", "keys-admitted/1", body, {f"holder/{stranger.id.hex()}": someone.holder}, refused="possession-unproved"
    )
    say(fresh, step)
