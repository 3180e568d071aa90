"""Level 1: copies that any verifier must refuse, at the same entry (docs/spec/audit.md).

Each row: name, what an attacker did, how, at which entry, and which entry an audit must name (that one, unless told otherwise).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
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
    opened,
    plus_order,
    resigned,
    respelled,
    restated,
    said_next,
    signed_with,
    universal_signature,
    with_signature,
)  # fmt: skip
from tests.foreign.trial import LOG_KEY, ORIGIN, VKEY, Log
from tlog.checkpoint import Checkpoint, cosign
from tlog.codec import pack, unpack
from tlog.entry import Entry, key_id
from tlog.merkle import EMPTY, TILE_WIDTH, leaf_hash
from tlog.note import COSIGNATURE, Vkey, add, signature_line
from tlog.opening import Opening, decoy, seal
from tlog.tile import tile_path

Make = Callable[[Copy, int], None]
Where = Callable[[Log], int]
Bad = Callable[[Log, int], int | None]
SALT: Final = b"salt of attacker"
STRANGER: Final = SigningKey.from_seed(b"a key that nobody ever admitted.")
WITNESS_KEY: Final = SigningKey.from_seed(b"the key of a witness, a true one")
WITNESS: Final = Vkey("witness.example.org/w1", COSIGNATURE, WITNESS_KEY.public)
NOWHERE: Final = sha256(b"nothing").digest()

# --- where


def nth(kind: str, n: int) -> Where:
    """The index of the n-th entry of a kind."""
    return lambda log: [index for index, act in enumerate(log.acts) if act.kind == kind][n]


def at(index: int) -> Where:
    """Always the same index."""
    return lambda _log: index


def last(log: Log) -> int:
    return log.size - 1


def end(log: Log) -> int:
    """The place behind the last entry."""
    return log.size


FIRST: Final = at(0)
LAST_BUNDLE: Final = at(TILE_WIDTH)
FIRST_BALLOT: Final = nth("ballot-cast/1", 10)
BALLOT: Final = nth("ballot-cast/1", 70)  # the same head's second; it votes twice more
NEXT_BALLOT: Final = nth("ballot-cast/1", 130)  # its third
STANDING: Final = nth("ballot-cast/1", 190)  # its last, in the full tile
LAST_BALLOT: Final = nth("ballot-cast/1", 230)  # another head's last, in the partial tile
EVENING: Final = nth("ballot-cast/1", 59)  # the last of the first day
NOTICE: Final = nth("poll-noticed/1", 0)
OPENING: Final = nth("poll-opened/1", 0)
POSTED: Final = nth("notice-posted/1", 0)

# --- which entry is named


def itself(_log: Log, index: int) -> int | None:
    return index


def nobody(_log: Log, _index: int) -> int | None:
    return None


def following(_log: Log, index: int) -> int | None:
    return index + 1


def announcement(log: Log, _index: int) -> int | None:
    """The last entry says which tree its author had seen."""
    return log.size - 1


def row(name: str, did: str, make: Make, where: Where = FIRST, bad: Bad = itself, *, resigned: bool = True) -> Tampering:
    """A row of level 1; `make` spoils a fresh copy at the index that `where` gives."""

    def forge(log: Log) -> Copy:
        copy = Copy(log)
        make(copy, where(log))
        return copy

    return Tampering(name, did, 1, resigned, forge, lambda log: bad(log, where(log)))


def unsigned(name: str, did: str, make: Make, where: Where = FIRST, bad: Bad = itself) -> Tampering:
    """A row whose attacker has files and nothing else: the tree is as the log's key signed it."""
    return row(name, did, make, where, bad, resigned=False)


# --- A: policy and checkpoint ---------------------------------------------------------------------------------------------------


def _text(copy: Copy, old: bytes, new: bytes) -> None:
    assert old in copy.files["checkpoint"]
    copy.files["checkpoint"] = copy.files["checkpoint"].replace(old, new, 1)


def _checkpoint(copy: Copy) -> Checkpoint:
    return Checkpoint.parse(copy.files["checkpoint"].partition(b"\n\n")[0] + b"\n")


def _other_origin(copy: Copy, _index: int) -> None:
    here = _checkpoint(copy)
    copy.sign(here.size, here.root, Vkey(ORIGIN + "1", 1, LOG_KEY.public))


def _other_log_key(copy: Copy, _index: int) -> None:
    copy.files["policy.txt"] = f"log {Vkey(ORIGIN, 1, STRANGER.public)}\nquorum none\n".encode()


def _leading_zero(copy: Copy, _index: int) -> None:
    text = str(_checkpoint(copy)).replace("\n", "\n0", 1)
    copy.files["checkpoint"] = (text + "\n" + signature_line(VKEY, LOG_KEY.sign_note(text.encode()))).encode()


def _sized(change: int) -> Make:
    return lambda copy, _index: copy.sign(_checkpoint(copy).size + change, _checkpoint(copy).root)


def _emptied(copy: Copy, _index: int) -> None:
    copy.retree([])


def _cosigned(spoil: Callable[[bytes], bytes], time: int = 1_789_000_000) -> Make:
    def make(copy: Copy, _index: int) -> None:
        copy.files["policy.txt"] += f"witness w {WITNESS}\n".encode()
        line = cosign(_checkpoint(copy), time, WITNESS_KEY.sign_note, WITNESS)
        blob = copy_blob(line)
        copy.files["checkpoint"] = add(copy.files["checkpoint"], signature_line(WITNESS, spoil(blob))).encode()

    return make


def copy_blob(line: str) -> bytes:
    """The blob of a signature line."""
    from tlog.note import Line

    return Line.parse(line.removesuffix("\n")).blob


def _timeless(copy: Copy, _index: int) -> None:
    copy.files["policy.txt"] += f"witness w {WITNESS}\n".encode()
    message = f"cosignature/v1\ntime 0\n{_checkpoint(copy)}".encode()
    line = signature_line(WITNESS, bytes(8) + WITNESS_KEY.sign_note(message))
    copy.files["checkpoint"] = add(copy.files["checkpoint"], line).encode()
