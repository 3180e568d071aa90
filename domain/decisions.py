"""Decisions that were counted elsewhere, as reported: on the city's platform, or on paper before there was a ledger (R-VOTE-8).

The ledger has not seen their ballots. It checks what it can, that the figures add up and that the law of the day makes of them what is
claimed, and never shows such a decision as counted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.counting import Tally, Weight
from domain.founding import edition_of
from domain.lifecycle import Act, Breach, Changes, Context, Read, Subject, Transition
from domain.polls import verdict
from domain.results import tally_of
from domain.rulesets import CHOICES, law_on


@dataclass(frozen=True, slots=True)
class Reported:
    """A decision as convener and supervisor report it: `passed` is what they claim, `platform` where it was counted."""

    leaf: bytes
    day: str
    matter: str
    passed: bool
    platform: str
    channel: str = "external"
    stage: str = "attested"


# --- rules of reports -----------------------------------------------------------------------------------------------------------


def reported_tally(act: Act) -> Tally:
    """The figures of the report."""
    return tally_of(Weight(act.body["electorate"]["heads"], act.body["electorate"]["area"]), act.body)


def adds_up(_read: Read, act: Act, _context: Context) -> Breach | None:
    """Those who took part are those who chose, and no more than there are; heads and area both (R-VOTE-6, R-VOTE-8)."""
    count = reported_tally(act)
    chosen = sum((getattr(count, choice) for choice in CHOICES), Weight())
    if chosen != count.participating:
        return Breach("external-figures-differ", {"field": "participating"})
    within = count.participating.heads <= count.total.heads and count.participating.area <= count.total.area
    return None if within else Breach("external-figures-differ", {"field": "electorate"})


def lawful_verdict(read: Read, act: Act, _context: Context) -> Breach | None:
    """The claimed outcome is what the law of that day makes of the figures (R-VOTE-8, R-SRC-1)."""
    laws = edition_of(read).laws
    law = law_on(act.body["day"], laws)
    passed = verdict(reported_tally(act), act.body["matter"], law, laws).passed
    return None if passed == act.body["claimed"] else Breach("external-verdict-differs", {"law": law})


# --- effects --------------------------------------------------------------------------------------------------------------------


def report(_read: Read, act: Act, _context: Context) -> Changes:
    """The decision is known, with who attested it and where it was counted."""
    body = act.body
    return {("decision", body["decision"]): Reported(act.leaf, body["day"], body["matter"], body["claimed"], body["platform"])}


DECISIONS: Final = Subject("decision", lambda act: ("decision", act.body["decision"]), (
    Transition("decision-reported/1", (None,), "attested", rules=(adds_up, lawful_verdict), effect=report),
))  # fmt: skip
