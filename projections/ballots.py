"""What became of a ballot: it stands, a later one of the same head took its place, or what its items came to in the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.ballots import BALLOT_KINDS, FORGED, HIDDEN, Ballot, Said, mark, papers_of, returned
from domain.lifecycle import Act
from domain.polls import SEALED
from domain.rulesets import CHOICES
from projections.ledgers import View

PARTLY: Final = "partly"


@dataclass(frozen=True, slots=True)
class Fate:
    """`stands`, `replaced` with the index of the ballot that took its place, `forged`, or once there is a result what it came to.

    `counted`, `conflicted`, `unclear`, `unopened`, `sealed` (only who opens it can say); `partly` where its items differ, which are
    given by id.
    """

    name: str
    by: int | None = None
    items: tuple[tuple[str, str], ...] = ()


def fate_of(seen: View, act: Act) -> Fate | None:
    """The fate of a ballot act; None for any other act."""
    standing: Ballot | None = seen.state.get(("ballot", (act.body.get("poll"), act.body.get("tag"))))
    if standing is None or act.kind not in BALLOT_KINDS:
        return None
    if standing.leaf != act.leaf:
        return Fate("replaced", standing.index)
    if standing.stage == FORGED:
        return Fate(FORGED)
    return _decided(seen, act, standing) if ("result", act.body["poll"]) in seen.state else Fate("stands")


def _decided(seen: View, act: Act, standing: Ballot) -> Fate:
    poll, tag = act.body["poll"], act.body["tag"]
    said, sealed = returned(standing, papers_of(seen.state, poll, tag)), seen.state["poll", poll].ballots == SEALED
    items = tuple((item, _came_to(said, item, sealed=sealed)) for item in standing.items)
    names = {name for _, name in items}
    return Fate(PARTLY, items=items) if len(names) > 1 else Fate(*names or ("counted",))


def _came_to(said: tuple[Said, ...], item: str, *, sealed: bool) -> str:
    name = mark(said, item).name
    return "counted" if name in CHOICES else "sealed" if sealed and name == HIDDEN else name
