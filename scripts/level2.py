"""Level 2 of an audit: whether each act was lawful; `decide` and `recheck` again over every entry (docs/spec/audit.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from domain.acts import KINDS, opened_names
from domain.errors import Refused
from domain.fields import MS
from domain.fold import Draft, Fold, Follow, Proved
from domain.founding import LOG
from domain.lifecycle import GONE, UNOPENED, Act, Changes, Read, Unopened
from domain.state import Recorded
from keys.enrolment import proved
from scripts.level1 import Level1
from tlog.codec import unpack
from tlog.errors import Malformed, Unsound
from tlog.opening import Opening, context, digest, reveal

REPORTED: Final = frozenset(("poll", "result", "flag"))
ERASED: Final = "openings-erased/1"
Handed = Mapping[bytes, tuple[bytes, ...]]  # leaf -> openings handed out for it


@dataclass(frozen=True, slots=True)
class Found:
    """What level 2 says of one entry: `held`, `broken`, `unopened` or `erased`, with the rule and the words.

    `missing` are the openings that it asked for in vain, as (leaf, name); `erased` means that each was erased by a later act.
    """

    index: int
    kind: str
    word: str
    code: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    missing: frozenset[tuple[bytes, str]] = frozenset()


@dataclass(slots=True)
class Level2:
    """What each entry came to, the ledger's state after the last, and what of votes the state held at any time: `past`."""

    found: list[Found]
    fold: Fold
    places: dict[bytes, int]
    past: Changes

    @property
    def broken(self) -> list[Found]:
        return [one for one in self.found if one.word == "broken"]

    @property
    def unopened(self) -> list[Found]:
        return [one for one in self.found if one.word == "unopened"]

    @property
    def erased(self) -> list[Found]:
        return [one for one in self.found if one.word == "erased"]

    @property
    def verdict(self) -> str:
        """What was erased is never called checked, however lawfully it went."""
        return "bad" if self.broken else "unopened" if self.unopened or self.erased else "ok"


class Openings:
    """The openings that an audit was given, each checked against its entry's digests when it is first asked for."""

    def __init__(self, entries: Mapping[bytes, Recorded], handed: Iterable[Handed]) -> None:
        self._entries = entries
        self._raw: dict[bytes, dict[bytes, None]] = {}
        for given in handed:
            for leaf, raws in given.items():
                self._raw.setdefault(leaf, {}).update(dict.fromkeys(raws))
        self._values: dict[bytes, Mapping[str, Any]] = {}

    def __call__(self, leaf: bytes, name: str) -> Any:
        found = self._values.get(leaf)
        if found is None:
            found = self._values[leaf] = self._open(leaf)
        return found.get(name, UNOPENED)

    def no_strangers(self, act: Act) -> None:
        """No opening given for this act bears a name that its kind does not allow here; raises Refused."""
        self(act.leaf, "")
        if strangers := self._values[act.leaf].keys() - KINDS[act.kind].opens(act.body).keys():
            raise Refused("sealed-not-opened", why=f"no {', '.join(sorted(strangers))} belongs here")

    def named_truly(self, act: Act) -> None:
        """What each digest of an erasure seals bears the name beside it, as far as it was handed in; raises Refused."""
        about = self._entries.get(act.about or b"")
        if act.kind != ERASED or about is None:
            return
        place = context(about.act.ledger, about.act.stream, about.act.prev)
        handed = [(digest(place, raw), Opening.parse(raw).name) for raw in self._raw.get(about.act.leaf, ())]
        for wanted, name in act.body["openings"]:
            if any((found == wanted) != (known == name) for found, known in handed):
                raise Refused("erasure-misnamed", name=name)

    def _open(self, leaf: bytes) -> Mapping[str, Any]:
        recorded, raws = self._entries.get(leaf), tuple(self._raw.get(leaf, ()))
        if recorded is None or not raws:
            return {}
        act = recorded.act
        try:
            return opened_names(act, raws, reveal(act.sealed, raws, act.ledger, act.stream, act.prev))
        except Unsound as why:  # one name opened two ways by two of the files given
            raise Refused("sealed-not-opened", why=str(why)) from why


class Asked:
    """Openings, and which of those that were asked for are not there."""

    def __init__(self, openings: Openings) -> None:
        self._openings, self.missing = openings, set[tuple[bytes, str]]()

    def __call__(self, leaf: bytes, name: str) -> Any:
        value = self._openings(leaf, name)
        if value is UNOPENED:
            self.missing.add((leaf, name))
        return value


def read_openings(raw: bytes, entries: Mapping[bytes, Recorded]) -> dict[bytes, tuple[bytes, ...]]:
    """A roll pack or openings file: leaf -> openings, every one checked against this log; raises tlog's Unsound."""
    given = unpack(raw)
    if not isinstance(given, dict):
        raise Malformed("openings file", "a map from leaves to arrays of openings")
    pack: dict[bytes, tuple[bytes, ...]] = {}
    for name, openings in given.items():
        leaf = bytes.fromhex(name) if len(name) == 64 and not name.strip("0123456789abcdef") else b""
        recorded = entries.get(leaf)
        if recorded is None:
            raise Malformed("openings file", f"{name[:64]} is no leaf of this log")
        pack[leaf] = handed_out(openings, recorded.act)
    return pack


def handed_out(openings: Any, act: Act) -> tuple[bytes, ...]:
    """Openings of one entry; decoys may be among them, nothing else than what its digests hold."""
    raws: tuple[Any, ...] = openings if isinstance(openings, tuple) else (None,)
    if not all(isinstance(one, bytes) for one in raws) or len(set(raws)) < len(raws):
        raise Malformed("openings file", "an array of openings, each once")
    reveal(act.sealed, raws, act.ledger, act.stream, act.prev)
    return raws


def level2(log: Level1, openings: Openings, proved: Proved = proved) -> Level2:
    """Judge every entry again; a broken one takes its place and changes nothing else, and the fold goes on."""
    past: Changes = {}
    acts = [recorded.act for recorded in log.recorded.values()]
    fold = Fold(proved, log.root_at, _keeping(past), act_at=acts.__getitem__)
    found, places = list[Found](), dict[bytes, int]()
    for index, recorded in enumerate(log.recorded.values()):
        act, draft = recorded.act, fold.draft()
        places[act.leaf] = index
        try:
            found.append(_judged(draft, act, recorded.recorded_at, index, openings))
        except Exception as why:  # noqa: BLE001  # whatever an entry makes of the rules, those after it are judged
            draft.place(act, min(recorded.recorded_at, MS.most))
            found.append(_broken(index, act.kind, why))
        fold.keep(draft)
    if (log_key := _log_key(fold)) and log_key not in log.signers:  # somebody else's key under a true copy of the entries
        found[0] = Found(0, found[0].kind, "broken", "log-key-differs", {"log_key": log_key})
    return Level2([_worded(one, fold) for one in found], fold, places, past)


def _broken(index: int, kind: str, why: Exception) -> Found:
    """An entry that was refused, or that the rules have no answer to: no rule admits it either way."""
    told = why if isinstance(why, Refused) else Refused("rules-failed", why=f"{type(why).__name__}: {why}"[:200])
    return Found(index, kind, "broken", told.code, told.detail)


def _worded(one: Found, fold: Fold) -> Found:
    """An entry of which nothing else is missing than what acts of this log erased, earlier or later."""
    gone = one.word == "unopened" and all(("erased", place) in fold.state for place in one.missing)
    return replace(one, word="erased") if gone else one


def _keeping(past: Changes) -> Follow:
    """Keeps the last value of what the report tells, whether or not it has left the state since: votes, and what has expired."""
    waits: Changes = {}

    def follow(_first: int, laid: Sequence[Changes]) -> None:
        for changes in laid:
            past.update((key, value) for key, value in changes.items() if key[0] in REPORTED and value is not GONE)
            past.update((("expired", leaf), waits["pending", leaf]) for leaf in _expired(waits, changes))
            waits.update((key, value) for key, value in changes.items() if key[0] in ("expiring", "pending"))

    return follow


def _expired(waits: Read, changes: Changes) -> list[bytes]:
    """The acts that leave the queue of what waits while their rows are still there."""
    left = [waits[key] for key, value in changes.items() if key[0] == "expiring" and value is GONE]
    return [leaf for leaf in left if changes.get(("pending", leaf)) is GONE and waits["pending", leaf] is not GONE]


def _log_key(fold: Fold) -> str | None:
    """The log's key as the founding names it."""
    return fold.state[LOG].log_key if LOG in fold.state else None


def _judged(draft: Draft, act: Act, recorded_at: int, index: int, openings: Openings) -> Found:
    if recorded_at > MS.most:  # a time that no calendar has: nothing that rests on days can be judged
        raise Refused("clock-suspect")
    asked = Asked(openings)
    judged = draft.judge(act, recorded_at, asked)
    openings.no_strangers(act)
    openings.named_truly(act)
    draft.lay(act, judged.context, judged.flags)
    if isinstance(judged.found, Unopened):
        return Found(index, act.kind, "unopened", None, {"names": judged.found.names}, frozenset(asked.missing))
    return Found(index, act.kind, "held")
