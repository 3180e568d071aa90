"""What became of a ballot: it stands, it is counted, or a later one of the same head took its place."""

from __future__ import annotations

from dataclasses import dataclass

from domain.ballots import Ballot
from domain.lifecycle import Act
from projections.ledgers import View


@dataclass(frozen=True, slots=True)
class Fate:
    """`stands`, `counted` or `replaced`, and the index of the ballot that counts in its place."""

    name: str
    by: int | None = None


def fate_of(seen: View, act: Act) -> Fate | None:
    """The fate of a ballot act; None for any other act."""
    standing: Ballot | None = seen.state.get(("ballot", (act.body.get("poll"), act.body.get("tag"))))
    if standing is None or not act.kind.startswith("ballot-"):
        return None
    if standing.leaf != act.leaf:
        return Fate("replaced", standing.index)
    return Fate("counted" if ("result", act.body["poll"]) in seen.state else "stands")
