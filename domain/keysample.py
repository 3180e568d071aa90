"""The call-back sample: which holders of newly admitted keys a supervisor rings, and what came of it (R-SIG-5, rulebook §8).

Who is rung follows from the entry that completed the page of keys. Its leaf is the hash over a confirmation that somebody of another
organisation signed after the page was recorded: the clerk cannot foresee it, and everybody can compute the sample again from the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from domain.authority import author_of
from domain.founding import edition_of
from domain.lifecycle import Act, Breach, Changes, Context, Read, Subject, Transition
from domain.people import KeyPage

CALLBACK: Final = b"liuchi/callback/v1\0"
Share = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Called:
    """What all reports about a page of keys say together: who was asked, who was reached, who denied."""

    leaf: bytes
    asked: tuple[bytes, ...] = ()
    reached: tuple[bytes, ...] = ()
    denied: tuple[bytes, ...] = ()
    stage: str = "called"


def sample(keys: Iterable[bytes], completing: bytes, share: Share, least: int) -> tuple[bytes, ...]:
    """The keys of a page whose holders are rung, ascending: its share of them, rounded up, and at least so many (R-SIG-5).

    `completing` is the leaf of the entry that completed the page.
    """
    seed, every = sha256(CALLBACK + completing).digest(), tuple(keys)
    wanted = max(least, -(-len(every) * share[0] // share[1]))
    return tuple(sorted(sorted(every, key=lambda key: sha256(seed + key).digest())[:wanted]))


def sample_of(read: Read, page: KeyPage, completing: Act) -> tuple[bytes, ...]:
    """The sample of a page by the edition in force; `completing` is the act of the entry that completed it."""
    edition = edition_of(read)
    return sample(page.keys, completing.leaf, edition.value("callback_share"), edition.value("callback_least"))


def called_of(read: Read, page: str) -> Called:
    """What was reported about a page of keys so far."""
    known: Called | None = read.get(("called", page))
    return known or Called(b"")


# --- guards ---------------------------------------------------------------------------------------------------------------------


def page_is_there(read: Read, act: Act, _context: Context) -> Breach | None:
    """The page of keys was admitted, and holds every key that the report names."""
    page: KeyPage | None = read.get(("key-page", act.body["page"]))
    if page is None:
        return Breach("unknown-matter", {"subject": "key-page"})
    strangers = [key for key in act.body["asked"] if key not in page.keys]
    return Breach("not-on-page", {"key": strangers[0].hex(), "page": act.body["page"]}) if strangers else None


def asked_reached_denied(_read: Read, act: Act, _context: Context) -> Breach | None:
    """Who denied was reached, who was reached was asked."""
    asked, reached, denied = (frozenset(act.body[name]) for name in ("asked", "reached", "denied"))
    return None if denied <= reached <= asked else Breach("call-inconsistent")


def other_house(read: Read, act: Act, _context: Context) -> Breach | None:
    """Whoever rings belongs to another organisation than the clerk who admitted the keys."""
    page: KeyPage = read["key-page", act.body["page"]]
    return Breach("same-organisation") if author_of(read, act).org == page.org else None


# --- rules of reports -----------------------------------------------------------------------------------------------------------


def whole_sample_asked(read: Read, act: Act, context: Context) -> Breach | None:
    """With what was reported before, everybody whom the sample names was asked (R-SIG-5)."""
    page: KeyPage = read["key-page", act.body["page"]]
    completing = context.act_at(page.index)
    assert completing is not None
    asked = {*called_of(read, act.body["page"]).asked, *act.body["asked"]}
    missing = [key for key in sample_of(read, page, completing) if key not in asked]
    return Breach("sample-incomplete", {"missing": len(missing)}) if missing else None


def nobody_denies(_read: Read, act: Act, _context: Context) -> Breach | None:
    """Nobody who was reached denies that the key is theirs (R-SIG-5)."""
    denied = act.body["denied"]
    return Breach("key-denied", {"count": len(denied)}) if denied else None


# --- effects --------------------------------------------------------------------------------------------------------------------


def note(read: Read, act: Act, _context: Context) -> Changes:
    """What this report adds to those before."""
    before = called_of(read, act.body["page"])
    asked, reached, denied = (
        tuple(sorted({*getattr(before, name), *act.body[name]})) for name in ("asked", "reached", "denied")
    )
    return {("called", act.body["page"]): Called(act.leaf, asked, reached, denied)}


# Both rules have one id: of a report that breaks both, the flag says the graver, which stands last.
CALLS: Final = Subject("called", lambda act: ("called", act.body["page"]), (
    Transition("keys-called/1", (None, "called"), "called", (page_is_there, asked_reached_denied, other_house),
               rules=(whole_sample_asked, nobody_denies), effect=note),
))  # fmt: skip
