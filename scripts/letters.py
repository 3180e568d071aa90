"""`liuchi letters` and `liuchi enrolments`: a letter for every owner, with a code; and the keys that came by them (docs/spec/enrolment.md).

    liuchi letters --ledger 440307-001 --snapshot 2026-08 --url https://ledger.example.org --ring "经办人 0755-…" --out letters.html
    liuchi letters --ledger 440307-001 --snapshot 2026-08 --url … --ring … --again 2-1203 --out again.html
    liuchi enrolments --ledger 440307-001

The codes stand in the printed file and nowhere else: print it, destroy it, put the letters into envelopes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.calendar import DAY_MS
from domain.fields import IDENT
from domain.readers import CUSTODIAN, MACHINE
from keys.enrolment import fingerprint
from ledger.door import Ledger
from ledger.home import Home
from ledger.letters import FILE, Box, Letter, Request, make_box
from ledger.mirror import write_private
from ledger.showing import Looking
from projections.texts import texts_at
from scripts.enrolling import ODD_WORDS, Owners, oddities, owners_of, standing_of, unrung
from scripts.homes import home_at, look, open_door
from scripts.printing import letters_html
from scripts.shell import Blocked, Data, Json, Outside, Store, fits, insist, moment_words, require, require_new, say

HERE: Final = Path("liuchi-data")
DAYS: Final = 30
NOBODY: Final = ("没有要写的信：每位业主都已有密钥。", "There is no letter to write: every owner has a key already.")


def box_at(home: Home, door: Ledger) -> Box:
    """A ledger's letters, in a file that is made where there is none. Raises Blocked."""
    try:
        make_box(home.path / FILE)
    except OSError as why:
        raise Blocked(f"{home.path / FILE} cannot be made: {why.strerror}") from why
    return Box(home.path, door.vault.keys, home.origin)


def letters_command(
    ledger: Annotated[str, typer.Option(metavar="CODE", help="the ledger's code, such as 440307-001")],
    snapshot: Annotated[str, typer.Option(metavar="ID", help="the roll, frozen or not")],
    url: Annotated[str, typer.Option(metavar="URL", help="where the ledger is served; the QR codes lead there")],
    ring: Annotated[str, typer.Option(metavar="WORDS", help="whom an owner rings, as it is printed: name of the office, number")],
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="the letters, ready to print")],
    days: Annotated[int, typer.Option(min=1, max=90, help="how long they are good for")] = DAYS,
    again: Annotated[str | None, typer.Option(metavar="UNIT", help="the owners of this unit alone; old letters are void")] = None,
    owner: Annotated[str | None, typer.Option(metavar="ID", help="with --again: only this one of them")] = None,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Write a letter for every owner of a roll who has no key; each has a code that is told nowhere else."""
    require(url.startswith(("http://", "https://")), "--url", "an address that begins with http:// or https://")
    require(fits(IDENT, snapshot), "--snapshot", IDENT.expected)
    require(owner is None or again is not None, "--owner", "an owner beside --again")
    require_new(out, "--out")
    home = home_at(data, ledger, store, anchor)
    with open_door(look(home)) as door:
        looking = Looking(door, MACHINE, CUSTODIAN)
        box, now = box_at(home, door), max(door.clock(), door.fold.last)
        owners = owners_of(door.fold.state, snapshot, looking)
        drafts = drafted(owners, box.letters(), snapshot, now + days * DAY_MS, _asked(owners, again, owner))
        insist(bool(drafts), "--snapshot", *NOBODY)
        looking.keep()
        written = box.issue(drafts, now)
        name = texts_at(door, 0).get("name") or {"zh": home.code, "en": home.code}
    page = letters_html(name, f"{url.rstrip('/')}/c/{home.code}/enrol", ring, written)
    try:
        write_private(out, page.encode())
    except OSError as why:
        raise Blocked(f"{out} cannot be written ({why.strerror}); write the letters again, these are void then") from why
    heads = {tag for one, _ in written for tag, _ in one.heads}
    say({"letters": len(written), "heads": len(heads), "file": str(out), "numbers": [one.number for one, _ in written]}, [
        f"✓ {len(written)} 封信 letters for {len(heads)} 户 heads: {out}",
        "  验证码只在这个文件里：打印后请销毁，信装入信封送达。The codes stand in this file alone: destroy it when it is printed.",
    ], json_=json_)  # fmt: skip


def _asked(owners: Owners, unit: str | None, owner: str | None) -> list[str] | None:
    """The owners who are named; None for everybody without a key."""
    if unit is None:
        return None
    found = [one for one in owners.of_unit(unit) if owner in (None, one)]
    require(bool(found), "--again", "a unit of this roll that has owners" if owner is None else f"a unit of {owner}'s")
    return found


def drafted(owners: Owners, before: Sequence[Letter], snapshot: str, expires: int, asked: Sequence[str] | None) -> list[Letter]:
    """The letters to write: one for each human, whatever she owns; a human whom the ledger does not know yet gets a number of hers."""
    known = {one.owner: one.person for one in before} | dict(owners.persons)
    wanted = asked if asked is not None else [one for one in owners.heads if not owners.keys_of(one)]
    return [Letter(0, one, known.get(one) or secrets.token_bytes(16), snapshot, owners.heads[one], expires) for one in wanted]


# --- what came by them ----------------------------------------------------------------------------------------------------------


def enrolments_command(
    ledger: Annotated[str, typer.Option(metavar="CODE", help="the ledger's code, such as 440307-001")],
    everything: Annotated[bool, typer.Option("--all", help="those too that are on the log already")] = False,
    turn_away: Annotated[str | None, typer.Option(metavar="N,N", help="letters whose keys are turned away")] = None,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """List the keys that came by letter and wait: whose, when, how, and what looks odd. For the clerk's eyes alone."""
    home = home_at(data, ledger, store, anchor)
    with open_door(look(home)) as door:
        box = box_at(home, door)
        if turn_away is not None:
            asked = numbers(turn_away, "--turn-away")
            gone = box.drop(one.key for one in box.requests() if one.letter.number in asked)
            say(
                {"turned_away": gone}, f"✓ 已退回 {gone} 个密钥，所用的信作废 keys turned away, their letters void", json_=json_
            )
            return
        read, every = door.fold.state, box.requests()
        odd = oddities(read, every)
        shown = [(one, standing_of(read, one), odd[one.key]) for one in every]
        letters, silent = [one for one in box.letters() if not one.voided], unrung(read, door.act_at)
    told = [one for one in shown if everything or one[1] in ("waiting", "signed", "admitted")]
    say({"letters": len(letters), "came": len(every), "keys": [_document(*one) for one in told], "to_ring": silent},
        _words(told, len(letters), len(every), silent), json_=json_)  # fmt: skip


def numbers(words: str, option: str) -> set[int]:
    """Letters by their numbers."""
    found = [one.strip() for one in words.split(",")]
    require(all(one.isascii() and one.isdecimal() for one in found), option, "numbers of letters, such as 12,47")
    return {int(one) for one in found}


def _document(one: Request, standing: str, odd: list[str]) -> dict[str, Any]:
    return {"letter": one.letter.number, "owner": one.letter.owner, "units": list(one.letter.units), "key": one.key.hex(),
            "fingerprint": list(fingerprint(one.key)), "at": one.at, "device": one.device, "standing": standing, "odd": odd}  # fmt: skip


STANDINGS: Final = {
    "waiting": "等待登记 waits",
    "signed": "已签署，待复核 signed, to be confirmed",
    "admitted": "已登记，待关联 admitted, to be bound",
    "bound": "已关联 bound",
    "revoked": "已注销 revoked",
}


def _words(told: Sequence[tuple[Request, str, list[str]]], letters: int, came: int, silent: Sequence[str]) -> Iterator[str]:
    yield f"有效的信 letters in force: {letters} · 已交来 keys that came: {came} · 列出 listed: {len(told)}"
    for one, standing, odd in told:
        yield (f"№ {one.letter.number}  {'、'.join(one.letter.units)}  {one.letter.owner}  {STANDINGS[standing]}  "
               f"{moment_words(one.at)}  {one.device}")  # fmt: skip
        yield f"    {' '.join(fingerprint(one.key))}"
        yield from (f"    ⚠ {ODD_WORDS[word]}" for word in odd)
    for page in silent:
        yield f"☎ 尚未回访 not called back yet: liuchi keys sample {page} …"
