"""Editions of the rules: thresholds, classes of matters and periods as data, each with its source; a published edition is frozen.

An edition is named on the log by the SHA-256 of the canonical MessagePack of its tables (docs/spec/editions.md). A mended rule
is a new edition, never a changed one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from domain.holidays import CALENDARS
from tlog.codec import pack

Table = Mapping[str, Any]

# R-VOTE-4: each operator is chosen from the legal word, and 过半数 is not 以上 (Civil Code art. 1259).
OPERATORS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "ge": operator.ge,  # 以上、届满: includes the number
    "gt": operator.gt,  # 超过、过半数: excludes it
    "le": operator.le,  # 以下、以内: includes it
    "lt": operator.lt,  # 不满、不足: excludes it
}


def reaches(part: int, whole: int, rule: Table) -> bool:
    """`part` of `whole` held against a share that is data, never rounded (R-VOTE-4)."""
    over, under = rule["share"]
    return OPERATORS[rule["op"]](part * under, whole * over)


MATTERS: Final = (
    "make-rules", "amend-covenant", "elect-committee", "hire-or-dismiss-provider", "use-maintenance-fund",
    "raise-maintenance-fund", "rebuild", "change-common-parts", "other-major",
)  # fmt: skip

COMMITTEE_MATTERS: Final = (  # what the committee may decide itself; none of the owners' own matters (R-COM-16)
    "spend-approved-budget", "hire-secretary", "use-seal", "supervise-contract", "convene-assembly", "answer-owners",
    "authorised-by-assembly", "other-routine",
)  # fmt: skip

AGREE, AGAINST, ABSTAIN = "agree", "against", "abstain"
CHOICES: Final = (AGREE, AGAINST, ABSTAIN)  # every item offers a way to reject it (R-BAL-6)
RECUSED: Final = "recused"  # a member with an interest of her own: present, without a vote (R-COM-9)
MEMBER_CHOICES: Final = (*CHOICES, RECUSED)
SILENCES: Final = ("none", "deemed-participation", "silent-follows-majority", "abstain-follows-majority")  # R-BAL-3
ESTATE: Final = "estate"  # the scope of a matter that all owners decide (R-ROLL-9)
SOLD, UNSOLD, UNDELIVERED = "sold", "unsold", "undelivered"
STATUSES: Final = (SOLD, UNSOLD, UNDELIVERED)  # R-ROLL-3

TWO_THIRDS: Final[Table] = {"op": "ge", "share": (2, 3)}
THREE_QUARTERS: Final[Table] = {"op": "ge", "share": (3, 4)}
MORE_THAN_HALF: Final[Table] = {"op": "gt", "share": (1, 2)}
HALF_OR_MORE: Final[Table] = {"op": "ge", "share": (1, 2)}
THIRD_OR_MORE: Final[Table] = {"op": "ge", "share": (1, 3)}


def _classes(*special: str) -> dict[str, str]:
    return {matter: "special" if matter in special else "ordinary" for matter in MATTERS}


LAWS: Final[Mapping[str, Table]] = {
    "civil_code_2021": {
        "applies_from": "2021-01-01",
        "base": "participating",
        "class": _classes("raise-maintenance-fund", "rebuild", "change-common-parts"),
        "ordinary": MORE_THAN_HALF,
        "quorum": TWO_THIRDS,
        "source": "Civil Code (2021) art. 278: R-VOTE-1, R-VOTE-2, R-VOTE-3",
        "special": THREE_QUARTERS,
    },
    "property_law_2007": {
        "applies_from": "2007-10-01",
        "base": "total",
        "class": _classes("use-maintenance-fund", "raise-maintenance-fund", "rebuild"),
        "ordinary": MORE_THAN_HALF,
        "quorum": None,
        "source": "Property Law (2007) art. 76, as restated in the Property Management Regulation (2018) arts. 11-12: R-SRC-2",
        "special": TWO_THIRDS,
    },
}

PERIODS: Final[Mapping[str, Table]] = {  # days unless the name says otherwise
    "announce": {
        "confidence": "K-med",
        "rule": "R-MEET-5",
        "source": "Qingyuan 2022 for comparison; local value open",
        "value": 7,
    },
    "backdating_tolerance": {"confidence": "D", "rule": "R-TIME-4", "source": "product decision", "value": 3},
    "notice": {
        "confidence": "found",
        "rule": "R-MEET-2",
        "source": "Property Management Regulation (2018) art. 14",
        "value": 15,
    },
    "notice_strict_extra": {"confidence": "D", "rule": "R-TIME-2", "source": "strict reading: 15 clear days", "value": 1},
    "pending": {"confidence": "D", "rule": "R-ACT-PENDING", "source": "product decision", "value": 30},
    "roll_posting": {"confidence": "D", "rule": "R-DIS-2", "source": "product decision; handbook value open", "value": 7},
    "until_ahead": {"confidence": "D", "rule": "R-ACT-UNTIL", "source": "product decision", "value": 30},
}

OBJECTION: Final[Mapping[str, Table]] = {  # engine 2: a vote is final when this is over, and leaves the state
    "objection": {"confidence": "D", "rule": "R-ACT-FINAL", "source": "product decision; local value open", "value": 15},
}

_MINISTRY: Final = "Ministry rule [2009] 274, read in a textbook extract:"

# Engine 3: what an estate's self-government needs beside votes. Values are integers, shares of two integers, or words.
# --- parameters: assembly
ASSEMBLY: Final[Mapping[str, Table]] = {
    # owners' rights
    "extraordinary_limbs": {"confidence": "found", "rule": "R-MEET-1", "source": "274 art. 21; PMR art. 13: one limb", "value": "both"},
    "extraordinary_share": {"confidence": "found", "rule": "R-MEET-1", "source": "274 art. 21, PMR art. 13", "value": (1, 5)},
    "first_assembly_days": {"confidence": "found", "rule": "R-PREP-5", "source": "274 art. 15", "value": 90},
    "objection_answer_days": {"confidence": "D", "rule": "R-DIS-4", "source": "Guangdong city rule", "value": 7},
    "prep_group_days": {"confidence": "found", "rule": "R-PREP-2", "source": "274 art. 9", "value": 60},
    "prep_group_limbs": {"confidence": "found", "rule": "R-SZ-2", "source": "Shenzhen art. 19; Longgang annex 2", "value": "either"},
    "prep_group_share": {"confidence": "found", "rule": "R-SZ-2", "source": "Shenzhen art. 19; Longgang annex 2", "value": (1, 5)},
    "proxies_per_agent": {"confidence": "D", "rule": "R-BAL-9", "source": "product decision; local value open", "value": 3},
    "recall_limbs": {"confidence": "found", "rule": "R-COM-10", "source": "274 art. 44: voting rights", "value": "area"},
    "recall_share": {"confidence": "found", "rule": "R-COM-10", "source": "274 art. 44", "value": (1, 5)},
    # counting
    "extension_days": {"confidence": "D", "rule": "R-BAL-7", "source": "product decision; local value open", "value": 15},
    "outage_last_hours": {"confidence": "D", "rule": "R-BAL-7", "source": "product decision: the last evening", "value": 12},
    "outage_grace_hours": {"confidence": "D", "rule": "R-BAL-7", "source": "product decision; local value open", "value": 24},
    "recount_days": {"confidence": "D", "rule": "R-DIS-4", "source": "product decision; local value open", "value": 15},
    "service_methods": {"confidence": "D", "rule": "R-BAL-3", "source": "product decision; local value open",
                        "value": ("handed", "posted-by-mail", "electronic", "refused")},
}  # fmt: skip
# --- parameters: elections
ELECTIONS: Final[Mapping[str, Table]] = {
    "candidates_posting_days": {"confidence": "K-med", "rule": "R-SZ-7", "source": "seven days until the local rule is checked",
                                "value": 7},
    "committee_filing_days": {"confidence": "found", "rule": "R-COM-5", "source": "Property Management Regulation (2018) art. 16",
                              "value": 30},
    "committee_half": {"confidence": "D", "rule": "R-COM-4", "source": "product decision; local rules govern", "value": (1, 2)},
    "committee_size_max": {"confidence": "found", "rule": "R-COM-1", "source": "Guidance 274 (2009) art. 31; local range unchecked",
                           "value": 11},
    "committee_size_min": {"confidence": "found", "rule": "R-COM-1", "source": "Guidance 274 (2009) art. 31; local range unchecked",
                           "value": 5},
    "committee_term_years": {"confidence": "found", "rule": "R-COM-1", "source": "Guidance 274 (2009) art. 32", "value": 5},
    "first_meeting_days": {"confidence": "found", "rule": "R-COM-1", "source": "Property Management Regulation (2018) art. 16",
                           "value": 7},
    "handover_member_days": {"confidence": "found", "rule": "R-COM-11", "source": "Guidance 274 (2009) art. 45", "value": 3},
    "handover_term_days": {"confidence": "found", "rule": "R-COM-11", "source": "Guidance 274 (2009) art. 48", "value": 10},
    "ranking": {"confidence": "D", "rule": "R-COM-4", "source": "product decision; local rules govern", "value": "heads-then-area"},
    "reelection_months": {"confidence": "found", "rule": "R-COM-13", "source": "Guidance 274 (2009) art. 47", "value": 3},
    "vacancy_election": {"confidence": "D", "rule": "R-COM-12", "source": "product decision: promptly, in days", "value": 60},
}  # fmt: skip
# --- parameters: committee
COMMITTEE: Final[Mapping[str, Table]] = {
    "agenda_days": {"confidence": "found", "rule": "R-COM-7", "source": f"{_MINISTRY} art. 39", "value": 7},
    "call_days": {"confidence": "found", "rule": "R-COM-6", "source": f"{_MINISTRY} art. 37", "value": 7},
    "committee_decision": {"confidence": "D", "rule": "R-COM-8", "source": f"{_MINISTRY} art. 38; all members in office",
                           "value": HALF_OR_MORE},
    "committee_presence": {"confidence": "D", "rule": "R-COM-8", "source": f"{_MINISTRY} art. 38; all members in office",
                           "value": MORE_THAN_HALF},
    "committee_request": {"confidence": "found", "rule": "R-COM-6", "source": f"{_MINISTRY} art. 37", "value": THIRD_OR_MORE},
    "decision_posting_days": {"confidence": "found", "rule": "R-COM-7", "source": f"{_MINISTRY} art. 39", "value": 3},
    "dismissal_notice_days": {"confidence": "found", "rule": "R-TIME-1", "source": "Civil Code art. 946", "value": 60},
    "renewal_notice_days": {"confidence": "found", "rule": "R-TIME-1", "source": "Civil Code art. 947", "value": 90},
}  # fmt: skip
# --- parameters: joining
_CALL_BACK: Final = "product decision; rulebook §8 asks for a random call-back sample"
JOINING: Final[Mapping[str, Table]] = {
    # keys and posts
    "callback_least": {"confidence": "D", "rule": "R-SIG-5", "source": _CALL_BACK, "value": 3},
    "callback_share": {"confidence": "D", "rule": "R-SIG-5", "source": _CALL_BACK, "value": (1, 20)},
    "supervisor_silence": {"confidence": "D", "rule": "R-ACT-AUTHORITY", "source": "product decision: days", "value": 15},
}  # fmt: skip
# --- parameters: end

EDITIONS: Final[Mapping[str, Table]] = {
    "cn-sz-1": {"engine": 1, "laws": LAWS, "matters": MATTERS, "periods": PERIODS},
    "cn-sz-2": {"engine": 2, "laws": LAWS, "matters": MATTERS, "periods": {**PERIODS, **OBJECTION}},
    "cn-sz-3": {"engine": 3, "laws": LAWS, "matters": MATTERS, "parameters": {**ASSEMBLY, **ELECTIONS, **COMMITTEE, **JOINING},
                "periods": {**PERIODS, **OBJECTION}},
}  # fmt: skip


def digest(table: Table) -> bytes:
    """SHA-256 of the canonical MessagePack of an edition's tables; what the log names."""
    return sha256(pack(dict(table))).digest()


@dataclass(frozen=True, slots=True)
class Edition:
    """The rules as one act of the log names them."""

    ruleset: str
    calendar: str

    @property
    def laws(self) -> Mapping[str, Table]:
        laws: Mapping[str, Table] = EDITIONS[self.ruleset]["laws"]
        return laws

    @property
    def engine(self) -> int:
        """Which kinds there are, and how they are judged."""
        return int(EDITIONS[self.ruleset]["engine"])

    def value(self, parameter: str) -> Any:
        """A parameter that is no period: an integer, a share of two integers, or a word."""
        return EDITIONS[self.ruleset]["parameters"][parameter]["value"]

    def days(self, period: str) -> int:
        """A period's length in days."""
        return int(EDITIONS[self.ruleset]["periods"][period]["value"])

    def period(self, name: str) -> int | None:
        """The length in days of a period that not every edition has."""
        return self.days(name) if name in EDITIONS[self.ruleset]["periods"] else None

    def named(self) -> dict[str, Any]:
        """This edition as founding, `rules-adopted/1` and a notice write it."""
        table = EDITIONS[self.ruleset]
        return {
            "calendar": digest(CALENDARS[self.calendar]), "engine": table["engine"],
            "ruleset": self.ruleset, "ruleset_sha256": digest(table),
        }  # fmt: skip


_KNOWN: Final = tuple(Edition(ruleset, calendar) for ruleset in EDITIONS for calendar in CALENDARS)
_BY_NAME: Final = {pack(edition.named()): edition for edition in _KNOWN}
LATEST: Final = _KNOWN[-1]


def edition_named(named: Table) -> Edition | None:
    """The edition with exactly these digests, or None when this program does not have it."""
    return _BY_NAME.get(pack(dict(named)))


def law_on(day: str, laws: Mapping[str, Table] = LAWS) -> str:
    """The law in force on a decision's day (R-SRC-1): the latest that applies from then or before; ISO date."""
    in_force = [(law["applies_from"], name) for name, law in laws.items() if law["applies_from"] <= day]
    return max(in_force)[1] if in_force else min((law["applies_from"], name) for name, law in laws.items())[1]
