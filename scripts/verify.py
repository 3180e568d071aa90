"""`liuchi verify`: checks one receipt, offline, and says step by step what held and what no receipt can show.

    liuchi verify receipt.json --policy policy.txt
    liuchi verify ballot.tlog-proof --entry ballot.entry --policy policy.txt --document notice.pdf
    liuchi verify own-rows.json --policy policy.txt

A receipt is the JSON object of docs/spec/mirror.md, or a C2SP proof file beside the entry's bytes. An owner's rows of a result
hold the result's receipt and are checked with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.acts import KINDS, RESULT_KINDS, check_body
from domain.authority import AUTHORITY
from domain.counted import counted_words
from domain.errors import Refused
from domain.fields import DOCUMENT
from domain.founding import key_rows
from domain.results import items_of_all
from domain.state import Recorded, act_of
from keys.suites import BadSignature, UnknownSuite, check_note, verify_statement
from scripts.claims import CLAIMS, FAILURES, Step
from scripts.shell import CHECK_FAILED, Json, Unfit, fits, moment_words, read_bytes, read_json, require, say
from tlog.checkpoint import Checkpoint
from tlog.entry import key_id
from tlog.errors import Malformed, Unsound
from tlog.kept import kept_receipt
from tlog.merkle import leaf_hash, verify_inclusion
from tlog.note import split
from tlog.own import MEMBERS as OWN_MEMBERS
from tlog.own import OwnRow, is_whole, parse_rows
from tlog.policy import Policy
from tlog.proof import HEADER, Proof, verify_proof
from tlog.result import Row
from tlog.spelling import unbase64

__all__ = ["CLAIMS", "FAILURES", "check", "check_own", "read_receipt", "verify_command"]

MEMBERS: Final = ("entry", "index", "leaf", "proof", "status")
STATUSES: Final = ("recorded", "witnessed")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What somebody holds: an entry's bytes and the proof of its place; `index`, `leaf`, `status` as claimed beside it."""

    entry: bytes
    proof: Proof
    index: int | None = None
    leaf: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """All steps over one receipt, and what was read of the entry."""

    steps: tuple[Step, ...]
    facts: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        return all(step.held is not False for step in self.steps)

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        said = [{"step": one.words, "held": one.held, "zh": one.sentence(0), "en": one.sentence(1)} for one in self.steps]
        return {"verdict": "ok" if self.ok else "bad", **self.facts,
                "checked": [one for one in said if one["held"] is not None],
                "unknown": [one for one in said if one["held"] is None]}  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------------------


def read_receipt(path: Path, entry: Path | None) -> Receipt:
    """The receipt in a file. Raises Unfit."""
    raw = read_bytes(path)
    if raw.startswith(HEADER.encode()):
        require(entry is not None, "--entry", "the file with the entry's bytes, because a proof file does not hold them")
        assert entry is not None
        return Receipt(read_bytes(entry), _proof(raw, path))
    require(entry is None, "--entry", "nothing: a JSON receipt holds the entry's bytes")
    try:
        return _receipt(kept_receipt(read_json(path)), path)
    except Unsound as why:
        raise Unfit(path, "the ballot that it keeps", str(why)) from why


def read_own(path: Path) -> tuple[Receipt, tuple[OwnRow, ...]] | None:
    """An owner's rows and the receipt of their result, if that is what the file holds. Raises Unfit."""
    if read_bytes(path).startswith(HEADER.encode()):
        return None
    found = read_json(path)
    if not isinstance(found, dict) or found.keys() != OWN_MEMBERS:
        return None
    try:
        return _receipt(found["result"], path), parse_rows(found["rows"])
    except Malformed as why:
        raise Unfit(path, "rows", str(why)) from why


def _receipt(found: Any, path: Path) -> Receipt:
    if not isinstance(found, dict) or found.keys() != {*MEMBERS}:
        raise Unfit(path, "the whole", f"a proof file, or a JSON receipt with exactly {', '.join(MEMBERS)}; or an owner's rows")
    for name, (held, expected) in _FORM.items():
        if not held(found[name]):
            raise Unfit(path, f"field {name}", expected)
    return Receipt(
        unbase64(found["entry"], "entry"), _proof(found["proof"], path), found["index"], found["leaf"], found["status"]
    )


def _is_base64(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(unbase64(value, "entry"))
    except Malformed:
        return False


_FORM: Final[Mapping[str, tuple[Any, str]]] = {
    "entry": (_is_base64, "base64"),
    "index": (lambda value: type(value) is int and value >= 0, "a whole number"),
    "leaf": (
        lambda value: isinstance(value, str) and len(value) == 64 and not value.strip("0123456789abcdef"),
        "64 lower-case hex digits",
    ),
    "proof": (lambda value: isinstance(value, str), "the text of a proof file"),
    "status": (lambda value: value in STATUSES, "recorded or witnessed"),
}


def _proof(raw: bytes | str, path: Path) -> Proof:
    try:
        return Proof.parse(raw)
    except Malformed as why:
        raise Unfit(path, "the proof", f"{HEADER}: {why}") from why


def read_policy(path: Path) -> Policy:
    """The policy in a file. Raises Unfit."""
    try:
        return Policy.parse(read_bytes(path))
    except Malformed as why:
        raise Unfit(path, "the whole", f"a tlog-policy: {why}") from why


# --- checking ---------------------------------------------------------------------------------------------------------------------


def check(receipt: Receipt, policy: Policy | None, document: bytes | None = None) -> Verdict:
    """Every step over a receipt; without a policy nobody's word stands behind the checkpoint."""
    head = Checkpoint.parse(split(receipt.proof.checkpoint)[0])
    recorded = _recorded(receipt.entry)
    steps = [*_claims(receipt), _included(receipt, head), *_entry_steps(recorded, head)]
    vouched, witnesses = _vouched(receipt, policy)
    steps += vouched
    if document is not None:
        steps += _names_document(recorded, document)
    steps += _beyond(recorded)
    return Verdict(tuple(steps), _facts(receipt, head, recorded, policy, witnesses))


def _recorded(entry: bytes) -> Recorded | None:
    try:
        return act_of(entry)
    except Malformed:
        return None


def _facts(receipt: Receipt, head: Checkpoint, recorded: Recorded | None, policy: Policy | None,
           witnesses: list[tuple[str, int]]) -> dict[str, Any]:  # fmt: skip
    return {
        "anchored": policy is not None, "witnessed": bool(witnesses), "witnesses": witnesses, "origin": head.origin,
        "size": head.size, "root": head.root.hex(), "index": receipt.proof.index, "leaf": leaf_hash(receipt.entry).hex(),
        "kind": recorded.act.kind if recorded else None, "recorded_at": recorded.recorded_at if recorded else None,
    }  # fmt: skip


def _claims(receipt: Receipt) -> Iterator[Step]:
    """What a JSON receipt says beside the proof is the same."""
    if receipt.leaf is not None:
        yield Step("leaf", receipt.leaf == leaf_hash(receipt.entry).hex())
    if receipt.index is not None:
        yield Step("index", receipt.index == receipt.proof.index, {"index": receipt.index})


def _included(receipt: Receipt, head: Checkpoint) -> Step:
    detail = {"index": receipt.proof.index, "size": head.size}
    try:
        verify_inclusion(receipt.proof.index, head.size, leaf_hash(receipt.entry), receipt.proof.hashes, head.root)
    except Unsound:
        return Step("inclusion", False, detail)
    return Step("inclusion", True, detail)


def _entry_steps(recorded: Recorded | None, head: Checkpoint) -> Iterator[Step]:
    yield Step("entry", recorded is not None)
    if recorded is None:
        return
    yield Step("ledger", recorded.act.ledger == head.origin, {"origin": head.origin})
    yield Step("kind", _body_fits(recorded) if recorded.act.kind in KINDS else None)
    yield Step("in-date", recorded.recorded_at <= recorded.act.until)


def _body_fits(recorded: Recorded) -> bool:
    try:
        check_body(recorded.act)
    except Refused:
        return False
    return True


def _vouched(receipt: Receipt, policy: Policy | None) -> tuple[list[Step], list[tuple[str, int]]]:
    """Whose word stands behind the checkpoint, and which witnesses cosigned it when (POSIX seconds)."""
    if policy is None:
        return [Step("no-policy", None)], []
    try:
        found = verify_proof(receipt.entry, receipt.proof, policy, check_note)
    except Unsound as why:
        return _not_vouched(why), []
    names = [(witness.name, at) for witness, at in found.witnesses]
    who = ", ".join(f"{name} {moment_words(at * 1000)}" for name, at in names)
    return [Step("log-key", True), Step("witnesses", True, {"who": who}) if names else Step("not-witnessed", None)], names


def _not_vouched(why: Unsound) -> list[Step]:
    """Which of the policy's demands failed; that the entry is not in the tree was said before."""
    if why.code == "quorum":
        return [Step("log-key", True), Step("quorum", False)]
    return [Step("log-key", False)] if why.what != "inclusion proof" else [Step("log-key", True)]


def _names_document(recorded: Recorded | None, document: bytes) -> Iterator[Step]:
    """Whether a document reference of the body, `[sha256, size, media type]`, is this file's."""
    found = {(one[0], one[1]) for one in _references(recorded.act.body if recorded else {})}
    named = (sha256(document).digest(), len(document)) in found
    yield Step("document", named)
    if not named and recorded and recorded.act.sealed:
        yield Step("document-sealed", None)


def _references(value: Any) -> Iterator[tuple[bytes, int, str]]:
    if fits(DOCUMENT, value):
        yield value
    elif isinstance(value, Mapping | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _references(inner)


def _beyond(recorded: Recorded | None) -> Iterator[Step]:
    """The author's signature where the entry carries the key, and what this receipt alone cannot show."""
    if recorded is None:
        return
    act = recorded.act
    yield _author(recorded)
    if act.sealed:
        yield Step("sealed", None, {"count": len(act.sealed)})
    if act.kind in AUTHORITY and _body_fits(recorded) and AUTHORITY[act.kind].needs(act.body):
        yield Step("in-force", None)
    yield Step("lawful", None)


def _author(recorded: Recorded) -> Step:
    act = recorded.act
    rows = key_rows(act) if act.kind == "ledger-founded/1" and _body_fits(recorded) else ()
    for row in rows:
        if key_id(row["suite"], row["public"]) == act.by:
            return Step("signature", _signed(recorded, row["public"]))
    return Step("signature-elsewhere", None, {"key": act.by.hex()[:16]})


def _signed(recorded: Recorded, public: bytes) -> bool:
    try:
        verify_statement(recorded.suite, public, recorded.statement, recorded.signature)
    except (BadSignature, UnknownSuite):
        return False
    return True


# --- an owner's rows --------------------------------------------------------------------------------------------------------------


def check_own(receipt: Receipt, rows: Sequence[OwnRow], policy: Policy | None) -> Verdict:
    """The result's receipt, and every row under the root that it certifies."""
    found = check(receipt, policy)
    recorded = _recorded(receipt.entry)
    certified = recorded is not None and recorded.act.kind in RESULT_KINDS and _body_fits(recorded)
    proven = _proven(recorded, rows) if certified and recorded else []
    steps = [Step("own-result", certified), *_row_steps(recorded, rows, proven)]
    unknown = [one for one in found.steps if one.held is None]
    known = [one for one in found.steps if one.held is not None]
    told = [_told(row) for row in proven if row]
    return Verdict((*known, *steps, *_whose(proven), *unknown), {**found.facts, "rows": told})


def _proven(recorded: Recorded, rows: Sequence[OwnRow]) -> list[Row | None]:
    """Each row that stands under the certified root; None for one that does not."""
    counted = recorded.act.body["counted"]
    return [_row(one, counted["size"], counted["root"]) for one in rows]


def _row(one: OwnRow, size: int, root: bytes) -> Row | None:
    try:
        return one.proven(size, root)
    except Unsound:
        return None


def _row_steps(recorded: Recorded | None, rows: Sequence[OwnRow], proven: Sequence[Row | None]) -> Iterator[Step]:
    if recorded is None or not proven:
        return
    body = recorded.act.body
    size = body["counted"]["size"]
    for one, row in zip(rows, proven, strict=True):
        detail = _told(row) if row else {"item": _claimed_item(one)}
        yield Step("own-row", row is not None, {**detail, "index": one.index, "size": size})
    held = [row for row in proven if row]
    yield Step("own-whole", len(held) == len(rows) and is_whole(held, body["items"], items_of_all(body)))


def _claimed_item(one: OwnRow) -> str:
    try:
        return Row.parse(one.raw).item
    except Malformed:
        return "?"


def _told(row: Row) -> dict[str, Any]:
    zh, en = counted_words(row.counted_as, row.area)
    ballot = row.ballot.hex() if row.ballot else None
    return {"item": row.item, "tag": row.tag.hex(), "counted_as": row.counted_as, "area": row.area, "ballot": ballot,
            "zh": zh, "en": en}  # fmt: skip


def _whose(rows: Iterable[Row | None]) -> Iterator[Step]:
    """What no row can show: that it is the reader's, and that the ballot is."""
    held = [row for row in rows if row]
    for tag in dict.fromkeys(row.tag for row in held):
        yield Step("own-head", None, {"tag": tag.hex()})
    for leaf in dict.fromkeys(row.ballot for row in held if row.ballot):
        yield Step("own-ballot", None, {"leaf": leaf.hex()[:16]})


# --- words ------------------------------------------------------------------------------------------------------------------------


HEADLINES: Final[Mapping[bool | None, str]] = {
    None: "✗ 回执有误。The receipt does not hold.",
    True: "✓ 回执无误。The receipt holds.",
    False: "○ 回执前后一致，但没有另外的人担保台账公钥。The receipt is consistent in itself; nobody vouches for it.",
}
ROWS_HEADLINES: Final[Mapping[bool | None, str]] = {
    None: "✗ 计票明细有误。The rows do not hold.",
    True: "✓ 计票明细无误，与这份结果核定一致。The rows hold: they are those of this certification.",
    False: "○ 计票明细前后一致，但没有另外的人担保台账公钥。The rows are consistent in themselves; nobody vouches for them.",
}


def words(found: Verdict) -> Iterator[str]:
    """The verdict for people, Chinese first."""
    facts = found.facts
    yield (ROWS_HEADLINES if "rows" in facts else HEADLINES)[facts["anchored"] if found.ok else None]
    when = moment_words(facts["recorded_at"]) if facts["recorded_at"] is not None else "?"
    yield f"  第{facts['index']}条 {facts['kind'] or '?'} · {when} · {facts['origin']}"
    for row in facts.get("rows", ()) if found.ok else ():
        yield f"  ▸ {row['item']}：{row['zh']} · {row['en']}"
    yield from _lines((one for one in found.steps if one.held is not None), {True: "✓", False: "✗"})
    yield "无从得知 What cannot be known from this:"
    yield from _lines((one for one in found.steps if one.held is None), {None: "○"})
    yield from _next(found)


def _next(found: Verdict) -> Iterator[str]:
    """What to do now."""
    if not found.ok:
        yield "请重新取一份回执再核对；仍不符，请保留这份回执并交监督单位。"
        yield "What to do: get the receipt again and check that; if it still fails, keep this one and show it to a supervisor."
    elif not found.facts["anchored"]:
        yield "请向运营单位以外的人取得公钥文件，再用 --policy 核对一次。"
        yield "What to do: get the policy from somebody who is not the operator, and check again with --policy."
    else:
        yield "请保存回执；要核对全部记录，请用 liuchi audit。"
        yield "What to do: keep the receipt; to check the whole log, use liuchi audit."


def _lines(steps: Iterable[Step], signs: Mapping[bool | None, str]) -> Iterator[str]:
    for one in steps:
        yield f"  {signs[one.held]} {one.sentence(0)}"
        yield f"      {one.sentence(1)}"


def verify_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="the receipt: JSON, or a .tlog-proof with --entry; or your rows of a result")
    ],
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="whom to believe (tlog-policy), not from the ledger")
    ] = None,
    entry: Annotated[Path | None, typer.Option(metavar="FILE", help="with a proof file: the entry's bytes")] = None,
    document: Annotated[Path | None, typer.Option(metavar="FILE", help="is this the document that the entry names?")] = None,
    json_: Json = False,
) -> None:
    """Check one receipt, or an owner's rows of a result, offline."""
    believed = read_policy(policy) if policy else None
    if entry is None and (own := read_own(file)):
        require(document is None, "--document", "nothing: an owner's rows name no document")
        found = check_own(*own, believed)
    else:
        found = check(read_receipt(file, entry), believed, read_bytes(document) if document else None)
    say(found.document(), words(found), json_=json_)
    if not found.ok:
        raise typer.Exit(CHECK_FAILED)
