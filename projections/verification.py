"""A receipt checked step by step, as the verifying page shows it where the browser cannot do it itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from domain.acts import RESULT_KINDS, check_body
from domain.authority import KeyRow
from domain.counted import counted_words
from domain.errors import Refused
from domain.results import items_of_all
from domain.state import act_of
from keys.suites import BadSignature, UnknownSuite, check_note, verify_statement
from projections.entries import entry_at
from projections.ledgers import Opened, policy_of, view
from tlog import note, spelling
from tlog.checkpoint import Checkpoint
from tlog.errors import Malformed, Unsound
from tlog.kept import kept_receipt
from tlog.merkle import leaf_hash
from tlog.own import MEMBERS as OWN_MEMBERS
from tlog.own import OwnRow, is_whole, parse_rows
from tlog.policy import Policy, verify_checkpoint
from tlog.proof import HEADER, Proof, verify_proof
from tlog.result import Row

MEMBERS: Final[Mapping[str, type]] = {"index": int, "leaf": str, "entry": str, "proof": str, "status": str}


@dataclass(frozen=True, slots=True)
class Step:
    """One check: its name in the words of the page, what it found, and what the sentence needs; `why` is the verifier's own word."""

    name: str
    ok: bool
    says: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """All steps in order; `code` and `index` lead to the record where the ledger is open here."""

    steps: tuple[Step, ...]
    code: str | None = None
    index: int | None = None

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps)


@dataclass(frozen=True, slots=True)
class Claim:
    """What was handed in: a proof, and unless it came alone the entry's bytes with the leaf and index claimed for them."""

    proof: Proof
    origin: str
    size: int
    entry: bytes | None
    leaf: str | None
    index: int
    rows: tuple[OwnRow, ...] = ()  # of an owner, when the receipt is that of a result


def check_receipt(text: str, policy: str, ledgers: Iterable[Opened]) -> Checked:
    """Every check of a receipt or an owner's rows (JSON), or of a proof file; without a policy this site's own keys are believed."""
    here = tuple(ledgers)
    try:
        claim = read_claim(text)
        trusted = Policy.parse(_lines(policy)) if policy.strip() else Policy.parse(policy_of(*here))
    except Unsound as why:
        return Checked((Step("form", ok=False, why=str(why)),))
    opened = next((one for one in here if one.home.origin == claim.origin), None)
    entry = claim.entry if claim.entry is not None or opened is None else entry_at(opened, claim.index)
    steps = (Step("form", ok=True), *_signed(claim, trusted), *_bytes(claim, entry, trusted), *_own(claim, entry))
    if opened is None or entry is None:
        return Checked((*steps, Step("elsewhere", ok=entry is not None, says={"origin": claim.origin})))
    return Checked((*steps, _author(opened, entry), _same_here(opened, claim, entry)), opened.home.code, claim.index)


def read_claim(text: str) -> Claim:
    """What a pasted text says; Malformed when it is neither a receipt nor a proof file."""
    if text.lstrip().startswith(HEADER):
        return _claim(Proof.parse(_lines(text)), None, None)
    fields = kept_receipt(_json(text))
    if fields.keys() == OWN_MEMBERS:
        return replace(_receipt(fields["result"]), rows=parse_rows(fields["rows"]))
    return _receipt(fields)


def _receipt(fields: Any) -> Claim:
    whole = isinstance(fields, dict) and fields.keys() == MEMBERS.keys()
    if not whole or any(type(fields[name]) is not kind for name, kind in MEMBERS.items()):
        raise Malformed("receipt", "an object with exactly " + ", ".join(MEMBERS))
    claim = _claim(Proof.parse(fields["proof"]), spelling.unbase64(fields["entry"], "receipt's entry"), fields["leaf"])
    if claim.index != fields["index"]:
        raise Malformed("receipt", "its index is not that of its proof")
    return claim


def _claim(proof: Proof, entry: bytes | None, leaf: str | None) -> Claim:
    checkpoint = Checkpoint.parse(note.split(proof.checkpoint)[0])
    return Claim(proof, checkpoint.origin, checkpoint.size, entry, leaf, proof.index)


def _json(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as why:
        raise Malformed("receipt", "neither a receipt in JSON nor a proof file") from why
    return fields if isinstance(fields, dict) else {}


def _lines(text: str) -> str:
    """A form sends lines with CR LF, and a pasted text often lost its last newline."""
    return text.replace("\r\n", "\n").strip() + "\n"


def _signed(claim: Claim, policy: Policy) -> Iterable[Step]:
    says = {"origin": claim.origin, "size": claim.size}
    try:
        verify_checkpoint(claim.proof.checkpoint, policy, check_note)
    except Unsound as why:
        yield Step("checkpoint", ok=False, says=says, why=str(why))
    else:
        yield Step("checkpoint", ok=True, says=says)


def _bytes(claim: Claim, entry: bytes | None, policy: Policy) -> Iterable[Step]:
    says = {"index": claim.index, "size": claim.size}
    if entry is None:
        return
    if claim.leaf is not None:
        yield Step("leaf", ok=leaf_hash(entry).hex() == claim.leaf)
    try:
        verify_proof(entry, claim.proof, policy, check_note)
    except Unsound as why:
        yield Step("inclusion", ok=False, says=says, why=str(why))
    else:
        yield Step("inclusion", ok=True, says=says)


def _own(claim: Claim, entry: bytes | None) -> Iterable[Step]:
    """The rows of an owner: each leads to the root that the certified act names, and none was left out."""
    if not claim.rows:
        return
    body = _certified(entry)
    yield Step("own-result", ok=body is not None)
    if body is None:
        return
    proven: list[Row] = []
    for own in claim.rows:
        try:
            proven.append(row := own.proven(body["counted"]["size"], body["counted"]["root"]))
        except Unsound as why:
            yield Step("own-row", ok=False, says={"index": own.index}, why=str(why))
        else:
            zh, en = counted_words(row.counted_as, row.area)
            yield Step("own-row", ok=True, says={"item": row.item, "said": {"zh": zh, "en": en}})
    yield Step("own-whole", ok=len(proven) == len(claim.rows) and is_whole(proven, body["items"], items_of_all(body)))


def _certified(entry: bytes | None) -> Mapping[str, Any] | None:
    """The body of a certified result."""
    try:
        act = act_of(entry or b"").act
        check_body(act)
    except (Malformed, Refused):
        return None
    return act.body if act.kind in RESULT_KINDS else None


def _author(opened: Opened, entry: bytes) -> Step:
    """The author's signature under the key that this ledger admitted."""
    try:
        recorded = act_of(entry)
        row: KeyRow | None = view(opened).state.get(("key", recorded.act.by))
        if row is None:
            return Step("author", ok=False)
        verify_statement(row.suite, row.public, recorded.statement, recorded.signature)
    except (Malformed, BadSignature, UnknownSuite) as why:
        return Step("author", ok=False, why=str(why))
    return Step("author", ok=True)


def _same_here(opened: Opened, claim: Claim, entry: bytes) -> Step:
    held = entry_at(opened, claim.index)
    name = "unknown-here" if held is None else "same-here"
    return Step(name, ok=held == entry, says={"index": claim.index})
