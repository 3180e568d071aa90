"""Paper forms on the pages: whoever has the number sees whether it counts and why, whoever holds the stub which choice was recorded."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from ledger.access import accesses
from ledger.stubs import code_of, subject_of
from scripts.cli import app
from scripts.forms import number_of
from scripts.stories import estate
from scripts.stories.player import Play, Step
from tests.api.conftest import BASE, CODE, ITEMS, UNITS, Estate, reopen
from tlog.codec import unpack

P = f"/c/{CODE}/polls/paper/forms"
YES, NO = {"use": "agree", "raise": "agree"}, {"use": "against", "raise": "against"}
FIRST = [(1, YES), (2, {"use": "agree"}), (3, {"use": "unsigned", "raise": "unsigned"}), (4, YES), (5, YES), (6, NO)]
SECOND = [*FIRST[:3], (4, {"use": "agree"}), (5, NO), (6, NO)]


def filled(rows: list[tuple[int, dict[str, str]]]) -> list[tuple[str, dict[str, str]]]:
    return [(UNITS[n - 1].unit, marks) for n, marks in rows]


def withdrawn(play: Play) -> dict[str, Any]:
    return {"person": play.people["clerk"].person, "reason": "withdrawn"}


def paper_vote(play: Play) -> Iterator[Step]:
    """A sealed vote: six forms on a page, one by phone as well, one unkeyed, one late, one corrected, one withdrawn."""
    yield from estate.notice("2026-10-21 10:00", "paper", "r", ITEMS, "2026-11-07 09:00", "2026-11-20 20:00", "纸质表决", None,
                             ("electronic", "paper"))  # fmt: skip
    yield from estate.posted("2026-10-21 11:00", "paper", 1, "east-gate", "2026-10-21", "2026-11-20")
    yield from estate.open_poll("2026-11-07 09:00", "paper")
    yield estate.sealed_ballot(play, "2026-11-08 09:00", "paper", UNITS[0].unit, "head-01", NO)
    yield estate.paper_page("2026-11-08 10:00", "paper", "page-1", filled(FIRST))
    yield estate.keyed("2026-11-08 11:00", "paper", "page-1", filled(SECOND))
    yield estate.correction("2026-11-09 10:00", "paper", "mended", "page-1", [UNITS[5].unit], filled([(6, YES)]), "看错一行")
    yield estate.keyed("2026-11-09 11:00", "paper", "mended", filled([(6, YES)]))
    yield estate.paper_page("2026-11-10 10:00", "paper", "page-2", filled([(7, YES)]))
    yield estate.paper_page("2026-11-11 10:00", "paper", "page-4", filled([(10, YES)]))
    yield Step("2026-11-11 10:05", "clerk", "declined/1", withdrawn, about="page-4", name="page-4-withdrawn")
    yield estate.correction("2026-11-12 10:00", "paper", "asked", "page-1", [UNITS[1].unit], filled([(2, NO)]), "看错一行")
    yield estate.paper_page("2026-11-20 20:10", "paper", "page-3", filled([(8, YES)]))
    yield estate.keyed("2026-11-20 20:20", "paper", "page-3", filled([(8, YES)]))


@pytest.fixture(scope="module")
def voted(played: tuple[Path, Play], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    folder = tmp_path_factory.mktemp("paper")
    shutil.copytree(played[0], folder / "data")
    shutil.copytree(played[0].with_name("data-anchor"), folder / "data-anchor")
    for one in reopen(folder / "data", played[1]):
        list(one.play.play(paper_vote(one.play)))
        yield one


@pytest.fixture(scope="module")
def spoken(played: tuple[Path, Play], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """A vote with open ballots and two forms, one keyed twice."""
    folder = tmp_path_factory.mktemp("spoken")
    shutil.copytree(played[0], folder / "data")
    shutil.copytree(played[0].with_name("data-anchor"), folder / "data-anchor")
    for one in reopen(folder / "data", played[1]):
        for steps in (
            estate.notice("2026-10-21 10:00", "paper", "r", ITEMS, "2026-11-07 09:00", "2026-11-20 20:00", "记名表决", "rules-12",
                          ("electronic", "paper")),
            estate.posted("2026-10-21 11:00", "paper", 1, "east-gate", "2026-10-21", "2026-11-20"),
            estate.open_poll("2026-11-07 09:00", "paper"),
            [estate.paper_page("2026-11-08 10:00", "paper", "page-1", filled([(1, YES)])),
             estate.keyed("2026-11-08 11:00", "paper", "page-1", filled([(1, YES)])),
             estate.paper_page("2026-11-08 12:00", "paper", "page-2", filled([(2, YES)]))],
        ):  # fmt: skip
            list(one.play.play(steps))
        yield one


@pytest.fixture(scope="module")
def counted(voted: Estate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """The same, certified; a copy, so that the other stays undecided."""
    folder = tmp_path_factory.mktemp("counted")
    source = voted.opened.home.path.parent
    shutil.copytree(source, folder / "data")
    shutil.copytree(source.with_name("data-anchor"), folder / "data-anchor")
    for one in reopen(folder / "data", voted.play):
        list(one.play.play(estate.close("2026-11-20 20:30", "paper")))
        list(one.play.play(estate.certify("2026-11-21 10:00", "paper", one.opened.door.opening)))
        yield one


def number(one: Estate, n: int) -> str:
    return number_of(one.opened.door.fold.state, "paper", one.play.tag(UNITS[n - 1].unit))


def code(one: Estate, n: int) -> str:
    return code_of(one.opened.door.vault.keys.lasting(subject_of("paper")), "paper", number(one, n))


def told(one: Estate, n: int) -> Any:
    answer = one.client.get(f"{BASE}/polls/paper/forms/{number(one, n)}")
    assert answer.status_code == 200
    return answer.json()


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def page(one: Estate, n: int, typed: str | None = None, lang: str = "") -> str:
    path = f"{P}/{number(one, n)}{lang}"
    answer = one.client.get(path) if typed is None else one.client.post(path, data={"code": typed})
    assert answer.status_code == 200
    return words(answer)


@pytest.mark.parametrize(("n", "standing", "use"), [
    (1, "recorded", "recorded"), (2, "recorded", "recorded"), (3, "recorded", "invalid"), (4, "unclear", "unclear"),
    (5, "recorded", "recorded"), (6, "recorded", "recorded"), (7, "waiting", "waiting"), (8, "late", "late"), (9, "absent", "none"),
    (10, "declined", "none"),
])  # fmt: skip
def test_a_number_says_whether_the_form_is_there_and_why_it_does_not_count_r_bal_4(
    voted: Estate, n: int, standing: str, use: str
) -> None:
    found = told(voted, n)
    assert (found["standing"], found["marks"]["use"], found["result"]) == (standing, use, None)


def test_the_recordings_lead_to_their_entries_and_corrected_ones_stay_visible_r_dis_3(voted: Estate) -> None:
    old, new = told(voted, 6)["recordings"]
    assert (old["stage"], new["stage"]) == ("corrected", "keyed")
    assert old["page"]["index"] < new["page"]["index"] < new["second"]["index"]
    kind = voted.client.get(f"{BASE}/entries/{new['page']['index']}").json()["statement"]["kind"]
    assert kind == "entered-in-error/1"


def test_a_form_that_was_taken_back_says_by_whom_and_one_to_be_corrected_that_it_is(voted: Estate) -> None:
    (gone,) = told(voted, 10)["declined"]
    kind = voted.client.get(f"{BASE}/entries/{gone['by']}").json()["statement"]["kind"]
    assert (kind, gone["page"]["index"] + 1) == ("declined/1", gone["by"])
    assert "录入过，但没有生效" in page(voted, 10)
    (waits,) = told(voted, 2)["correcting"]
    assert f"有一份更正在等另一单位的人再录一遍： 第{waits['index']}条" in page(voted, 2)


def test_a_page_names_its_corrections_and_shows_its_forms_as_a_table_r_dis_3(voted: Estate) -> None:
    old, new = (one["page"]["index"] for one in told(voted, 6)["recordings"])
    text = words(voted.client.get(f"/c/{CODE}/entries/{old}"))
    assert f"更正 第{new}条 已生效" in text
    assert f"{number(voted, 3)} 未签名 未签名" in text
    assert f"{number(voted, 2)} 密封 –" in text


def test_a_form_of_the_same_head_that_does_not_exist_takes_nothing_from_the_one_that_does(voted: Estate) -> None:
    answer = voted.client.get(f"{P}/{number(voted, 2)}-2")
    assert "台账上没有这张票" in answer.text
    assert not re.search("已计入|等截止后计票", answer.text)


def test_before_and_after_a_correction_are_both_shown_to_whoever_has_the_code_r_dis_3(voted: Estate) -> None:
    assert re.search(r"经办人录入 同意 第二人录入 同意 更正前 反对", page(voted, 6, code(voted, 6)))


def test_after_the_result_a_sealed_form_is_not_said_to_count_without_the_code(counted: Estate) -> None:
    for n in (1, 2, 5):
        text = page(counted, n)
        assert "✓" not in text.split("录入经过")[0], n
        assert "凭存根上的查询码查看" in text
    assert "没有人再录一遍，不计入" in page(counted, 7)
    assert "已登记，全部不计入" in page(counted, 1, code(counted, 1))


def test_another_ballot_of_the_same_head_is_named(voted: Estate) -> None:
    assert [told(voted, n)["electronic"] for n in (1, 2)] == [True, False]
    assert "同一业主还用手机投了票" in page(voted, 1)


def test_without_the_code_nobody_sees_a_choice_r_priv_3(voted: Estate) -> None:
    """Not in JSON either, and not in what the page seals in its source."""
    for n in range(1, 10):
        for answer in (
            voted.client.get(f"{BASE}/polls/paper/forms/{number(voted, n)}"),
            voted.client.get(f"{P}/{number(voted, n)}"),
        ):
            for word in ("agree", "against", ">同意", "反对", "计为"):
                assert word not in answer.text, (n, word)


def test_the_code_shows_what_each_of_the_two_keyed(voted: Estate) -> None:
    text = page(voted, 5, code(voted, 5))
    assert re.search(r"经办人录入 同意 第二人录入 反对", text)
    assert "计为" not in text
    assert "经办人录入 无" in page(voted, 9, code(voted, 9))
    assert re.search(r"经办人录入 未签名 第二人录入 未签名", page(voted, 3, code(voted, 3)))


def test_in_an_open_vote_anybody_sees_the_choice_once_two_people_have_keyed_it_r_bal_3(spoken: Estate) -> None:
    assert re.search(r"本次表决记名公开.*经办人录入 同意 第二人录入 同意", page(spoken, 1))
    waits = page(spoken, 2)
    assert "等另一单位的人再录一遍" in waits
    assert "经办人录入 同意" not in waits
    assert "等于让别人看到您的选择" not in page(spoken, 1)


SPELT: dict[str, Callable[[str], str]] = {
    "in lower case": str.lower, "without hyphen": lambda code: code.replace("-", ""), "with spaces": lambda code: f" {code} ",
    "with O for 0": lambda code: code.replace("0", "O"),
}  # fmt: skip


@pytest.mark.parametrize("spell", SPELT)
def test_a_code_may_be_typed_as_people_type(voted: Estate, spell: str) -> None:
    assert "经办人录入" in page(voted, 1, SPELT[spell](code(voted, 1)))


@pytest.mark.parametrize("typed", ["", "AAAAA-AAAAA", "你好", "x" * 600])
def test_a_wrong_code_shows_nothing_and_says_so(voted: Estate, typed: str) -> None:
    answer = voted.client.post(f"{P}/{number(voted, 1)}", data={"code": typed})
    assert (answer.status_code, answer.headers["cache-control"]) == (403, "no-store")
    assert "查询码不对" in answer.text
    assert "经办人录入 " not in words(answer).split("录入经过")[0]


def test_a_neighbours_code_and_the_code_of_another_form_of_hers_open_nothing(voted: Estate) -> None:
    for typed in (
        code(voted, 2),
        code_of(voted.opened.door.vault.keys.lasting(subject_of("paper")), "paper", f"{number(voted, 1)}-2"),
    ):
        assert voted.client.post(f"{P}/{number(voted, 1)}", data={"code": typed}).status_code == 403


def test_where_the_stub_key_is_lost_no_code_opens_anything(voted: Estate) -> None:
    path = voted.opened.door.vault.keys.path
    moved = path.rename(path.with_suffix(".away"))
    try:
        assert voted.client.post(f"{P}/{number(voted, 1)}", data={"code": "AAAAA-AAAAA"}).status_code == 403
    finally:
        moved.rename(path)


def test_after_the_result_the_holder_sees_how_her_head_was_counted_r_evid_1(counted: Estate) -> None:
    assert "电子票与纸质票不一致，没有计入" in page(counted, 1, code(counted, 1))
    assert re.search(r"计票 计为同意，80\.02㎡.*计票 投了票，但没有选这一项", page(counted, 2, code(counted, 2)))
    assert "纸质票录入不一致，没有计入" in page(counted, 5, code(counted, 5))
    assert "counted as agree, 80.06 m²" in page(counted, 6, code(counted, 6), "?lang=en")
    assert [told(counted, n)["marks"]["use"] for n in (2, 7)] == ["sealed", "unopened"]
    assert told(counted, 2)["result"] is not None


def test_what_is_counted_is_the_row_of_the_certified_result(counted: Estate) -> None:
    result = counted.opened.door.fold.state["result", "paper"].items["use"]
    assert (result["conflicted"], result["unclear"], result["invalid"], result["unopened"]) == (1, 2, 1, 1)


@pytest.mark.parametrize("form", ["0", "13", "99999", "01", "1-1", "x", "1%2F2", "-1"])
def test_a_number_that_was_never_issued_is_a_problem_with_a_remedy(voted: Estate, form: str) -> None:
    for path in (f"{BASE}/polls/paper/forms/{form}", f"{BASE}/polls/none/forms/1"):
        answer = voted.client.get(path)
        assert (answer.status_code, answer.json()["code"]) in {(404, "form-unknown"), (404, "address-unknown")}
    assert voted.client.post(f"{P}/{form}", data={"code": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "leads"), [("412", "412"), (" ４１２ ", "412"), ("0412", "412"), ("1-2", "1-2"), ("../x", "..%2Fx")]
)
def test_a_number_is_looked_up_as_people_type_it(voted: Estate, typed: str, leads: str) -> None:
    answer = voted.client.get(P, params={"number": typed}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{P}/{leads}")
    answer = voted.client.get(P, params={"number": "7", "lang": "en"}, follow_redirects=False)
    assert answer.headers["location"] == f"{P}/7?lang=en"


def test_the_page_of_the_vote_leads_to_its_forms_and_folds_the_keyings_away(counted: Estate) -> None:
    text = counted.client.get(f"/c/{CODE}/polls/paper").text
    assert f'action="{P}"' in text
    assert "纸质票的录入和复录：7 条" in text
    assert f'action="/c/{CODE}/polls/garden/forms"' not in counted.client.get(f"/c/{CODE}/polls/garden").text


def test_no_restricted_value_leaks_on_any_page_of_paper(counted: Estate) -> None:
    """The entries of pages and keyings show their rows and not their sealed choices."""
    for index in range(counted.opened.door.fold.head.size):
        entry = counted.client.get(f"{BASE}/entries/{index}").json()
        if entry["statement"]["kind"] in {"paper-page/1", "page-keyed/1", "entered-in-error/1"}:
            for path in (f"{BASE}/entries/{index}", f"{BASE}/entries/{index}/openings", f"/c/{CODE}/entries/{index}"):
                answer = counted.client.get(path)
                assert answer.status_code == 200
                assert "agree" not in answer.text


def test_after_the_result_the_holder_keeps_her_rows_and_anybody_can_check_them_r_evid_1(
    counted: Estate, tmp_path: Path
) -> None:
    answer = counted.client.post(f"{P}/{number(counted, 6)}/rows.json", data={"code": code(counted, 6)})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert [row["index"] for row in answer.json()["rows"]]
    home, policy = counted.opened.home, tmp_path / "policy.txt"
    policy.write_text(f"log {home.vkey}\nquorum none\n")
    (tmp_path / "own.json").write_text(answer.text)
    checked = CliRunner().invoke(app, ["verify", str(tmp_path / "own.json"), "--policy", str(policy)])
    assert (checked.exit_code, "计为同意，80.06㎡" in checked.stdout) == (0, True), checked.output


@pytest.mark.parametrize(
    ("which", "typed", "said"), [("counted", "AAAAA-AAAAA", "stub-wrong"), ("voted", None, "rows-unavailable")]
)
def test_rows_need_the_code_and_a_result(request: pytest.FixtureRequest, which: str, typed: str | None, said: str) -> None:
    one: Estate = request.getfixturevalue(which)
    answer = one.client.post(f"{P}/{number(one, 6)}/rows.json", data={"code": typed or code(one, 6)})
    assert answer.json()["code"] == said


def test_what_a_stub_opens_is_on_record_before_it_is_told_r_priv_5(counted: Estate) -> None:
    before = len(list(accesses(counted.opened.door.shelf)))
    page(counted, 2)
    assert len(list(accesses(counted.opened.door.shelf))) == before
    page(counted, 2, code(counted, 2))
    counted.client.post(f"{P}/{number(counted, 2)}/rows.json", data={"code": code(counted, 2)})
    records = [unpack(raw) for raw in accesses(counted.opened.door.shelf)][before:]
    assert records
    assert {cast("dict[str, Any]", one)["role"] for one in records} == {"stub"}
    assert {name.split("/")[0] for one in records for name in cast("dict[str, Any]", one)["names"]} == {
        "choices",
        "row",
        "count-key",
    }
