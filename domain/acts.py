"""The table of kinds: what each act is called, its body, its stream, the openings it carries and who may read them.

An *effect* exists only through the ledger: a breach refuses it. A *report* tells what happened outside: it is admitted from
whoever may report, and every broken rule becomes a flag.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import Refused
from domain.fields import (
    AREA,
    CODE,
    COUNT,
    DATE,
    DOCUMENT,
    FORM,
    HASH,
    IDENT,
    MS,
    TAG,
    Bytes,
    Choice,
    Field,
    ListOf,
    MapOf,
    Maybe,
    Misfit,
    Plain,
    Record,
    Tuple,
    Variant,
    Whole,
    Words,
    YesNo,
)  # fmt: skip
from domain.lifecycle import UNOPENED, Act, Breach, Found, Held, Openings, Unopened
from domain.rulesets import CHOICES, MATTERS, SILENCES, STATUSES
from tlog.entry import key_id

EFFECT, REPORT = "effect", "report"
POSTS: Final = ("operator", "supervisor", "parent", "street-office", "committee", "preparatory-group", "re-election-group",
                "clerk", "counter", "observer", "posting-witness",
                "party-branch", "committee-member", "secretary", "building-head", "resident")  # fmt: skip
MAX_ROWS: Final = 100
MAX_ROLL_ROWS: Final = 400
MAX_POSTINGS: Final = 60  # of one vote: with at most three flags each they all fit into its result
MAX_ANSWERS: Final = 999  # of one vote
FOUNDING_POSTS: Final = ("operator", "supervisor", "street-office", "parent")  # without term; every other is given by an act
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sealed:
    """One name that an act may carry as an opening, its value's type and who may read it."""

    of: Field
    audience: str
    required: bool = True


Names = Mapping[str, Sealed]


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table. `opens` names every opening that this body allows; optional ones that are absent are decoys."""

    name: str
    sort: str
    zh: str
    en: str
    body: Record
    stream: Callable[[Act], str]
    opens: Callable[[Body], Names]
    about: bool = False
    engine: int = 1  # the first engine that has it


def _no_names(_body: Body) -> Names:
    return {}


def _stream(template: str) -> Callable[[Act], str]:
    def name(act: Act) -> str:
        return template.format(**{field: one.hex() if isinstance(one, bytes) else one for field, one in act.body.items()})

    return name


def _each(prefix: str, ids: Callable[[Body], tuple[str, ...]], sealed: Sealed, **fixed: Sealed) -> Callable[[Body], Names]:
    return lambda body: {**{f"{prefix}/{one}": sealed for one in ids(body)}, **fixed}


EDITION: Final = Record({"calendar": HASH, "engine": Whole(1, 1000), "ruleset": IDENT, "ruleset_sha256": HASH})
KEY_ROW: Final = Record({
    "org": Maybe(IDENT), "person": TAG, "possession": Bytes(1, 1024), "public": Bytes(1, 512), "suite": IDENT,
})  # fmt: skip
FOUNDING_POST: Final = Record({"org": IDENT, "person": TAG, "post": Choice(FOUNDING_POSTS)})
FIGURE: Final = Record({"area": AREA, "heads": COUNT})
ITEM_RESULT: Final = Record({
    "abstain": FIGURE, "against": FIGURE, "agree": FIGURE, "channels": Record({"electronic": COUNT, "paper": COUNT}),
    "class": Choice(("ordinary", "special")), "conflicted": COUNT, "invalid": COUNT, "participating": FIGURE, "passed": YesNo(),
    "quorate": Maybe(YesNo()), "unclear": COUNT, "unopened": COUNT,
})  # fmt: skip
NAME: Final = Record({"en": Words(120), "zh": Words(120)})
HOLDER: Final = Record({"id": Plain(120), "name": Words(120)})
ROLL_ROW: Final = Record({
    "area": ListOf(Whole(1), 1, 5000), "building": ListOf(Plain(60), 1, 5000), "owners": ListOf(Plain(120), 0, 200, ascending=True),
    "status": ListOf(Choice(STATUSES), 1, 5000), "units": ListOf(Plain(60), 1, 5000),
})  # fmt: skip
REASON: Final = Sealed(Words(), "public")

KEY_REASONS: Final = ("lost", "compromised", "left-post", "holder-asked", "deceased", "admitted-in-error")
BASES: Final = (
    "purpose-ended",
    "period-over",
    "consent-withdrawn",
    "unlawful",
)  # Personal Information Protection Law art. 47 (1)-(4)
DECLINE_REASONS: Final = ("withdrawn", "not-as-agreed", "evidence-missing", "figures-differ", "wrong-person", "not-authorised")


# Ballots as they are cast by a key and as they stand on a form.
BALLOT_CAST: Final = Record({"choices": MapOf(IDENT, Choice(CHOICES), 1, 20), "poll": IDENT, "tag": TAG})
BALLOT_SEALED: Final = Record({"items": ListOf(IDENT, 1, 20, ascending=True), "poll": IDENT, "tag": TAG})
INVALID_ROW: Final = "ballot-invalid/1"  # only ever a row of a page: what on a form is set aside, and why (R-BAL-4)
NO_SUCH_FORM: Final = "no-such-form"  # keyed by somebody who does not find a form that the other one has
INVALID_REASONS: Final = (
    "unsigned",
    "not-the-owner",
    "no-proxy",
    "altered",
    "illegible",
    "several-marked",
    "unmarked",
    NO_SUCH_FORM,
)
BALLOT_INVALID: Final = Record({"items": ListOf(IDENT, 1, 20, ascending=True), "poll": IDENT, "reason": Choice(INVALID_REASONS),
                                "tag": TAG})  # fmt: skip
PAPER_ROW: Final = Variant("kind", {"for": TAG, "form": FORM}, "body", {
    "ballot-sealed/1": BALLOT_SEALED, "ballot-cast/1": BALLOT_CAST, INVALID_ROW: BALLOT_INVALID,
})  # fmt: skip
CHOSEN: Final = Sealed(MapOf(IDENT, Choice(CHOICES), 1, 20), "counters")


def _forms(body: Body) -> Names:
    """A page of paper seals the choices of each form whose row does not show them."""
    return {f"choices/{row['form']}": CHOSEN for row in body["rows"] if row["kind"] == "ballot-sealed/1"}


def _despite(body: Body) -> Names:
    return {"reason": REASON} if body["despite"] else {}


def _item_ids(body: Body) -> tuple[str, ...]:
    return tuple(item["id"] for item in body["items"])


def _tags(body: Body) -> tuple[str, ...]:
    return tuple(tag.hex() for tag in body["tags"])


def _confirmation(act: Act) -> str:
    return f"confirmation/{(act.about or b'').hex()}/{act.body['person'].hex()}"


def _opened_ballot(act: Act) -> str:
    return f"opened/{(act.about or b'').hex()}"


def _kind(name: str, sort: str, zh: str, en: str, body: Mapping[str, Field], stream: str | Callable[[Act], str],
          opens: Callable[[Body], Names] = _no_names, *, about: bool = False, engine: int = 1) -> Kind:  # fmt: skip
    return Kind(name, sort, zh, en, Record(body), _stream(stream) if isinstance(stream, str) else stream, opens, about, engine)


def _holders(ids: Callable[[Body], tuple[str, ...]]) -> Callable[[Body], Names]:
    return _each("holder", ids, Sealed(HOLDER, "supervisor"))


def row_key_id(row: Mapping[str, Any]) -> bytes:
    """The id of the key in a key row: SHA-256(suite 00 public key)."""
    return key_id(row["suite"], row["public"])


KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in (
    _kind("ledger-founded/1", EFFECT, "台账设立", "Ledger founded",
          {"demo": YesNo(), "edition": EDITION, "keys": ListOf(KEY_ROW, 3, 20), "log_key": CODE, "parent": IDENT,
           "posts": ListOf(FOUNDING_POST, 4, 40), "previous": Maybe(Record({"origin": CODE, "root": HASH, "size": COUNT}))},
          "ledger", _each("holder", lambda body: tuple(row_key_id(row).hex() for row in body["keys"]),
                          Sealed(HOLDER, "supervisor"), name=Sealed(NAME, "public"))),
    _kind("rules-adopted/1", EFFECT, "规则版本采用", "Rules adopted", {"edition": EDITION}, "ledger"),
    _kind("keys-admitted/1", EFFECT, "密钥登记", "Keys admitted", {"page": IDENT, "rows": ListOf(KEY_ROW, 1, MAX_ROWS)},
          "keys/{page}", _holders(lambda body: tuple(row_key_id(row).hex() for row in body["rows"]))),
    _kind("key-revoked/1", EFFECT, "密钥注销", "Key revoked",
          {"key": HASH, "own": YesNo(), "reason": Choice(KEY_REASONS), "since": MS}, "key/{key}"),
    _kind("key-rotated/1", EFFECT, "密钥更换", "Key rotated", {"key": HASH, "row": KEY_ROW}, "key/{key}",
          _holders(lambda body: (row_key_id(body["row"]).hex(),))),
    _kind("post-given/1", EFFECT, "岗位任命", "Post given",
          {"from": DATE, "matter": Maybe(IDENT), "org": Maybe(IDENT), "person": TAG, "post": Choice(POSTS), "to": Maybe(DATE)},
          "post/{post}/{person}"),
    _kind("roll-page/1", EFFECT, "名册页", "Page of the roll",
          {"area": AREA, "heads": COUNT, "page": IDENT, "snapshot": IDENT, "tags": ListOf(TAG, 1, MAX_ROLL_ROWS, ascending=True)},
          "roll/{snapshot}/{page}", _each("row", _tags, Sealed(ROLL_ROW, "owners"))),
    _kind("roll-frozen/1", EFFECT, "名册定稿", "Roll frozen",
          {"area": AREA, "heads": COUNT, "pages": ListOf(HASH, 1, 200), "posted": Record({"from": DATE, "to": DATE}),
           "snapshot": IDENT}, "roll/{snapshot}"),
    _kind("heads-bound/1", EFFECT, "密钥与业主关联", "Keys bound to heads",
          {"page": IDENT, "rows": ListOf(Tuple((TAG, HASH)), 1, MAX_ROWS), "snapshot": IDENT}, "bound/{snapshot}/{page}"),
    _kind("poll-noticed/1", EFFECT, "表决公告", "Vote noticed",
          {"ballots": Choice(("open", "sealed")), "channels": ListOf(Choice(("electronic", "paper")), 1, 2, ascending=True),
           "clause": Maybe(IDENT), "closes": MS, "edition": EDITION,
           "items": ListOf(Record({"id": IDENT, "matter": Choice(MATTERS), "scope": IDENT}), 1, 20),
           "opens": MS, "poll": IDENT, "roll": IDENT, "silence": Choice(SILENCES)},
          "poll/{poll}", _each("question", _item_ids, Sealed(Words(), "public"), title=Sealed(Words(200), "public"))),
    _kind("notice-posted/1", REPORT, "公告张贴", "Notice posted",
          {"from": DATE, "n": Whole(1, MAX_POSTINGS), "photo": Maybe(DOCUMENT), "place": IDENT, "poll": IDENT, "to": DATE},
          "posted/{poll}/{n}"),
    _kind("flags-answered/1", EFFECT, "对程序提示的说明", "Flags answered",
          {"despite": ListOf(HASH, 1, MAX_POSTINGS, ascending=True), "n": Whole(1, MAX_ANSWERS), "poll": IDENT},
          "answered/{poll}/{n}", _despite),
    _kind("poll-opened/1", EFFECT, "表决开始", "Vote opened",
          {"despite": ListOf(HASH, 0, MAX_POSTINGS, ascending=True), "poll": IDENT}, "poll/{poll}", _despite),
    _kind("ballot-cast/1", EFFECT, "投票", "Ballot cast", BALLOT_CAST.of, "ballot/{poll}/{tag}", about=True),
    _kind("ballot-sealed/1", EFFECT, "密封投票", "Sealed ballot cast", BALLOT_SEALED.of, "ballot/{poll}/{tag}",
          lambda _body: {"choices": CHOSEN}, about=True),
    _kind("ballot-opened/1", EFFECT, "选票开示", "Sealed ballot opened by its owner", {"poll": IDENT, "tag": TAG}, _opened_ballot,
          lambda _body: {"ballot": Sealed(Record({"entry": Bytes(1, 65_535), "opening": Bytes(1, 4096)}), "counters")}, about=True),
    _kind("paper-page/1", EFFECT, "纸质代录", "Page of paper recorded",
          {"page": IDENT, "poll": Maybe(IDENT), "rows": ListOf(PAPER_ROW, 1, MAX_ROWS)}, "paper/{page}",
          lambda body: {"scan": Sealed(ListOf(DOCUMENT, 1, MAX_ROWS), "supervisor", required=False), **_forms(body)}),
    _kind("page-keyed/1", EFFECT, "纸质复录", "Page of paper keyed again",
          {"person": TAG, "poll": Maybe(IDENT), "rows": ListOf(PAPER_ROW, 0, MAX_ROWS)}, _confirmation, _forms, about=True),
    _kind("entered-in-error/1", EFFECT, "代录更正", "Correction of paper",
          {"forms": ListOf(FORM, 1, MAX_ROWS, ascending=True), "observed": YesNo(), "page": IDENT, "poll": Maybe(IDENT),
           "rows": ListOf(PAPER_ROW, 0, MAX_ROWS)}, "paper/{page}", lambda body: {"reason": REASON, **_forms(body)}, about=True),
    _kind("poll-closed/1", EFFECT, "表决截止", "Vote closed", {"poll": IDENT, "root": HASH, "size": Whole(1)}, "poll/{poll}"),
    _kind("result-certified/1", EFFECT, "结果核定", "Result certified",
          {"bound_late": COUNT, "counted": Record({"root": HASH, "size": COUNT}), "electorate": FIGURE,
           "flags": ListOf(Tuple((HASH, CODE)), 0, 3 * MAX_POSTINGS, ascending=True), "items": MapOf(IDENT, ITEM_RESULT, 1, 20),
           "poll": IDENT},
          "poll/{poll}", lambda _body: {"count-key": Sealed(Bytes(32, 32), "counters")}),
    _kind("result-announced/1", REPORT, "结果公告", "Result announced", {"at": DATE, "place": IDENT, "poll": IDENT, "result": HASH},
          "announced/{poll}"),
    _kind("openings-erased/1", EFFECT, "密封内容删除", "Openings erased",
          {"basis": Choice(BASES), "index": COUNT, "keys_until": DATE,
           "openings": ListOf(Tuple((HASH, CODE)), 1, MAX_ROWS, ascending=True)},
          lambda act: f"erased/{(act.about or b'').hex()}",
          lambda _body: {"reason": Sealed(Words(), "supervisor"), "request": Sealed(DOCUMENT, "supervisor", required=False)},
          about=True),
    # --- kinds: assembly
    # --- kinds: elections
    # --- kinds: committee
    # --- kinds: joining
    # keys and posts
    _kind("keys-called/1", REPORT, "密钥回访", "Holders of keys called back",
          {"asked": ListOf(HASH, 1, MAX_ROWS, ascending=True), "denied": ListOf(HASH, 0, MAX_ROWS, ascending=True), "page": IDENT,
           "reached": ListOf(HASH, 0, MAX_ROWS, ascending=True)}, "called/{page}", engine=3),
    _kind("post-ended/1", EFFECT, "岗位终止", "Post ended",
          {"matter": Maybe(IDENT), "person": TAG, "post": Choice(POSTS), "to": DATE}, "post/{post}/{person}", engine=3),
    _kind("supervisor-restored/1", EFFECT, "监督岗位补任", "Supervisor restored by the parent authority",
          {"from": DATE, "org": IDENT, "person": TAG, "post": Choice(("supervisor",)), "row": KEY_ROW, "to": Maybe(DATE)},
          "post/{post}/{person}", _holders(lambda body: (row_key_id(body["row"]).hex(),)), engine=3),
    # --- kinds: answers
    _kind("confirmed/1", EFFECT, "复核同意", "Confirmed", {"person": TAG}, _confirmation, about=True),
    _kind("declined/1", EFFECT, "复核不同意", "Declined", {"person": TAG, "reason": Choice(DECLINE_REASONS)}, _confirmation, about=True),
)}  # fmt: skip


def kind_of(act: Act) -> Kind:
    """The act's row; Refused `unknown-kind`."""
    try:
        return KINDS[act.kind]
    except KeyError:
        raise Refused("unknown-kind", kind=act.kind) from None


def check_body(act: Act) -> None:
    """The body fits its kind, the stream is the one that follows from it, and `sealed` has its kind's constant count."""
    kind = kind_of(act)
    try:
        kind.body.check(act.body)
    except Misfit as why:
        raise Refused("body-malformed", path=why.path or "body", expected=why.expected) from why
    if (act.about is not None) != kind.about:
        raise Refused("about-missing" if kind.about else "about-unexpected")
    if act.stream != kind.stream(act):
        raise Refused("wrong-stream", expected=kind.stream(act))
    if len(act.sealed) != len(kind.opens(act.body)):
        raise Refused("sealed-count", expected=len(kind.opens(act.body)))


def check_openings(act: Act, openings: Openings) -> Found:
    """Every name that this body allows is opened with a value of its type; optional ones may be absent (decoys)."""
    missing = []
    for name, sealed in kind_of(act).opens(act.body).items():
        value = openings(act.leaf, name)
        if value is UNOPENED:
            missing.append(name)
        elif value is not None or sealed.required:
            try:
                sealed.of.check(value, name)
            except Misfit as why:
                return Breach("opening-malformed", {"name": why.path, "expected": why.expected})
    return Unopened(tuple(missing)) if missing else Held()


def opened_names(act: Act, raws: Sequence[bytes], found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an act's openings say: with every digest opened, an allowed name that is not there was left out, and is None."""
    whole = len(raws) == len(act.sealed)
    return {**dict.fromkeys(kind_of(act).opens(act.body)), **found} if whole else found
