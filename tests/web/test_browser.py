"""The browser's modules: their own tests under node, and verdicts that must be the same as those of the Python packages."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from keys.suites import SUITES, check_note
from keys.webauthn import WEBAUTHN
from tests.keys.webauthn_chance import assertions
from tests.tlog.signing import key, signer
from tests.tlog.vectors import load
from tlog import note
from tlog.checkpoint import Checkpoint, cosign, open_checkpoint, sign_checkpoint
from tlog.codec import pack, unpack
from tlog.entry import Entry, Statement
from tlog.errors import Unsound
from tlog.merkle import inclusion_proof, leaf_hash, pyramid, root
from tlog.note import ED25519, ML_DSA_44, Vkey, add, open_note
from tlog.opening import Opening
from tlog.policy import Policy
from tlog.proof import Proof, verify_proof
from tlog.result import Row
from tlog.spelling import unbase64

HERE = Path(__file__).parent
NODE = shutil.which("node")
OLDEST = 20

Case: TypeAlias = list[Any]


def version() -> int:
    if not NODE:
        return 0
    said = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.removeprefix("v").split(".")[0])


pytestmark = pytest.mark.skipif(version() < OLDEST, reason=f"no node of version {OLDEST} or newer")


def node(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(NODE), *arguments], input=given, capture_output=True, text=True, cwd=HERE, timeout=120, check=False
    )


def test_the_browser_s_modules_pass_their_own_tests() -> None:
    ran = node("--test", "--test-reporter=tap", *sorted(path.name for path in HERE.glob("*.test.mjs")))
    assert ran.returncode == 0, ran.stdout[-8000:]
    assert "\n# fail 0\n" in ran.stdout
    assert "\n# pass 0\n" not in ran.stdout


# Inputs to be judged in both languages

CHANCE = random.Random()  # seeded by each test: the same inputs in every run
STATEMENTS = load("statement")["accept"]
CHECKPOINTS = load("checkpoint")
MALFORMED = load("malformed")
TRUSTED = [each["vkey"] for each in CHECKPOINTS["keys"][:4]]
PROOF_POLICY = "log {}\nwitness w {}\nquorum w\n".format(*MALFORMED["trusted_vkeys"]["tlog_proof"])


def mutated(raw: bytes, times: int) -> Iterator[bytes]:
    """The bytes themselves, then as often changed in one or a few places."""
    yield raw
    for _ in range(times):
        changed = bytearray(raw)
        for _ in range(CHANCE.choice((1, 1, 1, 2, 5))):
            at = CHANCE.randrange(len(changed) + 1)
            CHANCE.choice((flip, put, cut, repeat))(changed, at)
        yield bytes(changed)


def flip(raw: bytearray, at: int) -> None:
    if at < len(raw):
        raw[at] ^= 1 << CHANCE.randrange(8)


def put(raw: bytearray, at: int) -> None:
    raw[at:at] = CHANCE.choice((b"\n", b" ", b"\x00", b"0", b"=", b"\xc0", b"\x80", bytes([CHANCE.randrange(256)])))


def cut(raw: bytearray, at: int) -> None:
    del raw[at : at + CHANCE.choice((1, 1, 4, 40))]


def repeat(raw: bytearray, at: int) -> None:
    size = CHANCE.choice((1, 4, 33))
    raw[at:at] = raw[at : at + size]


def values() -> Iterator[Case]:
    for case in load("canonical-msgpack")["accept"]:
        yield from (["msgpack", raw.hex()] for raw in mutated(bytes.fromhex(case["hex"]), 10))
    for _ in range(300):
        yield ["msgpack", CHANCE.randbytes(CHANCE.randrange(1, 12)).hex()]


def entries() -> Iterator[Case]:
    for case in STATEMENTS:
        for raw in mutated(bytes.fromhex(case["statement_hex"]), 150):
            yield ["statement", raw.hex()]
        for raw in mutated(bytes.fromhex(case["entry_hex"]), 50):
            yield ["entry", raw.hex()]
    for case in load("opening")["digests"]:
        yield from (["opening", raw.hex()] for raw in mutated(bytes.fromhex(case["opening_hex"]), 30))
    for digits in load("results")["rows_hex"]:
        yield from (["row", raw.hex()] for raw in mutated(bytes.fromhex(digits), 30))


def texts() -> Iterator[Case]:
    for case in load("signed-note")["accept"]:
        yield from (["note", raw.hex(), case["trusted_vkeys"]] for raw in mutated(case["note"].encode(), 15))
    for case in CHECKPOINTS["cases"]:
        yield from (["checkpoint", raw.hex(), TRUSTED] for raw in mutated(case["note"].encode(), 60))
    for case in load("tlog-policy")["accept"]:
        yield from (["policy", raw.hex()] for raw in mutated(case["policy"].encode(), 60))
    for case in load("tlog-proof")["cases"]:
        entry = case["entry_utf8"].encode().hex()
        yield from (["proof", entry, raw.hex(), PROOF_POLICY] for raw in mutated(case["proof"].encode(), 40))
    for vkey in TRUSTED[:3]:
        for raw in mutated(vkey.encode(), 60):
            yield ["vkey", raw.decode("latin-1")]


def refused() -> Iterator[Case]:
    """Every malformed note, checkpoint, proof and policy, so that both refuse them with the same code."""
    trusted = MALFORMED["trusted_vkeys"]
    for group, before, after in (
        ("signed_note", ["note"], [trusted["signed_note"]]),
        ("cosignature_note", ["checkpoint"], [trusted["cosignature_note"]]),
        ("tlog_proof", ["proof", b"world".hex()], [PROOF_POLICY]),
        ("tlog_policy", ["policy"], []),
    ):
        for case in MALFORMED[group]:
            yield [*before, case.get("hex") or case["text"].encode().hex(), *after]


def signatures() -> Iterator[Case]:
    for _ in range(40):
        secret, message = Ed25519PrivateKey.from_private_bytes(CHANCE.randbytes(32)), CHANCE.randbytes(40)
        public = secret.public_key().public_bytes_raw()
        for part, raw in enumerate((public, message, secret.sign(message))):
            for changed in mutated(raw, 2):
                given = [public.hex(), message.hex(), secret.sign(message).hex()]
                given[part] = changed.hex()
                yield from ([f"ed25519-{who}", *given] for who in ("native", "portable"))


def passkeys() -> Iterator[Case]:
    yield from (["passkey", *(part.hex() for part in parts)] for parts in assertions(CHANCE, 1500))


def lattice_signatures() -> Iterator[Case]:
    for _ in range(6):
        secret, message = MLDSA44PrivateKey.from_seed_bytes(CHANCE.randbytes(32)), CHANCE.randbytes(80)
        public, signature = secret.public_key().public_bytes_raw(), secret.sign(message)
        for raw in (signature, *changed_bits(signature), *respelled_hints(signature)):
            yield ["note-signature", ML_DSA_44, public.hex(), message.hex(), raw.hex()]
        for raw in mutated(public, 2):
            yield ["note-signature", ML_DSA_44, raw.hex(), message.hex(), signature.hex()]


def changed_bits(signature: bytes) -> Iterator[bytes]:
    for first in (0, 0, 0, 32, 32, 2300, 2336, 2336, 2416, 2416):
        changed = bytearray(signature)
        changed[CHANCE.randrange(first, len(signature))] ^= 1 << CHANCE.randrange(8)
        yield bytes(changed)


def respelled_hints(signature: bytes) -> Iterator[bytes]:
    """The same hints: two of a row in the other order, one told twice in unused room, unused room not zero."""
    rest, hints, ends = signature[:2336], signature[2336:2416], signature[2416:]
    yield rest + hints[1::-1] + hints[2:] + ends
    yield rest + hints[: ends[3]] + hints[ends[3] - 1 :][:1] + hints[ends[3] + 1 :] + ends[:3] + bytes([ends[3] + 1])
    yield rest + hints[:79] + b"\1" + ends


ORIGIN = "ledger.example.org/log/440307-001/1"
LOG, WITNESS = key(ORIGIN, b"\x41" * 32), key("street.example/w", b"\x42" * 32, note.COSIGNATURE)
RECEIPT_POLICY = f"log {LOG}\nwitness street {WITNESS}\nquorum street\n"


def receipt(index: int, raws: list[bytes], *, witnessed: bool) -> dict[str, Any]:
    leaves = [leaf_hash(raw) for raw in raws]
    head = Checkpoint(ORIGIN, len(raws), root(leaves))
    signed = sign_checkpoint(head, signer(b"\x41" * 32), LOG)
    if witnessed:
        signed = add(signed, cosign(head, 1_793_664_100, signer(b"\x42" * 32), WITNESS))
    levels = pyramid(leaves)
    path = inclusion_proof(index, len(raws), lambda level, place: levels[level][place])
    return {
        "index": index,
        "leaf": leaves[index].hex(),
        "entry": b64encode(raws[index]).decode(),
        "proof": str(Proof(index, path, signed)),
        "status": "witnessed" if witnessed else "recorded",
    }


def receipts() -> Iterator[Case]:
    raws = [bytes.fromhex(case["entry_hex"]) for case in STATEMENTS]
    whole = [receipt(index, raws, witnessed=witnessed) for index in range(len(raws)) for witnessed in (True, False)]
    for given in whole:
        yield ["receipt", given, RECEIPT_POLICY]
        for other in whole:
            yield from (["receipt", given | {member: other[member]}, RECEIPT_POLICY] for member in given)
        for raw in mutated(given["proof"].encode(), 20):
            yield ["receipt", given | {"proof": raw.decode("latin-1")}, RECEIPT_POLICY]


# What the Python packages say


def read_statement(raw: bytes) -> Any:
    said = Statement.parse(raw)
    seen = said.seen and [said.seen[0], said.seen[1].hex()]
    about, prev = said.about and said.about.hex(), said.prev and said.prev.hex()
    sealed = [each.hex() for each in said.sealed]
    return [about, said.at, said.by.hex(), said.kind, said.ledger, prev, sealed, seen, said.stream, said.until]


def read_entry(raw: bytes) -> Any:
    entry = Entry.parse(raw)
    return [entry.statement.hex(), entry.suite, entry.signature.hex(), entry.recorded_at]


def read_opening(raw: bytes) -> Any:
    opening = Opening.parse(raw)
    return [opening.salt.hex(), opening.name]


def read_row(raw: bytes) -> Any:
    row = Row.parse(raw)
    return [row.item, str(row.area), row.counted_as]


def read_vkey(text: str) -> Any:
    vkey = Vkey.parse(text)
    return [vkey.name, vkey.type, vkey.key_id.hex()]


def read_note(raw: bytes, vkeys: list[str]) -> Any:
    opened = open_note(raw, map(Vkey.parse, vkeys), check_note)
    return [opened.text, [str(vkey) for vkey, _ in opened.verified]]


def read_checkpoint(raw: bytes, vkeys: list[str]) -> Any:
    head, opened = open_checkpoint(raw, map(Vkey.parse, vkeys), check_note)
    verified = [str(vkey) for vkey, _ in opened.verified]
    return [head.origin, str(head.size), head.root.hex(), list(head.extensions), verified]


def read_policy(raw: bytes) -> Any:
    policy = Policy.parse(raw)
    groups = [[name, needed, list(members)] for name, needed, members in map(astuple, policy.groups)]
    return [[str(log.vkey) for log in policy.logs], [each.name for each in policy.witnesses], groups, policy.quorum]


def read_proof(entry: bytes, raw: bytes, policy: str) -> Any:
    verified = verify_proof(entry, Proof.parse(raw), Policy.parse(policy), check_note)
    witnesses = [[witness.name, str(at)] for witness, at in verified.witnesses]
    return [str(verified.index), str(verified.checkpoint.size), witnesses]


def read_receipt(given: dict[str, Any], policy: str) -> bool:
    """A receipt by the rules of docs/spec/mirror.md; its entry a statement for the ledger that signed."""
    try:
        raw = unbase64(given["entry"], "entry")
        proof = Proof.parse(given["proof"])
        head = verify_proof(raw, proof, Policy.parse(policy), check_note).checkpoint
        said = Statement.parse(Entry.parse(raw).statement)
    except Unsound:
        return False
    return (leaf_hash(raw).hex(), proof.index, head.origin) == (given["leaf"], given["index"], said.ledger)


def checked(key_type: int, *parts: str) -> bool:
    public, message, signature = map(bytes.fromhex, parts)
    return check_note(key_type, public, message, signature)


READERS: dict[str, Callable[..., Any]] = {
    "msgpack": lambda raw: pack(unpack(bytes.fromhex(raw))).hex(),
    "statement": lambda raw: read_statement(bytes.fromhex(raw)),
    "entry": lambda raw: read_entry(bytes.fromhex(raw)),
    "opening": lambda raw: read_opening(bytes.fromhex(raw)),
    "row": lambda raw: read_row(bytes.fromhex(raw)),
    "vkey": read_vkey,
    "note": lambda raw, vkeys: read_note(bytes.fromhex(raw), vkeys),
    "checkpoint": lambda raw, vkeys: read_checkpoint(bytes.fromhex(raw), vkeys),
    "policy": lambda raw: read_policy(bytes.fromhex(raw)),
    "proof": lambda entry, raw, policy: read_proof(bytes.fromhex(entry), bytes.fromhex(raw), policy),
    "note-signature": checked,
    "ed25519-native": lambda *parts: checked(ED25519, *parts),
    "ed25519-portable": lambda *parts: checked(ED25519, *parts),
    "passkey": lambda *parts: SUITES[WEBAUTHN].check_signature(*map(bytes.fromhex, parts)),
    "receipt": read_receipt,
}


def verdict(case: Case) -> list[Any]:
    try:
        return ["ok", READERS[case[0]](*case[1:])]
    except Unsound as why:
        return [why.code]


@pytest.mark.parametrize("cases", [values, entries, texts, refused, signatures, passkeys, lattice_signatures, receipts])
def test_browser_and_server_give_the_same_verdict(cases: Callable[[], Iterator[Case]]) -> None:
    CHANCE.seed(20261122)
    given = list(cases())
    ours = [verdict(case) for case in given]
    ran = node("verdicts.mjs", given=json.dumps(given))
    assert ran.returncode == 0, ran.stderr[-4000:]
    for case, here, there in zip(given, ours, json.loads(ran.stdout), strict=True):
        assert here == there, case
    accepted = sum(said != ["ok", False] and said[0] == "ok" for said in ours)
    assert 0 < accepted < len(given) or (cases is refused and not accepted)
