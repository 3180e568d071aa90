"""What owners do beside voting, and what may happen to a vote: each a function from units, days and words to a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.lifecycle import Openings
from domain.requests import signers
from domain.roll import area_of
from scripts.stories import estate
from scripts.stories.player import Play, Step, moment

# --- objections and a new roll


def objection(play: Play, at: str, name: str, snapshot: str, unit: str, who: str, of: str, ground: str, text: str,
              refused: str | None = None) -> Step:  # fmt: skip
    """An owner objects to what the story calls `of`."""

    tag = play.tag(unit)

    def body(play: Play) -> Mapping[str, Any]:
        return {"ground": ground, "id": name, "of": play.leaves[of], "snapshot": snapshot, "tag": tag}

    return Step(at, who, "objection-raised/1", body, {"text": text}, name=f"objection-{name}", refused=refused)


def answered(at: str, name: str, who: str, outcome: str, answer: str, refused: str | None = None) -> Step:
    """The answer to an objection: upheld, rejected or moot."""
    body = {"id": name, "outcome": outcome}
    return Step(at, who, "objection-answered/1", body, {"answer": answer}, name=f"objection-{name}-answer", refused=refused)


def escalated(at: str, name: str, who: str, refused: str | None = None) -> Step:
    """An objection that nobody answered in time is taken to the supervisors."""
    return Step(at, who, "objection-escalated/1", {"id": name}, name=f"objection-{name}-escalated", refused=refused)


def new_roll(at: str, new: str, old: str, reason: str, words: str) -> Step:
    """Why a new roll takes the place of an older one."""
    body = {"reason": reason, "replaces": old, "snapshot": new}
    return Step(at, "clerk", "roll-replaced/1", body, {"reason": words}, name=f"roll-{new}-reason")


# --- requests and the groups that follow


def request(play: Play, at: str, name: str, purpose: str, snapshot: str, unit: str, who: str, text: str) -> Step:
    """An owner opens a request; she signs it like everybody else."""
    body = {"purpose": purpose, "request": name, "snapshot": snapshot, "tag": play.tag(unit)}
    return Step(at, who, "request-opened/1", body, {"text": text}, name=f"request-{name}")


def signed(play: Play, at: str, name: str, unit: str, who: str, refused: str | None = None) -> Step:
    """A head's signature under a request."""
    return Step(at, who, "request-signed/1", {"request": name, "tag": play.tag(unit)}, refused=refused)


def unsigned(play: Play, at: str, name: str, unit: str, who: str) -> Step:
    """A head takes its signature back."""
    return Step(at, who, "request-withdrawn/1", {"request": name, "tag": play.tag(unit)})


def verified(at: str, name: str, limb: str, openings: Openings, refused: str | None = None) -> Step:
    """The street office counts the signatures that stand; openings: the door's lookup of rows."""

    def body(play: Play) -> Mapping[str, Any]:
        found = signers(play.door.fold.state, name)
        area = sum(area_of(openings(leaf, f"row/{tag.hex()}")) for tag, leaf in found)
        return {"area": area, "heads": len(found), "limb": limb, "request": name}

    return Step(at, "street", "request-verified/1", body, confirm=("bureau",), name=f"request-{name}-verified", refused=refused)


def group(play: Play, at: str, name: str, purpose: str, for_request: str | None, members: Sequence[tuple[str, str]], to: str,
          leader: str = "street", refused: str | None = None) -> Step:  # fmt: skip
    """A preparatory or re-election group: (who, side) each; its leader holds the group's post."""
    sides = tuple({"person": play.people[who].person, "side": side} for who, side in members)
    body = {"group": name, "leader": play.people[leader].person, "members": sides, "purpose": purpose, "request": for_request,
            "to": to}  # fmt: skip
    return Step(at, "street", "group-formed/1", body, confirm=("bureau",), name=f"group-{name}", refused=refused)


# --- agents and service


def agent(play: Play, at: str, poll: str, unit: str, who: str, stands: str, refused: str | None = None) -> Step:
    """A head names somebody who casts its ballot."""
    body = {"agent": play.people[stands].person, "poll": poll, "tag": play.tag(unit)}
    return Step(at, who, "proxy-given/1", body, refused=refused)


def agent_dismissed(play: Play, at: str, poll: str, unit: str, who: str) -> Step:
    """A head's agent stands for it no longer."""
    return Step(at, who, "proxy-ended/1", {"poll": poll, "tag": play.tag(unit)})


def served(play: Play, at: str, poll: str, page: str, rows: Sequence[tuple[str, str, str]], who: str = "clerk",
           confirm: str = "witness", refused: str | None = None) -> Step:  # fmt: skip
    """Who was given the notice, how and when: (unit, method, day) each."""
    body = {"page": page, "poll": poll, "rows": tuple((play.tag(unit), method, day) for unit, method, day in rows)}
    return Step(at, who, "notice-served/1", body, confirm=(confirm,), name=f"{poll}-served-{page}",
                refused=refused)  # fmt: skip


# --- on paper, beside ballots


@dataclass(frozen=True, slots=True)
class PaperRow:
    """What a head did on paper: the kind, what its body says beside the head, and an objection's words."""

    unit: str
    kind: str
    body: Mapping[str, Any] | Callable[[Play], Mapping[str, Any]] = field(default_factory=dict)
    text: str | None = None


def paper_signature(unit: str, name: str) -> PaperRow:
    """A signature under a request, by hand."""
    return PaperRow(unit, "request-signed/1", {"request": name})


def paper_agent(unit: str, poll: str, stands: str) -> PaperRow:
    """An agent named by hand."""
    return PaperRow(unit, "proxy-given/1", lambda play: {"agent": play.people[stands].person, "poll": poll})


def paper_objection(unit: str, name: str, snapshot: str, of: str, ground: str, text: str) -> PaperRow:
    """An objection by hand."""
    return PaperRow(unit, "objection-raised/1",
                    lambda play: {"ground": ground, "id": name, "of": play.leaves[of], "snapshot": snapshot}, text)  # fmt: skip


def sheet(at: str, page: str, rows: Sequence[PaperRow], refused: str | None = None) -> Step:
    """The clerk records a page of them; it waits until somebody else has keyed it again."""
    texts = {f"text/{number}": row.text for number, row in enumerate(rows, 1) if row.text}
    return Step(at, "clerk", "paper-page/1", lambda play: {"page": page, "poll": None, "rows": _rows(play, rows)}, texts,
                name=page, refused=refused)  # fmt: skip


def sheet_keyed(at: str, page: str, rows: Sequence[PaperRow], who: str = "counter-2") -> Step:
    """A second person of another organisation keys the page again."""

    def body(play: Play) -> Mapping[str, Any]:
        return {"person": play.people[who].person, "poll": None, "rows": _rows(play, rows)}

    return Step(at, who, "page-keyed/1", body, about=page)


def _rows(play: Play, rows: Sequence[PaperRow]) -> tuple[dict[str, Any], ...]:
    return tuple(_row(play, str(number), row) for number, row in enumerate(rows, 1))


def _row(play: Play, number: str, row: PaperRow) -> dict[str, Any]:
    own, tag = row.body(play) if callable(row.body) else row.body, play.tag(row.unit)
    return {"body": {**own, "tag": tag}, "for": tag, "form": number, "kind": row.kind}


# --- what may happen to a vote


def warned(at: str, poll: str, warning: str) -> Step:
    """Owners are told what it means to return nothing."""
    return Step(
        at, "street", "silence-warned/1", {"poll": poll}, {"warning": warning}, confirm=("bureau",), name=f"{poll}-warning"
    )


def flags_answered(at: str, poll: str, n: int, reports: Sequence[str], reason: str) -> Step:
    """The convener says why the vote goes on although these reports are flagged."""

    def body(play: Play) -> Mapping[str, Any]:
        return {"despite": tuple(sorted(play.leaves[name] for name in reports)), "n": n, "poll": poll}

    return Step(at, "street", "flags-answered/1", body, {"reason": reason}, confirm=("bureau",), name=f"{poll}-answer-{n}")


def extended(at: str, poll: str, closes: str, reason: str, refused: str | None = None) -> Step:
    """Closing is put off."""
    return Step(at, "street", "poll-extended/1", {"closes": moment(closes), "poll": poll}, {"reason": reason},
                confirm=("bureau",), name=f"{poll}-extension", refused=refused)  # fmt: skip


def outage(at: str, poll: str, start: str, to: str) -> Step:
    """The ledger was out of reach."""
    body = {"from": moment(start), "poll": poll, "to": moment(to)}
    return Step(at, "operator", "outage-recorded/1", body, confirm=("bureau",), name=f"{poll}-outage")


def withdrawn(at: str, poll: str, reason: str) -> Step:
    """A vote is withdrawn before anybody knows how it goes."""
    return Step(
        at, "street", "poll-withdrawn/1", {"poll": poll}, {"reason": reason}, confirm=("bureau",), name=f"{poll}-withdrawal"
    )


def recounted(at: str, poll: str, openings: Openings, upheld: str) -> Iterator[Step]:
    """Counted again for an objection that was upheld."""
    return estate.certify(at, poll, openings, "result-recounted/1", objection=upheld)


def annulled(at: str, poll: str, by: str, day: str, reason: str) -> Step:
    """A court or an authority has annulled the result."""
    body = {"by": by, "day": day, "document": None, "poll": poll}
    return Step(at, "bureau", "poll-annulled/1", body, {"reason": reason}, confirm=("party",), name=f"{poll}-annulment")


def decided_elsewhere(at: str, name: str, matter: str, day: str, figures: Mapping[str, tuple[int, int]], title: str,
                      document: tuple[bytes, int, str], *, claimed: bool = True, platform: str = "city-evoting") -> Step:  # fmt: skip
    """A decision that was counted elsewhere; figures: (heads, area) of each choice, of those who took part and of all."""
    counted = {which: {"area": area, "heads": heads} for which, (heads, area) in figures.items()}
    body = {**counted, "claimed": claimed, "day": day, "decision": name, "document": document, "matter": matter,
            "platform": platform}  # fmt: skip
    return Step(at, "street", "decision-reported/1", body, {"title": title}, confirm=("bureau",), name=f"decision-{name}")
