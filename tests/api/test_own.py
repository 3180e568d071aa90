"""An owner's own rows over HTTP: only by her session, put on record, and what the offline verifier accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from domain.lifecycle import UNOPENED
from ledger.access import accesses
from scripts.cli import app
from tests.api.conftest import BASE, CODE, Estate
from tests.api.test_sessions import opened as entered
from tlog.codec import unpack

OWN = f"{BASE}/polls/lifts/own"


def test_an_owners_session_gets_her_rows_and_anybody_can_check_the_file_r_evid_1(fresh: Estate, tmp_path: Path) -> None:
    answer = fresh.client.get(OWN, headers=entered(fresh, "head-02"))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    (tmp_path / "policy.txt").write_text(f"log {fresh.opened.home.vkey}\nquorum none\n")
    (tmp_path / "own.json").write_text(answer.text)
    checked = CliRunner().invoke(app, ["verify", str(tmp_path / "own.json"), "--policy", str(tmp_path / "policy.txt")])
    assert (checked.exit_code, "计为同意，80.02㎡" in checked.stdout) == (0, True), checked.output


def test_it_is_on_record_who_asked_and_what_was_read_for_her_r_priv_5(fresh: Estate) -> None:
    fresh.client.get(OWN, headers=entered(fresh, "head-02"))
    records = [cast("dict[str, Any]", unpack(raw)) for raw in accesses(fresh.opened.door.shelf)]
    assert {one["role"] for one in records} == {"owner"}
    assert {one["person"] for one in records} == {fresh.play.people["head-02"].person}
    rows = {name for one in records for name in one["names"] if name.startswith("row/")}
    assert rows == {f"row/{fresh.play.tag('密室02').hex()}"}


def test_without_a_session_nobody_gets_rows_on_the_page_either(fresh: Estate) -> None:
    for path in (OWN, f"/c/{CODE}/polls/lifts/own"):
        assert fresh.client.get(path).status_code == 401
    assert not list(accesses(fresh.opened.door.shelf))


@pytest.mark.parametrize(("lang", "words"), [
    ("", ("用本人的密钥进入", "存根上的票号", "经办人")), ("?lang=en", ("Enter with your own key", "number on your stub", "clerk")),
])  # fmt: skip
def test_without_a_session_the_page_says_how_she_comes_to_her_rows_all_the_same(
    fresh: Estate, lang: str, words: tuple[str, ...]
) -> None:
    page = fresh.client.get(f"/c/{CODE}/polls/lifts/own{lang}", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["www-authenticate"], page.headers["cache-control"]) == (401, "Bearer", "no-store")
    assert not [
        word for word in (*words, "liuchi own lifts", f'href="/c/{CODE}/polls/lifts{lang}#paper"') if word not in page.text
    ]
    assert fresh.client.get(f"/c/{CODE}/polls/none/own{lang}").status_code == 404


def test_who_has_nothing_there_leaves_no_record_and_nothing_is_opened_r_priv_1(
    fresh: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, built = entered(fresh, "clerk"), list[str]()
    monkeypatch.setattr("projections.own._tree", lambda *_: built.append("a tree"))
    assert fresh.client.get(OWN, headers=clerk).json()["code"] == "rows-unavailable"
    assert "没有与您的密钥关联的业主" in fresh.client.get(f"/c/{CODE}/polls/lifts/own", headers=clerk).text
    assert (list(accesses(fresh.opened.door.shelf)), built) == ([], [])


def test_rows_that_cannot_be_shown_leave_no_record(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, opening = entered(fresh, "head-02"), fresh.opened.door.opening
    monkeypatch.setattr(fresh.opened.door, "opening", lambda leaf, name: UNOPENED if "row/" in name else opening(leaf, name))
    assert fresh.client.get(OWN, headers=owner).json()["code"] == "rows-unavailable"
    assert list(accesses(fresh.opened.door.shelf)) == []


def test_the_page_says_how_she_was_counted_and_leads_to_the_file(fresh: Estate) -> None:
    text = fresh.client.get(f"/c/{CODE}/polls/lifts/own", headers=entered(fresh, "head-01")).text
    assert "计为弃权，80.01㎡" in text
    assert f'href="{OWN}"' in text


def test_who_is_not_on_the_roll_or_comes_before_the_result_is_told_so(fresh: Estate) -> None:
    clerk, owner = entered(fresh, "clerk"), entered(fresh, "head-01")
    told = [fresh.client.get(path, headers=who).json()["code"] for path, who in (
        (OWN, clerk), (f"{BASE}/polls/garden/own", owner), (f"{BASE}/polls/none/own", owner))]  # fmt: skip
    assert told == ["rows-unavailable", "rows-unavailable", "poll-unknown"]
    assert "还没有核定" in fresh.client.get(f"/c/{CODE}/polls/garden/own", headers=owner).text
    assert json.loads(fresh.client.get(OWN, headers=owner).text)["rows"]
