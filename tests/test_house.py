"""The house itself: its names, its table of verbs, what it says of itself."""

from __future__ import annotations

import importlib.metadata as metadata
import re
from importlib import import_module
from pathlib import Path

import pytest

from scripts.cli import EXITS, VERBS

ROOT = Path(__file__).resolve().parent.parent
OURS = ("domain", "tlog", "keys", "ledger", "projections", "api", "web", "scripts")
CODE = sorted(path for folder in OURS for path in (ROOT / folder).rglob("*.py"))


def test_no_other_distribution_claims_our_names() -> None:
    owners = metadata.packages_distributions()
    for name in OURS:
        assert set(owners.get(name, ["liuchi"])) <= {"liuchi"}, (name, owners[name])


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_leads_to_a_command(verb: str) -> None:
    module, _, name = VERBS[verb][0].partition(":")
    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize("failure", sorted(EXITS))
def test_each_failure_with_an_exit_code_exists(failure: str) -> None:
    module, _, name = failure.partition(":")
    assert issubclass(getattr(import_module(module), name), Exception)


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not text or text.startswith('"""'), path


def test_the_readme_names_only_files_that_exist() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / link).exists(), link
