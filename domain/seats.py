"""The owners' committee as the ledger knows it: the seats fixed at its election, who sits on them, and until when (R-COM-1, R-COM-12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.lifecycle import Key, Read

COMMITTEE: Final[Key] = ("committee", "")


@dataclass(frozen=True, slots=True)
class Committee:
    """The committee in office or last in office; days are ISO and included.

    seats: as fixed at the election, the base of R-COM-12. members: persons in office by rank, the base of R-COM-8; alternates by
    rank. attested: carried over from before joining, not checked. leaf: the act that seated it.
    """

    leaf: bytes
    election: str
    seats: int
    start: str
    end: str
    members: tuple[bytes, ...]
    alternates: tuple[bytes, ...] = ()
    chair: bytes | None = None
    deputies: tuple[bytes, ...] = ()
    attested: bool = False
    stage: str = "seated"

    def expired(self, day: str) -> bool:
        """The term has ended: what it may still do is re-election and handover (R-COM-13)."""
        return day > self.end


def committee_of(read: Read) -> Committee | None:
    """The committee, if the estate has had one."""
    found: Committee | None = read.get(COMMITTEE)
    return found
