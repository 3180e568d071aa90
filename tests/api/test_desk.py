"""The desk: what a key's person may do now, what paper needs, and pages that show a second person no first keying."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import web
from keys.authoring import stream_of
from scripts.forms import number_of
from scripts.stories import estate
from scripts.stories.player import Play, Step, moment
from tests.api.conftest import BASE, CODE, TITLE, UNITS, Estate, reopen
from tests.api.test_forms import filled, paper_vote

C = f"/c/{CODE}"


def copied(played: tuple[Path, Play], folder: Path) -> Iterator[Estate]:
    shutil.copytree(played[0], folder / "data")
    shutil.copytree(played[0].with_name("data-anchor"), folder / "data-anchor")
    yield from reopen(folder / "data", played[1])


@pytest.fixture(scope="module")
def sealed(played: tuple[Path, Play], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """A sealed vote with pages of paper in every stage; closing time is past."""
    for one in copied(played, tmp_path_factory.mktemp("desk")):
        list(one.play.play(paper_vote(one.play)))
        yield one


@pytest.fixture(scope="module")
def unsealed(played: tuple[Path, Play], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """An open vote with a page that waits."""
    for one in copied(played, tmp_path_factory.mktemp("unsealed")):
        for steps in (
            estate.notice("2026-10-21 10:00", "paper", "r", {"use": ("other-major", "是否刷墙?")}, "2026-11-07 09:00",
                          "2026-11-20 20:00", "记名表决", "rules-12", ("electronic", "paper")),
            estate.posted("2026-10-21 11:00", "paper", 1, "east-gate", "2026-10-21", "2026-11-20"),
            estate.open_poll("2026-11-07 09:00", "paper"),
            [estate.paper_page("2026-11-08 10:00", "paper", "page-1", filled([(1, {"use": "against"})]))],
        ):  # fmt: skip
            list(one.play.play(steps))
        yield one


def key_of(one: Estate, who: str) -> str:
    return one.play.people[who].key.id.hex()


def asked(one: Estate, path: str, status: int = 200) -> Any:
    answer = one.client.get(f"{BASE}{path}")
    assert answer.status_code == status, answer.text
    return answer.json()


def desk(one: Estate, who: str) -> Any:
    return asked(one, f"/waiting?key={key_of(one, who)}")


def turns(one: Estate, who: str) -> list[tuple[str, str, Any]]:
    return [(turn["kind"], turn["poll"], turn["refused"] and turn["refused"]["code"]) for turn in desk(one, who)["turns"]]


def sheet(one: Estate, page: str, who: str | None = None) -> Any:
    return asked(one, f"/polls/paper/paper/{one.play.leaves[page].hex()}{f'?key={key_of(one, who)}' if who else ''}")


def words(one: Estate, path: str) -> str:
    answer = one.client.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<template.*?</template>|<[^>]+>", " ", answer.text, flags=re.DOTALL)))


def number(one: Estate, n: int) -> str:
    return number_of(one.opened.door.fold.state, "paper", one.play.tag(UNITS[n - 1].unit))


# --- streams --------------------------------------------------------------------------------------------------------------------


def test_a_stream_tells_its_last_leaf_and_a_checkpoint(served: Estate) -> None:
    told = asked(served, "/streams?name=poll/garden")
    assert (told["prev"], told["place"]) == (served.play.leaves["garden-opening"].hex(), 3)
    assert told["checkpoint"].startswith(f"{told['ledger']}\n")
    assert told["now"] == served.clock.at


def test_a_stream_that_nobody_began_stands_at_its_first_place(served: Estate) -> None:
    told = asked(served, "/streams?name=posted/garden/2")
    assert (told["prev"], told["place"]) == (None, 1)


@pytest.mark.parametrize("name", ["", "Poll/garden", "a/b/c/d/e", "a//b", "-a"])
def test_what_is_no_name_of_a_stream_is_refused(served: Estate, name: str) -> None:
    assert served.client.get(f"{BASE}/streams", params={"name": name}).json()["code"] == "request-malformed"


# --- what waits -----------------------------------------------------------------------------------------------------------------


def test_a_supervisor_of_another_organisation_finds_what_she_may_confirm_r_act_authority(served: Estate) -> None:
    told = desk(served, "bureau")
    assert [(one["index"], one["kind"], one["ways"], one["refused"]) for one in told["waiting"]] == [
        (served.index("clerk-given"), "post-given/1", ["confirmed/1"], None)
    ]
    assert (told["active"], [one["post"] for one in told["posts"]], told["own"]) == (True, ["supervisor"], [])


def test_its_author_finds_it_among_her_own_and_nobody_else_anywhere(served: Estate) -> None:
    own = desk(served, "street")
    assert ([one["index"] for one in own["own"]], own["waiting"]) == ([served.index("clerk-given")], [])
    other = desk(served, "counter-1")
    assert (other["own"], other["waiting"], other["turns"]) == ([], [], [])


def test_what_would_be_refused_at_completion_says_so(fresh: Estate) -> None:
    list(fresh.play.play([Step("2026-10-21 11:00", "street", "key-revoked/1", _revoked(fresh, "street"))]))
    assert [one["refused"]["code"] for one in desk(fresh, "bureau")["waiting"]] == ["key-unknown"]
    said = words(fresh, f"{C}/desk?key={key_of(fresh, 'bureau')}")
    assert ("岗位任命" in said, "复核同意" in said) == (True, False)


def _revoked(one: Estate, who: str) -> dict[str, Any]:
    return {"key": one.play.people[who].key.id, "own": True, "reason": "lost", "since": moment("2026-10-21 10:00")}


def test_a_revoked_key_has_an_empty_desk_r_sig_5(fresh: Estate) -> None:
    list(fresh.play.play([Step("2026-10-21 11:00", "head-03", "key-revoked/1", _revoked(fresh, "head-03"))]))
    told = desk(fresh, "head-03")
    assert (told["active"], told["waiting"], told["own"], told["turns"]) == (False, [], [], [])
    assert "已注销" in words(fresh, f"{C}/desk?key={key_of(fresh, 'head-03')}")


def test_a_key_that_nobody_admitted_has_no_desk(served: Estate) -> None:
    assert asked(served, f"/waiting?key={'ab' * 32}", 404)["code"] == "key-not-admitted"
    assert served.client.get(f"{BASE}/waiting?key=xyz").json()["code"] == "request-malformed"
    assert "您现任" not in words(served, f"{C}/desk?key={'ab' * 32}")


# --- whose turn it is -----------------------------------------------------------------------------------------------------------


def test_turns_follow_the_clock_and_the_post(fresh: Estate) -> None:
    assert turns(fresh, "clerk") == [("notice-posted/1", "wall", None), ("notice-posted/1", "garden", None)]
    assert [one["n"] for one in desk(fresh, "clerk")["turns"]] == [1, 2]
    fresh.clock.move_to(moment("2026-11-20 10:00"))
    assert turns(fresh, "street") == [("poll-opened/1", "wall", "notice-not-posted")]
    list(fresh.play.play(estate.posted("2026-11-20 11:00", "wall", 1, "hall", "2026-10-20", "2026-12-20")))
    assert turns(fresh, "street") == [("poll-opened/1", "wall", "flags-unanswered")]
    fresh.clock.move_to(moment("2027-01-01 09:00"))
    assert turns(fresh, "clerk") == [("poll-closed/1", "garden", None)]


# --- paper ----------------------------------------------------------------------------------------------------------------------


def test_the_number_of_a_form_is_the_place_of_its_tag_and_nothing_says_what_is_on_it_r_bal_4(sealed: Estate) -> None:
    told = asked(sealed, "/polls/paper/paper")
    assert [told["tags"][int(number(sealed, n)) - 1] for n in (1, 5)] == [
        sealed.play.tag(UNITS[n - 1].unit).hex() for n in (1, 5)
    ]
    assert sorted(told["taken"], key=int) == sorted((number(sealed, n) for n in range(1, 9)), key=int)
    assert not {"agree", "against", "unsigned"} & set(re.findall(r"[a-z]+", str({**told, "items": ()})))
    assert (told["ballots"], told["phase"], told["refused"]) == ("sealed", "ended", None)


@pytest.mark.parametrize(("poll", "who", "code"), [
    ("paper", "clerk", None), ("paper", "counter-2", "not-authorised"), ("wall", None, "poll-not-open"),
    ("garden", None, "channel-not-offered"),
])  # fmt: skip
def test_whoever_may_not_record_is_told_before_typing_r_act_authority(
    sealed: Estate, poll: str, who: str | None, code: str | None
) -> None:
    told = asked(sealed, f"/polls/{poll}/paper{f'?key={key_of(sealed, who)}' if who else ''}")["refused"]
    assert (told and told["code"]) == code


@pytest.mark.parametrize(("who", "code"), [
    ("counter-2", None), ("observer", None), ("clerk", "same-person"), ("counter-1", "same-organisation"),
    ("street", None), ("operator", "not-a-confirmer"),
])  # fmt: skip
def test_whoever_may_not_key_a_page_again_is_told_before_typing(sealed: Estate, who: str, code: str | None) -> None:
    told = sheet(sealed, "page-2", who)
    assert (told["refused"] and told["refused"]["code"]) == code
    assert told["forms"] == [{"form": number(sealed, 7), "stage": "waiting", "correcting": False}]
    assert (told["standing"], told["keyed"]) == ("waiting", None)


def test_a_key_that_is_unknown_keys_nothing(sealed: Estate) -> None:
    leaf = sealed.play.leaves["page-2"].hex()
    assert asked(sealed, f"/polls/paper/paper/{leaf}?key={'ab' * 32}")["refused"]["code"] == "key-unknown"


def test_a_page_that_was_keyed_says_which_forms_differ_r_bal_4(sealed: Estate) -> None:
    told = sheet(sealed, "page-1")
    # what differs in sealed choices alone (form 5) shows when they are opened, not before
    stages = {one["form"]: one["stage"] for one in told["forms"]}
    assert [stages[number(sealed, n)] for n in range(1, 7)] == ["keyed", "keyed", "keyed", "unclear", "keyed", "corrected"]
    assert (told["standing"], told["keyed"] is not None) == ("complete", True)
    assert [one["form"] for one in told["forms"] if one["correcting"]] == [number(sealed, 2)]
    assert sheet(sealed, "asked")["named"] == [number(sealed, 2)]
    assert sheet(sealed, "page-4")["forms"] == [{"form": number(sealed, 10), "stage": None, "correcting": False}]


@pytest.mark.parametrize("leaf", ["00" * 32, "xyz"])
def test_a_page_that_is_not_there_is_none(sealed: Estate, leaf: str) -> None:
    assert asked(sealed, f"/polls/paper/paper/{leaf}", 404)["code"] == "page-unknown"


def test_a_page_belongs_to_its_own_vote(sealed: Estate) -> None:
    assert asked(sealed, f"/polls/lifts/paper/{sealed.play.leaves['page-2'].hex()}", 404)["code"] == "page-unknown"
    assert asked(sealed, f"/polls/paper/paper/{sealed.play.leaves['paper-opening'].hex()}", 404)["code"] == "page-unknown"
    assert asked(sealed, "/polls/nothing/paper", 404)["code"] == "poll-unknown"
    assert asked(sealed, f"/polls/nothing/paper/{sealed.play.leaves['page-2'].hex()}", 404)["code"] == "page-unknown"


def test_a_page_of_paper_waits_to_be_keyed_and_its_author_withdraws_it_only_before_closing(
    sealed: Estate, unsealed: Estate
) -> None:
    waits = {one["index"]: one for one in desk(sealed, "counter-2")["waiting"]}
    page = waits[sealed.index("page-2")]
    assert (page["ways"], page["forms"], page["expires"], page["title"]) == (["page-keyed/1"], 1, None, "纸质表决")
    withdrawal = [
        one["refused"] and one["refused"]["code"] for one in desk(sealed, "clerk")["own"] if one["kind"] == "paper-page/1"
    ]
    assert withdrawal == ["page-stands"]
    assert [one["refused"] for one in desk(unsealed, "clerk")["own"]] == [None]


# --- pages ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["", "&lang=en"])
def test_the_desk_says_an_act_in_words(served: Estate, lang: str) -> None:
    said = words(served, f"{C}/desk?key={key_of(served, 'bureau')}{lang}")
    wanted = (
        ("岗位任命", "街道办事处", "经办人", "看记录")
        if not lang
        else ("Post given", "Street office", "Clerk", "See the record")
    )
    for one in wanted:
        assert one in said
    assert "没有登记过的密钥" in words(served, f"{C}/desk")


def test_the_desk_shows_public_texts_and_counts_what_is_sealed(fresh: Estate) -> None:
    list(fresh.play.play([
        Step("2026-10-21 10:30", "street", "poll-noticed/1", _noticed(), {"title": TITLE, "question/lamps": "是否换路灯?"})
    ]))  # fmt: skip
    someone = fresh.play.meet("late", None, "机密姓名-late")
    page = {"page": "late", "rows": (someone.row(fresh.play.door.origin),)}
    holder = {f"holder/{someone.key.id.hex()}": someone.holder}
    list(fresh.play.play([Step("2026-10-21 10:40", "clerk", "keys-admitted/1", page, holder)]))
    said = words(fresh, f"{C}/desk?key={key_of(fresh, 'bureau')}")
    for one in (TITLE, "是否换路灯?", "事项 1", "另有 1 项密封内容"):
        assert one in said
    assert "机密姓名-late" not in said


def _noticed() -> dict[str, Any]:
    lamps = {"lamps": ("other-major", "")}
    step = next(estate.notice("2026-10-21 10:30", "lamps", "r", lamps, "2026-11-20 09:00", "2026-12-20 20:00", TITLE, None))
    assert isinstance(step.body, Mapping)
    return dict(step.body)


@pytest.mark.parametrize(
    "path", ["/desk?key={key}", "/polls/paper/paper/{leaf}", "/polls/paper/paper", "/polls/paper/paper/{leaf}/correct"]
)
def test_no_page_of_the_second_keying_shows_the_first(unsealed: Estate, path: str) -> None:
    leaf = unsealed.play.leaves["page-1"].hex()
    shown = unsealed.client.get(C + path.format(key=key_of(unsealed, "counter-2"), leaf=leaf)).text
    assert f"entries/{unsealed.index('page-1')}" not in shown
    bare = re.sub(r"<template.*?</template>|<form id=\"typing\".*?</form>", "", shown, flags=re.DOTALL)
    assert "against" not in bare
    assert "反对" not in bare


def test_the_pages_of_a_correction_without_rows_say_what_it_takes_out(sealed: Estate) -> None:
    list(sealed.play.play([
        estate.correction("2026-11-20 21:00", "paper", "gone", "page-1", [UNITS[0].unit], [], "多录", observed=True)
    ]))  # fmt: skip
    told = sheet(sealed, "gone", "counter-2")
    assert (told["forms"], told["named"], told["observed"], told["refused"]) == ([], [number(sealed, 1)], True, None)
    path = f"{C}/polls/paper/paper/{sealed.play.leaves['gone'].hex()}"
    assert number(sealed, 1) in words(sealed, path)
    assert {one["index"]: one["ways"] for one in desk(sealed, "observer")["waiting"]}[sealed.index("gone")] == [
        "confirmed/1", "page-keyed/1",
    ]  # fmt: skip


def test_a_form_has_only_the_items_that_its_head_decides_r_roll_9(fresh: Estate) -> None:
    part = UNITS[3:6]
    list(fresh.play.play([
        *estate.scope(fresh.play, "2026-10-21 10:10", "r", "stack", part),
        *estate.notice("2026-10-21 10:20", "stack", "r", {"lamp": ("other-major", "?"), "wall": ("other-major", "?")},
                       "2026-11-20 09:00", "2026-12-20 20:00", "单元", None, ("electronic", "paper"), scopes={"lamp": "stack"}),
    ]))  # fmt: skip
    lamp, wall = asked(fresh, "/polls/stack/paper")["items"]
    roll = fresh.opened.door.fold.state["roll", "r"]
    places = {tag: number for number, (tag, _) in enumerate(roll.tags, 1)}
    assert lamp["forms"] == sorted(places[fresh.play.tag(unit.unit)] for unit in part)
    assert wall["forms"] is None


def test_a_page_of_other_acts_than_ballots_is_keyed_by_command(fresh: Estate) -> None:
    list(fresh.play.play([
        *estate.notice("2026-10-21 10:20", "gate", "r", {"gate": ("other-major", "?")}, "2026-11-20 09:00", "2026-12-20 20:00",
                       "大门", None),
    ]))  # fmt: skip
    tag = fresh.play.tag(UNITS[1].unit)
    body = {"agent": fresh.play.people["head-05"].person, "poll": "gate", "tag": tag}
    row = {"body": body, "for": tag, "form": "1", "kind": "proxy-given/1"}
    list(fresh.play.play([Step("2026-10-21 10:30", "clerk", "paper-page/1", {"page": "agents", "poll": None, "rows": (row,)})]))
    waits = next(one for one in desk(fresh, "counter-2")["waiting"] if one["kind"] == "paper-page/1")
    assert (waits["poll"], waits["forms"], waits["ways"]) == (None, 1, ["page-keyed/1"])
    said = words(fresh, f"{C}/desk?key={key_of(fresh, 'counter-2')}")
    assert ("liuchi paper key" in said, "复录这一页" in said) == (True, False)


def test_a_record_of_paper_leads_to_its_correction(sealed: Estate) -> None:
    shown = sealed.client.get(f"{C}/entries/{sealed.index('page-1')}").text
    assert f"/polls/paper/paper/{sealed.play.leaves['page-1'].hex()}/correct" in shown


def test_the_streams_that_the_browser_names_are_those_of_the_kinds() -> None:
    source = (web.STATIC / "js" / "sign-act.js").read_text("utf-8")
    plain = dict(re.findall(r'"([a-z-]+/1)": \(\{ body \}\) => `([^`]+)`', source))
    body = {"page": "p-1", "poll": "lifts", "n": 3}
    for kind, template in plain.items():
        assert re.sub(r'\$\{body\.get\("(\w+)"\)\}', lambda name: str(body[name[1]]), template) == stream_of(kind, body)
    assert len(plain) == 5
    assert stream_of("confirmed/1", {"person": b"\x02"}, b"\x01") == "confirmation/01/02"
