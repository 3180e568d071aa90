"""`liuchi paper`: numbered forms to print, and what people marked on them, typed by two persons who do not see each other's work.

    liuchi paper forms   --ledger 440307-001 --poll 2026-lifts --url https://ledger.example.org --out forms.html
    liuchi paper record  typed.csv  --ledger 440307-001 --poll 2026-lifts --key clerk.key
    liuchi paper key     again.csv  --ledger 440307-001 --poll 2026-lifts --key counter.key
    liuchi paper correct mended.csv --page 302 --reason "…" --ledger 440307-001 --poll 2026-lifts --key clerk.key

typed.csv has a column `form` and one for each item of the notice: agree, against, abstain (同意, 反对, 弃权), nothing where the
item was left blank, or why it is set aside: unsigned, several-marked, altered … (docs/operate.md).
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
from domain.lifecycle import UNOPENED, Openings, Read
from domain.paper import forms_of, tag_of
from domain.polls import Poll
from domain.readers import CUSTODIAN, MACHINE
from domain.roll import Roll
from ledger.door import Ledger
from ledger.mirror import write_private
from ledger.showing import Looking
from ledger.stubs import code_of, subject_of
from projections.texts import texts_at
from scripts.act import Order, leaf_named, submission
from scripts.desk import Here, Receipt
from scripts.forms import Typed, page_rows
from scripts.homes import home_at, open_door, unlock
from scripts.printing import Sheet, forms_html
from scripts.shell import Blocked, Data, Json, Outside, Store, end_refused, fits, open_key, require, require_new, say
from scripts.tables import Unreadable, read_forms
from tlog.merkle import leaf_hash

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
Csv = Annotated[Path, typer.Argument(metavar="FILE.csv", help="form, then a column for each item")]
Code = Annotated[str, typer.Option("--ledger", metavar="CODE", help="the ledger's code, such as 440307-001")]
Vote = Annotated[str, typer.Option("--poll", metavar="ID", help="the vote")]
Key = Annotated[Path, typer.Option(metavar="KEYFILE", help="the key that signs")]
HERE: Final = Path("liuchi-data")
CHUNK: Final = 500  # entries that are read at a time


@app.callback()
def paper() -> None:
    """Print numbered forms; record pages of them, key them again blind, correct them."""


# --- forms to print -------------------------------------------------------------------------------------------------------------


@app.command()
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
    try:
        write_private(out, page.encode())
    except OSError as why:
        raise Blocked(f"{out} cannot be written: {why.strerror}") from why
    say({"forms": len(numbers), "file": str(out)}, [
        f"✓ {len(numbers)} 张表决票 forms: {out}",
        "  存根上的查询码只给业主本人；打印后请销毁这个文件。Each stub's code is its owner's alone: destroy the file when it is printed.",
    ], json_=json_)  # fmt: skip


def printed(door: Ledger, read: Read, code: str, poll: str, url: str, numbers: Sequence[str], openings: Openings) -> str:
    """The sheets of these forms as one page of HTML; `url` is where the ledger is served, `read` a state that has the vote."""
    name = texts_at(door, 0).get("name") or {"zh": code, "en": code}
    sheets = [_sheet(door, read, poll, form, openings) for form in numbers]
    return forms_html(name, f"{url.rstrip('/')}/c/{code}/polls/{poll}", _notice(door, read["poll", poll]), sheets)


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
    return Sheet(form, () if row is UNOPENED else tuple(row["units"]), stub_code(door, poll, form))


def _notice(door: Ledger, pinned: Poll) -> Mapping[str, Any]:
    starts = range(0, door.fold.head.size, CHUNK)
    entries = chain.from_iterable(door.shelf.entries(start, CHUNK) for start in starts)
    index = next(index for index, entry in enumerate(entries) if leaf_hash(entry) == pinned.notice)
    return {"closes": pinned.closes, "items": [item.id for item in pinned.items], "texts": texts_at(door, index)}


def _pinned(door: Ledger, poll: str) -> Poll:
    """The vote, if paper belongs to it."""
    pinned: Poll | None = door.fold.state.get(("poll", poll))
    names = [name for kind, name in door.fold.state if kind == "poll" and "paper" in door.fold.state["poll", name].channels]
    require(
        pinned is not None and "paper" in pinned.channels,
        "--poll",
        "a vote whose notice offers paper: " + (", ".join(names) or "none"),
    )
    assert pinned is not None
    return pinned


# --- what was typed -------------------------------------------------------------------------------------------------------------


@app.command()
def record(
    file: Csv,
    ledger: Code,
    poll: Vote,
    key: Key,
    data: Data = HERE,
    store: Store = None,
    anchor: Outside = None,
    json_: Json = False,
) -> None:
    """Record the forms of a file in pages of at most 100; they count when somebody else has keyed them again."""
    home, signing = home_at(data, ledger, store, anchor), open_key(key)
    with open_door(unlock(home)) as door:
        typed = list(_typed(door, poll, file).items())
        desk, receipts = Here(door), list[Receipt]()
        for start in range(0, len(typed), MAX_ROWS):
            rows, openings = page_rows(door.fold.state, poll, dict(typed[start : start + MAX_ROWS]))
            order = Order("paper-page/1", {"poll": poll, "page": _fresh_page(door, poll), "rows": rows}, openings)
            receipts.append(_handed_in(desk, order, signing, json_=json_))
    say(receipts, _recorded(receipts, len(typed)), json_=json_)


@app.command("key")
def key_again(
    file: Csv,
    ledger: Code,
    poll: Vote,
    key: Key,
    data: Data = HERE,
    store: Store = None,
    anchor: Outside = None,
    json_: Json = False,
) -> None:
    """Key the forms of every waiting page again, from a file that somebody of another organisation typed without seeing the first."""
    home, signing = home_at(data, ledger, store, anchor), open_key(key)
    with open_door(unlock(home)) as door:
        typed = _typed(door, poll, file)
        desk = Here(door)
        person = desk.person_of(signing.id)
        pages = list(_waiting_pages(door.fold.state, poll, typed))
        strangers = typed.keys() - {form for _, forms_ in pages for form in forms_}
        require(
            not strangers,
            "FILE.csv",
            "forms of pages that wait, each page whole; no such page has " + ", ".join(sorted(strangers)),
        )
        receipts = [_keyed(desk, poll, pending, {form: typed[form] for form in own}, signing, person, json_=json_)
                    for pending, own in pages]  # fmt: skip
    say(receipts, _keyed_words(receipts), json_=json_)


@app.command()
def correct(
    ledger: Code, poll: Vote, key: Key,
    page: Annotated[str, typer.Option(metavar="INDEX", help="the page, or the correction, that was recorded wrongly")],
    reason: Annotated[str, typer.Option(help="why, for everybody to read")],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.csv]", help="what the forms say; none if they are only taken out")] = None,
    remove: Annotated[str | None, typer.Option(metavar="412,413", help="forms on that page that never were")] = None,
    observed: Annotated[bool, typer.Option("--observed", help="an observer stands by and will confirm: needed after closing")] = False,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Correct forms that were recorded wrongly; both versions stay visible, and the correction is keyed again like a page."""
    home, signing = home_at(data, ledger, store, anchor), open_key(key)
    with open_door(unlock(home)) as door:
        typed = _typed(door, poll, file) if file else {}
        gone = [one.strip() for one in remove.split(",")] if remove else []
        require(all(fits(FORM, one) for one in gone), "--remove", "numbers of forms, such as 412,413")
        require(bool(typed or gone), "FILE.csv", "a file of forms, or --remove")
        rows, openings = page_rows(door.fold.state, poll, typed)
        body = {
            "forms": tuple(sorted({*typed, *gone})),
            "poll": poll,
            "observed": observed,
            "page": _fresh_page(door, poll),
            "rows": rows,
        }
        order = Order("entered-in-error/1", body, {"reason": reason, **openings}, leaf_named(Here(door), page, "--page"))
        receipt = _handed_in(Here(door), order, signing, json_=json_)
    say(receipt, _corrected_words(receipt), json_=json_)


def _typed(door: Ledger, poll: str, file: Path) -> dict[str, dict[str, str]]:
    """What a file says of forms that were issued. Raises Unreadable before anything is recorded."""
    pinned = _pinned(door, poll)
    roll: Roll = door.fold.state["roll", pinned.roll]
    typed = read_forms(file, [item.id for item in pinned.items])
    for line, form in enumerate(typed, 2):
        if tag_of(roll, form) is None:
            raise Unreadable(str(file), line, "form", f"the number of a form that was issued, 1 to {len(roll.tags)}")
    return typed


def _fresh_page(door: Ledger, poll: str) -> str:
    """A page's id that nothing bears yet: the vote's and a number."""
    taken = door.fold.state
    return next(name for n in range(1, 10**6) if ("stream", f"paper/{(name := f'{poll[:56]}-{n}')}") not in taken)


def _waiting_pages(read: Read, poll: str, typed: Typed) -> Iterator[tuple[Pending, list[str]]]:
    """The pages and corrections of a vote that wait to be keyed, with their forms, as far as the file has them all."""
    for key in list(read):
        pending = read.get(key) if key[0] == "pending" else None
        if (
            pending is None
            or pending.act.kind not in ("paper-page/1", "entered-in-error/1")
            or pending.act.body["poll"] != poll
        ):
            continue
        own = list(forms_of(pending.act.body["rows"]))
        if own and set(own) <= set(typed):
            yield pending, own


def _keyed(
    desk: Here, poll: str, pending: Pending, typed: Typed, signing: Any, person: bytes | None, *, json_: bool
) -> Receipt:
    rows, openings = page_rows(desk.door.fold.state, poll, typed)
    body = {"poll": poll, "person": person or bytes(16), "rows": rows}
    return _handed_in(desk, Order("page-keyed/1", body, openings, pending.act.leaf), signing, json_=json_)


def _handed_in(desk: Here, order: Order, signing: Any, *, json_: bool) -> Receipt:
    try:
        return desk.submit(submission(desk, order, signing))
    except Refused as why:
        end_refused(why, json_=json_)


def _recorded(receipts: Sequence[Receipt], forms_: int) -> Iterator[str]:
    indexes = "、".join(f"第{one['index']}条" for one in receipts)
    yield f"✓ {forms_} 张票已录入 forms recorded: {indexes}"
    yield "  尚未计入：须由另一单位的人不看这份录入再录一遍 not counted until somebody of another organisation has keyed them again blind"


def _keyed_words(receipts: Sequence[Receipt]) -> Iterator[str]:
    yield f"✓ 复录了 {len(receipts)} 页 pages keyed again: {'、'.join('第' + str(one['index']) + '条' for one in receipts)}"
    if not receipts:
        yield "  没有等待复录、且全部票都在文件中的页 no page waits whose forms are all in the file"


def _corrected_words(receipt: Receipt) -> Iterator[str]:
    yield f"✓ 更正已登记 correction recorded: 第{receipt['index']}条"
    yield "  尚未生效：须由另一单位的人再录一遍 not in force until somebody of another organisation has keyed it again"
