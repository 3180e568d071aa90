"""The file of marks is read whatever its dress, and a word that is not in the list is named with its place."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import web
from domain.acts import INVALID_REASONS
from scripts.marks import Mistyped, marks, read_forms

ITEMS = ("use", "levy")
HEAD = "form,use,levy\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "typed.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(folder: Path, text: str | bytes) -> dict[str, dict[str, str]]:
    return read_forms(written(folder, text), ITEMS, 120)


@pytest.mark.parametrize("text", [
    pytest.param(HEAD + "12,agree,against\n", id="plain"),
    pytest.param("票号,use,levy\n12,同意,反对\n", id="in Chinese"),
    pytest.param("\ufeff" + HEAD.replace("\n", "\r\n") + "12,agree,against\r\n", id="as Excel saves it"),
    pytest.param(HEAD + "１２,ａｇｒｅｅ,against", id="full width"),
    pytest.param(HEAD + " 12\u3000,\tagree , against\u00a0\n", id="blanks around"),
    pytest.param("\n" + HEAD + "\n12,agree,against\n , ,\u3000\n\n", id="blank lines"),
    pytest.param("Form,Use,LEVY\n12,Agree,AGAINST\n", id="any case"),
    pytest.param('"form","use","levy"\n"12","agree","against"\n', id="quoted"),
])  # fmt: skip
def test_marks_are_read_whatever_their_dress(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == {"12": {"use": "agree", "levy": "against"}}


def test_every_reason_is_understood_by_its_id_and_by_the_word_of_the_pages(tmp_path: Path) -> None:
    words = json.loads(web.WORDS.read_text("utf-8"))["zh"]
    for reason in INVALID_REASONS:
        assert read(tmp_path, f"{HEAD}412,,\n".replace("412,,", f"1,{reason},{words[f'value.{reason}']}")) == {
            "1": {"use": reason, "levy": reason}
        }
    assert list(marks())[:5] == ["同意", "反对", "弃权", "未签名", "签名不是业主本人"]


def test_an_item_that_was_left_blank_is_left_out_and_a_form_in_anothers_place_keeps_its_number(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + "12－2,,反对\n") == {"12-2": {"levy": "against"}}


@pytest.mark.parametrize(("text", "line", "column", "found", "zh"), [
    pytest.param(HEAD + "\n12,赞成,反对\n", 3, "use", "赞成", "同意、反对、弃权；未勾选的留空；不计入的写原因：未签名", id="another word"),
    pytest.param(HEAD + "121,agree,agree\n", 2, "form", "121", "1 至 120", id="a form that was not issued"),
    pytest.param(HEAD + "12号,agree,agree\n", 2, "form", "12号", "1 至 120", id="no number"),
    pytest.param(HEAD + "1,agree,agree\n\n1,agree,agree\n", 4, "form", "1", "第2行已有", id="twice"),
    pytest.param(HEAD + "1,,\n", 2, "use", "", "至少一个勾选", id="no mark"),
    pytest.param(HEAD + "1,agree\n", 2, "levy", "1,agree", "3 栏，不是 2 栏", id="a cell short"),
    pytest.param(HEAD + "1,agree,agree,x\n", 2, "levy", "1,agree,agree,x", "3 栏，不是 4 栏", id="a cell more"),
    pytest.param(HEAD + "1，同意，反对\n", 2, "use", "1，同意，反对", "3 栏，不是 1 栏", id="commas of full width"),
    pytest.param("号码,use,levy\n", 1, "form", "号码,use,levy", "表头 票号,use,levy", id="another header"),
    pytest.param("票号,levy,use\n", 1, "use", "票号,levy,use", "表头 票号,use,levy", id="another order"),
    pytest.param("票号,use\n", 1, "levy", "票号,use", "表头 票号,use,levy", id="an item short"),
    pytest.param("", 1, "form", "", "表头 票号,use,levy", id="nothing"),
    pytest.param(HEAD + '1,"agree,agree\n', 2, "use", '1,"agree,agree', "成对的引号", id="an open quote"),
    pytest.param("票号,use,levy\n1,同意,反对\n".encode("gbk"), 1, "form", "0xba", "请另存为“CSV UTF-8”", id="GBK"),
])  # fmt: skip
def test_what_does_not_fit_is_said_in_both_languages_with_its_place_and_what_was_found(
    tmp_path: Path, text: str | bytes, line: int, column: str, found: str, zh: str
) -> None:
    with pytest.raises(Mistyped) as why:
        read(tmp_path, text)
    assert (why.value.line, why.value.column, why.value.found) == (line, column, found)
    first, second = str(why.value).split("\n")
    assert f"第{line}行，“{column}”一栏：{f'写的是“{found}”' if found else '没有内容'}；应为" in first
    assert zh in first
    assert f"line {line}, column {column}: found {f'“{found}”' if found else 'nothing'}, expected " in second


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Mistyped, match="能读取的文件"):
        read_forms(tmp_path / "none.csv", ITEMS, 120)


def test_a_message_is_two_lines_whatever_was_found(tmp_path: Path) -> None:
    with pytest.raises(Mistyped) as why:
        read(tmp_path, HEAD + "1,a\u202e\x00\u2028b,agree\n")
    assert [line.isprintable() for line in str(why.value).split("\n")] == [True, True]


@settings(deadline=None)
@given(data=st.binary(max_size=80))
def test_no_bytes_whatever_bring_the_reader_down(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "marks.csv"
    path.write_bytes(HEAD.encode() + data)
    with suppress(Mistyped):
        assert len(read_forms(path, ITEMS, 120)) <= data.count(b"\n") + 1
