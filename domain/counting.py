"""How ballots are counted: one head's ballots settled, then every head in scope added up, in exact integers (R-BAL-2…5, R-VOTE-6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.rulesets import ABSTAIN, AGAINST, AGREE, CHOICES

COUNTING_SILENT: Final = ("deemed-participation", "silent-follows-majority")  # policies by which those who are silent take part


@dataclass(frozen=True, slots=True)
class Weight:
    """Heads, and their exclusive area in 0.01 m² (R-VOTE-6)."""

    heads: int = 0
    area: int = 0

    def __add__(self, other: Weight) -> Weight:
        return Weight(self.heads + other.heads, self.area + other.area)


@dataclass(frozen=True, slots=True)
class Tally:
    """One item's ballots, added up. Those who abstain take part (R-BAL-2)."""

    total: Weight = Weight()
    participating: Weight = Weight()
    agree: Weight = Weight()
    against: Weight = Weight()
    abstain: Weight = Weight()


@dataclass(frozen=True, slots=True)
class Returned:
    """A ballot that came back in time and is valid in itself; `at` in Unix ms, `ref` whatever finds it again."""

    choice: str
    channel: str  # paper | electronic
    at: int
    ref: Any = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What one head's ballots come to: the ballot that counts, or none of them, and those that do not count, by reason."""

    counts: Returned | None = None
    replaced: tuple[Returned, ...] = ()
    conflicted: tuple[Returned, ...] = ()

    @property
    def counted_as(self) -> str:
        return self.counts.choice if self.counts else "conflicted" if self.conflicted else "none"


def settle(ballots: Sequence[Returned]) -> Settled:
    """One head, one ballot (R-BAL-5): the latest electronic one; with paper among them all must agree, else none counts.

    Ballots stand in the order in which they were recorded; of equal times the later one wins.
    """
    if len(ballots) < 2:
        return Settled(ballots[0] if ballots else None)
    if any(ballot.channel == "paper" for ballot in ballots) and len({ballot.choice for ballot in ballots}) > 1:
        return Settled(conflicted=tuple(ballots))
    last = max(range(len(ballots)), key=lambda n: (ballots[n].at, n))
    others = (*ballots[:last], *ballots[last + 1 :])
    return Settled(ballots[last], others)


@dataclass(frozen=True, slots=True)
class Counted:
    """One head in scope: its area there, what it is counted as, and whether it was served and stayed silent."""

    area: int
    choice: str
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """A tally, the choice that leads in heads and in area among returned ballots, and the tally before anything was deemed."""

    tally: Tally
    majority: str | None
    without_deeming: Tally


def tally(heads: Iterable[Counted], silence: str = "none") -> Count:
    """Add up one item over every head in scope; a silence policy deems silent or abstaining heads (R-BAL-3)."""
    everyone = tuple(heads)
    plain = _sum((head, head.choice) for head in everyone)
    majority = leading(plain)
    deemed = plain if silence == "none" else _sum((head, _deemed(head, silence, majority)) for head in everyone)
    return Count(deemed, majority, plain)


def deemed(plain: Tally, silent: Weight, silence: str) -> Tally:
    """What a silence policy makes of what was returned and of those who were served and silent: `tally`, from sums alone (R-BAL-3)."""
    majority, given = leading(plain), {AGREE: plain.agree, AGAINST: plain.against, ABSTAIN: plain.abstain}
    extra = Weight()
    if silence == "abstain-follows-majority":
        extra, given[ABSTAIN] = (plain.abstain, Weight()) if majority else (extra, plain.abstain)
    elif silence == "silent-follows-majority":
        extra = silent
    if majority:
        given[majority] += extra
    taking_part = plain.participating + (silent if silence in COUNTING_SILENT else Weight())
    return Tally(plain.total, taking_part, given[AGREE], given[AGAINST], given[ABSTAIN])


def leading(tally: Tally) -> str | None:
    """The one of agree and against that leads in heads and in area, or None."""
    for choice, one, other in ((AGREE, tally.agree, tally.against), (AGAINST, tally.against, tally.agree)):
        if one.heads > other.heads and one.area > other.area:
            return choice
    return None


def _deemed(head: Counted, silence: str, majority: str | None) -> str:
    if head.silent and silence == "silent-follows-majority":
        return majority or "present"
    if head.silent and silence == "deemed-participation":
        return "present"
    if head.choice == ABSTAIN and silence == "abstain-follows-majority":
        return majority or ABSTAIN
    return head.choice


def _sum(heads: Iterable[tuple[Counted, str]]) -> Tally:
    areas: dict[str, list[int]] = {name: [] for name in (*CHOICES, "present", "out")}
    for head, choice in heads:
        areas.get(choice, areas["out"]).append(head.area)
    sums = {name: Weight(len(some), sum(some)) for name, some in areas.items()}
    taking_part = sums[AGREE] + sums[AGAINST] + sums[ABSTAIN] + sums["present"]
    return Tally(taking_part + sums["out"], taking_part, sums[AGREE], sums[AGAINST], sums[ABSTAIN])
