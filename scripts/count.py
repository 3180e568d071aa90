"""`liuchi count`: a vote that an estate already holds, counted from CSV files by the rules and without a ledger (art. 278).

    liuchi count --roll roll.csv --ballots ballots.csv --matter use-maintenance-fund --json

The files are described in `scripts/tables.py`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.calendar import day_of
from domain.counting import Count, Counted, Returned, Settled, Tally, settle, tally
from domain.polls import Ratio, Verdict, class_of, verdict
from domain.roll import HeadKey, Unit, heads_of
from domain.rulesets import MATTERS, SILENCES, law_on
from scripts.shell import metres
from scripts.tables import INVALID, Ballot, day, instant, read_ballots, read_roll, read_served

TALLIED: Final = ("total", "participating", "agree", "against", "abstain")
FOLLOWS: Final = ("silent-follows-majority", "abstain-follows-majority")


# --- counting -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flag:
    """A row, or the rows of a head, not counted as they stand, and why; never which choice they held (R-BAL-5)."""

    reason: str  # a row of REASONS
    voter: str | None = None
    lines: tuple[int, ...] = ()

    @property
    def code(self) -> str:
        return "not-on-roll" if self.reason == "out-of-scope" else self.reason

    def detail(self, language: str) -> str:
        """The reason as a sentence."""
        return REASONS[self.reason][language].format(*self.lines, lines=", ".join(map(str, self.lines)))


@dataclass(frozen=True, slots=True)
class Result:
    """A vote as counted: the law of its day, the tally, and all that was not counted as it stood."""

    law: str
    matter: str
    silence: str
    count: Count
    flags: tuple[Flag, ...]

    def tallies(self) -> Iterator[tuple[str, Tally, Verdict]]:
        """The tally with its verdict and, where silence or abstention was deemed to be more, both without that (R-BAL-3)."""
        yield "as-counted", self.count.tally, verdict(self.count.tally, self.matter, self.law)
        if self.silence != "none":
            yield "without-deeming", self.count.without_deeming, verdict(self.count.without_deeming, self.matter, self.law)

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints; areas in 0.01 m²."""
        figures = [_figures(tallied, found) for _, tallied, found in self.tallies()]
        return {
            "ruleset": self.law,
            "matter": self.matter,
            "class": class_of(self.matter, self.law),
            **figures[0],
            "flags": [{"code": flag.code, "voter": flag.voter, "detail": flag.detail("en")} for flag in self.flags],
            "without_deeming": figures[1] if len(figures) > 1 else None,
        }


def _figures(tallied: Tally, found: Verdict) -> dict[str, Any]:
    heads = {name: getattr(tallied, name).heads for name in TALLIED}
    area = {name: getattr(tallied, name).area for name in TALLIED}
    return {"quorate": found.quorate, "passed": found.passed, "heads": heads, "area": area}


def count(
    roll: Sequence[Unit],
    ballots: Sequence[Ballot],
    *,
    matter: str,
    on: str,
    scope: str | None = None,
    opens: int | None = None,
    closes: int | None = None,
    silence: str = "none",
    served: Collection[str] = (),
) -> Result:
    """Count one matter over the heads with area in scope (R-ROLL-3…5, R-ROLL-9, R-BAL-2…5).

    `on` is the decision's ISO date, `scope` a building of the roll, `opens` and `closes` Unix ns, both included.
    """
    head_of = {unit.unit: unit.head for unit in roll}
    electorate = heads_of(unit for unit in roll if scope in (None, unit.building))
    read = [(_why_not(row, head_of, electorate, opens, closes), row) for row in ballots]
    settled = {head: settle(rows) for head, rows in _by_head(read, head_of).items()}
    answered = {head_of.get(row.voter) for row in ballots}
    silent = {head for head, units in electorate.items() if head not in answered and any(unit.unit in served for unit in units)}
    counted = tally(
        (
            Counted(sum(unit.area for unit in units), settled.get(head, Settled()).counted_as, head in silent)
            for head, units in electorate.items()
        ),
        silence,
    )
    flags = [Flag(why, row.voter, (row.line,)) for why, row in read if why]
    flags += [flag for one in settled.values() for flag in _passed_over(one)]
    flags.sort(key=lambda flag: flag.lines)
    if silence in FOLLOWS and not counted.majority:
        flags.append(Flag("no-common-majority"))
    return Result(law_on(on), matter, silence, counted, tuple(flags))


def _why_not(
    row: Ballot, head_of: Mapping[str, HeadKey], electorate: Collection[HeadKey], opens: int | None, closes: int | None
) -> str | None:
    """Why a row does not reach its head, or None; the order decides which reason is named."""
    if row.voter not in head_of:
        return "not-on-roll"
    if head_of[row.voter] not in electorate:
        return "out-of-scope"
    if row.choice == INVALID:
        return "invalid"
    if opens is not None and row.at < opens:
        return "early"
    return "late" if closes is not None and row.at > closes else None


def _by_head(read: Iterable[tuple[str | None, Ballot]], head_of: Mapping[str, HeadKey]) -> dict[HeadKey, list[Returned]]:
    heads: dict[HeadKey, list[Returned]] = {}
    for why, row in read:
        if not why:
            heads.setdefault(head_of[row.voter], []).append(Returned(row.choice, row.channel, row.at, row))
    return heads


def _passed_over(settled: Settled) -> Iterator[Flag]:
    """One flag for a head in conflict, one for each electronic ballot that a later one replaced.

    Paper that says the same again is one answer: nothing of it was replaced.
    """
    if settled.conflicted:
        rows = [ballot.ref for ballot in settled.conflicted]
        yield Flag("conflicted", rows[0].voter, tuple(row.line for row in rows))
    elif settled.counts and all(ballot.channel == "electronic" for ballot in (settled.counts, *settled.replaced)):
        for ballot in settled.replaced:
            yield Flag("replaced", ballot.ref.voter, (ballot.ref.line, settled.counts.ref.line))


# --- words --------------------------------------------------------------------------------------------------------------------

Words = Mapping[str, str]  # zh and en


def _both(zh: str, en: str) -> Words:
    return {"zh": zh, "en": en}


REASONS: Final[Mapping[str, Words]] = {
    "not-on-roll": _both("第 {0} 行：名册上没有这个单元", "line {0}: this unit is not on the roll"),
    "out-of-scope": _both("第 {0} 行：该业主在表决范围内没有面积", "line {0}: this head has no area in scope"),
    "invalid": _both("第 {0} 行：无效票，不计入参与", "line {0}: an invalid ballot does not take part"),
    "early": _both("第 {0} 行：早于表决开始时间", "line {0}: before the vote opened"),
    "late": _both("第 {0} 行：晚于表决截止时间", "line {0}: after the vote closed"),
    "replaced": _both("第 {0} 行：被第 {1} 行的电子票取代", "line {0}: replaced by the electronic ballot on line {1}"),
    "conflicted": _both(
        "第 {lines} 行：含纸质票而意见不一致，均不计入", "lines {lines}: one of them on paper, and they differ; none counts"
    ),
    "no-common-majority": _both(
        "同意与反对都没有在人数和面积上同时领先，不为任何人推定意见",
        "neither agree nor against leads both in heads and in area; nobody is given a choice",
    ),
}

MATTER_WORDS: Final[Mapping[str, Words]] = {
    "make-rules": _both("制定、修改业主大会议事规则", "making or amending the rules of procedure"),
    "amend-covenant": _both("制定、修改管理规约", "making or amending the covenant"),
    "elect-committee": _both("选举业主委员会或更换成员", "electing the committee or replacing members"),
    "hire-or-dismiss-provider": _both("选聘、解聘物业服务人", "hiring or dismissing the service provider"),
    "use-maintenance-fund": _both("使用维修资金", "using the maintenance fund"),
    "raise-maintenance-fund": _both("筹集维修资金", "raising the maintenance fund"),
    "rebuild": _both("改建、重建建筑物及附属设施", "altering or rebuilding buildings"),
    "change-common-parts": _both("改变共有部分用途或用于经营", "changing the use of common parts"),
    "other-major": _both("其他重大事项", "another major matter"),
}
LAW_WORDS: Final[Mapping[str, Words]] = {
    "civil_code_2021": _both("《民法典》第278条", "Civil Code art. 278"),
    "property_law_2007": _both("《物权法》第76条", "Property Law art. 76"),
}
WORDS: Final[Mapping[str, Words]] = {
    "ordinary": _both("一般事项", "ordinary matter"),
    "special": _both("特别事项", "special matter"),
    "as-counted": _both("结果：{0}", "Result: {0}"),
    "without-deeming": _both("不作推定时：{0}", "Without deeming: {0}"),
    "passed": _both("通过。", "passed."),
    "inquorate": _both("未通过：参与表决的人数或面积不足。", "not passed: too few took part, by heads or by area."),
    "rejected": _both("未通过：同意的人数或面积不足。", "not passed: too few agreed, by heads or by area."),
    "quorum": _both("参与", "taking part,"),
    "approval": _both("同意", "agreeing,"),
    "heads": _both("人数", "heads"),
    "area": _both("面积", "area"),
    "total": _both("全体", "all"),
    "participating": _both("参与", "taking part"),
    "agree": _both("同意", "agree"),
    "against": _both("反对", "against"),
    "abstain": _both("弃权", "abstain"),
    "row": _both("{name} {heads} 人 {area} m²", "{name}: heads {heads}, area {area} m²"),
    "flags": _both("未按原样计入 {0} 项：", "Not counted as they stand: {0}"),
}
SIGNS: Final = {"ge": "≥", "gt": ">"}


def report(result: Result) -> str:
    """The result in words, Chinese and then English, with each test of the law in integers."""
    return "\n\n".join("\n".join(_block(result, language)) for language in ("zh", "en"))


def _block(result: Result, language: str) -> Iterator[str]:
    kind = WORDS[class_of(result.matter, result.law)][language]
    yield f"{MATTER_WORDS[result.matter][language]} ({result.matter}) · {kind} · {LAW_WORDS[result.law][language]}"
    for name, tallied, found in result.tallies():
        yield WORDS[name][language].format(WORDS[_outcome(found)][language])
        yield from (f"  {_test(ratio, language)}" for ratio in found.ratios)
        yield from (f"  {_row(tallied, row, language)}" for row in TALLIED)
    if result.flags:
        yield WORDS["flags"][language].format(len(result.flags))
        yield from (f"  {flag.code} {flag.voter or '-'} · {flag.detail(language)}" for flag in result.flags)


def _outcome(found: Verdict) -> str:
    return "passed" if found.passed else "inquorate" if found.quorate is False else "rejected"


def _test(ratio: Ratio, language: str) -> str:
    """`参与 人数 200/300 ≥ 2/3 ✓ (3×200=600, 2×300=600)`: the products are what is compared."""
    share, base = ratio.share
    words = f"{WORDS[ratio.test][language]} {WORDS[ratio.basis][language]}"
    parts = f"{metres(ratio.part)}/{metres(ratio.whole)} m²" if ratio.basis == "area" else f"{ratio.part}/{ratio.whole}"
    sign = f"{SIGNS[ratio.op]} {share}/{base} {'✓' if ratio.met else '✗'}"
    return f"{words} {parts} {sign} ({base}×{ratio.part}={base * ratio.part}, {share}×{ratio.whole}={share * ratio.whole})"


def _row(tallied: Tally, name: str, language: str) -> str:
    weight = getattr(tallied, name)
    return WORDS["row"][language].format(name=WORDS[name][language], heads=weight.heads, area=metres(weight.area))


# --- the command --------------------------------------------------------------------------------------------------------------


def count_command(
    *,
    roll: Annotated[Path, typer.Option(help="CSV: unit,owners,area_m2,status,building")],
    ballots: Annotated[Path, typer.Option(help="CSV: voter,choice,channel,at")],
    matter: Annotated[str, typer.Option(help="one of: " + " ".join(MATTERS))],
    on: Annotated[str | None, typer.Option(help="the decision's date, YYYY-MM-DD; today in Shanghai if not given")] = None,
    scope: Annotated[str | None, typer.Option(help="only this building of the roll")] = None,
    open_: Annotated[str | None, typer.Option("--open", help="ballots before this ISO 8601 time are early")] = None,
    close: Annotated[str | None, typer.Option(help="ballots after this ISO 8601 time are late")] = None,
    silence: Annotated[str, typer.Option(help="one of: " + " ".join(SILENCES))] = "none",
    served: Annotated[Path | None, typer.Option(help="CSV: unit; whose owners were provably served")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Count a vote on paper from CSV files: heads and area, exactly, by the law of its day."""
    decided = day_of(time.time_ns() // 10**6) if on is None else on
    opens, closes = _time(open_, "--open"), _time(close, "--close")
    _require(matter in MATTERS, "--matter", "one of " + ", ".join(MATTERS))
    _require(day(decided) is not None, "--on", "a date YYYY-MM-DD")
    _require(silence in SILENCES, "--silence", "one of " + ", ".join(SILENCES))
    _require(opens is None or closes is None or opens <= closes, "--close", "a time that is not before --open")
    _require(silence == "none" or served is not None, "--served", f"the units that were served, because --silence is {silence}")
    units, rows, reached = read_roll(roll), read_ballots(ballots), read_served(served) if served else frozenset()
    _require(scope is None or scope in {unit.building for unit in units if unit.building}, "--scope", "a building of the roll")
    strangers = sorted(reached - {unit.unit for unit in units})
    if strangers:
        typer.echo(f"{served}: not on the roll, and left out: {', '.join(strangers)}", err=True)
    result = count(
        units, rows, matter=matter, on=decided, scope=scope, opens=opens, closes=closes, silence=silence, served=reached
    )
    typer.echo(json.dumps(result.document(), ensure_ascii=False, indent=2) if json_ else report(result))


def _time(text: str | None, option: str) -> int | None:
    found = None if text is None else instant(text)
    _require(text is None or found is not None, option, "an ISO 8601 time such as 2026-11-20T09:30:00+08:00")
    return found


def _require(held: bool, option: str, expected: str) -> None:
    if not held:
        raise typer.BadParameter(f"expected {expected}", param_hint=option)
