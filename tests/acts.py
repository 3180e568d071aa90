"""Given, when, then over acts: a small estate at some stage of its first vote, one act by somebody, and what the ledger answers.

    given("open").when(vote("o1")).then("cast")
    given("open").when(vote("o1", unit="1-2")).refused("not-your-head")
    given("noticed").when(post(start="2026-08-20")).flagged("R-MEET-2")

The estate has nine heads with 1,200.00 m²; nobody has a key for the developer's head, so that at most eight vote:

    o1 100.01   o2 99.99   o3, o4, o5 100.00 each   o6 300.00   o7 and o8 together 100.00   o9 two units, 100.00   developer 200.00
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final, cast

import pytest

from domain import rulesets
from domain.acts import row_key_id
from domain.authority import matter_of
from domain.calendar import DAY_MS
from domain.confirmations import CONFIRMING
from domain.errors import REFUSALS, Refused
from domain.flags import flags_of
from domain.holidays import CALENDARS
from domain.lifecycle import Act
from domain.roll import Unit
from domain.rulesets import LATEST, Edition
from domain.state import STEPS, act_of
from keys.authoring import stream_of
from keys.identity import SigningKey
from ledger.clock import StoryClock
from scripts.stories import estate as e
from scripts.stories.player import Door, Play, Step, moment, seeded
from tests.memory import MemoryDoor, Placed
from tlog.codec import pack
from tlog.entry import Statement, Submission
from tlog.note import Vkey
from tlog.opening import Opening, decoy, seal

ORIGIN: Final = "demo.example.org/log/440307-001/1"
SOLD: Final = {"1-1": ("o1", 10_001), "1-2": ("o2", 9_999), "1-3": ("o3", 10_000), "1-4": ("o4", 10_000), "1-5": ("o5", 10_000),
               "1-6": ("o6", 30_000), "1-7": ("o7 o8", 10_000), "1-8": ("o9", 4_000), "1-9": ("o9", 6_000)}  # fmt: skip
UNITS: Final = (
    *(Unit(unit, "1", frozenset(owners.split()), area, "sold") for unit, (owners, area) in SOLD.items()),
    Unit("1-10", "1", frozenset(), 12_000, "unsold"), Unit("1-11", "1", frozenset({"buyer"}), 8_000, "undelivered"),
)  # fmt: skip
HEADS, AREA = 9, 120_000
OWNERS: Final = tuple(f"o{n}" for n in range(1, 10))
HOME: Final = {owner: unit for unit, (owners, _) in SOLD.items() for owner in owners.split()}
HOME.update({"o9": "1-8", "o1-twin": "1-1", "newcomer": "1-1"})
ITEMS: Final = {"use": ("use-maintenance-fund", "动用维修资金修电梯?"), "levy": ("raise-maintenance-fund", "筹集维修资金?")}
YES, NO = {"use": "agree", "levy": "agree"}, {"use": "against", "levy": "against"}
BEGIN = "2026-08-03 09:00"
OPENS, CLOSES = "2026-09-03 09:00", "2026-09-17 20:00"
NOTHING: Final = object()  # in `but` and `sealing`: leave this one out
DECOY: Final = object()  # in `sealing`: a decoy in its place


def log_key(origin: str = ORIGIN) -> str:
    """The log's key as founding names it."""
    return str(Vkey(origin, 1, SigningKey.from_seed(bytes(32)).public))


def publish_next_edition(monkeypatch: pytest.MonkeyPatch) -> Edition:
    """An edition that is published after this one: the same rules, the holidays of a year more."""
    table = CALENDARS[LATEST.calendar]
    longer = {**table, "off": (*table["off"], ("2027-01-01", "2027-01-03"))}
    monkeypatch.setitem(cast("dict[str, Any]", CALENDARS), "cn-2027-1", longer)
    edition = Edition(LATEST.ruleset, "cn-2027-1")
    monkeypatch.setitem(rulesets._BY_NAME, pack(edition.named()), edition)
    return edition


# --- an act, as somebody would make it


@dataclass(frozen=True, slots=True)
class Move:
    """A lawful act, and what is made differently: its author, body, openings or fields of the statement."""

    make: Callable[[Play], Step]
    author: str | None = None
    confirmers: tuple[str, ...] | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    sealed: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    moment: str | None = None

    def on(self, when: str) -> Move:
        """Done at this time of the story."""
        return replace(self, moment=when)

    def named(self, name: str) -> Move:
        """Its leaf is called so afterwards."""
        return replace(self, name=name)

    def by(self, who: str) -> Move:
        """Signed by somebody else."""
        return replace(self, author=who)

    def confirmed_by(self, *who: str) -> Move:
        """Confirmed by others than usual, or by nobody."""
        return replace(self, confirmers=who)

    def but(self, **body: Any) -> Move:
        """With other values in the body; a value may be a function of the play."""
        return replace(self, body={**self.body, **body})

    def amend(self, change: Callable[[Play, dict[str, Any]], Mapping[str, Any]]) -> Move:
        """With other values in the body, made from the body as it is."""

        def make(play: Play) -> Step:
            step = self.make(play)
            body = dict(called(step.body, play))
            return replace(step, body={**body, **change(play, body)})

        return replace(self, make=make)

    def sealing(self, **openings: Any) -> Move:
        """With other openings; `holder__x` stands for `holder/x`."""
        return replace(self, sealed={**self.sealed, **{name.replace("__", "/"): value for name, value in openings.items()}})

    def stating(self, **fields: Any) -> Move:
        """With other fields of the statement (prev, until, seen, ledger, stream, about, by) or another signature or suite."""
        return replace(self, fields={**self.fields, **fields})


def first(make: Callable[[Play], Iterable[Step]]) -> Move:
    """The first of a story's steps."""
    return Move(lambda play: next(iter(make(play))))


def said(who: str, kind: str, body: Callable[[Play], Mapping[str, Any]], *, about: str | None = None, confirm: tuple[str, ...] = (),
         sealed: Callable[[Play], Mapping[str, Any]] = lambda _: {}) -> Move:  # fmt: skip
    """An act of this kind."""
    return Move(lambda play: Step("", who, kind, body(play), sealed(play), about=about, confirm=confirm))


def found() -> Move:
    return first(
        lambda play: e.found(play, "", log_key(), {"zh": "国展苑", "en": "Guozhanyuan"}, demo=True, also=["bureau-twin"])
    )


def adopt(edition: Mapping[str, Any]) -> Move:
    return said("operator", "rules-adopted/1", lambda _: {"edition": edition}, confirm=("bureau",))


def admit(*names: str, by: str = "clerk") -> Move:
    return first(lambda play: e.admit(play, "", "more", names, by=by))


def admit_rows(rows: Callable[[Play], tuple[Mapping[str, Any], ...]]) -> Move:
    """A page with these key rows."""

    def make(play: Play) -> Step:
        page = rows(play)
        holders = {f"holder/{row_key_id(row).hex()}": {"id": "x", "name": "某人(示例)"} for row in page}
        return Step("", "clerk", "keys-admitted/1", {"page": "more-1", "rows": page}, holders, confirm=("bureau",))

    return Move(make)


def revoke(name: str, by: str | None = None, reason: str = "lost") -> Move:
    """By the holder, or by a supervisor with one of another organisation."""

    def body(play: Play) -> dict[str, Any]:
        return {"key": play.people[name].key.id, "own": by is None, "reason": reason, "since": play.clock.at}

    return said(by or name, "key-revoked/1", body, confirm=() if by is None else ("party",))


def rotate(name: str, new: str, by: str | None = None, confirm: str = "bureau", **row: Any) -> Move:
    """The key of `name` is replaced by a new one, with which the person then acts as `new`; `row` changes its row."""

    def make(play: Play) -> Step:
        old = play.people[name]
        fresh = play.people.setdefault(new, replace(old, key=SigningKey.from_seed(play.chance(32))))
        body = {"key": old.key.id, "row": {**fresh.row(play.door.origin), **row}}
        return Step("", by or name, "key-rotated/1", body, {f"holder/{fresh.key.id.hex()}": fresh.holder}, confirm=(confirm,))

    return Move(make)


def give(post: str, who: str, *, by: str = "street", confirm: str = "bureau", to: str | None = "2027-08-03") -> Move:
    def body(play: Play) -> dict[str, Any]:
        one = play.people[who]
        return {"from": "2026-08-04", "matter": None, "org": one.org, "person": one.person, "post": post, "to": to}

    return said(by, "post-given/1", body, confirm=(confirm,))


def page(number: int = 1, units: Iterable[Unit] = UNITS, snapshot: str = "r1") -> Move:
    """A page of the roll with these units, by default all of them."""
    own = tuple(units)
    return first(lambda play: (replace(step, body={**cast("dict[str, Any]", step.body), "page": str(number)})
                              for step in e.roll_pages(play, "", snapshot, own)))  # fmt: skip


def freeze(pages: int = 2) -> Move:
    return first(lambda _: e.freeze("", "r1", UNITS, ("2026-08-07", "2026-08-14"), pages))


def bind(unit: str, who: str, number: int = 9) -> Move:
    return first(lambda play: e.bind(play, "", "r1", f"more-{number}", [(unit, who)]))


def notice() -> Move:
    return first(lambda _: e.notice("", "p", "r1", ITEMS, OPENS, CLOSES, "关于电梯的表决", "rules-12"))


def post(n: int = 1, start: str = "2026-08-17", to: str = "2026-09-17") -> Move:
    return first(lambda _: e.posted("", "p", n, "gate", start, to))


def answer(*names: str, n: int = 1) -> Move:
    """Flags answered: the reports with these names."""
    move = said("street", "flags-answered/1", lambda play: {"despite": tuple(sorted(play.leaves[name] for name in names)), "n": n,
                                                             "poll": "p"}, confirm=("bureau",))  # fmt: skip
    return move.sealing(reason="张贴见证人病假,已补办")


def open_(*despite: str) -> Move:
    return first(lambda _: e.open_poll("", "p", despite, "其余公告已按期张贴"))


def vote(who: str, unit: str | None = None, **choices: str) -> Move:
    """A ballot for the voter's own head; agrees with both items unless told otherwise."""
    chosen = choices or dict.fromkeys(ITEMS, "agree")
    return Move(lambda play: e.ballot(play, "", "p", unit or HOME[who], who, chosen))


def envelope(who: str, **choices: str) -> Move:
    """A sealed ballot for the voter's own head."""
    chosen = choices or dict.fromkeys(ITEMS, "agree")
    return Move(lambda play: e.sealed_ballot(play, "", "p", HOME[who], who, chosen))


def paper(*filled: tuple[str, Mapping[str, str]], page: str = "page-1") -> Move:
    """A page of forms: (unit, marks) each; it waits."""
    return Move(lambda _: e.paper_page("", "p", page, filled)).sealing(scan=DECOY)


def key_again(*filled: tuple[str, Mapping[str, str]], page: str = "page-1", who: str = "counter-2") -> Move:
    """The second keying of that page."""
    return Move(lambda _: e.keyed("", "p", page, filled, who))


def mend(*filled: tuple[str, Mapping[str, str]], units: tuple[str, ...] = (), page: str = "mended-1", wrong: str = "page-1",
         observed: bool = False) -> Move:  # fmt: skip
    """A correction of these units' forms on a page; it waits. Forms that are not filled in again are taken out."""
    numbers = units or tuple(unit for unit, _ in filled)
    return Move(lambda _: e.correction("", "p", page, wrong, numbers, filled, "录入时看错一行", observed=observed))


def reopen(who: str, name: str, **sealed: Any) -> Move:
    """An owner opens her sealed ballot again, from the entry and the opening that she kept."""

    def make(play: Play) -> Step:
        entry, raws = cast("MemoryDoor", play.door).kept(play.leaves[name])
        body = {"poll": "p", "tag": play.tag(HOME[who])}
        return Step("", who, "ballot-opened/1", body, {"ballot": {"entry": entry, "opening": raws[0], **sealed}}, about=name)

    return Move(make)


def close() -> Move:
    return first(lambda _: e.close("", "p"))


def certify() -> Move:
    return first(lambda play: e.certify("", "p", cast("MemoryDoor", play.door).opening))


def announce(day: str = "2026-09-19") -> Move:
    return first(lambda _: e.announce("", "p", day, "gate"))


def confirm(who: str, name: str = "it") -> Move:
    """A confirmation of the act called so; `it` is the last act that is no confirmation."""
    return said(who, "confirmed/1", lambda play: {"person": play.people[who].person}, about=name)


def decline(who: str, name: str = "it", reason: str = "not-as-agreed") -> Move:
    return said(who, "declined/1", lambda play: {"person": play.people[who].person, "reason": reason}, about=name)


def erase(
    *names: str, of: str = "p-notice", basis: str = "purpose-ended", until: str = "2026-09-01", by: str = "clerk"
) -> Move:
    """These openings of the named entry erased; all that it seals, unless told otherwise."""

    def body(play: Play) -> dict[str, Any]:
        door, leaf = cast("MemoryDoor", play.door), play.leaves[of]
        digests = door.names[leaf]
        pairs = tuple(sorted((digests[name], name) for name in names or digests))
        return {"basis": basis, "index": door.leaves.index(leaf), "keys_until": until, "openings": pairs}

    return said(by, "openings-erased/1", body, about=of, confirm=("bureau",)).sealing(
        reason="本人申请,已核实(示例)", request=DECOY
    )


Lawful = Mapping[str, tuple[str, Move, str | None]]
LAWFUL: Final[dict[str, tuple[str, Move, str | None]]] = {  # an act of each kind, at which stage and from when
    "ledger-founded/1": ("empty", found(), None),
    "keys-admitted/1": ("staffed", admit("newcomer"), None),
    "key-revoked/1": ("staffed", revoke("o1"), None),
    "key-rotated/1": ("staffed", rotate("o1", "o1-new"), None),
    "post-given/1": ("staffed", give("clerk", "o1"), None),
    "roll-page/1": ("staffed", page(), None),
    "roll-frozen/1": ("bound", freeze(), "2026-08-15 10:00"),
    "heads-bound/1": ("bound", bind("1-1", "o1"), None),
    "poll-noticed/1": ("roll frozen", notice(), None),
    "notice-posted/1": ("noticed", post(), None),
    "flags-answered/1": ("flagged", answer("p-posted-2"), None),
    "poll-opened/1": ("flagged", open_("p-posted-2"), "2026-09-03 09:00"),
    "ballot-cast/1": ("voted", vote("o1", use="against"), None),
    "ballot-sealed/1": ("open, sealed", envelope("o1"), None),
    "ballot-opened/1": ("closed, sealed", reopen("o1", "sealed-1"), None),
    "paper-page/1": ("open, paper", paper(("1-2", YES)), None),
    "page-keyed/1": ("paper waits", key_again(("1-2", YES), ("1-3", NO)), None),
    "entered-in-error/1": ("paper keyed", mend(("1-2", NO)), None),
    "poll-closed/1": ("voted", close(), "2026-09-17 20:30"),
    "result-certified/1": ("closed", certify(), "2026-09-18 10:00"),
    "result-announced/1": ("certified", announce(), None),
    "openings-erased/1": ("paged", erase(of="roll-r1-1"), None),
    "confirmed/1": ("founding", confirm("bureau", "founding"), None),
    "declined/1": ("founding", decline("bureau", "founding"), None),
}


# --- its bytes


def called(value: Any, play: Play) -> Any:
    return value(play) if callable(value) else value


def changed(play: Play, values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**values, **changes}
    return {name: called(value, play) for name, value in merged.items() if value is not NOTHING}


def _opening(name: str, value: Any, salt: bytes) -> bytes:
    return decoy(salt) if value is DECOY else Opening(salt, name, value).raw()


def submission(play: Play, move: Move) -> tuple[Step, bytes]:
    """The step that a move comes to, and the bytes that its author sends."""
    step = move.make(play)
    who, kind = play.people[move.author or step.who], cast("str", move.fields.get("kind", step.kind))
    body = changed(play, called(step.body, play), move.body)
    openings = changed(play, called(step.openings, play), move.sealed)
    fields = {name: called(value, play) for name, value in move.fields.items()}
    about = fields["about"] if "about" in fields else play.leaves[step.about] if step.about else None
    stream = fields["stream"] if "stream" in fields else stream_of(kind, body, about)
    last = play.door.fold.state.get(("stream", stream))
    prev = fields.get("prev", last.leaf if last else None)
    raws = [_opening(name, value, play.chance(16)) for name, value in openings.items()]
    ledger = fields.get("ledger", play.door.origin)
    sealed, opened = seal(raws, ledger, stream, prev)
    by, until = fields.get("by", who.key.id), fields.get("until", play.clock.at + DAY_MS)
    statement = Statement(about, play.clock.at, body, by, kind, ledger, prev, sealed, fields.get("seen"), stream, until).raw()
    signature = fields.get("signature", who.key.sign_statement(statement))
    return step, Submission(fields.get("opened", opened), signature, statement, fields.get("suite", who.key.suite)).raw()


# --- given, when, then


class Given:
    """A ledger at some stage."""

    def __init__(self, play: Play) -> None:
        self.play = play

    @property
    def door(self) -> MemoryDoor:
        return cast("MemoryDoor", self.play.door)

    @property
    def state(self) -> dict[Any, Any]:
        return self.door.fold.state

    def at(self, when: str) -> Given:
        """At this time of the story."""
        self.play.clock.move_to(moment(when))
        return self

    def when(self, *moves: Move) -> Then:
        """These acts, each with its confirmations; all but the last are admitted."""
        for move in moves[:-1]:
            self._done(move).admitted()
        return self._done(moves[-1])

    def submit(self, *raws: bytes) -> list[Placed | Refused]:
        """Bytes as they are."""
        return self.door.submit_all(raws)

    def _done(self, move: Move) -> Then:
        if move.moment:
            self.at(move.moment)
        step, raw = submission(self.play, move)
        before = dict(self.state), self.door.fold.head, len(self.door.entries)
        answer = self.submit(raw)[0]
        if isinstance(answer, Refused):
            assert (self.state, self.door.fold.head, len(self.door.entries)) == before
            return Then(self, answer, None)
        act = act_of(answer.entry).act
        if act.kind not in (*CONFIRMING, "declined/1"):
            self.play.leaves["it"] = act.leaf
        if name := move.name or step.name:
            self.play.leaves[name] = act.leaf
        for who in step.confirm if move.confirmers is None else move.confirmers:
            answered = self._done(confirm(who))
            if isinstance(answered.answer, Refused):
                return replace(answered, act=act)
        return Then(self, answer, act)


@dataclass(frozen=True, slots=True)
class Then:
    """What the ledger answered, and to which act."""

    given: Given
    answer: Placed | Refused
    act: Act | None

    def admitted(self) -> Given:
        if isinstance(self.answer, Refused):
            pytest.fail(f"refused: {self.answer}")
        return self.given

    def then(self, stage: str) -> Given:
        """The thing that the act is about has this stage now."""
        given = self.admitted()
        assert self.act is not None
        assert given.state[STEPS[self.act.kind][0].key(self.act)].stage == stage
        return given

    def pending(self) -> Given:
        """The act waits for others and had no effect yet."""
        given = self.admitted()
        assert self.act is not None
        assert ("pending", self.act.leaf) in given.state
        return given

    def flagged(self, *rules: str) -> Given:
        """The report is admitted, and broke exactly these rules."""
        given = self.admitted()
        assert self.act is not None
        matter = str(matter_of(self.act))
        assert {rule for leaf, rule in flags_of(given.state, matter) if leaf == self.act.leaf} == set(rules)
        for rule in rules:
            flag = given.state["flag", (matter, self.act.leaf, rule)]
            explained(Refused(flag.code, **flag.detail))
        return given

    def refused(self, code: str, **detail: Any) -> Given:
        """The act is refused with this code and these details, in sentences without holes; nothing has changed."""
        assert isinstance(self.answer, Refused), f"admitted, expected {code}"
        assert self.answer.code == code, str(self.answer)
        assert {name: self.answer.detail[name] for name in detail} == detail
        explained(self.answer)
        return self.given

    def when(self, *moves: Move) -> Then:
        return self.admitted().when(*moves)

    def at(self, when: str) -> Given:
        return self.admitted().at(when)


def explained(why: Refused) -> None:
    """Its sentence and remedy, in both languages, are filled by its detail, and end."""
    assert why.code in REFUSALS
    for lang, stop in (("zh", "。"), ("en", ".")):
        for words in (why.sentence(lang), why.remedy(lang)):
            assert words.endswith(stop)
            assert not re.search(r"\{[a-z_]*\}", words)
            assert "None" not in words


# --- the stages of the first vote


def people(door: Door, clock: StoryClock) -> Play:
    """Everybody, with their keys, before this door; the same bytes every time."""
    play = Play(door, clock, seeded(1))
    e.meet_officials(play)
    for owner in OWNERS:
        play.meet(owner, None, f"业主{owner[1:]}(示例)")
    play.meet("tenant", None, "租户(示例)")
    play.meet("newcomer", None, "刚搬来的业主(示例)", "o99")
    play.meet("manager", "enterprise-bangmu", "物业经理(示例)")
    for name in ("o1", "bureau"):
        play.people[f"{name}-twin"] = replace(play.people[name], key=SigningKey.from_seed(play.chance(32)))
    return play


def _staff(play: Play) -> Iterable[Step]:
    yield from e.admit(play, "2026-08-03 10:00", "staff", [*e.STAFF, "manager"])
    yield from e.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03")
    yield from e.admit(play, "2026-08-06 10:00", "owners", [*OWNERS, "o1-twin", "tenant"], by="clerk")


def _bindings(play: Play) -> Iterable[Step]:
    pairs = [(HOME[who], who) for who in (*OWNERS[:7], "o1-twin")]
    yield from e.bind(play, "2026-08-08 10:00", "r1", "early", pairs)


def _freeze(play: Play) -> Iterable[Step]:
    yield from e.freeze("2026-08-15 10:00", "r1", UNITS, ("2026-08-07", "2026-08-14"), 2)
    yield from e.bind(play, "2026-08-15 10:00", "r1", "late", [("1-7", "o8"), ("1-8", "o9")])


VOTES: Final = {"o1": "agree", "o3": "agree", "o4": "agree", "o5": "agree", "o6": "against", "o7": "abstain", "o9": "agree"}


def _ballots(play: Play) -> Iterable[Step]:
    for who, choice in VOTES.items():
        yield e.ballot(play, "2026-09-04 10:00", "p", HOME[who], who, {"use": choice, "levy": "agree"})


def _sealed(_play: Play) -> Iterable[Step]:
    return _begun(None, ("electronic",))


def _paper(_play: Play) -> Iterable[Step]:
    return _begun("rules-12", ("electronic", "paper"))


def _sealed_paper(_play: Play) -> Iterable[Step]:
    return _begun(None, ("electronic", "paper"))


def _begun(clause: str | None, channels: tuple[str, ...]) -> Iterable[Step]:
    yield from e.notice("2026-08-17 10:00", "p", "r1", ITEMS, OPENS, CLOSES, "关于电梯的表决", clause, channels)
    yield from e.posted("2026-08-17 11:00", "p", 1, "gate", "2026-08-17", "2026-09-17")
    yield from e.open_poll("2026-09-03 09:00", "p")


def _founding(play: Play) -> Iterable[Step]:
    return (replace(step, confirm=()) for step in _founded(play))


def _founded(play: Play) -> Iterable[Step]:
    return e.found(play, "2026-08-03 09:00", log_key(), {"zh": "国展苑", "en": "Guozhanyuan"}, demo=True, also=["bureau-twin"])


PAGE: Final = (("1-2", YES), ("1-3", NO))
Stage = tuple[str, Callable[[Play], Iterable[Step]]]  # the one before, and what leads from there

STAGES: Final[dict[str, Stage]] = {
    "founding": ("empty", _founding),
    "founded": ("empty", _founded),
    "staffed": ("founded", _staff),
    "paged": ("staffed", lambda play: e.roll_pages(play, "2026-08-07 09:00", "r1", UNITS, size=5)),
    "bound": ("paged", _bindings),
    "roll frozen": ("bound", _freeze),
    "noticed": (
        "roll frozen",
        lambda _: e.notice("2026-08-17 10:00", "p", "r1", ITEMS, OPENS, CLOSES, "关于电梯的表决", "rules-12"),
    ),
    "posted": ("noticed", lambda _: e.posted("2026-08-17 11:00", "p", 1, "gate", "2026-08-17", "2026-09-17")),
    "flagged": ("posted", lambda _: e.posted("2026-08-25 11:00", "p", 2, "hall", "2026-08-25", "2026-09-17")),
    "open": ("posted", lambda _: e.open_poll("2026-09-03 09:00", "p")),
    "open, sealed": ("roll frozen", _sealed),
    "open, paper": ("roll frozen", _paper),
    "open, sealed paper": ("roll frozen", _sealed_paper),
    "paper waits": ("open, paper", lambda _: [e.paper_page("2026-09-04 10:00", "p", "page-1", PAGE)]),
    "paper keyed": ("paper waits", lambda _: [e.keyed("2026-09-04 11:00", "p", "page-1", PAGE)]),
    "certified, paper": (
        "closed, paper",
        lambda play: e.certify("2026-09-18 10:00", "p", cast("MemoryDoor", play.door).opening),
    ),
    "closed, paper": ("paper keyed", lambda _: e.close("2026-09-17 20:30", "p")),
    "mended, keyed": (
        "closed, paper",
        lambda _: [
            e.correction("2026-09-18 09:00", "p", "mended-1", "page-1", ["1-2"], [("1-2", NO)], "看错一行", observed=True),
            e.keyed("2026-09-18 09:30", "p", "mended-1", [("1-2", NO)]),
        ],
    ),
    "open, paper alone": ("roll frozen", lambda _: _begun("rules-12", ("paper",))),
    "frozen, waiting": (
        "bound",
        lambda _: [
            replace(step, confirm=()) for step in e.freeze("2026-08-15 10:00", "r1", UNITS, ("2026-08-07", "2026-08-14"), 2)
        ],
    ),
    "voted, sealed": (
        "open, sealed",
        lambda play: [replace(e.sealed_ballot(play, "2026-09-04 10:00", "p", "1-1", "o1", YES), name="sealed-1")],
    ),
    "closed, sealed": ("voted, sealed", lambda _: e.close("2026-09-17 20:30", "p")),
    "voted": ("open", _ballots),
    "closed": ("voted", lambda _: e.close("2026-09-17 20:30", "p")),
    "certified": ("closed", lambda play: e.certify("2026-09-18 10:00", "p", cast("MemoryDoor", play.door).opening)),
    "announced": ("certified", lambda _: e.announce("2026-09-19 10:00", "p", "2026-09-19", "gate")),
}


def learn(stages: Mapping[str, Stage], lawful: Lawful) -> None:
    """A subject's own stages and lawful acts, from its file in tests/moves."""
    STAGES.update(stages)
    LAWFUL.update(lawful)


@cache
def _reached(stage: str) -> Play:
    if stage == "empty":
        clock = StoryClock(moment(BEGIN))
        return people(MemoryDoor(ORIGIN, clock), clock)
    before, steps = STAGES[stage]
    play = _copied(_reached(before), stage)
    for _ in play.play(steps(play)):
        pass
    return play


def _copied(play: Play, seed: str) -> Play:
    clock = StoryClock(play.clock.at)
    twin = Play(cast("MemoryDoor", play.door).copy(clock), clock, seeded(int.from_bytes(seed.encode())))
    twin.people, twin.leaves, twin.tags = dict(play.people), dict(play.leaves), dict(play.tags)
    return twin


def given(stage: str, *, at: str | None = None) -> Given:
    """A ledger of its own at this stage: empty, founding, founded, staffed, paged, bound, roll frozen, noticed … announced."""
    world = Given(_copied(_reached(stage), f"given {stage}"))
    return world.at(at) if at else world


# --- refusals as tables


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a table of refusals: at this stage this act meets this code."""

    code: str
    why: str
    stage: str
    moves: tuple[Move, ...]
    at: str | None = None

    def check(self) -> None:
        given(self.stage, at=self.at).when(*self.moves).refused(self.code)


def case(code: str, why: str, stage: str, *moves: Move, at: str | None = None) -> Any:
    """A row of such a table, named for pytest by its code and reason."""
    return pytest.param(Case(code, why, stage, moves, at), id=f"{code}: {why}")
