"""`liuchi paper`: numbered forms to print, and what people marked on them, typed by two persons who do not see each other's work.

    liuchi paper forms   --ledger 440307-001 --poll 2026-lifts --url https://ledger.example.org --out forms.html
    liuchi paper record  typed.csv  --ledger 440307-001 --poll 2026-lifts --key clerk.key
    liuchi paper key     again.csv  --ledger 440307-001 --poll 2026-lifts --key counter.key
    liuchi paper correct mended.csv --page 302 --reason "…" --ledger 440307-001 --poll 2026-lifts --key clerk.key
    liuchi paper key     --page 305 --ledger 440307-001 --poll 2026-lifts --key counter.key     # a correction without rows

typed.csv is described in `scripts/marks.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.acts import MAX_ROWS
from domain.confirmations import Pending
from domain.errors import Refused
from domain.fields import FORM
from domain.lifecycle import UNOPENED, Openings, Read, Thing
from domain.polls import Poll, decided_by
from domain.readers import CUSTODIAN, MACHINE
from domain.roll import Roll
from keys.identity import SigningKey
from ledger.door import Ledger
from ledger.showing import Looking
from ledger.stubs import code_of, subject_of
from projections.texts import texts_at
from scripts.act import Order, leaf_named, submission
from scripts.desk import Here, Receipt
from scripts.document import document_in
from scripts.files import leave
from scripts.forms import Typed, number_order, page_rows
from scripts.homes import home_at, open_door, unlock
from scripts.keying import CORRECTION, Done, Failed, correction_of, forms_on, key_page, unkeyed_pages, whole_pages
from scripts.marks import read_forms
from scripts.printing import Sheet, forms_html
from scripts.shell import (
    CHECK_FAILED,
    UNAVAILABLE,
    Data,
    Json,
    Outside,
    Store,
    end_refused,
    fits,
    insist,
    natural,
    open_key,
    require,
    require_new,
    say,
)
from scripts.waiting import keying_of, keying_words
from tlog.merkle import leaf_hash

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
Csv = Annotated[Path, typer.Argument(metavar="FILE.csv", help="票号 or form, then a column for each item")]
Code = Annotated[str, typer.Option("--ledger", metavar="CODE", help="the ledger's code, such as 440307-001")]
Vote = Annotated[str, typer.Option("--poll", metavar="ID", help="the vote")]
Key = Annotated[Path, typer.Option(metavar="KEYFILE", help="the key that signs")]
HERE: Final = Path("liuchi-data")
CERTIFIED: Final = (
    "结果已核定，不能再印发、录入或更正表决票。",
    "The result of this vote is certified: forms are neither printed nor recorded any more.",
)
NO_FORM: Final = ("文件里没有一张票，只有表头。", "The file has no form, only a header.")
CHUNK: Final = 500  # entries that are read at a time


@app.callback()
def paper() -> None:
    """Print numbered forms; record pages of them, key them again blind, correct them."""


# --- forms to print -------------------------------------------------------------------------------------------------------------


@app.command(short_help="Write the numbered forms and their stubs, to print.")
def forms(
    ledger: Code, poll: Vote,
    url: Annotated[str, typer.Option(metavar="URL", help="where the ledger is served; the QR codes lead there")],
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="the sheets, ready to print")],
    only: Annotated[str | None, typer.Option(metavar="412,413-2", help="these numbers only; -2 is a form in place of a lost one")] = None,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Write the vote's numbered forms and stubs as one page to print; each stub bears a code that only its holder has."""
    require(url.startswith(("http://", "https://")), "--url", "an address that begins with http:// or https://")
    require_new(out, "--out")
    home = home_at(data, ledger, store, anchor)
    with open_door(unlock(home)) as door:
        numbers = _numbers(door.fold.state, _pinned(door, poll), only)
        looking = Looking(door, MACHINE, CUSTODIAN)
        page = printed(door, door.fold.state, home.code, poll, url, numbers, looking)
        looking.keep()
    leave(out, page.encode())
    say({"forms": len(numbers), "file": str(out)}, [
        f"✓ {len(numbers)} 张表决票 forms: {out}",
        "  存根上的查询码只给业主本人；打印后请销毁这个文件。Each stub's code is its owner's alone: destroy the file when it is printed.",
    ], json_=json_)  # fmt: skip


def printed(door: Ledger, read: Read, code: str, poll: str, url: str, numbers: Sequence[str], openings: Openings) -> str:
    """The sheets of these forms in the order of delivery; `url` is where the ledger is served, `read` a state that has the vote."""
    name = texts_at(door, 0).get("name") or {"zh": code, "en": code}
    sheets = sorted((_sheet(door, read, poll, form, openings) for form in numbers), key=delivery)
    notice = {**_notice(door, read["poll", poll]), "warning": _warning(door, read, poll)}
    return forms_html(name, f"{url.rstrip('/')}/c/{code}/polls/{poll}", notice, sheets)


def stub_code(door: Ledger, poll: str, form: str) -> str:
    """The code on a form's stub."""
    return code_of(door.vault.keys.lasting(subject_of(poll)), poll, form)


def _numbers(read: Read, pinned: Poll, only: str | None) -> list[str]:
    """The numbers that were asked for, or all."""
    heads = len(read["roll", pinned.roll].tags)
    if only is None:
        return [str(place) for place in range(1, heads + 1)]
    numbers = [one.strip() for one in only.split(",")]
    known = all(fits(FORM, one) and int(one.partition("-")[0]) <= heads for one in numbers)
    require(known, "--only", f"numbers of forms from 1 to {heads}, such as 412,413-2")
    return numbers


def _sheet(door: Ledger, read: Read, poll: str, form: str, openings: Openings) -> Sheet:
    roll: Roll = read["roll", read["poll", poll].roll]
    tag, page = roll.tags[int(form.partition("-")[0]) - 1]
    row = openings(page, f"row/{tag.hex()}")
    homes = sorted(zip(row["building"], row["units"], strict=True), key=_home) if row is not UNOPENED else []
    items = tuple(item.id for item in decided_by(read, read["poll", poll], tag))
    return Sheet(form, homes[0][0] if homes else "", tuple(unit for _, unit in homes), stub_code(door, poll, form), items)


def delivery(sheet: Sheet) -> tuple[Any, ...]:
    """By building and door, as forms are handed out; those of nobody known last, by number."""
    home = _home((sheet.building, sheet.units[0])) if sheet.units else ()
    return (not home, home, number_order(sheet.form))


def _home(home: tuple[str, str]) -> tuple[Any, ...]:
    """Building and unit as people put them in order."""
    return tuple(map(natural, home))


def _notice(door: Ledger, pinned: Poll) -> Mapping[str, Any]:
    return {
        "ballots": pinned.ballots,
        "closes": pinned.closes,
        "items": [item.id for item in pinned.items],
        "texts": _texts_of(door, pinned.notice),
    }


def _warning(door: Ledger, read: Read, poll: str) -> str | None:
    """What owners were told of silence, which every form repeats (R-BAL-3)."""
    told: Thing | None = read.get(("warned", poll))
    return _texts_of(door, told.leaf).get("warning") if told else None


def _texts_of(door: Ledger, leaf: bytes) -> Mapping[str, Any]:
    """The public texts of the entry with this leaf."""
    starts = range(0, door.fold.head.size, CHUNK)
    entries = chain.from_iterable(door.shelf.entries(start, CHUNK) for start in starts)
    return texts_at(door, next(index for index, entry in enumerate(entries) if leaf_hash(entry) == leaf))


def _pinned(door: Ledger, poll: str) -> Poll:
    """The vote, if paper belongs to it and it has no certified result."""
    state = door.fold.state
    insist(not {("result", poll), ("outcome", poll)} & state.keys(), "--poll", *CERTIFIED)
    pinned: Poll | None = state.get(("poll", poll))
    names = [name for kind, name in state if kind == "poll" and "paper" in state["poll", name].channels]
    require(
        pinned is not None and "paper" in pinned.channels,
        "--poll",
        "a vote whose notice offers paper: " + (", ".join(names) or "none"),
    )
    assert pinned is not None
    return pinned


# --- what was typed -------------------------------------------------------------------------------------------------------------


@app.command(short_help="Record what was typed from the forms, in pages.")
def record(
    file: Csv, ledger: Code, poll: Vote, key: Key,
    scan: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="scanned forms, for supervisors alone; repeatable")] = None,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Record the forms of a file in pages of at most 100; they count when somebody else has keyed them again."""
    scans = [document_in(one, None, "--scan", "--scan") for one in scan or []]
    home, signing = home_at(data, ledger, store, anchor), open_key(key)
    with open_door(unlock(home)) as door:
        typed = list(_typed(door, poll, file).items())
        insist(bool(typed), "FILE.csv", *NO_FORM)
        require(
            not scans or max(len(typed), len(scans)) <= MAX_ROWS,
            "--scan",
            f"one page: at most {MAX_ROWS} forms and as many scans",
        )
        sealed = {"scan": tuple((door.documents.put(raw), len(raw), kind) for raw, kind in scans)} if scans else {}
        desk, receipts = Here(door), list[Receipt]()
        for start in range(0, len(typed), MAX_ROWS):
            rows, openings = page_rows(door.fold.state, poll, dict(typed[start : start + MAX_ROWS]))
            order = Order("paper-page/1", {"poll": poll, "page": _fresh_page(door, poll), "rows": rows}, {**openings, **sealed})
            receipts.append(_handed_in(desk, order, signing, json_=json_, instead=_so_far(receipts)))
    say(receipts, _recorded(receipts, len(typed)), json_=json_)


@app.command("key", short_help="Key waiting pages again, blind.")
def key_again(
    ledger: Code, poll: Vote, key: Key,
    file: Annotated[Path | None, typer.Argument(metavar="FILE.csv", help="the forms of the pages; none for one without rows")] = None,
    page: Annotated[str | None, typer.Option(metavar="INDEX", help="only this page, or correction")] = None,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Key the forms of every waiting page again, from a file that somebody of another organisation typed without seeing the first."""
    insist(file is not None or page is not None, "FILE.csv", "请给出文件，或用 --page 指明没有票可录的更正。",
           "Name a file, or with --page a correction that has no rows.")  # fmt: skip
    home, signing = home_at(data, ledger, store, anchor), open_key(key)
    with open_door(unlock(home)) as door:
        typed = _typed(door, poll, file)
        waits = _asked(door, poll, typed, page)
        tried = [key_page(Here(door), poll, one, typed, signing) for one in waits]
    done, failed = [one for one in tried if isinstance(one, Done)], [one for one in tried if isinstance(one, Failed)]
    if done or json_:
        say(
            {"recorded": [one.document() for one in done], "refused": [one.document() for one in failed]},
            _keyed_words(done),
            json_=json_,
        )
    if not json_:
        typer.echo("".join(f"{line}\n" for one in failed for line in one.words(ledger)), err=True, nl=False)
    if failed:
        raise typer.Exit(UNAVAILABLE if any(one.out_of_reach for one in failed) else CHECK_FAILED)


@app.command(short_help="Correct or take out what was recorded wrongly.")
def correct(
    ledger: Code, poll: Vote, key: Key,
    page: Annotated[str, typer.Option(metavar="INDEX", help="the page, or the correction, that was recorded wrongly")],
    reason: Annotated[str, typer.Option(help="why, for everybody to read")],
    file: Annotated[Path | None, typer.Argument(metavar="FILE.csv", help="what the forms say; none if they are only taken out")] = None,
    remove: Annotated[str | None, typer.Option(metavar="412,413", help="forms on that page that never were")] = None,
    observed: Annotated[bool, typer.Option("--observed", help="an observer stands by and will confirm: needed after closing")] = False,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Correct forms that were recorded wrongly; both versions stay visible, and the correction is keyed again like a page."""
    home, signing = home_at(data, ledger, store, anchor), open_key(key)
    with open_door(unlock(home)) as door:
        typed = _typed(door, poll, file)
        gone = [one.strip() for one in remove.split(",")] if remove else []
        require(all(fits(FORM, one) for one in gone), "--remove", "numbers of forms, such as 412,413")
        require(bool(typed or gone), "FILE.csv", "a file of forms, or --remove")
        forms_ = tuple(sorted({*typed, *gone}))
        _require_uncorrected(door, poll, forms_, ledger)
        rows, openings = page_rows(door.fold.state, poll, typed)
        body = {"forms": forms_, "poll": poll, "observed": observed, "page": _fresh_page(door, poll), "rows": rows}
        order = Order(CORRECTION, body, {"reason": reason, **openings}, leaf_named(Here(door), page, "--page"))
        receipt = _handed_in(Here(door), order, signing, json_=json_)
        keying = keying_of(door.fold.state["pending", bytes.fromhex(receipt["leaf"])])
    say(receipt, _corrected_words(receipt, keying, ledger), json_=json_)


def _typed(door: Ledger, poll: str, file: Path | None) -> dict[str, dict[str, str]]:
    """What a file says of forms that were issued. Raises Mistyped before anything is recorded."""
    pinned = _pinned(door, poll)
    heads = len(door.fold.state["roll", pinned.roll].tags)
    return read_forms(file, [item.id for item in pinned.items], heads) if file else {}


def _fresh_page(door: Ledger, poll: str) -> str:
    """A page's id that nothing bears yet: the vote's and a number."""
    taken = door.fold.state
    return next(name for n in range(1, 10**6) if ("paper-page", name := f"{poll[:56]}-{n}") not in taken)


def _asked(door: Ledger, poll: str, typed: Typed, page: str | None) -> list[Pending]:
    """The waiting pages that are to be keyed: the one that was named, or those whose forms the file has."""
    waits = unkeyed_pages(door, poll)
    insist(bool(waits), "--poll", "本次表决没有等待复录的页。", "No page of this vote waits to be keyed again.")
    if page is not None:
        return [_page_named(door, waits, typed, page)]
    insist(bool(typed), "FILE.csv", *NO_FORM)
    whole = whole_pages(waits, typed)
    strangers = typed.keys() - {form for one in whole for form in forms_on(one)}
    said = "、".join(sorted(strangers, key=number_order))
    insist(not strangers, "FILE.csv",
           f"这些票所在的页没有等待复录，或者不是整页都在文件中：{said}{_lacking(waits, typed)}。",
           f"No page waits that has these forms and is in the file as a whole: {said}")  # fmt: skip
    return whole


def _page_named(door: Ledger, waits: Sequence[Pending], typed: Typed, page: str) -> Pending:
    leaf = leaf_named(Here(door), page, "--page")
    one = next((one for one in waits if one.act.leaf == leaf), None)
    indexes = "、".join(str(one.index) for one in waits)
    insist(
        one is not None,
        "--page",
        f"这一条不是等待复录的页；等待的是 {indexes}。",
        f"Pages that wait to be keyed again: {indexes}",
    )
    assert one is not None
    unlike = "、".join(sorted({*forms_on(one)} ^ typed.keys(), key=number_order))
    insist(
        not unlike,
        "FILE.csv",
        f"文件须恰好是这一页的票；不同的是 {unlike}。",
        f"Exactly the forms of this page; not so: {unlike}",
    )
    return one


def _lacking(waits: Sequence[Pending], typed: Typed) -> str:
    """The forms that the file lacks of pages that it has in part."""
    lacks = [
        (one.index, [form for form in forms_on(one) if form not in typed]) for one in waits if typed.keys() & {*forms_on(one)}
    ]
    return "".join(f"；第{index}条还有 entry {index} has also {'、'.join(forms_)}" for index, forms_ in lacks if forms_)


def _require_uncorrected(door: Ledger, poll: str, forms_: Sequence[str], code: str) -> None:
    """A usage error where a correction of one of these forms waits already: of two only one could ever be completed."""
    if (found := correction_of(door, poll, forms_)) is not None:
        one, same = found[0].index, "、".join(found[1])
        words = f"第{one}条更正已在等待复录，其中有表决票 {same}；请先复录，或者撤回它。"
        more = f"Correction {one} waits already and names {same}: have it keyed again, or withdraw it first:"
        insist(False, "FILE.csv", words, more, f"liuchi act --decline {one} --reason withdrawn --key … --ledger {code}")


def _handed_in(desk: Here, order: Order, signing: SigningKey, *, json_: bool, instead: str = "") -> Receipt:
    try:
        return desk.submit(submission(desk, order, signing))
    except Refused as why:
        end_refused(why, json_=json_, instead=instead)


def _so_far(receipts: Sequence[Receipt]) -> str:
    """Which pages of a file stand when a later one is refused."""
    if not receipts:
        return ""
    return f"  在此之前已录入 recorded before it: {_indexes(receipts)}；请从文件中删去这些票 take their forms out of the file"


def _indexes(receipts: Sequence[Receipt]) -> str:
    return "、".join(f"第{one['index']}条" for one in receipts)


def _recorded(receipts: Sequence[Receipt], forms_: int) -> Iterator[str]:
    indexes = _indexes(receipts)
    yield f"✓ {forms_} 张票已录入 forms recorded: {indexes}"
    yield "  尚未计入：须由另一单位的人不看这份录入再录一遍 not counted until somebody of another organisation has keyed them again blind"


def _keyed_words(done: Sequence[Done]) -> Iterator[str]:
    yield f"✓ 复录了 {len(done)} 页 pages keyed again: {'、'.join(f'第{one.page}条' for one in done)}"
    yield from (line for one in done for line in one.words())
    if any(one.unclear or one.missing for one in done):
        yield "  请对照原票；录错的用 liuchi paper correct 更正 look these forms up, and correct what was recorded wrongly"


def _corrected_words(receipt: Receipt, keying: str, code: str) -> Iterator[str]:
    yield f"✓ 更正已登记 correction recorded: 第{receipt['index']}条"
    yield "  尚未生效：须由另一单位的人再录一遍 not in force until somebody of another organisation has keyed it again"
    yield from (f"  {line}" for line in keying_words(keying, code))
