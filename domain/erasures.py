"""Openings erased on a legal basis: the digests stay in the log, what they stand for is destroyed (R-PRIV-2, R-DIS-7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.acts import KINDS
from domain.calendar import day_of, days_after, years_after
from domain.confirmations import waiting
from domain.lifecycle import Act, Breach, Changes, Context, Read, Subject, Transition
from domain.readers import votes_of
from domain.roll import votes_on
from domain.seats import OVER, Candidate, Seat

KEY_BACKUP_DAYS: Final = 90  # product decision: a key backup that lives longer would undo the erasure
RETENTION_YEARS: Final = 5  # R-DIS-7: ballots and the papers that count them, from certification
PAPERS: Final = (
    "authority",
    "ballot",
    "choices",
    "count-key",
    "proof",
    "row",
    "scan",
    "units",
)  # words of what a result rests on
PROFILE: Final = "profile"  # published with the candidate's consent
BASIS_WORDS: Final[Mapping[str, str]] = {  # Personal Information Protection Law art. 47 (1) to (4)
    "purpose-ended": "处理目的已实现或不再必要 purpose met or no longer needed (PIPL art. 47.1)",
    "period-over": "停止服务或保存期限届满 service ended or retention over (art. 47.2)",
    "consent-withdrawn": "个人撤回同意 consent withdrawn (art. 47.3)",
    "unlawful": "违法或违约处理 processed unlawfully or against agreement (art. 47.4)",
}  # fmt: skip
LAST: Final[tuple[str, str]] = ("erasures", "")


@dataclass(frozen=True, slots=True)
class Erased:
    """One opening that is gone: its digest, the index of its entry, the act that erased it (leaf and index), the basis and the day."""

    digest: bytes
    index: int
    by: bytes
    done: int
    basis: str
    day: str
    keys_until: str


def erased(read: Read, leaf: bytes, name: str) -> Erased | None:
    """How the opening of this name came to be erased, if it was."""
    found: Erased | None = read.get(("erased", (leaf, name)))
    return found


def erasures(read: Read) -> tuple[tuple[bytes, str], ...]:
    """Every opening that was erased, as (leaf, name), in the order of the log."""
    found: tuple[tuple[bytes, str], ...] = read.get(LAST, ())
    return found


def erased_of(read: Read, act: Act) -> dict[str, Erased]:
    """What was erased of an act, by name."""
    names = KINDS[act.kind].opens(act.body) if act.kind in KINDS else {}
    return {name: found for name in names if (found := erased(read, act.leaf, name))}


# --- guards ---------------------------------------------------------------------------------------------------------------------


def entry_named(_read: Read, act: Act, context: Context) -> Breach | None:
    """The index is that of the entry which the act is about."""
    return None if _about(act, context) else Breach("erasure-entry-unknown", {"index": act.body["index"]})


def openings_theirs(read: Read, act: Act, context: Context) -> Breach | None:
    """The entry seals each digest and its kind each name; none is named twice or erased already."""
    about = _known(act, context)
    names = [name for _, name in act.body["openings"]]
    allowed = KINDS[about.kind].opens(about.body)
    for digest, name in act.body["openings"]:
        if digest not in about.sealed or name not in allowed or names.count(name) > 1:
            return Breach("erasure-not-sealed", {"name": name})
        if erased(read, about.leaf, name):
            return Breach("erasure-done", {"name": name})
    return None


def not_waiting(read: Read, act: Act, context: Context) -> Breach | None:
    """An act that waits for confirmation is decided again when it completes: its openings are needed until then."""
    return Breach("erasure-pending") if waiting(read, act.about, context.now) else None


def votes_decided(read: Read, act: Act, context: Context) -> Breach | None:
    """Ballots, roll rows and texts of a vote stay until its result is certified, or nobody opened it in its time."""
    undecided = [name for name, certified_at in _votes(read, _known(act, context), context.now) if certified_at is None]
    return Breach("erasure-undecided", {"poll": undecided[0]}) if undecided else None


def retention_over(read: Read, act: Act, context: Context) -> Breach | None:
    """What a decision rests on is kept for its years; what was published is kept for good unless publishing it was unlawful."""
    about = _known(act, context)
    allowed = KINDS[about.kind].opens(about.body)
    kept = max((years_after(day, RETENTION_YEARS) for day in _decided_on(read, about, context.now)), default="")
    for _, name in act.body["openings"]:
        public = allowed[name].audience == "public" and act.body["basis"] != "unlawful"
        if public and not _consent_gone(read, about, name, act.body["basis"]):
            return Breach("erasure-of-record", {"name": name})
        if name.partition("/")[0] in PAPERS and day_of(context.now) <= kept:
            return Breach("erasure-retained", {"name": name, "until": kept})
    return None


def _decided_on(read: Read, about: Act, now: int) -> Iterator[str]:
    """The days on which votes that an act belongs to were certified, and that of the meeting whose minutes it is (R-DIS-7)."""
    yield from (day_of(at) for _, at in _votes(read, about, now) if at is not None)
    if about.kind == "meeting-minuted/1":
        yield read["meeting", about.body["meeting"]].day


def _consent_gone(read: Read, about: Act, name: str, basis: str) -> bool:
    """A profile goes with its candidate's consent, once the person neither stands nor sits (R-PRIV-3)."""
    if (name, basis) != (PROFILE, "consent-withdrawn"):
        return False
    candidate: Candidate = read["candidate", about.body["candidate"]]
    seat: Seat | None = read.get(("seat", candidate.person))
    stands = candidate.stage != "withdrawn" and read["election", candidate.election].stage not in OVER
    return not stands and (seat is None or seat.stage == "ended")


def holders_inactive(read: Read, act: Act, _context: Context) -> Breach | None:
    """Whose an active key is stays known; it is revoked first."""
    for _, name in act.body["openings"]:
        word, _, key = name.partition("/")
        row = read.get(("key", bytes.fromhex(key))) if word == "holder" else None
        if row is not None and row.stage == "active":
            return Breach("erasure-key-active", {"key": key})
    return None


def key_backups_short(_read: Read, act: Act, context: Context) -> Breach | None:
    """The last day on which a key backup may exist is near."""
    most = days_after(day_of(context.now), KEY_BACKUP_DAYS)
    return Breach("erasure-backups-long", {"most": most}) if act.body["keys_until"] > most else None


def _about(act: Act, context: Context) -> Act | None:
    found = context.act_at(act.body["index"])
    return found if found is not None and found.leaf == act.about else None


def _known(act: Act, context: Context) -> Act:
    found = _about(act, context)
    assert found is not None  # the first guard
    return found


def _votes(read: Read, about: Act, now: int) -> Iterator[tuple[str, int | None]]:
    """The votes that an act belongs to, for a page of the roll every vote on it, and when each result was certified (ms).

    What belongs to a roll, or to a part of the estate on it, belongs to every vote on that roll.
    A vote that was noticed and never opened decides nothing any more once its closing time is past.
    """
    names = votes_of(about)
    if about.kind in ("roll-page/1", "scope-defined/1"):
        names = {*votes_on(read, about.body["snapshot"])}
    for name in sorted(names):
        if (done := read.get(("outcome", name)) or read.get(("result", name))) is not None:
            yield name, done.certified_at
        elif ("poll", name) in read and not read["poll", name].abandoned(now):
            yield name, None


# --- effects --------------------------------------------------------------------------------------------------------------------


def erase(read: Read, act: Act, context: Context) -> Changes:
    """From here on nobody may open these, and the door destroys what it holds of them."""
    body, about = act.body, act.about
    assert about is not None
    gone: Changes = {
        ("erased", (about, name)): Erased(
            digest, body["index"], act.leaf, context.index, body["basis"], day_of(context.now), body["keys_until"]
        )
        for digest, name in body["openings"]
    }
    return {**gone, LAST: (*erasures(read), *((about, name) for _, name in body["openings"]))}


ERASURES: Final = Subject("erasure", lambda act: ("erasure", act.about), (
    Transition("openings-erased/1", (None, "erased"), "erased",
               (entry_named, openings_theirs, not_waiting, votes_decided, retention_over, holders_inactive, key_backups_short),
               effect=erase),
))  # fmt: skip
