"""Level 1: copies whose files are wrong as files: policy, checkpoint, bundles, tiles, public openings (docs/spec/audit.md A, B, C 12, D).

Each row: name, what an attacker did, how, at which entry, and which entry an audit must name (that one, unless told otherwise).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from keys.identity import SigningKey
from tests.foreign.forging import Copy, opened, restated, with_signature
from tests.foreign.spoiling import (
    BALLOT,
    LAST_BALLOT,
    NEXT_BALLOT,
    NOTICE,
    NOWHERE,
    OPENING,
    PARTIAL,
    SALT,
    STANDING,
    STRANGER,
    Make,
    announcement,
    files_only,
    in_tile,
    last,
    nobody,
    row,
)  # fmt: skip
from tests.foreign.trial import LOG_KEY, ORIGIN, VKEY, Log
from tlog.checkpoint import Checkpoint, cosign
from tlog.codec import pack, unpack
from tlog.merkle import TILE_WIDTH, leaf_hash
from tlog.note import COSIGNATURE, Line, Vkey, add, signature_line
from tlog.opening import Opening, decoy, seal

WITNESS_KEY: Final = SigningKey.from_seed(b"the key of a witness, a true one")
WITNESS: Final = Vkey("witness.example.org/w1", COSIGNATURE, WITNESS_KEY.public)
COSIGNED: Final = 1_789_000_000  # POSIX seconds

# --- A: policy and checkpoint ---------------------------------------------------------------------------------------------------


def flip(path: str, offset: int) -> Make:
    return lambda copy, _index: copy.flip(path, offset)


def longer(path: str, more: bytes) -> Make:
    return lambda copy, _index: copy.files.update({path: copy.files[path] + more})


def shorter(path: str) -> Make:
    return lambda copy, _index: copy.files.update({path: copy.files[path][:-1]})


def gone(path: str) -> Make:
    return lambda copy, _index: copy.files.__delitem__(path)


def policy(*lines: str) -> Make:
    return lambda copy, _index: copy.files.update({"policy.txt": "".join(f"{line}\n" for line in lines).encode()})


def here(copy: Copy) -> Checkpoint:
    """The copy's checkpoint as it stands."""
    return Checkpoint.parse(copy.files["checkpoint"].partition(b"\n\n")[0] + b"\n")


def head(size: int = 0, root: bytes | None = None, vkey: Vkey = VKEY) -> Make:
    """A checkpoint by the log's key with so many entries more, another root or another name."""
    return lambda copy, _index: copy.sign(here(copy).size + size, root or here(copy).root, vkey)


def _leading_zero(copy: Copy, _index: int) -> None:
    text = str(here(copy)).replace("\n", "\n0", 1)
    copy.files["checkpoint"] = (text + "\n" + signature_line(VKEY, LOG_KEY.sign_note(text.encode()))).encode()


def _cosigned(blob: Callable[[Checkpoint], bytes]) -> Make:
    """A cosignature of a witness whom the policy names, though it asks for none."""

    def make(copy: Copy, _index: int) -> None:
        copy.files["policy.txt"] += f"witness w {WITNESS}\n".encode()
        copy.files["checkpoint"] = add(copy.files["checkpoint"], signature_line(WITNESS, blob(here(copy)))).encode()

    return make


def cosignature(checkpoint: Checkpoint) -> bytes:
    """The witness's true cosignature."""
    return Line.parse(cosign(checkpoint, COSIGNED, WITNESS_KEY.sign_note, WITNESS).removesuffix("\n")).blob


def _of_another_time(checkpoint: Checkpoint) -> bytes:
    return (COSIGNED + 1).to_bytes(8, "big") + cosignature(checkpoint)[8:]


def _of_no_time(checkpoint: Checkpoint) -> bytes:
    return bytes(8) + WITNESS_KEY.sign_note(f"cosignature/v1\ntime 0\n{checkpoint}".encode())


LOG_LINE: Final = f"log {VKEY}"
ANCHOR: Final = (
    files_only("checkpoint-missing", "took the checkpoint away", gone("checkpoint"), bad=nobody),
    files_only("checkpoint-root-flipped", "changed one letter of the checkpoint's root", flip("checkpoint", len(ORIGIN) + 10),
               bad=nobody),
    files_only("checkpoint-signature-flipped", "changed one letter of the log's signature", flip("checkpoint", -20), bad=nobody),
    files_only("checkpoint-longer", "added bytes behind the checkpoint", longer("checkpoint", b"and more\n"), bad=nobody),
    files_only("checkpoint-cut", "cut the checkpoint's last byte", shorter("checkpoint"), bad=nobody),
    row("checkpoint-of-another-origin", "let the log's key sign under another ledger's name",
        head(vkey=Vkey(f"{ORIGIN}1", 1, LOG_KEY.public)), bad=nobody),
    row("checkpoint-size-respelled", "signed the size with a leading zero", _leading_zero, bad=nobody),
    row("checkpoint-root-forged", "signed a root that the entries do not have", head(root=NOWHERE), bad=nobody),
    row("checkpoint-grown", "signed a size one larger than the log", head(1), PARTIAL),
    row("checkpoint-shrunk", "signed a size one smaller than the log", head(-1), PARTIAL),
    row("log-emptied", "signed an empty log and left its openings lying", lambda copy, _: copy.retree([]), bad=nobody),
    files_only("policy-missing", "took the policy away", gone("policy.txt"), bad=nobody),
    files_only("policy-of-another-key", "named another log key under the same origin",
               policy(f"log {Vkey(ORIGIN, 1, STRANGER.public)}", "quorum none"), bad=nobody),
    files_only("policy-without-quorum", "left out the policy's quorum", policy(LOG_LINE), bad=nobody),
    files_only("policy-longer", "added a line to the policy that means nothing", longer("policy.txt", b"trust me\n"), bad=nobody),
    files_only("policy-demands-a-witness", "demanded a witness who never cosigned",
               policy(LOG_LINE, f"witness w {WITNESS}", "quorum w"), bad=nobody),
    files_only("cosignature-redated", "moved the time of a known witness's cosignature", _cosigned(_of_another_time), bad=nobody),
    files_only("cosignature-cut", "cut a known witness's cosignature short", _cosigned(lambda one: cosignature(one)[:-1]), bad=nobody),
    files_only("cosignature-of-no-time", "let a known witness cosign at time 0", _cosigned(_of_no_time), bad=nobody),
)  # fmt: skip

# --- B: bundles; the tiles beside them ------------------------------------------------------------------------------------------

BUNDLE, LAST_BUNDLE = "tile/entries/000", "tile/entries/001.p/25"
TILE, LAST_TILE, TOP = "tile/0/000", "tile/0/001.p/25", "tile/1/000.p/1"


def _missing_and_forged(copy: Copy, index: int) -> None:
    del copy.files[LAST_BUNDLE]
    copy.put_both(index, with_signature(copy.entries[index], bytes(64)))


def _length_prefix(copy: Copy, index: int) -> None:
    copy.flip(BUNDLE if index < TILE_WIDTH else LAST_BUNDLE, 0)


def _hash(copy: Copy, index: int) -> None:
    copy.put_hash(index, NOWHERE)


FILES: Final = (
    files_only("bundle-missing", "took the first bundle away", gone(BUNDLE)),
    files_only("last-bundle-missing", "took the last bundle away", gone(LAST_BUNDLE), PARTIAL),
    files_only("last-bundle-missing-and-entry-forged", "took the last bundle away and spoilt a signature before it",
               _missing_and_forged, BALLOT),
    files_only("bundle-cut", "cut the first bundle's last byte", shorter(BUNDLE)),
    files_only("last-bundle-longer", "added an empty entry behind the last", longer(LAST_BUNDLE, b"\0\0"), PARTIAL),
    files_only("bundle-longer", "added one byte behind the first bundle", longer(BUNDLE, b"\0")),
    files_only("bundle-length-flipped", "changed the length of the first entry", _length_prefix),
    files_only("last-bundle-length-flipped", "changed a length in the last bundle", _length_prefix, PARTIAL),
    files_only("tile-missing", "took the full tile of leaf hashes away", gone(TILE)),
    files_only("last-tile-missing", "took the partial tile of leaf hashes away", gone(LAST_TILE), PARTIAL),
    files_only("tile-longer", "added a hash behind the full tile", longer(TILE, NOWHERE)),
    files_only("last-tile-longer", "added a byte behind the partial tile", longer(LAST_TILE, b"\0"), PARTIAL),
    files_only("last-tile-cut", "cut the partial tile's last byte", shorter(LAST_TILE), PARTIAL),
    files_only("tile-hash-changed", "changed a hash of the full tile", _hash, BALLOT),
    files_only("last-tile-hash-changed", "changed the last hash of the partial tile", _hash, last),
    files_only("top-tile-missing", "took the tile of level 1 away", gone(TOP), bad=nobody),
    files_only("top-tile-flipped", "changed the hash of level 1", flip(TOP, 5), bad=nobody),
    files_only("top-tile-longer", "added a hash behind the tile of level 1", longer(TOP, NOWHERE), bad=nobody),
)  # fmt: skip

# --- C: public openings ---------------------------------------------------------------------------------------------------------


def published(change: Callable[[bytes], bytes]) -> Make:
    """Another file of public openings."""

    def make(copy: Copy, index: int) -> None:
        path = opened(copy.log.acts[index].leaf)
        copy.files[path] = change(copy.files.get(path, pack(())))

    return make


def _array(change: Callable[[tuple[Any, ...]], Any]) -> Make:
    return published(lambda raw: pack(change(cast("tuple[Any, ...]", unpack(raw)))))


def _foreign(copy: Copy, index: int) -> None:
    acts = copy.log.acts
    copy.files[opened(acts[index].leaf)] = copy.files[opened(acts[NOTICE(copy.log)].leaf)]


def _reworded(openings: tuple[Any, ...]) -> Any:
    old = Opening.parse(openings[0])
    return (Opening(old.salt, old.name, "各栋均已按期张贴").raw(), *openings[1:])


def named(name: str) -> Make:
    """A file among the openings that belongs to no entry."""
    return lambda copy, index: copy.files.update({f"openings/{name or copy.log.acts[index].leaf.hex().upper()}": pack(())})


def sealing(*raws: bytes, published: int | None = None) -> Make:
    """An author who seals these openings; the first so many are published."""

    def make(copy: Copy, index: int) -> None:
        act = copy.log.acts[index]
        sealed, _ = seal(raws, act.ledger, act.stream, act.prev)
        entry = restated(copy.log, index, sealed=sealed)
        copy.replace(index, entry)
        copy.files[opened(leaf_hash(entry))] = pack(raws[:published])

    return make


TITLE: Final = Opening(SALT, "title", "关于电梯").raw()
OPENINGS: Final = (
    files_only("opening-flipped", "changed one bit of a published text", published(lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])), OPENING),
    files_only("opening-reworded", "wrote another reason under the same salt", _array(_reworded), OPENING),
    files_only("opening-emptied", "emptied a file of openings", published(lambda _raw: b""), OPENING),
    files_only("opening-foreign", "published the notice's openings under the opening of the vote", _foreign, OPENING),
    files_only("opening-twice", "published an opening twice", _array(lambda raws: (*raws, raws[0])), NOTICE),
    files_only("opening-long-header", "spelt the array with a longer header",
               published(lambda raw: b"\xdc\x00" + bytes([raw[0] & 15]) + raw[1:]), NOTICE),
    files_only("opening-trailing-byte", "added a byte behind the openings", published(lambda raw: raw + b"\xc0"), NOTICE),
    files_only("opening-no-array", "published one opening without its array", _array(lambda raws: raws[0]), NOTICE),
    files_only("opening-nil", "published nil in place of openings", published(lambda _raw: b"\xc0"), NOTICE),
    files_only("opening-empty-map", "published a map in place of openings", published(lambda _raw: b"\x80"), NOTICE),
    files_only("opening-no-binary", "published a text in place of an opening", _array(lambda raws: (*raws, "title")), NOTICE),
    files_only("opening-of-nothing", "published an opening under a ballot, which seals none",
               published(lambda _raw: pack((TITLE,))), BALLOT),
    files_only("opening-of-no-entry", "published openings of an entry that is not there", named(NOWHERE.hex()), bad=nobody),
    files_only("opening-in-capitals", "published openings under a leaf in capitals", named(""), NOTICE, nobody),
    files_only("opening-no-leaf", "left a note among the openings", named("README"), bad=nobody),
    row("opening-decoy", "published a decoy of the author's", sealing(decoy(SALT), TITLE), LAST_BALLOT),
    row("opening-name-twice", "published one name opened two ways, both sealed by the author",
        sealing(TITLE, Opening(SALT, "title", "关于绿化").raw()), LAST_BALLOT),
    row("opening-salt-short", "published an opening with a salt of 15 bytes, sealed by the author",
        sealing(pack((SALT[:-1], "title", "关于电梯"))), LAST_BALLOT),
    row("opening-decoy-with-value", "published a nameless opening with a value, sealed by the author",
        sealing(pack((SALT, "", "关于电梯"))), LAST_BALLOT),
)  # fmt: skip

# --- C and D: what only the whole tree shows ------------------------------------------------------------------------------------


def _choice_changed(log: Log, index: int) -> bytes:
    body = log.acts[index].body
    turned = "agree" if body["choices"]["use"] == "against" else "against"
    return restated(log, index, body={**body, "choices": {"use": turned}})


def _with_its_parent(copy: Copy, index: int) -> None:
    copy.put_both(index, _choice_changed(copy.log, index))
    honest, files = copy.files["checkpoint"], copy.files
    copy.retree(copy.entries)
    copy.files = {**files, TOP: copy.files[TOP], "checkpoint": honest}


FORGERIES: Final = (
    files_only("tile-forged", "changed a ballot under its author's signature, with its hash in the full tile, and left the tile above",
               in_tile(_choice_changed), STANDING, announcement),
    files_only("tile-and-parent-forged", "changed such a ballot with every tile above it, and left the checkpoint", _with_its_parent,
               STANDING, announcement),
    files_only("last-tile-forged", "changed the last entry under its author's signature, with its hash in the partial tile",
               in_tile(lambda log, index: restated(log, index, at=0)), last, nobody),
    files_only("replaced-ballot-forged", "changed a ballot that the same head replaced later, with its hash",
               in_tile(_choice_changed), BALLOT, lambda log, _index: NEXT_BALLOT(log)),
)  # fmt: skip

WHOLE_FILES: Final = (*ANCHOR, *FILES, *OPENINGS, *FORGERIES)
