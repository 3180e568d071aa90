"""`liuchi demo`: plays its stories on a story clock, says what was decided and why, audits them, serves them."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shlex
import shutil
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Annotated, Final

import typer

from domain.acts import KINDS
from domain.ballots import BALLOT_KINDS
from domain.calendar import day_of
from domain.lifecycle import Read
from domain.polls import Poll, Ratio, electorate_of, verdict
from domain.results import Result, tally_of
from domain.state import act_of
from keys.custody import write_key
from keys.identity import SigningKey
from ledger.anchor import AnchorBroken
from ledger.clock import StoryClock
from ledger.door import Ledger
from ledger.home import Home, anchor_of, anchor_path, anchor_words, make_home, open_ledger, schema_of
from ledger.mirror import export_openings, export_roll, write_mirror
from projections.entries import receipt_face
from projections.ledgers import Opened, view
from projections.polls import poll_names
from scripts.audit import Report, audit, words
from scripts.count import MATTER_WORDS
from scripts.forms import number_of
from scripts.homes import addresses, each_its_anchor, folder, home_at, placed, planned, prepared, read_homes
from scripts.paper import printed, stub_code
from scripts.shell import DEMO_PASSPHRASE, UNAVAILABLE, USAGE, Blocked, Data, Outside, Store, die, metres
from scripts.sources import Folder
from scripts.stories import first_assembly
from scripts.stories import guozhanyuan as story
from scripts.stories.estate import OFFICIALS
from scripts.stories.player import Play, Step, moment
from tlog.note import Vkey

DEFAULT: Final = Path("liuchi-data")
PLAYED: Final = "demo.played"  # written last: without it the play was interrupted
TOLD: Final[Mapping[ModuleType, tuple[str, str]]] = {  # the ledgers of a demo, each a story; keys, forms and receipts are of the first
    story: ("国展苑花园，1,128 套，27 部电梯", "Guozhanyuan Garden, 1,128 units, 27 lifts"),
    first_assembly: ("溪畔小筑，24 套，首次业主大会和业委会选举", "Xipan Court, 24 units, a first assembly and its committee"),
}  # fmt: skip
ORIGINS: Final = frozenset(told.ORIGIN for told in TOLD)
MADE: Final = (*(made for told in TOLD for made in (told.CODE, f"mirror/{told.CODE}")), "forms", "keys", "receipts", "packs")
LIGHT_SCRYPT = 2**10  # demo keys protect nothing
SHOWN_OWNERS = 3
INDENT = " " * 27  # below the days of a scene


def play_demo(data: Path, dsn: str | None = None, anchor: str | None = None) -> None:
    """Play the stories into a fresh data folder, or the database of a DSN; keys are made now and kept under DATA/keys."""
    log_keys = {told: SigningKey.generate() for told in TOLD}
    plans = {told: planned(data, told.ORIGIN, "estate", Vkey(told.ORIGIN, 1, key.public), dsn, anchor)
             for told, key in log_keys.items()}  # fmt: skip
    each_its_anchor(plans.values())
    for plan in plans.values():
        require_unheld(plan)
    passphrase = secrets.token_urlsafe(12)
    for told, plan in plans.items():
        typer.echo(f"{told.CODE}  {TOLD[told][0]}\n{' ' * len(told.CODE)}  {TOLD[told][1]}\n")
        with prepared(plan):
            if told is story:
                keep_secret(data / DEMO_PASSPHRASE, passphrase)  # first: it says that what follows is a demo's
            home = make_home(data, told.ORIGIN, "estate", log_keys[told], passphrase, LIGHT_SCRYPT, dsn=dsn, anchor=anchor)
            _played(told, home, passphrase)
        typer.echo("")


def require_unheld(home: Home) -> None:
    """Another ledger's outside checkpoint must not be taken for the demo's. Raises Blocked."""
    with suppress(AnchorBroken), closing(anchor_of(home)) as outside:  # a table that is not there yet
        if outside.read()[0]:
            words_ = anchor_words(home)
            raise Blocked(f"{words_} 中已有 {home.code} 的外部检查点；如属旧演示，请先删除。"
                          f"An outside checkpoint of {home.code} stands in {words_}; remove it if it was an old demo's")  # fmt: skip


def _played(told: ModuleType, home: Home, passphrase: str) -> None:
    clock = StoryClock(moment(told.START))
    door = open_ledger(home, passphrase, clock)
    play = Play(door, clock)
    for zh, en, steps in told.scenes(play, str(home.vkey), door.opening):
        before, met = door.fold.head.size, len(play.refusals)
        days = [step.at[:10] for step in _shown(zh, play.play(steps), clock)]
        typer.echo(f"  {_span(days)}  {zh}（+{door.fold.head.size - before} 条）\n{INDENT}{en}")
        for step, why in play.refusals[met:]:
            typer.echo(f"{INDENT}被拒绝（本应如此）refused, as it must be：{KINDS[step.kind].zh} {why.code}")
            typer.echo(f"{INDENT}  {why.sentence('zh')} {why.sentence('en')}")
    if told is story:
        _kept(home, door, play, passphrase)
    door.close()


def _kept(home: Home, door: Ledger, play: Play, passphrase: str) -> None:
    """What a visitor can use: keys, a receipt, forms with their stubs."""
    data = home.path.parent
    _keep_keys(data, play, passphrase)
    _keep_receipt(data, door, play.leaves[f"{story.POLL}-opening"])
    _keep_forms(data, Opened(home, door), play)


def _span(days: Sequence[str]) -> str:
    first, last = min(days), max(days)
    return f"{first} – {last}" if first != last else f"{first:<23}"


def _shown(title: str, steps: Iterable[Step], clock: StoryClock) -> Iterator[Step]:
    for number, step in enumerate(steps, 1):
        if sys.stderr.isatty() and not number % 16:
            typer.echo(f"\r  {_day(clock)}  {title} … {number}\033[K\r", err=True, nl=False)
        yield step


def _day(clock: StoryClock) -> str:
    return day_of(clock.at)


def keep_secret(path: Path, words_: str) -> None:
    """A demo's passphrase, in a file that only its owner reads."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(words_ + "\n")


def _keep_keys(data: Path, play: Play, passphrase: str) -> None:
    """The officials' keys and three owners', so that a visitor can act with `liuchi act`."""
    keys = data / "keys"
    keys.mkdir()
    owners = [name for name in play.people if "-" in name and name[0].isdigit()][:SHOWN_OWNERS]
    for name in [*OFFICIALS, *owners]:
        write_key(keys / f"{name}.key", play.people[name].key, passphrase, LIGHT_SCRYPT)


def _keep_forms(data: Path, opened: Opened, play: Play) -> None:
    """The sheets of a few forms, each with another fate, and their stubs' codes: to be looked up on the pages."""
    door, read = opened.door, view(opened).state
    numbers = {word: number_of(read, story.POLL, play.tag(unit)) for word, unit in story.worth_a_look().items()}
    folder_ = data / "forms"
    folder_.mkdir()
    page = printed(door, read, story.CODE, story.POLL, "http://127.0.0.1:8000", list(numbers.values()), door.opening)
    (folder_ / "forms.html").write_text(page, "utf-8")
    stubs = [{"what": word, "form": number, "code": stub_code(door, story.POLL, number)} for word, number in numbers.items()]
    (folder_ / "stubs.json").write_text(json.dumps(stubs, ensure_ascii=False, indent=1) + "\n", "utf-8")
    opened.past.close()


def stub_lines(data: Path, host: str, port: int) -> Iterator[str]:
    """Where the forms of the demo can be looked up, with their codes."""
    for stub in json.loads((data / "forms/stubs.json").read_text("utf-8")):
        url = f"http://{host}:{port}/c/{story.CODE}/polls/{story.POLL}/forms/{stub['form']}"
        yield f"  {url}  查询码 code {stub['code']}  {stub['what']}"


def _keep_receipt(data: Path, door: Ledger, opening: bytes) -> None:
    """The receipt of the first ballot of the decided vote, to be checked with `liuchi verify` or on the page."""
    entries = enumerate(door.shelf.entries(0, door.fold.head.size))
    index = next(index for index, entry in entries if (act := act_of(entry).act).kind in BALLOT_KINDS and act.about == opening)
    receipts = data / "receipts"
    receipts.mkdir()
    (receipts / "first-ballot.json").write_text(json.dumps(asdict(receipt_face(door.receipt(index))), indent=1) + "\n", "utf-8")


# --- what was decided, and why --------------------------------------------------------------------------------------------------


def decisions(opened: Opened) -> Iterator[str]:
    """Each certified item with its four ratios, in integers, the oldest vote first; also of votes that are final."""
    seen = view(opened)
    for name in reversed(poll_names(seen)):
        if ("result", name) in seen.state:
            poll: Poll = seen.state["poll", name]
            yield from _decided(seen.state, poll, seen.state["result", name])


def _decided(read: Read, poll: Poll, result: Result) -> Iterator[str]:
    for item in poll.items:
        figures = result.items[item.id]
        found = verdict(tally_of(electorate_of(read, poll, item), figures), item.matter, poll.law, poll.edition.laws)
        kind = "特别事项 special" if figures["class"] == "special" else "一般事项 ordinary"
        name = MATTER_WORDS[item.matter]
        outcome = "通过 passed" if found.passed else "未通过 not passed"
        yield f"\n  {name['zh']} {name['en']}（{item.matter}，{kind}）：{outcome}"
        yield from (f"    {ratio_words(ratio)}" for ratio in found.ratios)


def ratio_words(ratio: Ratio) -> str:
    """One ratio as people compare it: part, whole, the share demanded, and the integers that decide."""
    test = {"quorum": "参与 took part", "approval": "同意 agree   "}[ratio.test]
    basis = {"heads": "人数 heads", "area": "面积 area "}[ratio.basis]
    sign = {"ge": "≥", "gt": ">"}[ratio.op]
    part, whole = ratio.part * ratio.share[1], ratio.whole * ratio.share[0]
    shown = (
        (f"{ratio.part}", f"{ratio.whole}")
        if ratio.basis == "heads"
        else (f"{metres(ratio.part)}㎡", f"{metres(ratio.whole)}㎡")
    )
    return (f"{'✓' if ratio.met else '✗'} {test} {basis}  {shown[0]:>11} / {shown[1]:<11} {sign} {ratio.share[0]}/{ratio.share[1]}"
            f"   ({part} {sign} {whole}: {'是 yes' if ratio.met else '否 no'})")  # fmt: skip


# --- the mirror and its audit ---------------------------------------------------------------------------------------------------


def check_demo(door: Ledger, home: Home, data: Path) -> Report:
    """Write the mirror and the packs an auditor may get, and audit them as a stranger would."""
    mirror, packs = data / "mirror" / home.code, data / "packs" / ("" if home.code == story.CODE else home.code)
    packs.mkdir(parents=True, exist_ok=True)
    write_mirror(door, home, mirror)
    rolls = {snapshot: packs / f"roll-{snapshot}.pack" for kind, snapshot in door.fold.state if kind == "roll"}
    for snapshot, pack in rolls.items():
        export_roll(door, snapshot, pack)
    export_openings(door, everything := packs / "all.openings")
    handed = {path.name: path.read_bytes() for path in (*rolls.values(), everything)}
    return audit(Folder(mirror), None, handed, os.cpu_count() or 1)


def demo_command(
    data: Data = DEFAULT,
    once: Annotated[bool, typer.Option("--once", help="Play and audit, then end; do not serve.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Play again from the beginning; the old demo is removed.")] = False,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    store: Store = None,
    anchor: Outside = None,
) -> None:
    """Play a whole vote (1,128 units, weeks in seconds), audit it, and serve it."""
    named, data = data, folder(data)
    store, anchor = addresses(store, anchor)
    if not once:
        _require_free(host, port)
    make_room(data, fresh=fresh, store=store, anchor=anchor)
    if (data / PLAYED).exists():
        typer.echo(f"演示已在 {data} 中，直接打开（重新演示请加 --fresh）。The demo is there already; --fresh plays it again.")
    else:
        typer.echo("六尺 · 演示\nLiuchi, a demo\n")
        data.mkdir(parents=True, exist_ok=True)
        play_demo(data, store, anchor)
        (data / PLAYED).touch()
    exit_code = max(_audited(home_at(data, home.code, store, anchor)) for home in read_homes(data))
    typer.echo(f"请您来投一票（另开一个终端）· Cast a ballot yourself, in a second terminal:\n  {ballot_line(named)}\n")
    if store or anchor:
        typer.echo("  （那里同样要设置 LIUCHI_STORE、LIUCHI_ANCHOR  set LIUCHI_STORE and LIUCHI_ANCHOR there as here）\n")
    typer.echo("或者在浏览器里登记密钥，再投票 · Or enrol a key in your browser and vote there:")
    for line in enrolment_lines(named, port):
        typer.echo(f"  {line}")
    typer.echo("\n凭存根查一张纸质票 · Look up a paper form with its stub:")
    for line in stub_lines(data, host, port):
        typer.echo(line)
    typer.echo(f"  要打印的票 sheets to print: {data / 'forms/forms.html'}\n")
    if (data / first_assembly.CODE).is_dir():
        typer.echo(f"看一次选举，从业主联名到业委会备案 · Look at an election, from the owners' request to the filed committee:\n"
                   f"  http://{host}:{port}/c/{first_assembly.CODE}\n")  # fmt: skip
    if once:
        typer.echo(f"要打开上面的网址，先运行 · Before these addresses open, run:\n  {serve_line(named, host, port)}\n")
    if exit_code or once:
        raise typer.Exit(exit_code)
    from scripts.serve import serve_command

    serve_command(data=data, host=host, port=port, store=store, anchor=anchor)


def _audited(home: Home) -> int:
    """The audit of a ledger's mirror, and of the vote what it decided and why; the audit's exit code."""
    data = home.path.parent
    door = open_ledger(home, (data / DEMO_PASSPHRASE).read_text("utf-8").strip(), StoryClock(0))
    if home.code == story.CODE:
        typer.echo("决定了什么，为什么 · What was decided, and why:")
        opened = Opened(home, door)
        for line in decisions(opened):
            typer.echo(line)
        opened.past.close()
    report = check_demo(door, home, data)
    typer.echo(f"\n审计 · Audit of {data / 'mirror' / home.code}:\n{words(report)}\n")
    door.close()
    return report.exit_code


def ballot_line(data: Path) -> str:
    """The command by which a visitor votes in the vote that the demo leaves open."""
    more = _named(data)
    secret, key = (shlex.quote(str(data / name)) for name in (DEMO_PASSPHRASE, "keys/1-0101.key"))
    return (f"LIUCHI_PASSPHRASE=$(cat {secret}) {program()} act ballot-cast/1 --ledger {story.CODE} --poll {story.NEXT_POLL} "
            f"--choice playground=agree --key {key} --out my-receipt.json{more}")  # fmt: skip


def enrolment_lines(data: Path, port: int) -> Iterator[str]:
    """How a visitor enrols a key in the browser, for a head that has none, and votes: a passkey of this machine belongs to `localhost`."""
    base, unit = f"http://localhost:{port}", story.heads(story.units())[-1][1]
    ledger, more = f"--ledger {story.CODE}", _named(data)
    clerk, bureau, secret = (shlex.quote(str(data / name)) for name in ("keys/clerk.key", "keys/bureau.key", DEMO_PASSPHRASE))
    yield (f"{program()} letters {ledger} --snapshot {story.ROLL} --again {unit} --url {base} --ring 0000 "
           f"--out my-letter.html{more}")  # fmt: skip
    yield f"打开 my-letter.html，照信在 {base} 办理 · open my-letter.html and do what it says at {base}"
    yield f"export LIUCHI_PASSPHRASE=$(cat {secret})"
    yield "经办人签署、监督单位复核，各两次：先登记，再关联 · the clerk signs and a supervisor confirms, twice: admitted, then bound:"
    yield (f"{program()} keys admit {ledger} --snapshot {story.ROLL} --key {clerk}{more} && "
           f"{program()} keys confirm {ledger} --key {bureau}{more}")  # fmt: skip
    yield f"{base}/c/{story.CODE}/polls/{story.NEXT_POLL}/vote"


def serve_line(data: Path, host: str, port: int) -> str:
    """The command that serves the demo where it would have been served."""
    return f"{program()} serve --host {host} --port {port}{_named(data)}"


def program() -> str:
    """How the command is called from the current folder."""
    return "python3 run.py" if Path("run.py").is_file() else "liuchi"


def _named(data: Path) -> str:
    return "" if data == DEFAULT else f" --data {shlex.quote(str(data))}"


def _require_free(host: str, port: int) -> None:
    """The port can be listened on, asked before the play. Raises Blocked."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as why:
        if why.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 8001
            die(UNAVAILABLE, f"端口 {port} 已被占用。请用 {program()} demo --port {other}。"
                f"Port {port} is taken: {program()} demo --port {other}")  # fmt: skip
        raise Blocked(f"cannot listen on {host}:{port}: {why.strerror or why}") from why


def make_room(data: Path, *, fresh: bool, store: str | None = None, anchor: str | None = None) -> None:
    """Removes a demo that was not played to its end, with `fresh` any demo, and nothing else."""
    homes = read_homes(data)
    is_demo = (data / DEMO_PASSPHRASE).is_file() and all(home.origin in ORIGINS for home in homes)
    if not is_demo and homes:
        die(USAGE, f"{data} holds a ledger that is no demo; it is left alone: name another folder with --data")
    if not is_demo and fresh and data.exists():
        die(USAGE, f"{data} is not a demo's folder; it is left alone")
    played = (data / PLAYED).exists()
    if not is_demo or (played and not fresh):
        return
    if not played:
        typer.echo("上次演示没有演完，重新开始。The last demo was not finished; playing again.\n")
    _remove(data, [placed(home, store, anchor) for home in homes])


def _remove(data: Path, homes: Sequence[Home]) -> None:
    """The mark goes first and the passphrase last, so that an interruption here leaves an unfinished demo."""
    (data / PLAYED).unlink(missing_ok=True)
    for home in homes:
        with closing(anchor_of(home)) as outside:
            outside.forget()
        if home.dsn is not None:
            from ledger.postgres import drop  # an extra

            drop(home.dsn, schema_of(home), home.origin)
    for made in MADE:
        shutil.rmtree(data / made, ignore_errors=True)
    for told in TOLD:
        anchor_path(data, told.CODE).unlink(missing_ok=True)  # also where the play was interrupted before its ledger.json stood
    (data / DEMO_PASSPHRASE).unlink()
