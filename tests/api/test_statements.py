"""Submissions over HTTP: receipts in the order of the batch, the same receipt for the same statement, problems for the rest."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

import anyio
import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from api.bodies import body
from api.problems import Faulty
from keys.suites import check_note
from ledger.submission import MAX_SUBMISSION
from projections.ledgers import policy_of
from tests.api.conftest import BASE, Estate
from tlog.codec import pack, unpack
from tlog.entry import Submission
from tlog.merkle import leaf_hash
from tlog.policy import Policy
from tlog.proof import Proof, verify_proof

MSGPACK = {"content-type": "application/msgpack"}
ONE, MANY = f"{BASE}/statements", f"{BASE}/statements/batch"


def as_map(raw: bytes) -> object:
    return unpack(raw)


def test_a_recorded_statement_answers_201_with_a_receipt_that_verifies(fresh: Estate) -> None:
    answer = fresh.client.post(ONE, content=fresh.vote(3), headers=MSGPACK)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/json")
    receipt = answer.json()
    assert list(receipt) == ["index", "leaf", "entry", "proof", "status"]
    entry = b64decode(receipt["entry"], validate=True)
    assert receipt["leaf"] == leaf_hash(entry).hex()
    assert receipt["status"] == "recorded"
    assert (
        verify_proof(entry, Proof.parse(receipt["proof"]), Policy.parse(policy_of(fresh.opened)), check_note).index
        == receipt["index"]
    )
    assert answer.headers["location"] == f"{BASE}/entries/{receipt['index']}"
    assert fresh.client.get(answer.headers["location"]).json()["entry"] == receipt["entry"]


def test_whoever_asks_for_text_gets_the_proof(fresh: Estate) -> None:
    answer = fresh.client.post(ONE, content=fresh.vote(3), headers={**MSGPACK, "accept": "text/plain, application/json;q=0.5"})
    assert (answer.status_code, answer.headers["content-type"]) == (201, "text/plain; charset=utf-8")
    assert Proof.parse(answer.text).index == fresh.opened.door.fold.head.size - 1


def test_the_same_statement_gets_the_same_receipt(fresh: Estate) -> None:
    raw = fresh.vote(3)
    first, again = (fresh.client.post(ONE, content=raw, headers=MSGPACK) for _ in range(2))
    assert again.json() == first.json()
    size = fresh.opened.door.fold.head.size
    other = fresh.client.post(ONE, content=fresh.vote(4), headers=MSGPACK)
    assert other.json()["index"] == size
    late = fresh.client.post(ONE, content=raw, headers=MSGPACK).json()
    assert {name: late[name] for name in ("index", "leaf", "entry")} == {
        name: first.json()[name] for name in ("index", "leaf", "entry")
    }


def test_a_content_type_may_carry_parameters(fresh: Estate) -> None:
    answer = fresh.client.post(ONE, content=fresh.vote(3), headers={"content-type": "Application/MsgPack; v=1"})
    assert answer.status_code == 201


def test_a_batch_answers_receipts_and_problems_in_its_order(fresh: Estate) -> None:
    good, other, stale = fresh.vote(3), fresh.vote(4), fresh.vote(3, "against")
    spoilt = Submission.parse(fresh.vote(5))
    bad = Submission(spoilt.openings, bytes(64), spoilt.statement, spoilt.suite).raw()
    size = fresh.opened.door.fold.head.size
    batch = [as_map(good), 7, as_map(bad), as_map(other), as_map(good), as_map(stale), None]
    answer = fresh.client.post(MANY, content=pack(batch), headers=MSGPACK)
    assert answer.status_code == 200
    found = [one.get("index", one.get("code")) for one in answer.json()]
    assert found == [size, "submission-malformed", "bad-signature", size + 1, size, "stream-moved", "submission-malformed"]


def test_problems_in_a_batch_say_what_problems_say(client: TestClient) -> None:
    [told] = client.post(MANY, content=pack([{}]), headers={**MSGPACK, "accept-language": "en"}).json()
    assert told["type"] == "/problems/submission-malformed"
    assert (told["status"], told["rule"]) == (400, "R-FORM-SUBMISSION")
    assert told["detail"].startswith("The submission is malformed")


@pytest.mark.parametrize(("count", "status"), [(0, 200), (256, 200), (257, 413)])
def test_a_batch_holds_at_most_256(client: TestClient, count: int, status: int) -> None:
    answer = client.post(MANY, content=pack([None] * count), headers=MSGPACK)
    assert answer.status_code == status
    assert answer.json()["code"] == "batch-too-large" if status == 413 else len(answer.json()) == count


def test_a_batch_that_announces_too_many_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post(MANY, content=b"\xdd\xff\xff\xff\xff", headers=MSGPACK)
    assert (answer.status_code, answer.json()["code"]) == (413, "batch-too-large")


@pytest.mark.parametrize("body", [
    b"", b"\x80", b"\xc1", b"\x91", b"\x91" * 100, pack({"a": 1}), b"\x92\xc0\xc0\xc0",
])  # fmt: skip
def test_a_batch_that_is_no_canonical_array_is_malformed(client: TestClient, body: bytes) -> None:
    answer = client.post(MANY, content=body, headers=MSGPACK)
    assert (answer.status_code, answer.json()["code"]) == (400, "submission-malformed")


@pytest.mark.parametrize("body", [b"", b"\x00", b"\xc1", b"\x84", b"\xdf\xff\xff\xff\xff", b"\x91" * 2000, b"{}", bytes(1000)])
def test_a_submission_that_is_none_is_malformed(client: TestClient, body: bytes) -> None:
    answer = client.post(ONE, content=body, headers=MSGPACK)
    assert (answer.status_code, answer.json()["code"]) == (400, "submission-malformed")


@pytest.mark.parametrize("kind", [
    "application/json", "application/x-msgpack", "text/plain", "", "application/msgpackx", "multipart/form-data; boundary=x",
])  # fmt: skip
@pytest.mark.parametrize("path", [ONE, MANY])
def test_another_content_type_is_415(client: TestClient, path: str, kind: str) -> None:
    answer = client.post(path, content=b"\x80", headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "media-type-unsupported")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("extra", "status"), [(0, 400), (1, 413)])
def test_a_body_is_read_up_to_its_limit(client: TestClient, extra: int, status: int) -> None:
    assert client.post(ONE, content=bytes(MAX_SUBMISSION + extra), headers=MSGPACK).status_code == status


def test_a_body_without_a_length_is_cut_off_at_the_limit(client: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 65_536
            yield bytes(65_536)

    answer = client.post(ONE, content=endless(), headers=MSGPACK)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_length_that_lies_is_refused_unread(client: TestClient) -> None:
    answer = client.post(ONE, content=b"\x80", headers={**MSGPACK, "content-length": "99999999999"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_refusal_of_the_rules_keeps_its_code_status_and_rule(fresh: Estate) -> None:
    fresh.clock.move_to(fresh.clock.at + 30 * 86_400_000)
    body = {"choices": {"no-such": "agree"}, "poll": "garden", "tag": fresh.play.tag("密室03")}
    raw = fresh.play.compose("head-03", "ballot-cast/1", body, about=fresh.play.leaves["garden-opening"])
    answer = fresh.client.post(ONE, content=raw, headers={**MSGPACK, "accept-language": "en-GB,en;q=0.9"})
    told = answer.json()
    assert answer.status_code == told["status"] == 422
    assert (told["code"], told["rule"], told["type"]) == ("item-unknown", "R-BAL-4", "/problems/item-unknown")
    assert told["detail"] == "The ballot answers items that the notice does not have: no-such."
    assert set(told) == {"type", "title", "status", "code", "rule", "detail", "remedy", "instance"}


def test_nothing_is_recorded_by_a_refusal(fresh: Estate) -> None:
    size = fresh.opened.door.checkpoint()[0]
    fresh.client.post(ONE, content=b"\x80", headers=MSGPACK)
    fresh.client.post(MANY, content=pack([None, {}]), headers=MSGPACK)
    assert fresh.opened.door.checkpoint()[0] == size


@pytest.mark.parametrize("path", ["/api/v1/ledgers/none/statements", "/api/v1/ledgers/none/statements/batch"])
def test_an_unknown_ledger_takes_nothing(client: TestClient, path: str) -> None:
    answer = client.post(path, content=b"\x80", headers=MSGPACK)
    assert (answer.status_code, answer.json()["code"]) == (404, "ledger-unknown")


def test_a_body_whose_sender_leaves_is_no_error_of_ours() -> None:
    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    headers = [(b"content-type", b"application/msgpack")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, gone)
    with pytest.raises(Faulty) as refused:
        anyio.run(body("application/msgpack", 10), request)
    assert refused.value.code == "request-malformed"
