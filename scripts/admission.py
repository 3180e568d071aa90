"""Keys that came by letter, onto the log: admitted and bound in pages of a hundred, confirmed, called back, lost.

    liuchi keys admit   --snapshot 2026-08 --ledger 440307-001 --key clerk.key      # once to admit, again to bind
    liuchi keys confirm --ledger 440307-001 --key bureau.key                        # after each, by another organisation
    liuchi keys sample  letters-1 --ledger 440307-001                               # whom the supervisor rings
    liuchi keys called  letters-1 --reached all --ledger 440307-001 --key observer.key
    liuchi keys lost    --unit 2-1203 --snapshot 2026-08 --ledger 440307-001 --key bureau.key

Eleven hundred heads are eleven pages of keys and eleven of bindings: two commands of the clerk, two of the supervisor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.acts import MAX_ROWS, row_key_id
from domain.errors import Refused
from domain.fields import IDENT
from domain.keysample import called_of, sample_of
from domain.lifecycle import UNOPENED, Openings, Read
from domain.people import KeyPage
from domain.readers import CUSTODIAN, MACHINE
from keys.enrolment import fingerprint
from keys.identity import SigningKey
from ledger.door import Ledger
from ledger.door import Receipt as Recorded
from ledger.letters import Request
from ledger.showing import Looking
from scripts.act import Order, submission, verdict_on
from scripts.desk import Here, reach
from scripts.enrolling import (
    ADMITTING,
    BINDING,
    HELD_BACK,
    ODD_WORDS,
    fresh_page,
    oddities,
    owners_of,
    pending_pages,
    standing_of,
    unbound,
)
from scripts.homes import home_at, look, open_door, unlock
from scripts.letters import HERE, box_at, numbers
from scripts.shell import Data, Denied, Json, Outside, Store, end_refused, fits, insist, open_key, public_key, require, say
from tlog.codec import pack

Code = Annotated[str, typer.Option("--ledger", metavar="CODE", help="the ledger's code, such as 440307-001")]
Key = Annotated[Path, typer.Option(metavar="KEYFILE", help="the key that signs")]
Snapshot = Annotated[str, typer.Option(metavar="ID", help="the roll, frozen or not")]
Page = Annotated[str, typer.Argument(metavar="PAGE", help="the page of keys, such as letters-1")]
PAGE_BYTES: Final = 64_000  # of rows and digests: an entry has 65,535 bytes
DIGEST: Final = 34
NOTHING: Final = ("没有等待登记或关联的密钥。", "No key waits to be admitted or bound.")
NO_PAGE: Final = ("没有等待复核的密钥页。", "No page of keys waits for confirmation.")


# --- the clerk ------------------------------------------------------------------------------------------------------------------


def admit_command(
    snapshot: Snapshot, ledger: Code, key: Key,
    only: Annotated[str | None, typer.Option(metavar="N,N", help="the keys of these letters alone")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be signed and sign nothing")] = False,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Sign the pages that admit what waits, and those that bind to their heads what is admitted; a supervisor confirms them."""
    require(fits(IDENT, snapshot), "--snapshot", IDENT.expected)
    asked = numbers(only, "--only") if only is not None else None
    home = home_at(data, ledger, store, anchor)
    signing = None if dry_run else open_key(key)
    with open_door(look(home) if dry_run else unlock(home)) as door:
        read, looking = door.fold.state, Looking(door, MACHINE, CUSTODIAN)
        taken, held = chosen(read, box_at(home, door).requests(), asked)
        pairs = unbound(read, snapshot, owners_of(read, snapshot, looking))
        looking.keep()
        insist(bool(taken or held or pairs), "--snapshot", *NOTHING)
        orders = [*admissions(read, taken), *bindings(read, snapshot, pairs)]
        receipts = [] if signing is None else handed_in(door, orders, signing, json_=json_)
    said = {"keys": len(taken), "bindings": len(pairs), "pages": [one.index for one in receipts],
            "held_back": [{"letter": one.letter.number, "odd": odd} for one, odd in held]}  # fmt: skip
    say(said, _admitted_words(said, len(orders), held, ledger, signed=not dry_run), json_=json_)


Held = list[tuple[Request, list[str]]]


def chosen(read: Read, requests: list[Request], asked: set[int] | None) -> tuple[list[Request], Held]:
    """The keys to admit now, and those that somebody should look at first. What the ledger would refuse is never chosen."""
    odd = oddities(read, requests)
    waits = [one for one in requests if standing_of(read, one) == "waiting" and (asked is None or one.letter.number in asked)]
    barring = ("person-has-key",) if asked is not None else HELD_BACK
    held = [(one, why) for one in waits if (why := [word for word in odd[one.key] if word in barring])]
    return [one for one in waits if one.key not in {other.key for other, _ in held}], held


def admissions(read: Read, taken: Sequence[Request]) -> Iterator[Order]:
    """Pages of at most a hundred keys; whose they are is sealed."""
    laid = dict(read)
    for some in paged(taken):
        page = fresh_page(laid, "letters", "keys")
        laid["stream", f"keys/{page}"] = None
        rows = tuple(dict(one.row) for one in some)
        holders = {f"holder/{row_key_id(row).hex()}": {"id": one.letter.owner, "name": one.letter.owner[:120]}
                   for row, one in zip(rows, some, strict=True)}  # fmt: skip
        yield Order(ADMITTING, {"page": page, "rows": rows}, holders)


def paged(taken: Sequence[Request]) -> Iterator[list[Request]]:
    """The keys of each page: at most a hundred, and no more than an entry holds; a passkey's proof is some three hundred bytes."""
    some, size = list[Request](), 0
    for one in taken:
        own = len(pack(dict(one.row))) + DIGEST
        if len(some) == MAX_ROWS or size + own > PAGE_BYTES:
            yield some
            some, size = [], 0
        some, size = [*some, one], size + own
    if some:
        yield some


def bindings(read: Read, snapshot: str, pairs: Sequence[tuple[bytes, bytes]]) -> Iterator[Order]:
    """Pages of at most a hundred rows that bind keys to heads."""
    laid = dict(read)
    for start in range(0, len(pairs), MAX_ROWS):
        page = fresh_page(laid, "letters", f"bound/{snapshot}")
        laid["stream", f"bound/{snapshot}/{page}"] = None
        yield Order(BINDING, {"page": page, "rows": tuple(pairs[start : start + MAX_ROWS]), "snapshot": snapshot})


def handed_in(door: Ledger, orders: Sequence[Order], key: SigningKey, *, json_: bool) -> list[Recorded]:
    """All of them in one commit; ends with the first refusal, after the others were recorded."""
    answers: list[Recorded | Refused] = door.submit_all([submission(Here(door), order, key) for order in orders])
    for answer in answers:
        if isinstance(answer, Refused):
            end_refused(answer, json_=json_)
    return [answer for answer in answers if not isinstance(answer, Refused)]


def _admitted_words(said: Mapping[str, Any], pages: int, held: Held, code: str, *, signed: bool) -> Iterator[str]:
    yield (f"{'✓ 已签署' if signed else '将签署'} {pages} 页 pages: {said['keys']} 个密钥登记 keys to admit, "
           f"{said['bindings']} 行关联 rows to bind")  # fmt: skip
    for one, odd in held:
        yield f"  ⚠ № {one.letter.number} {'、'.join(one.letter.units)}: {'; '.join(ODD_WORDS[word] for word in odd)}"
    if held:
        yield "  以上未列入；查清后用 --only 指明。These were left out: look into them, then name them with --only."
    if signed and pages:
        yield f"  请另一单位的监督人复核 a supervisor of another organisation confirms: liuchi keys confirm --ledger {code} --key …"


# --- the supervisor -------------------------------------------------------------------------------------------------------------


def confirm_command(
    ledger: Code, key: Key,
    page: Annotated[list[int] | None, typer.Option(metavar="INDEX", help="only this page; repeatable")] = None,
    url: Annotated[str | None, typer.Option(help="a server at which to confirm the pages named, in place of this machine")] = None,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Confirm the pages of keys and bindings that wait; look at `liuchi enrolments` first, and at the evidence."""
    if url is not None:
        _confirm_there(url, ledger, key, page or [], json_=json_)
        return
    home, signing = home_at(data, ledger, store, anchor), open_key(key)
    with open_door(unlock(home)) as door:
        desk, read = Here(door), door.fold.state
        person = desk.person_of(signing.id)
        if person is None:
            end_refused(Refused("key-unknown"), json_=json_)
        waits = [one for one in pending_pages(read) if page is None or one.index in page]
        insist(bool(waits), "--page", *NO_PAGE)
        orders = [Order("confirmed/1", {"person": person}, {}, one.act.leaf) for one in waits]
        receipts = handed_in(door, orders, signing, json_=json_)
        admitted = [one.act.body["page"] for one in waits if one.act.kind == ADMITTING]
    say({"confirmed": [one.index for one in waits], "entries": [one.index for one in receipts], "pages": admitted},
        _confirmed_words(len(waits), admitted, ledger), json_=json_)  # fmt: skip


def _confirm_there(url: str, ledger: str, key: Path, pages: Sequence[int], *, json_: bool) -> None:
    """The same at a server, which a supervisor reads with a key of her own organisation; the pages are named."""
    require(bool(pages), "--page", "the indexes of the pages, with --url")
    public_key(key)
    try:
        desk, signing = reach(url, ledger), open_key(key)
        orders = [verdict_on(desk, "confirmed/1", str(one), signing) for one in pages]
        entries = [desk.submit(submission(desk, order, signing))["index"] for order in orders]
    except (Refused, Denied) as why:
        end_refused(why, json_=json_)
    say({"confirmed": [*pages], "entries": entries}, _confirmed_words(len(pages), (), ledger), json_=json_)


def _confirmed_words(count: int, admitted: Sequence[str], code: str) -> Iterator[str]:
    yield f"✓ 已复核 {count} 页 pages confirmed"
    for page in admitted:
        yield f"  电话回访 ring the sample: liuchi keys sample {page} --ledger {code}"


def sample_command(page: Page, ledger: Code, data: Data = HERE, store: Store = None, anchor: Outside = None,
                   json_: Json = False) -> None:  # fmt: skip
    """Say whom the log itself names to be rung about a page of keys; everybody can compute the same list."""
    home = home_at(data, ledger, store, anchor)
    with open_door(look(home)) as door:
        looking = Looking(door, MACHINE, CUSTODIAN)
        asked = [_rung(door.fold.state, key, looking) for key in sampled(door, page)]
        looking.keep()
    say({"page": page, "sample": asked}, _sample_words(page, asked), json_=json_)


def sampled(door: Ledger, page: str) -> tuple[bytes, ...]:
    """The sample of a page; a usage error when there is none such, or the edition in force has no calls."""
    read = door.fold.state
    found: KeyPage | None = read.get(("key-page", page))
    known = ", ".join(sorted(name for subject, name in read if subject == "key-page")) or "none"
    require(found is not None, "PAGE", f"a page of keys: {known}")
    assert found is not None
    return sample_of(read, found, door.act_at(found.index))


def _rung(read: Read, key: bytes, openings: Openings) -> dict[str, Any]:
    holder = openings(read["key", key].page, f"holder/{key.hex()}")
    units = [unit for place in read.get(("heads-of", key), ()) for unit in _units(read, place, openings)]
    return {"key": key.hex(), "fingerprint": list(fingerprint(key)), "holder": None if holder is UNOPENED else dict(holder),
            "units": units}  # fmt: skip


def _units(read: Read, place: tuple[str, bytes], openings: Openings) -> tuple[str, ...]:
    row = openings(read["head", place].page, f"row/{place[1].hex()}")
    return () if row is UNOPENED else tuple(row["units"])


def _sample_words(page: str, asked: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"“{page}”应回访 to be rung about {page}: {len(asked)}"
    for one in asked:
        holder = one["holder"]["name"] if one["holder"] else "已删除 erased"
        yield f"  {holder}  {'、'.join(one['units']) or '–'}  {one['key'][:12]}…"
        yield f"    {' '.join(one['fingerprint'])}"
    yield "请另一单位的监督人或监票人逐一致电：是否本人登记？八组数字是否相同？Ask each: did you enrol a key, and are these its digits?"


def called_command(
    page: Page, ledger: Code, key: Key,
    reached: Annotated[str, typer.Option(metavar="all|KEY,KEY", help="who was reached, by the first digits of the key's id")],
    denied: Annotated[str, typer.Option(metavar="KEY,KEY", help="who denies that the key is theirs")] = "",
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Report the calls about a page: its whole sample was asked, these were reached, these deny."""
    home, signing = home_at(data, ledger, store, anchor), open_key(key)
    with open_door(unlock(home)) as door:
        whole = sampled(door, page)
        got = whole if reached == "all" else _named(whole, reached, "--reached")
        body = {"asked": whole, "denied": _named(whole, denied, "--denied"), "page": page, "reached": got}
        (receipt,) = handed_in(door, [Order("keys-called/1", body)], signing, json_=json_)
        total = called_of(door.fold.state, page)
    say({"index": receipt.index, "asked": len(total.asked), "reached": len(total.reached), "denied": [one.hex() for one in total.denied]},
        _called_words(receipt.index, [one.hex() for one in total.denied]), json_=json_)  # fmt: skip


def _named(keys: Sequence[bytes], words: str, option: str) -> tuple[bytes, ...]:
    heads = [one.strip().rstrip("…") for one in words.split(",") if one.strip()]
    found = [[key for key in keys if key.hex().startswith(head)] for head in heads]
    require(all(len(one) == 1 for one in found), option, "the first digits of keys of the sample, each of one alone")
    return tuple(sorted({key for one in found for key in one}))


def _called_words(index: int, denied: Sequence[str]) -> Iterator[str]:
    yield f"✓ 回访已登记为第{index}条 recorded as entry {index}"
    for one in denied:
        yield f"  ✗ {one[:12]}… 本人否认：立即注销 denied, revoke it at once: liuchi keys lost --denied {one[:12]} …"


# --- lost phones ----------------------------------------------------------------------------------------------------------------


def lost_command(
    ledger: Code, key: Key,
    unit: Annotated[str | None, typer.Option(help="a unit of the owner whose phone is gone")] = None,
    snapshot: Annotated[str | None, typer.Option(metavar="ID", help="with --unit: the roll")] = None,
    owner: Annotated[str | None, typer.Option(metavar="ID", help="with --unit: which of its owners")] = None,
    denied: Annotated[str | None, typer.Option(metavar="KEY", help="or a key that its holder denies")] = None,
    data: Data = HERE, store: Store = None, anchor: Outside = None, json_: Json = False,
) -> None:  # fmt: skip
    """Revoke a key as a supervisor: a lost phone, or a key that its holder denies. Another organisation's supervisor confirms."""
    require(
        (unit is None) == (snapshot is None) and (unit is None) != (denied is None),
        "--unit",
        "either --unit with --snapshot, or --denied",
    )
    home, signing = home_at(data, ledger, store, anchor), open_key(key)
    with open_door(unlock(home)) as door:
        read, now = door.fold.state, max(door.clock(), door.fold.last)
        keys = _denied(read, denied) if denied is not None else _of_unit(door, snapshot or "", unit or "", owner)
        reason = "admitted-in-error" if denied is not None else "lost"
        orders = [Order("key-revoked/1", {"key": one, "own": False, "reason": reason, "since": now}) for one in keys]
        receipts = handed_in(door, orders, signing, json_=json_)
    say({"keys": [one.hex() for one in keys], "entries": [one.index for one in receipts]},
        _lost_words(receipts, ledger, unit), json_=json_)  # fmt: skip


def _denied(read: Read, head: str) -> list[bytes]:
    found = [
        ident
        for subject, ident in read
        if subject == "key" and ident.hex().startswith(head) and read["key", ident].stage == "active"
    ]
    require(len(found) == 1 and len(head) >= 8, "--denied", "at least eight digits of one active key's id")
    return found


def _of_unit(door: Ledger, snapshot: str, unit: str, owner: str | None) -> list[bytes]:
    looking = Looking(door, MACHINE, CUSTODIAN)
    owners = owners_of(door.fold.state, snapshot, looking)
    looking.keep()
    whose = [one for one in owners.of_unit(unit) if owner in (None, one) and owners.keys_of(one)]
    require(
        len(whose) == 1,
        "--owner",
        "which owner of the unit has lost the phone: " + (", ".join(whose) or "none of them has a key"),
    )
    return list(owners.keys_of(whose[0]))


def _lost_words(receipts: Sequence[Recorded], code: str, unit: str | None) -> Iterator[str]:
    for one in receipts:
        yield f"✓ 注销已签署，第{one.index}条 the revocation is entry {one.index}"
        yield f"  请另一单位的监督人复核 confirm it: liuchi act --confirm {one.index} --ledger {code} --key …"
    if unit is not None:
        yield f"  然后寄一封新信 then a new letter: liuchi letters --again {unit} …"
    yield "  旧密钥此前签署的仍然有效；它所代表的房屋不会自动转给新密钥。"
    yield "  What it signed before stays valid; its heads pass to no other key of themselves."


COMMANDS: Final[Mapping[str, Callable[..., None]]] = {
    "admit": admit_command, "confirm": confirm_command, "sample": sample_command, "called": called_command, "lost": lost_command,
}  # fmt: skip
