"""The pages: ledgers, one estate, a vote, a record, the checking of receipts, the meaning of a problem. They say what the API says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, quote

import segno
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.bodies import FORM, body
from api.books import Book, Ledgers, Place, Start
from api.negotiation import in_language
from api.numbers import bare
from api.problems import ROWS, Faulty
from api.rendering import page
from domain.acts import KINDS
from domain.authority import matter_of
from domain.calendar import day_of, days_after
from domain.erasures import erased, erased_of
from domain.lifecycle import Act
from domain.polls import Poll, class_of
from domain.state import act_of
from projections.ballots import fate_of
from projections.committee import committee_card
from projections.duties import Subject, duties, subject_of
from projections.elections import election_summaries
from projections.entries import entry_at, entry_face, receipt_face, standing_of
from projections.forms import corrections_of, rows_of
from projections.joined import joined_counted
from projections.journal import Line
from projections.ledgers import Opened, View, face, policy_of, view
from projections.naming import agenda_of, names_in
from projections.objections import objections_counted, objections_in
from projections.people import candidate_of
from projections.polls import (
    ActFace,
    PollFace,
    act_faces,
    flags_on,
    items_of,
    poll_face,
    postings_of,
    summaries,
    waiting_acts,
    wording_of,
)
from projections.requests import groups, requests
from projections.signers import signer, signer_of
from projections.texts import erased_at, texts_at
from projections.verification import Checked, check_receipt
from projections.wording import body_shown

ROWS_ON_A_PAGE: Final = 50
RECENT: Final = 8
SOON: Final = 60  # days: what is owed later is folded away
MAX_FORM: Final = 524_288
MAX_QR: Final = 300  # characters; a longer address, from a strange Host header, gets no code
KEYS_FILLED_IN: Final = 20
NOTICE: Final = "poll-noticed/1"
LISTING: Final = (NOTICE, "committee-noticed/1")  # kinds whose body lists items
GAP: Final = re.compile(r"\{\w+\}")

router = APIRouter(include_in_schema=False)


@router.get("/")
def index(request: Request, every: Ledgers) -> HTMLResponse:
    """The ledgers that are open here."""
    return page(request, "index.html", ledgers=[face(opened) for opened in every.values()])


@router.get("/c/{code}")
def estate(request: Request, opened: Book) -> HTMLResponse:
    """One estate: what is decided, under way and overdue, the log, and how to check it."""
    seen, about = view(opened), face(opened)
    newest = _rows(opened, seen, max(0, about.size - RECENT), RECENT)
    _, _, checkpoint = opened.door.checkpoint()
    polls = summaries(seen)
    gone = {one.poll for one in polls if erased(seen.state, seen.state["poll", one.poll].notice, "title")}
    return page(
        request, "estate.html", ledger=about, polls=polls, erased=gone, waiting=waiting_acts(seen), recent=newest[::-1],
        checkpoint=checkpoint, base=str(request.base_url).rstrip("/"), committee=committee_card(seen),
        elections=election_summaries(seen), duties=duties(seen), soon=soon(seen), requests=requests(seen),
        groups=groups(seen), joined=joined_counted(seen), objections=objections_counted(seen),
    )  # fmt: skip


@router.get("/c/{code}/entries")
def entries(request: Request, opened: Book, start: Start = None, number: str = "") -> Response:
    """A page of records; with `number`, the way from a number on paper to its record."""
    if wanted := bare(number):
        return RedirectResponse(in_language(request, f"/c/{opened.home.code}/entries/{quote(wanted, safe='')[:200]}"), 303)
    size = opened.door.checkpoint()[0]
    first = max(0, size - ROWS_ON_A_PAGE) if start is None else min(start, size)
    rows = _rows(opened, view(opened), first, ROWS_ON_A_PAGE)
    return page(request, "entries.html", ledger=face(opened), rows=rows[::-1], first=first, size=size, step=ROWS_ON_A_PAGE)


@router.get("/c/{code}/entries/{index}")
def entry(request: Request, opened: Book, index: Place) -> HTMLResponse:
    """One record, in words and in bytes."""
    seen, raw = view(opened), entry_at(opened, index)
    assert raw is not None
    act, kind = act_of(raw).act, KINDS[act_of(raw).act.kind]
    forms = rows_of(act)
    line, about = seen.journal.line(act.leaf), seen.journal.line(act.about)
    poll = _poll(seen, act, line)
    asked = {f"question/{item}": words for item, words in agenda_of(seen, act.body.get("meeting", "")).items()}
    order = _order(seen, act, poll, asked)
    fields = [one for one in body_shown(kind.body, act.body, order) if not forms or one[0] != "rows"]
    return page(
        request, "entry.html", ledger=face(opened), entry=entry_face(index, raw), row=_row(seen, index, raw), sort=kind.sort,
        standing=standing_of(seen, line) if line else None, fate=fate_of(seen, act), about=about, needs=line.needs if line else (),
        prev=seen.journal.line(act.prev), answers=act_faces(seen, seen.journal.answers(act.leaf)), raw=raw,
        fields=fields, names=names_in(seen, act.kind, fields), forms=forms, corrections=corrections_of(seen, act),
        texts=_in_order(texts_at(opened.door, index), order), order=order,
        flags=flags_on(seen, poll or matter_of(act) or "", act.leaf), postings=postings_of(seen, line) if line else (),
        erased=erased_at(opened.door, index),
        sealed=len(act.sealed) - len(erased_of(seen.state, act)),
        links=_links(seen, act), subject=_subject(seen, act, line), size=opened.door.checkpoint()[0], poll=poll,
        asked=wording_of(seen, poll) if poll else asked,
    )  # fmt: skip


@router.get("/c/{code}/entries/{index}/receipt.json")
def receipt(opened: Book, index: Place) -> Response:
    """The receipt as a file to keep."""
    text = json.dumps(asdict(receipt_face(opened.door.receipt(index))), indent=1) + "\n"
    name = f"receipt-{opened.home.code}-{index}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-cache"}
    return Response(text, media_type="application/json", headers=headers)


@router.get("/c/{code}/polls/{poll}")
def vote(request: Request, opened: Book, poll: str) -> HTMLResponse:
    """A vote: its questions, stage, ratios, flags, postings, and who signed what."""
    seen = view(opened)
    found = poll_face(seen, poll)
    if found is None:
        raise Faulty("poll-unknown", ledger=opened.home.code, poll=poll)
    url, code = address(request, f"/c/{opened.home.code}/polls/{poll}")
    notice = _notice_of(found)
    gone = erased_at(opened.door, notice.entry.index) if notice else []
    standing = {item.id: candidate_of(seen, item.id) for item in found.items if ("candidate", item.id) in seen.state}
    election = subject_of(seen, f"election/{seen.state['candidate', min(standing)].election}") if standing else None
    return page(
        request, "poll.html", ledger=face(opened), poll=found, election=election, standing=standing, notice=notice, erased=gone,
        objections=objections_in(seen, poll), url=url, code=code, order=tuple(item.id for item in found.items),
    )  # fmt: skip


@router.get("/c/{code}/polls/{poll}/notice")
def notice_to_print(request: Request, opened: Book, poll: str) -> HTMLResponse:
    """The notice of a vote as it is printed and posted, with the code that leads back to the vote's page."""
    seen = view(opened)
    found = poll_face(seen, poll)
    if found is None:
        raise Faulty("poll-unknown", ledger=opened.home.code, poll=poll)
    pinned: Poll = seen.state["poll", poll]
    url, code = address(request, f"/c/{opened.home.code}/polls/{poll}")
    classes = {item.id: class_of(item.matter, pinned.law, pinned.edition.laws) for item in pinned.items}
    return page(request, "notice.html", ledger=face(opened), poll=found, url=url, code=code, notice=_notice_of(found),
                law=pinned.law, classes=classes)  # fmt: skip


@router.get("/verify")
def verify(request: Request, every: Ledgers, ledger: str = "", entry: str = "") -> HTMLResponse:
    """The form; a record's page may fill in its own receipt."""
    opened = every.get(ledger)
    there = opened is not None and entry.isascii() and entry.isdecimal() and len(entry) < 19
    text = _receipt_text(opened, int(entry)) if there and opened else ""
    return _verify_page(request, every, opened, text, "", None)


@router.post("/verify")
def verify_here(request: Request, every: Ledgers, raw: Annotated[bytes, Depends(body(FORM, MAX_FORM))]) -> HTMLResponse:
    """The same check by the server, where the browser cannot do it."""
    fields = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None)
    text, policy = (fields.get(name, [""])[0] for name in ("receipt", "policy"))
    return _verify_page(request, every, None, text, policy, check_receipt(text, policy, every.values()))


@router.get("/problems/{code}")
def problem(request: Request, code: str) -> HTMLResponse:
    """What a problem's code means, whatever the case: the page that its `type` names."""
    row = ROWS.get(code)
    if row is None:
        raise Faulty("problem-unknown", name=code)
    column = request.query_params.get("lang") == "en"
    told = {"code": code, "rule": row.rule, "status": row.status, "detail": GAP.sub("…", row.sentence[column]),
            "remedy": GAP.sub("…", row.remedy[column])}  # fmt: skip
    return page(request, "problem.html", problem=told, happened=False)


@router.get("/api/v1/docs")
def docs(request: Request) -> HTMLResponse:
    """Every route, from the same table that OpenAPI is made of."""
    schema: Mapping[str, Any] = request.app.openapi()
    routes = [(method.upper(), path, told) for path, methods in schema["paths"].items() for method, told in methods.items()]
    return page(request, "docs.html", routes=routes, codes=[(code, row.status) for code, row in ROWS.items()])


@lru_cache(maxsize=256)
def qr_code(url: str) -> str:
    """The code that leads a phone to an address, as a data URI."""
    return str(segno.make(url, error="m").svg_data_uri(scale=4, border=2))


# --- pieces ---------------------------------------------------------------------------------------------------------------------


def address(request: Request, path: str) -> tuple[str, str | None]:
    """The whole address of a page of ours, and its code to scan."""
    url = f"{str(request.base_url).rstrip('/')}{path}"
    return url, qr_code(url) if len(url) <= MAX_QR else None


def soon(seen: View) -> str:
    """The last day of what a page says is due soon."""
    return days_after(day_of(seen.now), SOON)


def _notice_of(found: PollFace) -> ActFace | None:
    """The act by which a vote was noticed."""
    return next((act for act in found.acts if act.kind == NOTICE and act.standing.name == "complete"), None)


def _rows(opened: Opened, seen: View, first: int, count: int) -> list[dict[str, Any]]:
    return [_row(seen, index, raw) for index, raw in enumerate(opened.door.shelf.entries(first, count), first)]


def _row(seen: View, index: int, raw: bytes) -> dict[str, Any]:
    """One record in a list: number, kind, time, post."""
    recorded = act_of(raw)
    act, line = recorded.act, seen.journal.line(recorded.act.leaf)
    who = signer_of(seen, line) if line else signer(seen.state, act.kind, act.by, (), None, recorded.recorded_at)
    return {"index": index, "kind": act.kind, "recorded_at": recorded.recorded_at, "signer": who}


def _poll(seen: View, act: Act, line: Line | None) -> str | None:
    """The vote that a record belongs to, once its notice is in force."""
    name = line.matter if line else act.body.get("poll")
    return name if ("poll", name) in seen.state else None


def _subject(seen: View, act: Act, line: Line | None) -> Subject | None:
    """What a record belongs to that is no vote: an objection, an election, a meeting, a request."""
    if act.kind.startswith("objection-"):
        return Subject("objection", act.body["id"])
    candidate = seen.state.get(("candidate", act.body.get("candidate")))
    if candidate is not None:
        return subject_of(seen, f"election/{candidate.election}")
    matter = line.matter or "" if line else ""
    return subject_of(seen, matter) if matter.startswith(("election/", "meeting/")) else None


def _order(seen: View, act: Act, poll: str | None, asked: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of the items that a record speaks of, in the order of their notice."""
    if poll:
        return items_of(seen, poll)
    if act.kind in LISTING:
        return tuple(item["id"] for item in act.body["items"])
    return tuple(name.partition("/")[2] for name in asked)


def _links(seen: View, act: Act) -> dict[str, int]:
    """The indexes of the acts whose leaf hashes stand in a body, by the hash in hex."""
    lines: list[Line | None] = [seen.journal.line(one) for one in _hashes(act.body)]
    return {line.leaf.hex(): line.index for line in lines if line}


def _hashes(value: Any) -> list[bytes]:
    if isinstance(value, bytes):
        return [value] if len(value) == 32 else []
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else ()
    return [found for part in parts for found in _hashes(part)]


def _receipt_text(opened: Opened, index: int) -> str:
    if entry_at(opened, index) is None:
        return ""
    return json.dumps(asdict(receipt_face(opened.door.receipt(index))), indent=1)


def _verify_page(request: Request, every: Mapping[str, Opened], opened: Opened | None, text: str, policy: str,
                 checked: Checked | None) -> HTMLResponse:  # fmt: skip
    """The form as it was filled in, and what the check came to."""
    known = [opened] if opened else list(every.values())[:KEYS_FILLED_IN]
    filled = policy_of(*known)
    own = {"", _bare(filled), *(_bare(policy_of(each)) for each in every.values())}
    return page(request, "verify.html", receipt=text, policy=policy or filled, checked=checked, own=_bare(policy) in own,
                here=[(each.home.origin, code) for code, each in every.items()])  # fmt: skip


def _bare(text: str) -> str:
    """A form sends lines with CR LF."""
    return text.replace("\r\n", "\n").strip()


def _in_order(texts: Mapping[str, Any], order: tuple[str, ...]) -> Mapping[str, Any]:
    """The questions as they stand in the notice."""
    wanted = [name for item in order for name in (f"question/{item}", f"agenda/{item}") if name in texts]
    return {name: texts[name] for name in (*(one for one in texts if one not in wanted), *wanted)}
