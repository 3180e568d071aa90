"""Roles belong to posts, keys to persons: who may sign each kind, who must confirm it, and how different they must be.

The person rule compares `person`, the organisation rule `org`; two keys of one human are one. Nobody confirms themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.calendar import day_of
from domain.lifecycle import Act, Breach, Changes, Context, Read

CONVENERS: Final = ("street-office", "committee", "preparatory-group", "re-election-group")
COUNTING_POSTS: Final = ("clerk", "counter", "observer", "posting-witness")

# The first segment of an organisation's id says what it is; design §6 bars some from some posts.
ORGANISATIONS: Final[Mapping[str, str]] = {
    "street": "街道办事处", "bureau": "住房建设部门", "party": "社区党委", "community": "居民委员会", "operator": "台账运营单位",
    "owners": "业主组织", "audit": "审计评估机构", "enterprise": "物业服务企业", "developer": "建设单位",
}  # fmt: skip
BARRED: Final = ("enterprise", "developer")  # from every post: they never run, issue, collect, count or observe


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An admitted key: it signs from `since` until the index `until`. `page` is the leaf that carries its sealed holder."""

    person: bytes
    org: str | None
    suite: str
    public: bytes
    page: bytes
    since: int
    stage: str = "active"
    until: int | None = None
    replaces: bytes | None = None  # the key before a rotation


@dataclass(frozen=True, slots=True)
class Post:
    """A post held by a person for the matter of its key; ISO days, both included, `to` None without end."""

    org: str | None
    start: str
    to: str | None
    stage: str = "given"

    def on(self, day: str) -> bool:
        """The term has begun and not ended."""
        return self.start <= day and (self.to is None or day <= self.to)


@dataclass(frozen=True, slots=True)
class Need:
    """A confirmation that a row demands: any of these posts, an organisation unlike all others in the row or not, and its kind."""

    posts: tuple[str, ...]
    other_org: bool = True
    by: str = "confirmed/1"


@dataclass(frozen=True, slots=True)
class Row:
    """Posts that may sign; none named: a guard of the subject decides (founder, holder, head, confirmer)."""

    authors: tuple[str, ...]
    needs: Callable[[Mapping[str, Any]], tuple[Need, ...]]


def _always(*needs: Need) -> Callable[[Mapping[str, Any]], tuple[Need, ...]]:
    return lambda _body: needs


_NOBODY: Final = _always()
_SUPERVISOR: Final = Need(("supervisor",), other_org=False)
_OTHER_SUPERVISOR: Final = Need(("supervisor",))


def _unless_own(body: Mapping[str, Any]) -> tuple[Need, ...]:
    return () if body["own"] else (_OTHER_SUPERVISOR,)


def _unless_resigned(body: Mapping[str, Any]) -> tuple[Need, ...]:
    return () if body["reason"] == "resigned" else (_OTHER_SUPERVISOR,)


def _other_members(body: Mapping[str, Any]) -> tuple[Need, ...]:
    """As many members as sign beside the author; a guard holds their number against those in office (R-COM-1)."""
    others: int = body["signers"] - 1
    return (Need(("committee-member",), other_org=False),) * others


def _if_despite(body: Mapping[str, Any]) -> tuple[Need, ...]:
    return (_SUPERVISOR,) if body["despite"] else ()


def _ended(body: Mapping[str, Any]) -> tuple[Need, ...]:
    """Two organisations agree before a supervisor goes: one alone could rid itself of the others."""
    return (_OTHER_SUPERVISOR if body.get("post") == "supervisor" else _SUPERVISOR,)


def _keyed_again(body: Mapping[str, Any]) -> tuple[Need, ...]:
    """Who keys again is blind to the first keying; an observer stands by where a count is at stake."""
    observer = (Need(("observer",), other_org=False),) if body.get("observed") else ()
    return (Need(("clerk", "counter", "observer", "supervisor"), by="page-keyed/1"), *observer)


_COUNTED_TWICE: Final = _always(Need(("counter",), other_org=False), Need(("observer",), other_org=False))

AUTHORITY: Final[Mapping[str, Row]] = {
    "ledger-founded/1": Row((), _always(_OTHER_SUPERVISOR, _OTHER_SUPERVISOR)),
    "rules-adopted/1": Row(("operator",), _always(_SUPERVISOR)),
    "keys-admitted/1": Row(("operator", "clerk"), _always(_OTHER_SUPERVISOR)),
    "key-revoked/1": Row((), _unless_own),
    "key-rotated/1": Row((), _always(_SUPERVISOR)),
    "post-given/1": Row((*CONVENERS, "supervisor", "parent"), _always(_OTHER_SUPERVISOR)),
    "roll-page/1": Row(("clerk",), _NOBODY),
    "roll-frozen/1": Row(("clerk",), _always(_OTHER_SUPERVISOR)),
    "heads-bound/1": Row(("clerk",), _always(_OTHER_SUPERVISOR)),
    "poll-noticed/1": Row(CONVENERS, _always(_SUPERVISOR)),
    "notice-posted/1": Row(("clerk",), _always(Need(("posting-witness",)))),
    "flags-answered/1": Row(CONVENERS, _always(_SUPERVISOR)),
    "poll-opened/1": Row(CONVENERS, _if_despite),
    "ballot-cast/1": Row((), _NOBODY),
    "ballot-sealed/1": Row((), _NOBODY),
    "ballot-opened/1": Row((), _NOBODY),
    "paper-page/1": Row(("clerk",), _keyed_again),
    "page-keyed/1": Row((), _NOBODY),
    "entered-in-error/1": Row(("clerk",), _keyed_again),
    "poll-closed/1": Row(("clerk",), _always(_SUPERVISOR)),
    "result-certified/1": Row(("counter",), _COUNTED_TWICE),
    "result-announced/1": Row(CONVENERS, _NOBODY),
    "openings-erased/1": Row(("operator", "clerk", "supervisor"), _always(_OTHER_SUPERVISOR)),
    # --- rows: assembly
    # owners' rights
    "objection-raised/1": Row((), _NOBODY),
    "objection-answered/1": Row((*CONVENERS, "supervisor"), _NOBODY),
    "objection-escalated/1": Row((), _NOBODY),
    "roll-replaced/1": Row(("clerk",), _NOBODY),
    "proxy-given/1": Row((), _NOBODY),
    "proxy-ended/1": Row((), _NOBODY),
    "notice-served/1": Row(("clerk", "building-head"), _always(Need(("clerk", "posting-witness", "supervisor")))),
    "request-opened/1": Row((), _NOBODY),
    "request-signed/1": Row((), _NOBODY),
    "request-withdrawn/1": Row((), _NOBODY),
    "request-verified/1": Row(("street-office",), _always(_OTHER_SUPERVISOR)),
    "group-formed/1": Row(("street-office",), _always(_OTHER_SUPERVISOR)),
    # counting
    "scope-defined/1": Row(("clerk",), _always(_OTHER_SUPERVISOR)),
    "silence-warned/1": Row(CONVENERS, _always(_SUPERVISOR)),
    "poll-extended/1": Row(CONVENERS, _always(_SUPERVISOR)),
    "poll-withdrawn/1": Row(CONVENERS, _always(_SUPERVISOR)),
    "outage-recorded/1": Row(("operator",), _always(_SUPERVISOR)),
    **dict.fromkeys(("result-certified/2", "result-recounted/1"), Row(("counter",), _COUNTED_TWICE)),
    "poll-annulled/1": Row(("supervisor",), _always(_OTHER_SUPERVISOR)),
    "decision-reported/1": Row(CONVENERS, _always(_SUPERVISOR)),
    # --- rows: elections
    "election-begun/1": Row(CONVENERS, _always(_SUPERVISOR)),
    "candidate-nominated/1": Row((), _NOBODY),
    "candidate-checked/1": Row(CONVENERS, _always(_OTHER_SUPERVISOR)),
    "candidate-withdrawn/1": Row((), _unless_own),
    "candidates-posted/1": Row(("clerk",), _always(Need(("posting-witness",)))),
    "candidates-final/1": Row(CONVENERS, _always(_SUPERVISOR)),
    "election-declared/1": Row(CONVENERS, _always(_SUPERVISOR)),
    "officers-elected/1": Row(("committee-member",), _other_members),
    "committee-filed/1": Row((*CONVENERS, "committee-member"), _NOBODY),
    "seat-ended/1": Row((), _unless_resigned),
    "alternate-seated/1": Row(CONVENERS, _always(_SUPERVISOR)),
    "handover-recorded/1": Row((*CONVENERS, "clerk", "committee-member"), _NOBODY),
    # --- rows: committee
    "committee-noticed/1": Row(("committee", "street-office"), _NOBODY),
    "meeting-requested/1": Row(("committee-member",), _NOBODY),
    "committee-voted/1": Row(("committee-member",), _NOBODY),
    "meeting-minuted/1": Row(("secretary", "clerk", "committee-member"), _always(Need(("committee-member",), other_org=False))),
    "decision-posted/1": Row(("clerk", "secretary", "committee"), _NOBODY),
    "seal-used/1": Row(("secretary", "committee", "clerk"), _NOBODY),
    # --- rows: joining
    "carried-over/1": Row(("street-office",), _always(_OTHER_SUPERVISOR)),
    "area-classed/1": Row(("street-office",), _always(_SUPERVISOR)),
    # keys and posts
    "keys-called/1": Row(("supervisor", "observer"), _NOBODY),
    "post-ended/1": Row((), _ended),
    "supervisor-restored/1": Row(("parent",), _always(Need(("operator", "supervisor")))),
    # --- rows: answers
    "confirmed/1": Row((), _NOBODY),
    "declined/1": Row((), _NOBODY),
}

# Who may give which post; a supervisor of another organisation confirms each.
GIVERS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(COUNTING_POSTS, CONVENERS),
    **dict.fromkeys(CONVENERS, ("supervisor",)),
    "supervisor": ("supervisor", "parent"),
    "party-branch": ("supervisor",),
    "secretary": ("committee",),
    "building-head": CONVENERS,
    "resident": CONVENERS,
    "committee-member": (),  # only an election, or what was carried over, seats anybody
    "parent": (),
    "operator": (),
}


def organisation(org: str | None) -> str | None:
    """What an organisation is, by its id; None for a private person or an unknown class."""
    head = (org or "").split("-", 1)[0]
    return head if head in ORGANISATIONS else None


def author_of(read: Read, act: Act) -> KeyRow:
    """The key that signed an act which `may_sign` has admitted."""
    key: KeyRow = read["key", act.by]
    return key


def signer(read: Read, act: Act) -> KeyRow | None:
    """The active key that signed the act, or None."""
    key: KeyRow | None = read.get(("key", act.by))
    return key if key is not None and key.stage == "active" else None


def stands_for(read: Read, key: bytes, keys: Iterable[bytes]) -> bool:
    """The key, or one that it replaced by rotation, is among these."""
    bound = frozenset(keys)
    while bound and key not in bound:
        row: KeyRow = read["key", key]
        if row.replaces is None:
            return False
        key = row.replaces
    return bool(bound)


def holds(read: Read, person: bytes, posts: Iterable[str], matter: str | None, now: int) -> str | None:
    """The first of these posts that the person holds at that time (Unix ms) for that matter or for any, or None."""
    day, matters = day_of(now), (None, matter) if matter else (None,)
    for name in posts:
        terms = (read.get(("post", (name, person, one))) for one in matters)
        if any(term.on(day) for term in terms if term):
            return name
    return None


def posts_of(read: Read, person: bytes) -> tuple[tuple[str, str | None], ...]:
    """Every post that the person was ever given, each with its matter, None for any, in the order of the log."""
    given: tuple[tuple[str, str | None], ...] = read.get(("posts-of", person), ())
    return given


def appointed(read: Read, post: str, person: bytes, matter: str | None, term: Post) -> Changes:
    """The person holds the post for this term; of the same post for the same matter it is the only one."""
    given = dict.fromkeys((*posts_of(read, person), (post, matter)))
    return {("post", (post, person, matter)): term, ("posts-of", person): tuple(given)}


MATTERS_OF: Final = ("election", "meeting", "decision")  # in a body: what an act belongs to that belongs to no poll
MATTER_OF_KIND: Final[Mapping[str, str]] = {  # kinds whose matter follows from no field of that name; no poll has such an id
    "keys-called/1": "keys/{page}", "seal-used/1": "seal/register",
}  # fmt: skip


def matter_of(act: Act) -> str | None:
    """The poll that an act belongs to, else `election/<id>`, `meeting/<id>` … or its kind's own; of a post that which it is given for."""
    if act.kind in MATTER_OF_KIND:
        return MATTER_OF_KIND[act.kind].format(**act.body)
    if isinstance(poll := act.body.get("poll"), str):
        return poll
    own = (f"{name}/{act.body[name]}" for name in MATTERS_OF if isinstance(act.body.get(name), str))
    given: str | None = next(own, None) or act.body.get("matter")
    return given


def must_hold(read: Read, act: Act, posts: Iterable[str], context: Context, matter: str | None = None) -> Breach | None:
    """The author holds one of these posts now, for that matter or for any."""
    named = tuple(posts)
    may = holds(read, author_of(read, act).person, named, matter, context.now)
    return None if may else Breach("not-authorised", {"kind": act.kind, "posts": "/".join(named) or "–"})


def may_sign(read: Read, act: Act, context: Context) -> Breach | None:
    """The author's key is active and its person holds a post of the kind's row."""
    if signer(read, act) is None:
        return Breach("key-unknown")
    authors = AUTHORITY[act.kind].authors
    return must_hold(read, act, authors, context, matter_of(act)) if authors else None


def needs_of(act: Act) -> tuple[Need, ...]:
    """The confirmations that this act's row demands."""
    return AUTHORITY[act.kind].needs(act.body)


Party = tuple[bytes, str | None]  # person, organisation


def fills(read: Read, act: Act, parties: tuple[Party, ...], filled: tuple[int, ...], who: Party, now: int,
          by: str | None = None) -> int | Breach:  # fmt: skip
    """Which of the act's needs this person's confirmation fills; the first that is open and fits.

    parties: the author and those who have confirmed already; filled: the numbers of the needs they filled; by: the kind of the
    confirmation, None for a refusal, which has one kind for all.
    """
    person, org = who
    if any(person == other for other, _ in parties):
        return Breach("same-person")
    refusal = Breach("not-a-confirmer")
    for number, need in enumerate(needs_of(act)):
        if number in filled or holds(read, person, need.posts, matter_of(act), now) is None:
            continue
        if by not in (None, need.by):
            refusal = Breach("other-confirmation", {"kind": need.by})
            continue
        if need.other_org and any(org is None or other is None or org == other for _, other in parties):
            refusal = Breach("same-organisation")
            continue
        return number
    return refusal
