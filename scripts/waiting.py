"""Acts that wait for confirmation: what is still needed, who could give it, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.acts import KINDS
from domain.authority import KeyRow, Need, Party, fills, needs_of
from domain.calendar import SHANGHAI
from domain.confirmations import Pending
from domain.fields import MS
from domain.lifecycle import Read
from domain.readers import CUSTODIAN, MACHINE
from domain.spoken import spoken
from ledger.door import Ledger
from ledger.showing import Looking

KEYED: Final = "page-keyed/1"  # the confirmation of paper


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
    keying: str | None  # what `liuchi paper key` is to be given, where paper is to be keyed again

    @property
    def needs_words(self) -> str:
        return "; ".join(map(needs_words, self.needs))

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        needs = [{"posts": list(need.posts), "other_organisation": need.other_org} for need in self.needs]
        return {"index": self.index, "leaf": self.leaf.hex(), "kind": self.kind, "author": self.author,
                "confirmed": list(self.confirmed), "needs": needs, "who": list(self.who), "expires": self.expires}  # fmt: skip


def waiting_acts(door: Ledger) -> list[Waits]:
    """What waits now, oldest first; names come from the holders' openings, so this is for the operator's machine, and on record."""
    state, now = door.fold.state, max(door.clock(), door.fold.last)
    waits = [one for (subject, _), one in state.items() if subject == "pending" and now <= one.expires]
    names, officials = Names(door), {ident[1] for subject, ident in state if subject == "post"}
    found = [_waits(door.fold.state, one, names, officials, now) for one in sorted(waits, key=lambda one: one.index)]
    names.opening.keep()
    return found


def needs_left(door: Ledger, leaf: bytes) -> str | None:
    """What an act still needs, in words; None when it does not wait any more."""
    one: Pending | None = door.fold.state.get(("pending", leaf))
    return "; ".join(needs_words(need) for _, need in _open_needs(one)) if one is not None else None


class Names:
    """Who is behind a person's number, from the opening that admitted a key of theirs; what is read goes on record."""

    def __init__(self, door: Ledger) -> None:
        rows: dict[bytes, KeyRow] = {ident: row for (subject, ident), row in door.fold.state.items() if subject == "key"}
        self.opening = Looking(door, MACHINE, CUSTODIAN)
        self._holders = {row.person: (row.page, f"holder/{key.hex()}") for key, row in rows.items()}

    def of(self, party: Party) -> str:
        """`name (organisation)`; the number where the name cannot be opened."""
        person, org = party
        leaf, name = self._holders.get(person, (b"", ""))
        holder = self.opening(leaf, name) if name else None
        return f"{holder['name'] if isinstance(holder, dict) else person.hex()} ({org or '–'})"


def _waits(read: Read, one: Pending, names: Names, officials: set[bytes], now: int) -> Waits:
    able = [(person, read.get(("person", person))) for person in officials]
    able = [who for who in able if isinstance(fills(read, one.act, one.parties, one.filled, who, now), int)]
    said = [names.of(party) for party in one.parties]
    needs = tuple(need for _, need in _open_needs(one))
    return Waits(
        one.index, one.act.leaf, one.act.kind, said[0], tuple(said[1:]), needs, tuple(sorted(map(names.of, able))), one.expires,
        keying_of(one) if any(need.by == KEYED for need in needs) else None,
    )  # fmt: skip


def keying_of(one: Pending) -> str:
    """What `liuchi paper key` is to be given for a page: a file or, where no form has rows, the page itself."""
    return f"{'FILE.csv' if one.act.body['rows'] else f'--page {one.index}'} --poll {one.act.body['poll']}"


def keying_words(keying: str, code: str) -> Iterator[str]:
    """How paper is keyed again: blind."""
    yield "先不要看原录，照纸质票另录一份 do not look at the first keying: type the forms again from the paper"
    yield f"liuchi paper key {keying} --ledger {code} --key …"


def confirming_words(one: Waits, code: str) -> Iterator[str]:
    """The commands by which an act is confirmed."""
    rest = any(need.by != KEYED for need in one.needs)
    if one.keying:
        yield from keying_words(one.keying, code)
    if one.keying and rest:
        yield f"另须 and besides: liuchi act --confirm {one.index} --key … --ledger {code}"
    elif rest:
        yield f"liuchi act --read {one.index} --ledger {code} · liuchi act --confirm {one.index} --key … --ledger {code}"


def _open_needs(one: Pending) -> list[tuple[int, Need]]:
    return [(number, need) for number, need in enumerate(needs_of(one.act)) if number not in one.filled]


def waits_words(one: Waits) -> Iterator[str]:
    """The act for people, in two or three lines."""
    kind = KINDS[one.kind]
    yield f"第{one.index}条 {kind.zh} {kind.en} ({kind.name}) · {one.author} · {_until(one.expires)}"
    if one.confirmed:
        yield f"  已复核 confirmed by: {', '.join(one.confirmed)}"
    yield f"  还需 needs: {one.needs_words}"
    yield f"  可复核者 who can: {', '.join(one.who) or '无 nobody at present'}"


def _until(expires: int) -> str:
    return f"有效至 until {time_words(expires)}" if expires < MS.most else "不过期 does not expire"


def needs_words(need: Need) -> str:
    """A confirmation that is needed, in few words."""
    posts = " / ".join(f"{spoken('posts', post)} {post}" for post in need.posts)
    return posts + ("(须为另一单位 of another organisation)" if need.other_org else "")


def time_words(ms: int) -> str:
    """A time in Asia/Shanghai, to the minute."""
    return datetime.fromtimestamp(ms // 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M")
