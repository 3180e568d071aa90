"""`liuchi accesses`: who read what is restricted, and whether the chain of these records is whole.

    liuchi accesses 440307-001
    liuchi accesses 440307-001 --known 812:5f0c…      # what was printed last time: nothing before it may have changed

A record names key and person, never a name; who they are is sealed in the ledger. Exit 1 when the chain is torn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.readers import STUB
from ledger.access import Access, Chain, accesses, check, read_access
from ledger.door import Ledger
from scripts.homes import home_at, look, open_door
from scripts.shell import CHECK_FAILED, Data, Json, Outside, Store, moment_words, require, say
from tlog.errors import Malformed
from tlog.merkle import TILE_WIDTH
from tlog.spelling import HASH_SIZE

KNOWN: Final = re.compile(r"(0|[1-9][0-9]{0,15}):([0-9a-f]{64})", re.ASCII)
SHOWN: Final = 20  # of the newest, for people
Placed = tuple[Access, int | None]


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
        held = list(_placed(door, list(_held(records))))
    found = check(iter(records), (int(noted[1]), bytes.fromhex(noted[2])) if noted else None)
    say(_document(found, held), _words(found, held), json_=json_)
    if found.torn is not None:
        raise typer.Exit(CHECK_FAILED)


def _held(records: list[bytes]) -> Iterator[Access]:
    for raw in records:
        try:
            yield read_access(raw)
        except Malformed:
            return


def _placed(door: Ledger, held: list[Access]) -> Iterator[Placed]:
    """Each record with the number of the entry that it is about."""
    tiles = (door.shelf.tile(0, number) or b"" for number in range(-(-door.fold.head.size // TILE_WIDTH)))
    leaves = chain.from_iterable((tile[at : at + HASH_SIZE] for at in range(0, len(tile), HASH_SIZE)) for tile in tiles)
    places = {leaf: index for index, leaf in enumerate(leaves)}
    return ((one, places.get(one.leaf)) for one in held)


def _document(found: Chain, held: list[Placed]) -> dict[str, Any]:
    return {
        "size": found.size, "head": found.head.hex() if found.head else None, "torn": found.torn,
        "records": [
            {"n": one.n, "at": one.at, "index": index, "leaf": one.leaf.hex(), "names": list(one.names), "role": one.role,
             "key": one.key.hex() if one.key else None, "person": one.person.hex() if one.person else None}
            for one, index in held
        ],
    }  # fmt: skip


def _words(found: Chain, held: list[Placed]) -> Iterator[str]:
    if found.torn is not None:
        yield f"✗ 查阅记录被改动 the chain is torn after {found.size} records: {found.torn}"
    elif found.head is None:
        yield "没有查阅记录 nothing restricted was read"
    else:
        yield f"✓ {found.size} 条查阅记录前后相连 records, each bound to the one before it. 请记下 note: {found.size}:{found.head.hex()}"
    if len(held) > SHOWN:
        yield f"  更早的 {len(held) - SHOWN} 条未列出 earlier records are not shown: --json"
    for one, index in held[-SHOWN:]:
        what = f"{one.names[0]}{f' +{len(one.names) - 1}' if len(one.names) > 1 else ''}"
        where = f"第{index}条 entry {index}" if index is not None else f"{one.leaf.hex()[:12]}…"
        yield f"  {one.n}  {moment_words(one.at)}  {one.role}  {_who(one)}  {where} {what}"


def _who(one: Access) -> str:
    if one.person and one.key:
        return f"{one.person.hex()[:8]}… {one.key.hex()[:8]}…"
    return "（凭存根查询码 by a stub's code）" if one.role == STUB else "（本机 at this machine）"
