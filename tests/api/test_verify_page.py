"""Checking a receipt on the page: what the browser's script needs, and the same check by the server without it."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from tests.api.conftest import CODE, LOG, Estate
from tlog.entry import Entry, Statement
from tlog.merkle import leaf_hash

C = f"/c/{CODE}"


def receipt(client: TestClient, index: int) -> dict[str, Any]:
    told: dict[str, Any] = client.get(f"{C}/entries/{index}/receipt.json").json()
    return told


def checked(client: TestClient, text: str, policy: str = "") -> tuple[bool, str]:
    answer = client.post("/verify", data={"receipt": text.replace("\n", "\r\n"), "policy": policy.replace("\n", "\r\n")})
    assert answer.status_code == 200
    [(verdict, said)] = re.findall(r'id="verify-result".*?<li class="(ok|failed)">(.*?)</li>', answer.text, re.DOTALL)
    return verdict == "ok", unescape(said)


def test_the_form_has_what_the_browsers_check_needs(client: TestClient) -> None:
    text = client.get("/verify").text
    for name in ("receipt-input", "receipt-file", "policy-input", "verify-button", "verify-result"):
        assert f'id="{name}"' in text
    assert '<ul id="verify-result" class="checks" aria-live="polite"></ul>' in text
    [script] = re.findall(r'<script type="module" src="([^"]+)"', text)
    assert client.get(script).headers["content-type"] == "text/javascript; charset=utf-8"
    assert "log demo.example.org" in text


def test_a_record_fills_in_its_own_receipt(client: TestClient) -> None:
    text = client.get(f"/verify?ledger={CODE}&entry=5").text
    [filled] = re.findall(r'id="receipt-input"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    assert json.loads(unescape(filled)) == receipt(client, 5)
    for entry in ("59", "-1", "x", "9" * 30, "٣"):
        assert "tlog-proof@" not in client.get("/verify", params={"ledger": CODE, "entry": entry}).text


@pytest.mark.parametrize("index", [0, 5, 58])
def test_a_receipt_agrees_with_its_entry(client: TestClient, index: int) -> None:
    assert checked(client, json.dumps(receipt(client, index))) == (True, f"✓ 与台账第{index}条一致（公钥由本站提供）")


def test_the_file_that_a_voter_keeps_is_checked_by_its_receipt_and_holds_what_it_seals(served: Estate) -> None:
    index = served.index("lifts-notice")
    openings = [raw.hex() for raw in served.opened.door.openings_of(index)]
    found = receipt(served.client, index)
    kept = {"openings": openings, "receipt": found, "statement": Entry.parse(b64decode(found["entry"])).statement.hex()}
    assert checked(served.client, json.dumps(kept)) == (True, f"✓ 与台账第{index}条一致（公钥由本站提供）")
    for but in ({"openings": openings[1:]}, {"openings": [openings[0]] * len(openings)}, {"statement": "00"}, {"statement": None},
                {"receipt": None}, {"openings": ["x"]}):  # fmt: skip
        assert not checked(served.client, json.dumps({**kept, **but}))[0]


def test_a_proof_file_alone_agrees_with_the_entry_held_here(client: TestClient) -> None:
    proof = receipt(client, 5)["proof"]
    assert checked(client, proof) == (True, "✓ 与台账第5条一致（公钥由本站提供）")
    assert checked(client, proof.rstrip("\n"))[0]


def spoilt(one: dict[str, Any], name: str) -> dict[str, Any]:
    match name:
        case "leaf":
            return {**one, "leaf": "00" * 32}
        case "entry":
            raw = bytearray(b64decode(one["entry"]))
            raw[-1] ^= 1
            return {**one, "entry": b64encode(raw).decode()}
        case "index":
            return {**one, "index": one["index"] + 1}
        case "proof":
            return {**one, "proof": one["proof"].replace(one["proof"].split("\n")[2], b64encode(bytes(32)).decode())}
        case "signature":
            head, _, tail = one["proof"].rpartition(" ")
            return {**one, "proof": f"{head} {b64encode(b64decode(tail)[:4] + bytes(64)).decode()}\n"}
        case "extra":
            return {**one, "more": 1}
    return {key: value for key, value in one.items() if key != "status"}


@pytest.mark.parametrize("name", ["leaf", "entry", "index", "proof", "signature", "extra", "missing"])
def test_a_receipt_that_was_changed_does_not_agree(client: TestClient, name: str) -> None:
    ok, said = checked(client, json.dumps(spoilt(receipt(client, 5), name)))
    assert not ok
    assert "不一致" in said


def test_the_outcome_says_what_to_do_next(client: TestClient) -> None:
    whole = receipt(client, 5)
    for text, advice in (
        (json.dumps(whole), "这一条有没有计入结果：打开台账第5条"),
        (json.dumps(spoilt(whole, "leaf")), "请不要删除这份回执"),
        (json.dumps(whole)[:300], "没有贴全"),
    ):
        answer = client.post("/verify", data={"receipt": text, "policy": ""})
        [said] = re.findall(r'<li class="advice">(.*?)</li>', answer.text)
        assert advice in said


def test_the_sites_own_keys_are_called_its_own_and_others_are_not(client: TestClient) -> None:
    own = client.get(f"{LOG}/policy.txt").text
    assert "公钥由本站提供" in checked(client, json.dumps(receipt(client, 5)), own)[1]
    other = own.replace(
        "quorum none", "witness w example.org/w+8c44b5c0+BKrWUUvw9I/cT5eYMgtS4NNmrTMz2yTyO7nL1gI3Uk0h\nquorum none"
    )
    assert "公钥由本站提供" not in client.post("/verify", data={"receipt": "", "policy": other}).text.split("<form")[0]


@pytest.mark.parametrize("forge", ["key", "bytes"])
def test_an_entry_that_its_author_did_not_sign_does_not_agree(client: TestClient, forge: str) -> None:
    true = receipt(client, 5)
    raw = b"no entry" if forge == "bytes" else replace_author(b64decode(true["entry"]))
    false = {**true, "entry": b64encode(raw).decode(), "leaf": leaf_hash(raw).hex()}
    answer = client.post("/verify?lang=en", data={"receipt": json.dumps(false)})
    assert "The author&#39;s signature does not fit an admitted key" in answer.text
    assert "Differs from entry 5 held here" in answer.text


def replace_author(raw: bytes) -> bytes:
    """The same entry in the name of a key that nobody has."""
    entry = Entry.parse(raw)
    said = replace(Statement.parse(entry.statement), by=bytes(32))
    return replace(entry, statement=said.raw()).raw()


@pytest.mark.parametrize("text", [
    "", " ", "{}", "[]", "null", "7", "{", "[" * 100_000, "c2sp.org/tlog-proof@v1", "\x00", "真的吗", '{"index": NaN}', "1" * 5000,
])  # fmt: skip
def test_what_is_no_receipt_does_not_agree(client: TestClient, text: str) -> None:
    assert not checked(client, text)[0]


@pytest.mark.parametrize("policy", ["nonsense", "quorum none\n", "log x+1+2\nquorum none\n", "quorum none\nquorum none\n"])
def test_a_policy_that_does_not_trust_the_log_proves_nothing(client: TestClient, policy: str) -> None:
    assert not checked(client, json.dumps(receipt(client, 5)), policy)[0]


def test_the_policy_of_a_supervisor_is_believed_instead(client: TestClient) -> None:
    assert checked(client, json.dumps(receipt(client, 5)), client.get(f"{LOG}/policy.txt").text)[0]


def test_a_ledger_that_is_not_here_is_checked_by_the_policy_alone(client: TestClient) -> None:
    elsewhere, policy = TestClient(create_app({})), client.get(f"{LOG}/policy.txt").text
    assert checked(elsewhere, json.dumps(receipt(client, 5)), policy) == (True, "✓ 各项核对都一致")
    assert not checked(elsewhere, receipt(client, 5)["proof"], policy)[0]


def test_a_receipt_from_a_longer_log_names_an_entry_that_is_not_here(client: TestClient, fresh: Estate) -> None:
    fresh.opened.door.submit(fresh.vote(3))
    later = receipt(fresh.client, 59)
    ok, said = checked(client, json.dumps(later))
    assert (ok, said) == (False, "✗ 查无此条")


@pytest.mark.parametrize(("kind", "body", "status"), [
    ("application/json", b"{}", 415), ("multipart/form-data; boundary=x", b"--x--", 415),
    ("application/x-www-form-urlencoded", b"receipt=" + b"a" * 600_000, 413), ("application/x-www-form-urlencoded", b"", 200),
    ("application/x-www-form-urlencoded", b"\xff\xfe=%zz&receipt=%ff%00", 200), ("application/x-www-form-urlencoded", b"&" * 100_000, 200),
])  # fmt: skip
def test_a_strange_form_is_no_error_of_ours(client: TestClient, kind: str, body: bytes, status: int) -> None:
    assert client.post("/verify", content=body, headers={"content-type": kind}).status_code == status
