"""`liuchi verify`: a receipt holds or it does not, and what it cannot show is never called verified."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.authoring import compose
from keys.identity import SigningKey
from scripts.verify import CLAIMS, FAILURES
from tests.scripts.conftest import CODE, ORIGIN, Estate, liuchi, printed
from tlog import note
from tlog.checkpoint import Checkpoint, cosign, sign_checkpoint
from tlog.entry import Entry
from tlog.merkle import leaf_hash, root
from tlog.note import Vkey
from tlog.proof import Proof

Receipt = dict[str, Any]
LOG = SigningKey.from_seed(b"L" * 32)
WITNESS = SigningKey.from_seed(b"W" * 32)
AUTHOR = SigningKey.from_seed(b"A" * 32)
VKEY = Vkey(ORIGIN, note.ED25519, LOG.public)
WITNESS_KEY = Vkey("witness.example.org", note.COSIGNATURE, WITNESS.public)
PHOTO = b"a photograph of a notice board"
POLICY = f"log {VKEY}\nquorum none\n"
AT = 1_790_000_000_000


def entry(ledger: str = ORIGIN, recorded_at: int = AT, **but: Any) -> bytes:
    """A posting with a photograph, signed by somebody whose key stands elsewhere in the log."""
    body = {"from": "2026-08-17", "n": 1, "photo": (sha256(PHOTO).digest(), len(PHOTO), "image/jpeg"), "place": "gate", "poll": "p",
            "to": "2026-09-17"} | but  # fmt: skip
    made = compose("notice-posted/1", body, AUTHOR, ledger=ledger, at=AT)
    return Entry(made.statement, made.suite, made.signature, recorded_at).raw()


def receipt(raw: bytes, origin: str = ORIGIN, cosigned_at: int | None = None, **but: Any) -> Receipt:
    """The receipt of an entry at place 1 of a tree of 2."""
    leaves = [leaf_hash(b"another"), leaf_hash(raw)]
    head = Checkpoint(origin, 2, root(leaves))
    signed = sign_checkpoint(head, LOG.sign_note, Vkey(origin, note.ED25519, LOG.public))
    if cosigned_at is not None:
        signed = note.add(signed, cosign(head, cosigned_at, WITNESS.sign_note, WITNESS_KEY))
    proof = str(Proof(1, (leaves[0],), signed))
    return {"index": 1, "leaf": leaves[1].hex(), "entry": b64encode(raw).decode(), "proof": proof, "status": "recorded"} | but


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., tuple[int, dict[str, bool | None]]]:
    """Exit code and what was said of each claim."""

    def check(value: Receipt, policy: str | None = POLICY, **files: bytes) -> tuple[int, dict[str, bool | None]]:
        words: list[object] = ["verify", tmp_path / "receipt.json", "--json"]
        (tmp_path / "receipt.json").write_text(json.dumps(value))
        if policy is not None:
            (tmp_path / "policy.txt").write_text(policy)
            words += ["--policy", tmp_path / "policy.txt"]
        for name, raw in files.items():
            (tmp_path / name).write_bytes(raw)
            words += [f"--{name}", tmp_path / name]
        found = liuchi(*words)
        document = json.loads(found.stdout)
        assert document["verdict"] == ("ok" if found.exit_code == 0 else "bad")
        return found.exit_code, {one["step"]: one["held"] for one in document["checked"] + document["unknown"]}

    return check


Said = Callable[..., tuple[int, dict[str, bool | None]]]
SOUND = {"leaf": True, "index": True, "inclusion": True, "entry": True, "ledger": True, "kind": True, "in-date": True}
BEYOND = {"signature-elsewhere": None, "in-force": None, "lawful": None}


def test_a_sound_receipt_holds_under_a_policy_and_says_what_it_cannot_show(said: Said) -> None:
    assert said(receipt(entry())) == (0, SOUND | {"log-key": True, "not-witnessed": None} | BEYOND)


def test_without_a_policy_nobody_vouches_for_it(said: Said) -> None:
    assert said(receipt(entry()), None) == (0, SOUND | {"no-policy": None} | BEYOND)


def test_cosigned_receipts_name_their_witnesses(said: Said) -> None:
    policy = f"log {VKEY}\nwitness w {WITNESS_KEY}\nquorum w\n"
    assert said(receipt(entry(), cosigned_at=1_790_000_100), policy)[1]["witnesses"] is True
    assert said(receipt(entry()), policy) == (1, SOUND | {"log-key": True, "quorum": False} | BEYOND)


@pytest.mark.parametrize(("value", "failed"), [
    pytest.param(receipt(entry(), leaf="00" * 32), {"leaf"}, id="another leaf named"),
    pytest.param(receipt(entry(), index=0), {"index"}, id="another index named"),
    pytest.param(receipt(entry()) | {"entry": b64encode(entry(n=2)).decode()}, {"leaf", "inclusion"}, id="another entry"),
    pytest.param(receipt(b"no entry at all"), {"entry"}, id="no entry"),
    pytest.param(receipt(entry(ledger="ledger.example.org/log/440307-002/1")), {"ledger"}, id="another ledger's statement"),
    pytest.param(receipt(entry(n=0)), {"kind"}, id="a body that does not fit"),
    pytest.param(receipt(entry(recorded_at=AT + 10**10)), {"in-date"}, id="recorded too late"),
    pytest.param(receipt(entry(), origin="ledger.example.org/log/x/1"), {"ledger", "log-key"}, id="another log"),
])  # fmt: skip
def test_a_receipt_that_does_not_hold_is_exit_1_and_says_where(said: Said, value: Receipt, failed: set[str]) -> None:
    code, steps = said(value)
    assert (code, {step for step, held in steps.items() if held is False}) == (1, failed)


def test_a_checkpoint_that_another_key_signed_is_nobodys(said: Said) -> None:
    other = Vkey(ORIGIN, note.ED25519, WITNESS.public)
    assert said(receipt(entry()), f"log {other}\nquorum none\n")[1]["log-key"] is False
    value = receipt(entry())
    signed = b64encode(root([leaf_hash(b"another"), leaf_hash(entry())])).decode()
    value["proof"] = value["proof"].replace(signed, b64encode(bytes(32)).decode())
    code, steps = said(value)
    assert (code, steps["inclusion"], steps["log-key"]) == (1, False, False)


@pytest.mark.parametrize(("document", "body", "held"), [
    (PHOTO, {}, True),
    (PHOTO + b"!", {}, False),
    (b"", {}, False),
    (PHOTO, {"photo": None}, False),
    (PHOTO, {"photo": (sha256(PHOTO).digest(), 1, "image/jpeg")}, False),
])  # fmt: skip
def test_a_document_is_the_one_named_by_digest_and_size_or_it_is_not(
    said: Said, document: bytes, body: dict[str, Any], held: bool
) -> None:
    code, steps = said(receipt(entry(**body)), document=document)
    assert (code, steps["document"]) == (0 if held else 1, held)


def test_a_document_that_only_something_sealed_may_name_is_not_verified(estate: Estate) -> None:
    value = estate.acted("roll-page/1", *page(estate), by="clerk")
    found = liuchi("verify", estate.write("r.json", value), "--document", estate.path / "founders.json", "--json")
    document = json.loads(found.stdout)
    steps = {one["step"]: one["held"] for one in document["checked"] + document["unknown"]}
    assert (found.exit_code, steps["document"], steps["document-sealed"], steps["sealed"]) == (1, False, None, None)


def page(estate: Estate) -> list[object]:
    tag = "01" * 16
    row = {"area": [8000], "building": ["B1"], "owners": ["o-1"], "status": ["sold"], "units": ["1-101"]}
    body = {"area": 8000, "heads": 1, "page": "1", "snapshot": "r", "tags": [tag]}
    return ["--body", estate.write("page.json", body), "--openings", estate.write("rows.json", {f"row/{tag}": row})]


def test_a_founding_carries_its_authors_key_and_its_signature_is_checked(bare: Estate) -> None:
    assert bare.found().exit_code == 0
    mirror = bare.path / "mirror"
    printed("export", CODE, "--mirror", mirror, "--data", bare.data)
    raw = (mirror / "tile" / "entries" / "000.p" / "1").read_bytes()[2:]
    proof = bare.write("0.tlog-proof", str(Proof(0, (), (mirror / "checkpoint").read_text("utf-8"))))
    (bare.path / "0.entry").write_bytes(raw)
    words = ["verify", proof, "--entry", bare.path / "0.entry", "--policy", mirror / "policy.txt"]
    steps = {one["step"]: one["held"] for one in printed(*words)["checked"]}
    assert (steps["signature"], steps["log-key"], "leaf" in steps) == (True, True, False)
    whole = Entry.parse(raw)
    forged = Entry(whole.statement, whole.suite, bytes(64), whole.recorded_at).raw()
    value = receipt(forged)
    found = json.loads(liuchi("verify", bare.write("forged.json", value), "--json").stdout)
    assert [one["step"] for one in found["checked"] if one["held"] is False] == ["signature"]


@pytest.mark.parametrize(("value", "expected"), [
    ("{", "line 1, column 2: expected JSON"),
    ([], "the whole: expected a proof file, or a JSON receipt with exactly entry, index, leaf, proof, status"),
    ({"index": 1}, "the whole: expected a proof file, or a JSON receipt"),
    (receipt(entry()) | {"more": 1}, "the whole: expected a proof file, or a JSON receipt"),
    (receipt(entry(), index="1"), "field index: expected a whole number"),
    (receipt(entry(), index=True), "field index: expected a whole number"),
    (receipt(entry(), leaf="AB" * 32), "field leaf: expected 64 lower-case hex digits"),
    (receipt(entry(), entry="!"), "field entry: expected base64"),
    (receipt(entry(), entry=""), "field entry: expected base64"),
    (receipt(entry(), proof=None), "field proof: expected the text of a proof file"),
    (receipt(entry(), proof="c2sp.org/tlog-proof@v2\n\n"), "the proof: expected c2sp.org/tlog-proof@v1"),
    (receipt(entry(), status="believed"), "field status: expected recorded or witnessed"),
    (receipt(entry(), status=["recorded"]), "field status: expected recorded or witnessed"),
    ({"openings": [], "receipt": receipt(entry()), "statement": "00"}, "not that of the receipt"),
])  # fmt: skip
def test_what_is_no_receipt_is_one_line_and_exit_3(tmp_path: Path, value: Any, expected: str) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    found = liuchi("verify", path, "--json")
    assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (3, "", 1)
    assert found.stderr.startswith(f"{path}, ")
    assert expected in found.stderr


@given(st.data())
def test_whatever_is_changed_in_a_receipt_it_holds_no_more(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path, text = tmp_path_factory.getbasetemp() / "changed.json", json.dumps(receipt(entry()))
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.characters(codec="utf-8")) + text[place + 1 :]
    path.write_text(changed, "utf-8", newline="")
    policy = tmp_path_factory.getbasetemp() / "policy.txt"
    policy.write_text(POLICY)
    code = liuchi("verify", path, "--policy", policy).exit_code
    assert code in (1, 3) or (code == 0 and json.loads(changed) == json.loads(text))


@pytest.mark.parametrize("policy", ["", "log x\nquorum none\n", f"log {VKEY}\n", f"log {VKEY}\nquorum none", "\x00"])
def test_what_is_no_policy_is_one_line_and_exit_3(tmp_path: Path, policy: str) -> None:
    (tmp_path / "r.json").write_text(json.dumps(receipt(entry())))
    (tmp_path / "policy.txt").write_text(policy)
    found = liuchi("verify", tmp_path / "r.json", "--policy", tmp_path / "policy.txt")
    assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (3, "", 1)
    assert found.stderr.startswith(f"{tmp_path}/policy.txt, the whole: expected a tlog-policy: ")


def test_a_proof_file_needs_the_entry_and_a_json_receipt_holds_it(tmp_path: Path) -> None:
    value = receipt(entry())
    (tmp_path / "r.json").write_text(json.dumps(value))
    (tmp_path / "r.tlog-proof").write_text(value["proof"], "utf-8")
    (tmp_path / "r.entry").write_bytes(b64decode(value["entry"]))
    assert printed("verify", tmp_path / "r.tlog-proof", "--entry", tmp_path / "r.entry")["index"] == 1
    assert liuchi("verify", tmp_path / "r.tlog-proof").exit_code == 2
    assert liuchi("verify", tmp_path / "r.json", "--entry", tmp_path / "r.entry").exit_code == 2
    assert liuchi("verify", tmp_path / "gone").exit_code == 3


def test_people_read_the_verdict_first_and_what_cannot_be_known_last(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps(receipt(entry())))
    (tmp_path / "policy.txt").write_text(POLICY)
    text = liuchi("verify", tmp_path / "r.json").stdout
    assert text.startswith(
        "○ 回执前后一致，但没有另外的人担保台账公钥。The receipt is consistent in itself; nobody vouches for it.\n"
    )
    assert "without a policy the log's key comes from nowhere" in text.split("无从得知 What cannot be known from this:")[1]
    assert liuchi("verify", tmp_path / "r.json", "--policy", tmp_path / "policy.txt").stdout.startswith(
        "✓ 回执无误。The receipt holds.\n"
    )
    (tmp_path / "r.json").write_text(json.dumps(receipt(entry(), leaf="00" * 32)))
    assert liuchi("verify", tmp_path / "r.json").stdout.startswith("✗ 回执有误。The receipt does not hold.\n")


def test_every_claim_has_its_words_in_both_languages() -> None:
    assert all(len(words) == 2 and all(words) for words in (*CLAIMS.values(), *FAILURES.values()))
    assert FAILURES.keys() <= CLAIMS.keys()


def test_a_failed_step_says_what_failed_and_the_end_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps(receipt(entry(), leaf="00" * 32)))
    lines = liuchi("verify", tmp_path / "r.json").stdout.splitlines()
    assert "  ✗ 条目内容与回执所写的哈希不符" in lines
    assert lines[-2].startswith("请重新取一份回执再核对")
