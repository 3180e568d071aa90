"""`liuchi export`: a ledger's public copy as static files, and the openings that are handed to those who check it.

    liuchi export 440307-001 --mirror public/440307-001
    liuchi export 440307-001 --roll 2026-08 roll-2026-08.pack --openings all.openings

The formats are in docs/spec/mirror.md. No passphrase is needed: nothing is signed. Packs hold personal data (mode 0600).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.door import Ledger
from ledger.home import Home
from ledger.mirror import MirrorForked, MirrorRefused, export_openings, export_roll, write_mirror
from scripts.homes import home_at, look, open_door
from scripts.shell import CHECK_FAILED, Blocked, Data, Json, Outside, Store, die, require, say
from tlog.codec import unpack
from tlog.errors import Malformed

Written = dict[str, Any]


def export_command(
    code: Annotated[str, typer.Argument(metavar="CODE", help="the ledger's code, such as 440307-001")],
    mirror: Annotated[Path | None, typer.Option(metavar="DIR", help="write the public copy here")] = None,
    roll: Annotated[tuple[str, Path] | None, typer.Option(metavar="SNAPSHOT PACK", help="write a roll's opened rows")] = None,
    openings: Annotated[Path | None, typer.Option(metavar="FILE", help="write every opening an auditor may be handed")] = None,
    data: Data = Path("liuchi-data"),
    store: Store = None,
    anchor: Outside = None,
    json_: Json = False,
) -> None:
    """Write a ledger's public copy (C2SP tlog-tiles), or openings for an auditor."""
    require(bool(mirror or roll or openings), "--mirror", "a folder, or --roll, or --openings")
    home = home_at(data, code, store, anchor)
    for path in (roll[1] if roll else None, openings):
        _require_pack(path)
    done: Written = {"code": code, "origin": home.origin}
    with open_door(look(home)) as door:
        if mirror is not None:
            done |= _mirror(door, home, mirror)
        if roll is not None:
            known = [ident for subject, ident in door.fold.state if subject in ("roll", "roll-pages")]
            require(roll[0] in known, "--roll", f"a snapshot of this ledger: {', '.join(known) or 'it has none'}")
            done |= _pack("roll", roll[1], lambda path: export_roll(door, roll[0], path))
        if openings is not None:
            done |= _pack("openings", openings, lambda path: export_openings(door, path))
    say(done, _words(done), json_=json_)


def _words(done: Written) -> Iterator[str]:
    if "mirror" in done:
        yield f"✓ 公开副本 public copy: {done['mirror']} · {done['size']} 条 entries · root {done['root']}"
        yield f"  核对 check it： liuchi audit {done['mirror']}"
    for name, zh, en in (("roll", "名册明细", "roll pack"), ("openings", "开示文件", "openings")):
        if name in done:
            yield f"✓ {zh} {en}: {done[name]} （含个人信息，只交给有权核对的人 personal data: only for those who may check it）"


def _mirror(door: Ledger, home: Home, folder: Path) -> Written:
    try:
        head = write_mirror(door, home, folder)
    except MirrorRefused as why:
        raise typer.BadParameter(str(why), param_hint="--mirror") from why
    except MirrorForked as why:
        die(CHECK_FAILED, f"✗ 两份历史 two histories: {why}")
    except OSError as why:
        raise Blocked(f"{folder} cannot be written: {why}") from why
    return {"mirror": str(folder), "size": head.size, "root": head.root.hex()}


def _require_pack(path: Path | None) -> None:
    """A path where nothing is, or an earlier pack: a slip of the keyboard must not replace another file."""
    if path is not None:
        require(path.parent.is_dir(), "--roll, --openings", f"a path in a folder that exists: {path}")
        require(not path.exists() or _is_pack(path), "--roll, --openings", f"a new path, or an earlier pack to replace: {path}")


def _is_pack(path: Path) -> bool:
    try:
        return isinstance(unpack(path.read_bytes()), dict)
    except (OSError, Malformed):
        return False


def _pack(name: str, path: Path, write: Callable[[Path], None]) -> Written:
    try:
        write(path)
    except OSError as why:
        raise Blocked(f"{path} cannot be written: {why.strerror}") from why
    return {name: str(path)}
