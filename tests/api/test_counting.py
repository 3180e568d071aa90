"""Votes that a part of the estate decides, that deem somebody, that were put off or annulled: on pages, over HTTP, in owners' files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.errors import Refused
from domain.lifecycle import UNOPENED
from ledger.mirror import export_openings, roll_pack, write_mirror
from projections.forms import chosen
from projections.ledgers import policy_of, view
from projections.own import Own, own_rows
from projections.verification import check_receipt
from scripts.act import from_fold
from scripts.cli import app
from scripts.desk import Here
from scripts.forms import number_of
from scripts.paper import printed
from scripts.stories import estate
from scripts.stories.player import Step, moment
from tests.api.conftest import BASE, CODE, UNITS, Estate
from tests.api.test_sessions import opened as entered
from tests.machine import lacking

ROOT = Path(__file__).parents[2]
LIFT = {
    "fund": ("use-maintenance-fund", "是否动用维修资金更换1单元电梯?"),
    "lobby": ("change-common-parts", "是否改造电梯厅?"),
}
STACK = UNITS[:4]
FUND = {1: "agree", 2: "agree", 3: "abstain"}


def page(world: Estate, lang: str = "", poll: str = "stack") -> str:
    answer = world.client.get(f"/c/{CODE}/polls/{poll}{lang}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def face(world: Estate, poll: str = "stack") -> Any:
    return world.client.get(f"{BASE}/polls/{poll}").json()


def go(world: Estate, *steps: Iterator[Step]) -> None:
    for one in steps:
        list(world.play.play(one))


def said(at: str, who: str, kind: str, body: dict[str, Any], confirm: str, name: str = "", **openings: Any) -> Iterator[Step]:
    yield Step(at, who, kind, body, openings, confirm=(confirm,), name=name or None)


@pytest.fixture
def open_vote(fresh: Estate) -> Estate:
    """Four homes decide on the fund, all twelve on the lobby; those who abstain follow the majority."""
    go(fresh, estate.scope(fresh.play, "2026-10-21 11:00", "r", "stack-1", STACK),
       estate.notice("2026-10-22 09:00", "stack", "r", LIFT, "2026-11-12 09:00", "2026-11-20 20:00", "1单元电梯", "rules-12",
                     silence="abstain-follows-majority", scopes={"fund": "stack-1"}),
       estate.posted("2026-10-22 10:00", "stack", 1, "hall", "2026-10-22", "2026-12-01"),
       said("2026-10-23 10:00", "street", "silence-warned/1", {"poll": "stack"}, "bureau", warning="弃权的,按多数意见计入"),
       estate.open_poll("2026-11-12 09:00", "stack"))  # fmt: skip
    return fresh


def votes(world: Estate) -> Iterator[Step]:
    for n in range(1, 10):
        choices = {"lobby": "agree", **({"fund": FUND[n]} if n in FUND else {})}
        yield estate.ballot(world.play, "2026-11-13 10:00", "stack", UNITS[n - 1].unit, f"head-{n:02}", choices)


@pytest.fixture
def decided(open_vote: Estate) -> Estate:
    world = open_vote
    go(world, votes(world), estate.close("2026-11-20 20:30", "stack"),
       estate.certify("2026-11-21 10:00", "stack", world.opened.door.opening, "result-certified/2"))  # fmt: skip
    return world


# --- while it is open


def test_an_open_vote_says_how_many_homes_and_how_much_area_are_lacking_and_no_choice_r_vote_1(open_vote: Estate) -> None:
    items = {item["id"]: item["lacking"] for item in face(open_vote)["items"]}
    assert items == {"fund": {"heads": 3, "area": 21_340}, "lobby": {"heads": 8, "area": 64_052}}
    assert "还差 8 户、640.52 ㎡" in page(open_vote)
    assert "8 owners and 640.52 m² still lacking" in page(open_vote, "?lang=en")
    one = estate.ballot(
        open_vote.play, "2026-11-13 10:00", "stack", UNITS[0].unit, "head-01", {"fund": "against", "lobby": "agree"}
    )
    go(open_vote, iter([one]))
    items = {item["id"]: item["lacking"] for item in face(open_vote)["items"]}
    assert items == {"fund": {"heads": 2, "area": 13_339}, "lobby": {"heads": 7, "area": 56_051}}
    go(open_vote, votes(open_vote))
    assert face(open_vote)["items"][1]["lacking"] == {"heads": 0, "area": 0}
    shown = page(open_vote)
    assert "参与人数和面积已达到法定比例" in shown
    assert "推定前" not in shown


def test_where_a_row_of_the_roll_is_gone_only_homes_are_said(open_vote: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = open_vote.opened.door.opening
    monkeypatch.setattr(
        open_vote.opened.door, "opening", lambda of, name: UNOPENED if name.startswith("row/") else opening(of, name)
    )
    assert face(open_vote)["items"][1]["lacking"] == {"heads": 8, "area": None}
    assert "还差 8 户 " in page(open_vote)


def test_a_ballots_page_asks_only_what_its_head_decides_r_roll_9(open_vote: Estate) -> None:
    keys = {n: open_vote.play.people[f"head-{n:02}"].key.id.hex() for n in (1, 9)}
    told = {n: open_vote.client.get(f"{BASE}/polls/stack/ballot?key={key}").json()["tags"] for n, key in keys.items()}
    assert {n: [head["items"] for head in tags] for n, tags in told.items()} == {1: [["fund", "lobby"]], 9: [["lobby"]]}


def test_a_vote_before_its_opening_and_after_its_closing_lacks_nothing(open_vote: Estate) -> None:
    assert {item["lacking"] for poll in ("wall", "lifts") for item in face(open_vote, poll)["items"]} == {None}


def test_an_extension_and_an_outage_are_said_with_their_reasons_r_bal_7(open_vote: Estate) -> None:
    later, start, end = (moment(at) for at in ("2026-11-25 20:00", "2026-11-25 18:00", "2026-11-25 19:30"))
    go(open_vote,
       said("2026-11-19 10:00", "street", "poll-extended/1", {"closes": later, "poll": "stack"}, "bureau", reason="台风停电"),
       said("2026-11-25 19:40", "operator", "outage-recorded/1", {"from": start, "poll": "stack", "to": end}, "bureau"))  # fmt: skip
    found, shown = face(open_vote), page(open_vote)
    assert (found["closes"]["ms"], found["ends"]["ms"], found["phase"]) == (later, later + 90 * 60_000, "running")
    assert [one["kind"] for one in found["changes"]] == ["silence-warned/1", "poll-extended/1", "outage-recorded/1"]
    assert all(words in shown for words in ("弃权的,按多数意见计入", "台风停电", "延期至", "台账中断：", "投票顺延至"))
    assert "Put off until" in page(open_vote, "?lang=en")
    open_vote.clock.move_to(later + 1)
    assert face(open_vote)["phase"] == "running"


def test_a_withdrawn_vote_says_so_and_why(fresh: Estate) -> None:
    go(fresh, said("2026-10-21 11:00", "street", "poll-withdrawn/1", {"poll": "wall"}, "bureau", reason="金额写错"),
       said("2026-10-21 12:00", "street", "poll-withdrawn/1", {"poll": "garden"}, "bureau", reason="另行公告"))  # fmt: skip
    assert [(face(fresh, poll)["stage"], face(fresh, poll)["phase"]) for poll in ("wall", "garden")] == [
        ("withdrawn", "withdrawn")
    ] * 2
    assert all(words in page(fresh, poll="wall") for words in ("已撤回", "金额写错"))
    assert "另行公告" in page(fresh, poll="garden")
    assert fresh.client.get(f"/c/{CODE}").text.count("已撤回") == 2


# --- its result


def test_a_result_shows_both_tallies_side_by_side_with_the_clause_r_bal_3(decided: Estate) -> None:
    fund, lobby = face(decided)["items"]
    assert (fund["electorate"], lobby["electorate"]) == ({"heads": 4, "area": 32_010}, {"heads": 12, "area": 96_078})
    figures = fund["figures"]
    assert (figures["agree"]["heads"], figures["abstain"]["heads"], figures["majority"]) == (3, 0, "agree")
    assert (figures["without"]["agree"]["heads"], figures["without"]["abstain"]["heads"], figures["without"]["passed"]) == (
        2,
        1,
        True,
    )
    assert len(figures["without"]["ratios"]) == 4
    for lang, words in (("", ("推定前与推定后", "只算交回的票", "加上推定", "弃权的随多数", "本事项只由“stack-1”范围内的 4 名业主")),
                        ("?lang=en", ("Without and with deeming", "As returned", "Only the 4 owners of “stack-1”"))):  # fmt: skip
        shown = page(decided, lang)
        assert not [one for one in words if one not in shown]


def test_a_result_of_the_first_kind_shows_one_tally(decided: Estate) -> None:
    figures = face(decided, "lifts")["items"][0]["figures"]
    assert (figures["without"], figures["majority"], figures["silent"]["heads"]) == (None, None, 0)
    assert "推定前" not in page(decided, poll="lifts")


def test_an_annulled_result_says_so_and_stays_to_be_read(decided: Estate) -> None:
    body = {"by": "court", "day": "2026-11-30", "document": None, "poll": "stack"}
    go(decided, said("2026-12-01 10:00", "bureau", "poll-annulled/1", body, "party", reason="未依法公告"))
    found, shown = face(decided), page(decided)
    assert (found["phase"], found["stage"]) == ("annulled", "certified")
    assert found["changes"][-1]["detail"] == {"by": "court", "day": "2026-11-30"}
    assert all(words in shown for words in ("这项结果已被撤销", "人民法院撤销", "未依法公告", "推定前与推定后"))


# --- what the command line fills in


def test_the_command_line_knows_which_result_a_vote_has_and_what_is_counted_again_r_bal_5(decided: Estate) -> None:
    desk, key = Here(decided.opened.door), decided.play.people["counter-1"].key
    with pytest.raises(Refused) as refused:
        from_fold(desk, "result-recounted/1", "stack", {}, key)
    assert refused.value.code == "objection-not-upheld"
    objection = {"ground": "counting", "id": "o-7", "of": decided.play.leaves["stack-result"], "snapshot": "r",
                 "tag": decided.play.tag(UNITS[0].unit)}  # fmt: skip
    go(
        decided,
        iter(
            [
                Step("2026-11-22 10:00", "head-01", "objection-raised/1", objection, {"text": "少计一票"}),
                Step(
                    "2026-11-23 10:00", "street", "objection-answered/1", {"id": "o-7", "outcome": "upheld"}, {"answer": "属实"}
                ),
            ]
        ),
    )
    again = from_fold(desk, "result-recounted/1", "stack", {}, key)
    assert (again.kind, again.body["objection"]) == ("result-recounted/1", "o-7")
    first = from_fold(desk, "result-certified/2", "stack", {}, key)
    assert (first.kind, first.body["items"]) == ("result-certified/2", again.body["items"])


# --- forms on paper


@pytest.fixture
def on_paper(fresh: Estate) -> Estate:
    """The same on paper too, with one form recorded of a head in the stack and one of a head outside."""
    world = fresh
    go(world, estate.scope(world.play, "2026-10-21 11:00", "r", "stack-1", STACK),
       estate.notice("2026-10-22 09:00", "stack", "r", LIFT, "2026-11-12 09:00", "2026-11-20 20:00", "1单元电梯", "rules-12",
                     ("electronic", "paper"), silence="abstain-follows-majority", scopes={"fund": "stack-1"}),
       estate.posted("2026-10-22 10:00", "stack", 1, "hall", "2026-10-22", "2026-12-01"),
       said("2026-10-23 10:00", "street", "silence-warned/1", {"poll": "stack"}, "bureau", warning="弃权的,按多数意见计入"),
       estate.open_poll("2026-11-12 09:00", "stack"))  # fmt: skip
    filled = ((UNITS[0].unit, {"fund": "agree", "lobby": "agree"}), (UNITS[8].unit, {"lobby": "against"}))
    go(world, iter([estate.paper_page("2026-11-13 10:00", "stack", "s-1", filled),
                    estate.keyed("2026-11-13 11:00", "stack", "s-1", filled)]),
       estate.close("2026-11-20 20:30", "stack"))  # fmt: skip
    return world


def number(world: Estate, n: int) -> str:
    return number_of(world.opened.door.fold.state, "stack", world.play.tag(UNITS[n - 1].unit))


def test_a_form_asks_only_what_its_head_decides_and_repeats_what_silence_means_r_roll_9_r_bal_3(on_paper: Estate) -> None:
    door = on_paper.opened.door
    inside, outside = (
        printed(door, door.fold.state, CODE, "stack", "https://x.example", [number(on_paper, n)], door.opening) for n in (1, 9)
    )
    assert [text.count("<li value=") for text in (inside, outside)] == [2, 1]
    assert '<li value="2">是否改造电梯厅?' in outside
    assert all("弃权的,按多数意见计入" in text for text in (inside, outside))
    plain = printed(door, door.fold.state, CODE, "garden", "https://x.example", ["1"], door.opening)
    assert (plain.count("<li value="), "弃权的" in plain) == (1, False)


def test_a_forms_page_and_its_stub_speak_of_its_heads_items_r_roll_9(on_paper: Estate) -> None:
    go(on_paper, estate.certify("2026-11-21 10:00", "stack", on_paper.opened.door.opening, "result-certified/2"))
    seen, opening = view(on_paper.opened), on_paper.opened.door.opening
    for n, marks in ((1, {"fund": ("agree", 8001), "lobby": ("agree", 8001)}), (9, {"lobby": ("against", 8009)})):
        form = number(on_paper, n)
        told = on_paper.client.get(f"{BASE}/polls/stack/forms/{form}").json()
        assert told["marks"].keys() == marks.keys()
        assert on_paper.client.get(f"/c/{CODE}/polls/stack/forms/{form}").text.count("是否动用维修资金") == ("fund" in marks)
        assert {one.item: (one.counted_as, one.area) for one in chosen(seen, "stack", form, opening)} == marks
    lost = chosen(
        seen, "stack", number(on_paper, 1), lambda leaf, name: UNOPENED if name.startswith("row/") else opening(leaf, name)
    )
    assert {one.area for one in lost} == {None}


# --- an auditor's view


def test_an_auditor_counts_again_what_a_part_of_the_estate_decided_from_the_roll_pack_and_openings_r_roll_9(
    decided: Estate, tmp_path: Path
) -> None:
    body = {"by": "court", "day": "2026-11-30", "document": None, "poll": "stack"}
    go(decided, said("2026-12-01 10:00", "bureau", "poll-annulled/1", body, "party", name="annulment", reason="未依法公告"))
    door, home = decided.opened.door, decided.opened.home
    write_mirror(door, home, tmp_path / "mirror")
    export_openings(door, tmp_path / "all")
    units = [raws for leaf, raws in roll_pack(door, "r").items() if leaf == decided.play.leaves["scope-stack-1"].hex()]
    assert len(units) == 1
    done = CliRunner().invoke(app, ["audit", str(tmp_path / "mirror"), "--openings", str(tmp_path / "all"), "--json"])
    assert done.exit_code == 0, done.output
    results = {one["poll"]: one for one in json.loads(done.stdout)["results"]}
    assert (results["stack"]["word"], results["lifts"]["annulled"]) == ("recounted", None)
    assert results["stack"]["annulled"] == decided.index("annulment")
    shown = CliRunner().invoke(app, ["audit", str(tmp_path / "mirror"), "--openings", str(tmp_path / "all")]).stdout
    assert f"已由第{decided.index('annulment')}条撤销" in shown


# --- an owner's own rows


def own(world: Estate, n: int) -> str:
    found = own_rows(world.opened, "stack", [world.play.tag(UNITS[n - 1].unit)])
    assert isinstance(found, Own)
    return json.dumps(found.document())


@pytest.mark.parametrize(
    ("n", "items"), [(1, ["fund", "lobby"]), (3, ["fund", "lobby"]), (4, ["fund", "lobby"]), (9, ["lobby"])]
)
def test_an_owner_has_a_row_for_each_item_that_she_decides_and_everybody_can_check_it_r_evid_1(
    decided: Estate, tmp_path: Path, n: int, items: list[str]
) -> None:
    text, policy = own(decided, n), policy_of(decided.opened)
    checked = check_receipt(text, policy, [decided.opened])
    assert checked.ok
    assert [step.says["item"] for step in checked.steps if step.name == "own-row"] == items
    (tmp_path / "own.json").write_text(text)
    (tmp_path / "policy.txt").write_text(policy)
    done = CliRunner().invoke(app, ["verify", str(tmp_path / "own.json"), "--policy", str(tmp_path / "policy.txt")])
    assert done.exit_code == 0, done.output
    assert browser(tmp_path, text, policy) == {"ok": True, "items": items}


def test_an_owner_reads_that_her_abstention_followed_the_majority_r_bal_3(decided: Estate) -> None:
    shown = {n: decided.client.get(f"/c/{CODE}/polls/stack/own", headers=entered(decided, f"head-{n:02}")).text for n in (1, 3)}
    assert ["推定计入“同意”" in shown[n] for n in (1, 3)] == [False, True]


def test_a_row_left_out_of_what_all_owners_decide_is_missed_r_evid_1(decided: Estate, tmp_path: Path) -> None:
    file = json.loads(own(decided, 1))
    file["rows"] = file["rows"][:1]
    checked = check_receipt(json.dumps(file), policy_of(decided.opened), [decided.opened])
    assert [step.name for step in checked.steps if not step.ok] == ["own-whole"]
    assert browser(tmp_path, json.dumps(file), policy_of(decided.opened)) == {"ok": False, "items": ["fund"]}


def browser(folder: Path, text: str, policy: str) -> Any:
    """What the browser's own modules find."""
    node = shutil.which("node") or lacking("no node", "LIUCHI_REQUIRE_BROWSER")
    module = ROOT / "web" / "static" / "js" / "verify-own.js"
    (folder / "try.mjs").write_text(
        f"import {{ verifyOwn }} from {json.dumps(module.as_uri())};\n"
        f"const found = await verifyOwn({text}, {{ policy: {json.dumps(policy)} }});\n"
        "console.log(JSON.stringify({ ok: found.ok, items: found.rows.map((row) => row.item) }));\n"
    )
    return json.loads(subprocess.run([node, str(folder / "try.mjs")], capture_output=True, check=True, text=True).stdout)
