"""What the verbs share: exit codes, files read strictly, passphrases, and how a refusal is said.

Nothing here opens a ledger, so that the offline verifier may use it too; `scripts/homes.py` does that.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from domain.calendar import SHANGHAI
from domain.errors import Refused
from domain.fields import Field, Misfit
from keys.custody import FORMAT, read_key
from keys.identity import SigningKey
from keys.suites import ED25519
from tlog.entry import key_id

OK, CHECK_FAILED, USAGE, UNREADABLE, UNAVAILABLE = range(5)
PASSPHRASE: Final = "LIUCHI_PASSPHRASE"  # noqa: S105  # the variable's name
LOG_PASSPHRASE: Final = "LIUCHI_LOG_PASSPHRASE"  # noqa: S105
STORE: Final = "LIUCHI_STORE"
ANCHOR: Final = "LIUCHI_ANCHOR"
DEMO_PASSPHRASE: Final = "demo.passphrase"  # noqa: S105  # the file's name

Data = Annotated[Path, typer.Option(envvar="LIUCHI_DATA", help="folder of the ledgers on this machine")]
Store = Annotated[
    str | None, typer.Option(envvar=STORE, metavar="DSN", help="the PostgreSQL database, for ledgers that lie in one")
]
Outside = Annotated[
    str | None,
    typer.Option("--anchor", envvar=ANCHOR, metavar="FILE|FOLDER|DSN",
                 help="the outside checkpoint, where it does not lie beside the data folder"),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="print one JSON object")]


class Unfit(Exception):  # named for the fact, as refusals are
    """A file does not say what it must; the text is one line naming file, place and what was expected."""

    def __init__(self, file: Path | str, place: str, expected: str) -> None:
        super().__init__(str(file), place, expected)
        self.file, self.place, self.expected = str(file), place, expected

    def __str__(self) -> str:
        return printable(f"{self.file}, {self.place}: expected {self.expected}")


class Blocked(Exception):
    """A store or a server cannot be used now; the text is one line that says which and why."""

    def __str__(self) -> str:
        return printable(super().__str__())


def printable(text: str) -> str:
    """The text in one line, whatever was in it."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def moment_words(ms: int) -> str:
    """Unix ms as a minute in Shanghai; a number that no calendar holds, as it is."""
    try:
        return datetime.fromtimestamp(ms // 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms"


def metres(area: int) -> str:
    """An area of 0.01 m² in m²."""
    return f"{area // 100}.{area % 100:02d}"


def natural(name: str) -> list[tuple[int, str]]:
    """A name with its numbers as numbers: 2-9 comes before 2-10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]+)", name)]


def require(held: bool, option: str, expected: str) -> None:
    """A usage error (exit 2) that names the option and what it must be."""
    if not held:
        raise typer.BadParameter(printable(f"expected {expected}"), param_hint=option)


def insist(held: bool, option: str, *words: str) -> None:
    """A usage error in sentences of its own, Chinese first."""
    if not held:
        raise typer.BadParameter(printable(" ".join(words)), param_hint=option)


def die(code: int, words: str) -> NoReturn:
    """End with one line on standard error."""
    typer.echo(printable(words), err=True)
    raise typer.Exit(code)


def say(document: Any, words: str | Iterable[str], *, json_: bool) -> None:
    """What a verb found: for programs with --json, for people without."""
    lines = words if isinstance(words, str) else "\n".join(words)
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1) if json_ else lines)


# --- refusals -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal as it is said: what happened and what to do, by language."""

    code: str
    rule: str
    status: int
    detail: Mapping[str, str]
    remedy: Mapping[str, str]

    @classmethod
    def of(cls, why: Refused) -> Problem:
        """The refusal in both languages."""
        detail, remedy = ({lang: say(lang) for lang in ("zh", "en")} for say in (why.sentence, why.remedy))
        return cls(why.code, why.rule, why.row.status, detail, remedy)

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {"code": self.code, "rule": self.rule, "detail": dict(self.detail), "remedy": dict(self.remedy)}

    def words(self) -> str:
        """Sentence and remedy, a line for each language."""
        lines = [f"  {sentence} {self.remedy.get(lang, '')}".rstrip() for lang, sentence in self.detail.items()]
        return "\n".join([f"✗ {self.rule} · {self.code}", *lines])


class Denied(Exception):
    """A ledger here or elsewhere says no."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def end_refused(why: Refused | Denied, *, json_: bool, instead: str = "") -> NoReturn:
    """Say a refusal, and what to do instead, and end: exit 1, or 4 when it is the store that cannot write now."""
    problem = why.problem if isinstance(why, Denied) else Problem.of(why)
    if json_:
        say(problem.document(), "", json_=True)
    else:
        typer.echo("\n".join(filter(None, (problem.words(), instead))), err=True)
    raise typer.Exit(UNAVAILABLE if problem.status == 503 else CHECK_FAILED)


# --- files ----------------------------------------------------------------------------------------------------------------------


def read_bytes(path: Path) -> bytes:
    """A file's bytes; `-` is standard input. Raises Unfit."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as why:
        raise Unfit(path, "the whole", f"a file that can be read ({why.strerror})") from why


def read_json(path: Path) -> Any:
    """The one JSON value in a file, UTF-8, every name once. Raises Unfit."""
    raw = read_bytes(path)
    try:
        value = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate could be neither recorded nor printed
    except UnicodeDecodeError as why:
        raise Unfit(path, f"line {raw[: why.start].count(10) + 1}", "UTF-8") from why
    except json.JSONDecodeError as why:
        raise Unfit(path, f"line {why.lineno}, column {why.colno}", f"JSON ({why.msg})") from why
    except (ValueError, RecursionError) as why:
        raise Unfit(path, "the whole", f"JSON ({why})") from why
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"each name once in a map; “{max(names, key=names.count)}” stands there again")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"no {word}")


def fitting(field: Field, value: Any, file: Path | str, path: str = "") -> Any:
    """The value that a JSON spelling stands for in a field. Raises Unfit."""
    try:
        return field.from_json(value, path)
    except Misfit as why:
        raise Unfit(file, f"field {why.path}" if why.path else "the whole", why.expected) from why


def fits(field: Field, value: Any) -> bool:
    """Whether a field accepts a value."""
    try:
        field.check(value)
    except Misfit:
        return False
    return True


def require_new(path: Path, option: str) -> None:
    """A usage error unless a file can be made at this path and nothing stands there."""
    require(path.parent.is_dir() and os.access(path.parent, os.W_OK), option, f"a path in a folder that can be written: {path}")
    require(not path.exists() and not path.is_symlink(), option, f"a path where nothing is yet: {path}")


# --- keys -----------------------------------------------------------------------------------------------------------------------


def public_key(path: Path) -> tuple[str, bytes]:
    """Suite and public key that a key file names, read without its passphrase. Raises Unfit."""
    found = read_json(path)
    try:
        suite, public = found["suite"], bytes.fromhex(found["public"])
        held = (found["format"], suite, len(public)) == (FORMAT, ED25519, 32)
        held = held and found["key_id"] == key_id(suite, public).hex()
    except (TypeError, KeyError, ValueError):
        held = False
    if not held:
        raise Unfit(path, "the whole", "a key file as `liuchi keys new` writes it")
    return suite, public


def open_key(path: Path) -> SigningKey:
    """The key in a file. Raises Unfit, and custody's KeyFileRefused when file and passphrase do not fit."""
    public_key(path)  # before anybody is asked for anything
    return read_key(path, passphrase(f"{path} 的口令 / passphrase of {path}"))


def passphrase(what: str, *names: str, new: bool = False) -> str:
    """The passphrase from the first of these variables that is set (LIUCHI_PASSPHRASE last), or from the prompt, typed twice if new."""
    for name in (*names, PASSPHRASE):
        if spoken := os.environ.get(name):
            return spoken
    try:
        spoken = typer.prompt(what, hide_input=True, confirmation_prompt=new, err=True)
    except typer.Abort:
        raise typer.BadParameter(
            f"set {names[0] if names else PASSPHRASE} or type it when asked", param_hint="passphrase"
        ) from None
    return str(spoken)
