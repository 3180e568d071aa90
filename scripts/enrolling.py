"""Who is an owner on a roll, which keys they have, and what came by letter: what the clerk's commands share.

Rows and holders are opened on the operator's machine; every look goes on record (docs/spec/access.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.acts import KINDS, row_key_id
from domain.confirmations import Pending
from domain.founding import edition_of, holders_of, key_rows
from domain.keysample import called_of, sample_of
from domain.lifecycle import UNOPENED, Act, Openings, Read
from domain.people import KeyPage
from domain.roll import Head
from ledger.letters import Request
from scripts.shell import insist, natural

MANY: Final = 5  # keys from one address
WITHIN_MS: Final = 600_000  # in this time are worth a look
ADMITTING, BINDING = PAGES = ("keys-admitted/1", "heads-bound/1")
Heads = tuple[tuple[bytes, tuple[str, ...]], ...]  # tag, units


@dataclass(frozen=True, slots=True)
class Owners:
    """The owners of one snapshot by the id on the roll: the heads of each, and the person that each is on the ledger if known."""

    heads: Mapping[str, Heads]
    persons: Mapping[str, bytes]
    active: Mapping[bytes, tuple[bytes, ...]]  # person -> active keys

    def keys_of(self, owner: str) -> tuple[bytes, ...]:
        """An owner's active keys."""
        return self.active.get(self.persons.get(owner, b""), ())

    def of_unit(self, unit: str) -> list[str]:
        """The owners of a unit."""
        return [owner for owner, heads in self.heads.items() if any(unit in units for _, units in heads)]


def owners_of(read: Read, snapshot: str, openings: Openings) -> Owners:
    """The owners of a snapshot, frozen or not; a usage error when there is none or its rows cannot be opened."""
    heads: dict[str, list[tuple[bytes, tuple[str, ...]]]] = {}
    for tag, page in tags_of(read, snapshot):
        row = openings(page, f"row/{tag.hex()}")
        insist(row is not UNOPENED, "--snapshot", "名册有已删除的行。", "Rows of this roll were erased.")
        for owner in row["owners"]:
            heads.setdefault(owner, []).append((tag, row["units"]))
    persons = dict(_persons(read, openings))
    active = {person: tuple(key for key in read.get(("keys-of", person), ()) if read["key", key].stage == "active")
              for person in persons.values()}  # fmt: skip
    own = {owner: tuple(sorted(some, key=_door)) for owner, some in heads.items()}
    return Owners(dict(sorted(own.items(), key=lambda one: (_door(one[1][0]), one[0]))), persons, active)


def _door(head: tuple[bytes, tuple[str, ...]]) -> list[tuple[int, str]]:
    """Heads by their first unit, as doors stand in a corridor."""
    return min(map(natural, head[1]))


def tags_of(read: Read, snapshot: str) -> tuple[tuple[bytes, bytes], ...]:
    """The heads of a snapshot, each with the leaf of its page."""
    if ("roll", snapshot) in read:
        found: tuple[tuple[bytes, bytes], ...] = read["roll", snapshot].tags
        return found
    insist(("roll-pages", snapshot) in read, "--snapshot", "没有这份名册。", "There is no such roll.")
    return tuple((tag, page.leaf) for page in read["roll-pages", snapshot] for tag in page.tags)


def _persons(read: Read, openings: Openings) -> Iterator[tuple[str, bytes]]:
    """Holders by the id under which they were admitted, and the person that each is."""
    for key, leaf, person in holders_of(read):
        holder = openings(leaf, f"holder/{key.hex()}")
        if holder is not UNOPENED:
            yield holder["id"], person


# --- what waits -----------------------------------------------------------------------------------------------------------------


def pending_pages(read: Read) -> list[Pending]:
    """The pages of keys and bindings that wait for a supervisor, in the order of the log."""
    waits: Iterable[Pending] = (one for (subject, _), one in read.items() if subject == "pending")
    return sorted((one for one in waits if one.act.kind in PAGES), key=lambda one: one.index)


def standing_of(read: Read, request: Request) -> str:
    """What became of a key that came by letter: waiting, signed (in a page that waits), admitted, bound or revoked."""
    row = read.get(("key", request.key))
    if row is None:
        signed = {row_key_id(one) for page in pending_pages(read) for one in key_rows(page.act)}
        return "signed" if request.key in signed else "waiting"
    return "revoked" if row.stage != "active" else "bound" if read.get(("heads-of", request.key)) else "admitted"


def oddities(read: Read, requests: list[Request]) -> dict[bytes, list[str]]:
    """What somebody should look at before a key is admitted, by key id."""
    count = Counter(one.letter.person for one in requests if ("key", one.key) not in read)
    found: dict[bytes, list[str]] = {one.key: [] for one in requests}
    for one in requests:
        keys = read.get(("keys-of", one.letter.person), ())
        if any(key != one.key and read["key", key].stage == "active" for key in keys):
            found[one.key].append("person-has-key")
        if count[one.letter.person] > 1:
            found[one.key].append("two-keys")
        if one.letter.voided:
            found[one.key].append("letter-voided")
        if one.letter.wrong:
            found[one.key].append("wrong-tries")
        if sum(abs(other.at - one.at) <= WITHIN_MS for other in requests if other.address == one.address) >= MANY:
            found[one.key].append("one-address")
    return found


ODD_WORDS: Final[Mapping[str, str]] = {
    "person-has-key": "本人另有有效密钥，须先注销 has an active key, which must be revoked first",
    "two-keys": "同一人交来两个密钥 two keys of one person",
    "letter-voided": "所用的信已作废 its letter was replaced",
    "wrong-tries": "此信曾输错验证码 wrong codes were tried",
    "one-address": "十分钟内同一地址有多人提交 many from one address within ten minutes",
}
HELD_BACK: Final = ("person-has-key", "two-keys", "letter-voided")  # unless the clerk names the letter


def unbound(read: Read, snapshot: str, owners: Owners) -> list[tuple[bytes, bytes]]:
    """(tag, key) for every active key of an owner that is not bound to a head of hers yet, and in no page that waits."""
    signed = {row for page in pending_pages(read) if page.act.kind == BINDING for row in page.act.body["rows"]}
    pairs = ((tag, key) for owner, heads in owners.heads.items() for key in owners.keys_of(owner) for tag, _ in heads)
    return [pair for pair in pairs if pair not in signed and pair[1] not in _bound(read, snapshot, pair[0])]


def _bound(read: Read, snapshot: str, tag: bytes) -> tuple[bytes, ...]:
    head: Head = read["head", (snapshot, tag)]
    return head.keys


def unrung(read: Read, act_at: Callable[[int], Act]) -> list[str]:
    """The pages with owners' keys whose sample has not been asked in full; none where the edition in force knows no calls."""
    if edition_of(read).engine < KINDS["keys-called/1"].engine:
        return []
    pages: list[tuple[str, KeyPage]] = [(name, page) for (subject, name), page in read.items() if subject == "key-page"]
    owners = [(name, page) for name, page in pages if any(read["key", key].org is None for key in page.keys)]
    return [name for name, page in sorted(owners, key=lambda one: one[1].index)
            if not {*sample_of(read, page, act_at(page.index))} <= {*called_of(read, name).asked}]  # fmt: skip


def fresh_page(read: Read, stem: str, prefix: str) -> str:
    """The first `stem-n` that names no page yet; `prefix` is what its stream begins with."""
    number = 1
    while ("stream", f"{prefix}/{stem}-{number}") in read:
        number += 1
    return f"{stem}-{number}"
