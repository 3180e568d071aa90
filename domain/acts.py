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
    CANDIDATE,
    CODE,
    COUNT,
    DATE,
    DOCUMENT,
    FORM,
    HASH,
    IDENT,
    MAX_INT,
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
from domain.rulesets import AGAINST, AGREE, CHOICES, COMMITTEE_MATTERS, MATTERS, MEMBER_CHOICES, SILENCES, STATUSES
from tlog.entry import key_id

EFFECT, REPORT = "effect", "report"
POSTS: Final = ("operator", "supervisor", "parent", "street-office", "committee", "preparatory-group", "re-election-group",
                "clerk", "counter", "observer", "posting-witness",
                "party-branch", "committee-member", "secretary", "building-head", "resident")  # fmt: skip
MAX_ROWS: Final = 100
MAX_ROLL_ROWS: Final = 400
MAX_POSTINGS: Final = 60  # of one vote
MAX_OUTAGES: Final = 20  # reported of one vote
MAX_FLAGS: Final = 3 * MAX_POSTINGS + MAX_OUTAGES  # of one vote: all that its reports can earn fit into its result
MAX_ANSWERS: Final = 999  # of one vote
MAX_SCOPE: Final = 2000  # heads of one scope: their tags fit into one entry
ANNULLERS: Final = ("court", "authority")  # Civil Code art. 280, Property Management Regulation art. 19
PLATFORMS: Final = ("city-evoting", "paper-before", "other")  # where a decision was counted that this ledger has not counted
RESULT_KINDS: Final = ("result-certified/1", "result-certified/2", "result-recounted/1")
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
WITHOUT: Final = Record({**dict.fromkeys((*CHOICES, "participating"), FIGURE), "passed": YesNo(), "quorate": Maybe(YesNo())})
DEEMED_RESULT: Final = Record({  # of an item with an electorate of its own, or with those who are silent deemed to take part
    **ITEM_RESULT.of, "electorate": FIGURE, "majority": Maybe(Choice((AGREE, AGAINST))), "silent": FIGURE, "without": WITHOUT,
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


# What owners do beside voting.
GROUNDS: Final = ("roll", "qualification", "procedure", "counting", "other")
OUTCOMES: Final = ("upheld", "rejected", "moot")
ROLL_REASONS: Final = ("transfer", "objection", "correction", "merged", "new-term", "other")
METHODS: Final = (
    "handed",
    "posted-by-mail",
    "electronic",
    "announced",
    "refused",
)  # of serving; refused: she would not sign for it
PREP_GROUP, EXTRAORDINARY, RECALL = "prep-group", "extraordinary-meeting", "recall"
LIMB_WORDS: Final = ("heads", "area", "both")
PREPARATORY, RE_ELECTION = "preparatory", "re-election"
SIDES: Final = ("owner", "developer", "street", "community", "party")  # R-PREP-3; all but owners are classes of organisations
OBJECTION_RAISED: Final = Record({"ground": Choice(GROUNDS), "id": IDENT, "of": HASH, "snapshot": IDENT, "tag": TAG})
PROXY_GIVEN: Final = Record({"agent": TAG, "poll": IDENT, "tag": TAG})
PROXY_ENDED: Final = Record({"poll": IDENT, "tag": TAG})
REQUEST_SIGNED: Final = Record({"request": IDENT, "tag": TAG})
SERVED_ROW: Final = Tuple((TAG, Choice(METHODS), DATE))
MEMBER: Final = Record({"person": TAG, "side": Choice(SIDES)})
TEXT: Final = Sealed(Words(), "public")
# Elections (rulebook §2.4) and joining.
ELECTION_KINDS: Final = ("first", "re-election", "by-election")
NOMINATIONS: Final = ("self", "owners", "party")
INELIGIBLE: Final = (  # R-COM-2, R-SZ-8: why a candidate is not eligible
    "criminal-record", "dishonest-debtor", "fee-default", "kin-works-for-enterprise", "no-full-capacity", "not-an-owner",
    "removed-earlier", "sits-elsewhere", "unlawful-building", "works-for-enterprise",
)  # fmt: skip
UNFIT: Final = Sealed(ListOf(Choice(INELIGIBLE), 1, len(INELIGIBLE), ascending=True), "supervisor")
SEAT_ENDS: Final = ("resigned", "recalled", "by-law")
SEAT_GROUNDS: Final = (
    "no-longer-owner",
    "incapacity",
    "liberty-restricted",
    "deceased",
    "other-legal",
)  # R-COM-10: ends by law
HANDED: Final = ("accounts", "archives", "property", "rolls", "seal")  # R-COM-11
MAX_CANDIDATES: Final = 20  # the items of one vote
PROFILE: Final = Record({  # shown with the candidate's consent; political status only where it is given
    "consent": YesNo(), "name": Words(120), "occupation": Words(200), "political": Maybe(Words(60)), "statement": Words(2000),
    "unit": Words(60),
})  # fmt: skip
AREA_CLASSES: Final = ("garden", "self-built", "enterprise")
CARRIED: Final = Variant("subject", {}, "figures", {
    "account": Record({"cents": Whole(-MAX_INT), "on": DATE}),
    "committee": Record({"chair": Maybe(TAG), "end": DATE, "members": ListOf(TAG, 1, 99, ascending=True), "seats": Whole(1, 99),
                         "start": DATE}),
    "contract": Record({"from": DATE, "to": DATE}),
    "covenant": Record({"adopted": DATE, "digest": HASH}),
    "decision": Record({"day": DATE, "matter": Choice(MATTERS), "passed": YesNo()}),
    "price": Record({"cents": COUNT, "from": DATE}),
    "rules": Record({"adopted": DATE, "digest": HASH}),
})  # fmt: skip


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
    "objection-raised/1": OBJECTION_RAISED, "proxy-given/1": PROXY_GIVEN, "proxy-ended/1": PROXY_ENDED,
    "request-signed/1": REQUEST_SIGNED,
})  # fmt: skip

# A meeting of the committee: who said what on each item, and what a use of the seal rests on.
MEMBERS: Final = ListOf(TAG, 0, 50, ascending=True)
MINUTED_ITEM: Final = Record({**dict.fromkeys(MEMBER_CHOICES, MEMBERS), "passed": YesNo()})
DECISION: Final = Record({"id": IDENT, "item": IDENT, "leaf": HASH, "of": Choice(("meeting", "poll"))})
SEAL_PURPOSES: Final = ("contract", "filing", "account", "letter", "other")
CHOSEN: Final = Sealed(MapOf(IDENT, Choice(CHOICES), 1, 20), "counters")


def _forms(body: Body) -> Names:
    """A page of paper seals the choices of each form whose row does not show them."""
    return {f"choices/{row['form']}": CHOSEN for row in body["rows"] if row["kind"] == "ballot-sealed/1"}


def _words(body: Body) -> Names:
    """The words of each objection on a page; whoever keys it again types none of them anew."""
    return {f"text/{row['form']}": TEXT for row in body["rows"] if row["kind"] == "objection-raised/1"}


def _result(item: Field, **more: Field) -> dict[str, Field]:
    """The body of a certified result whose items are of this form."""
    return {"bound_late": COUNT, "counted": Record({"root": HASH, "size": COUNT}), "electorate": FIGURE,
            "flags": ListOf(Tuple((HASH, CODE)), 0, MAX_FLAGS, ascending=True), "items": MapOf(IDENT, item, 1, 20),
            "poll": IDENT, **more}  # fmt: skip


def _count_key(_body: Body) -> Names:
    return {"count-key": Sealed(Bytes(32, 32), "counters")}


def _reason(_body: Body) -> Names:
    return {"reason": REASON}


def _despite(body: Body) -> Names:
    return {"reason": REASON} if body["despite"] else {}


def _minutes(body: Body) -> Names:
    """Minutes that somebody signed by hand come with a scan of that signature."""
    scan = {"scan": Sealed(ListOf(DOCUMENT, 1, MAX_ROWS), "supervisor")} if body["paper"] else {}
    return {"minutes": Sealed(Words(), "public"), **scan}


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
          lambda body: {"scan": Sealed(ListOf(DOCUMENT, 1, MAX_ROWS), "supervisor", required=False), **_forms(body), **_words(body)}),
    _kind("page-keyed/1", EFFECT, "纸质复录", "Page of paper keyed again",
          {"person": TAG, "poll": Maybe(IDENT), "rows": ListOf(PAPER_ROW, 0, MAX_ROWS)}, _confirmation, _forms, about=True),
    _kind("entered-in-error/1", EFFECT, "代录更正", "Correction of paper",
          {"forms": ListOf(FORM, 1, MAX_ROWS, ascending=True), "observed": YesNo(), "page": IDENT, "poll": Maybe(IDENT),
           "rows": ListOf(PAPER_ROW, 0, MAX_ROWS)}, "paper/{page}", lambda body: {"reason": REASON, **_forms(body)}, about=True),
    _kind("poll-closed/1", EFFECT, "表决截止", "Vote closed", {"poll": IDENT, "root": HASH, "size": Whole(1)}, "poll/{poll}"),
    _kind("result-certified/1", EFFECT, "结果核定", "Result certified", _result(ITEM_RESULT), "poll/{poll}", _count_key),
    _kind("result-announced/1", REPORT, "结果公告", "Result announced", {"at": DATE, "place": IDENT, "poll": IDENT, "result": HASH},
          "announced/{poll}"),
    _kind("openings-erased/1", EFFECT, "密封内容删除", "Openings erased",
          {"basis": Choice(BASES), "index": COUNT, "keys_until": DATE,
           "openings": ListOf(Tuple((HASH, CODE)), 1, MAX_ROWS, ascending=True)},
          lambda act: f"erased/{(act.about or b'').hex()}",
          lambda _body: {"reason": Sealed(Words(), "supervisor"), "request": Sealed(DOCUMENT, "supervisor", required=False)},
          about=True),
    # --- kinds: assembly
    # owners' rights
    _kind("objection-raised/1", EFFECT, "异议", "Objection raised", OBJECTION_RAISED.of, "objection/{id}", lambda _body: {"text": TEXT},
          engine=3),
    _kind("objection-answered/1", EFFECT, "异议答复", "Objection answered", {"id": IDENT, "outcome": Choice(OUTCOMES)},
          "objection/{id}", lambda _body: {"answer": Sealed(Words(), "public")}, engine=3),
    _kind("objection-escalated/1", EFFECT, "异议提交监督单位", "Objection taken to the supervisors", {"id": IDENT}, "objection/{id}",
          engine=3),
    _kind("roll-replaced/1", EFFECT, "名册更新理由", "Reason for a new roll",
          {"reason": Choice(ROLL_REASONS), "replaces": IDENT, "snapshot": IDENT}, "roll-reason/{snapshot}",
          lambda _body: {"reason": REASON}, engine=3),
    _kind("proxy-given/1", EFFECT, "委托代理投票", "Agent named", PROXY_GIVEN.of, "proxy/{poll}/{tag}",
          lambda _body: {"authority": Sealed(DOCUMENT, "supervisor", required=False)}, engine=3),
    _kind("proxy-ended/1", EFFECT, "撤销委托", "Agent dismissed", PROXY_ENDED.of, "proxy/{poll}/{tag}", engine=3),
    _kind("notice-served/1", EFFECT, "送达登记", "Notice served",
          {"page": IDENT, "poll": IDENT, "rows": ListOf(SERVED_ROW, 1, MAX_ROWS)}, "served/{poll}/{page}",
          lambda _body: {"proof": Sealed(ListOf(DOCUMENT, 1, MAX_ROWS), "supervisor", required=False)}, engine=3),
    _kind("request-opened/1", EFFECT, "业主联名发起", "Request opened",
          {"purpose": Choice((PREP_GROUP, EXTRAORDINARY, RECALL)), "request": IDENT, "snapshot": IDENT, "tag": TAG},
          "request/{request}", lambda _body: {"text": TEXT}, engine=3),
    _kind("request-signed/1", EFFECT, "联名签署", "Request signed", REQUEST_SIGNED.of, "signed/{request}/{tag}", engine=3),
    _kind("request-withdrawn/1", EFFECT, "撤回联名", "Signature withdrawn", REQUEST_SIGNED.of, "signed/{request}/{tag}", engine=3),
    _kind("request-verified/1", EFFECT, "联名核实", "Request verified",
          {"area": AREA, "heads": COUNT, "limb": Choice(LIMB_WORDS), "request": IDENT}, "request/{request}", engine=3),
    _kind("group-formed/1", EFFECT, "筹备组成立", "Group formed",
          {"group": IDENT, "leader": TAG, "members": ListOf(MEMBER, 1, 99), "purpose": Choice((PREPARATORY, RE_ELECTION)),
           "request": Maybe(IDENT), "to": DATE}, "group/{group}", engine=3),
    # counting
    _kind("scope-defined/1", EFFECT, "表决范围界定", "Scope of owners defined",
          {"area": AREA, "heads": COUNT, "scope": IDENT, "snapshot": IDENT, "tags": ListOf(TAG, 1, MAX_SCOPE, ascending=True)},
          "scope/{snapshot}/{scope}", lambda _body: {"units": Sealed(ListOf(Plain(60), 1, 5000, ascending=True), "owners")}, engine=3),
    _kind("silence-warned/1", EFFECT, "未表态后果告知", "Owners told what silence means", {"poll": IDENT}, "warned/{poll}",
          lambda _body: {"warning": Sealed(Words(), "public")}, engine=3),
    _kind("poll-extended/1", EFFECT, "表决延期", "Vote extended", {"closes": MS, "poll": IDENT}, "poll/{poll}", _reason, engine=3),
    _kind("poll-withdrawn/1", EFFECT, "表决撤回", "Vote withdrawn", {"poll": IDENT}, "poll/{poll}", _reason, engine=3),
    _kind("outage-recorded/1", REPORT, "台账中断", "Outage of the ledger recorded", {"from": MS, "poll": IDENT, "to": MS},
          "outage/{poll}", engine=3),
    _kind("result-certified/2", EFFECT, "结果核定（分范围或含推定）", "Result certified with both tallies",
          _result(DEEMED_RESULT), "poll/{poll}", _count_key, engine=3),
    _kind("result-recounted/1", EFFECT, "复核计票结果", "Result counted again", _result(DEEMED_RESULT, objection=IDENT), "poll/{poll}",
          _count_key, engine=3),
    _kind("poll-annulled/1", EFFECT, "表决结果被撤销", "Result annulled",
          {"by": Choice(ANNULLERS), "day": DATE, "document": Maybe(DOCUMENT), "poll": IDENT}, "annulled/{poll}", _reason, engine=3),
    _kind("decision-reported/1", REPORT, "外部表决结果登记", "Decision counted elsewhere reported",
          {**dict.fromkeys((*CHOICES, "electorate", "participating"), FIGURE), "claimed": YesNo(), "day": DATE,
           "decision": IDENT, "document": DOCUMENT, "matter": Choice(MATTERS), "platform": Choice(PLATFORMS)},
          "decision/{decision}", lambda _body: {"title": Sealed(Words(200), "public")}, engine=3),
    # --- kinds: elections
    _kind("election-begun/1", EFFECT, "选举启动", "Election begun",
          {"alternates": Whole(0, 20), "election": IDENT, "kind": Choice(ELECTION_KINDS), "nominate_to": DATE, "roll": IDENT,
           "seats": Whole(1, 99), "term": Maybe(Whole(1, 20))}, "election/{election}", engine=3),
    _kind("candidate-nominated/1", EFFECT, "候选人提名", "Candidate nominated",
          {"by": Choice(NOMINATIONS), "candidate": CANDIDATE, "election": IDENT, "person": TAG, "tag": Maybe(TAG)},
          "candidate/{candidate}", lambda _body: {"consent": Sealed(DOCUMENT, "supervisor", required=False),
                                                  "profile": Sealed(PROFILE, "public")}, engine=3),
    _kind("candidate-checked/1", EFFECT, "候选人资格审查", "Candidate checked",
          {"candidate": CANDIDATE, "qualified": YesNo()},
          "candidate/{candidate}", lambda body: {} if body["qualified"] else {"grounds": UNFIT, "reason": REASON}, engine=3),
    _kind("candidate-withdrawn/1", EFFECT, "候选人退出", "Candidate withdrawn", {"candidate": CANDIDATE, "own": YesNo()},
          "candidate/{candidate}", lambda body: {} if body["own"] else {"reason": REASON}, engine=3),
    _kind("candidates-posted/1", REPORT, "候选人名单公示", "Candidates posted",
          {"candidates": ListOf(CANDIDATE, 1, 100, ascending=True), "election": IDENT, "from": DATE, "n": Whole(1, MAX_POSTINGS),
           "place": IDENT, "to": DATE}, "candidates/{election}/{n}", engine=3),
    _kind("candidates-final/1", EFFECT, "候选人确定", "Candidates final",
          {"candidates": ListOf(CANDIDATE, 1, MAX_CANDIDATES, ascending=True),
           "despite": ListOf(HASH, 0, MAX_POSTINGS, ascending=True), "election": IDENT},
          "election/{election}", _despite, engine=3),
    _kind("election-declared/1", EFFECT, "当选宣布", "Election declared",
          {"alternates": ListOf(CANDIDATE, 0, MAX_CANDIDATES), "elected": ListOf(CANDIDATE, 0, MAX_CANDIDATES), "election": IDENT,
           "tied": ListOf(CANDIDATE, 0, MAX_CANDIDATES, ascending=True), "vote": IDENT}, "election/{election}", engine=3),
    _kind("officers-elected/1", EFFECT, "主任副主任推选", "Officers elected",
          {"chair": TAG, "deputies": ListOf(TAG, 0, 20, ascending=True), "election": IDENT, "signers": Whole(1, 99)},
          "officers/{election}", engine=3),
    _kind("committee-filed/1", REPORT, "业委会备案", "Committee filed",
          {"authority": IDENT, "day": DATE, "document": Maybe(DOCUMENT), "election": IDENT}, "filed/{election}", engine=3),
    _kind("seat-ended/1", EFFECT, "委员资格终止", "Seat ended",
          {"day": DATE, "person": TAG, "reason": Choice(SEAT_ENDS), "vote": Maybe(IDENT)}, "seat/{person}",
          lambda body: {"ground": Sealed(Choice(SEAT_GROUNDS), "supervisor")} if body["reason"] == "by-law" else {}, engine=3),
    _kind("alternate-seated/1", EFFECT, "候补委员递补", "Alternate seated", {"person": TAG}, "seat/{person}", engine=3),
    _kind("handover-recorded/1", REPORT, "移交记录", "Handover recorded",
          {"day": DATE, "election": IDENT, "items": ListOf(Choice(HANDED), 1, len(HANDED), ascending=True),
           "n": Whole(1, 9999), "person": Maybe(TAG)}, "handover/{n}",
          lambda _body: {"receipts": Sealed(ListOf(DOCUMENT, 1, 20), "supervisor", required=False)}, engine=3),
    # --- kinds: committee
    _kind("committee-noticed/1", EFFECT, "业委会会议通知", "Committee meeting called",
          {"items": ListOf(Record({"id": IDENT, "matter": Choice((*COMMITTEE_MATTERS, *MATTERS))}), 1, 20), "meeting": IDENT,
           "observers": MEMBERS, "starts": MS}, "meeting/{meeting}", _each("agenda", _item_ids, Sealed(Words(), "public")), engine=3),
    _kind("meeting-requested/1", EFFECT, "提议召开业委会会议", "Committee meeting asked for", {"person": TAG, "request": IDENT},
          "meeting-request/{request}/{person}", lambda _body: {"reason": REASON}, engine=3),
    _kind("committee-voted/1", EFFECT, "业委会委员表决", "Committee member voted",
          {"choices": MapOf(IDENT, Choice(MEMBER_CHOICES), 1, 20), "meeting": IDENT, "person": TAG}, "voted/{meeting}/{person}",
          engine=3),
    _kind("meeting-minuted/1", EFFECT, "业委会会议记录", "Committee meeting minuted",
          {"in_office": COUNT, "items": MapOf(IDENT, MINUTED_ITEM, 1, 20), "meeting": IDENT, "observers": MEMBERS, "paper": MEMBERS,
           "present": MEMBERS}, "meeting/{meeting}", _minutes, engine=3),
    _kind("decision-posted/1", REPORT, "业委会决定公告", "Committee decision posted",
          {"day": DATE, "meeting": IDENT, "place": IDENT}, "decisions/{meeting}", engine=3),
    _kind("seal-used/1", REPORT, "用印登记", "Seal used",
          {"day": DATE, "decision": Maybe(DECISION), "n": Whole(1, 99_999), "purpose": Choice(SEAL_PURPOSES)}, "seal/{n}",
          lambda _body: {"title": Sealed(Words(200), "public")}, engine=3),
    # --- kinds: joining
    _kind("carried-over/1", EFFECT, "期初登记", "Carried over",
          {"documents": ListOf(DOCUMENT, 0, 20), "id": IDENT, "what": CARRIED},
          "carried/{id}", lambda _body: {"note": Sealed(Words(), "public")}, engine=3),
    _kind("area-classed/1", EFFECT, "小区类别认定", "Area classed", {"class": Choice(AREA_CLASSES)}, "area-class", engine=3),
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


def engine_of(act: Act) -> int:
    """The first engine that has what an act says: its kind, and of a page the kinds of its rows."""
    rows = act.body["rows"] if act.kind == "paper-page/1" else ()
    return max(KINDS[kind].engine for kind in (act.kind, *(row["kind"] for row in rows)) if kind in KINDS)


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
