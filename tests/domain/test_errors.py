"""Every refusal is honest: it explains itself in two languages, rests on a rule, is used, and is provoked by a test."""

from __future__ import annotations

import ast
import importlib
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from domain.authority import AUTHORITY
from domain.errors import REFUSALS, Refused
from domain.spoken import POSTS, STAGES, THINGS
from domain.state import SUBJECTS
from tests.acts import Case, explained

ROOT = Path(__file__).parents[2]
RAISING = ("domain", "ledger", "api")
RULE = re.compile(r"R-(VOTE|ROLL|BAL|MEET|TIME|DIS|PRIV|SRC|SIG|EVID|PREP|COM|SZ|PARTY)-[1-9][0-9]?|R-(ACT|FORM)-[A-Z]+")
TABLES = [importlib.import_module(f"tests.domain.{path.stem}") for path in sorted(Path(__file__).parent.glob("test_*.py"))
          if path.stem != "test_errors"]  # fmt: skip

# Provoked through the door by tests of test_sealed.py and test_people.py that no row of a table can be.
IN_TIME = {"choices-differ", "unopened-decide", "person-has-key", "holder-differs"}

# Only a store, its clock or its vault can raise these (tests/ledger).
OF_THE_STORE = {"store-unavailable", "store-behind", "erasure-misnamed"}
# No act can meet it at the door: that would need a log with entries and without founding.
OUT_OF_REACH = {"founding-not-first"}

# An audit finds them: a door signs with its own key, and what its rules cannot judge it does not record (tests/scripts).
OF_THE_AUDIT = {"log-key-differs", "rules-failed"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_explains_itself_in_two_languages(code: str) -> None:
    row = REFUSALS[code]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert all(text.endswith("。") and re.search(r"[一-鿿]", text) for text in (row.sentence[0], row.remedy[0]))
    assert all(text.endswith(".") and re.match(r"[A-Z“]", text) for text in (row.sentence[1], row.remedy[1]))
    assert fields(row.sentence[0]) == fields(row.sentence[1])
    assert not fields("".join(row.remedy))


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_rests_on_a_rule_and_has_its_status(code: str) -> None:
    row = REFUSALS[code]
    assert RULE.fullmatch(row.rule), row.rule
    assert row.status in {400, 403, 404, 409, 413, 422, 503}


def test_a_refusal_is_read_in_the_language_asked_for() -> None:
    why = Refused("page-miscounted", rows=3, heads=4)
    assert why.sentence("zh") == "本页3行，却写明4人。"
    assert why.sentence() == "The page has 3 rows but states 4 heads."
    assert (why.remedy("zh"), why.remedy()) == ("请联系经办人核对。", "Ask the clerk to check it.")
    assert str(why) == "page-miscounted (R-ROLL-3): The page has 3 rows but states 4 heads."
    explained(why)


def test_a_chinese_sentence_has_a_word_for_every_thing_stage_and_post() -> None:
    assert {one.name for one in SUBJECTS} <= set(THINGS)
    steps = [step for one in SUBJECTS for step in one.transitions]
    assert {stage for step in steps for stage in (*step.before, step.after) if stage} <= set(STAGES)
    assert {post for row in AUTHORITY.values() for post in row.authors} <= set(POSTS)
    why = Refused("wrong-stage", subject="poll", stage="withdrawn", needed="open/closed")
    assert why.sentence("zh") == "该事项（表决）目前处于“已撤回”，须处于“进行中或已截止”。"
    assert why.sentence() == "This poll is “withdrawn”; it must be “open/closed”."


def test_a_chinese_sentence_writes_a_day_as_people_do() -> None:
    why = Refused("seal-after-term", day="2027-07-05")
    assert why.sentence("zh") == "2027年7月5日用印时没有在任的业主委员会。"
    assert why.sentence() == "On 2027-07-05 no committee was in office to use the seal."


def raised() -> Iterator[str]:
    """The codes that stand in a call of Refused or Breach."""
    for folder in RAISING:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in {"Refused", "Breach"}
                    and node.args
                ):
                    yield from (str(part.value) for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant))


def test_every_code_that_is_raised_has_its_row_and_no_row_is_idle() -> None:
    assert set(raised()) | OF_THE_AUDIT == set(REFUSALS)


def provoked() -> set[str]:
    """The codes that some row of a table provokes through the door; each row is a test of its own."""
    cases = [row.values[0] for table in TABLES for row in getattr(table, "REFUSED", ())]
    assert all(isinstance(case, Case) for case in cases)
    rows = [row for table in TABLES for name in ("FLAGGED", "ANNOUNCED") for row in getattr(table, name, ())]
    flagged = {code for row in rows for code in cast("tuple[str, ...]", row.values[-1])}
    return {case.code for case in cases} | flagged


def test_every_code_is_provoked_through_the_door() -> None:
    assert set(REFUSALS) - provoked() - OF_THE_STORE - OUT_OF_REACH - OF_THE_AUDIT - IN_TIME == set()
    assert not provoked() & (OF_THE_STORE | OUT_OF_REACH)
