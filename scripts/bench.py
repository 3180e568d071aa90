"""`liuchi bench`: how fast the ledger is, as ratios to bare work that is measured in the same run (design §8, docs/performance.md).

    liuchi bench --json --only P1,P5 --quick

Nothing here is a test: a ratio that is not met is printed, never raised.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final

import typer

from domain.acts import row_key_id
from domain.ballots import ELECTRONIC, Said, mark
from domain.counting import Tally
from domain.founding import key_rows
from domain.lifecycle import Act
from domain.polls import Poll
from domain.results import Voted, recount
from domain.roll import Unit, area_of, opened_rows
from domain.state import Recorded, act_of
from keys.suites import possession_bytes, verify_statement
from ledger.home import store_of
from ledger.mirror import export_openings, write_mirror
from scripts.audit import audit
from scripts.bench_estates import FIRST, ROLL, SECOND, Days, Estate, admit, plant, standing
from scripts.reference import Signed, saved, verified, verified_by_all
from scripts.shell import Json, require, say
from scripts.sources import source
from tlog.checkpoint import Checkpoint
from tlog.entry import Entry, signed_bytes
from tlog.merkle import TILE_WIDTH
from tlog.tile import bundle_reader, tile_path

DSN: Final = "LIUCHI_PG_DSN"
CORES: Final = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Part:
    """One ratio: a value, what it is held against, and how far it must reach (at most, or at least)."""

    name: str
    value: float
    unit: str
    reference: float
    reach: float
    at_most: bool = False

    @property
    def ratio(self) -> float:
        return self.value / self.reference

    @property
    def met(self) -> bool:
        return self.ratio <= self.reach if self.at_most else self.ratio >= self.reach

    def document(self) -> dict[str, Any]:
        return {"value": _round(self.value), "unit": self.unit, "reference": _round(self.reference),
                "ratio": round(self.ratio, 3), "reach": self.reach, "met": self.met, "at_most": self.at_most}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the bench: where it may write, how large it is, and the database for P2 if there is one."""

    folder: Path
    quick: bool
    dsn: str | None

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full


class NotMeasured(Exception):
    """What a figure needs is not there; the message says what."""


def _round(number: float) -> float:
    return round(number, 1 if number >= 10 else 6)


@contextmanager
def _timed(spent: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    spent.append(time.perf_counter() - began)


def _rates(counts: int, spent: Sequence[float]) -> float:
    return counts / median(spent)


# --- P1, P2: ballots in process -------------------------------------------------------------------------------------------------


def _admission(one: Estate, poll: str, group: int, *, sealed: bool, bare: Mapping[str, str]) -> tuple[float, float, float]:
    """Ballots, strict verifications and bare saves, each per second; taken in turns, so that all meet the same machine."""
    door, verify, save = list[float](), list[float](), list[float]()
    for voters in _groups(one.units, group):
        raws = one.ballots(poll, voters, sealed=sealed)
        signed = one.signed(raws, voters)
        with _timed(door):
            admit(one.door, raws)
        verify.append(verified(signed))
        save.append(saved(bare, SAVES) * group / SAVES)
    return _rates(group, door), _rates(group, verify), _rates(group, save)


def _groups(units: Sequence[Unit], group: int) -> Iterator[Sequence[Unit]]:
    return (units[start : start + group] for start in range(0, len(units) - group + 1, group))


SAVES: Final = 100


def _ballots(run: Run, dsn: str | None, *, sealed: bool) -> tuple[float, float, float]:
    group = run.size(1000, 50)
    with standing(run.folder, 5 * group, dsn) as one:
        one.polls("p", is_open=not sealed)
        bare = {**store_of(one.home, dsn).environment, "CREATE_TABLE": "y"}
        bare.pop("APPLICATION_RECORDER_TOPIC")
        if dsn is None:
            bare["SQLITE_DBNAME"] = str(one.home.path / "bare.sqlite")
        return _admission(one, "p", group, sealed=sealed, bare=bare)


def _p1(run: Run) -> list[Part]:
    (opened, verify, save), (sealed, again, saves) = (_ballots(run, None, sealed=sealed) for sealed in (False, True))
    return [
        Part("open ballots : one-thread strict verification", opened, "ballots/s", verify, 0.8),
        Part("open ballots : bare Application.save", opened, "ballots/s", save, 5),
        Part("sealed ballots : one-thread strict verification", sealed, "ballots/s", again, 0.6),
        Part("sealed ballots : bare Application.save", sealed, "ballots/s", saves, 5),
    ]


def _p2(run: Run) -> list[Part]:
    if run.dsn is None:
        raise NotMeasured(f"no PostgreSQL: give --store or {DSN}")
    opened, verify, save = _ballots(run, run.dsn, sealed=False)
    return [
        Part("open ballots : bare Application.save", opened, "ballots/s", save, 8),
        Part("open ballots : one-thread strict verification", opened, "ballots/s", verify, 0),
    ]


# --- P4: the audit --------------------------------------------------------------------------------------------------------------


def _p4(run: Run) -> list[Part]:
    with standing(run.folder, run.size(5000, 100)) as one:
        _vote(one, "p")
        mirror, openings = run.folder / "mirror", run.folder / "openings"
        write_mirror(one.door, one.home, mirror)
        export_openings(one.door, openings)
        entries = [Entry.parse(raw) for raw in one.door.shelf.entries(0, one.door.fold.head.size)]
        keys = {who.key.id: who.key.public for who in one.play.people.values()}
        acts = [act_of(raw.raw()).act for raw in entries]
        signed = [(keys[act.by], signed_bytes(raw.statement), raw.signature) for act, raw in zip(acts, entries, strict=True)]
        proofs = list(chain.from_iterable(map(_possessions, acts)))
    spent = list[float]()
    with _timed(spent):
        report = audit(source(str(mirror)), None, {str(openings): openings.read_bytes()}, CORES)
    if report.verdict != "ok":
        raise RuntimeError(f"the audit of the bench's own ledger says {report.verdict}")
    few, many = run.size(10, 2), run.size(100, 6)
    small, large = _state_sizes(run, few, many)
    everything = [*signed, *proofs]
    return [
        Part("entries audited : strict verification on all cores", len(entries) / spent[0], "entries/s",
             len(signed) / verified_by_all(signed), 0.6),
        Part("signatures audited, proofs of possession among them : the same", len(everything) / spent[0], "signatures/s",
             len(everything) / verified_by_all(everything), 0.6),
        Part(f"state after {many} final polls : after {few}", large, "bytes", small, 1.1, at_most=True),
    ]  # fmt: skip


def _possessions(act: Act) -> list[Signed]:
    """What a key row's holder signed when the key was made."""
    return [(row["public"], possession_bytes(act.ledger, row["person"], row_key_id(row)), row["possession"])
            for row in key_rows(act)]  # fmt: skip


def _vote(one: Estate, *names: str, days: Days = FIRST) -> None:
    """Votes in which every head votes, closed and certified."""
    one.polls(*names, days=days)
    for name in names:
        admit(one.door, one.ballots(name, one.units, days=days))
    one.settle(*names, days=days)


def _state_sizes(run: Run, few: int, many: int) -> tuple[int, int]:
    """The state's bytes (pickled) after few and after many votes of all heads, all announced and past their objections."""
    sizes = []
    names = [f"p-{number}" for number in range(many)]
    with standing(run.folder, run.size(300, 40)) as one:
        for days, some in ((FIRST, names[:few]), (SECOND, names[few:])):
            _vote(one, *some, days=days)
            one.outlive(*some, days=days)
            sizes.append(len(pickle.dumps(one.door.fold.state)))
    return sizes[0], sizes[1]


# --- P5: a long log -------------------------------------------------------------------------------------------------------------


def _p5(run: Run) -> list[Part]:
    short, long = run.size(10_000, 1_000), run.size(1_000_000, 10_000)
    rounds, group = run.size(40, 3), 100
    with ExitStack() as stack:
        logs = [(stack.enter_context(standing(run.folder, group)), list[float]()) for _ in (short, long)]
        for (one, _), size in zip(logs, (short, long), strict=True):
            one.polls("p", is_open=True)
            plant(one, size)
        for _ in range(rounds):
            for one, spent in logs:  # in turns: the machine's moods meet both
                raws = one.ballots("p", one.units)
                with _timed(spent):
                    admit(one.door, raws)
        (_, near), (_, far) = logs
    return [Part(f"append of {group} at {long} entries : at {short}", median(far), "s", median(near), 1.2, at_most=True)]


# --- P6: the recount ------------------------------------------------------------------------------------------------------------


def _p6(run: Run) -> list[Part]:
    with standing(run.folder, run.size(5000, 200)) as one:
        _vote(one, "p")
        mirror = run.folder / "recount"
        head = write_mirror(one.door, one.home, mirror)
        state = one.door.fold.state
        areas = {tag: area_of(row) for tag, row in _rows(one).items()}
        certified = state["result", "p"].items["use"]
    spent = list[float]()
    with _timed(spent):
        count, signed = _recounted(mirror, head, state["poll", "p"], areas)
    if (count.agree.area, count.agree.heads) != (certified["agree"]["area"], certified["agree"]["heads"]):
        raise RuntimeError("the recount of the bench's own vote differs from its certified result")
    return [
        Part("recount : bare verification of its signatures", spent[0], "s", verified(signed), 3, at_most=True),
        Part("recount : one second", spent[0], "s", 1, 1, at_most=True),
    ]


def _rows(one: Estate) -> Mapping[bytes, Mapping[str, Any]]:
    rows = opened_rows(one.door.fold.state["roll", ROLL].tags, one.door.opening)
    assert isinstance(rows, dict)
    return rows


def _recounted(mirror: Path, head: Checkpoint, poll: Poll, areas: Mapping[bytes, int]) -> tuple[Tally, list[Signed]]:
    """One item's tally from a mirror's bundles: each proved under the root, keys as the log admits them, every signature checked."""
    files = source(str(mirror))
    bundles = bundle_reader(lambda *tile: files.read(tile_path(*tile)) or b"", head.size, head.root)
    keys, ballots, cast = dict[bytes, bytes](), dict[bytes, Act](), list[tuple[bytes, Recorded]]()
    for entry in chain.from_iterable(bundles(number) for number in range(-(-poll.size // TILE_WIDTH))):
        read = act_of(entry)
        if read.act.kind == "keys-admitted/1":
            keys |= {row_key_id(row): row["public"] for row in read.act.body["rows"]}
        elif read.act.kind == "ballot-cast/1":
            cast.append((keys[read.act.by], read))
            ballots[read.act.body["tag"]] = read.act
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(_check, [cast[start : start + TILE_WIDTH] for start in range(0, len(cast), TILE_WIDTH)]))
    box = tuple(_voted_row(tag, area, ballots.get(tag)) for tag, area in areas.items())
    return recount(box, poll, "use").tally, [(key, signed_bytes(read.statement), read.signature) for key, read in cast]


def _check(cast: Sequence[tuple[bytes, Recorded]]) -> None:
    for key, read in cast:
        verify_statement(read.suite, key, read.statement, read.signature)


def _voted_row(tag: bytes, area: int, act: Act | None) -> Voted:
    choices = act.body["choices"] if act else {}
    said = (Said(act.leaf, ELECTRONIC, 0, tuple(choices), choices),) if act else ()
    return Voted(tag, area, {"use": mark(said, "use")})


# --- the command ----------------------------------------------------------------------------------------------------------------


FIGURES: Final[Mapping[str, tuple[str, Callable[[Run], list[Part]]]]] = {
    "P1": ("admitted ballots in process, SQLite", _p1),
    "P2": ("admitted ballots in process, PostgreSQL", _p2),
    "P4": ("audit on all cores; the state after many votes", _p4),
    "P5": ("an append to a long log", _p5),
    "P6": ("recount from tiles", _p6),
}


def measured(name: str, run: Run) -> dict[str, Any]:
    """One figure: its headline is its first part, met when all parts are."""
    try:
        parts = FIGURES[name][1](run)
    except NotMeasured as why:
        return {**dict.fromkeys(("value", "unit", "reference", "ratio", "reach", "met")), "why": str(why), "parts": []}
    return {**parts[0].document(), "met": all(part.met for part in parts), "quick": run.quick,
            "parts": [{"name": part.name, **part.document()} for part in parts]}  # fmt: skip


def _lines(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name}  {FIGURES[name][0]}" + (f": not measured, {found['why']}" if "why" in found else "")
    for part in found["parts"]:
        sign, bound = "✓" if part["met"] else "✗", "≤" if part["at_most"] else "≥"
        yield (f"  {sign} {part['name']}: {part['value']} {part['unit']} : {part['reference']} = {part['ratio']}, "
               f"to reach {bound} {part['reach']}")  # fmt: skip


def bench_command(
    only: Annotated[str | None, typer.Option(metavar="P1,P5", help="these figures only")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="smaller sizes: shows that it runs, says little")] = False,
    dsn: Annotated[
        str | None,
        typer.Option(
            "--store", "--dsn", envvar=DSN, metavar="DSN", help="PostgreSQL for P2; a schema is made there and dropped"
        ),
    ] = None,
    folder: Annotated[Path | None, typer.Option("--dir", help="the disk to measure on")] = None,
    json_: Json = False,
) -> None:
    """Measure the ledger against bare work on this machine, now."""
    names = only.split(",") if only else list(FIGURES)
    require(set(names) <= FIGURES.keys(), "--only", f"some of {','.join(FIGURES)}")
    found = {}
    for name in names:
        typer.echo(f"{name} …", err=True)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as place:
            found[name] = measured(name, Run(Path(place), quick, dsn))
    say(found, chain.from_iterable(_lines(*one) for one in found.items()), json_=json_)
