"""`liuchi found`: founds a real ledger: its folder, its log key and its first entry; then two supervisors confirm.

    liuchi found --origin ledger.example.org/log/440307-001/1 --name-zh 国展苑 --name-en Guozhanyuan
                 --founders founders.json --key operator.key --check
    liuchi found … --store service=liuchi --anchor /mnt/elsewhere        # in PostgreSQL; the outside checkpoint on another disk

founders.json is a list, a map for each founding key: `posts` (a key of somebody who stands there already has none), `holder`, and either
`row` (what `liuchi keys row` printed on that person's machine, or the name of such a file) or `key` and `org` (a key file on this
machine). `liuchi found --template` prints one to fill in. Everything is checked before the folder is made, and the folder gets its
name only when the founding stands in it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer
from eventsourcing.persistence import PersistenceError

from domain.acts import FOUNDING_POSTS, HOLDER, KEY_ROW, KINDS, NAME, row_key_id
from domain.errors import Refused
from domain.fields import IDENT, Choice, Field, ListOf, Misfit, Text
from domain.fold import Fold
from domain.lifecycle import UNOPENED, Breach, Held, no_roots
from domain.rulesets import LATEST
from domain.state import recheck
from keys.authoring import compose
from keys.enrolment import proved
from keys.identity import SigningKey
from ledger.anchor import AnchorBroken
from ledger.clock import system_clock
from ledger.door import Receipt as Recorded
from ledger.home import ORIGIN, Home, anchor_of, anchor_words, make_home, open_ledger, schema_of
from ledger.store import StoreFailed
from ledger.submission import prepare, verify
from scripts.homes import addresses, check_free, close, folder, is_demo, log_passphrase, planned, prepared
from scripts.keys import require_origin, row_of
from scripts.shell import (
    ANCHOR,
    DEMO_PASSPHRASE,
    STORE,
    Blocked,
    Data,
    Json,
    Outside,
    Store,
    Unfit,
    end_refused,
    fits,
    fitting,
    open_key,
    public_key,
    read_json,
    require,
    say,
)
from scripts.waiting import Waits, time_words, waiting_acts
from tlog.note import Vkey

KIND: Final = "ledger-founded/1"
KINDS_OF_LEDGER: Final = ("estate", "authority")
TEMPLATE: Final[list[dict[str, Any]]] = [
    {"posts": ["operator"], "holder": {"id": "staff-no-1", "name": "…"}, "key": "operator.key", "org": "operator-district"},
    {"posts": ["street-office", "supervisor"], "holder": {"id": "staff-no-2", "name": "…"}, "row": "street.row.json"},
    {"posts": ["supervisor"], "holder": {"id": "staff-no-3", "name": "…"}, "row": "bureau.row.json"},
    {"posts": ["supervisor"], "holder": {"id": "staff-no-4", "name": "…"}, "row": "party.row.json"},
    {"posts": ["parent"], "holder": {"id": "staff-no-5", "name": "…"}, "row": "city.row.json"},
]
ABOUT: Final[Mapping[str, Field]] = {"posts": ListOf(Choice(FOUNDING_POSTS), 0, len(FOUNDING_POSTS)), "holder": HOLDER}
FILE_NAME: Final = Text(re.compile(r"[^\0]{1,4000}"), "the name of a file")


@dataclass(frozen=True, slots=True)
class Founder:
    """One founding key: its row, the posts of its person, and who that is."""

    row: Mapping[str, Any]
    posts: tuple[str, ...]
    holder: Mapping[str, str]


# --- founders.json --------------------------------------------------------------------------------------------------------------


def read_founders(path: Path, origin: str, unlock: Callable[[Path], SigningKey]) -> tuple[Founder, ...]:
    """The founders that a file describes; files that it names lie beside it. Raises Unfit, custody's KeyFileRefused."""
    listed = read_json(path)
    if not isinstance(listed, list):
        raise Unfit(path, "the whole", "a list of founders; `liuchi found --template` prints one")
    for number, one in enumerate(listed):  # all of the file before the first passphrase
        _check_form(one, path, f"[{number}]")
    return tuple(_founder(one, path, f"[{number}]", origin, unlock) for number, one in enumerate(listed))


def _check_form(one: Any, path: Path, place: str) -> None:
    names = one.keys() if isinstance(one, dict) else set()
    if names not in ({*ABOUT, "row"}, {*ABOUT, "key", "org"}):
        raise Unfit(path, f"field {place}", "a map with posts, holder and row, or with posts, holder, key and org")
    for name, field in ABOUT.items():
        fitting(field, one[name], path, f"{place}.{name}")
    if "row" in one:
        _row(one["row"], path, f"{place}.row")
    else:
        fitting(IDENT, one["org"], path, f"{place}.org")
        public_key(path.parent / fitting(FILE_NAME, one["key"], path, f"{place}.key"))


def _founder(one: Mapping[str, Any], path: Path, place: str, origin: str, unlock: Callable[[Path], SigningKey]) -> Founder:
    posts, holder = (fitting(field, one[name], path, f"{place}.{name}") for name, field in ABOUT.items())
    if "row" in one:
        row = _row(one["row"], path, f"{place}.row")
    else:
        row = row_of(unlock(path.parent / one["key"]), origin, secrets.token_bytes(16), one["org"])
    if posts and row["org"] is None:
        raise Unfit(path, f"field {place}.row.org", "an organisation, because a post is held for one")
    return Founder(row, posts, holder)


def _row(spelled: Any, path: Path, place: str) -> Mapping[str, Any]:
    """A key row, written here or in a file beside."""
    if isinstance(spelled, str):
        file = path.parent / fitting(FILE_NAME, spelled, path, place)
        row: Mapping[str, Any] = fitting(KEY_ROW, read_json(file), file)
    else:
        row = fitting(KEY_ROW, spelled, path, place)
    return row


# --- the founding act -----------------------------------------------------------------------------------------------------------


def founding(founders: Sequence[Founder], name: Mapping[str, str], vkey: Vkey) -> tuple[dict[str, Any], dict[str, Any]]:
    """Body and openings of the founding act. Raises Misfit."""
    parents = {one.row["org"] for one in founders if "parent" in one.posts}
    posts = {(post, one.row["person"]): one.row["org"] for one in founders for post in one.posts}
    body = {
        "demo": is_demo(vkey.name), "edition": LATEST.named(), "keys": tuple(one.row for one in founders), "log_key": str(vkey),
        "parent": min(parents, default=None), "previous": None,
        "posts": tuple({"org": org, "person": person, "post": post} for (post, person), org in posts.items()),
    }  # fmt: skip
    if len(parents) != 1:
        raise Misfit("posts", "one parent authority: a founder with the post parent")
    KINDS[KIND].body.check(body)
    return body, {"name": dict(name), **{f"holder/{row_key_id(one.row).hex()}": one.holder for one in founders}}


def rehearse(raw: bytes, at: int) -> None:
    """Everything that the door will ask of the founding, asked of an empty ledger that nobody keeps. Raises Refused."""
    prepared = prepare(raw)
    verify(prepared, lambda _key: None)
    act, draft = prepared.act(prepared.entry(at)), Fold(proved, no_roots).draft()
    draft.take(act, at)
    found = recheck({}, act, lambda _leaf, name: prepared.opened.get(name, UNOPENED))
    if isinstance(found, Breach):
        raise found.refuse()
    assert isinstance(found, Held)


# --- the folder -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Founded:
    """A ledger that has its first entry, and what that entry waits for."""

    home: Home
    receipt: Recorded
    waits: Waits


def establish(final: Home, log_key: SigningKey, spoken: str, raw: bytes) -> Founded:
    """Make the ledger's home with the founding in it, whole or not at all. Raises Refused, Blocked."""
    data = final.path.parent
    made = not data.exists()
    try:
        data.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".founding-", dir=data) as draft, prepared(final):  # 1. under a name that nobody reads
            beside = str(Path(draft) / "outside.checkpoint") if final.anchor else None
            home = make_home(Path(draft) / "data", final.origin, final.kind, log_key, spoken, dsn=final.dsn, anchor=beside)
            receipt, waits = _first_entry(home, spoken, raw)
            _put_in_place(home, final)  # 2. then under its own, the founding in it
    except (OSError, sqlite3.Error, PersistenceError, StoreFailed, AnchorBroken) as why:
        raise Blocked(f"{data}: the ledger cannot be made: {why}") from why
    finally:
        if made:
            with suppress(OSError):  # it stays when a ledger stands in it
                data.rmdir()
    return Founded(final, receipt, waits)


def _first_entry(home: Home, spoken: str, raw: bytes) -> tuple[Recorded, Waits]:
    door = open_ledger(home, spoken, system_clock())
    try:
        return door.submit(raw), waiting_acts(door)[0]
    finally:
        close(door)


def _put_in_place(draft: Home, final: Home) -> None:
    size, root = anchor_of(draft).read()
    draft.path.rename(final.path)
    with closing(anchor_of(final)) as outside:
        try:
            outside.advance(size, root)
            _sync(final.path.parent)
        except (OSError, StoreFailed, AnchorBroken):
            final.path.rename(draft.path)
            with suppress(OSError, StoreFailed, AnchorBroken):
                outside.forget()
            raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- the command ----------------------------------------------------------------------------------------------------------------


def _template(wanted: bool) -> None:
    if wanted:
        typer.echo(json.dumps(TEMPLATE, ensure_ascii=False, indent=1))
        raise typer.Exit


def found_command(
    origin: Annotated[
        str, typer.Option(help="its address without scheme, and a generation: ledger.example.org/log/440307-001/1")
    ],
    name_zh: Annotated[str, typer.Option(help="the estate's or authority's name in Chinese")],
    name_en: Annotated[str, typer.Option(help="its name in English")],
    founders: Annotated[Path, typer.Option(metavar="FILE", help="who founds it, as JSON; see --template")],
    key: Annotated[Path, typer.Option(metavar="KEYFILE", help="the operator's key, which signs the founding")],
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="its code, to be sure that it is the origin's")] = None,
    kind: Annotated[str, typer.Option(help="one of: " + " ".join(KINDS_OF_LEDGER))] = "estate",
    data: Data = Path("liuchi-data"),
    store: Store = None,
    anchor: Outside = None,
    check: Annotated[bool, typer.Option("--check", help="check everything and write nothing")] = False,
    json_: Json = False,
    _show: Annotated[
        bool, typer.Option("--template", callback=_template, is_eager=True, help="print a founders file to fill in")
    ] = False,
) -> None:
    """Found a ledger; two supervisors of other organisations then confirm it with `liuchi act --confirm 0`."""
    where = folder(data)
    require_origin(origin, "--origin")
    own = _code_of(origin)
    require(code in (None, own), "CODE", f"the origin's own code, {own}")
    require(kind in KINDS_OF_LEDGER, "--kind", "one of " + ", ".join(KINDS_OF_LEDGER))
    name = {"en": name_en, "zh": name_zh}
    require(fits(NAME, name), "--name-zh, --name-en", "1 to 120 characters of text each")
    require(not where.exists() or where.is_dir(), "--data", f"a folder, not {where}")
    require(not (where / own).exists(), "--data", f"a folder without a ledger {own}; {where / own} exists already")
    demo = is_demo(origin) or not (where / DEMO_PASSPHRASE).exists()
    require(demo, "--data", f"another folder: {where} is a demo's or a rehearsal's, and a real ledger does not lie beside it")
    log_key, at = SigningKey.generate(), time.time_ns() // 1_000_000
    home = planned(where, origin, kind, Vkey(origin, 1, log_key.public), *addresses(store, anchor))
    check_free(home)
    _require_unheld(home)
    raw = _signed(founders, key, name, home.vkey, at)
    try:
        rehearse(raw, at)
        if check:
            say(
                {"checked": origin},
                f"✓ 可以设立 {origin}，尚未写入任何内容。It can be founded; nothing was written.",
                json_=json_,
            )
            return
        done = establish(home, log_key, log_passphrase(where, origin, new=True), raw)
    except Refused as why:
        end_refused(why, json_=json_)
    say(_document(done), _words(done, data), json_=json_)


def _require_unheld(home: Home) -> None:
    """A usage error where an outside checkpoint says that such a ledger wrote already."""
    with closing(anchor_of(home)) as outside:
        try:
            held = outside.read()[0] > 0
        except AnchorBroken:
            held = outside.spelled() is not None  # a table that is not there yet holds nothing
    require(not held, "--data", f"a folder that never held {home.code}; {anchor_words(home)} says that such a ledger wrote here: "
            "restore it, or choose another code")  # fmt: skip


def _code_of(origin: str) -> str:
    match = ORIGIN.fullmatch(origin)
    assert match is not None
    return match[1]


def _signed(founders: Path, key: Path, name: Mapping[str, str], vkey: Vkey, at: int) -> bytes:
    """The founding, signed by the operator. Raises Unfit, custody's KeyFileRefused."""
    unlocked: dict[Path, SigningKey] = {}

    def unlock(path: Path) -> SigningKey:
        place = path.resolve()
        if place not in unlocked:
            unlocked[place] = open_key(path)
        return unlocked[place]

    public_key(key)
    listed = read_founders(founders, vkey.name, unlock)
    signing = unlock(key)
    operators = [one.row["public"] for one in listed if "operator" in one.posts]
    require(signing.public in operators, "--key", f"the key of a founder with the post operator in {founders}")
    try:
        body, openings = founding(listed, name, vkey)
    except Misfit as why:
        raise Unfit(founders, f"field {why.path}", why.expected) from why
    return compose(KIND, body, signing, ledger=vkey.name, at=at, openings=openings).raw()


def _document(done: Founded) -> dict[str, Any]:
    home, receipt = done.home, done.receipt
    return {"code": home.code, "origin": home.origin, "kind": home.kind, "vkey": str(home.vkey), "home": str(home.path),
            "index": receipt.index, "leaf": receipt.leaf.hex(), "waits": done.waits.document()}  # fmt: skip


def _words(done: Founded, data: Path) -> list[str]:
    home, waits = done.home, done.waits
    act = f"liuchi act --data {data} --ledger {home.code}"
    elsewhere = [name for name, given in ((STORE, home.dsn), (ANCHOR, home.anchor)) if given]
    return [
        f"✓ 台账 {home.code} 的设立已登记为第0条 the founding is recorded as entry 0 · {home.origin}",
        f"  文件夹 folder    {home.path}",
        *([f"  数据库 database  PostgreSQL · schema {schema_of(home)}"] if home.dsn else []),
        f"  外存检查点 outside {anchor_words(home)} （另行保管，不随备份恢复 keep it apart from backups）",
        f"  台账公钥 log key  {home.vkey}",
        "",
        "还要做 What remains:",
        *([f"  0. 每次运行都要给出 Each of these needs: {', '.join(elsewhere)}"] if elsewhere else []),
        f"  1. 两个不同单位的监督人确认，截至 {time_words(waits.expires)}。Two supervisors of two organisations confirm it by then:",
        *(f"       {who}" for who in waits.who),
        f"     {act} --read 0",
        f"     {act} --confirm 0 --key THEIR.key",
        "  2. 公布台账公钥，供他人核对。Publish the log key: it goes into the policy.txt of whoever verifies.",
        f"  3. 开启服务 Serve it: liuchi serve --data {data} （口令 passphrase：LIUCHI_LOG_PASSPHRASE）",
        f"  4. 登记密钥、任命岗位 Admit keys and give posts: {act} keys-admitted/1 · post-given/1",
    ]
