"""`liuchi count`: rows read in their order, heads and area counted, one JSON object, and exit codes."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from domain.roll import Unit
from domain.rulesets import CHOICES, MATTERS, SILENCES
from scripts.cli import VERBS, app, exit_code, load
from scripts.count import MATTER_WORDS, REASONS, WORDS, count
from scripts.tables import MARKS, Ballot, Unreadable

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "count"
DIFFER = "one of them on paper, and they differ; none counts"
Row = tuple[str, str, str, int]  # voter, choice, channel, at


def unit(name: str, *owners: str, area: int = 8_000, status: str = "sold", building: str = "B1") -> Unit:
    return Unit(name, building, frozenset(owners), area, status)


def rows(*cells: Row) -> list[Ballot]:
    """Ballots as they would stand in a file, the first on line 2."""
    return [Ballot(*cell, line) for line, cell in enumerate(cells, 2)]


def counted(roll: Sequence[Unit], ballots: Sequence[Ballot], **terms: Any) -> dict[str, Any]:
    return count(roll, ballots, **{"matter": "use-maintenance-fund", "on": "2026-11-22", **terms}).document()


def flags(found: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(flag["code"], flag["voter"]) for flag in found["flags"]]


def heads(found: dict[str, Any]) -> list[int]:
    return list(found["heads"].values())


FOUR = (unit("1", "a"), unit("2", "b"), unit("3", "c", "d"), unit("4", "a", building="B2"))


# --- rows, in the order in which they are read


@pytest.mark.parametrize(("row", "flag"), [
    pytest.param(("9", "invalid", "paper", 99), "not-on-roll", id="unknown comes before invalid and late"),
    pytest.param(("1", "invalid", "paper", 99), "invalid", id="invalid comes before late"),
    pytest.param(("1", "invalid", "paper", 1), "invalid", id="invalid comes before early"),
    pytest.param(("1", "agree", "paper", 9), "early", id="just before opening"),
    pytest.param(("1", "agree", "paper", 10), None, id="at opening"),
    pytest.param(("1", "agree", "paper", 20), None, id="at closing"),
    pytest.param(("1", "agree", "paper", 21), "late", id="just after closing"),
])  # fmt: skip
def test_a_row_has_the_first_reason_that_fits_and_both_ends_are_open_r_bal_4_r_bal_8(row: Row, flag: str | None) -> None:
    found = counted(FOUR, rows(row), opens=10, closes=20)
    assert flags(found) == ([(flag, row[0])] if flag else [])
    assert heads(found) == ([3, 0, 0, 0, 0] if flag else [3, 1, 1, 0, 0])


def test_without_opening_and_closing_no_ballot_is_early_or_late() -> None:
    assert flags(counted(FOUR, rows(("1", "agree", "paper", -(10**20)), ("2", "agree", "paper", 10**20)))) == []


def test_of_electronic_ballots_the_latest_counts_and_the_others_are_replaced_r_bal_5() -> None:
    found = counted(FOUR, rows(
        ("1", "agree", "electronic", 3), ("4", "against", "electronic", 5), ("2", "agree", "electronic", 1),
        ("1", "abstain", "electronic", 5), ("1", "agree", "electronic", 4),
    ))  # fmt: skip
    assert heads(found) == [3, 2, 1, 0, 1]
    assert found["flags"] == [
        {"code": "replaced", "voter": "1", "detail": "line 2: replaced by the electronic ballot on line 5"},
        {"code": "replaced", "voter": "4", "detail": "line 3: replaced by the electronic ballot on line 5"},
        {"code": "replaced", "voter": "1", "detail": "line 6: replaced by the electronic ballot on line 5"},
    ]


@pytest.mark.parametrize(("one", "other"), [("paper", "paper"), ("paper", "electronic"), ("electronic", "paper")])
def test_a_head_that_says_the_same_with_paper_among_it_counts_once_and_nothing_is_flagged(one: str, other: str) -> None:
    found = counted(FOUR, rows(("1", "agree", one, 3), ("4", "agree", other, 5)))
    assert (heads(found), found["area"]["agree"], found["flags"]) == ([3, 1, 1, 0, 0], 16_000, [])


@pytest.mark.parametrize("ballots", [
    pytest.param((("3", "agree", "paper", 3), ("3", "against", "paper", 3)), id="T27 co-owners of one unit, yes and no"),
    pytest.param((("3", "agree", "paper", 3), ("3", "against", "electronic", 5)), id="T28 paper yes, electronic no"),
    pytest.param((("3", "agree", "electronic", 1), ("3", "abstain", "paper", 2), ("3", "abstain", "paper", 3)), id="three"),
])  # fmt: skip
def test_a_head_that_differs_with_paper_among_it_is_one_conflict_r_roll_4(ballots: tuple[Row, ...]) -> None:
    found = counted(FOUR, rows(("2", "agree", "paper", 1), *ballots))
    assert heads(found) == [3, 1, 1, 0, 0]
    lines = ", ".join(str(line) for line in range(3, 3 + len(ballots)))
    assert found["flags"] == [{"code": "conflicted", "voter": "3", "detail": f"lines {lines}: {DIFFER}"}]


def test_a_row_that_is_refused_neither_replaces_nor_conflicts() -> None:
    found = counted(FOUR, rows(
        ("1", "against", "electronic", 1), ("1", "agree", "electronic", 99),
        ("2", "agree", "paper", 2), ("2", "invalid", "paper", 3),
    ), closes=20)  # fmt: skip
    assert (heads(found), flags(found)) == ([3, 2, 1, 1, 0], [("late", "1"), ("invalid", "2")])


def test_no_flag_says_what_was_chosen_r_bal_5() -> None:
    sentences = [word for reason, words in REASONS.items() if reason != "no-common-majority" for word in words.values()]
    assert not [choice for choice in (*CHOICES, "同意", "反对", "弃权") if choice in " ".join(sentences)]


def test_flags_stand_in_the_order_of_the_file() -> None:
    found = counted(FOUR, rows(
        ("3", "agree", "paper", 1), ("1", "agree", "electronic", 2), ("9", "agree", "paper", 3), ("3", "against", "paper", 4),
        ("1", "agree", "electronic", 5), ("2", "invalid", "paper", 6),
    ))  # fmt: skip
    assert flags(found) == [("conflicted", "3"), ("replaced", "1"), ("not-on-roll", "9"), ("invalid", "2")]


# --- heads and scope


def test_a_head_has_the_area_of_all_its_units_and_the_developer_is_one_head_r_roll_3_r_roll_5() -> None:
    roll = [
        unit("1", "a", "b", area=100), unit("2", "b", "a", area=10), unit("3", "a", area=1),
        unit("4", status="unsold", area=1_000), unit("5", "c", status="undelivered", area=10_000),
    ]  # fmt: skip
    found = counted(roll, rows(("2", "agree", "paper", 1), ("5", "against", "paper", 1), ("4", "against", "paper", 2)))
    assert found["heads"] == {"total": 3, "participating": 2, "agree": 1, "against": 1, "abstain": 0}
    assert found["area"] == {"total": 11_111, "participating": 11_110, "agree": 110, "against": 11_000, "abstain": 0}


def test_t13_by_counting(tmp_path: Path) -> None:
    lines = [f"u-{n},,100,unsold,B1" for n in range(40)] + [f"d-{n},later-{n},100,undelivered,B1" for n in range(10)]
    lines += [f"t-{area},three,{area},sold,B2" for area in ("80.00", "90.00", "100.00")]
    lines += [f"s-{n},owner-{n},80,sold,B3" for n in range(447)]
    found = printed(tmp_path, roll="\n".join([HEADER, *lines]), ballots=BALLOTS + "t-90.00," + CAST)
    assert (found["heads"]["total"], found["heads"]["agree"], found["area"]["agree"]) == (449, 1, 27_000)


def test_in_a_scope_a_head_has_its_area_there_and_may_answer_from_any_of_its_units_r_roll_9() -> None:
    found = counted(FOUR, rows(("1", "agree", "paper", 1)), scope="B2")
    assert (found["heads"]["total"], found["area"]["total"], found["area"]["agree"], found["flags"]) == (1, 8_000, 8_000, [])


def test_t15_who_has_no_area_in_scope_is_not_on_its_roll() -> None:
    found = counted(FOUR, rows(("2", "agree", "paper", 1)), scope="B2")
    assert heads(found) == [1, 0, 0, 0, 0]
    assert found["flags"] == [{"code": "not-on-roll", "voter": "2", "detail": "line 2: this head has no area in scope"}]


# --- silence


SILENT_ROLL = [unit(str(n), f"o-{n}", area=100) for n in range(1, 7)]


@pytest.mark.parametrize(("row", "silent"), [
    pytest.param(("1", "invalid", "paper", 1), False, id="invalid"),
    pytest.param(("1", "agree", "paper", 99), False, id="late"),
    pytest.param(("1", "agree", "paper", -1), False, id="early"),
    pytest.param(("2", "abstain", "paper", 1), True, id="another head's row"),
])  # fmt: skip
def test_a_silent_head_has_a_served_unit_and_no_row_at_all_r_bal_3(row: Row, silent: bool) -> None:
    found = counted(SILENT_ROLL, rows(row), opens=0, closes=20, silence="deemed-participation", served={"1"})
    assert found["heads"]["participating"] - found["without_deeming"]["heads"]["participating"] == silent


@pytest.mark.parametrize(("scope", "served", "silent"), [
    (None, {"1"}, 1), (None, {"4"}, 1), (None, set(), 0),
    ("B2", {"4"}, 1), ("B2", {"1"}, 0), ("B1", {"4"}, 0), ("B1", {"1", "2", "3"}, 3),
])  # fmt: skip
def test_the_served_unit_of_a_silent_head_lies_in_scope(scope: str | None, served: set[str], silent: int) -> None:
    found = counted(FOUR, [], scope=scope, silence="deemed-participation", served=served)
    assert found["heads"]["participating"] == silent


VOICES = rows(*((str(n), choice, "paper", 1) for n, choice in enumerate(("agree", "agree", "against", "abstain"), 1)))


@pytest.mark.parametrize(("silence", "figures"), [
    ("none", [6, 4, 2, 1, 1]),
    ("deemed-participation", [6, 5, 2, 1, 1]),
    ("silent-follows-majority", [6, 5, 3, 1, 1]),
    ("abstain-follows-majority", [6, 4, 3, 1, 0]),
])  # fmt: skip
def test_each_policy_deems_what_it_says_and_the_plain_tally_stands_beside_it_r_bal_3(silence: str, figures: list[int]) -> None:
    found = counted(SILENT_ROLL, VOICES, silence=silence, served={"5"})
    assert (heads(found), found["flags"]) == (figures, [])
    plain = found["without_deeming"]
    if silence == "none":
        assert plain is None
    else:
        assert plain == {name: counted(SILENT_ROLL, VOICES)[name] for name in ("quorate", "passed", "heads", "area")}


@pytest.mark.parametrize(("silence", "flagged"), [
    ("none", False), ("deemed-participation", False), ("silent-follows-majority", True), ("abstain-follows-majority", True),
])  # fmt: skip
def test_where_none_leads_in_both_it_is_said_and_nobody_is_given_a_choice(silence: str, flagged: bool) -> None:
    found = counted(SILENT_ROLL, VOICES[:1] + VOICES[2:], silence=silence, served={"5"})
    assert flags(found) == ([("no-common-majority", None)] if flagged else [])
    assert heads(found)[2:] == [1, 1, 1]
    assert found["heads"]["participating"] == (4 if silence in {"deemed-participation", "silent-follows-majority"} else 3)


# --- the law


def test_t12_the_same_box_under_the_law_of_its_day_r_src_1() -> None:
    roll = [unit(str(n), f"o-{n}", area=100) for n in range(3)]
    box = rows(("0", "agree", "paper", 1), ("1", "against", "paper", 1), ("2", "agree", "paper", 1))
    new, old = (counted(roll, box[:on], on=day, matter=matter) for on, day, matter in (
        (3, "2021-01-01", "rebuild"), (3, "2020-12-31", "rebuild"),
    ))  # fmt: skip
    assert (new["ruleset"], new["class"], new["quorate"], new["passed"]) == ("civil_code_2021", "special", True, False)
    assert (old["ruleset"], old["class"], old["quorate"], old["passed"]) == ("property_law_2007", "special", None, True)


@pytest.mark.parametrize(("day", "matter", "kind"), [
    ("2026-11-22", "use-maintenance-fund", "ordinary"), ("2020-12-31", "use-maintenance-fund", "special"),
    ("2026-11-22", "change-common-parts", "special"), ("2020-12-31", "change-common-parts", "ordinary"),
])  # fmt: skip
def test_t15_the_class_is_that_of_the_law(day: str, matter: str, kind: str) -> None:
    assert counted(FOUR, [], on=day, matter=matter)["class"] == kind


# --- counting again, from the words of the rule


OWNERS = st.frozensets(st.sampled_from("abc"), min_size=1, max_size=2)
STATUS = st.sampled_from(("sold", "sold", "unsold", "undelivered"))
UNITS = st.lists(st.tuples(OWNERS, st.integers(1, 900), STATUS, st.sampled_from(("B1", "B2"))), min_size=1, max_size=7)
CHANNEL = st.sampled_from(("paper", "electronic", "electronic"))
CASTS = st.lists(st.tuples(st.integers(1, 8).map(str), st.sampled_from(MARKS), CHANNEL, st.integers(0, 5)), max_size=9)
Vote = tuple[list[Unit], list[Ballot], dict[str, Any]]


@st.composite
def votes(draw: st.DrawFn) -> Vote:
    roll = [Unit(str(n), building, owners, area, status) for n, (owners, area, status, building) in enumerate(draw(UNITS), 1)]
    return roll, rows(*draw(CASTS)), {
        "matter": draw(st.sampled_from(MATTERS)),
        "on": draw(st.sampled_from(("2020-12-31", "2021-01-01"))),
        "scope": draw(st.sampled_from((None, *sorted({one.building for one in roll})))),
        "opens": draw(st.none() | st.integers(0, 2)),
        "closes": draw(st.none() | st.integers(3, 5)),
        "silence": draw(st.sampled_from(SILENCES)),
        "served": draw(st.frozensets(st.sampled_from([one.unit for one in roll]))),
    }  # fmt: skip


def owner_of(one: Unit) -> str:
    return "+".join(sorted(one.owners)) if one.status == "sold" else "the developer"


def voice(ballots: list[Ballot], opens: int | None, closes: int | None) -> str:
    """What one household's papers and clicks come to."""
    valid = [b for b in ballots if b.choice in CHOICES and (opens or 0) <= b.at <= (closes or 5)]
    if not valid:
        return "nothing"
    if "paper" in {b.channel for b in valid}:
        said = {b.choice for b in valid}
        return said.pop() if len(said) == 1 else "nothing"
    newest = max(b.at for b in valid)
    return [b.choice for b in valid if b.at == newest][-1]


def recount(
    roll: list[Unit], ballots: list[Ballot], *, matter: str, on: str, scope: str | None, opens: int | None,
    closes: int | None, silence: str, served: Collection[str],
) -> dict[str, Any]:  # fmt: skip
    """The whole count again: households one after another, areas and shares as fractions."""
    voices: list[tuple[Fraction, str, bool]] = []
    for owner in {owner_of(one) for one in roll}:
        home = [one for one in roll if owner_of(one) == owner]
        inside = [one for one in home if scope in (None, one.building)]
        own = [b for b in ballots if b.voter in {one.unit for one in home}]
        if inside:
            silent = not own and bool({one.unit for one in inside} & set(served))
            voices.append((Fraction(sum(one.area for one in inside), 100), voice(own, opens, closes), silent))
    plain = figures(voices, matter, on)
    rivals = (("agree", "against"), ("against", "agree"))
    lead = [one for one, other in rivals if all(plain[by][one] > plain[by][other] for by in ("heads", "area"))]
    deemed = figures([(area, deem(said, silent, silence, lead), silent) for area, said, silent in voices], matter, on)
    return {**deemed, "without_deeming": None if silence == "none" else plain}


def deem(said: str, silent: bool, silence: str, lead: list[str]) -> str:
    if silent and silence in {"deemed-participation", "silent-follows-majority"}:
        return lead[0] if lead and silence == "silent-follows-majority" else "here"
    return lead[0] if said == "abstain" and lead and silence == "abstain-follows-majority" else said


def figures(voices: list[tuple[Fraction, str, bool]], matter: str, on: str) -> dict[str, Any]:
    present = [one for one in voices if one[1] != "nothing"]
    groups = {"total": voices, "participating": present} | {c: [one for one in present if one[1] == c] for c in CHOICES}
    heads = {name: len(group) for name, group in groups.items()}
    area = {name: sum((area for area, _, _ in group), Fraction(0)) for name, group in groups.items()}
    shares = [{name: Fraction(n) for name, n in base.items()} for base in (heads, area)]
    hundredths = {name: int(n * 100) for name, n in area.items()}
    return outcome(shares, matter, old=on < "2021-01-01") | {"heads": heads, "area": hundredths}


def outcome(bases: list[dict[str, Fraction]], matter: str, *, old: bool) -> dict[str, Any]:
    if old:
        hard = matter in {"use-maintenance-fund", "raise-maintenance-fund", "rebuild"}
        shares = [base["agree"] / base["total"] for base in bases]
        return {"quorate": None, "passed": all(share >= Fraction(2, 3) if hard else share > Fraction(1, 2) for share in shares)}
    if any(base["participating"] / base["total"] < Fraction(2, 3) for base in bases):
        return {"quorate": False, "passed": False}
    hard = matter in {"raise-maintenance-fund", "rebuild", "change-common-parts"}
    shares = [base["agree"] / base["participating"] for base in bases]
    return {"quorate": True, "passed": all(share >= Fraction(3, 4) if hard else share > Fraction(1, 2) for share in shares)}


@settings(deadline=None)
@given(votes())
def test_a_naive_recount_with_fractions_agrees(vote: Vote) -> None:
    roll, ballots, terms = vote
    found, again = count(roll, ballots, **terms).document(), recount(roll, ballots, **terms)
    assert {name: found[name] for name in again} == again
    assert again.keys() == {"quorate", "passed", "heads", "area", "without_deeming"}


@settings(deadline=None)
@given(votes(), st.randoms(use_true_random=False))
def test_the_order_of_the_roll_changes_nothing(vote: Vote, chance: Random) -> None:
    roll, ballots, terms = vote
    before = count(roll, ballots, **terms)
    chance.shuffle(roll)
    assert count(roll, ballots, **terms) == before


@settings(deadline=None)
@given(votes())
def test_no_head_counts_twice_and_the_areas_are_the_electorates(vote: Vote) -> None:
    roll, ballots, terms = vote
    found = count(roll, ballots, **terms).document()
    inside = [one for one in roll if terms["scope"] in (None, one.building)]
    assert found["area"]["total"] == sum(one.area for one in inside)
    assert found["heads"]["total"] == len({owner_of(one) for one in inside})
    for by in ("heads", "area"):
        figure = found[by]
        assert figure["agree"] + figure["against"] + figure["abstain"] <= figure["participating"] <= figure["total"]


@settings(deadline=None)
@given(votes())
def test_the_rows_without_a_flag_are_those_of_the_heads_that_take_part(vote: Vote) -> None:
    roll, ballots, terms = vote
    found = count(roll, ballots, **{**terms, "silence": "none"})
    flagged = {line for flag in found.flags for line in (flag.lines[:1] if flag.code == "replaced" else flag.lines)}
    owner = {one.unit: owner_of(one) for one in roll}
    left = {owner[row.voter] for row in ballots if row.line not in flagged}
    assert len(left) == found.count.tally.participating.heads


# --- the command


CAST = "agree,paper,2026-11-20T09:30\n"
HEADER = "unit,owners,area_m2,status,building"
ROLL = HEADER + "\n1,a,80,sold,B1\n2,b,80,sold,B1\n3,c,80,sold,B2\n"
BALLOTS = "voter,choice,channel,at\n"
VOTES = BALLOTS + "1," + CAST + "2," + CAST


def run(folder: Path, *words: str, roll: str = ROLL, ballots: str = VOTES, matter: str = "use-maintenance-fund") -> Result:
    for name, text in (("roll.csv", roll), ("ballots.csv", ballots), ("served.csv", "unit\n3\n")):
        (folder / name).write_text(text)
    files = ["--roll", str(folder / "roll.csv"), "--ballots", str(folder / "ballots.csv"), "--matter", matter]
    return CliRunner().invoke(app, ["count", *files, *(word.replace("@", f"{folder}/") for word in words)])


def printed(folder: Path, *words: str, **files: str) -> dict[str, Any]:
    found = run(folder, "--json", *words, **files)
    assert (found.exit_code, found.stderr) == (0, "")
    document: dict[str, Any] = json.loads(found.stdout)
    return document


def figure(total: int, participating: int, agree: int, against: int, abstain: int) -> dict[str, int]:
    return {"total": total, "participating": participating, "agree": agree, "against": against, "abstain": abstain}


def test_the_example_gives_this_object_to_the_byte() -> None:
    words = shlex.split(
        "--roll roll.csv --ballots ballots.csv --served served.csv --matter use-maintenance-fund --on 2026-11-22 --json "
        "--open 2026-11-16T09:00 --close 2026-11-22T18:00 --silence deemed-participation"
    )
    command = [sys.executable, "-m", "scripts.cli", "count", *words]
    # A locale that is not UTF-8 changes nothing of what is printed.
    environment = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=EXAMPLE, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    expected = {
        "ruleset": "civil_code_2021",
        "matter": "use-maintenance-fund",
        "class": "ordinary",
        "quorate": True,
        "passed": True,
        "heads": figure(12, 9, 6, 1, 1),
        "area": figure(137_632, 108_602, 81_552, 13_000, 7_650),
        "flags": [
            {"code": "replaced", "voter": "1-202", "detail": "line 5: replaced by the electronic ballot on line 8"},
            {"code": "invalid", "voter": "1-302", "detail": "line 7: an invalid ballot does not take part"},
            {"code": "conflicted", "voter": "2-102", "detail": "lines 10, 11: " + DIFFER},
            {"code": "not-on-roll", "voter": "9-901", "detail": "line 15: this unit is not on the roll"},
            {"code": "late", "voter": "2-202", "detail": "line 16: after the vote closed"},
        ],
        "without_deeming": {
            "quorate": True,
            "passed": True,
            "heads": figure(12, 8, 6, 1, 1),
            "area": figure(137_632, 102_202, 81_552, 13_000, 7_650),
        },
    }
    assert done.stdout.decode() == json.dumps(expected, ensure_ascii=False, indent=2) + "\n"


def test_a_vote_that_does_not_pass_was_counted_all_the_same(tmp_path: Path) -> None:
    found = printed(tmp_path, ballots=BALLOTS)
    assert (found["quorate"], found["passed"], found["without_deeming"]) == (False, False, None)


REPORT = """\
使用维修资金 (use-maintenance-fund) · 一般事项 · 《民法典》第278条
结果：通过。
  参与 人数 2/3 ≥ 2/3 ✓ (3×2=6, 2×3=6)
  参与 面积 160.00/240.00 m² ≥ 2/3 ✓ (3×16000=48000, 2×24000=48000)
  同意 人数 2/2 > 1/2 ✓ (2×2=4, 1×2=2)
  同意 面积 160.00/160.00 m² > 1/2 ✓ (2×16000=32000, 1×16000=16000)
  全体 3 人 240.00 m²
  参与 2 人 160.00 m²
  同意 2 人 160.00 m²
  反对 0 人 0.00 m²
  弃权 0 人 0.00 m²
未按原样计入 2 项：
  late 2 · 第 4 行：晚于表决截止时间
  not-on-roll 9 · 第 5 行：名册上没有这个单元

using the maintenance fund (use-maintenance-fund) · ordinary matter · Civil Code art. 278
Result: passed.
  taking part, heads 2/3 ≥ 2/3 ✓ (3×2=6, 2×3=6)
  taking part, area 160.00/240.00 m² ≥ 2/3 ✓ (3×16000=48000, 2×24000=48000)
  agreeing, heads 2/2 > 1/2 ✓ (2×2=4, 1×2=2)
  agreeing, area 160.00/160.00 m² > 1/2 ✓ (2×16000=32000, 1×16000=16000)
  all: heads 3, area 240.00 m²
  taking part: heads 2, area 160.00 m²
  agree: heads 2, area 160.00 m²
  against: heads 0, area 0.00 m²
  abstain: heads 0, area 0.00 m²
Not counted as they stand: 2
  late 2 · line 4: after the vote closed
  not-on-roll 9 · line 5: this unit is not on the roll
"""


def test_without_json_the_result_is_words_in_chinese_then_english(tmp_path: Path) -> None:
    found = run(tmp_path, "--close", "2026-11-21T00:00", ballots=VOTES + "2,agree,paper,2026-11-21T00:01\n9," + CAST)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout == REPORT


@pytest.mark.parametrize(("words", "ballots", "said"), [
    ((), BALLOTS + "1," + CAST, ["结果：未通过：参与表决的人数或面积不足。", "Result: not passed: too few took part"]),
    ((), VOTES.replace("agree", "against"), ["结果：未通过：同意的人数或面积不足。", "Result: not passed: too few agreed"]),
    (("--on", "2020-12-31"), VOTES, ["一般事项 · 《物权法》第76条", "同意 人数 2/3 > 1/2 ✓ (2×2=4, 1×3=3)"]),
    (
        ("--served", "@served.csv", "--silence", "silent-follows-majority"), VOTES.replace("2,agree", "2,against"),
        [
            "不作推定时：未通过：同意的人数或面积不足。", "参与 人数 3/3 ≥ 2/3 ✓", "参与 人数 2/3 ≥ 2/3 ✓",
            "no-common-majority - · 同意与反对都没有",
        ],
    ),
])  # fmt: skip
def test_the_words_follow_the_outcome(tmp_path: Path, words: tuple[str, ...], ballots: str, said: list[str]) -> None:
    found = run(tmp_path, *words, ballots=ballots, matter="other-major")
    assert found.exit_code == 0
    assert [sentence for sentence in said if sentence not in found.stdout] == []


def test_everything_has_its_word_in_both_languages() -> None:
    assert list(MATTER_WORDS) == list(MATTERS)
    for table in (MATTER_WORDS, REASONS, WORDS):
        assert all(words["zh"] and words["en"] and words.keys() == {"zh", "en"} for words in table.values())


def test_the_day_is_todays_in_shanghai_when_none_is_given(tmp_path: Path) -> None:
    today = printed(tmp_path, matter="use-maintenance-fund")
    assert today == printed(tmp_path, "--on", (datetime.now(UTC) + timedelta(hours=8)).date().isoformat())
    assert today["ruleset"] == "civil_code_2021"


def test_opening_closing_and_scope_reach_the_count(tmp_path: Path) -> None:
    assert flags(printed(tmp_path, "--open", "2026-11-20T09:31")) == [("early", "1"), ("early", "2")]
    assert flags(printed(tmp_path, "--close", "2026-11-20T01:29Z")) == [("late", "1"), ("late", "2")]
    assert flags(printed(tmp_path, "--open", "2026-11-20T09:30", "--close", "2026-11-20T09:30")) == []
    assert printed(tmp_path, "--scope", "B2")["heads"]["total"] == 1


@pytest.mark.parametrize(("words", "option", "sentence"), [
    (("--matter", "paint"), "--matter", "expected one of make-rules, amend-covenant"),
    (("--on", "2026-02-30"), "--on", "expected a date YYYY-MM-DD"),
    (("--on", ""), "--on", "expected a date YYYY-MM-DD"),
    (("--on", "22.11.2026"), "--on", "expected a date YYYY-MM-DD"),
    (("--open", "today"), "--open", "expected an ISO 8601 time such as"),
    (("--close", "2026-11-22"), "--close", "expected an ISO 8601 time such as"),
    (("--open", "2026-11-22T18:00", "--close", "2026-11-22T17:59"), "--close", "expected a time that is not before --open"),
    (("--scope", "B9"), "--scope", "expected a building of the roll"),
    (("--scope", ""), "--scope", "expected a building of the roll"),
    (("--silence", "loud"), "--silence", "expected one of none, deemed-participation"),
    (("--silence", "deemed-participation"), "--served", "expected the units that were served, because --silence is deemed"),
    (("--silence", "abstain-follows-majority"), "--served", "because --silence is abstain-follows-majority"),
])  # fmt: skip
def test_what_cannot_be_asked_is_a_usage_error(tmp_path: Path, words: tuple[str, ...], option: str, sentence: str) -> None:
    found = run(tmp_path, "--json", *words, roll=ROLL + "4,d,80,sold,\n")
    assert (found.exit_code, found.stdout) == (2, "")
    said = " ".join(found.stderr.split())
    assert f"Invalid value for {option}: " in said
    assert sentence in said


@pytest.mark.parametrize("option", ["--roll", "--ballots", "--matter"])
def test_files_and_matter_must_be_given(option: str) -> None:
    words = {"--roll": "r.csv", "--ballots": "b.csv", "--matter": "rebuild"}
    given = [word for name, value in words.items() if name != option for word in (name, value)]
    found = CliRunner().invoke(app, ["count", *given])
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"Missing option '{option}'" in found.stderr


def test_an_unreadable_file_is_one_line_and_exit_3(tmp_path: Path) -> None:
    found = run(tmp_path, "--json", roll=ROLL + "4,d,8O,sold,B2\n")
    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr == (
        f"{tmp_path}/roll.csv, line 5, column area_m2: expected an area in m² above 0 and below 1000000000, "
        "with at most 2 decimals, such as 89.37\n"
    )
    assert run(tmp_path, "--served", "@none.csv").exit_code == 3
    assert run(tmp_path, "--served", str(tmp_path)).exit_code == 3


def test_served_units_that_are_not_on_the_roll_are_named_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("unit\n3\n9\n8\n")
    found = run(tmp_path, "--json", "--silence", "deemed-participation", "--served", "@more.csv")
    assert (found.exit_code, found.stderr) == (0, f"{tmp_path}/more.csv: not on the roll, and left out: 8, 9\n")
    assert json.loads(found.stdout)["heads"]["participating"] == 3


# --- the table of verbs


def test_every_verb_loads() -> None:
    for verb, (_, words) in VERBS.items():
        command = load(verb)
        assert command.params or command.commands
        assert words.endswith(".")


def test_help_names_every_verb_and_loads_none() -> None:
    code = "import sys; from scripts.cli import main\ntry: main()\nfinally: print(*(m for m in sys.modules if 'scripts.' in m))"
    words = [sys.executable, "-c", code, "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "scripts.cli"
    assert [verb for verb in VERBS if not re.search(rf"^  {verb}  +\w", done.stdout, re.MULTILINE)] == []


def test_a_verb_that_does_not_exist_is_a_usage_error() -> None:
    found = CliRunner().invoke(app, ["cuont"])
    assert found.exit_code == 2
    assert "No such command 'cuont'" in found.stderr


def test_only_foreseen_failures_have_an_exit_code() -> None:
    assert exit_code(Unreadable("roll.csv", 2, "unit", "a unit")) == 3
    assert exit_code(ValueError("never foreseen")) is None
