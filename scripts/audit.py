"""`liuchi audit`: mirror a log, check its bytes (level 1), judge every act again (level 2), and say what held, what could not be
known and why, and what is wrong, with the entry (docs/spec/audit.md).
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.calendar import day_of
from domain.confirmations import Pending
from domain.errors import Refused
from domain.fields import to_json
from domain.flags import Flag
from domain.polls import Poll
from domain.results import Result
from scripts.level1 import Level1, level1
from scripts.level2 import Found, Level2, Openings, level2, read_openings
from scripts.sources import Source, source
from tlog.errors import Unsound


class UnreadableEvidence(Exception):
    """A file handed to the audit cannot be used; one line says which and why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found, ready for people and programs."""

    one: Level1
    two: Level2 | None
    anchored: bool

    @property
    def verdict(self) -> str:
        """`bad`, `unopened` (nothing is wrong, and not everything could be seen) or `ok`."""
        return "bad" if self.one.verdict == "bad" or self.two is None else self.two.verdict

    @property
    def exit_code(self) -> int:
        return 1 if self.verdict == "bad" else 0


def audit(where: Source, policy: bytes | None, handed: Mapping[str, bytes], jobs: int = 1, *, tell: Any = None) -> Report:
    """Both levels over a mirror; `handed` are roll packs and openings files by name.

    Raises Unreachable when the mirror cannot be read, UnreadableEvidence for a bad openings file.
    """
    given = policy if policy is not None else where.read("policy.txt")
    one = level1(where, given, jobs, tell)
    if one.verdict == "bad":
        return Report(one, None, policy is not None)
    acts = {read.act.leaf: read.act for read in one.read}
    packs = [one.openings]
    for name, raw in handed.items():
        try:
            packs.append(read_openings(raw, acts))
        except Unsound as why:
            raise UnreadableEvidence(f"{name}: {why}") from why
    return Report(one, level2(one, Openings(acts, packs)), policy is not None)


# --- what programs read ---------------------------------------------------------------------------------------------------------


def document(report: Report) -> dict[str, Any]:
    """The report as JSON (docs/spec/audit.md)."""
    one, two = report.one, report.two
    head = {
        "verdict": report.verdict, "level": 2 if two else 1, "first_bad": first_bad(report), "why": one.why or None,
        "anchored": report.anchored, "witnesses": [[witness.name, time] for witness, time in one.witnesses],
        "origin": one.checkpoint.origin if one.checkpoint else None, "size": one.checkpoint.size if one.checkpoint else None,
        "root": one.checkpoint.root.hex() if one.checkpoint else None,
    }  # fmt: skip
    return head | (_judged(two) if two else {"checks": []})


def first_bad(report: Report) -> int | None:
    """The index of the first entry that is wrong, on level 1, else on level 2."""
    if report.one.verdict == "bad" or report.two is None:
        return report.one.first_bad
    return report.two.broken[0].index if report.two.broken else None


def _judged(two: Level2) -> dict[str, Any]:
    return {
        "counts": dict(sorted(Counter(one.word for one in two.found).items())),
        "checks": [{"kind": kind, "word": word, "entries": count} for (kind, word), count in _by_kind(two)],
        "broken": [_broken(one) for one in two.broken],
        "unopened": [{"index": one.index, "kind": one.kind, "openings": len(one.detail["names"])} for one in two.unopened],
        "flags": list(flags(two)), "due": list(due(two)), "pending": list(pending(two)), "results": list(results(two)),
    }  # fmt: skip


def _by_kind(two: Level2) -> list[tuple[tuple[str, str], int]]:
    return sorted(Counter((one.kind, one.word) for one in two.found).items())


def _broken(one: Found) -> dict[str, Any]:
    why = Refused(one.code or "", **one.detail)
    return {
        "index": one.index, "kind": one.kind, "code": why.code, "rule": why.rule,
        "zh": why.sentence("zh"), "en": why.sentence("en"), "remedy": {"zh": why.remedy("zh"), "en": why.remedy("en")},
    }  # fmt: skip


def flags(two: Level2) -> Iterable[dict[str, Any]]:
    """Every broken rule of a report, whether it was answered, and where."""
    for key, flag in two.fold.state.items():
        if key[0] == "flag":
            (matter, leaf, rule), held = key[1], flag
            assert isinstance(held, Flag)
            why = Refused(held.code, **held.detail)
            yield {"matter": matter, "index": two.places[leaf], "rule": rule, "code": held.code,
                   "zh": why.sentence("zh"), "en": why.sentence("en"),
                   "answered": two.places[held.answered] if held.answered else None}  # fmt: skip


def due(two: Level2) -> Iterable[dict[str, Any]]:
    """Duties not yet done, and whether their day had passed by the last entry."""
    today = day_of(two.fold.last)
    for key, day in two.fold.state.items():
        if key[0] == "due":
            yield {"matter": key[1][0], "rule": key[1][1], "day": day, "overdue": day < today}


def pending(two: Level2) -> Iterable[dict[str, Any]]:
    """Acts that waited for a confirmation at the end of the log, and whether they had expired."""
    for key, one in two.fold.state.items():
        if key[0] == "pending":
            assert isinstance(one, Pending)
            yield {"index": one.index, "kind": one.act.kind, "expired": two.fold.last > one.expires}


def results(two: Level2) -> Iterable[dict[str, Any]]:
    """Every certified result: recounted where the openings reached, else attested by those who certified it."""
    for key, result in two.fold.state.items():
        if key[0] == "result":
            assert isinstance(result, Result)
            index = two.places[result.leaf]
            word = "recounted" if two.found[index].word == "held" else "attested"
            poll: Poll = two.fold.state["poll", key[1]]
            yield {"poll": key[1], "index": index, "word": word, "law": poll.law, "items": to_json(result.items)}


# --- what people read -----------------------------------------------------------------------------------------------------------


def words(report: Report) -> str:
    """The report in plain words, Chinese first."""
    one, two = report.one, report.two
    lines = [_headline(report)]
    if one.checkpoint:
        lines.append(f"台账 {one.checkpoint.origin}:{one.checkpoint.size} 条,根 {one.checkpoint.root.hex()[:16]}…")
    lines.append(_vouched(report))
    if two is None:
        where = f"第{one.first_bad}条 / entry {one.first_bad}" if one.first_bad is not None else "整体 / the whole"
        return "\n".join([*lines, f"✗ {where}:{one.why}"])
    lines += [f"✗ 第{one.index}条 {one.kind} · {item['rule']} {item['code']}\n    {item['zh']}\n    {item['en']}"
              for one, item in zip(two.broken, map(_broken, two.broken), strict=True)]  # fmt: skip
    lines += _table(two)
    lines += [_result_words(result) for result in results(two)]
    lines += [_flag_words(flag) for flag in flags(two)]
    lines += [
        f"… 待办 due: {one['matter']} {one['rule']} {one['day']}{' 已逾期 OVERDUE' if one['overdue'] else ''}"
        for one in due(two)
    ]
    lines += [
        f"… 待复核 waits: 第{one['index']}条 {one['kind']}{' 已失效 expired' if one['expired'] else ''}" for one in pending(two)
    ]
    return "\n".join(lines)


def _headline(report: Report) -> str:
    return {
        "ok": "✓ 全部条目重新核对无误,所有密封内容均已开示核对。Every entry holds again; everything sealed was opened and holds.",
        "unopened": "✓ 公开部分重新核对无误;部分密封内容未开示,未核验。All that is public holds again; what is sealed was not verified.",
        "bad": "✗ 台账有误。The log is wrong.",
    }[report.verdict]


def _vouched(report: Report) -> str:
    anchored = "信任文件由您提供" if report.anchored else "信任文件取自镜像本身:只证明前后一致,无人作保(anchored: false)"
    witnesses = "、".join(witness.name for witness, _ in report.one.witnesses) or "无(not witnessed)"
    return f"{anchored};联署方 witnesses:{witnesses}"


def _table(two: Level2) -> list[str]:
    sign = {"held": "✓ 成立 held", "broken": "✗ 违规 broken", "unopened": "○ 未开示 unopened"}
    return [f"  {sign[word]:<16} {count:>7}  {kind}" for (kind, word), count in _by_kind(two)]


def _result_words(result: Mapping[str, Any]) -> str:
    basis = (
        "重新清点一致 recounted"
        if result["word"] == "recounted"
        else "由计票人、监票人证明,未经重新清点 attested, not recounted"
    )
    items = ";".join(
        f"{name}:{'通过 passed' if item['passed'] else '未通过 not passed'}" for name, item in result["items"].items()
    )
    return f"表决 {result['poll']}(第{result['index']}条){basis} — {items}"


def _flag_words(flag: Mapping[str, Any]) -> str:
    answered = f"已于第{flag['answered']}条说明 answered" if flag["answered"] is not None else "尚未说明 unanswered"
    return f"⚑ 第{flag['index']}条 {flag['rule']}:{flag['zh']} {flag['en']} [{answered}]"


# --- the command ----------------------------------------------------------------------------------------------------------------


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as why:
        raise UnreadableEvidence(f"{path}: {why.strerror}") from why


def _progress(done: int, size: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r  {done}/{size}", err=True, nl=False)


def audit_command(
    where: Annotated[str, typer.Argument(metavar="URL|DIR|BUNDLE", help="A mirror: a folder, a zip of one, or its address.")],
    policy: Annotated[
        Path | None, typer.Option(help="Whom to believe (tlog-policy); else the mirror's own policy.txt.")
    ] = None,
    roll: Annotated[list[Path] | None, typer.Option(help="Roll pack: the opened rows of a roll.")] = None,
    openings: Annotated[list[Path] | None, typer.Option(help="Openings handed to you.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Threads that verify signatures.")] = os.cpu_count() or 1,
    json_: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Check a whole log: bytes, signatures, tree, and every rule again."""
    handed = {str(path): _read(path) for path in (*(roll or ()), *(openings or ()))}
    report = audit(source(where), _read(policy) if policy else None, handed, jobs, tell=_progress)
    typer.echo(json.dumps(document(report), ensure_ascii=False, indent=1) if json_ else words(report))
    raise typer.Exit(report.exit_code)
