"""`liuchi backup` and `liuchi restore`: one ledger in one file, consistent while the ledger is being served.

    liuchi backup 440307-001 --to /backup/440307-001.zip
    liuchi restore /backup/440307-001.zip --data liuchi-data [--store service=liuchi]

A zip of backup.json, ledger.json, log.key (sealed with its passphrase), ledger.sqlite, documents/ as they lie there (encrypted), and
datakeys.sqlite only when asked for. A ledger in PostgreSQL is written as such a file too, so that a backup can be put back into either
store. Without its data keys: with keys and ciphertext in one file, yesterday's backup would undo today's erasure. The outside
checkpoint is never in it, and neither is `evidence/`.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.errors import Refused
from ledger.anchor import AnchorBroken
from ledger.home import POSTGRES, SQLITE, Home, HomeBroken, anchor_of, read_home, schema_of, write_home
from ledger.sqlite import SQLiteShelf
from ledger.store import StoreFailed
from scripts.homes import addresses, check_places, folder, home_at, look, open_door, placed, prepared
from scripts.shell import Blocked, Data, Json, Outside, Store, Unfit, require, require_new, say
from tlog.errors import Unsound
from tlog.merkle import EMPTY

FORMAT: Final = "liuchi/backup/v1"
MANIFEST: Final = "backup.json"
LEDGER, KEYS = "ledger.sqlite", "datakeys.sqlite"
DOCUMENTS: Final = "documents"
DOCUMENT_NAME: Final = re.compile(f"{DOCUMENTS}/[0-9a-f]{{64}}", re.ASCII)
FILES: Final = ("ledger.json", "log.key", LEDGER)
KEYS_WARNING: Final = (
    "⚠ 备份内含数据密钥：此后删除的个人信息可由它恢复，请按密钥保管并及时销毁。"
    "The data keys are in it: it can bring back what is erased later. Keep it as you keep keys, and not for long."
)
NO_OUTSIDE: Final = (
    "⚠ 没有外部检查点，不会登记：请先放回；确已遗失的，运行 liuchi migrate --new-anchor。There is no outside checkpoint here: "
    "nothing will be recorded until it is back, or, where it is lost for good, until `liuchi migrate --new-anchor`"
)
Manifest = dict[str, Any]


# --- backup ---------------------------------------------------------------------------------------------------------------------


def backup_command(
    code: Annotated[str, typer.Argument(metavar="CODE", help="the ledger's code, such as 440307-001")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="where the backup goes; nothing is there yet")],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="put the data keys in too: such a file undoes later erasures")
    ] = False,
    data: Data = Path("liuchi-data"),
    store: Store = None,
    anchor: Outside = None,
    json_: Json = False,
) -> None:
    """Write one ledger into one file, while it is served."""
    require_new(to, "--to")
    home = home_at(data, code, store, anchor)
    try:
        check_places(home)
        done = write_backup(home, to, with_keys=with_keys)
    except (OSError, sqlite3.Error, StoreFailed) as why:
        raise Blocked(f"{home.path} cannot be written to {to}: {why}") from why
    if with_keys:
        typer.echo(KEYS_WARNING, err=True)
    say(done | {"file": str(to)}, f"✓ 备份 backup: {to} · {done['size']} 条 entries · root {done['root']}", json_=json_)


def write_backup(home: Home, to: Path, *, with_keys: bool) -> Manifest:
    """One file, mode 0600, whole or not at all; what the manifest says. Raises OSError, sqlite3.Error, StoreFailed."""
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=to.parent) as place:
        ledger, keys, draft = (Path(place) / name for name in (LEDGER, KEYS, "draft.zip"))
        _copy_ledger(home, ledger)  # 1. first: every row in it has a key that was durable before it
        if with_keys:
            _copy_keys(home.path / KEYS, keys)  # 2.
        size, root, _ = SQLiteShelf(ledger).checkpoint() or (0, EMPTY, "")
        manifest = {
            "format": FORMAT,
            "code": home.code,
            "origin": home.origin,
            "size": size,
            "root": root.hex(),
            "keys": with_keys,
        }
        draft.touch(0o600)
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr(MANIFEST, json.dumps(manifest, indent=1) + "\n")
            for path in (home.path / "ledger.json", home.path / "log.key", ledger, *([keys] if with_keys else ())):
                bundle.write(path, path.name)
            for path in sorted((home.path / DOCUMENTS).glob("*")):  # 3. encrypted as they lie there
                if DOCUMENT_NAME.fullmatch(f"{DOCUMENTS}/{path.name}"):
                    with suppress(FileNotFoundError):  # erased meanwhile, or never named
                        bundle.write(path, f"{DOCUMENTS}/{path.name}", zipfile.ZIP_STORED)
        draft.replace(to)
    return manifest


def _copy_ledger(home: Home, target: Path) -> None:
    if home.dsn is None:
        _copy(home.path / LEDGER, target)
        return
    from ledger.moving import to_file  # an extra

    to_file(home.dsn, schema_of(home), target)


def _copy(source: Path, target: Path) -> None:
    """SQLite's online backup, page by page in one read transaction: writers go on, and rowids stay the places in the log."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)


def _copy_keys(source: Path, target: Path) -> None:
    """The keys that are there now, without the free pages in which destroyed ones may still stand."""
    with closing(sqlite3.connect(source, timeout=30)) as live:
        live.execute("VACUUM INTO ?", (str(target),))


# --- restore --------------------------------------------------------------------------------------------------------------------


def restore_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="what `liuchi backup` wrote")],
    data: Data = Path("liuchi-data"),
    store: Store = None,
    anchor: Outside = None,
    json_: Json = False,
) -> None:
    """Put a ledger back from its backup, replayed to its last entry; nothing that stands there is replaced."""
    whole, given = folder(data), addresses(store, anchor)
    with _opened(file) as (bundle, manifest):
        code = str(manifest["code"])
        require(not (whole / code).exists(), "--data", f"a folder without a ledger {code}")
        try:
            home = _place(bundle, manifest, whole, file, *given)
        except OSError as why:
            raise Blocked(f"{whole} cannot be written: {why}") from why
    try:
        with _loaded(home, file):
            _replay(home, manifest, file)
    except BaseException:
        shutil.rmtree(home.path)
        raise
    stands, words = _beside(home, int(manifest["size"]))
    lines = [f"✓ 已恢复 restored: {home.path} · {manifest['size']} 条 entries · root {manifest['root']}", words]
    if not manifest["keys"]:
        lines.append(
            f"  数据密钥不在备份内 the data keys were not in it: put the current {KEYS} into {home.path}, or sealed contents stay closed"
        )
    say({**manifest, "path": str(home.path), "outside": stands}, lines, json_=json_)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """The bundle and its manifest. Raises Unfit."""
    expected = f"a backup of format {FORMAT}, whole"
    try:
        with zipfile.ZipFile(file) as bundle:
            manifest = json.loads(bundle.read(MANIFEST))
            names = {MANIFEST, *FILES, *([KEYS] if manifest["keys"] else ())}
            found = {name for name in bundle.namelist() if not DOCUMENT_NAME.fullmatch(name)}
            if manifest["format"] != FORMAT or found != names or bundle.testzip() is not None:
                raise Unfit(file, "the whole", expected)
            yield bundle, manifest
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as why:
        raise Unfit(file, "the whole", f"{expected} ({why})") from why


def _place(bundle: zipfile.ZipFile, manifest: Manifest, data: Path, file: Path, store: str | None, anchor: str | None) -> Home:
    """The home under its code, whole or not at all; in which store it now lies. Raises Unfit, Blocked, OSError."""
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as place:
        draft = Path(place) / "home"
        draft.mkdir()
        for name in bundle.namelist():
            if name != MANIFEST:
                (draft / name).parent.mkdir(exist_ok=True)
                (draft / name).touch(0o600)
                with bundle.open(name) as source, (draft / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
        try:
            home = read_home(draft)
        except HomeBroken as why:
            raise Unfit(file, "ledger.json", "a ledger's description") from why
        if (home.code, home.origin) != (manifest["code"], manifest["origin"]) or home.origin.split("/")[2] != home.code:
            raise Unfit(file, "ledger.json", "the ledger that the manifest names")
        home = replace(home, store=POSTGRES if store else SQLITE)
        final = placed(replace(home, path=data / home.code), store, anchor)
        write_home(home)
        draft.rename(final.path)
    return final


@contextmanager
def _loaded(home: Home, file: Path) -> Iterator[None]:
    """The entries in the home's own store; a schema that was made for them goes again when what follows fails. Raises Unfit, Blocked."""
    if home.dsn is None:
        yield
        return
    from ledger.moving import from_file  # an extra

    try:
        with prepared(home):
            try:
                from_file(home.path / LEDGER, home.dsn, schema_of(home))
            except sqlite3.Error as why:
                raise Unfit(file, LEDGER, f"a ledger's database ({why})") from why
            yield
            for path in home.path.glob(LEDGER + "*"):  # a reader leaves its shared memory beside it
                path.unlink()
    except StoreFailed as why:
        raise Blocked(f"{home.code}: {why}") from why


def _replay(home: Home, manifest: Manifest, file: Path) -> None:
    """Every entry decided again; they must lead to the root that the backup was taken at. Raises Unfit."""
    try:
        with open_door(look(home)) as door:
            head = door.fold.head
    except (Blocked, Refused, Unsound) as why:
        raise Unfit(file, LEDGER, f"entries that can be replayed ({why})") from why
    if (head.size, head.root.hex()) != (manifest["size"], manifest["root"]):
        raise Unfit(file, LEDGER, f"{manifest['size']} entries that lead to root {manifest['root']}")
    if not manifest["keys"]:  # looking made an empty one, which must not be taken for the ledger's own
        for path in home.path.glob(KEYS + "*"):
            path.unlink()


def _beside(home: Home, size: int) -> tuple[str, str]:
    """How the restored ledger stands to the checkpoint kept outside."""
    outside = -1
    with suppress(AnchorBroken, StoreFailed), closing(anchor_of(home)) as record:
        outside, _ = record.read()
    if outside < 0:
        return "unreadable", "✗ 外部检查点无法读取，不会登记 the outside checkpoint cannot be read: nothing will be recorded"
    if outside > size:
        return "behind", (f"✗ 落后于外部检查点（{outside} 条），不会登记 behind the outside checkpoint of {outside} entries: it can "
                          "be read, and refuses to write until the missing entries are back")  # fmt: skip
    if not outside and size:
        return "none", NO_OUTSIDE
    return "holds", f"  外部检查点 outside checkpoint: {outside} 条 entries"
