"""The specification says what the code does: generated tables, editions' files, names, links and worked examples."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest

import tests.moves  # noqa: F401  # the stages
from domain import fields
from domain.acts import KINDS
from domain.errors import REFUSALS
from domain.holidays import CALENDARS
from domain.lifecycle import Transition, held, nothing, unhindered
from domain.rulesets import EDITIONS, LATEST
from domain.state import SUBJECTS
from keys.suites import SUITES
from scripts.spec_tables import COMMAND, SECTIONS, SPEC, described, edition_files, main, refreshed, section
from tests.acts import STAGES, given
from tlog.codec import unpack

DOCS = SPEC.parent
PAGES = sorted(SPEC.glob("*.md"))
VECTORS = DOCS.parent / "tests" / "vectors"


def by_name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", PAGES, ids=by_name)
def test_a_page_says_what_the_code_does(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert page == refreshed(page), f"docs/spec/{path.name} is behind the code; refresh it: {COMMAND}"


def test_every_generated_section_stands_on_one_page() -> None:
    marked = [name for path in PAGES for name in re.findall(r"<!-- generated:(\S+) -->", path.read_text(encoding="utf-8"))]
    assert sorted(marked) == sorted(SECTIONS)


def test_a_page_that_drifted_is_mended_and_then_stays() -> None:
    page = "before\n<!-- generated:editions -->\nold\n<!-- end -->\nafter\n"
    mended = refreshed(page)
    assert mended == f"before\n<!-- generated:editions -->\n{section('editions')}<!-- end -->\nafter\n"
    assert refreshed(mended) == mended


def test_a_section_that_nobody_generates_is_an_error() -> None:
    with pytest.raises(KeyError):
        refreshed("<!-- generated:weather -->\n<!-- end -->\n")


def test_the_command_mends_pages_and_editions_in_place(tmp_path: Path) -> None:
    (tmp_path / "editions").mkdir()
    (tmp_path / "page.md").write_text("<!-- generated:periods -->\n<!-- end -->\n", encoding="utf-8")
    main(tmp_path)
    assert section("periods") in (tmp_path / "page.md").read_text(encoding="utf-8")
    assert {path.name: path.read_bytes() for path in (tmp_path / "editions").iterdir()} == edition_files()


def test_a_field_type_without_words_is_an_error() -> None:
    with pytest.raises(TypeError):
        described(cast("fields.Field", object()))


@pytest.mark.parametrize(("field", "words"), [
    (fields.Whole(0, fields.MAX_INT), "integer ≥ 0"),
    (fields.Whole(1, 999), "integer 1 to 999"),
    (fields.Bytes(32, 32), "bin32"),
    (fields.Text(fields.MEDIA, "a media type"), f"text `{fields.MEDIA.pattern}`"),
    (fields.Maybe(fields.YesNo()), "boolean or nil"),
    (fields.ListOf(fields.TAG, 1, 400, ascending=True), "array of 1 to 400: bin16, ascending"),
    (fields.MapOf(fields.IDENT, fields.COUNT, 1, 20), "map of 1 to 20: id → integer ≥ 0"),
    (fields.Tuple((fields.TAG, fields.HASH)), "array [bin16, bin32]"),
    (fields.Record({"from": fields.DATE}), "map {`from`: day}"),
    (fields.Choice(("open", "sealed")), "`open` or `sealed`"),
    (fields.Words(200), "words, 1 to 200"),
])  # fmt: skip
def test_a_field_type_is_described_in_words(field: fields.Field, words: str) -> None:
    assert described(field) == words


# --- editions -------------------------------------------------------------------------------------------------------


def test_the_editions_folder_holds_every_published_table_and_nothing_else() -> None:
    stored = {path.name: path.read_bytes() for path in (SPEC / "editions").iterdir()}
    assert stored == edition_files(), f"docs/spec/editions is behind the code; refresh it: {COMMAND}"


def test_an_editions_file_hashes_to_what_the_log_names() -> None:
    named = LATEST.named()
    ruleset, calendar = (SPEC / "editions" / f"{name}.msgpack" for name in (LATEST.ruleset, f"calendar-{LATEST.calendar}"))
    assert sha256(ruleset.read_bytes()).digest() == named["ruleset_sha256"]
    assert sha256(calendar.read_bytes()).digest() == named["calendar"]
    assert named["ruleset_sha256"].hex() in (SPEC / "editions.md").read_text(encoding="utf-8")


def test_an_editions_file_is_the_table_that_the_code_applies() -> None:
    for name, table in EDITIONS.items():
        assert unpack((SPEC / "editions" / f"{name}.msgpack").read_bytes()) == table
    for name, table in CALENDARS.items():
        assert unpack((SPEC / "editions" / f"calendar-{name}.msgpack").read_bytes()) == table


# --- prose ----------------------------------------------------------------------------------------------------------


def test_every_key_of_the_state_is_on_its_page() -> None:
    page = (SPEC / "state.md").read_text(encoding="utf-8")
    subjects = {subject for stage in STAGES for subject, _ in given(stage).state}
    assert {subject for subject in subjects if f'("{subject}"' not in page} == set()


def prose(path: Path) -> str:
    """The page without its generated sections."""
    return re.sub(r"<!-- generated:.*?<!-- end -->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


SUBJECT_PAGES = ("kinds.md", "rights.md", "votes.md", "elections.md", "committee.md", "joining.md", "enrolment.md")
"""kinds.md, and the pages of the subjects whose kinds it leaves to them."""


def judged() -> str:
    """The prose of every page that says how a kind is judged."""
    return "".join(prose(SPEC / page) for page in SUBJECT_PAGES)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_paragraph_with_its_chinese_name(kind: str) -> None:
    assert f"{kind} · {KINDS[kind].zh}" in judged()


@pytest.mark.parametrize("step", [step for subject in SUBJECTS for step in subject.transitions], ids=lambda step: step.kind)
def test_every_guard_rule_and_effect_is_explained(step: Transition) -> None:
    page = judged()
    functions = (*step.guards, *step.rules, step.effect, step.begin, step.undo, step.stands, step.recheck)
    names = {function.__name__.rstrip("_") for function in functions} - {nothing.__name__, held.__name__, unhindered.__name__}
    assert {name for name in names if f"`{name}`" not in page} == set()


@pytest.mark.parametrize(
    "rule",
    sorted(
        {row.rule for row in REFUSALS.values()}
        | {row["rule"] for part in ("periods", "parameters") for row in EDITIONS[LATEST.ruleset][part].values()}
    ),
)
def test_every_rule_id_is_in_the_glossary(rule: str) -> None:
    assert f"\n| {rule} | " in (DOCS / "glossary.md").read_text(encoding="utf-8")


def test_every_suite_is_specified() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| \d+ bytes", (SPEC / "suites.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(SUITES)


@pytest.mark.parametrize("path", [*PAGES, DOCS / "glossary.md", *sorted((DOCS / "decisions").glob("*.md"))], ids=by_name)
def test_every_link_leads_to_a_page(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).is_file()] == []


@pytest.mark.parametrize("page", ["bytes.md", "tree.md", "counting.md"])
def test_every_hash_of_a_worked_example_is_one_of_the_vectors(page: str) -> None:
    vectors = "".join(path.read_text(encoding="utf-8") for path in sorted(VECTORS.glob("*.json")))
    hashes = re.findall(r"`([0-9a-f]{64})`", prose(SPEC / page))
    assert hashes
    assert [digest for digest in hashes if digest not in vectors] == []
