"""`liuchi accesses`: who read what is restricted, and whether the chain of these records is whole.

    liuchi accesses 440307-001
    liuchi accesses 440307-001 --known 812:5f0c…      # what was printed last time: nothing before it may have changed

A record names key and person, never a name; who they are is sealed in the ledger. Exit 1 when the chain is torn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledger.access import Access, Chain, accesses, check, read_access
from scripts.homes import home_at, look, open_door
from scripts.shell import CHECK_FAILED, Data, Json, Outside, Store, moment_words, require, say
from tlog.errors import Malformed

KNOWN: Final = re.compile(r"(0|[1-9][0-9]{0,15}):([0-9a-f]{64})", re.ASCII)
SHOWN: Final = 20  # of the newest, for people


def accesses_command(
    code: Annotated[str, typer.Argument(metavar="CODE", help="the ledger's code, such as 440307-001")],
    known: Annotated[str | None, typer.Option(metavar="N:HASH", help="number and hash that were printed earlier")] = None,
    store: Store = None,
    anchor: Outside = None,
    data: Data = Path("liuchi-data"),
    json_: Json = False,
) -> None:
    """List who read restricted contents, and check that no record was changed, left out or taken away."""
    noted = KNOWN.fullmatch(known or "")
    require(known is None or noted is not None, "--known", "a number and 64 hex digits, as this command prints them: 812:5f0c…")
    with open_door(look(home_at(data, code, store, anchor))) as door:
        records = list(accesses(door.shelf))
    found = check(iter(records), (int(noted[1]), bytes.fromhex(noted[2])) if noted else None)
    held = list(_held(records))
    say(_document(found, held), _words(found, held), json_=json_)
    if found.torn is not None:
        raise typer.Exit(CHECK_FAILED)


def _held(records: list[bytes]) -> Iterator[Access]:
    for raw in records:
        try:
            yield read_access(raw)
        except Malformed:
            return


def _document(found: Chain, held: list[Access]) -> dict[str, Any]:
    return {
        "size": found.size, "head": found.head.hex() if found.head else None, "torn": found.torn,
        "records": [
            {"n": one.n, "at": one.at, "leaf": one.leaf.hex(), "names": list(one.names), "role": one.role,
             "key": one.key.hex() if one.key else None, "person": one.person.hex() if one.person else None}
            for one in held
        ],
    }  # fmt: skip


def _words(found: Chain, held: list[Access]) -> Iterator[str]:
    if found.torn is not None:
        yield f"✗ 查阅记录被改动 the chain is torn after {found.size} records: {found.torn}"
    elif found.head is None:
        yield "没有查阅记录 nothing restricted was read"
    else:
        yield f"✓ {found.size} 条查阅记录前后相连 records, each bound to the one before it. 请记下 note: {found.size}:{found.head.hex()}"
    for one in held[-SHOWN:]:
        who = f"{one.person.hex()[:8]}… {one.key.hex()[:8]}…" if one.person and one.key else "（本机 at this machine）"
        what = f"{one.names[0]}{f' +{len(one.names) - 1}' if len(one.names) > 1 else ''}"
        yield f"  {one.n}  {moment_words(one.at)}  {one.role}  {who}  {one.leaf.hex()[:12]}… {what}"
