"""Whom to believe: the logs, the witnesses and the quorum (c2sp.org/tlog-policy, draft of 2026-07-22).

log <vkey> [<url>]
witness <name> <vkey> [<url>]
group <name> all|any|<k> <member>...
quorum <name>|none
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from tlog import note, spelling
from tlog.checkpoint import Checkpoint, cosigned_at, open_checkpoint
from tlog.errors import Malformed, Unproven
from tlog.note import Check, Note, Vkey

NONE = "none"
MAX_LINES = 1000
LOG_TYPES = (note.ED25519, note.ML_DSA_44)
WITNESS_TYPES = (note.COSIGNATURE, note.ML_DSA_44)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Log:
    """A log whose checkpoints are accepted; its key bears the origin as its name."""

    vkey: Vkey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A cosigner, under the name that this policy gives it."""

    name: str
    vkey: Vkey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Speaks when at least `needed` of its members do."""

    name: str
    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vouched:
    """A checkpoint that a policy accepts, and when (POSIX seconds) its witnesses cosigned it."""

    checkpoint: Checkpoint
    note: Note
    witnesses: tuple[tuple[Witness, int], ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups in the order of definition, and the name whose word is needed."""

    logs: tuple[Log, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = ""

    @classmethod
    def parse(cls, raw: str | bytes) -> Policy:
        """The policy of a file's text; Malformed unless exactly one quorum is named."""
        text = spelling.utf8(raw, "policy")
        if not text.endswith("\n") or _CONTROL.search(text) or text.count("\n") > MAX_LINES:
            raise Malformed("policy", f"a control character, no newline at the end, or more than {MAX_LINES} lines")
        policy = cls()
        for line in text[:-1].split("\n"):
            fields = [field for field in re.split("[ \t]+", line) if field]
            if fields and not fields[0].startswith("#"):
                policy = _with(policy, fields)
        if not policy.quorum:
            raise Malformed("policy", "names no quorum")
        return policy

    @property
    def witnessed(self) -> bool:
        """Whether any cosignature is demanded; shown as not witnessed otherwise."""
        return self.quorum != NONE

    def log_keys(self, origin: str) -> tuple[Vkey, ...]:
        """The keys under which this origin's checkpoints are accepted."""
        return tuple(log.vkey for log in self.logs if log.vkey.name == origin)

    def satisfied(self, cosigned_by: Collection[str]) -> bool:
        """Whether cosignatures of these witnesses, by their names in the policy, make the quorum."""
        speaking = {NONE, *cosigned_by}
        for group in self.groups:
            if sum(member in speaking for member in group.members) >= group.needed:
                speaking.add(group.name)
        return self.quorum in speaking


def verify_checkpoint(raw: str | bytes, policy: Policy, check: Check) -> Vouched:
    """A checkpoint signed by a log of the policy under its own origin and cosigned by a quorum.

    Malformed, or Unproven with code `log` or `quorum` where one of these is missing.
    """
    trusted = {log.vkey for log in policy.logs} | {witness.vkey for witness in policy.witnesses}
    checkpoint, opened = open_checkpoint(raw, trusted, check)
    signers = dict(opened.verified)
    if not signers.keys() & set(policy.log_keys(checkpoint.origin)):
        raise Unproven("checkpoint", f"not signed by a log key of {checkpoint.origin}", "log")
    witnesses = tuple((each, cosigned_at(signers[each.vkey])) for each in policy.witnesses if each.vkey in signers)
    if not policy.satisfied({witness.name for witness, _ in witnesses}):
        raise Unproven("checkpoint", "not cosigned by the policy's quorum", "quorum")
    return Vouched(checkpoint, opened, witnesses)


def _with(policy: Policy, fields: list[str]) -> Policy:
    match fields:
        case ["log", key, *url] if len(url) < 2:
            return _with_log(policy, Log(_vkey(key, LOG_TYPES), *url))
        case ["witness", name, key, *url] if len(url) < 2:
            return _with_witness(policy, Witness(_new(policy, name), _vkey(key, WITNESS_TYPES), *url))
        case ["group", name, needed, *members]:
            return _with_group(policy, _new(policy, name), needed, tuple(members))
        case ["quorum", name] if not policy.quorum and (name == NONE or name in _names(policy)):
            return replace(policy, quorum=name)
    raise Malformed("policy", " ".join(fields))


def _with_log(policy: Policy, log: Log) -> Policy:
    if log.vkey.public in {each.vkey.public for each in policy.logs}:
        raise Malformed("policy", f"the public key of log {log.vkey.name} stands there already")
    return replace(policy, logs=(*policy.logs, log))


def _with_witness(policy: Policy, witness: Witness) -> Policy:
    if witness.vkey.public in {each.vkey.public for each in policy.witnesses}:
        raise Malformed("policy", f"the public key of witness {witness.name} stands there already")
    return replace(policy, witnesses=(*policy.witnesses, witness))


def _with_group(policy: Policy, name: str, needed: str, members: tuple[str, ...]) -> Policy:
    # One place for each name: a witness that counted twice could make a quorum alone.
    taken = {member for group in policy.groups for member in group.members}
    if len(set(members)) < len(members) or not _names(policy) - taken >= set(members):
        raise Malformed("policy", f"a member of group {name} is not defined above or stands in a group already")
    k = {"any": 1, "all": len(members)}.get(needed) or spelling.decimal(needed, "policy")
    if not 1 <= k <= len(members):
        raise Malformed("policy", f"group {name} has {len(members)} members")
    return replace(policy, groups=(*policy.groups, Group(name, k, members)))


def _new(policy: Policy, name: str) -> str:
    if name == NONE or name in _names(policy):
        raise Malformed("policy", f"the name {name} is taken")
    return name


def _names(policy: Policy) -> set[str]:
    return {witness.name for witness in policy.witnesses} | {group.name for group in policy.groups}


def _vkey(text: str, types: Collection[int]) -> Vkey:
    vkey = Vkey.parse(text)
    if vkey.type not in types:
        raise Malformed("policy", f"a key of type {vkey.type:#04x} does not do this")
    return vkey
