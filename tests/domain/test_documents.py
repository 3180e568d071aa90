"""Documents that acts name: found wherever they stand, and looked for where they can."""

from __future__ import annotations

import pytest

from domain.documents import Document, documents_in, may_hold, sealed_documents
from domain.fields import DOCUMENT, HASH, IDENT, Field, ListOf, MapOf, Maybe, Record, Tuple
from domain.state import act_of
from tests.acts import erase, given


def test_documents_are_found_at_any_depth() -> None:
    one, two = (bytes(32), 1, "image/png"), (bytes([1]) * 32, 2, "text/plain")
    value = {"a": one, "rows": ({"b": (two, 7)}, (bytes(32), 0, "image/png"), "x")}
    assert [*documents_in(value)] == [Document(*one), Document(*two)]


@pytest.mark.parametrize(("field", "holds"), [
    (DOCUMENT, True), (Maybe(DOCUMENT), True), (ListOf(DOCUMENT), True), (MapOf(IDENT, Maybe(DOCUMENT)), True),
    (Record({"a": IDENT, "b": DOCUMENT}), True), (Tuple((IDENT, DOCUMENT)), True), (IDENT, False), (Record({"a": HASH}), False),
    (Tuple((HASH, IDENT)), False), (ListOf(IDENT), False),
])  # fmt: skip
def test_a_field_may_hold_a_document_or_not(field: Field, holds: bool) -> None:
    assert may_hold(field) is holds


def test_an_act_says_which_of_its_openings_may_hold_one() -> None:
    world = given("paged").when(erase(of="roll-r1-1")).admitted()
    found = {act.kind: sealed_documents(act) for act in (act_of(entry).act for entry in world.door.entries)}
    assert {kind: names for kind, names in found.items() if names} == {"openings-erased/1": ("request",)}
