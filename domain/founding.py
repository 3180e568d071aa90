"""How a ledger begins and under which rules: `ledger-founded/1` and `rules-adopted/1`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.acts import row_key_id
from domain.authority import BARRED, KeyRow, Post, appointed, organisation
from domain.calendar import day_of
from domain.lifecycle import (
    UNOPENED,
    Act,
    Breach,
    Changes,
    Context,
    Found,
    Held,
    Key,
    Layered,
    Openings,
    Read,
    Subject,
    Transition,
    Unopened,
)  # fmt: skip
from domain.rulesets import Edition, edition_named
from tlog.errors import Malformed
from tlog.note import ED25519, Vkey

LOG: Final[Key] = ("log", "")
KEY_ROWS: Final[Mapping[str, str]] = {"ledger-founded/1": "keys", "keys-admitted/1": "rows", "key-rotated/1": "row",
                                      "supervisor-restored/1": "row"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Log:
    """The ledger as a whole: `stage` founding | founded | never-founded."""

    stage: str
    ledger: str
    leaf: bytes
    demo: bool
    log_key: str
    parent: str
    edition: Edition
    engine: int = 1  # the highest that an act here has needed


def edition_of(read: Read) -> Edition:
    """The last edition adopted; an entry is judged by it."""
    log: Log = read[LOG]
    return log.edition


Holder = tuple[bytes, bytes, bytes]  # key id, leaf that seals its holder, person


def key_rows(act: Act) -> tuple[Mapping[str, Any], ...]:
    """The key rows that an act carries, whose possession must be proved; the act's form holds."""
    if act.kind not in KEY_ROWS:
        return ()
    rows = act.body[KEY_ROWS[act.kind]]
    return (rows,) if isinstance(rows, Mapping) else tuple(rows)


# --- guards ---------------------------------------------------------------------------------------------------------------------


def first_entry(_read: Read, _act: Act, context: Context) -> Breach | None:
    """Founding is entry 0."""
    return Breach("founding-not-first") if context.index else None


def edition_known(_read: Read, act: Act, _context: Context) -> Breach | None:
    """The edition's digests are those of tables that this program has."""
    return (
        None if edition_named(act.body["edition"]) else Breach("edition-unknown", {"ruleset": act.body["edition"]["ruleset"]})
    )


def edition_is_new(read: Read, act: Act, _context: Context) -> Breach | None:
    """The edition in force is not adopted again."""
    return Breach("edition-in-force") if edition_named(act.body["edition"]) == edition_of(read) else None


def edition_goes_on(read: Read, act: Act, _context: Context) -> Breach | None:
    """No edition is adopted that does not know what was done here: an open objection or election would judge nothing (R-SRC-1)."""
    edition = edition_named(act.body["edition"])
    behind = edition is not None and edition.engine < read[LOG].engine
    return Breach("edition-behind", {"ruleset": act.body["edition"]["ruleset"]}) if behind else None


def used(read: Read, engine: int) -> Changes:
    """The highest engine that an act here has needed, where it grows."""
    log: Log | None = read.get(LOG)
    return {LOG: replace(log, engine=engine)} if log is not None and engine > log.engine else {}


def keys_proved(read: Read, act: Act, context: Context) -> Breach | None:
    """Each new key is new to this log, once in its page, and was shown to be in its holder's hands."""
    ids = [row_key_id(row) for row in key_rows(act)]
    for key in ids:
        if (read.get(("key", key)) is not None and act.kind != "ledger-founded/1") or ids.count(key) > 1:
            return Breach("key-known", {"key": key.hex()})
        if key not in context.proved:
            return Breach("possession-unproved", {"key": key.hex()})
    return None


def no_second_key(read: Read, act: Act, _context: Context) -> Breach | None:
    """Nobody gets a further key from others while one of theirs is active: it would act in their name."""
    for row in key_rows(act):
        if any(read["key", key].stage == "active" for key in read.get(("keys-of", row["person"]), ())):
            return Breach("person-has-key", {"person": row["person"].hex()})
    return None


def holders_of(read: Read) -> tuple[Holder, ...]:
    """Every key that was ever admitted, the leaf that seals its holder, and its person."""
    holders: tuple[Holder, ...] = read.get(("holders", ""), ())
    return holders


def one_organisation(read: Read, act: Act, _context: Context) -> Breach | None:
    """All keys of one person belong to one organisation."""
    orgs = {row["person"]: row["org"] for row in key_rows(act)}
    for row in key_rows(act):
        known = read.get(("person", row["person"]), orgs[row["person"]])
        if row["org"] != known:
            return Breach("person-org-differs", {"person": row["person"].hex()})
        if row["org"] is not None and organisation(row["org"]) is None:
            return Breach("organisation-unknown", {"org": row["org"]})
    return None


def founders(_read: Read, act: Act, _context: Context) -> Breach | None:
    """Operator, two supervisors of two organisations, a street office and the parent; the operator signs (design §6)."""
    posts = act.body["posts"]
    orgs = {row["person"]: row["org"] for row in act.body["keys"]}
    holder = {row_key_id(row): row["person"] for row in act.body["keys"]}
    if any(post["person"] not in orgs or orgs[post["person"]] != post["org"] for post in posts):
        return Breach("founding-incomplete", {"missing": "a key row for every post"})
    for name, missing in _missing(posts, act.body["parent"]):
        if missing:
            return Breach("founding-incomplete", {"missing": name})
    if any(organisation(post["org"]) in BARRED for post in posts):
        return Breach("post-barred")
    operators = [post["person"] for post in posts if post["post"] == "operator"]
    return None if holder.get(act.by) in operators else Breach("not-authorised", {"kind": act.kind, "posts": "operator"})


def _missing(posts: Iterable[Mapping[str, Any]], parent: str) -> Iterable[tuple[str, bool]]:
    held = {name: {post["org"] for post in posts if post["post"] == name} for name in {post["post"] for post in posts}}
    yield "operator", not held.get("operator")
    yield "two supervisors of two organisations", len(held.get("supervisor", ())) < 2
    yield "street-office", not held.get("street-office")
    yield "parent", held.get("parent") != {parent}


def own_log_key(_read: Read, act: Act, _context: Context) -> Breach | None:
    """The log's key is named for this origin and no other."""
    try:
        vkey = Vkey.parse(act.body["log_key"])
    except Malformed as why:
        return Breach("log-key-malformed", {"why": str(why)})
    own = (vkey.name, vkey.type) == (act.ledger, ED25519)
    return None if own else Breach("log-key-malformed", {"why": "it is no Ed25519 key named for the origin"})


def demo_by_name(_read: Read, act: Act, _context: Context) -> Breach | None:
    """A demo ledger lives under `demo.` and a real one does not."""
    return None if act.ledger.startswith("demo.") == act.body["demo"] else Breach("demo-by-name")


# --- what needs openings --------------------------------------------------------------------------------------------------------


def recheck_holders(read: Read, act: Act, openings: Openings) -> Found:
    """One human is one person: over all keys the same person means the same sealed holder, and the other way round.

    A holder erased since is passed over: erasure must not stop the keys that come after it.
    """
    new = tuple((row_key_id(row), act.leaf, row["person"]) for row in key_rows(act))
    humans: dict[bytes, str] = {}
    persons: dict[str, bytes] = {}
    missing = []
    for key, leaf, person in (*(one for one in holders_of(read) if one[1] != act.leaf), *new):
        holder = openings(leaf, f"holder/{key.hex()}")
        if holder is UNOPENED:
            missing += [f"holder/{key.hex()}"] if leaf == act.leaf else []
        elif humans.setdefault(person, human := holder["id"]) != human or persons.setdefault(human, person) != person:
            return Breach("holder-differs", {"key": key.hex()})
    return Unopened(tuple(missing)) if missing else Held()


# --- effects --------------------------------------------------------------------------------------------------------------------


def admit_rows(read: Read, act: Act, index: int) -> Changes:
    """The state rows of the keys that an act carries."""
    new = tuple((row_key_id(row), act.leaf, row["person"]) for row in key_rows(act))
    changes: Changes = {("holders", ""): (*holders_of(read), *new)}
    for key, _, person in new:
        place = ("keys-of", person)
        known: tuple[bytes, ...] = changes.get(place) or read.get(place, ())
        changes[place] = (*known, key)
    for row in key_rows(act):
        changes["key", row_key_id(row)] = KeyRow(row["person"], row["org"], row["suite"], row["public"], act.leaf, index)
        changes["person", row["person"]] = row["org"]
    return changes


def begin(read: Read, act: Act, context: Context) -> Changes:
    """Founding's keys and posts stand at once, so that the supervisors can confirm it; nothing else is admitted before."""
    edition = edition_named(act.body["edition"])
    assert edition is not None
    changes: Changes = {
        LOG: Log("founding", act.ledger, act.leaf, act.body["demo"], act.body["log_key"], act.body["parent"], edition)
    }
    changes |= admit_rows(read, act, context.index)
    for post in act.body["posts"]:
        term = Post(post["org"], day_of(context.now), None)
        changes |= appointed(Layered(changes, read), post["post"], post["person"], None, term)
    return changes


def adopt(read: Read, act: Act, _context: Context) -> Changes:
    """From here on entries are judged by this edition."""
    return {LOG: replace(read[LOG], edition=edition_named(act.body["edition"]))}


GUARDS: Final = (first_entry, edition_known, demo_by_name, own_log_key, keys_proved, one_organisation, founders)

LEDGER: Final = Subject("ledger", lambda _act: LOG, (
    Transition("ledger-founded/1", (None,), "founded", GUARDS, begin=begin, recheck=recheck_holders),
    Transition("rules-adopted/1", ("founded",), "founded", (edition_known, edition_is_new, edition_goes_on), effect=adopt),
))  # fmt: skip
