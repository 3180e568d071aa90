"""`liuchi act`: sign any act and hand it in, confirm or decline one that waits, read what an entry seals.

    liuchi act post-given/1 --body clerk.json --key street.key --ledger 440307-001
    liuchi act ballot-cast/1 --poll 2026-playground --choice playground=agree --key 1-0101.key --ledger 440307-001
    liuchi act result-certified/1 --poll 2026-lifts --key counter-1.key --ledger 440307-001
    liuchi act --pending --ledger 440307-001
    liuchi act --read 5 --ledger 440307-001
    liuchi act --confirm 5 --key bureau.key --ledger 440307-001

Body and openings are JSON by the kind's fields (`domain/acts.py`): bytes in lower-case hex, days as ISO dates, times in Unix ms.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.acts import DECLINE_REASONS, KINDS, RESULT_KINDS
from domain.authority import AUTHORITY, KeyRow, stands_for
from domain.ballots import BALLOT_KINDS
from domain.calendar import DAY_MS
from domain.erasures import BASIS_WORDS, erased_of
from domain.errors import Refused
from domain.fields import Field, ListOf, Maybe, Misfit, Record, to_json
from domain.forms import Question, lint
from domain.lifecycle import Read, Unopened
from domain.polls import SEALED, Poll
from domain.readers import MACHINE, Reader, reader_of
from domain.results import certifiable, kind_for, objections_upheld, open_box
from domain.roll import heads_of_person
from domain.state import Recorded, act_of
from keys.authoring import compose, stream_of
from keys.identity import SigningKey
from ledger.door import Ledger
from ledger.home import Home
from ledger.showing import shown
from scripts.desk import Desk, Here, Receipt, There, open_session, reach, sealed_there
from scripts.homes import home_at, is_demo, look, open_door, unlock
from scripts.shell import (
    Blocked,
    Data,
    Denied,
    Json,
    Outside,
    Store,
    Unfit,
    end_refused,
    fitting,
    open_key,
    public_key,
    read_json,
    require,
    require_new,
    say,
)
from scripts.waiting import (
    Waits,
    confirming_words,
    keying_of,
    keying_words,
    needs_left,
    needs_words,
    time_words,
    waiting_acts,
    waits_words,
)
from tlog.errors import Unsound
from tlog.opening import Opening, context, digest, reveal
from tlog.spelling import unbase64

LEAF: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
INDEX: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
COUNTED: Final = (*BALLOT_KINDS, "poll-closed/1", *RESULT_KINDS)  # kinds whose body follows from the log
RECOUNT: Final = "result-recounted/1"
DEMO_DAYS: Final = 14  # how long a demo's statement is good for: nobody outside knows its clock


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be signed."""

    kind: str
    body: Mapping[str, Any]
    openings: Mapping[str, Any] = field(default_factory=dict)
    about: bytes | None = None


# --- what is to be signed -------------------------------------------------------------------------------------------------------


def read_body(kind: str, path: Path) -> Mapping[str, Any]:
    """A kind's body from its JSON spelling, checked in full. Raises Unfit."""
    body: Mapping[str, Any] = fitting(KINDS[kind].body, read_json(path), path)
    return body


def described(own: Field) -> str:
    """What a field accepts, in the words with which it refuses."""
    if isinstance(own, Maybe):
        return f"{described(own.of)}, or null"
    if isinstance(own, ListOf):
        return f"a list; each: {described(own.of)}"
    if isinstance(own, Record):
        return "{" + "; ".join(f"{name}: {described(part)}" for name, part in sorted(own.of.items())) + "}"
    try:
        own.from_json(None)
    except Misfit as why:
        return why.expected
    return "any JSON"


def form_words(kind: str) -> Iterator[str]:
    """What has to be filled in for an act of this kind, as far as it does not depend on the body itself."""
    row = KINDS[kind]
    yield f"{row.zh} {row.en}（{kind}）"
    yield "--body FILE，JSON："
    yield from (f"  {name}: {described(own)}" for name, own in sorted(row.body.of.items()))
    try:
        names = row.opens({})
    except (KeyError, TypeError):
        yield "--openings FILE，JSON：名称随内容而定 their names follow from the body"
    else:
        yield "--openings FILE，JSON：" + ("" if names else "无 none")
        yield from (
            f"  {name}: {described(one.of)}{'' if one.required else '（可不填 may be left out）'}"
            for name, one in names.items()
        )
    if row.about:
        yield "--about 所针对的条目 the entry that it answers"


def doubts(body: Mapping[str, Any], openings: Mapping[str, Any]) -> Iterator[str]:
    """What is doubtful about a vote's questions, for whoever signs its notice: hints, and never a refusal (R-BAL-6)."""
    asked = [Question(item["id"], item["matter"], item["scope"], openings[f"question/{item['id']}"]) for item in body["items"]]
    for one in lint(asked, {item["scope"] for item in body["items"]}):  # whether a scope is defined the rules say
        yield f"⚠ {one.item}：{one.zh} {one.en}"


def read_openings(kind: str, body: Mapping[str, Any], path: Path | None) -> dict[str, Any]:
    """The openings that this body allows from a JSON map name → value. Raises Unfit."""
    names = KINDS[kind].opens(body)
    given, source = (read_json(path), path) if path else ({}, "--openings")
    if not isinstance(given, Mapping):
        raise Unfit(source, "the whole", "a map from the names of openings to their values")
    for name in [
        *(one for one in given if one not in names),
        *(one for one in names if names[one].required and one not in given),
    ]:
        allowed = ", ".join(names) or "none"
        raise Unfit(source, f"opening {name}", f"exactly the openings of this {kind}: {allowed}")
    return {name: fitting(names[name].of, value, source, name) for name, value in given.items()}


def submission(desk: Desk, order: Order, key: SigningKey) -> bytes:
    """The signed bytes of an order, made on the newest state that the desk has."""
    at, prev = desk.now(), desk.newest(stream_of(order.kind, order.body, order.about))
    until = at + (DEMO_DAYS if is_demo(desk.origin) else 1) * DAY_MS
    return compose(order.kind, order.body, key, ledger=desk.origin, at=at, prev=prev, about=order.about, seen=desk.seen(),
                   until=until, openings=order.openings).raw()  # fmt: skip


def leaf_named(desk: Desk, word: str, option: str) -> bytes:
    """The leaf hash that an option names, in hex or by the entry's index."""
    if LEAF.fullmatch(word):
        return bytes.fromhex(word)
    leaf = desk.leaf_at(int(word)) if INDEX.fullmatch(word) else None
    require(leaf is not None, option, f"the index of an entry of {desk.origin}, or a leaf hash in hex, not {word}")
    assert leaf is not None
    return leaf


def verdict_on(desk: Desk, kind: str, word: str, key: SigningKey, **more: Any) -> Order:
    """A confirmation of an entry, or its refusal, by the person whose key signs. Raises Refused `key-unknown`."""
    leaf, person = leaf_named(desk, word, "INDEX"), desk.person_of(key.id)
    if person is None:
        raise Refused("key-unknown")
    return Order(kind, {"person": person, **more}, {}, leaf)


def from_fold(desk: Desk, kind: str, poll: str, choices: Mapping[str, str], key: SigningKey) -> Order:
    """What the ledger itself can fill in: a ballot's head and opening, a vote's closing, its result."""
    require(isinstance(desk, Here), "--poll", "the ledger on this machine, not a server's")
    assert isinstance(desk, Here)
    state = desk.door.fold.state
    if ("outcome", poll) in state:
        raise Refused("matter-final", matter=poll)
    require(
        ("poll", poll) in state,
        "--poll",
        "the id of a vote: " + (", ".join(one for name, one in state if name == "poll") or "none yet"),
    )
    if kind in BALLOT_KINDS:
        return _ballot(state, poll, choices, key)
    if kind == "poll-closed/1":
        return Order(kind, {"poll": poll, "root": desk.door.fold.head.root, "size": desk.door.fold.head.size})
    return _recount(desk.door, poll) if kind == RECOUNT else _result(desk.door, poll)


def _ballot(state: Read, poll: str, choices: Mapping[str, str], key: SigningKey) -> Order:
    """The ballot of the head that the key stands for on the vote's roll. Raises Refused `not-your-head`, `poll-not-open`."""
    said: Poll = state["poll", poll]
    row: KeyRow | None = state.get(("key", key.id))
    heads = heads_of_person(state, row.person, said.roll) if row else ()
    tags = [tag for place, tag in heads if stands_for(state, key.id, state["head", (place, tag)].keys)]
    if not tags or said.opening is None:
        raise Refused("poll-not-open" if tags else "not-your-head")
    require(len(tags) == 1, "--poll", "a key that stands for one head; name the tag in a --body")
    head = {"poll": poll, "tag": tags[0]}
    if said.ballots == SEALED:
        return Order("ballot-sealed/1", {**head, "items": tuple(sorted(choices))}, {"choices": dict(choices)}, said.opening)
    return Order("ballot-cast/1", {**head, "choices": dict(choices)}, {}, said.opening)


def _result(door: Ledger, poll: str) -> Order:
    state = door.fold.state
    if state["poll", poll].stage != "closed":
        raise Refused("wrong-stage", subject="poll", stage=state["poll", poll].stage, needed="closed")
    return _certified(door, poll, kind_for(state["poll", poll]))


def _recount(door: Ledger, poll: str) -> Order:
    """The result counted again for the first objection to it that was upheld. Raises Refused `objection-not-upheld`."""
    answers = objections_upheld(door.fold.state, poll)
    if not answers:
        raise Refused("objection-not-upheld", objection="–")
    return _certified(door, poll, RECOUNT, objection=answers[0])


def _certified(door: Ledger, poll: str, kind: str, **more: Any) -> Order:
    """What the fold comes to as a result of this kind. Raises Refused `sealed-not-opened`."""
    box = open_box(door.fold.state, poll, door.opening)
    if isinstance(box, Unopened):
        raise Refused("sealed-not-opened", why=f"{box.names[0]} cannot be opened any more")
    count_key = secrets.token_bytes(32)
    return Order(kind, {**certifiable(door.fold.state, poll, box, count_key, kind), **more}, {"count-key": count_key})


# --- reading --------------------------------------------------------------------------------------------------------------------


def opened(door: Ledger, index: int, reader: Reader) -> dict[str, Any]:
    """An entry with what it seals, as far as this reader may read it."""
    require(0 <= index < door.fold.head.size, "--read", f"an index below {door.fold.head.size}")
    recorded = act_of(door.shelf.entries(index, 1)[0])
    gone, raws = erased_of(door.fold.state, recorded.act), door.openings_of(index)
    may = shown(door, index, recorded.act, reader)
    held = [name for raw in raws if raw not in may and (name := Opening.parse(raw).name)]
    erased = [{"name": name, "by": one.done, "basis": one.basis, "day": one.day} for name, one in gone.items()]
    lost = len(recorded.act.sealed) - len(raws) - len(gone)
    return {**_entry_said(index, recorded, may), "withheld": held, "erased": erased, "lost": lost}


def opened_there(desk: There, index: int, key: SigningKey) -> dict[str, Any]:
    """The same at a server, by a session of this key; each opening is checked against the entry. Raises Denied, Blocked."""
    require(desk.leaf_at(index) is not None, "--read", f"an index of an entry of {desk.origin}")
    entry, told = sealed_there(desk, index, open_session(desk, key))
    recorded = act_of(entry)
    try:
        may = [unbase64(one["opening"], "opening") for one in told if "opening" in one]
        erased = [{"name": one["name"], **one["erased"]} for one in told if "erased" in one]
        said = _entry_said(index, recorded, may)
    except (Unsound, TypeError, KeyError) as why:
        raise Blocked(f"{desk.api} opens the entry otherwise than it was sealed: {why}") from why
    known = {*said["digests"], *(one["name"] for one in erased)}
    held = [name for name in KINDS[recorded.act.kind].opens(recorded.act.body) if name not in known]
    return {**said, "withheld": held, "erased": erased, "lost": 0}


def _entry_said(index: int, recorded: Recorded, may: list[bytes]) -> dict[str, Any]:
    """An entry in words, with openings that its digests hold; raises Unsound for any other."""
    act = recorded.act
    place = context(act.ledger, act.stream, act.prev)
    return {
        "index": index, "leaf": act.leaf.hex(), "kind": act.kind, "stream": act.stream, "recorded_at": recorded.recorded_at,
        "by": act.by.hex(), "about": act.about.hex() if act.about else None, "body": to_json(act.body),
        "openings": to_json(reveal(act.sealed, may, act.ledger, act.stream, act.prev)),
        "digests": {name: digest(place, raw).hex() for raw in may if (name := Opening.parse(raw).name)},
    }  # fmt: skip


def opened_words(found: Mapping[str, Any]) -> Iterator[str]:
    """The entry for people: what is public, what it seals, what may not be shown, what was erased and why, and what is lost."""
    kind = KINDS[found["kind"]]
    yield f"第{found['index']}条 {kind.zh} {kind.en} ({kind.name}) · {time_words(found['recorded_at'])}"
    yield f"公开内容 body: {json.dumps(found['body'], ensure_ascii=False)}"
    for name, value in found["openings"].items():
        yield f"密封内容 {name}: {json.dumps(value, ensure_ascii=False)}"
        yield f"  摘要 digest {found['digests'][name]}"
    if found["withheld"]:
        yield f"您此时无权查阅 not yours to read now: {', '.join(found['withheld'])}"
    for one in found["erased"]:
        yield f"已依法删除 erased {one['name']}: 第{one['by']}条 entry {one['by']} · {one['day']} · {BASIS_WORDS[one['basis']]}"
    if found["lost"]:
        yield f"无法开示（密钥或内容缺失，并非依法删除）cannot be opened, and was not erased by an act: {found['lost']}"


# --- the command ----------------------------------------------------------------------------------------------------------------


def act_command(
    ledger: Annotated[str, typer.Option(metavar="CODE", help="the ledger's code, such as 440307-001")],
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="sign this kind of act, such as post-given/1")] = None,
    body: Annotated[Path | None, typer.Option(metavar="FILE|-", help="the body as JSON")] = None,
    openings: Annotated[Path | None, typer.Option(metavar="FILE", help="the openings as a JSON map name → value")] = None,
    poll: Annotated[str | None, typer.Option(metavar="ID", help="in place of --body: vote, or close or certify a vote")] = None,
    choice: Annotated[
        list[str] | None, typer.Option(metavar="ITEM=CHOICE", help="with --poll: agree, against, abstain")
    ] = None,
    about: Annotated[str | None, typer.Option(metavar="LEAF|INDEX", help="the entry that the act answers")] = None,
    confirm: Annotated[str | None, typer.Option(metavar="INDEX", help="confirm an act that waits")] = None,
    decline: Annotated[
        str | None, typer.Option(metavar="INDEX", help="decline an act that waits, or withdraw your own")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="with --decline: " + " ".join(DECLINE_REASONS))] = None,
    key: Annotated[Path | None, typer.Option(metavar="KEYFILE", help="the key that signs")] = None,
    url: Annotated[str | None, typer.Option(help="a server to hand it in at, in place of the ledger on this machine")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="save the receipt here")] = None,
    read: Annotated[
        int | None, typer.Option(metavar="INDEX", help="show an entry and what it seals; with --key as its holder")
    ] = None,
    pending: Annotated[bool, typer.Option("--pending", help="list what waits for confirmation, and by whom")] = False,
    data: Data = Path("liuchi-data"),
    store: Store = None,
    anchor: Outside = None,
    json_: Json = False,
) -> None:
    """Sign and hand in any act from JSON, confirm or decline one, or read what waits."""
    asked = {"KIND": kind, "--confirm": confirm, "--decline": decline, "--read": read, "--pending": pending or None}
    given = [word for word, value in asked.items() if value is not None]
    require(len(given) == 1, "KIND", "exactly one of " + ", ".join(asked))
    if given[0] in ("--read", "--pending"):
        require(url is None or read is not None, "--url", "nothing: what waits is read on the operator's machine")
        if url is not None:
            _look_there(url, ledger, read or 0, key, json_=json_)
        else:
            _look(lambda: home_at(data, ledger, store, anchor), ledger, read, key, json_=json_)
        return
    require(
        kind is not None or not (body or openings or about or poll),
        given[0],
        "no --body, --openings, --poll or --about beside it",
    )
    require(reason in DECLINE_REASONS if decline is not None else reason is None, "--reason",
            "with --decline one of " + ", ".join(DECLINE_REASONS))  # fmt: skip
    if poll is not None:
        make = _counted(kind or "", poll, choice or [], beside=body or openings or about)
    elif kind is not None:
        make = _from_files(kind, body, openings, about)
    elif confirm is not None:
        make = _verdict("confirmed/1", confirm)
    else:
        make = _verdict("declined/1", decline or "", reason=reason)
    _sign_and_send(make, key, lambda: home_at(data, ledger, store, anchor), ledger, url, out, json_=json_)


Make = Callable[[Desk, SigningKey], Order]


def _verdict(kind: str, word: str, **more: Any) -> Make:
    return lambda desk, key: verdict_on(desk, kind, word, key, **more)


def _counted(kind: str, poll: str, choices: list[str], *, beside: object) -> Make:
    require(
        kind in COUNTED and beside is None, "--poll", "with " + ", ".join(COUNTED) + ", and no --body, --openings or --about"
    )
    said = dict(choice.split("=", 1) for choice in choices if "=" in choice)
    require(len(said) == len(choices) and bool(said) == (kind in BALLOT_KINDS), "--choice",
            "ITEM=CHOICE once for each item of a ballot, such as use=agree")  # fmt: skip
    return lambda desk, key: from_fold(desk, kind, poll, said, key)


def _from_files(kind: str, body: Path | None, openings: Path | None, about: str | None) -> Make:
    """The order that the files spell, read before anybody is asked for a passphrase."""
    require(kind in KINDS, "KIND", "one of " + ", ".join(KINDS))
    if body is None:
        for line in form_words(kind):
            typer.echo(line, err=True)
    require(body is not None, "--body", f"the JSON body of {kind}: {', '.join(sorted(KINDS[kind].body.of))}")
    answers = "the entry that it answers" if KINDS[kind].about else f"nothing: {kind} answers no entry"
    require((about is not None) == KINDS[kind].about, "--about", answers)
    assert body is not None
    said = read_body(kind, body)
    sealed = read_openings(kind, said, openings)
    for line in doubts(said, sealed) if kind == "poll-noticed/1" else ():
        typer.echo(line, err=True)
    return lambda desk, _key: Order(kind, said, sealed, leaf_named(desk, about, "--about") if about else None)


def _look(home: Callable[[], Home], code: str, index: int | None, key: Path | None, *, json_: bool) -> None:
    found_home = home()
    signing = open_key(key) if key is not None and index is not None else None
    with open_door(look(found_home)) as door:
        if index is not None:
            try:
                found = opened(door, index, reading(door, signing))
            except Refused as why:
                end_refused(why, json_=json_)
            say(found, opened_words(found), json_=json_)
            return
        waits = waiting_acts(door)
        say({"pending": [one.document() for one in waits]}, _pending_words(waits, code), json_=json_)


def _look_there(url: str, code: str, index: int, key: Path | None, *, json_: bool) -> None:
    require(key is not None, "--key", "the key file of the person who reads")
    assert key is not None
    public_key(key)
    try:
        found = opened_there(reach(url, code), index, open_key(key))
    except Denied as why:
        end_refused(why, json_=json_)
    say(found, opened_words(found), json_=json_)


def reading(door: Ledger, key: SigningKey | None) -> Reader:
    """The person whose key this is, or whoever works on this machine. Raises Refused `key-unknown`."""
    if key is None:
        return MACHINE
    reader = reader_of(door.fold.state, key.id, door.clock())
    if reader is None:
        raise Refused("key-unknown")
    return reader


def _pending_words(waits: list[Waits], code: str) -> Iterator[str]:
    if not waits:
        yield "没有等待复核的行为。Nothing waits for confirmation."
    for one in waits:
        yield from waits_words(one)
        yield from (f"  {line}" for line in confirming_words(one, code))


def _sign_and_send(
    make: Make, key: Path | None, home: Callable[[], Home], code: str, url: str | None, out: Path | None, *, json_: bool
) -> None:
    """Everything that can be wrong is found before a passphrase is asked for, and before anything is sent."""
    require(key is not None, "--key", "the key file of the person who signs")
    if out is not None:
        require_new(out, "--out")
    assert key is not None
    if url is not None:
        try:
            desk = reach(url, code)
        except Denied as why:
            end_refused(why, json_=json_)
        _hand_in(desk, make, open_key(key), code, out, json_=json_)
        return
    where = home()
    signing = open_key(key)
    with open_door(unlock(where)) as door:
        _hand_in(Here(door), make, signing, code, out, json_=json_)


def _hand_in(desk: Desk, make: Make, key: SigningKey, code: str, out: Path | None, *, json_: bool) -> None:
    order: Order | None = None
    try:
        order = make(desk, key)
        receipt = desk.submit(submission(desk, order, key))
    except (Refused, Denied) as why:
        end_refused(why, json_=json_, instead=_instead(desk, order, why, code))
    if out is not None:
        _save(out, receipt)
    say(receipt, _recorded_words(desk, order, receipt), json_=json_)


def _instead(desk: Desk, order: Order | None, why: Refused | Denied, code: str) -> str:
    """The command for an act that is not confirmed by `--confirm`, as far as this desk knows it."""
    refused = why.problem.code if isinstance(why, Denied) else why.code
    if order is None or order.kind != "confirmed/1" or refused != "other-confirmation":
        return ""
    waits = desk.door.fold.state.get(("pending", order.about)) if isinstance(desk, Here) else None
    keying = keying_of(waits) if waits is not None else "FILE.csv --poll …"
    return "\n".join(f"  {line}" for line in keying_words(keying, code))


def _save(out: Path, receipt: Receipt) -> None:
    text = json.dumps(receipt, ensure_ascii=False, indent=1) + "\n"
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as why:
        typer.echo(text)  # the act is recorded; its receipt must not be lost
        raise Blocked(f"{out} cannot be written ({why.strerror}); the receipt stands above") from why


def _recorded_words(desk: Desk, order: Order, receipt: Receipt) -> Iterator[str]:
    yield f"✓ 已登记为第{receipt['index']}条 recorded as entry {receipt['index']} · {order.kind}"
    yield f"  leaf {receipt['leaf']}"
    if needs := AUTHORITY[order.kind].needs(order.body):
        yield f"  尚未生效，还需复核 not in force until confirmed by: {'; '.join(map(needs_words, needs))}"
    if order.kind == "confirmed/1" and isinstance(desk, Here):
        left = needs_left(desk.door, order.about or b"")
        yield "  " + (f"还需 still needs: {left}" if left else "该行为已生效 the act is in force")
