"""`liuchi act`: what is wrong is found before a passphrase is asked for; what the rules refuse is said in two languages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from keys.custody import write_key
from keys.identity import SigningKey
from scripts.act import doubts
from tests.scripts.conftest import CHEAP, CODE, ORGS, ORIGIN, WORD, Estate, liuchi, printed

Size = Callable[[], int]
DESPITE = {"despite": ["00" * 32], "poll": "p"}
PAGE = {"area": 0, "heads": 1, "page": "1", "snapshot": "r", "tags": ["00" * 16]}


def post(**but: Any) -> dict[str, Any]:
    body = {
        "from": "2026-01-01",
        "matter": None,
        "org": ORGS["clerk"],
        "person": "00" * 16,
        "post": "observer",
        "to": "2027-01-01",
    }
    return body | but


def clerk(estate: Estate) -> str:
    person: str = estate.acted("--read", 5)["body"]["person"]
    return person


def given(estate: Estate, **but: Any) -> dict[str, Any]:
    """A post given by the street office, which waits for a supervisor of another organisation."""
    body = estate.write("observer.json", post(person=clerk(estate), **but))
    receipt: dict[str, Any] = estate.acted("post-given/1", "--body", body, by="street")
    return receipt


def test_an_act_is_recorded_and_its_receipt_saved_and_verified(estate: Estate, size: Size) -> None:
    out = estate.path / "receipt.json"
    body = estate.write("observer.json", post(person=clerk(estate)))
    found = estate.act("post-given/1", "--body", body, "--out", out, by="street")
    assert (found.exit_code, size()) == (0, 8)
    assert "还需复核 not in force until confirmed by: 监督单位 supervisor" in found.stdout
    receipt = json.loads(out.read_text())
    assert receipt.keys() == {"index", "leaf", "entry", "proof", "status"}
    assert printed("verify", out)["verdict"] == "ok"
    assert estate.acted("--read", receipt["index"])["leaf"] == receipt["leaf"]


def test_what_waits_is_listed_with_those_who_can_confirm_it(estate: Estate) -> None:
    receipt = given(estate)
    [waits] = estate.acted("--pending")["pending"]
    assert (waits["index"], waits["kind"], waits["author"]) == (7, "post-given/1", "工作人员 street (street-guojian)")
    assert waits["needs"] == [{"posts": ["supervisor"], "other_organisation": True}]
    assert waits["who"] == ["工作人员 bureau (bureau-longgang)", "工作人员 party (party-guojian)"]
    text = estate.act("--pending").stdout
    assert f"liuchi act --confirm {receipt['index']}" in text
    assert "可复核者 who can: 工作人员 bureau (bureau-longgang)" in text


def test_a_confirmation_by_leaf_or_index_puts_the_act_into_force_once(estate: Estate) -> None:
    receipt = given(estate)
    assert "该行为已生效 the act is in force" in estate.act("--confirm", receipt["leaf"], by="party").stdout
    assert estate.acted("--pending") == {"pending": []}
    again = estate.act("--confirm", receipt["index"], by="bureau")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.startswith("✗ R-ACT-PENDING · nothing-pending\n  没有等待复核的该行为")
    assert "No such act is waiting" in again.stderr


def test_who_may_not_confirm_is_refused_with_sentence_rule_and_remedy(estate: Estate) -> None:
    receipt = given(estate)
    found = estate.act("--confirm", receipt["index"], "--json", by="street")
    said = json.loads(found.stdout)
    assert (found.exit_code, said["code"], said["rule"]) == (1, "same-person", "R-ACT-AUTHORITY")
    assert said["detail"] == {
        "zh": "同一人不能复核自己或重复复核。",
        "en": "Nobody confirms or appoints themselves, or confirms twice.",
    }
    assert said["remedy"]["en"] == "Let another person do it."


def test_an_act_is_declined_by_its_confirmer_or_withdrawn_by_its_author(estate: Estate) -> None:
    first = given(estate)
    assert estate.act("--decline", first["index"], "--reason", "wrong-person", by="bureau").exit_code == 0
    second = given(estate)
    assert estate.act("--decline", second["index"], "--reason", "wrong-person", by="street").exit_code == 1
    assert estate.act("--decline", second["index"], "--reason", "withdrawn", by="street").exit_code == 0
    assert estate.acted("--pending") == {"pending": []}


def test_an_entry_is_read_with_what_it_seals(estate: Estate) -> None:
    page = estate.acted("--read", 3)
    assert page["kind"] == "keys-admitted/1"
    assert list(page["openings"].values()) == [{"id": "clerk-7", "name": "经办人"}]
    assert (page["withheld"], page["erased"], page["lost"]) == ([], [], 0)
    said = estate.act("--read", 3).stdout
    assert "密封内容 holder/" in said
    assert f"  摘要 digest {next(iter(page['digests'].values()))}\n" in said


def test_what_is_lost_is_not_called_erased(estate: Estate) -> None:
    name = next(iter(estate.acted("--read", 3)["openings"]))
    with closing(sqlite3.connect(estate.data / CODE / "datakeys.sqlite")) as keys, keys:
        keys.execute("DELETE FROM data_keys WHERE subject = ?", (name,))
    page = estate.acted("--read", 3)
    assert (page["openings"], page["erased"], page["lost"]) == ({}, [], 1)
    assert "并非依法删除）cannot be opened, and was not erased by an act: 1" in estate.act("--read", 3).stdout


def test_what_is_erased_is_said_to_be_by_which_act_and_why(estate: Estate) -> None:
    name = next(iter(estate.acted("--read", 3)["openings"]))
    key = {"key": name.removeprefix("holder/"), "own": False, "reason": "left-post", "since": 0}
    revoked = estate.acted("key-revoked/1", "--body", estate.write("revoked.json", key), by="bureau")
    estate.acted("--confirm", revoked["index"], by="party")
    digests = estate.acted("--read", 3)["digests"]
    body = {"basis": "purpose-ended", "index": 3, "keys_until": "2026-08-20", "openings": [[digests[name], name]]}
    files = ("--body", estate.write("erase.json", body), "--openings", estate.write("why.json", {"reason": "经办人离任"}))
    done = estate.acted("openings-erased/1", *files, "--about", 3, by="street")
    assert estate.acted("--read", 3)["erased"] == []
    estate.acted("--confirm", done["index"], by="bureau")
    page = estate.acted("--read", 3)
    assert (page["openings"], page["withheld"], page["lost"]) == ({}, [], 0)
    assert [(one["name"], one["by"], one["basis"]) for one in page["erased"]] == [(name, done["index"], "purpose-ended")]
    assert f"已依法删除 erased {name}: 第{done['index']}条" in estate.act("--read", 3).stdout
    restored = estate.act("--read", done["index"]).stdout
    assert '密封内容 reason: "经办人离任"' in restored


def test_a_reader_with_a_key_reads_what_is_theirs(estate: Estate) -> None:
    holder = next(iter(estate.acted("--read", 3)["openings"]))
    assert list(estate.acted("--read", 3, by="bureau")["openings"]) == [holder]
    page = estate.acted("--read", 3, by="operator")
    assert (page["openings"], page["withheld"]) == ({}, [holder])
    write_key(estate.key("stranger"), SigningKey.generate(), WORD, CHEAP)
    stranger = estate.act("--read", 3, by="stranger")
    assert (stranger.exit_code, stranger.stdout) == (1, "")
    assert "R-SIG-5 · key-unknown" in stranger.stderr


def test_a_body_comes_from_standard_input_too(estate: Estate) -> None:
    body = json.dumps(post(person=clerk(estate)))
    assert estate.act("post-given/1", "--body", "-", by="street", input=body).exit_code == 0


def test_a_stranger_is_told_that_the_key_is_not_admitted(estate: Estate, size: Size) -> None:
    receipt = given(estate)
    liuchi("keys", "new", estate.key("stranger"))
    for words in (("--confirm", receipt["index"]), ("post-given/1", "--body", estate.path / "observer.json")):
        found = estate.act(*words, by="stranger")
        assert (found.exit_code, size()) == (1, 8)
        assert found.stderr.startswith("✗ R-SIG-5 · key-unknown\n")


@pytest.mark.parametrize(("kind", "body", "openings", "expected"), [
    ("post-given/1", "{", None, "body.json, line 1, column 2: expected JSON (Expecting"),
    ("post-given/1", post(post="mayor"), None, "body.json, field post: expected one of operator,"),
    ("post-given/1", {"post": "clerk"}, None, "body.json, the whole: expected a map with exactly the keys from, matter,"),
    ("post-given/1", [], None, "body.json, the whole: expected a map with exactly the keys"),
    ("post-given/1", post(to="2027-02-30"), None, "body.json, field to: expected a date such as 2026-11-22"),
    ("post-given/1", post(), {"reason": "x"}, "openings.json, opening reason: expected exactly the openings of this"),
    ("post-given/1", post(), [], "openings.json, the whole: expected a map from the names of openings to their values"),
    ("poll-opened/1", DESPITE, None, "--openings, opening reason: expected exactly the openings of this"),
    ("poll-opened/1", DESPITE, {"reason": ""}, "openings.json, field reason: expected 1 to 4000 characters of text"),
    ("roll-page/1", PAGE | {"area": 1.5}, None, "body.json, field area: expected a whole number"),
])  # fmt: skip
def test_a_file_that_does_not_fit_is_one_line_and_exit_3(
    estate: Estate, size: Size, kind: str, body: Any, openings: Any, expected: str
) -> None:
    words = [kind, "--body", estate.write("body.json", body)]
    words += ["--openings", estate.write("openings.json", openings)] if openings is not None else []
    found = estate.act(*words, by="street")
    assert (found.exit_code, found.stdout, found.stderr.count("\n"), size()) == (3, "", 1, 7)
    assert expected in found.stderr


@pytest.mark.parametrize(("words", "option", "expected"), [
    ((), "KIND", "exactly one of KIND, --confirm, --decline, --read, --pending"),
    (("--pending", "--read", 1), "KIND", "exactly one of"),
    (("ballot", "--body", "b", "--key", "k"), "KIND", "one of ledger-founded/1"),
    (("post-given/1", "--key", "k"), "--body", "the JSON body of post-given/1: from, matter, org, person, post, to"),
    (("--confirm", 0), "--key", "the key file of the person who signs"),
    (("--confirm", 0, "--body", "b", "--key", "k"), "--confirm", "no --body, --openings, --poll or --about beside it"),
    (("--decline", 0, "--key", "k"), "--reason", "with --decline one of withdrawn,"),
    (("--decline", 0, "--reason", "tired", "--key", "k"), "--reason", "with --decline one of withdrawn,"),
    (("--confirm", 0, "--reason", "withdrawn", "--key", "k"), "--reason", "with --decline one of"),
    (("--read", 7), "--read", "an index below 7"),
    (("--read", -1), "--read", "an index below 7"),
    (("--pending", "--url", "http://localhost"), "--url", "nothing: what waits"),
    (("--confirm", 0, "--key", "street.key", "--url", "ftp://x"), "--url", "an address that begins with http://"),
    (("--confirm", 7, "--key", "street.key"), "INDEX", f"the index of an entry of {ORIGIN}, or a leaf hash in hex, not 7"),
    (("--confirm", "x", "--key", "street.key"), "INDEX", "the index of an entry of"),
    (("--confirm", 0, "--key", "street.key", "--out", "founders.json"), "--out", "a path where nothing is yet"),
    (("--confirm", 0, "--key", "street.key", "--out", "gone/r.json"), "--out", "a path in a folder that can be written"),
])  # fmt: skip
def test_what_cannot_be_asked_is_a_usage_error_and_signs_nothing(
    estate: Estate, size: Size, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], option: str, expected: str
) -> None:
    monkeypatch.chdir(estate.path)
    found = estate.act(*words)
    assert (found.exit_code, found.stdout, size()) == (2, "", 7)
    assert f"Invalid value for {option}: expected {expected}" in " ".join(found.stderr.split())


def test_only_an_act_that_answers_something_says_about_what(estate: Estate, size: Size) -> None:
    ballot = estate.write("ballot.json", {"choices": {"use": "agree"}, "poll": "p", "tag": "00" * 16})
    observer = estate.write("observer.json", post())
    for words in (("ballot-cast/1", "--body", ballot), ("post-given/1", "--body", observer, "--about", 0)):
        found = estate.act(*words, by="street")
        assert (found.exit_code, size()) == (2, 7)
        assert "Invalid value for --about" in found.stderr
    assert estate.act("ballot-cast/1", "--body", ballot, "--about", 0, by="street").exit_code == 1


def test_a_ledger_that_is_not_there_is_exit_4_before_anybody_is_asked(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIUCHI_PASSPHRASE")
    found = liuchi("act", "--confirm", 0, "--key", estate.key("street"), "--data", estate.data, "--ledger", "440307-009")
    assert (found.exit_code, found.stderr) == (4, f"{estate.data} holds no ledger 440307-009; there: {CODE}\n")


@pytest.mark.parametrize(("name", "content"), [("ledger.json", "{}"), ("ledger.json", '{"vkey": 5}'), ("ledger.json", "[" * 9)])
def test_a_home_that_is_broken_is_exit_4(estate: Estate, name: str, content: str) -> None:
    (estate.data / CODE / name).write_text(content)
    found = estate.act("--pending")
    assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (4, "", 1)


def test_a_home_in_which_nothing_was_recorded_is_exit_4(estate: Estate) -> None:
    (estate.data / CODE / "ledger.sqlite").unlink()
    found = estate.act("--pending")
    where = f"{estate.data}/{CODE}"
    said = (
        f"{where} 中没有 ledger.sqlite：从未登记过，或已遗失。{where} has no ledger.sqlite: nothing was ever recorded there, "
    )
    assert (found.exit_code, found.stderr) == (4, said + "or it is lost\n")


def test_a_store_that_is_no_database_is_exit_4(estate: Estate) -> None:
    (estate.data / CODE / "ledger.sqlite").write_bytes(b"no database at all" * 100)
    for words in (("--pending",), ("--confirm", "0", "--key", str(estate.key("street")))):
        found = estate.act(*words)
        assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (4, "", 1)
        assert found.stderr.startswith(f"{estate.data}/{CODE}: the ledger cannot be opened: ")


def test_a_restored_database_writes_nothing_and_says_so(estate: Estate) -> None:
    old = (estate.data / CODE / "ledger.sqlite").read_bytes()
    given(estate)
    (estate.data / CODE / "ledger.sqlite").write_bytes(old)
    found = estate.act("post-given/1", "--body", estate.path / "observer.json", by="street")
    assert (found.exit_code, found.stderr.splitlines()[0]) == (4, "✗ R-ACT-ANCHOR · store-behind")


def test_whoever_signs_a_notice_is_told_what_is_doubtful_about_its_questions_r_bal_6() -> None:
    items = [{"id": "a", "matter": "use-maintenance-fund", "scope": "estate"}, {"id": "b", "matter": "rebuild", "scope": "b1"}]
    said = {"question/a": "是否同意更换3栋电梯?", "question/b": "是否同意在1栋加装电梯?"}
    lines = list(doubts({"items": items}, said))
    assert [line.split("：")[0] for line in lines] == ["⚠ a", "⚠ a"]
    assert "核对类别" in lines[0]
    assert "表决范围却是全体业主" in lines[1]
    assert list(doubts({"items": items[1:]}, said)) == []
