"""`liuchi practice`: a practice copy (演练) of an estate: a demo ledger with its units and areas, invented owners, and a vote open.

    liuchi practice --data practice --from roll.csv --name 国展苑花园     # then serve it, vote, type paper forms
    liuchi practice --data practice --close                                # the clock goes to the end: closed, counted, announced

It lies in a data folder of its own, and every page says 演练. Nothing of a real ledger is opened, read or changed.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.acts import NAME
from domain.authority import KeyRow
from domain.errors import Refused
from domain.polls import Poll
from keys.custody import read_key, write_key
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.door import Ledger
from ledger.home import Home, make_home, open_ledger
from projections.ledgers import Opened
from scripts.demo import LIGHT_SCRYPT, decisions, keep_secret, program, require_unheld
from scripts.homes import folder, home_at, open_door, planned, prepared, read_homes
from scripts.roll import survey
from scripts.shell import DEMO_PASSPHRASE, Blocked, Data, Json, end_refused, fits, insist, require, say
from scripts.stories import practice as story
from scripts.stories.estate import OFFICIALS
from scripts.stories.player import Play, Someone, Step, StoryBroken, moment
from tlog.note import Vkey

MARK: Final = "演练 REHEARSAL"
OWNERS: Final = 20  # how many owners get a key


# --- making it ------------------------------------------------------------------------------------------------------------------


def make(data: Path, roll: Path, name: str, keys: int) -> dict[str, Any]:
    """The practice ledger until its vote is open. Raises Unreadable, Blocked."""
    units = story.invented(survey(roll).units)
    log_key, passphrase = SigningKey.generate(), secrets.token_urlsafe(12)
    plan = planned(data, story.ORIGIN, "estate", Vkey(story.ORIGIN, 1, log_key.public), None, None)
    require_unheld(plan)
    data.mkdir(parents=True, exist_ok=True)
    with prepared(plan):
        keep_secret(data / DEMO_PASSPHRASE, passphrase)
        home = make_home(data, story.ORIGIN, "estate", log_key, passphrase, LIGHT_SCRYPT)
        clock = StoryClock(moment(story.START))
        with open_door(open_ledger(home, passphrase, clock)) as door:
            play = Play(door, clock)
            for words, steps in story.scenes(play, str(home.vkey), name, units, keys):
                _played(play, words, steps)
            entries = door.fold.head.size
    own = story.voters(units, keys)
    _keep_keys(data, play, passphrase, len(own))
    return {"data": str(data), "entries": entries, "ledger": home.code, "owners": [
        {"key": f"keys/{story.owner_key(number)}.key", "owner": owner, "unit": unit}
        for number, (owner, unit) in enumerate(own, 1)], "poll": story.POLL, "units": len(units)}  # fmt: skip


def _played(play: Play, words: str, steps: Iterator[Step]) -> None:
    done = sum(1 for _ in play.play(steps))
    typer.echo(f"  {words}（{done}）", err=True)


def _keep_keys(data: Path, play: Play, passphrase: str, owners: int) -> None:
    (data / "keys").mkdir()
    for who in (*OFFICIALS, *(story.owner_key(number) for number in range(1, owners + 1))):
        write_key(data / "keys" / f"{who}.key", play.people[who].key, passphrase, LIGHT_SCRYPT)


# --- ending it ------------------------------------------------------------------------------------------------------------------


def end(home: Home) -> list[str]:
    """Close, count and announce the vote; what was decided, in lines. Raises Refused where somebody already closed it."""
    passphrase = (home.path.parent / DEMO_PASSPHRASE).read_text("utf-8").strip()
    clock = StoryClock(0)
    with open_door(open_ledger(home, passphrase, clock)) as door:
        poll: Poll | None = door.fold.state.get(("poll", story.POLL))
        stage = poll.stage if poll else "final"
        if ("result", story.POLL) in door.fold.state:
            raise Refused("already-exists", subject="result")
        if stage not in ("open", "closed"):
            raise Refused("wrong-stage", subject="poll", stage=stage, needed="open/closed")
        clock.move_to(door.fold.last)
        play = Play(door, clock)
        play.people |= dict(_people(home.path.parent / "keys", door, passphrase))
        try:
            _played(play, "截止、计票、公告 closed, counted, announced", story.ending(door.opening, closed=stage == "closed"))
        except StoryBroken as why:
            raise Blocked(f"演练还不能结束 the rehearsal cannot end yet: {why}") from why
        opened = Opened(home, door)
        found = list(decisions(opened))
        opened.past.close()
    return found


def _people(folder_: Path, door: Ledger, passphrase: str) -> Iterator[tuple[str, Someone]]:
    for who in OFFICIALS:
        key = read_key(folder_ / f"{who}.key", passphrase)
        row: KeyRow = door.fold.state["key", key.id]
        yield who, Someone(row.person, row.org, {}, key)


# --- the command ----------------------------------------------------------------------------------------------------------------


def practice_command(
    data: Data = Path("liuchi-practice"),
    from_: Annotated[Path | None, typer.Option("--from", metavar="ROLL.csv", help="the estate's roll; its owners are left out")] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="the estate's name")] = "本小区",
    keys: Annotated[int, typer.Option(min=1, max=200, metavar="N", help="owners who get a key to vote with")] = OWNERS,
    close: Annotated[bool, typer.Option("--close", help="end the rehearsal: close the vote, count it, announce it")] = False,
    json_: Json = False,
) -> None:  # fmt: skip
    """Make a practice copy (演练) of an estate with invented owners and an open vote, or end its vote."""
    require(close != (from_ is not None), "--from", "a roll to practise with, or --close for one that is there")
    whole = folder(data)
    if from_ is None:
        _ended(whole, json_=json_)
        return
    insist(not whole.exists() or not any(whole.iterdir()), "--data",
           f"{whole} 不是空文件夹，演练不与任何台账放在一起，未作任何改动。",
           f"{whole} is not empty: a rehearsal lies in a folder of its own; nothing was changed")  # fmt: skip
    require(fits(NAME, {"en": f"{name} (rehearsal)", "zh": f"{name}（演练）"}), "--name", "a name of at most 100 characters")
    typer.echo(f"{MARK} · {name}", err=True)
    made = make(whole, from_, name, keys)
    say(made | {"mark": MARK}, _made_words(made, data), json_=json_)


def _ended(whole: Path, *, json_: bool) -> None:
    homes = read_homes(whole)
    insist([home.origin for home in homes] == [story.ORIGIN], "--data",
           f"{whole} 里没有演练，未作任何改动。", f"{whole} holds no rehearsal; nothing was changed")  # fmt: skip
    try:
        lines = end(home_at(whole, story.CODE))
    except Refused as why:
        end_refused(why, json_=json_)
    say({"mark": MARK, "poll": story.POLL, "decided": [line.strip() for line in lines]}, [MARK, *lines], json_=json_)


def _made_words(made: dict[str, Any], data: Path) -> Iterator[str]:
    at, first = shlex.quote(str(data)), made["owners"][0] if made["owners"] else None
    here = f"--ledger {story.CODE} --data {at}"
    yield f"✓ {MARK}：{made['data']}，{made['units']} 套 units，{made['entries']} 条 entries"
    yield f"  业主都是虚构的，密钥在 {made['data']}/keys，口令在 {DEMO_PASSPHRASE} 里 owners are invented"
    yield "打开网页 open the pages："
    yield f"  {program()} serve --data {at}"
    yield "口令 passphrase for what follows："
    yield f"  export LIUCHI_PASSPHRASE=$(cat {shlex.quote(str(data / DEMO_PASSPHRASE))})"
    if first:
        yield f"用一位业主（{first['unit']}）投票 vote as an owner："
        yield (f"  {program()} act ballot-sealed/1 {here} --poll {story.POLL} --choice garden=agree --choice lifts=against "
               f"--key {shlex.quote(str(data / first['key']))}")  # fmt: skip
    yield "打印纸质票、录入、第二人复录 print forms, record them, key them again："
    yield f"  {program()} paper forms {here} --poll {story.POLL} --url http://127.0.0.1:8000 --out forms.html"
    yield f"  {program()} paper record typed.csv {here} --poll {story.POLL} --key {shlex.quote(str(data / 'keys/clerk.key'))}"
    yield f"  {program()} paper key again.csv {here} --poll {story.POLL} --key {shlex.quote(str(data / 'keys/counter-2.key'))}"
    yield "先停下网页，再截止、计票 stop the pages, then close and count："
    yield f"  {program()} practice --data {at} --close"
