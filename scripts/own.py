"""`liuchi own`: one owner's rows of a certified result, as the file that she keeps and anybody checks with `liuchi verify`.

    liuchi own 2026-lifts --ledger 440307-001 --unit 1-0101 --out own-1-0101.json
    liuchi own 2026-lifts --ledger 440307-001 --key owner.key --out own.json

This is for the operator's machine, which holds the openings: the file says how she voted, and is for her alone (mode 0600).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.counted import counted_words
from domain.readers import CUSTODIAN, MACHINE
from ledger.showing import Looking
from projections.ledgers import Opened, View, view
from projections.own import Lost, Own, own_rows, tag_of_unit, tags_of_key
from projections.polls import poll_names
from scripts.files import leave
from scripts.homes import home_at, look, open_door
from scripts.shell import CHECK_FAILED, Data, Json, Outside, Store, die, public_key, require, require_new, say
from tlog.entry import key_id


def own_command(
    poll: Annotated[str, typer.Argument(metavar="POLL", help="the vote's id, such as 2026-lifts")],
    ledger: Annotated[str, typer.Option(metavar="CODE", help="the ledger's code, such as 440307-001")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="where her rows go; nothing is there yet")],
    unit: Annotated[str | None, typer.Option(help="a unit of hers, as the roll names it")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="her key file; its passphrase is not asked for")] = None,
    tag: Annotated[str | None, typer.Option(metavar="HEX", help="the random tag of her head on the vote's roll")] = None,
    store: Store = None,
    anchor: Outside = None,
    data: Data = Path("liuchi-data"),
    json_: Json = False,
) -> None:
    """Write one owner's rows of a certified result, with the paths that prove them."""
    require(sum(one is not None for one in (unit, key, tag)) == 1, "--unit, --key, --tag", "exactly one of them")
    require(tag is None or (len(tag) == 32 and not tag.strip("0123456789abcdef")), "--tag", "32 lower-case hex digits")
    require_new(out, "--out")
    public = key_id(*public_key(key)) if key else None
    home = home_at(data, ledger, store, anchor)
    with open_door(look(home)) as door:
        opened = Opened(home, door)
        seen = view(opened)
        require(poll in poll_names(seen), "POLL", f"a vote of this ledger: {', '.join(poll_names(seen)) or 'it has none'}")
        tags = tags_of_key(seen.state, poll, public) if public else _tags(seen, poll, unit, tag)
        require(bool(tags), "--unit, --key, --tag", "somebody on the roll of this vote")
        looking = Looking(door, MACHINE, CUSTODIAN)
        found = own_rows(opened, poll, tags, looking)
        looking.keep()
        opened.past.close()
    require(found is not None, "POLL", "a vote whose result is certified")
    if found is None or isinstance(found, Lost):
        die(CHECK_FAILED, lost_words(found.names if found else ()))
    require(bool(found.rows), "--tag", "a head on the roll of this vote")
    _write(found, out)
    say({"poll": poll, "file": str(out), "rows": list(_told(found))}, _words(poll, found, out), json_=json_)


def _tags(seen: View, poll: str, unit: str | None, tag: str | None) -> tuple[bytes, ...]:
    if tag is not None:
        return (bytes.fromhex(tag),)
    found = tag_of_unit(seen, poll, unit or "")
    if isinstance(found, Lost):
        die(CHECK_FAILED, lost_words(found.names))
    return (found,) if found else ()


def lost_words(names: tuple[str, ...]) -> str:
    """Why nobody's rows can be given any more."""
    return (f"✗ 不能再给出计票明细：结果所计的密封内容有 {len(names)} 项已删除或遗失（{', '.join(names[:3])}）。此前给出的文件仍然有效。"
            f"The rows cannot be given any more: sealed values that the result counted were erased or lost ({len(names)}: "
            f"{', '.join(names[:3])}). Files handed out before stay good.")  # fmt: skip


def _write(found: Own, out: Path) -> None:
    leave(out, f"{json.dumps(found.document(), indent=1)}\n".encode())


def _told(found: Own) -> Iterator[dict[str, Any]]:
    for own, row in zip(found.rows, found.told, strict=True):
        zh, en = counted_words(row.counted_as, row.area)
        yield {"index": own.index, "item": row.item, "counted_as": row.counted_as, "area": row.area, "zh": zh, "en": en}


def _words(poll: str, found: Own, out: Path) -> Iterator[str]:
    yield f"✓ {poll} 的计票明细 rows of the result: {out} （含本人的选择，只交给本人 it says how she voted: for her alone）"
    yield from (f"  ▸ {row['item']}：{row['zh']} · {row['en']}" for row in _told(found))
    yield f"  核对 check it： liuchi verify {out} --policy policy.txt"
