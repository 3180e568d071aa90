"""What the ids in a body stand for: a person, a candidate, an election, a meeting, a request, a vote; as far as it is known here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.committee import Meeting
from domain.seats import Election
from projections.ledgers import View
from projections.people import Who, by_post, candidate_of, who_of
from projections.polls import texts_of, wording_of
from projections.wording import Shown

ASKING: Final = ("meeting-requested/1", "request")  # a request of members, none of owners
PUBLISHED: Final = frozenset((
    "alternate-seated/1", "candidate-nominated/1", "carried-over/1", "committee-noticed/1", "committee-voted/1", "handover-recorded/1",
    "meeting-minuted/1", "meeting-requested/1", "officers-elected/1", "seat-ended/1",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody, or a page under the ledger's own with its kind, day or title."""

    who: Who | None = None
    page: str | None = None
    kind: str | None = None
    day: str | None = None
    title: str | None = None


Names = Mapping[tuple[str, str], Named]  # (form, value) of a Shown


def names_in(seen: View, kind: str, fields: Iterable[tuple[str, Shown]]) -> Names:
    """What the ids in these fields of an act stand for; those that nothing is known of are left out.

    A published name is said in acts of an election or the committee, for which it was published; elsewhere a post serves.
    """
    wanted = dict.fromkeys(pair for name, one in fields for pair in _ids(one) if (kind, name) != ASKING)
    naming = {**NAMING, "person": _person if kind in PUBLISHED else _post}
    found = ((pair, naming[pair[0]](seen, pair[1])) for pair in wanted)
    return {pair: named for pair, named in found if named}


def agenda_of(seen: View, meeting: str) -> dict[str, Any]:
    """The words of a meeting's agenda, by item; empty where no such meeting was called."""
    called: Meeting | None = seen.state.get(("meeting", meeting))
    texts = texts_of(seen, called.leaf) if called else {}
    return {item: texts.get(f"agenda/{item}") for item in called.items} if called else {}


def _ids(one: Shown) -> Iterator[tuple[str, str]]:
    if one.form in NAMING:
        yield one.form, one.value
    elif one.form == "decision":
        yield "vote" if one.value["of"] == "poll" else "meeting", one.value["id"]
    elif one.form in ("table", "map", "list"):
        for part in one.value:
            yield from _ids(part if one.form == "list" else part[1])


def _person(seen: View, ident: str) -> Named | None:
    who = who_of(seen, bytes.fromhex(ident))
    return None if who == Who() else Named(who)


def _post(seen: View, ident: str) -> Named | None:
    who = by_post(seen, bytes.fromhex(ident))
    return None if who == Who() else Named(who)


def _candidate(seen: View, ident: str) -> Named | None:
    return Named(candidate_of(seen, ident)) if ("candidate", ident) in seen.state else None


def _election(seen: View, ident: str) -> Named | None:
    election: Election | None = seen.state.get(("election", ident))
    return Named(page=f"elections/{ident}", kind=election.kind) if election else None


def _meeting(seen: View, ident: str) -> Named | None:
    meeting: Meeting | None = seen.state.get(("meeting", ident))
    return Named(page=f"meetings/{ident}", day=meeting.day) if meeting else None


def _request(seen: View, ident: str) -> Named | None:
    request = seen.state.get(("request", ident))
    return Named(page=f"requests/{ident}", kind=request.purpose) if request else None


def _vote(seen: View, ident: str) -> Named | None:
    known = ("poll", ident) in seen.state
    return Named(page=f"polls/{ident}", title=wording_of(seen, ident).get("title")) if known else None


NAMING: Final[Mapping[str, Callable[[View, str], Named | None]]] = {
    "candidate": _candidate, "election": _election, "meeting": _meeting, "person": _person, "poll": _vote, "request": _request,
    "vote": _vote,
}  # fmt: skip
