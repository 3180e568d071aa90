"""Owners' rows for Python and the browser: `python -m tests.projections.own_vectors` writes tests/vectors/own-rows.json anew."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from domain.counted import COUNTED, counted_words
from ledger.clock import StoryClock
from ledger.home import open_ledger, read_home
from projections.entries import receipt_face
from projections.ledgers import Opened, View, policy_of, view
from projections.own import Own, own_rows
from scripts.stories.player import Play, moment
from tests.api.conftest import CODE, UNITS, play_story

FILE: Final = Path(__file__).parents[1] / "vectors" / "own-rows.json"
ABOUT: Final = (
    "One owner's rows of a certified result (docs/spec/mirror.md): the result's receipt and each row with its path, checked under "
    "`policy`. `accept`: files that hold, and what is said of each row. `refuse`: files of the right form, and the first step that "
    "fails. `malformed`: values of `rows` that are not read. `words`: every counted_as. Made by the small estate of tests/api from "
    "fixed seeds; the same bytes every time."
)


def _file(opened: Opened, play: Play, *heads: int) -> dict[str, Any]:
    found = own_rows(opened, "lifts", [play.tag(UNITS[head - 1].unit) for head in heads])
    assert isinstance(found, Own)
    return found.document()


def _told(opened: Opened, play: Play, *heads: int) -> list[dict[str, Any]]:
    found = own_rows(opened, "lifts", [play.tag(UNITS[head - 1].unit) for head in heads])
    assert isinstance(found, Own)
    words = [counted_words(row.counted_as, row.area) for row in found.told]
    return [{"item": row.item, "counted_as": row.counted_as, "area": row.area, "zh": zh, "en": en}
            for row, (zh, en) in zip(found.told, words, strict=True)]  # fmt: skip


def changed(file: Any, change: Callable[[Any], Any]) -> Any:
    twin = copy.deepcopy(file)
    change(twin)
    return twin


def _refused(seen: View, opened: Opened, play: Play) -> Iterator[tuple[str, str, Any]]:
    one, other = _file(opened, play, 1), _file(opened, play, 2)
    line = seen.journal.line(play.leaves["lifts-closing"])
    assert line is not None
    closing = json.loads(json.dumps(receipt_face(seen.door.receipt(line.index)), default=lambda face: {
        name: getattr(face, name) for name in ("entry", "index", "leaf", "proof", "status")}))  # fmt: skip
    yield (
        "another head's row under this path",
        "own-row",
        changed(one, lambda file: file["rows"][0].update(row=other["rows"][0]["row"])),
    )
    yield "this row at another number", "own-row", changed(one, lambda file: file["rows"][0].update(index=0))
    yield (
        "this row by another path",
        "own-row",
        changed(one, lambda file: file["rows"][0].update(path=other["rows"][0]["path"])),
    )
    yield "a path cut short", "own-row", changed(one, lambda file: file["rows"][0]["path"].pop())
    yield "a row that is no row", "own-row", changed(one, lambda file: file["rows"][0].update(row="wA=="))
    yield "an item left out", "own-whole", changed(one, lambda file: file["rows"].pop())
    yield (
        "an item of two heads left out of one",
        "own-whole",
        changed(_file(opened, play, 1, 2), lambda file: file["rows"].pop()),
    )
    yield "the receipt of another act", "own-result", {**one, "result": closing}
    yield "a receipt whose leaf is another", "leaf", changed(one, lambda file: file["result"].update(leaf="00" * 32))


MALFORMED: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "no array": lambda rows: {"rows": rows},
    "no rows": lambda _: [],
    "a row that is no object": lambda rows: [*rows, 1],
    "a row without its path": lambda rows: [{name: value for name, value in rows[0].items() if name != "path"}],
    "a row with more": lambda rows: [{**rows[0], "tag": ""}],
    "an index in words": lambda rows: [{**rows[0], "index": "0"}],
    "an index that is true": lambda rows: [{**rows[0], "index": True}],
    "an index below zero": lambda rows: [{**rows[0], "index": -1}],
    "a row in hex": lambda rows: [{**rows[0], "row": "0g"}],
    "a row in numbers": lambda rows: [{**rows[0], "row": 7}],
    "a path that is a text": lambda rows: [{**rows[0], "path": "AAAA"}],
    "a path of numbers": lambda rows: [{**rows[0], "path": [1]}],
    "a hash cut short": lambda rows: [{**rows[0], "path": [rows[0]["path"][0][:-4]]}],
    "a row twice": lambda rows: [rows[0], rows[0]],
    "rows descending": lambda rows: rows[::-1],
}


def vectors(seen: View, opened: Opened, play: Play) -> dict[str, Any]:
    """The whole file."""
    rows = _file(opened, play, 1)["rows"]
    return {
        "about": ABOUT,
        "policy": policy_of(opened),
        "accept": [
            {"case": "a ballot that replaced another", "file": _file(opened, play, 1), "rows": _told(opened, play, 1)},
            {"case": "nobody voted", "file": _file(opened, play, 12), "rows": _told(opened, play, 12)},
            {"case": "two heads of one owner", "file": _file(opened, play, 2, 9), "rows": _told(opened, play, 2, 9)},
        ],
        "refuse": [{"case": case, "failed": failed, "file": file} for case, failed, file in _refused(seen, opened, play)],
        "malformed": [{"case": case, "rows": make(rows)} for case, make in MALFORMED.items()],
        "words": [{"counted_as": name, "area": area, "zh": zh, "en": en} for name in COUNTED for area in (8937, 5, 120_000)
                  for zh, en in [counted_words(name, area)]],
    }  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        play, home = play_story(data), read_home(data / CODE)
        opened = Opened(home, open_ledger(home, "x", StoryClock(moment("2026-10-21 10:00"))))
        FILE.write_text(json.dumps(vectors(view(opened), opened, play), ensure_ascii=False, indent=1) + "\n", "utf-8")
        opened.past.close()
        opened.door.close()


if __name__ == "__main__":
    main()
