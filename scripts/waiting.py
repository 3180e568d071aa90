"""Acts that wait for confirmation: what is still needed, who could give it, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.acts import KINDS
from domain.authority import KeyRow, Need, Party, fills, needs_of
from domain.calendar import SHANGHAI
from domain.confirmations import Pending
from ledger.door import Ledger


@dataclass(frozen=True, slots=True)
class Waits:
    """One act that waits; `who` are those whose confirmation would fill a need now, as `name (organisation)`."""

    index: int
    leaf: bytes
    kind: str
    author: str
    confirmed: tuple[str, ...]
    needs: tuple[Need, ...]
    who: tuple[str, ...]
    expires: int

    @property
    def needs_words(self) -> str:
        return "; ".join(map(needs_words, self.needs))

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        needs = [{"posts": list(need.posts), "other_organisation": need.other_org} for need in self.needs]
        return {"index": self.index, "leaf": self.leaf.hex(), "kind": self.kind, "author": self.author,
                "confirmed": list(self.confirmed), "needs": needs, "who": list(self.who), "expires": self.expires}  # fmt: skip


def waiting_acts(door: Ledger) -> list[Waits]:
    """What waits now, oldest first; names come from the holders' openings, so this is for the operator's machine."""
    state, now = door.fold.state, max(door.clock(), door.fold.last)
    waits = [one for (subject, _), one in state.items() if subject == "pending" and now <= one.expires]
    names, officials = _holders(door), {ident[1] for subject, ident in state if subject == "post"}
    return [_waits(door, one, names, officials, now) for one in sorted(waits, key=lambda one: one.index)]


Names = dict[bytes, tuple[bytes, str]]  # person → the leaf that admitted a key of theirs, and the opening's name


def _holders(door: Ledger) -> Names:
    rows: dict[bytes, KeyRow] = {ident: row for (subject, ident), row in door.fold.state.items() if subject == "key"}
    return {row.person: (row.page, f"holder/{key.hex()}") for key, row in rows.items()}


def _waits(door: Ledger, one: Pending, names: Names, officials: set[bytes], now: int) -> Waits:
    read = door.fold.state
    able = [(person, read.get(("person", person))) for person in officials]
    able = [who for who in able if isinstance(fills(read, one.act, one.parties, one.filled, who, now), int)]
    said = [_name(door, names, party) for party in one.parties]
    needs = tuple(need for number, need in enumerate(needs_of(one.act)) if number not in one.filled)
    who = tuple(sorted(_name(door, names, party) for party in able))
    return Waits(one.index, one.act.leaf, one.act.kind, said[0], tuple(said[1:]), needs, who, one.expires)


def _name(door: Ledger, names: Names, party: Party) -> str:
    person, org = party
    holder = door.opening(*names[person]) if person in names else None
    name = holder["name"] if isinstance(holder, dict) else person.hex()
    return f"{name} ({org or '–'})"


def waits_words(one: Waits) -> Iterator[str]:
    """The act for people, in two or three lines."""
    kind = KINDS[one.kind]
    yield f"第{one.index}条 {kind.zh} {kind.en} ({kind.name}) · {one.author} · 有效至 until {time_words(one.expires)}"
    if one.confirmed:
        yield f"  已复核 confirmed by: {', '.join(one.confirmed)}"
    yield f"  还需 needs: {one.needs_words}"
    yield f"  可复核者 who can: {', '.join(one.who) or '无 nobody at present'}"


def needs_words(need: Need) -> str:
    """A confirmation that is needed, in few words."""
    return "/".join(need.posts) + ("(须为另一单位 of another organisation)" if need.other_org else "")


def time_words(ms: int) -> str:
    """A time in Asia/Shanghai, to the minute."""
    return datetime.fromtimestamp(ms // 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M")
