"""A person as anybody may read of one: by the name published with a candidacy, else by number, else by post; never by an id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.acts import POSTS
from domain.authority import organisation, posts_of
from domain.erasures import erased
from domain.joining import Carried
from domain.lifecycle import Read
from domain.roll import heads_of_person
from domain.seats import Candidate, Seat, elections_of
from projections.ledgers import View
from projections.polls import texts_of


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody: the published name of a candidacy and its id; or the number among members carried over; or post and organisation.

    `erased`: the name was published, and erased since.
    """

    name: str | None = None
    candidate: str | None = None
    erased: bool = False
    carried: int | None = None
    post: str | None = None
    org: str | None = None


def who_of(seen: View, person: bytes) -> Who:
    """The person of this id."""
    seat: Seat | None = seen.state.get(("seat", person))
    stood = seat.candidate if seat and ("candidate", seat.candidate) in seen.state else _candidacy(seen.state, person)
    if stood is not None:
        return candidate_of(seen, stood)
    number = _carried(seen.state, seat.election, person) if seat else None
    return Who(carried=number) if number else by_post(seen, person)


def everybody(seen: View, persons: Iterable[bytes]) -> tuple[Who, ...]:
    """Each of these persons, in their order."""
    return tuple(who_of(seen, person) for person in persons)


def candidate_of(seen: View, name: str) -> Who:
    """The person who stood under this id."""
    candidate: Candidate = seen.state["candidate", name]
    profile: dict[str, Any] = texts_of(seen, candidate.leaf).get("profile", {})
    return Who(profile.get("name"), name, erased(seen.state, candidate.leaf, "profile") is not None)


def _candidacy(read: Read, person: bytes) -> str | None:
    """The last candidacy of somebody who has no seat by one."""
    stood = (read.get(("nominee", (election, person))) for election in reversed(elections_of(read)))
    return next((name for name in stood if name), None)


def _carried(read: Read, committee: str, person: bytes) -> int | None:
    """The number of a member of a committee that was carried over, from 1."""
    carried: Carried | None = read.get(("carried", ("committee", committee)))
    members: tuple[bytes, ...] = carried.figures["members"] if carried else ()
    return members.index(person) + 1 if person in members else None


def by_post(seen: View, person: bytes) -> Who:
    """The first post that the person ever held, or an owner; and the class of the organisation."""
    held = {post for post, _ in posts_of(seen.state, person)}
    other = "owner" if heads_of_person(seen.state, person) else None
    org = organisation(seen.state.get(("person", person)))
    return Who(post=next((post for post in POSTS if post in held), other), org=org)
