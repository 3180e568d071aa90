"""`liuchi letters`, `enrolments`, `keys admit …`: from a letter in an envelope to a key that votes, and back when the phone is lost."""

from __future__ import annotations

import json
import re
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from domain.roll import Unit
from keys.custody import write_key
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.home import find_homes, make_home, open_ledger
from ledger.letters import FILE, Box, Letter, Request, bare
from scripts.admission import paged
from scripts.stories import estate as e
from scripts.stories.player import Play, moment, seeded
from tests.scripts.conftest import CHEAP, WORD, liuchi, printed
from tests.scripts.test_serve import serving

ORIGIN = "demo.example.org/log/440307-001/1"
OWNERS = {"1-101": "o1", "1-102": "o2", "1-103": "o3 o4", "1-104": "o1 o5", "1-105": "o6", "1-1001": "o7", "1-106": "o6"}
UNITS = [*(Unit(unit, "1", frozenset(owners.split()), 8000, "sold") for unit, owners in OWNERS.items()),
         Unit("1-999", "1", frozenset(), 8000, "unsold")]  # fmt: skip
PEOPLE = ("clerk", "street", "bureau", "party", "observer", "operator")
RING = "社区居委会 0755-0000-0000（示例）"


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo ledger with a roll of seven heads that is not frozen yet, and key files of those who admit keys."""
    path = tmp_path_factory.mktemp("letters")
    home = make_home(path / "data", ORIGIN, "estate", SigningKey.from_seed(bytes(32)), WORD, CHEAP)
    clock = StoryClock(moment("2026-08-03 09:00"))
    door = open_ledger(home, WORD, clock)
    play = Play(door, clock, seeded(5))
    e.meet_officials(play)
    for steps in (
        e.found(play, "2026-08-03 09:00", str(home.vkey), {"zh": "试苑", "en": "Trial"}, demo=True),
        e.admit(play, "2026-08-03 10:00", "staff", e.STAFF), e.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03"),
        e.roll_pages(play, "2026-08-05 09:00", "r", UNITS),
    ):  # fmt: skip
        list(play.play(steps))
    door.close()
    for who in PEOPLE:
        write_key(path / f"{who}.key", play.people[who].key, WORD, CHEAP)
    return path


@pytest.fixture
def desk(opened: Path, tmp_path: Path) -> Path:
    shutil.copytree(opened, tmp_path / "desk")
    return tmp_path / "desk"


def here(desk: Path, by: str | None = None) -> list[object]:
    return ["--data", desk / "data", "--ledger", "440307-001", *(["--key", desk / f"{by}.key"] if by else [])]


def write(desk: Path, *more: object, name: str = "letters.html") -> dict[str, Any]:
    found: dict[str, Any] = printed("letters", *here(desk), "--snapshot", "r", "--url", "https://ledger.example.org", "--ring", RING,
                                    "--out", desk / name, *more)  # fmt: skip
    return found


def codes(desk: Path, name: str = "letters.html") -> dict[int, str]:
    """The codes as they are printed, by the letters' numbers."""
    page = (desk / name).read_text("utf-8")
    found = re.findall(r'信函 № ([0-9]+)</div>.*?<p class="code">([^<]+)</p>', page, re.DOTALL)
    return {int(number): code for number, code in found}


def bring(
    desk: Path, *letters: int, name: str = "letters.html", seed: int = 0, address: str = "192.0.2.1"
) -> dict[int, SigningKey]:
    """Owners open these letters and hand in keys, as the server would take them."""
    door = open_ledger(find_homes(desk / "data")[0], WORD, StoryClock(moment("2026-08-06 09:00")))
    box, brought, now = Box(desk / "data" / "440307-001", door.vault.keys, ORIGIN), {}, door.clock()
    for number in letters:
        key = SigningKey.from_seed(bytes([number, seed]) * 16)
        letter = box.opened(number, codes(desk, name)[number], address, now)
        row = {"org": None, "person": letter.person, "possession": key.possession(ORIGIN, letter.person), "public": key.public,
               "suite": key.suite}  # fmt: skip
        box.enrol(letter, key.id, row, "Android", address, now)
        brought[number] = key
    door.close()
    return brought


def state(desk: Path) -> dict[Any, Any]:
    door = open_ledger(find_homes(desk / "data")[0], WORD, StoryClock(moment("2026-08-06 10:00")))
    found = dict(door.fold.state)
    door.close()
    return found


def admit(desk: Path, *more: object) -> Any:
    return printed("keys", "admit", *here(desk, "clerk"), "--snapshot", "r", *more)


def confirm(desk: Path, by: str = "bureau") -> Any:
    return printed("keys", "confirm", *here(desk, by))


def enrolled(desk: Path, *letters: int) -> dict[int, SigningKey]:
    """Keys of these letters, admitted and bound."""
    brought = bring(desk, *letters)
    for _ in range(2):
        admit(desk)
        confirm(desk)
    return brought


# --- letters


def test_there_is_one_letter_for_each_human_with_all_that_is_hers(desk: Path) -> None:
    made = write(desk)
    assert (made["letters"], made["heads"]) == (7, 6)
    page = (desk / "letters.html").read_text("utf-8")
    told = re.findall(r'<p class="to">([^<]+)</p>', page)
    assert told == [f"{units} 业主（名册编号 {owner}）" for units, owner in (
        ("1-101、1-104", "o1"), ("1-102", "o2"), ("1-103", "o3"), ("1-103", "o4"), ("1-104", "o5"), ("1-105、1-106", "o6"),
        ("1-1001", "o7"))]  # fmt: skip
    assert "1-999" not in page


def test_a_letter_says_all_that_an_owner_needs_in_both_languages(desk: Path) -> None:
    write(desk, "--days", 10)
    page = (desk / "letters.html").read_text("utf-8")
    for words in (
        "不登记也完全可以",
        "扫码",
        "输入验证码",
        "按指纹",
        RING,
        "有效期至 2026-08-",
        "Good until 2026-08-",
        "You need not do this",
    ):
        assert page.count(words) >= 7, words
    assert "https://ledger.example.org/c/440307-001/enrol" in page


def test_codes_stand_in_the_printed_file_alone(desk: Path) -> None:
    write(desk)
    assert stat.S_IMODE((desk / "letters.html").stat().st_mode) == 0o600
    found = codes(desk)
    assert len({*found.values()}) == len(found) == 7
    kept = b"".join(path.read_bytes() for path in (desk / "data").rglob("*") if path.is_file())
    assert not [code for code in found.values() if code.encode() in kept or str(bare(code)).encode() in kept]


def test_a_letter_written_again_voids_the_one_before_and_stays_one_person(desk: Path) -> None:
    write(desk)
    again = write(desk, "--again", "1-104", "--owner", "o1", name="again.html")
    assert (again["letters"], again["numbers"]) == (1, [8])
    box = Box(desk / "data" / "440307-001", open_ledger(find_homes(desk / "data")[0], WORD, StoryClock(0)).vault.keys, ORIGIN)
    first, last = box.letters()[0], box.letters()[-1]
    assert (first.voided, last.voided, first.person) == (True, False, last.person)


@pytest.mark.parametrize(("words", "says"), [
    (["--again", "9-9"], "unit of this roll"), (["--owner", "o1"], "beside --again"), (["--again", "1-101", "--owner", "o2"], "o2"),
    (["--snapshot", "x"], "no such roll"), (["--url", "ledger"], "http"),
])  # fmt: skip
def test_what_is_asked_wrongly_writes_nothing(desk: Path, words: list[str], says: str) -> None:
    options = {"--snapshot": "r", "--url": "https://x.example", "--ring": RING, "--out": str(desk / "letters.html")}
    options |= dict(zip(words[::2], words[1::2], strict=True))
    found = liuchi("letters", *here(desk), *(word for pair in options.items() for word in pair))
    assert found.exit_code == 2
    assert says in " ".join(found.output.replace("│", " ").split())
    assert not (desk / "letters.html").exists()


# --- admission


def test_from_letters_to_keys_that_vote_r_sig_5(desk: Path) -> None:
    write(desk)
    brought = bring(desk, 1, 2, 3, 6)
    listed = printed("enrolments", *here(desk))
    assert [(one["letter"], one["standing"], one["device"], one["odd"]) for one in listed["keys"]] == [
        (number, "waiting", "Android", []) for number in (1, 2, 3, 6)]  # fmt: skip
    first = admit(desk)
    assert (first["keys"], first["bindings"], len(first["pages"])) == (4, 0, 1)
    assert {one["standing"] for one in printed("enrolments", *here(desk))["keys"]} == {"signed"}
    assert confirm(desk)["pages"] == ["letters-1"]
    second = admit(desk)
    assert (second["keys"], second["bindings"], len(second["pages"])) == (0, 5, 1)
    confirm(desk)
    read = state(desk)
    assert {number: len(read["heads-of", key.id]) for number, key in brought.items()} == {1: 2, 2: 1, 3: 1, 6: 1}
    assert {one["standing"] for one in printed("enrolments", *here(desk), "--all")["keys"]} == {"bound"}
    assert printed("enrolments", *here(desk))["keys"] == []
    assert liuchi("keys", "admit", *here(desk, "clerk"), "--snapshot", "r").exit_code == 2  # nothing is left to do
    assert write(desk, name="rest.html")["letters"] == 3  # whoever has a key gets no second letter


def test_a_dry_run_signs_nothing(desk: Path) -> None:
    write(desk)
    bring(desk, 1)
    found = printed("keys", "admit", *here(desk, "clerk"), "--snapshot", "r", "--dry-run")
    assert (found["keys"], found["pages"]) == (1, [])
    assert [key for key in state(desk) if key[0] == "pending"] == []


def test_what_looks_odd_is_said_and_held_back(desk: Path) -> None:
    write(desk)
    enrolled(desk, 1)
    write(desk, "--again", "1-101", name="again.html")
    (letter,) = codes(desk, "again.html")
    bring(desk, letter, name="again.html", seed=1)
    bring(desk, 2, 3, 4, 5, 6)
    odd = {one["letter"]: one["odd"] for one in printed("enrolments", *here(desk))["keys"]}
    assert odd.pop(letter) == ["person-has-key", "one-address"]
    assert {*map(tuple, odd.values())} == {("one-address",)}
    found = admit(desk)
    assert (found["keys"], [one["letter"] for one in found["held_back"]]) == (5, [letter])
    forced = admit(desk, "--only", letter)  # the ledger would refuse it: a lost key is revoked first
    assert (forced["keys"], forced["held_back"][0]["odd"]) == (0, ["person-has-key"])


def test_a_key_that_is_turned_away_is_never_signed(desk: Path) -> None:
    write(desk)
    bring(desk, 1, 2)
    assert printed("enrolments", *here(desk), "--turn-away", "1") == {"turned_away": 1}
    assert admit(desk)["keys"] == 1


def test_the_clerk_s_own_organisation_confirms_nothing(desk: Path) -> None:
    write(desk)
    bring(desk, 1)
    admit(desk)
    found = liuchi("keys", "confirm", *here(desk, "clerk"))
    assert (found.exit_code, "same-person" in found.output) == (1, True)
    assert confirm(desk, "street")["pages"] == ["letters-1"]


# --- calls


def test_the_sample_is_rung_and_reported_r_sig_5(desk: Path) -> None:
    write(desk)
    enrolled(desk, 1, 2, 3, 4, 6)
    assert printed("enrolments", *here(desk))["to_ring"] == ["letters-1"]  # pages of staff are not rung
    listed = printed("keys", "sample", "letters-1", "--data", desk / "data", "--ledger", "440307-001")["sample"]
    assert len(listed) == 3
    assert all(one["holder"]["id"] in " ".join(OWNERS.values()) and one["units"] for one in listed)
    words = liuchi("keys", "sample", "letters-1", "--data", desk / "data", "--ledger", "440307-001").stdout
    assert all(" ".join(one["fingerprint"]) in words for one in listed)
    told = printed(
        "keys", "called", "letters-1", *here(desk, "observer"), "--reached", "all", "--denied", listed[0]["key"][:10]
    )
    assert (told["asked"], told["reached"], told["denied"]) == (3, 3, [listed[0]["key"]])
    assert ("flags", "keys/letters-1") in state(desk)
    assert printed("enrolments", *here(desk))["to_ring"] == []
    gone = printed("keys", "lost", *here(desk, "bureau"), "--denied", listed[0]["key"][:10])
    printed("act", "--confirm", gone["entries"][0], *here(desk, "party"))
    assert state(desk)["key", bytes.fromhex(listed[0]["key"])].stage == "revoked"


@pytest.mark.parametrize("words", [["keys", "sample", "nobody"], ["keys", "called", "letters-9", "--reached", "all"]])
def test_a_page_that_is_not_there_is_named(desk: Path, words: list[str]) -> None:
    by = None if words[1] == "sample" else "observer"
    found = liuchi(*words, *here(desk, by))
    assert (found.exit_code, "staff-1" in found.output) == (2, True)


# --- lost phones


def test_a_lost_phone_gets_a_new_letter_and_its_heads_are_bound_anew_r_sig_6(desk: Path) -> None:
    write(desk)
    old = enrolled(desk, 1)[1]
    gone = printed("keys", "lost", *here(desk, "bureau"), "--unit", "1-101", "--snapshot", "r")
    assert gone["keys"] == [old.id.hex()]
    printed("act", "--confirm", gone["entries"][0], *here(desk, "party"))
    write(desk, "--again", "1-101", name="again.html")
    (letter,) = codes(desk, "again.html")
    new = bring(desk, letter, name="again.html", seed=1)[letter]
    assert admit(desk)["keys"] == 1
    confirm(desk)
    read = state(desk)
    assert (read["key", old.id].stage, read["key", new.id].stage, read["key", new.id].replaces) == ("revoked", "active", None)
    assert read["key", old.id].person == read["key", new.id].person
    assert ("heads-of", new.id) not in read  # nothing passes to it of itself
    assert admit(desk)["bindings"] == 2
    confirm(desk)
    assert len(state(desk)["heads-of", new.id]) == 2


@pytest.mark.parametrize("words", [[], ["--unit", "1-101"], ["--unit", "1-103", "--snapshot", "r"], ["--denied", "00"]])
def test_what_is_lost_is_named_exactly(desk: Path, words: list[str]) -> None:
    write(desk)
    enrolled(desk, 3, 4)
    assert liuchi("keys", "lost", *here(desk, "bureau"), *words).exit_code == 2


def test_words_for_people_say_what_comes_next(desk: Path) -> None:
    write(desk)
    bring(desk, 1, 2, 3, 4, 5)
    assert "one from" not in liuchi("enrolments", *here(desk)).stdout
    said = liuchi("enrolments", *here(desk)).stdout
    assert "1-101、1-104" in said
    assert "十分钟内同一地址有多人提交" in said
    assert "liuchi keys confirm" in liuchi("keys", "admit", *here(desk, "clerk"), "--snapshot", "r").stdout
    assert "liuchi keys sample letters-1" in liuchi("keys", "confirm", *here(desk, "bureau")).stdout
    assert "已登记为第" in liuchi("keys", "called", "letters-1", *here(desk, "observer"), "--reached", "all").stdout
    assert liuchi("keys", "confirm", *here(desk, "bureau")).exit_code == 2
    assert json.loads(json.dumps(printed("enrolments", *here(desk), "--all")))["came"] == 5
    assert (desk / "data" / "440307-001" / FILE).exists()
    lost = liuchi("keys", "lost", *here(desk, "bureau"), "--unit", "1-102", "--snapshot", "r").stdout
    assert "liuchi letters --again 1-102" in lost


def test_a_supervisor_confirms_at_a_server_the_pages_that_she_names(desk: Path) -> None:
    write(desk)
    bring(desk, 1, 2)
    (page,) = admit(desk)["pages"]
    with serving(desk / "data") as (url, _):
        there = ["--ledger", "440307-001", "--key", desk / "bureau.key", "--url", url]
        assert liuchi("keys", "confirm", *there).exit_code == 2  # nobody confirms what they do not name
        assert printed("keys", "confirm", *there, "--page", page)["confirmed"] == [page]
        assert liuchi("keys", "confirm", *there, "--page", page).exit_code == 1  # and nobody twice
    assert admit(desk)["bindings"] == 3


@pytest.mark.parametrize(("count", "proof", "pages"), [(1, 64, [1]), (100, 64, [100]), (101, 64, [100, 1]), (250, 350, [100, 100, 50]),
                                                       (100, 1024, [52, 48])])  # fmt: skip
def test_a_page_holds_a_hundred_keys_and_no_more_than_an_entry(count: int, proof: int, pages: list[int]) -> None:
    letter = Letter(1, "o", bytes(16), "r", (), 0)
    row = {"org": None, "person": bytes(16), "possession": bytes(proof), "public": bytes(90), "suite": "webauthn-v1"}
    requests = [Request(n.to_bytes(32), letter, row, 0, "", b"") for n in range(count)]
    assert [len(page) for page in paged(requests)] == pages
