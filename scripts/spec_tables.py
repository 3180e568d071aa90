"""The parts of docs/spec that follow from the code: kinds, life cycles, authority, refusals, editions.

A page holds `<!-- generated:NAME -->` … `<!-- end -->`; between the markers stands what `section(NAME)` says now.
`python -m scripts.spec_tables` writes them anew, and the editions' tables as files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from domain import acts, fields, rulesets
from domain.acts import KINDS, Kind, Names
from domain.authority import AUTHORITY, BARRED, GIVERS, ORGANISATIONS, Need
from domain.errors import REFUSALS
from domain.fields import Field
from domain.holidays import CALENDARS
from domain.lifecycle import Act, Guard, Transition
from domain.rulesets import EDITIONS, LATEST, LAWS, digest
from domain.state import SUBJECTS
from projections.kinds import varied
from tlog.codec import pack

SPEC: Final = Path(__file__).parents[1] / "docs" / "spec"
COMMAND: Final = "python -m scripts.spec_tables"

_MARKED: Final = re.compile(r"(<!-- generated:([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

# Types that have a name of their own on the page; the first that equals a field names it.
_NAMED: Final[Sequence[tuple[Field, str]]] = (
    (fields.HASH, "bin32"), (fields.TAG, "bin16"), (fields.IDENT, "id"), (fields.CODE, "code"), (fields.DATE, "day"),
    (fields.MS, "ms"), (fields.FORM, "form"), (fields.DOCUMENT, "document"), (acts.PAPER_ROW, "paper row"),
    (acts.EDITION, "edition"), (acts.KEY_ROW, "key row"),
    (acts.FOUNDING_POST, "founding post"), (acts.FIGURE, "figure"), (acts.ITEM_RESULT, "item result"), (acts.NAME, "name"),
    (acts.HOLDER, "holder"), (acts.ROLL_ROW, "roll row"), (fields.Choice(acts.POSTS), "post"),
    (fields.Choice(rulesets.MATTERS), "matter"), (fields.Choice(rulesets.CHOICES), "choice"),
    (fields.Choice(rulesets.SILENCES), "silence"),
)  # fmt: skip
_RECORDS: Final = (
    *((name, own) for own, name in _NAMED if isinstance(own, fields.Record)),
    *((f"paper row {name}", own) for name, own in acts.PAPER_ROW.records().items()),
)
_IDS: Final = {"agenda": "item", "choices": "form", "holder": "key id", "question": "item", "row": "tag", "text": "form"}
"""What stands for <id> in `word/<id>`."""


# --- pages --------------------------------------------------------------------------------------------------------------------


def refreshed(page: str) -> str:
    """The page with every generated section as the code has it now; KeyError for a section that nobody generates."""
    return _MARKED.sub(lambda found: found[1] + section(found[2]) + found[3], page)


def section(name: str) -> str:
    """One generated section: Markdown lines, each ended."""
    return "".join(f"{line}\n" for line in SECTIONS[name]())


def edition_files() -> Mapping[str, bytes]:
    """The tables of every edition and calendar by file name; the SHA-256 of each is what the log names."""
    return {f"{name}.msgpack": pack(dict(table)) for name, table in EDITIONS.items()} | {
        f"calendar-{name}.msgpack": pack(dict(table)) for name, table in CALENDARS.items()
    }


def main(spec: Path = SPEC) -> None:
    """Rewrite a folder's pages and the editions' files in it."""
    for path in sorted(spec.glob("*.md")):
        path.write_text(refreshed(path.read_text(encoding="utf-8")), encoding="utf-8")
    for name, raw in edition_files().items():
        (spec / "editions" / name).write_bytes(raw)


# --- Markdown -----------------------------------------------------------------------------------------------------------------


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`"


def _codes(words: Iterable[str], joint: str = ", ") -> str:
    return joint.join(map(_code, words)) or "–"


# --- fields -------------------------------------------------------------------------------------------------------------------


def described(field: Field) -> str:
    """A field type in words."""
    return next((name for own, name in _NAMED if own == field), None) or _single(field) or _compound(field)


def _single(field: Field) -> str | None:
    match field:
        case fields.Text(pattern):
            return f"text {_code(pattern.pattern)}"
        case fields.Plain(most):
            return f"plain text of at most {most} characters"
        case fields.Words(most):
            return f"words, 1 to {most}"
        case fields.Choice(of):
            return _codes(of, " or ")
        case fields.Whole(least, most):
            return f"integer ≥ {least}" if most == fields.MAX_INT else f"integer {least} to {most}"
        case fields.Bytes(least, most):
            return f"binary of {least} to {most}"
        case fields.YesNo():
            return "boolean"
    return None


def _compound(field: Field) -> str:
    match field:
        case fields.Maybe(of):
            return f"{described(of)} or nil"
        case fields.ListOf(of, least, most, ascending):
            return f"array of {least} to {most}: {described(of)}" + (", ascending" if ascending else "")
        case fields.Tuple(of):
            return "array [" + ", ".join(map(described, of)) + "]"
        case fields.MapOf(key, of, least, most):
            return f"map of {least} to {most}: {described(key)} → {described(of)}"
        case fields.Variant(by, common, member, of):
            return (
                "map {"
                + ", ".join(f"{_code(name)}: {described(own)}" for name, own in common.items())
                + (f", {_code(by)}: {_codes(of, ' or ')}, {_code(member)}: the row record of that name" + "}")
            )
        case fields.Record(of):
            return "map {" + ", ".join(f"{_code(name)}: {described(own)}" for name, own in of.items()) + "}"
    raise TypeError(field)


def sample(field: Field, *, full: bool) -> Any:
    """A value of the field's shape: nil for what may be, lists of one element (`full`) or as short as they may be."""
    match field:
        case fields.Choice(of):
            return of[0]
        case fields.Bytes(least):
            return bytes(least)
        case fields.ListOf(of, least):
            return (sample(of, full=full),) * max(least, int(full))
        case fields.Tuple(of):
            return tuple(sample(own, full=full) for own in of)
        case fields.MapOf(_, of):
            return {"a": sample(of, full=full)}
        case fields.Record(of):
            return {name: sample(own, full=full) for name, own in of.items()}
        case fields.Variant():
            return sample(next(iter(field.records().values())), full=full)
        case fields.Whole(least):
            return least
    return False if isinstance(field, fields.YesNo) else None if isinstance(field, fields.Maybe) else "a"


class _Slot(str):
    """A name in place of a value: in a stream's name it shows where the value goes."""

    __slots__ = ()

    def hex(self) -> str:
        return self


def _stream(kind: Kind) -> str:
    body = {name: _Slot(f"<{name}>") for name in kind.body.of}
    about: Any = _Slot("<about>")  # it answers `hex()`, which is all that a stream's name asks of the leaf
    act = Act(b"", kind.name, "", "", None, about, b"", 0, 0, None, (), body)
    return kind.stream(act)


def _whether(kind: Kind) -> str:
    """When something depends on the body: the lists that may be empty and are not."""
    lists = [name for name, own in kind.body.of.items() if isinstance(own, fields.ListOf) and not own.least]
    return "if " + _codes(lists) + " is not empty"


# --- sections -----------------------------------------------------------------------------------------------------------------


def _kinds() -> Iterator[str]:
    head = ("kind", "中文", "engine", "sort", "stream", "`about`", "author", "confirmed by")
    yield from _table(head, (
        (_code(name), kind.zh, str(kind.engine), kind.sort, _code(_stream(kind)), "leaf" if kind.about else "nil",
         _authors(name), _needs(kind))
        for name, kind in KINDS.items()
    ))  # fmt: skip


def _authors(kind: str) -> str:
    return ", ".join(AUTHORITY[kind].authors) or "by guard"


def _needs(kind: Kind) -> str:
    """Who must confirm: always, for lists that are not empty, and where a field is true."""
    short, full = (sample(kind.body, full=full) for full in (False, True))
    needs = AUTHORITY[kind.name].needs
    always, most = needs(short), needs(full)
    words = "; ".join(map(_need, most)) + (" " + _whether(kind) if always != most else "")
    return "; ".join(filter(None, (words, *_if_true(kind, short), *_depending(kind, short)))) or "–"


def _depending(kind: Kind, body: Mapping[str, Any]) -> Iterator[str]:
    """Confirmations that a choice or a number of the body decides, where nobody confirms otherwise."""
    needs = AUTHORITY[kind.name].needs
    for name in () if needs(body) else dict.fromkeys(name for name, _ in varied(kind.body)):
        found = [needs({**body, name: value}) for other, value in varied(kind.body) if other == name and value is not True]
        if most := max(found, default=(), key=len):
            yield "; ".join(map(_need, most)) + f" depending on {_code(name)}"


def _if_true(kind: Kind, body: Mapping[str, Any]) -> Iterator[str]:
    needs = AUTHORITY[kind.name].needs
    for name, own in kind.body.of.items():
        found = needs({**body, name: True}) if isinstance(own, fields.YesNo) else needs(body)
        if not found and needs(body):
            yield f"nobody if {_code(name)}"
        elif found != needs(body):
            yield "; ".join(_need(need) for need in found if need not in needs(body)) + f" if {_code(name)}"


def _need(need: Need) -> str:
    by = "" if need.by == "confirmed/1" else f" by {_code(need.by)}"
    return "/".join(need.posts) + (" of another organisation" if need.other_org else "") + by


def _bodies() -> Iterator[str]:
    yield from _table(("kind", "field", "type"), (
        (_code(kind.name), _code(name), described(own)) for kind in KINDS.values() for name, own in kind.body.of.items()
    ))  # fmt: skip


def _records() -> Iterator[str]:
    yield from _table(("record", "field", "type"), (
        (record, _code(name), described(own)) for record, fields in _RECORDS for name, own in fields.of.items()
    ))  # fmt: skip


def _openings() -> Iterator[str]:
    yield from _table(("kind", "name", "value", "audience", "how many"), (
        (_code(kind.name), _code(name), value, audience, count)
        for kind in KINDS.values() for name, value, audience, count in _opened(kind)
    ))  # fmt: skip


def _opened(kind: Kind) -> Iterator[tuple[str, str, str, str]]:
    always, most = (_patterns(kind.opens(sample(kind.body, full=full))) for full in (False, True))
    for name, sealed in most.items():
        count = "one for each" if "/" in name else "one" if name in always else "one " + _whether(kind)
        yield name, described(sealed.of), sealed.audience, count if sealed.required else f"{count}, or a decoy"


def _patterns(names: Names) -> Names:
    split = ((name.partition("/"), sealed) for name, sealed in names.items())
    return {f"{word}/<{_IDS[word]}>" if slash else word: sealed for (word, slash, _), sealed in split}


def _lifecycles() -> Iterator[str]:
    head = ("subject", "kind", "stage before", "stage after", "guards, in this order", "rules (flags)", "effect", "recheck")
    yield from _table(head, (
        (subject.name, _code(step.kind), " or ".join(stage or "none" for stage in step.before), step.after,
         _functions(step.guards), _functions(step.rules), _effect(step), _codes(_own(step.recheck, "held")))
        for subject in SUBJECTS for step in subject.transitions
    ))  # fmt: skip


def _functions(guards: Iterable[Guard]) -> str:
    return _codes(guard.__name__.rstrip("_") for guard in guards)


def _effect(step: Transition) -> str:
    begins, undoes = _own(step.begin, "nothing"), _own(step.undo, "nothing")
    words = (_codes(_own(step.effect, "nothing")) if _own(step.effect, "nothing") or not begins else "",
             _codes(begins) + " (while pending)" if begins else "", _codes(undoes) + " (when declined)" if undoes else "",
             _codes(stands) + " (keeps it from being declined)" if (stands := _own(step.stands, "unhindered")) else "")  # fmt: skip
    return ", ".join(filter(None, words))


def _own(function: Callable[..., Any], default: str) -> tuple[str, ...]:
    return () if function.__name__ == default else (function.__name__.rstrip("_"),)


def _givers() -> Iterator[str]:
    yield from _table(("post", "given by"), ((post, ", ".join(GIVERS[post]) or "founding only") for post in acts.POSTS))


def _organisations() -> Iterator[str]:
    yield from _table(("class", "中文", "posts"), (
        (_code(name), zh, "none" if name in BARRED else "any") for name, zh in ORGANISATIONS.items()
    ))  # fmt: skip


def _refusals() -> Iterator[str]:
    yield from _table(("code", "rule", "status", "sentence", "remedy"), (
        (_code(code), row.rule, str(row.status), "<br>".join(row.sentence), "<br>".join(row.remedy))
        for code, row in REFUSALS.items()
    ))  # fmt: skip


def _editions() -> Iterator[str]:
    editions = ((f"{name}.msgpack", table, "`ruleset` " + _code(name)) for name, table in EDITIONS.items())
    calendars = ((f"calendar-{name}.msgpack", table, "calendar " + _code(name)) for name, table in CALENDARS.items())
    yield from _table(("what", "file", "bytes", "SHA-256"), (
        (what, _code(f"editions/{file}"), str(len(pack(dict(table)))), _code(digest(table).hex()))
        for file, table, what in (*editions, *calendars)
    ))  # fmt: skip


def _laws() -> Iterator[str]:
    columns = ("applies_from", "quorum", "base", "ordinary", "special", "source")
    yield from _table(("law", *columns), ((_code(name), *(_term(law[one]) for one in columns)) for name, law in LAWS.items()))
    yield ""
    yield from _table(("matter", *map(_code, LAWS)), (
        (_code(matter), *(law["class"][matter] for law in LAWS.values())) for matter in rulesets.MATTERS
    ))  # fmt: skip


def _term(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value['op']} {value['share'][0]}/{value['share'][1]}"
    return "none" if value is None else str(value)


def _periods() -> Iterator[str]:
    periods = sorted(EDITIONS[LATEST.ruleset]["periods"].items())
    yield from _table(("period", "days", "rule", "confidence", "source"), (
        (_code(name), str(row["value"]), row["rule"], row["confidence"], row["source"]) for name, row in periods
    ))  # fmt: skip


def _parameters() -> Iterator[str]:
    parameters = sorted(EDITIONS[LATEST.ruleset]["parameters"].items())
    yield from _table(("parameter", "value", "rule", "confidence", "source"), (
        (_code(name), _value(row["value"]), row["rule"], row["confidence"], row["source"]) for name, row in parameters
    ))  # fmt: skip


def _value(value: Any) -> str:
    match value:
        case {"op": op, "share": (part, whole)}:
            return f"{op} {part}/{whole}"
        case (int() as part, int() as whole):
            return f"{part}/{whole}"
        case tuple():
            return ", ".join(value)
    return str(value)


def _calendars() -> Iterator[str]:
    for name, table in CALENDARS.items():
        off = ", ".join(f"{first} to {last}" for first, last in table["off"])
        rows = (("off", off), ("work", ", ".join(table["work"])), ("source", table["source"]))
        yield from _table(("calendar " + _code(name), ""), rows)


SECTIONS: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "bodies": _bodies, "calendars": _calendars, "editions": _editions, "givers": _givers, "kinds": _kinds, "laws": _laws,
    "lifecycles": _lifecycles, "openings": _openings, "organisations": _organisations, "parameters": _parameters, "periods": _periods,
    "records": _records, "refusals": _refusals,
}  # fmt: skip

if __name__ == "__main__":
    main()
