"""What a page of paper shows of its forms."""

from __future__ import annotations

from domain.state import act_of
from projections.forms import PAPER_KINDS, rows_of
from scripts.stories import first_assembly
from tests.scenarios.stories import played


def test_only_a_page_of_a_vote_has_forms_that_can_be_looked_up() -> None:
    """Signatures, agents and objections on paper are rows of a page, and no forms of any vote."""
    acts = [act_of(entry).act for entry in played(first_assembly)[0].entries]
    pages = [act for act in acts if act.kind in PAPER_KINDS]
    assert [act.body["poll"] for act in pages if rows_of(act)] == [first_assembly.POLL] * 2
    assert [rows_of(act) for act in pages if act.body["poll"] is None] == [()] * 6
