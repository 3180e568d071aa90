"""Level 1: copies in which an entry is wrong: its spelling, form, signature, place, or the keys that it carries (docs/spec/audit.md C).

Each row: name, what an attacker did, how, at which entry, and which entry an audit must name (that one, unless told otherwise).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from keys.identity import SigningKey
from tests.foreign.forging import (
    FIELDS,
    IDENTITY,
    OF_ORDER_EIGHT,
    Copy,
    Tampering,
    as_float,
    author,
    fields,
    plus_order,
    resigned,
    respelled,
    restated,
    said_next,
    signed_with,
    universal_signature,
    with_signature,
)  # fmt: skip
from tests.foreign.spoiling import (
    BALLOT,
    EVENING,
    FIRST_BALLOT,
    LAST_BALLOT,
    NEXT_BALLOT,
    NOWHERE,
    POSTED,
    STANDING,
    STRANGER,
    Make,
    Where,
    end,
    files_only,
    following,
    in_tile,
    in_tree,
    last,
    row,
)  # fmt: skip
from tests.foreign.trial import Log
from tests.keys.authenticator import Authenticator
from tlog.codec import pack
from tlog.entry import Entry, key_id, signed_bytes
from tlog.merkle import leaf_hash

PASSKEY: Final = Authenticator()

# --- C: one entry, its bytes and its signature ----------------------------------------------------------------------------------


def _flip_entry(copy: Copy, index: int) -> None:
    raw = bytearray(copy.entries[index])
    raw[40] ^= 1
    copy.put(index, bytes(raw))


def _flip_both(copy: Copy, index: int) -> None:
    _flip_entry(copy, index)
    copy.put_hash(index, leaf_hash(copy.entries[index]))


def other(signature: Callable[[SigningKey, Entry], bytes]) -> Callable[[Log, int], bytes]:
    """The entry under another signature, made by who owns the author's key."""

    def change(log: Log, index: int) -> bytes:
        entry = log.entries[index]
        return with_signature(entry, signature(author(log, entry), Entry.parse(entry)))

    return change


def stated(**changes: Any) -> Callable[[Log, int], bytes]:
    """The entry with fields changed and its author's signature over them; a function of log and index is called."""

    def change(log: Log, index: int) -> bytes:
        return restated(log, index, **{name: one(log, index) if callable(one) else one for name, one in changes.items()})

    return change


def spelt(order: Sequence[str] = FIELDS, **given: Any) -> Callable[[Log, int], bytes]:
    """The entry's statement in another spelling under its author's signature; a function gets the fields."""

    def change(log: Log, index: int) -> bytes:
        said = fields(log.entries[index])
        return respelled(log, index, order, **{name: one(said) if callable(one) else one for name, one in given.items()})

    return change


def outer(spell: Callable[[Entry], bytes]) -> Callable[[Log, int], bytes]:
    """The entry around the statement in another spelling."""
    return lambda log, index: spell(Entry.parse(log.entries[index]))


def _spelt_entry(head_: bytes, *values: bytes) -> bytes:
    return head_ + b"".join(values)


def recorded(change: Callable[[int], int]) -> Callable[[Log, int], bytes]:
    """The entry recorded at another time."""
    return outer(lambda one: Entry(one.statement, one.suite, one.signature, change(one.recorded_at)).raw())


def _long_n(said: Mapping[str, Any]) -> bytes:
    short = b"\xa1n\x01"
    assert short in pack(said["body"])
    return pack(said["body"]).replace(short, b"\xa1n\xcc\x01")


def _trailing(log: Log, index: int) -> bytes:
    entry = log.entries[index]
    return resigned(entry, Entry.parse(entry).statement + b"\xc0", author(log, entry))


SIGNATURES: Final = {
    "zeroed": ("wiped out a signature", other(lambda _key, _one: bytes(64))),
    "of-another-key": ("let another admitted key sign a ballot",
                       lambda log, index: with_signature(log.entries[index], log.play.people["owner-02"].key.sign_statement(
                           Entry.parse(log.entries[index]).statement))),
    "cut": ("cut a signature by a byte", other(lambda _key, one: one.signature[:-1])),
    "longer": ("added a byte to a signature", other(lambda _key, one: one.signature + b"\0")),
    "plus-order": ("added the group's order to S", other(lambda _key, one: plus_order(one.signature))),
    "small-order-r": ("let the author sign with R of small order", other(lambda key, one: signed_with(key, one.statement, 0, IDENTITY))),
    "mixed-order-r": ("let the author sign with R of mixed order",
                      other(lambda key, one: signed_with(key, one.statement, 77, OF_ORDER_EIGHT))),
}  # fmt: skip
SPELLINGS: Final = {
    "long-integer": ("an integer longer than needed", POSTED, spelt(body=_long_n)),
    "float": ("a time as a float", BALLOT, spelt(at=lambda said: as_float(said["at"]))),
    "signed-integer": ("a time as a signed integer", BALLOT, spelt(at=lambda said: b"\xd3" + said["at"].to_bytes(8, "big"))),
    "long-string": ("a short text with a long header", BALLOT, spelt(kind=lambda said: b"\xd9\x0d" + said["kind"].encode())),
    "long-binary": ("a short binary with a long header", BALLOT, spelt(by=lambda said: b"\xc5\x00\x20" + said["by"])),
    "bad-utf8": ("text that is no UTF-8", BALLOT, spelt(kind=b"\xa2\xff\xfe")),
    "extension": ("an extension type", BALLOT, spelt(seen=b"\xd4\x01\x00")),
    "deep": ("twenty arrays in one another", BALLOT, spelt(body=b"\x81\xa1a" + b"\x91" * 20 + b"\xc0")),
    "unsorted": ("keys out of their order", BALLOT, spelt(("at", "about", *FIELDS[2:]))),
    "key-twice": ("a key twice", BALLOT, spelt((*FIELDS, "until"))),
    "trailing-byte": ("a byte behind the value", BALLOT, _trailing),
}
FORMS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "twelfth-key": ("a twelfth key", {"note": None}),
    "ten-keys": ("no `seen` at all", {"seen": ...}),
    "short-key-id": ("a key id of 31 bytes", {"by": bytes(31)}),
    "boolean-time": ("true for a time", {"at": True}),
    "large-time": ("a time of 2^53", {"at": 2**53}),
    "large-integer": ("2^53 deep in the body", {"body": {"a": (1, {"b": 2**53})}}),
    "prose": ("words with a space in the body", {"body": {"a": "as agreed"}}),
    "chinese": ("Chinese in the body", {"body": {"a": "同意"}}),
    "prose-as-key": ("a body's key with a space", {"body": {"as agreed": 1}}),
    "body-of-nil": ("no body", {"body": None}),
    "digests-unsorted": ("digests out of order", {"sealed": (b"\xff" * 32, bytes(32))}),
    "digest-twice": ("a digest twice", {"sealed": (bytes(32), bytes(32))}),
    "short-digest": ("a digest of 31 bytes", {"sealed": (bytes(31),)}),
    "empty-kind": ("an empty kind", {"kind": ""}),
    "stream-in-capitals": ("a stream in capitals", {"stream": "Ballot/p"}),
    "stream-of-five": ("a stream of five segments", {"stream": "a/b/c/d/e"}),
    "seen-of-three": ("a seen tree with a third member", {"seen": (0, NOWHERE, 0)}),
    "seen-below-zero": ("a seen tree of size -1", {"seen": (-1, NOWHERE)}),
    "endless": ("nil for its last moment", {"until": None}),
}
OUTSIDES: Final = {
    "five-members": ("a fifth member", lambda one: pack((one.statement, one.suite, one.signature, one.recorded_at, None))),
    "three-members": ("three members", lambda one: pack((one.statement, one.suite, one.signature))),
    "text-for-statement": ("a text for the statement", lambda one: pack(("x", one.suite, one.signature, one.recorded_at))),
    "long-header": ("a longer header", lambda one: b"\xdc\x00\x04" + one.raw()[1:]),
    "trailing-byte": ("a byte behind it", lambda one: one.raw() + b"\xc0"),
    "emptied": ("no bytes", lambda _one: b""),
    "unknown-suite": ("a suite that nobody knows", lambda one: Entry(one.statement, "ed25519-v9", one.signature, one.recorded_at).raw()),
    "suite-with-space": ("a suite with a space", lambda one: pack((one.statement, "ed25519 v1", one.signature, one.recorded_at))),
    "large-time": ("a time of 2^53", lambda one: pack((one.statement, one.suite, one.signature, 2**53))),
}  # fmt: skip


def _entries() -> Iterator[Tampering]:
    yield files_only("entry-flipped", "changed one bit of an entry", _flip_entry, BALLOT)
    yield files_only("first-entry-flipped", "changed one bit of the founding", _flip_entry)
    yield files_only("last-entry-flipped", "changed one bit of the last entry", _flip_entry, last)
    yield files_only("entry-and-hash-flipped", "changed one bit of an entry, and its hash in the tile", _flip_both, LAST_BALLOT)
    for name, (did, change) in SIGNATURES.items():
        yield files_only(f"signature-{name}", f"{did}, and fitted the tile", in_tile(change), BALLOT)
    yield row("signature-zeroed-in-tree", "wiped out a signature and signed the tree anew",
              in_tree(other(lambda _key, _one: bytes(64))), LAST_BALLOT)  # fmt: skip
    for name, (what, where, change) in SPELLINGS.items():
        yield row(f"statement-{name}", f"spelt a statement with {what}, signed by its author", in_tree(change), where)
    for name, (what, changes) in FORMS.items():
        yield row(f"form-{name}", f"put {what} into a statement, signed by its author", in_tree(stated(**changes)), BALLOT)
    for name, (what, spell) in OUTSIDES.items():
        yield row(f"entry-{name}", f"gave an entry {what}", in_tree(outer(spell)), BALLOT)


# --- C: order, chains, what an entry names --------------------------------------------------------------------------------------


def _dropped(copy: Copy, index: int) -> None:
    copy.retree(copy.entries[:index] + copy.entries[index + 1 :])


def _next_of_head(log: Log, _index: int) -> int | None:
    return NEXT_BALLOT(log) - 1


def _behind_a_gap(log: Log, _index: int) -> int | None:
    return last(log) - 1


def swapped(other_: Where) -> Make:
    """Two entries in each other's place."""

    def make(copy: Copy, index: int) -> None:
        entries, there = copy.entries, other_(copy.log)
        entries[index], entries[there] = entries[there], entries[index]
        copy.retree(entries)

    return make


def appended(*make: Callable[[Log], bytes]) -> Make:
    """More entries behind the last."""
    return lambda copy, _index: copy.retree([*copy.entries, *(one(copy.log) for one in make)])


def inserted(make: Callable[[Log, int], bytes]) -> Make:
    return lambda copy, index: copy.retree([*copy.entries[:index], make(copy.log, index), *copy.entries[index:]])


def _replayed(log: Log) -> bytes:
    old = Entry.parse(log.entries[-1])
    return Entry(old.statement, old.suite, old.signature, old.recorded_at + 1).raw()


def _signed_again(log: Log) -> bytes:
    entry = log.entries[-1]
    return with_signature(entry, signed_with(author(log, entry), Entry.parse(entry).statement, 4321, IDENTITY))


def _said(who: str, kind: str, body: Mapping[str, Any], **changes: Any) -> Callable[[Log], bytes]:
    return lambda log: said_next(log, log.play.people[who].key, kind, body, **changes)


def _of_stranger(log: Log, index: int) -> bytes:
    entry = log.entries[index]
    return resigned(entry, pack({**fields(entry), "by": STRANGER.id, "stream": "forged", "prev": None}), STRANGER)


def _next_leaf(log: Log, index: int) -> bytes:
    return log.acts[index + 1].leaf


def _own_size(_log: Log, index: int) -> tuple[int, bytes]:
    return index + 1, NOWHERE


def _at_its_place(_log: Log, index: int) -> tuple[int, bytes]:
    return index, NOWHERE


def _late(log: Log, index: int) -> int:
    return Entry.parse(log.entries[index]).recorded_at - 1


ORDER: Final = (
    row("entry-dropped", "left out a ballot that the same head replaced later", _dropped, BALLOT, _next_of_head),
    row("standing-ballot-dropped", "left out a head's last ballot", _dropped, STANDING, _behind_a_gap),
    row("first-entry-dropped", "left out the founding", _dropped),
    row("entry-twice", "wrote an entry twice in a row", inserted(lambda log, index: log.entries[index]), LAST_BALLOT, following),
    row("days-swapped", "changed two ballots of two days for each other", swapped(lambda log: EVENING(log) + 1), EVENING, following),
    row("ballots-of-a-head-swapped", "changed two ballots of one head for each other", swapped(NEXT_BALLOT), BALLOT),
    row("stranger-inserted", "put in a ballot signed by a key that nobody admitted", inserted(_of_stranger), BALLOT),
    row("recorded-before", "dated an entry before the one before it", in_tree(recorded(lambda ms: ms - 1)), BALLOT),
    row("recorded-after", "dated an entry after the one behind it", in_tree(recorded(lambda ms: ms + 1)), BALLOT, following),
    row("recorded-below-zero", "dated the founding before 1970", in_tree(recorded(lambda _ms: -1))),
    row("recorded-past-until", "let the author's last moment lie before the record", in_tree(stated(until=_late)), BALLOT),
    row("statement-replayed", "recorded the last statement once more, a moment later", appended(_replayed), end),
    row("statement-signed-again", "recorded the last statement once more, under another signature of its author",
        appended(_signed_again), end),
    row("ledger-other", "put in a statement for another ledger", in_tree(stated(ledger="demo.example.org/log/440307-002/1")), BALLOT),
    row("prev-wrong", "let a ballot follow an entry of another stream", in_tree(stated(prev=lambda log, _i: log.acts[0].leaf)), BALLOT),
    row("prev-nil", "let a head's second ballot claim to be its first", in_tree(stated(prev=None)), BALLOT),
    row("prev-of-nothing", "let a head's first ballot follow something", in_tree(stated(prev=NOWHERE)), FIRST_BALLOT),
    row("about-nothing", "let a ballot answer an entry that does not exist", in_tree(stated(about=NOWHERE)), BALLOT),
    row("about-later", "let a ballot answer the entry behind it", in_tree(stated(about=_next_leaf)), BALLOT),
    row("seen-forged", "let a voter have seen another tree", in_tree(stated(seen=_at_its_place)), BALLOT),
    row("seen-later", "let a voter have seen a tree with her own ballot", in_tree(stated(seen=_own_size)), BALLOT),
    row("seen-huge", "let a voter have seen a tree of 2^53-1 entries", in_tree(stated(seen=(2**53 - 1, NOWHERE))), BALLOT),
    row("seen-empty-forged", "let a voter have seen an empty tree with a root", in_tree(stated(seen=(0, NOWHERE))), BALLOT),
)  # fmt: skip

# --- C: key rows ----------------------------------------------------------------------------------------------------------------


def rows(*rows_: Any, kind: str = "keys-admitted/1", name: str = "rows", who: str = "operator") -> Callable[[Log], bytes]:
    """An entry that carries these key rows."""
    return _said(who, kind, {"page": "forged", name: rows_ if name != "row" else rows_[0]})


def key_row(public: bytes, suite: str = "ed25519-v1") -> dict[str, Any]:
    """As much of a key row as level 1 reads."""
    return {"public": public, "suite": suite}


def _by(key: SigningKey, kind: str = "forged/1", **body: Any) -> Callable[[Log], bytes]:
    return lambda log: said_next(log, key, kind, body, stream="forged-too")


def _by_nobody(log: Log) -> bytes:
    """Signed for the identity as a public key, which every message fits."""
    entry = said_next(log, STRANGER, "forged/1", {}, stream="forged-too", by=key_id("ed25519-v1", IDENTITY))
    return with_signature(entry, universal_signature(99))


def _of_suite(suite: str, signed: str) -> Callable[[Log], bytes]:
    """An entry by a key that was admitted under `suite`, signed as `signed`."""

    def make(log: Log) -> bytes:
        entry = said_next(log, STRANGER, "forged/1", {}, stream="forged-too", by=key_id(suite, STRANGER.public))
        old = Entry.parse(entry)
        return Entry(old.statement, signed, old.signature, old.recorded_at).raw()

    return make


def _founded_by_stranger(log: Log, index: int) -> bytes:
    entry = log.entries[index]
    return resigned(entry, pack({**fields(entry), "by": STRANGER.id}), STRANGER)


def _founding(**body: Any) -> Callable[[Log, int], bytes]:
    return lambda log, index: restated(log, index, body={**log.acts[index].body, **body})


def _by_passkey(public: bytes = PASSKEY.public, **flaw: Any) -> Callable[[Log], bytes]:
    """Signed by a passkey, with something in its assertion that no verifier may pass."""

    def make(log: Log) -> bytes:
        by = key_id(PASSKEY.suite, public)
        entry = said_next(log, STRANGER, "forged/1", {}, stream="forged-too", by=by)
        old = Entry.parse(entry)
        signature = PASSKEY.asserts(signed_bytes(old.statement), **flaw)
        return Entry(old.statement, PASSKEY.suite, signature, old.recorded_at).raw()

    return make


OFF_THE_CURVE: Final = pack((PASSKEY.rp_id, PASSKEY.point[:-1] + bytes((PASSKEY.point[-1] ^ 1,))))
TRUE_ROW: Final = key_row(STRANGER.public)
PASSKEY_ROW: Final = rows(key_row(PASSKEY.public, PASSKEY.suite))
KEY_ROWS: Final = (
    row("key-before-its-page", "let a key sign and admitted it afterwards", appended(_by(STRANGER), rows(TRUE_ROW)), end),
    row("key-in-its-own-page", "let a page of keys be signed by a key of its own",
        appended(_by(STRANGER, "keys-admitted/1", page="x", rows=(TRUE_ROW,))), end),
    row("founded-by-a-stranger", "let the founding be signed by a key that it does not carry", in_tree(_founded_by_stranger)),
    row("founding-without-keys", "founded with nil for its keys", in_tree(_founding(keys=None))),
    row("keys-no-array", "admitted keys with a map for the rows", appended(_said("operator", "keys-admitted/1", {"rows": TRUE_ROW})), end),
    row("keys-a-number", "admitted keys with a number for the rows", appended(_said("operator", "keys-admitted/1", {"rows": 7})), end),
    row("keys-missing", "admitted keys without rows", appended(_said("operator", "keys-admitted/1", {"page": "x"})), end),
    row("key-row-no-map", "admitted a key row that is a text", appended(rows("key")), end),
    row("key-row-short", "admitted a public key of 31 bytes", appended(rows(TRUE_ROW, key_row(bytes(31)))), end),
    row("key-row-without-suite", "admitted a key without a suite", appended(rows({"public": STRANGER.public})), end),
    row("key-row-suite-no-text", "admitted a key whose suite is a number", appended(rows({**TRUE_ROW, "suite": 1})), end),
    row("rotation-no-map", "rotated to an array in place of a key row",
        appended(_said("owner-01", "key-rotated/1", {"row": (TRUE_ROW,)})), end),
    row("key-of-unknown-suite", "admitted a key under a suite that nobody knows, and signed with it",
        appended(rows(key_row(STRANGER.public, "ed25519-v9")), _of_suite("ed25519-v9", "ed25519-v9")), end, following),
    row("key-under-another-suite", "signed in another suite than the key was admitted for",
        appended(rows(key_row(STRANGER.public, "ed25519-v9")), _of_suite("ed25519-v9", "ed25519-v1")), end, following),
    row("key-of-small-order", "admitted the identity as a key and signed with what fits every message",
        appended(rows(key_row(IDENTITY)), _by_nobody), end, following),
    row("passkey-of-another-statement", "signed another statement's challenge with a passkey",
        appended(PASSKEY_ROW, _by_passkey(challenge="A" * 43)), end, following),
    row("passkey-of-another-site", "signed with a passkey on the page of a look-alike",
        appended(PASSKEY_ROW, _by_passkey(origin=f"https://evil-{PASSKEY.rp_id}")), end, following),
    row("passkey-unverified", "signed with a passkey that did not ask who holds it",
        appended(PASSKEY_ROW, _by_passkey(data=PASSKEY.data(0x19))), end, following),
    row("passkey-framed", "signed with a passkey in another site's frame",
        appended(PASSKEY_ROW, _by_passkey(crossOrigin=True)), end, following),
    row("passkey-off-the-curve", "admitted a passkey that is no point of the curve and signed with it",
        appended(rows(key_row(OFF_THE_CURVE, PASSKEY.suite)), _by_passkey(OFF_THE_CURVE)), end, following),
)  # fmt: skip

ENTRIES: Final = (*_entries(), *ORDER, *KEY_ROWS)
