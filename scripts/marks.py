"""What a clerk types from numbered forms: UTF-8, a header, one form a line; kind about its dress, strict about its words.

    票号,use,levy             form and 票号 are the same; then one column for each item of the notice, in its order
    412,同意,反对             in Chinese or by id (agree, against, abstain); nothing where the item was left blank
    413-2,agree,有涂改        or why the item is set aside, by the word that the pages use or by its id (altered)

Width, case, surrounding blanks and blank lines do not matter. A word that is not in the list is never guessed at.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

import web
from domain.acts import INVALID_REASONS
from domain.fields import NUMBER
from domain.rulesets import CHOICES
from scripts.tables import Unreadable, split

FORM: Final = ("票号", "form")  # the first column, as it is read out and as it is named by id
Marks = dict[str, str]  # item -> choice, or the reason why it is set aside
Line = tuple[int, list[str]]  # number and cells


class Mistyped(Unreadable):
    """The file does not say what it must: a line for each language with file, line, column, what was found and what is expected."""

    def __init__(self, file: str, line: int, column: str, found: str, expected: tuple[str, str]) -> None:
        super().__init__(file, line, column, expected[1])
        self.found, self.zh = found, expected[0]

    def __str__(self) -> str:
        zh = f"{self.file}，第{self.line}行，“{self.column}”一栏：{f'写的是“{self.found}”' if self.found else '没有内容'}；应为{self.zh}"
        found = f"found “{self.found}”" if self.found else "found nothing"
        en = f"{self.file}, line {self.line}, column {self.column}: {found}, expected {self.expected}"
        return "\n".join("".join(c if c.isprintable() else ascii(c)[1:-1] for c in words) for words in (zh, en))


@cache
def marks() -> Mapping[str, str]:
    """What may stand in a cell, in Chinese first, and the id that it means."""
    zh = json.loads(web.WORDS.read_text("utf-8"))["zh"]
    ids = (*CHOICES, *INVALID_REASONS)
    return {zh[f"value.{one}"]: one for one in ids} | {one: one for one in ids}


def read_forms(path: Path, items: Sequence[str], heads: int) -> dict[str, Marks]:
    """Marks by form and item, in the order of the file. Raises Mistyped; a form was issued, stands once and bears at least one mark."""
    typed = _Typed(str(path), tuple(items), heads)
    forms: dict[str, Marks] = {}
    lines: dict[str, int] = {}
    for line, (number, *cells) in typed.lines():
        form = typed.number(line, number)
        if form in lines:
            typed.refuse(
                line, 0, number, f"每张票只写一行；第{lines[form]}行已有", f"each form once; it stands in line {lines[form]}"
            )
        found = {
            item: typed.mark(line, place, cell)
            for place, (item, cell) in enumerate(zip(items, cells, strict=True), 1)
            if _bare(cell)
        }
        if not found:
            typed.refuse(
                line, 1, "", "至少一个勾选；整张未勾选的写“未勾选”", "at least one mark; of a form returned empty, unmarked"
            )
        forms[form], lines[form] = found, line
    return forms


@dataclass(frozen=True, slots=True)
class _Typed:
    file: str
    items: tuple[str, ...]
    heads: int

    def refuse(self, line: int, place: int, found: str, zh: str, en: str) -> NoReturn:
        """Places beyond the last column are blamed on the last."""
        names = ("form", *self.items)
        raise Mistyped(self.file, line, names[min(place, len(names) - 1)], found, (zh, en))

    def lines(self) -> Iterator[Line]:
        """The lines below the header that are not blank."""
        filled = ((line, cells) for line, cells in self._cells() if any(map(_bare, cells)))
        self._check_header(*next(filled, (1, [])))
        wanted = 1 + len(self.items)
        for line, cells in filled:
            if len(cells) != wanted:
                self.refuse(
                    line,
                    len(cells),
                    ",".join(cells),
                    f"{wanted} 栏，不是 {len(cells)} 栏",
                    f"{wanted} and not {len(cells)} cells",
                )
            yield line, cells

    def number(self, line: int, cell: str) -> str:
        """The number of a form that was issued."""
        form = _bare(cell)
        if not NUMBER.fullmatch(form) or int(form.partition("-")[0]) > self.heads:
            self.refuse(line, 0, cell, f"已发出的票号，1 至 {self.heads}，如 412；补发的票如 412-2",
                        f"the number of a form that was issued, 1 to {self.heads}, such as 412, or 412-2 for one in its place")  # fmt: skip
        return form

    def mark(self, line: int, place: int, cell: str) -> str:
        """The id of what was marked, or of why it is set aside."""
        known = marks()
        if (found := known.get(_bare(cell))) is None:
            zh, en = [word for word, one in known.items() if word != one], [*dict.fromkeys(known.values())]
            most = len(CHOICES)
            self.refuse(line, place, cell, f"{'、'.join(zh[:most])}；未勾选的留空；不计入的写原因：{'、'.join(zh[most:])}",
                        f"{', '.join(en[:most])}; nothing; or why it is set aside: {', '.join(en[most:])}")  # fmt: skip
        return found

    def _check_header(self, line: int, cells: list[str]) -> None:
        names, found = [FORM[1], *self.items], [_bare(cell) for cell in cells]
        if found[:1] == [FORM[0]]:
            found[0] = FORM[1]
        if found != [_bare(name) for name in names]:
            same = [one == _bare(other) for one, other in zip(found, names, strict=False)]
            header = ",".join(names)
            self.refuse(line, same.index(False) if False in same else len(same), ",".join(cells),
                        f"表头 {FORM[0]},{','.join(self.items)}", f"the header {header}")  # fmt: skip

    def _cells(self) -> Iterator[Line]:
        for line, text in enumerate(self._text().replace("\r\n", "\n").split("\n"), 1):
            cells, whole = split(text)
            if not whole:
                self.refuse(line, len(cells) - 1, text, "成对的引号", 'quotes around a whole cell, and "" for one inside it')
            yield line, cells

    def _text(self) -> str:
        try:
            return Path(self.file).read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as why:
            line = why.object[: why.start].count(b"\n") + 1
            self.refuse(line, 0, f"0x{why.object[why.start]:02x}", "UTF-8 文字；请另存为“CSV UTF-8”",
                        'UTF-8; save it as "CSV UTF-8"')  # fmt: skip
        except OSError as why:
            self.refuse(1, 0, "", f"能读取的文件（{why.strerror}）", f"a file that can be read ({why.strerror})")


def _bare(cell: str) -> str:
    """A cell without its dress: width, case and surrounding blanks."""
    return unicodedata.normalize("NFKC", cell).strip().casefold()
