"""Keys by letter: a code opens one letter and no other, guessing pays nothing, and what waits is no act (design §6, R-SIG-5)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from keys.enrolment import fingerprint
from keys.identity import SigningKey
from ledger import letters
from ledger.letters import ALPHABET, Box, Letter, LetterRefused, bare, draw_code, make_box, masked, spelled
from tests.api.conftest import BASE, CODE, ORIGIN, UNITS, Estate

AT = f"{BASE}/enrolments"
KEY = SigningKey.from_seed(bytes([7]) * 32)
PERSON = bytes(range(16))
DAY = 86_400_000


@pytest.fixture
def box(fresh: Estate) -> Box:
    make_box(fresh.opened.home.path / letters.FILE)
    return Box(fresh.opened.home.path, fresh.opened.door.vault.keys, ORIGIN)


def letter(fresh: Estate, n: int = 1, **more: Any) -> Letter:
    """A letter for the owner of head n."""
    heads = ((fresh.play.tag(UNITS[n - 1].unit), (UNITS[n - 1].unit,)),)
    return replace(Letter(0, f"secret-owner-{n:02}", PERSON, "r", heads, fresh.clock.at + 30 * DAY), **more)


def issued(fresh: Estate, box: Box, n: int = 1, **more: Any) -> tuple[Letter, str]:
    return box.issue([letter(fresh, n, **more)], fresh.clock.at)[0]


def sent(said: Letter, code: str, key: SigningKey = KEY, **more: Any) -> dict[str, Any]:
    return {"letter": said.number, "code": code, "public": key.public.hex(), "possession": key.possession(ORIGIN, PERSON).hex(),
            "suite": key.suite, **more}  # fmt: skip


# --- codes


def test_a_code_has_no_look_alikes_and_is_read_however_it_is_typed() -> None:
    code = draw_code()
    assert re.fullmatch(f"[{ALPHABET}]{{12}}", code)
    assert not set("0ILOU") & set(ALPHABET)
    assert spelled(code) == "-".join((code[:4], code[4:8], code[8:]))
    assert {bare(typed) for typed in (code, spelled(code), code.lower(), " ".join(code), code.replace("1", "l"))} == {code}
    assert [bare(typed) for typed in ("", code[:-1], code + "1", "0" * 12)] == [None] * 4


def test_a_slip_is_seen_before_it_costs_a_try() -> None:
    code = draw_code()
    for place in range(12):
        others = (code[:place] + digit + code[place + 1 :] for digit in ALPHABET if digit != code[place])
        assert {bare(one) for one in others} == {None}
        swapped = code[: place - 1] + code[place] + code[place - 1] + code[place + 1 :] if 0 < place < 11 else code
        assert bare(swapped) in ({None} if swapped != code else {code})


@pytest.mark.parametrize(("unit", "shown"), [("1-101", "1***1"), ("12", "1*2"), ("9", "*"), ("3栋1201", "3****1")])
def test_a_unit_is_shown_so_that_its_owner_knows_it(unit: str, shown: str) -> None:
    assert masked(unit) == shown


# --- letters


def test_a_letter_is_opened_by_number_and_code_and_tells_masked_units(fresh: Estate, box: Box) -> None:
    said, code = issued(fresh, box)
    answer = fresh.client.post(f"{AT}/lookup", json={"letter": said.number, "code": spelled(code)})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {"ledger": ORIGIN, "person": PERSON.hex(), "units": ["密**1"], "expires": said.expires, "key": None}
    assert "secret-owner" not in answer.text


def test_nothing_of_a_letter_stands_in_the_file_in_clear(fresh: Estate, box: Box) -> None:
    _, code = issued(fresh, box)
    raw = b"".join(path.read_bytes() for path in box.path.parent.glob(f"{letters.FILE}*"))
    assert not [word for word in (code, spelled(code), "secret-owner-01", UNITS[0].unit) if word.encode() in raw]
    assert box.path.stat().st_mode & 0o777 == 0o600


def test_five_wrong_codes_lock_a_letter_for_its_own_code_too(fresh: Estate, box: Box) -> None:
    said, code = issued(fresh, box)
    wrong = [fresh.client.post(f"{AT}/lookup", json={"letter": said.number, "code": draw_code()}) for _ in range(5)]
    assert {(one.status_code, one.json()["code"]) for one in wrong} == {(403, "letter-wrong")}
    answer = fresh.client.post(f"{AT}/lookup", json={"letter": said.number, "code": code})
    assert (answer.status_code, answer.json()["code"]) == (423, "letter-locked")
    assert box.letters()[0].wrong == 5


def test_a_slip_costs_no_try(fresh: Estate, box: Box) -> None:
    said, code = issued(fresh, box)
    for _ in range(6):
        assert fresh.client.post(f"{AT}/lookup", json={"letter": said.number, "code": code[:-1] + "!"}).status_code == 403
    assert fresh.client.post(f"{AT}/lookup", json={"letter": said.number, "code": code}).status_code == 200


def test_whoever_tries_many_letters_is_stopped_by_address(fresh: Estate, box: Box) -> None:
    made = box.issue([letter(fresh, n) for n in range(1, 7)], fresh.clock.at)
    for said, _ in made[:5]:
        for _ in range(4):
            with pytest.raises(LetterRefused, match="letter-wrong"):
                box.opened(said.number, draw_code(), "192.0.2.7", fresh.clock.at)
    said, code = made[5]
    with pytest.raises(LetterRefused, match="too-many-tries"):
        box.opened(said.number, code, "192.0.2.7", fresh.clock.at)
    assert box.opened(said.number, code, "192.0.2.8", fresh.clock.at).number == said.number
    assert box.opened(said.number, code, "192.0.2.7", fresh.clock.at + letters.WITHIN_MS + 1).number == said.number


def test_a_letter_that_is_over_or_replaced_opens_nothing(fresh: Estate, box: Box) -> None:
    first, old = issued(fresh, box)
    second, new = issued(fresh, box)
    assert second.number != first.number
    assert fresh.client.post(f"{AT}/lookup", json={"letter": first.number, "code": old}).json()["code"] == "letter-over"
    assert fresh.client.post(f"{AT}/lookup", json={"letter": second.number, "code": new}).status_code == 200
    with pytest.raises(LetterRefused, match="letter-over"):
        box.opened(second.number, new, "", second.expires + 1)


def test_letters_are_forgotten_a_month_after_their_day(fresh: Estate, box: Box) -> None:
    first, _ = issued(fresh, box)
    box.issue([letter(fresh, 2)], first.expires + letters.KEPT_MS + 1)
    assert [one.owner for one in box.letters()] == ["secret-owner-02"]


def test_where_no_letter_was_written_every_code_is_wrong(fresh: Estate) -> None:
    answer = fresh.client.post(f"{AT}/lookup", json={"letter": 1, "code": draw_code()})
    assert (answer.status_code, answer.json()["code"]) == (403, "letter-wrong")
    assert fresh.client.get(f"{AT}/{KEY.id.hex()}").json()["standing"] == "unknown"


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"letter": "1", "code": "x"}', b'{"letter": 1}', b'{"letter": 0, "code": "x"}'])
def test_what_is_no_question_is_malformed(fresh: Estate, raw: bytes) -> None:
    answer = fresh.client.post(f"{AT}/lookup", content=raw, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")


# --- what owners send


def test_a_key_waits_and_its_digits_are_told(fresh: Estate, box: Box) -> None:
    said, code = issued(fresh, box)
    size = fresh.opened.door.fold.head.size
    answer = fresh.client.post(AT, json=sent(said, code), headers={"user-agent": "Mozilla/5.0 (Linux; Android 14)"})
    assert answer.status_code == 201
    assert answer.json() == {"key": KEY.id.hex(), "fingerprint": list(fingerprint(KEY.id)), "standing": "waiting"}
    assert fresh.client.post(AT, json=sent(said, code)).status_code == 201  # the same again
    (waits,) = box.requests()
    assert (waits.key, waits.letter.number, waits.device, waits.row["person"]) == (KEY.id, said.number, "Android", PERSON)
    assert fresh.client.get(f"{AT}/{KEY.id.hex()}").json()["standing"] == "waiting"
    assert fresh.client.post(f"{AT}/lookup", json={"letter": said.number, "code": code}).json()["key"] == KEY.id.hex()
    assert fresh.opened.door.fold.head.size == size  # nothing of it is an act


def test_eight_groups_of_five_digits_name_a_key() -> None:
    assert fingerprint(bytes(range(32))) == ("00001", "00515", "01029", "01543", "02057", "02571", "03085", "03599")


def test_a_letter_brings_one_key(fresh: Estate, box: Box) -> None:
    said, code = issued(fresh, box)
    fresh.client.post(AT, json=sent(said, code))
    answer = fresh.client.post(AT, json=sent(said, code, SigningKey.from_seed(bytes([8]) * 32)))
    assert (answer.status_code, answer.json()["code"]) == (409, "letter-used")


@pytest.mark.parametrize("more", [{"possession": bytes(64).hex()}, {"suite": "sm2-v1"}, {"public": bytes(32).hex()},
                                  {"possession": KEY.possession(ORIGIN, bytes(16)).hex()}])  # fmt: skip
def test_a_key_that_nobody_proved_is_not_kept_r_sig_5(fresh: Estate, box: Box, more: dict[str, Any]) -> None:
    said, code = issued(fresh, box)
    assert fresh.client.post(AT, json=sent(said, code, **more)).json()["code"] == "key-unproved"
    assert box.requests() == []


def test_a_key_of_the_log_is_not_taken_again_r_sig_6(fresh: Estate, box: Box) -> None:
    known = fresh.play.people["head-01"]
    said, code = issued(fresh, box, person=known.person)
    answer = fresh.client.post(
        AT, json=sent(said, code, known.key, possession=known.key.possession(ORIGIN, known.person).hex())
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "key-there")


def test_what_is_turned_away_voids_its_letter(fresh: Estate, box: Box) -> None:
    said, code = issued(fresh, box)
    fresh.client.post(AT, json=sent(said, code))
    assert (box.drop([KEY.id]), box.drop([KEY.id]), box.requests()) == (1, 0, [])
    assert fresh.client.post(AT, json=sent(said, code)).json()["code"] == "letter-over"


# --- what everybody sees


def test_the_keys_of_a_head_are_public_with_their_entry_r_sig_5(fresh: Estate) -> None:
    tag = fresh.play.tag(UNITS[0].unit).hex()
    (found,) = fresh.client.get(f"{BASE}/heads/r/{tag}").json()
    key = fresh.play.people["head-01"].key.id
    assert (found["key"], found["standing"], found["fingerprint"]) == (key.hex(), "bound", list(fingerprint(key)))
    assert found["heads"] == [{"snapshot": "r", "tag": tag, "late": False}]
    assert found["admitted_by"] == {"post": "clerk", "org": "community"}
    row = fresh.opened.door.fold.state["key", key]
    assert (found["since"], fresh.opened.door.act_at(found["page"]).leaf) == (row.since, row.page)
    assert fresh.client.get(f"{AT}/{key.hex()}").json() == found


@pytest.mark.parametrize("path", ["heads/r/00", f"heads/r/{bytes(16).hex()}", f"heads/x/{bytes(16).hex()}", "heads/r/zz"])
def test_a_head_that_is_not_there_is_a_problem(fresh: Estate, path: str) -> None:
    answer = fresh.client.get(f"{BASE}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "head-unknown-here")


def test_a_revoked_key_stays_listed_as_revoked_r_sig_6(fresh: Estate) -> None:
    key, tag = fresh.play.people["head-01"].key.id, fresh.play.tag(UNITS[0].unit).hex()
    body = {"key": key, "own": True, "reason": "lost", "since": fresh.clock.at}
    fresh.opened.door.submit(fresh.play.compose("head-01", "key-revoked/1", body))
    (found,) = fresh.client.get(f"{BASE}/heads/r/{tag}").json()
    assert (found["standing"], found["until"]) == ("revoked", fresh.opened.door.fold.head.size - 1)


def test_pages_say_the_same_to_whoever_holds_a_letter(fresh: Estate, box: Box) -> None:
    said, code = issued(fresh, box)
    empty = fresh.client.get(f"/c/{CODE}/keys")
    assert empty.status_code == 200
    assert "验证码" in empty.text
    found = fresh.client.post(f"/c/{CODE}/keys", data={"letter": str(said.number), "code": spelled(code)})
    assert found.status_code == 200
    digits = fingerprint(fresh.play.people["head-01"].key.id)
    assert all(f"<li>{group}</li>" in found.text for group in digits)
    assert "密**1" in found.text
    assert UNITS[0].unit not in found.text
    for typed in ({"letter": "x", "code": "y"}, {"letter": ""}, {"letter": "1", "code": draw_code()}):
        assert fresh.client.post(f"/c/{CODE}/keys", data=typed).status_code == 403
    english = fresh.client.post(f"/c/{CODE}/keys?lang=en", data={"letter": str(said.number), "code": code})
    assert "May vote for you" in english.text


def test_the_page_of_a_letter_leads_through_three_steps(fresh: Estate) -> None:
    for lang, words in (("", "创建密钥"), ("?lang=en", "Make my key")):
        answer = fresh.client.get(f"/c/{CODE}/enrol{lang}")
        assert answer.status_code == 200
        assert words in answer.text
        assert f'data-ledger="{ORIGIN}"' in answer.text


def test_codes_are_those_that_the_browser_reads() -> None:
    """The same three stand in tests/web/enrol.test.mjs."""
    for code in ("K7PQM2XW9TAZ", "ZZZZZZZZZZZW", "11111111112C"):
        assert bare(code) == code
