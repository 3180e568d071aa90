"""`liuchi audit`: mirror a log, check its bytes (level 1), judge every act again (level 2), and say what held, what could not be
known and why, and what is wrong, with the entry (docs/spec/audit.md).
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.acts import KINDS
from domain.calendar import day_of
from domain.erasures import BASIS_WORDS, Erased, erasures
from domain.errors import Refused
from domain.fields import to_json
from domain.flags import Flag
from domain.fold import Proved
from domain.polls import WITHDRAWN, Poll
from domain.results import Result, returned_of
from keys.enrolment import proved
from keys.helpers import Helpers
from scripts.believed import CHECK, all_proved, believed
from scripts.level1 import Level1, level1
from scripts.level2 import Found, Level2, Openings, level2, read_openings
from scripts.shell import moment_words
from scripts.sources import Source, source
from tlog.errors import Unsound
from tlog.policy import Policy
from tlog.spelling import base64


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
    quick = _quick(where, given, handed, jobs, tell)
    one, two = quick or _both_levels(level1(where, given, jobs, tell), handed)
    return Report(one, two, policy is not None)


Both = tuple[Level1, Level2 | None]


def _quick(where: Source, policy: bytes | None, handed: Mapping[str, bytes], jobs: int, tell: Any) -> Both | None:
    """Both levels at once, if everything holds that level 1 checks."""
    with closing(Helpers(CHECK, jobs)) as helpers:
        found = believed(where, policy, helpers, tell)
        if found is None:
            return None
        try:
            both = _both_levels(found.log, handed, all_proved)
        except Exception:
            if found.holds():
                raise
            return None
        return both if found.holds() else None


def _both_levels(one: Level1, handed: Mapping[str, bytes], proved: Proved = proved) -> Both:
    if one.verdict == "bad":
        return one, None
    packs = [one.openings]
    for name, raw in handed.items():
        try:
            packs.append(read_openings(raw, one.recorded))
        except Unsound as why:
            raise UnreadableEvidence(f"{name}: {why}") from why
    return one, level2(one, Openings(one.recorded, packs), proved)


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
        "erased": list(erased(two)),
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


def erased(two: Level2) -> Iterable[dict[str, Any]]:
    """Every opening that was erased by an act: of which entry, by which, when, on which basis, and how long a key backup may live."""
    for leaf, name in erasures(two.fold.state):
        one: Erased = two.fold.state["erased", (leaf, name)]
        yield {
            "index": one.index,
            "name": name,
            "by": one.done,
            "basis": one.basis,
            "day": one.day,
            "keys_until": one.keys_until,
        }


def flags(two: Level2) -> Iterable[dict[str, Any]]:
    """Every broken rule of a report, whether it was answered, and where."""
    for key, flag in two.past.items():
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
    """Acts that waited for a confirmation at the end of the log, and those that expired and whose streams have not gone on."""
    state = two.fold.state
    waits = [one for key, one in state.items() if key[0] == "pending"]
    gone = [one for key, one in two.past.items() if key[0] == "expired"]
    over = [one for one in gone if (last := state.get(("stream", one.act.stream))) and last.leaf == one.act.leaf]
    for one in sorted((*waits, *over), key=attrgetter("index")):
        yield {"index": one.index, "kind": one.act.kind, "expired": two.fold.last > one.expires}


def results(two: Level2) -> Iterable[dict[str, Any]]:
    """Every certified result of the log, also one whose vote is final: recounted where the openings reached, else attested."""
    for key, result in two.past.items():
        if key[0] == "result":
            assert isinstance(result, Result)
            index = two.places[result.leaf]
            word = "recounted" if two.found[index].word == "held" else "attested"
            poll: Poll = two.past["poll", key[1]]
            annulled = two.places[result.annulled] if result.annulled else None
            yield {"poll": key[1], "index": index, "word": word, "law": poll.law, "items": to_json(result.items),
                   "annulled": annulled}  # fmt: skip


# --- what people read -----------------------------------------------------------------------------------------------------------


def words(report: Report) -> str:
    """The report in plain words, Chinese first: what to conclude, how far it reaches, what calls for attention, then the table."""
    return "\n".join(
        [_headline(report), *_reach(report), _vouched(report), *(_found(report.two) if report.two else _fault(report.one))]
    )


def _found(two: Level2) -> Iterator[str]:
    for one in two.broken:
        item = _broken(one)
        yield f"✗ 第{one.index}条 {one.kind} · {item['rule']} {item['code']}\n    {item['zh']}\n    {item['en']}"
    yield from map(_erased_words, erased(two))
    for flag in flags(two):
        yield _flag_words(flag, vote=("poll", flag["matter"]) in two.past)
    yield from _table(two)
    yield from map(_result_words, results(two))
    for poll, closes in uncertified(two):
        yield f"… 表决 {poll}：已到截止时间（{moment_words(closes)}），尚未核定结果 closed by its own terms, no certified result yet"
    for due_ in due(two):
        late = " 已逾期 OVERDUE" if due_["overdue"] else ""
        yield f"… 待办 due：{due_['matter']} {due_['rule']} {due_['day']}{late}"
    for waits in pending(two):
        yield f"… 待复核 waits：第{waits['index']}条 {waits['kind']}{' 已失效 expired' if waits['expired'] else ''}"


def uncertified(two: Level2) -> Iterator[tuple[str, int]]:
    """Votes whose closing time had passed by the last entry, without a certified result."""
    for key, poll in two.past.items():
        if key[0] == "poll":
            assert isinstance(poll, Poll)
            if poll.ends < two.fold.last and poll.stage != WITHDRAWN and ("result", key[1]) not in two.past:
                yield key[1], poll.ends


_HEADLINES: Final[Mapping[str, tuple[str, str]]] = {
    "ok": (
        "✓ 全部条目重新核对无误，所有密封内容均已开示核对",
        "Every entry holds again; everything sealed was opened and holds",
    ),
    "unopened": (
        "✓ 公开部分重新核对无误；部分密封内容是未交给您的内容，未核对；要核对请向经办人索取名册包",
        "All that is public holds again; what is sealed was not given to you and not checked: ask the clerk for the roll pack",
    ),
    "erased": (
        "✓ 其余部分重新核对无误；部分密封内容已依法删除，任何人都无法再核对，见下",
        "All else holds again; some of what was sealed was erased by an act and can be checked by nobody, see below",
    ),
    "bad": ("✗ 台账中有违反规则的记录", "The log holds acts that the rules forbid"),
    "unfit": (
        "✗ 这份副本与它的签名不符。请先重新取一份；仍不符，请保留副本并交监督单位",
        "This copy does not fit its signature: fetch it again; if it still does not, keep it and show a supervisor",
    ),
}


def _headline(report: Report) -> str:
    """The verdict, and beside a good one how many flags there are: ✓ must not hide them."""
    zh, en = _HEADLINES[_told(report)]
    raised = list(flags(report.two)) if report.two and report.verdict != "bad" else []
    if raised:
        answered = sum(flag["answered"] is not None for flag in raised)
        zh += f"；另有 {len(raised)} 项程序提示（{answered} 项已说明），见下"
        en += f"; flags: {len(raised)} (answered: {answered}), see below"
    return f"{zh}。{en}."


def _told(report: Report) -> str:
    """The row of the headline: apart from the verdict it tells a bad copy from a bad log, and what was erased from what was not given."""
    two = report.two
    if two is None:
        return "unfit"
    return "erased" if report.verdict == "unopened" and not two.unopened else report.verdict


def _reach(report: Report) -> Iterator[str]:
    """How far the copy reaches, and what to compare; nothing without a checkpoint that the policy accepts."""
    head = report.one.checkpoint
    if head is None:
        return
    if head.size:
        last = head.size - 1
        at = moment_words(report.two.fold.last) if report.two else None
        yield (f"这份副本到第{last}条{f'（{at} 登记）' if at else ''}为止；此后有无记录，它不能说明。"
               f"请与您手中的回执或别处所记的条数、树根核对。This copy ends with entry {last}{f' (recorded {at})' if at else ''}; "
               "it cannot say what followed: compare size and root with your receipt or what you noted elsewhere.")  # fmt: skip
    yield f"台账 log {head.origin}：{head.size} 条 entries，根 root {base64(head.root)}"


def _vouched(report: Report) -> str:
    anchored = (
        "公钥文件由您提供 the policy is yours"
        if report.anchored
        else "公钥文件取自镜像本身：只证明前后一致，没有另外的人担保这把公钥 the mirror's own policy: nobody else vouches for its key"
    )
    witnesses = "、".join(witness.name for witness, _ in report.one.witnesses) or "无（not witnessed）"
    return f"{anchored}；联署方 witnesses：{witnesses}"


# What level 1's reasons begin with, and what they come to.
_FAULTS: Final = (
    (("the entry is not the one in its tile", "the signature does not verify"), "这一条的内容或签名被改动过"),
    (("bundle", "tile: "), "条目或瓦片缺失、残缺"),
    (("there is no checkpoint", "checkpoint", "note", "signature of", "key "), "检查点没有被公钥文件所列的公钥有效签署"),
    (("there is no policy.txt", "policy", "vkey", "trusted keys"), "公钥文件缺失或不能读"),
    (("opening", "sealed"), "开示内容与条目不符"),
    (("prev is", "about names", "its time", "it saw another tree", "its statement stands", "it belongs to another"),
     "这一条与它之前的条目接不上（前一条、所指条目、时间或所见的树）"),
    (("no earlier entry carries",), "签署这一条的公钥没有登记在它之前"),
    (("tile/", "the entries do not lead"), "全部条目算出的树与检查点的树根不符"),
)  # fmt: skip


def fault_words(why: str) -> str:
    """A level-1 reason in Chinese."""
    return next((zh for starts, zh in _FAULTS if why.startswith(starts)), "这一条的格式不合规范")


def _fault(one: Level1) -> Iterator[str]:
    where = f"第{one.first_bad}条 entry {one.first_bad}" if one.first_bad is not None else "整体 the whole"
    yield f"✗ {where}：{fault_words(one.why)}。{one.why}"


def _table(two: Level2) -> list[str]:
    sign = {"held": "✓ 成立 held", "broken": "✗ 违规 broken", "unopened": "○ 未开示 unopened", "erased": "○ 已删除 erased"}
    return [f"  {sign[word]:<16} {count:>7}  {_kind_words(kind)}" for (kind, word), count in _by_kind(two)]


def _kind_words(kind: str) -> str:
    return f"{KINDS[kind].zh} {kind}" if kind in KINDS else kind


def _result_words(result: Mapping[str, Any]) -> str:
    basis = (
        "重新清点一致 recounted"
        if result["word"] == "recounted"
        else "由计票人、监票人证明，未经重新清点 attested, not recounted"
    )
    items = "；".join(f"{name}：{_outcome_words(item)}" for name, item in result["items"].items())
    gone = "" if result["annulled"] is None else f" — 已由第{result['annulled']}条撤销 annulled by entry {result['annulled']}"
    return f"表决 {result['poll']}（第{result['index']}条）{basis} — {items}{gone}"


def _outcome_words(item: Mapping[str, Any]) -> str:
    """Whether it passed; where deeming has turned it, what was returned comes to something else."""
    passed, plain = item["passed"], returned_of(item)["passed"]
    turned = "" if plain == passed else "（推定后；只算交回的票则相反 by deeming, not by what was returned）"
    return f"{'通过 passed' if passed else '未通过 not passed'}{turned}"


def _erased_words(one: Mapping[str, Any]) -> str:
    where = f"第{one['index']}条 {one['name']}：已由第{one['by']}条依法删除 erased by entry {one['by']}"
    return f"○ {where} · {one['day']} · {BASIS_WORDS[one['basis']]}"


def _flag_words(flag: Mapping[str, Any], *, vote: bool) -> str:
    answered = f"已于第{flag['answered']}条说明 answered" if flag["answered"] is not None else "尚未说明 unanswered"
    subject = f"{'表决 vote ' if vote else ''}{flag['matter']}"
    return f"⚑ {subject}，第{flag['index']}条 {flag['rule']}：{flag['zh']} {flag['en']} [{answered}]"


# --- the command ----------------------------------------------------------------------------------------------------------------


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as why:
        raise UnreadableEvidence(f"{path}: {why.strerror}") from why


_NO_MIRROR: Final = (
    "无法核对：这里不是台账镜像（缺 checkpoint 或 policy.txt）。请指到含有 checkpoint 的文件夹，例如 liuchi-data/mirror/440307-001。"
    "Cannot be checked: this is no mirror (no checkpoint or policy.txt). Name the folder that holds checkpoint, "
    "such as liuchi-data/mirror/440307-001: "
)


def require_evidence(where: Source, policy: Path | None) -> bytes | None:
    """The policy's text, once there is something to check: a slip of the reader's must not accuse the log. Raises UnreadableEvidence."""
    given = None if policy is None else _read(policy)
    if (given is None and where.read("policy.txt") is None) or where.read("checkpoint") is None:
        raise UnreadableEvidence(_NO_MIRROR + where.name)
    try:
        if given is not None:
            Policy.parse(given)
    except Unsound as why:
        raise UnreadableEvidence(
            f"无法核对：{policy} 不是公钥文件（policy）。Cannot be checked: {policy} is no policy: {why}"
        ) from why
    return given


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
    jobs: Annotated[int, typer.Option(min=1, help="Processes that check forms and signatures.")] = os.cpu_count() or 1,
    json_: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Check a whole log: bytes, signatures, tree, and every rule again."""
    handed = {str(path): _read(path) for path in (*(roll or ()), *(openings or ()))}
    mirror = source(where)
    report = audit(mirror, require_evidence(mirror, policy), handed, jobs, tell=_progress)
    typer.echo(json.dumps(document(report), ensure_ascii=False, indent=1) if json_ else words(report))
    raise typer.Exit(report.exit_code)
