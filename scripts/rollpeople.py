"""Who is who on an imported roll: one certificate is one person; whatever a name alone would decide is asked (R-ROLL-5).

Questions stand in a file with an empty column `answer`; the next import reads what was filled in: same | different.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.certificates import digest
from scripts.normalise import WORD, normalised
from scripts.rollrows import Line
from scripts.sheets import Odd, letters, read_sheet
from scripts.shell import Unfit
from scripts.tables import Unreadable

SAME, DIFFERENT = "same", "different"
ANSWERS: Final = {"": "", SAME: SAME, DIFFERENT: DIFFERENT, "同一人": SAME, "不同人": DIFFERENT}
COLUMNS: Final = ("question", "reason", "rows", "units", "names", "answer")
NAMES_DIFFER: Final = "one certificate, several names 证件号码相同、姓名不同"
CERTIFIED: Final = "same name, one without certificate 同名，其中一处没有证件号码"
UNCERTIFIED: Final = "same name, none with certificate 同名，都没有证件号码"

Key = tuple[str, ...]  # what a person's id is made of
Place = tuple[Line, int]  # an owner in a row


@dataclass(frozen=True, slots=True)
class Question:
    """Whether the owners of these rows are one person."""

    id: str
    reason: str
    lines: tuple[Line, ...]
    names: tuple[str, ...]
    answer: str

    def cells(self, *, several: bool) -> tuple[str, ...]:
        """The question as a row of its file; a row's number goes with its file's name where there are several."""
        rows = ";".join(f"{Path(line.file).name}:{line.row}" if several else str(line.row) for line in self.lines)
        return self.id, self.reason, rows, ";".join(line.unit for line in self.lines), ";".join(self.names), self.answer


@dataclass(slots=True)
class People:
    """The owners of all lines, resolved as far as answers go."""

    pepper: bytes
    answers: Mapping[str, str]
    file: Path
    questions: list[Question] = field(default_factory=list)
    keys: dict[tuple[str, int, int], Key] = field(default_factory=dict)  # file, row, place among its owners
    names: dict[str, str] = field(default_factory=dict)  # owner's id → name

    def owners(self, line: Line) -> frozenset[str]:
        """The ids of a line's owners; those that had one keep it."""
        found = set(line.ids)
        for place, (name, _) in enumerate(line.owners):
            owner = digest(self.pepper, *self.keys[line.file, line.row, place])
            self.names.setdefault(owner, name)
            found.add(owner)
        return frozenset(found)

    def resolve(self, lines: Sequence[Line]) -> None:
        """Give each owner a key. Raises Unfit where answers contradict each other."""
        places = [(line, place) for line in lines for place in range(len(line.owners))]
        held = _grouped(places, lambda one: _held(one) or ())
        for key, same in held.items():
            if key:
                self._one_certificate(key, same)
        certified = _grouped([one for one in places if _held(one)], lambda one: (_name(one),))
        for (name,), without in _grouped(held.get((), []), lambda one: (_name(one),)).items():
            self._name_alone(name, without, certified.get((name,), []))

    def _put(self, one: Place, key: Key) -> None:
        line, place = one
        self.keys[line.file, line.row, place] = key

    def _ask(self, reason: str, key: Key, places: Sequence[Place]) -> str:
        name = "q-" + digest(self.pepper, "question", reason, *key)[2:14]
        lines = tuple(dict.fromkeys(line for line, _ in places))
        self.questions.append(
            Question(name, reason, lines, tuple(dict.fromkeys(map(_name, places))), self.answers.get(name, ""))
        )
        return self.questions[-1].answer

    def _one_certificate(self, key: Key, places: Sequence[Place]) -> None:
        """One certificate: one person, unless several names stand beside it and they are said to be different."""
        names = sorted({_name(one) for one in places})
        answer = self._ask(NAMES_DIFFER, (*key, *names), places) if len(names) > 1 else SAME
        for one in places:
            self._put(one, (*key, _name(one)) if answer == DIFFERENT else key)

    def _name_alone(self, name: str, places: Sequence[Place], certified: Sequence[Place]) -> None:
        """No certificate: each unit's owner is a person apart until the answers say more."""
        left, waiting = [], False
        persons = _grouped(certified, lambda one: self.keys[one[0].file, one[0].row, one[1]])
        for (unit,), here in _grouped(places, lambda one: (one[0].unit,)).items():
            answers = {key: self._ask(CERTIFIED, (*key, name, unit), [*here, *same]) for key, same in persons.items()}
            known = [key for key, answer in answers.items() if answer == SAME]
            if len(known) > 1:
                raise Unfit(
                    self.file, f"answers for unit {unit}", "at most one of them same, for these are different certificates"
                )
            waiting = waiting or "" in answers.values()
            for one in here:
                self._put(one, known[0] if known else ("none", name, unit))
            left += [] if known else here
        units = sorted({line.unit for line, _ in left})
        if len(units) > 1 and not waiting and self._ask(UNCERTIFIED, (name, *units), left) == SAME:
            for one in left:
                self._put(one, ("none", name))


def _grouped(places: Sequence[Place], key: Callable[[Place], Key]) -> dict[Key, list[Place]]:
    groups: dict[Key, list[Place]] = {}
    for one in places:
        groups.setdefault(key(one), []).append(one)
    return groups


def _name(one: Place) -> str:
    return one[0].owners[one[1]][0]


def _held(one: Place) -> Key | None:
    held = one[0].owners[one[1]][1]
    return (held.kind, held.number) if held else None


# --- answers --------------------------------------------------------------------------------------------------------------------


def read_answers(path: Path) -> dict[str, str]:
    """What was answered in a file of questions; nothing where there is none yet. Raises Unreadable."""
    if not path.exists():
        return {}
    sheet = read_sheet(path)
    found: dict[str, str] = {}
    for number, cells in sheet.rows:
        if number == 1 and cells != COLUMNS:
            raise Unreadable(sheet.file, 1, "A", "the header " + ",".join(COLUMNS))
        if number > 1 and cells:
            found[str(cells[0])] = _answer(sheet.file, number, cells[5] if len(cells) > 5 else "")
    return found


def _answer(file: str, row: int, cell: str | Odd) -> str:
    text = cell.expected if isinstance(cell, Odd) else normalised(cell, WORD)[0].lower()
    if text not in ANSWERS:
        raise Unreadable(file, row, f"{letters(5)} answer", "same (同一人), different (不同人), or nothing yet")
    return ANSWERS[text]


def unanswered(questions: Sequence[Question]) -> Iterator[Question]:
    """The questions that still wait."""
    return (one for one in questions if not one.answer)
