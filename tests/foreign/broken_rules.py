"""Level 2: copies in which every byte and every signature is right and a rule is broken (docs/spec/state.md, docs/spec/kinds.md).

An attacker who owns the log's key, and the keys of those who act with it, lets in what the door refuses and signs the tree anew.
Each row: name, what was done, the code that an audit must give, from which scene the story is told differently and how, which
scenes follow as they were, and how many entries behind the scene's beginning the one stands that must be named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from domain.calendar import DAY_MS
from domain.roll import Unit, row_of
from domain.rulesets import LATEST
from scripts.stories import estate
from scripts.stories.player import Play, Step, moment
from tests.foreign.broken_entries import key_row, rows
from tests.foreign.forging import (
    IDENTITY,
    Copy,
    Tampering,
    mixed_key,
    opened,
    retold,
    said_next,
    signed_by_mixed,
    submit,
    universal_signature,
    with_signature,
)  # fmt: skip
from tests.foreign.spoiling import NOWHERE, SALT, STRANGER
from tests.foreign.trial import HOME, OPENS, OWNERS, SCENES, UNITS, VKEY, Log, announce, ballot, certify, notice, run
from tlog.codec import pack
from tlog.entry import LARGEST_INTEGER, Entry, key_id
from tlog.merkle import leaf_hash
from tlog.note import Vkey
from tlog.opening import Opening

Tell = Callable[[Play], None]
Body = Mapping[str, Any] | Callable[[Play], Mapping[str, Any]]
DUSK: Final = "2026-09-08 10:00"  # everybody has voted
AFTER: Final = "2026-09-20 09:00"  # all is over
USE: Final = {"use": "agree"}

# --- how a story is told differently --------------------------------------------------------------------------------------------


def row(name: str, did: str, code: str, scene: str, tell: Tell, *after: str, bad: int = 0, sealed: bool = False) -> Tampering:
    """A row of level 2, told from a scene on."""

    def forge(log: Log) -> Copy:
        return retold(log, scene, tell, *after)

    return Tampering(name, did, 2, resigned=True, forge=forge, first_bad=lambda log: log.marks[scene] + bad, code=code,
                     sealed=sealed)  # fmt: skip


def appendix(name: str, did: str, code: str, tell: Tell, *, bad: int = 0, sealed: bool = False) -> Tampering:
    """A row whose story goes on after its end."""

    def forge(log: Log) -> Copy:
        return retold(log, "announced", then(announce, tell))

    return Tampering(name, did, 2, resigned=True, forge=forge, first_bad=lambda log: log.size + bad, code=code, sealed=sealed)


def raw(name: str, did: str, code: str, *make: Callable[[Log], bytes]) -> Tampering:
    """A row with entries behind the last, made by hand."""

    def forge(log: Log) -> Copy:
        copy = Copy(log)
        copy.retree([*log.entries, *(one(log) for one in make)])
        return copy

    return Tampering(name, did, 2, resigned=True, forge=forge, first_bad=lambda log: log.size, code=code)


def then(*tells: Tell) -> Tell:
    """One after another."""

    def tell(play: Play) -> None:
        for one in tells:
            one(play)

    return tell


def step(make: Callable[[Play], Step | Iterable[Step]]) -> Tell:
    """Steps as the story's own."""

    def tell(play: Play) -> None:
        made = make(play)
        run(play, [made] if isinstance(made, Step) else made)

    return tell


def but(made: Iterable[Step] | Step, *, confirm: tuple[str, ...] | None = None, **body: Any) -> Step:
    """A step with other values in its body (a function is called with the play and the true body), or other confirmers."""
    own = made if isinstance(made, Step) else next(iter(made))

    def changed(play: Play) -> Mapping[str, Any]:
        true = own.body(play) if callable(own.body) else own.body
        return {**true, **{name: one(play, true) if callable(one) else one for name, one in body.items()}}

    return replace(own, body=changed, confirm=own.confirm if confirm is None else confirm)


def acts(at: str, who: str, kind: str, body: Body, *openings: Opening, confirm: Sequence[str] = (), **changes: Any) -> Tell:
    """One statement of somebody's, whatever the rules say, and who confirms it; a function is called with the play."""

    def tell(play: Play) -> None:
        play.clock.move_to(moment(at))
        said = {name: one(play) if callable(one) else one for name, one in changes.items()}
        placed = submit(play, who, kind, body(play) if callable(body) else body, openings, **said)
        play.leaves["it"] = leaf_hash(placed.entry)
        for one in confirm:
            speaks(one)(play)

    return tell


def speaks(who: str, kind: str = "confirmed/1", about: str = "it", at: str | None = None, **body: Any) -> Tell:
    """Somebody confirms or declines the act of this name."""

    def tell(play: Play) -> None:
        play.clock.move_to(moment(at) if at else 0)
        submit(play, who, kind, {"person": play.people[who].person, **body}, about=play.leaves[about])

    return tell


def scenes(*names: str) -> Tell:
    """These scenes as they were."""
    return then(*(SCENES[name] for name in names))


def cast(owner: str, unit: str | None = None, at: str = DUSK, said: str = "against") -> Tell:
    return step(lambda play: ballot(play, at, owner, said, unit))


def votes(at: str = DUSK, who: str = "owner-05", about: Any = lambda play: play.leaves["p-opening"], *openings: Opening,
          choices: Mapping[str, str] = USE, tag: bytes | None = None, **changes: Any) -> Tell:  # fmt: skip
    """A ballot with any of its parts out of order."""

    def body(play: Play) -> Mapping[str, Any]:
        return {"choices": dict(choices), "poll": "p", "tag": tag or play.tag(HOME[who])}

    return acts(at, who, "ballot-cast/1", body, *openings, about=about, **changes)


def anything(count: int) -> tuple[Opening, ...]:
    """So many openings of nothing."""
    return tuple(Opening(SALT, f"x{n}", n) for n in range(count))


TO_THE_END: Final = ("closed", "certified", "announced")

# --- ballots --------------------------------------------------------------------------------------------------------------------


def _revoked(play: Play) -> Mapping[str, Any]:
    return {"key": play.people["owner-07"].key.id, "own": True, "reason": "lost", "since": play.clock.at}


def _page(*names: str, page: str = "forged") -> Callable[[Play], Mapping[str, Any]]:
    return lambda play: {"page": page, "rows": tuple(play.people[name].row(play.door.origin) for name in names)}


def _bound_by_nobody(play: Play) -> Step:
    return but(estate.bind(play, "2026-08-06 09:00", "r", "b", [(HOME[one], one) for one in OWNERS]), confirm=())


BALLOTS: Final = (
    row("ballot-by-a-stranger", "let an admitted key vote that is bound to no head", "not-your-head", "closed",
        cast("stranger", "1-05"), *TO_THE_END),
    row("ballot-for-another-head", "let an owner vote for the neighbour", "not-your-head", "closed", cast("owner-01", "1-02"), *TO_THE_END),
    row("ballot-for-no-head", "let an owner vote for a head that the roll does not have", "head-unknown", "closed",
        votes(tag=bytes(16)), *TO_THE_END),
    row("ballot-after-hours", "let in a ballot a minute after closing time", "outside-window", "closed",
        cast("owner-05", at="2026-09-17 20:01"), *TO_THE_END),
    row("ballot-after-closing", "let in a ballot after the vote was closed", "outside-window", "certified",
        cast("owner-05", at="2026-09-17 20:40"), "certified", "announced"),
    row("ballot-before-opening", "let in a ballot before the vote was opened", "poll-not-open", "opened",
        votes("2026-09-02 10:00", about=lambda play: play.leaves["p-notice"]), "opened"),
    row("ballot-about-another-opening", "let a ballot answer another vote's opening", "about-wrong", "closed",
        votes(about=lambda play: play.leaves["q-opening"]), *TO_THE_END),
    row("ballot-about-nothing", "let a ballot answer no opening", "about-missing", "closed", votes(about=None), *TO_THE_END),
    row("ballot-on-another-question", "let a ballot answer a question that was not asked", "item-unknown", "closed",
        votes(choices={**USE, "gift": "agree"}), *TO_THE_END),
    row("ballot-in-another-stream", "wrote a ballot into a stream of its own", "wrong-stream", "closed",
        votes(stream="ballot/p/elsewhere"), *TO_THE_END),
    row("ballot-with-a-seal", "let a ballot seal something", "sealed-count", "closed",
        votes(DUSK, "owner-05", lambda play: play.leaves["p-opening"], *anything(1)), *TO_THE_END),
    row("ballot-good-for-a-month", "let a ballot be good for 31 days", "until-too-far", "closed",
        votes(until=moment(DUSK) + 31 * DAY_MS), *TO_THE_END),
    row("ballot-by-a-revoked-key", "let a key vote after its owner had revoked it", "key-unknown", "closed",
        then(acts(DUSK, "owner-07", "key-revoked/1", _revoked), cast("owner-07")), *TO_THE_END, bad=1),
    row("ballot-by-an-unconfirmed-key", "let a key sign whose page nobody confirmed", "key-unknown", "closed",
        then(acts(DUSK, "clerk", "keys-admitted/1", _page("newcomer"), *anything(1)), cast("newcomer", "1-05")), *TO_THE_END, bad=1),
)  # fmt: skip

# --- closing and result ---------------------------------------------------------------------------------------------------------


def _closed(**body: Any) -> Tell:
    return step(lambda _: but(estate.close("2026-09-17 20:30", "p"), **body))


def _last_ballot(play: Play) -> int:
    return int(play.door.fold.state["running", "p"].last)


def _certified(confirm: tuple[str, ...] | None = None, **body: Any) -> Tell:
    return step(lambda play: but(certify(play), confirm=confirm, **body))


def _item(**changes: Callable[[Mapping[str, Any]], Any]) -> Callable[[Play, Mapping[str, Any]], Mapping[str, Any]]:
    """The result of the one item with other values, each made from the true figures."""

    def items(_play: Play, body: Mapping[str, Any]) -> Mapping[str, Any]:
        use = body["items"]["use"]
        return {"use": {**use, **{name: one(use) for name, one in changes.items()}}}

    return items


def _more(choice: str, heads: int, area: int) -> Callable[[Mapping[str, Any]], Mapping[str, int]]:
    return lambda use: {"area": use[choice]["area"] + area, "heads": use[choice]["heads"] + heads}


RESULTS: Final = (
    row("closed-early", "closed the vote a week before closing time", "poll-still-open", "closed",
        step(lambda _: estate.close("2026-09-10 20:30", "p"))),
    row("closed-without-the-last-ballot", "closed the vote before its last ballot", "ballots-left-out", "closed",
        _closed(size=lambda play, _: _last_ballot(play), root=lambda play, _: play.door.fold.root_at(_last_ballot(play)))),
    row("closed-on-another-root", "closed the vote on a tree that never was", "root-differs", "closed", _closed(root=NOWHERE)),
    row("closed-on-entries-to-come", "closed the vote on entries that were not there yet", "root-differs", "closed",
        _closed(size=lambda _, body: body["size"] + 2)),
    row("closed-by-an-owner", "let an owner close the vote", "not-authorised", "closed",
        step(lambda _: replace(but(estate.close("2026-09-17 20:30", "p")), who="owner-01"))),
    row("closing-confirmed-a-month-late", "let the closing be confirmed after 31 days", "nothing-pending", "closed",
        then(_closed(confirm=()), speaks("bureau", about="p-closing", at="2026-10-19 09:00")), bad=1),
    row("head-moved", "certified one head against as one that agrees", "figures-differ", "certified",
        _certified(items=_item(agree=_more("agree", 1, 8_000), against=_more("against", -1, -8_000))), "announced"),
    row("area-moved", "certified ten square metres against as agreeing", "areas-differ", "certified",
        _certified(items=_item(agree=_more("agree", 0, 1_000), against=_more("against", 0, -1_000))), "announced", sealed=True),
    row("counted-root-forged", "certified a root over other counted rows", "counted-root-differs", "certified",
        _certified(counted=lambda _, body: {**body["counted"], "root": NOWHERE}), "announced", sealed=True),
    row("verdict-turned", "certified that what had passed had not", "verdict-differs", "certified",
        _certified(items=_item(passed=lambda use: not use["passed"])), "announced"),
    row("flag-hidden", "certified a result without the flag of its late posting", "figures-differ", "certified",
        _certified(flags=()), "announced"),
    row("electorate-shrunk", "certified an electorate of one head less", "figures-differ", "certified",
        _certified(electorate=lambda _, body: {**body["electorate"], "heads": body["electorate"]["heads"] - 1}), "announced"),
    row("certified-by-one-counter", "announced a result that no second counter confirmed", "unknown-matter", "certified",
        _certified(("observer",)), "announced", bad=2),
    row("certified-by-its-author", "let the counter confirm herself", "same-person", "certified",
        _certified(("counter-1", "observer")), "announced", bad=1),
    row("certified-twice-by-one", "let one counter confirm twice and no observer", "already-exists", "certified",
        _certified(("counter-2", "counter-2")), "announced", bad=2),
    row("certified-by-an-owner", "let an owner confirm in a counter's place", "not-a-confirmer", "certified",
        _certified(("owner-01", "observer")), "announced", bad=1),
    row("confirmed-in-another-name", "let the observer's key confirm in the counter's name", "not-your-person", "certified",
        then(_certified(()), acts("2026-09-18 10:00", "observer", "confirmed/1",
                                  lambda play: {"person": play.people["counter-2"].person},
                                  about=lambda play: play.leaves["p-result"])), bad=1),
    row("confirmed-after-declining", "let a result be confirmed that a counter had declined", "nothing-pending", "certified",
        then(_certified(()), speaks("counter-2", "declined/1", "p-result", reason="figures-differ"),
             speaks("observer", about="p-result")), bad=2),
    row("another-result-announced", "announced something else than was certified", "result-unknown", "announced",
        acts("2026-09-19 09:00", "street", "result-announced/1", {"at": "2026-09-19", "place": "gate", "poll": "p", "result": NOWHERE})),
)  # fmt: skip

# --- notice and opening ---------------------------------------------------------------------------------------------------------

POSTED: Final = {"from": "2026-08-05", "to": "2026-08-13"}


def _later_notice(**body: Any) -> Tell:
    return step(lambda _: but(notice(AFTER, "z", "2026-10-20 09:00", "2026-11-20 20:00"), **body))


def _opening(at: str = OPENS, despite: tuple[str, ...] = ("p-posted-2",), confirm: tuple[str, ...] | None = None) -> Tell:
    return step(lambda _: but(estate.open_poll(at, "p", despite, "其余公告已按期张贴"), confirm=confirm))


def _without_reason(play: Play) -> Step:
    return replace(but(estate.open_poll(OPENS, "p", ("p-posted-2",), "其余公告已按期张贴")), openings={})


def _frozen(at: str = "2026-08-14 09:00", posted: tuple[str, str] = ("2026-08-05", "2026-08-13"), **body: Any) -> Tell:
    return step(lambda _: but(estate.freeze(at, "r", UNITS, posted, 1), **body))


def _renamed(log: Log) -> Copy:
    """A notice whose title stands under another name, and nothing else of it is published."""
    body = but(notice(AFTER, "z", "2026-10-20 09:00", "2026-11-20 20:00")).body
    openings = Opening(SALT, "remark", "关于电梯"), Opening(SALT, "question/use", "动用?")
    tell = acts(AFTER, "street", "poll-noticed/1", body, *openings)
    copy = retold(log, "announced", then(announce, tell))
    copy.files[opened(leaf_hash(copy.entries[-1]))] = pack((openings[0].raw(),))
    return copy


VOTE: Final = (
    row("notice-of-fourteen-days", "noticed the vote fourteen days before it opens", "notice-too-short", "noticed",
        step(lambda _: notice("2026-08-20 09:00", "p")), "posted"),
    appendix("notice-on-no-roll", "noticed a vote on a roll that nobody froze", "roll-not-frozen", _later_notice(roll="s")),
    appendix("notice-under-other-rules", "noticed a vote under rules that are not in force", "edition-not-in-force",
             _later_notice(edition={**LATEST.named(), "engine": 9})),
    appendix("notice-without-clause", "noticed an open ballot without the clause that demands it", "clause-missing",
             _later_notice(clause=None)),
    appendix("notice-closing-before-it-opens", "noticed a vote that closes before it opens", "window-backwards",
             _later_notice(closes=moment("2026-10-19 09:00"))),
    Tampering("opening-under-another-name", "published a notice's text under a name that notices do not have", 2, resigned=True,
              forge=_renamed, first_bad=lambda log: log.size, code="sealed-not-opened"),
    row("opened-without-posting", "opened a vote whose notice hung nowhere", "notice-not-posted", "posted",
        _opening(despite=()), "another noticed"),
    row("opened-despite-nothing", "opened the vote and left out the flag of the late posting", "flags-unanswered", "opened",
        _opening(despite=()), "another opened"),
    row("opened-early", "opened the vote a day early", "outside-window", "opened", _opening("2026-09-02 09:00")),
    row("opened-without-reason", "went on despite a flag and sealed no reason", "opening-malformed", "opened",
        step(_without_reason), "another opened", sealed=True),
    row("opened-twice", "opened the vote again while the first opening waited", "pending-first", "opened",
        then(_opening(confirm=()), _opening(confirm=())), bad=1),
)  # fmt: skip

# --- roll -----------------------------------------------------------------------------------------------------------------------


def paged(*heads: tuple[Unit, ...]) -> Tell:
    """A page with these rows, a head each, whoever owns the units; totals as the rows come to."""

    def make(play: Play) -> Step:
        every = sorted(((play.chance(16), own) for own in (*((unit,) for unit in UNITS), *heads)), key=lambda pair: pair[0])
        body = {"area": sum(unit.area for _, own in every for unit in own), "heads": len(every), "page": "1", "snapshot": "r",
                "tags": tuple(tag for tag, _ in every)}  # fmt: skip
        openings = {f"row/{tag.hex()}": row_of(own) for tag, own in every}
        return Step("2026-08-05 09:00", "clerk", "roll-page/1", body, openings, name="roll-r-1")

    return step(make)


def _frozen_with(area: int) -> Tell:
    return _frozen(heads=len(UNITS) + 1, area=sum(unit.area for unit in UNITS) + area)


SECOND_HOME: Final = Unit("1-98", "1", frozenset({"owner-01"}), 4_000, "sold")
SAME_HOME: Final = Unit("1-01", "1", frozenset({"buyer"}), 4_000, "sold")
ROLL: Final = (
    row("frozen-with-other-totals", "froze the roll with an area that its pages do not have", "totals-differ", "frozen",
        _frozen(area=lambda _, body: body["area"] + 1)),
    row("frozen-without-a-page", "froze the roll with a page that is none of it", "pages-differ", "frozen", _frozen(pages=(NOWHERE,))),
    row("frozen-while-posted", "froze the roll before its posting was over", "posting-not-over", "frozen", _frozen("2026-08-12 09:00")),
    row("frozen-after-six-days", "froze the roll after six days of posting", "posting-too-short", "frozen",
        _frozen(posted=("2026-08-07", "2026-08-13"))),
    row("page-with-another-area", "wrote a page whose area is not that of its rows", "totals-differ", "paged",
        step(lambda play: but(replace(next(iter(estate.roll_pages(play, "2026-08-05 09:00", "r", UNITS)))),
                              area=lambda _, body: body["area"] + 1)), sealed=True),
    row("head-in-two-rows", "split one owner's homes into two heads", "head-twice", "paged",
        then(paged((SECOND_HOME,)), _frozen_with(4_000)), bad=1, sealed=True),
    row("unit-in-two-rows", "wrote one home into two heads' rows", "unit-twice", "paged",
        then(paged((SAME_HOME, SECOND_HOME)), _frozen_with(8_000)), bad=1, sealed=True),
    appendix("page-behind-the-freeze", "added a page to the frozen roll", "roll-frozen",
             acts(AFTER, "clerk", "roll-page/1", {"area": 1, "heads": 1, "page": "2", "snapshot": "r", "tags": (bytes(16),)},
                  *anything(1))),
    row("bound-to-another's-head", "bound an owner's key to the neighbour's head", "holder-not-owner", "bound",
        step(lambda play: estate.bind(play, "2026-08-06 09:00", "r", "b", [("1-02", "owner-01")])), sealed=True),
    row("bound-by-nobody", "bound the keys without a supervisor's confirmation, and let one vote", "not-your-head", "bound",
        then(step(_bound_by_nobody), scenes("frozen", "noticed", "posted", "another noticed", "posted late", "opened"), cast("owner-01")),
        bad=15),
)  # fmt: skip

# --- people and posts -----------------------------------------------------------------------------------------------------------


def given(post: str, who: str, by: str, to: str | None = "2027-08-03") -> Tell:
    def body(play: Play) -> Mapping[str, Any]:
        one = play.people[who]
        return {"from": "2026-09-20", "matter": None, "org": one.org, "person": one.person, "post": post, "to": to}

    return acts(AFTER, by, "post-given/1", body)


def _stolen(play: Play) -> Mapping[str, Any]:
    row_ = play.people["newcomer"].row(play.door.origin)
    return {
        "page": "forged",
        "rows": ({**row_, "possession": play.people["clerk"].key.possession(play.door.origin, row_["person"])},),
    }


def _rotated_to_another(play: Play) -> Mapping[str, Any]:
    return {"key": play.people["owner-01"].key.id, "row": play.people["newcomer"].row(play.door.origin)}


def _mixed_page(log: Log) -> bytes:
    return said_next(log, log.play.people["operator"].key, "keys-admitted/1", {"page": "forged", "rows": (MIXED_ROW,)},
                     stream="keys/forged", sealed=(NOWHERE,))  # fmt: skip


def _by_mixed_key(log: Log) -> bytes:
    entry = said_next(log, STRANGER, "forged/1", {}, by=key_id("ed25519-v1", mixed_key(MIXED)))
    return with_signature(entry, signed_by_mixed(MIXED, Entry.parse(entry).statement))


MIXED: Final = 4711
MIXED_ROW: Final = {**key_row(mixed_key(MIXED)), "org": None, "person": bytes(16), "possession": bytes(64)}
WEAK_ROW: Final = {**key_row(IDENTITY), "org": None, "person": bytes(16), "possession": universal_signature(55)}
PEOPLE: Final = (
    appendix("post-given-by-an-owner", "let an owner give a post", "not-authorised", given("clerk", "stranger", "owner-01")),
    appendix("post-given-by-the-wrong-office", "let a supervisor give a post that is the convener's", "not-authorised",
             given("clerk", "stranger", "bureau")),
    appendix("post-given-to-oneself", "let the street office give itself a post", "same-person", given("clerk", "street", "street")),
    appendix("post-given-to-the-enterprise", "gave the service enterprise a post", "post-barred", given("clerk", "manager", "street")),
    appendix("post-given-without-end", "gave a post without a last day", "term-missing", given("clerk", "stranger", "street", None)),
    appendix("post-given-to-nobody-known", "gave a post to somebody without a key", "person-org-differs",
             given("clerk", "newcomer", "street")),
    appendix("key-admitted-twice", "admitted a key again", "key-known",
             acts(AFTER, "clerk", "keys-admitted/1", _page("stranger"), *anything(1))),
    appendix("key-possessed-by-another", "admitted a key that its holder never proved to have", "possession-unproved",
             acts(AFTER, "clerk", "keys-admitted/1", _stolen, *anything(1))),
    appendix("weak-key-admitted", "admitted the identity as a key, with a possession that fits everything", "possession-unproved",
             acts(AFTER, "clerk", "keys-admitted/1", {"page": "forged", "rows": (WEAK_ROW,)}, *anything(1))),
    appendix("key-rotated-to-another", "rotated an owner's key to somebody else's", "rotation-changes-person",
             acts(AFTER, "owner-01", "key-rotated/1", _rotated_to_another, *anything(1))),
    raw("key-row-without-person", "admitted a key row of a key and nothing else", "body-malformed", rows(key_row(STRANGER.public))),
    raw("key-row-with-odd-possession", "admitted a key row whose possession is a number", "body-malformed",
        rows({**WEAK_ROW, "possession": 7})),
    raw("key-rows-beside-others", "admitted keys with a number in the founding's place for them", "body-malformed",
        lambda log: said_next(log, log.play.people["operator"].key, "keys-admitted/1", {"keys": 7, "rows": (WEAK_ROW,)})),
    raw("key-outside-the-group", "admitted a key of mixed order and signed with it where the cofactor does not matter",
        "possession-unproved", _mixed_page, _by_mixed_key),
)  # fmt: skip

# --- founding, rules, form ------------------------------------------------------------------------------------------------------


def founded(confirm: tuple[str, ...] | None = None, **body: Any) -> Tell:
    found = {"zh": "试", "en": "Trial"}
    return step(lambda play: but(estate.found(play, "2026-08-03 09:00", str(VKEY), found, demo=True), confirm=confirm, **body))


def _one_supervisor(_play: Play, body: Mapping[str, Any]) -> Any:
    posts = [post for post in body["posts"] if post["post"] == "supervisor"]
    return tuple(post for post in body["posts"] if post not in posts[1:])


def _adopted(**edition: Any) -> Tell:
    return acts(AFTER, "operator", "rules-adopted/1", {"edition": {**LATEST.named(), **edition}})


def _in_another_age(log: Log) -> bytes:
    """A revocation by the key's holder, recorded in the year 287396."""
    key = log.play.people["owner-01"].key
    body = {"key": key.id, "own": True, "reason": "lost", "since": 0}
    old = Entry.parse(said_next(log, key, "key-revoked/1", body, stream=f"key/{key.id.hex()}", until=LARGEST_INTEGER))
    return Entry(old.statement, old.suite, old.signature, LARGEST_INTEGER).raw()


def _founded_again(play: Play) -> Mapping[str, Any]:
    step_ = next(iter(estate.found(play, AFTER, str(VKEY), {"zh": "试", "en": "Trial"}, demo=True)))
    assert isinstance(step_.body, Mapping)
    return step_.body


POSTING: Final = {"from": "2026-09-01", "n": 9, "photo": None, "place": "gate", "poll": "p", "to": "2026-09-17"}
FORM: Final = (
    row("founded-by-one-supervisor", "founded with a single supervisor", "founding-incomplete", "founded", founded(posts=_one_supervisor)),
    row("founded-under-unknown-rules", "founded under an edition that nobody knows", "edition-unknown", "founded",
        founded(edition={**LATEST.named(), "ruleset_sha256": NOWHERE})),
    row("founded-with-another's-log-key", "founded with a log key that is named for another ledger", "log-key-malformed", "founded",
        founded(log_key=str(Vkey("demo.example.org/log/other/1", 1, STRANGER.public)))),
    row("founded-as-no-demo", "founded a demo's address as a real ledger", "demo-by-name", "founded", founded(demo=False)),
    row("acted-before-founding-was-confirmed", "admitted keys before the founding was confirmed", "not-founded", "founded",
        then(founded(("bureau",)), scenes("staffed")), bad=2),
    appendix("founded-again", "founded the ledger a second time", "already-exists",
             acts(AFTER, "operator", "ledger-founded/1", _founded_again, *anything(6))),
    appendix("rules-unknown", "adopted an edition whose digest nobody knows", "edition-unknown", _adopted(ruleset_sha256=NOWHERE)),
    appendix("rules-adopted-again", "adopted the edition in force once more", "edition-in-force", _adopted()),
    appendix("kind-unknown", "recorded a kind that does not exist", "unknown-kind", acts(AFTER, "clerk", "mayor-crowned/1", {})),
    appendix("body-with-one-field-more", "reported a posting with a field of its own", "body-malformed",
             acts(AFTER, "clerk", "notice-posted/1", {**POSTING, "seen-by": 3})),
    appendix("posting-of-no-vote", "reported a posting of a vote that does not exist", "unknown-matter",
             acts(AFTER, "clerk", "notice-posted/1", {**POSTING, "poll": "y"})),
    raw("recorded-in-another-age", "recorded an entry in the year 287396", "clock-suspect", _in_another_age),
)  # fmt: skip

# --- nothing signed but the tree ------------------------------------------------------------------------------------------------


def _closed_tree(change: Callable[[list[bytes]], None]) -> Callable[[Log], Copy]:
    """The log up to its closing, other entries in its tree; every statement is as its author signed it."""

    def forge(log: Log) -> Copy:
        copy = Copy(log)
        entries = [*log.entries[: log.marks["certified"]]]
        change(entries)
        copy.retree(entries)
        return copy

    return forge


def _swap(entries: list[bytes]) -> None:
    entries[LAST_DAY], entries[LAST_DAY + 1] = entries[LAST_DAY + 1], entries[LAST_DAY]


def _redate(entries: list[bytes]) -> None:
    old = Entry.parse(entries[-3])
    entries[-3] = Entry(old.statement, old.suite, old.signature, old.recorded_at + 1).raw()


def _drop(entries: list[bytes]) -> None:
    del entries[LAST_DAY]


LAST_DAY: Final = 220  # two ballots of two heads on the last day, neither replaced later
TREE: Final = (
    Tampering("ballots-swapped", "changed two ballots of one day for each other", 2, resigned=True, forge=_closed_tree(_swap),
              first_bad=lambda log: log.marks["closed"], code="root-differs"),
    Tampering("ballot-redated", "recorded the last ballot a moment later than it was", 2, resigned=True,
              forge=_closed_tree(_redate), first_bad=lambda log: log.marks["closed"], code="root-differs"),
    Tampering("ballot-dropped", "left out a head's last ballot and everything behind the closing", 2, resigned=True,
              forge=_closed_tree(_drop), first_bad=lambda log: log.marks["closed"] - 1, code="root-differs"),
)  # fmt: skip

LEVEL_2: Final = (*BALLOTS, *RESULTS, *VOTE, *ROLL, *PEOPLE, *FORM, *TREE)
