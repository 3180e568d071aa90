"""The field types: what each accepts and refuses, its JSON Schema, and how JSON spells it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.fields import (
    AREA,
    CODE,
    COUNT,
    DATE,
    DOCUMENT,
    HASH,
    IDENT,
    MS,
    TAG,
    Bytes,
    Choice,
    Field,
    ListOf,
    MapOf,
    Maybe,
    Misfit,
    Plain,
    Record,
    Tuple,
    Variant,
    Whole,
    Words,
    YesNo,
    to_json,
)  # fmt: skip

FLAG = Record({"code": IDENT, "index": COUNT})
ASCENDING = ListOf(Whole(), 1, 3, ascending=True)
SHORT = Words(5)
NAME = Plain(6)
PLAIN = "1 to 6 plain characters, without hidden ones and with single spaces inside"

EITHER = Variant("kind", {"a": COUNT}, "of", {"x": Record(), "y": Record({"b": COUNT})})
ACCEPTED: list[tuple[str, Field, Any]] = [
    ("one character", IDENT, "a"),
    ("64 characters", IDENT, "9" + "-" * 63),
    ("512 characters", CODE, "~" * 512),
    ("a vkey", CODE, "demo.example.org/log/440307-001/1+ab12cd34+AQI="),
    ("least length", SHORT, "否"),
    ("greatest length", SHORT, "同意换电梯"),
    ("a newline", SHORT, "a\nb"),
    ("a unit's name", NAME, "3栋 101"),
    ("a plain name of the greatest length", NAME, "栋" * 6),
    ("first year", DATE, "1900-01-01"),
    ("leap day", DATE, "2024-02-29"),
    ("last day", DATE, "2199-12-31"),
    ("a word", Choice(("open", "sealed")), "sealed"),
    ("least", Whole(1, 3), 1),
    ("most", Whole(1, 3), 3),
    ("largest integer", AREA, 2**53 - 1),
    ("the year 2100", MS, 4_102_444_800_000),
    ("true", YesNo(), True),
    ("false", YesNo(), False),
    ("32 bytes", HASH, bytes(32)),
    ("16 bytes", TAG, b"\xff" * 16),
    ("least bytes", Bytes(0, 2), b""),
    ("nil", Maybe(IDENT), None),
    ("a value", Maybe(IDENT), "a"),
    ("as few as may be", ASCENDING, (1,)),
    ("as many as may be", ASCENDING, (1, 2, 3)),
    ("in any order", ListOf(Whole()), (2, 1, 1)),
    ("an empty list", ListOf(Whole()), ()),
    ("a document", DOCUMENT, (bytes(32), 1, "image/jpeg")),
    ("exactly its keys", FLAG, {"code": "a", "index": 0}),
    ("no keys", Record(), {}),
    ("a map", MapOf(IDENT, COUNT, 1, 2), {"a": 1, "b": 2}),
    ("bytes in a map", MapOf(IDENT, TAG), {"a": bytes(16)}),
    ("one of two records", EITHER, {"a": 1, "kind": "x", "of": {}}),
    ("the other", EITHER, {"a": 1, "kind": "y", "of": {"b": 2}}),
]

MISFITS: list[tuple[str, Field, Any, str, str]] = [  # why, field, value, path, expected
    ("empty", IDENT, "", "x", "an id: a-z, 0-9 and -, at most 64 characters"),
    ("65 characters", IDENT, "a" * 65, "x", "an id: a-z, 0-9 and -, at most 64 characters"),
    ("leading hyphen", IDENT, "-a", "x", "an id: a-z, 0-9 and -, at most 64 characters"),
    ("upper case", IDENT, "A", "x", "an id: a-z, 0-9 and -, at most 64 characters"),
    ("a newline after it", IDENT, "a\n", "x", "an id: a-z, 0-9 and -, at most 64 characters"),
    ("digits of another script", IDENT, "٣", "x", "an id: a-z, 0-9 and -, at most 64 characters"),
    ("a number for an id", IDENT, 1, "x", "an id: a-z, 0-9 and -, at most 64 characters"),
    ("a space", CODE, "a b", "x", "printable ASCII without spaces"),
    ("513 characters", CODE, "a" * 513, "x", "printable ASCII without spaces"),
    ("not ASCII", CODE, "台", "x", "printable ASCII without spaces"),
    ("no text", SHORT, "", "x", "1 to 5 characters of text"),
    ("too long", SHORT, "同意换电梯吗", "x", "1 to 5 characters of text"),
    ("a control character", SHORT, "a\tb", "x", "1 to 5 characters of text"),
    ("a delete character", SHORT, "a\x7f", "x", "1 to 5 characters of text"),
    ("text turned around", SHORT, "a\u202eb", "x", "1 to 5 characters of text"),
    ("a mark that nobody sees", SHORT, "\ufeffa", "x", "1 to 5 characters of text"),
    ("another line separator", SHORT, "a\u2028b", "x", "1 to 5 characters of text"),
    ("no string", SHORT, 1, "x", "1 to 5 characters of text"),
    ("a name too long", NAME, "栋" * 7, "x", "1 to 6 characters of text"),
    ("two spaces", NAME, "a  b", "x", PLAIN),
    ("a space before it", NAME, " a", "x", PLAIN),
    ("a newline in a name", NAME, "a\nb", "x", PLAIN),
    ("a joiner that nobody sees", NAME, "a\u200db", "x", PLAIN),
    ("an accent apart from its letter", NAME, "e\u0301", "x", PLAIN),
    ("another spelling of a letter", NAME, "\u212b", "x", PLAIN),
    ("no such day", DATE, "2026-02-29", "x", "a date such as 2026-11-22"),
    ("another spelling", DATE, "20260301", "x", "a date such as 2026-11-22"),
    ("before 1900", DATE, "1899-12-31", "x", "a date such as 2026-11-22"),
    ("after 2199", DATE, "2200-01-01", "x", "a date such as 2026-11-22"),
    ("no date", DATE, 20260301, "x", "a date such as 2026-11-22"),
    ("another word", Choice(("open", "sealed")), "secret", "x", "one of open, sealed"),
    ("unhashable", Choice(("open", "sealed")), {}, "x", "one of open, sealed"),
    ("below", Whole(1, 3), 0, "x", "a whole number from 1 to 3"),
    ("above", Whole(1, 3), 4, "x", "a whole number from 1 to 3"),
    ("a boolean", Whole(0, 1), True, "x", "a whole number from 0 to 1"),
    ("a fraction", Whole(0, 1), 0.5, "x", "a whole number from 0 to 1"),
    ("after 2100", MS, 4_102_444_800_001, "x", "a whole number from 0 to 4102444800000"),
    ("a number", YesNo(), 1, "x", "true or false"),
    ("31 bytes", HASH, bytes(31), "x", "32 bytes"),
    ("33 bytes", HASH, bytes(33), "x", "32 bytes"),
    ("one too many", Bytes(1, 2), bytes(3), "x", "1 to 2 bytes"),
    ("none", Bytes(1, 2), b"", "x", "1 to 2 bytes"),
    ("nil for bytes", HASH, None, "x", "32 bytes"),
    ("what it would hold", Maybe(IDENT), "A", "x", "an id: a-z, 0-9 and -, at most 64 characters"),
    ("too few", ASCENDING, (), "x", "a list of 1 to 3"),
    ("too many", ASCENDING, (1, 2, 3, 4), "x", "a list of 1 to 3"),
    ("no list", ASCENDING, 1, "x", "a list of 1 to 3"),
    ("an element", ASCENDING, (1, "2"), "x[1]", f"a whole number from 0 to {2**53 - 1}"),
    ("twice", ASCENDING, (1, 1), "x", "values in ascending order, each once"),
    ("descending", ASCENDING, (2, 1), "x", "values in ascending order, each once"),
    ("too short", DOCUMENT, (bytes(32), 1), "x", "an array of 3"),
    ("no array", DOCUMENT, {}, "x", "an array of 3"),
    ("its third", DOCUMENT, (bytes(32), 1, "jpeg"), "x[2]", "a media type such as image/jpeg"),
    ("a key missing", FLAG, {"code": "a"}, "x", "a map with exactly the keys code, index"),
    ("a key too many", FLAG, {"code": "a", "index": 0, "why": 1}, "x", "a map with exactly the keys code, index"),
    ("no map", FLAG, ("code", "index"), "x", "a map with exactly the keys code, index"),
    ("a value", FLAG, {"code": "a", "index": -1}, "x.index", f"a whole number from 0 to {2**53 - 1}"),
    ("empty map", MapOf(IDENT, COUNT, 1, 2), {}, "x", "a map of 1 to 2 entries"),
    ("too many entries", MapOf(IDENT, COUNT, 1, 2), {"a": 1, "b": 2, "c": 3}, "x", "a map of 1 to 2 entries"),
    ("not a map", MapOf(IDENT, COUNT, 1, 2), [1], "x", "a map of 1 to 2 entries"),
    ("a key", MapOf(IDENT, COUNT), {"A": 1}, "x key", "an id: a-z, 0-9 and -, at most 64 characters"),
    ("no such record", EITHER, {"a": 1, "kind": "z", "of": {}}, "x.kind", "one of x, y"),
    ("no map where one decides", EITHER, [], "x.kind", "one of x, y"),
    ("the record of the other", EITHER, {"a": 1, "kind": "y", "of": {}}, "x.of", "a map with exactly the keys b"),
    ("an entry", MapOf(IDENT, COUNT), {"a": -1}, "x.a", f"a whole number from 0 to {2**53 - 1}"),
]


@pytest.mark.parametrize(("field", "value"), [pytest.param(*row[1:], id=row[0]) for row in ACCEPTED])
def test_a_value_that_fits_is_accepted_and_survives_json(field: Field, value: Any) -> None:
    field.check(value)
    assert field.from_json(json.loads(json.dumps(to_json(value)))) == value


@pytest.mark.parametrize(("field", "value", "path", "expected"), [pytest.param(*row[1:], id=row[0]) for row in MISFITS])
def test_a_value_that_does_not_fit_is_refused_with_its_place_and_what_was_expected(
    field: Field, value: Any, path: str, expected: str
) -> None:
    with pytest.raises(Misfit) as refused:
        field.check(value, "x")
    assert (refused.value.path, refused.value.expected) == (path, expected)
    with pytest.raises(Misfit):
        field.from_json(to_json(value), "x")


@pytest.mark.parametrize(("field", "spelling", "path", "expected"), [
    pytest.param(HASH, "AB" * 32, "x", "32 bytes in lower-case hex", id="upper-case hex"),
    pytest.param(HASH, "0", "x", "32 bytes in lower-case hex", id="half a byte"),
    pytest.param(HASH, None, "x", "32 bytes in lower-case hex", id="null for bytes"),
    pytest.param(HASH, "00" * 31, "x", "32 bytes", id="a byte short"),
    pytest.param(Bytes(1, 2), 1, "x", "1 to 2 bytes in lower-case hex", id="a number for bytes"),
    pytest.param(ASCENDING, {"0": 1}, "x", "a list", id="a map for a list"),
    pytest.param(ASCENDING, "12", "x", "a list", id="a string for a list"),
    pytest.param(ListOf(HASH), ["00"], "x[0]", "32 bytes", id="an element"),
    pytest.param(DOCUMENT, "abc", "x", "an array of 3", id="a string for an array"),
    pytest.param(Tuple((TAG, HASH)), ["00" * 16, "zz"], "x[1]", "32 bytes in lower-case hex", id="the second of a pair"),
    pytest.param(Record({"tag": TAG}), {"tag": "0"}, "x.tag", "16 bytes in lower-case hex", id="a record's value"),
    pytest.param(Record({"tag": TAG}), {}, "x", "a map with exactly the keys tag", id="a record's keys"),
    pytest.param(EITHER, {"a": 1, "kind": "y", "of": {"b": "2"}}, "x.of.b", f"a whole number from 0 to {2**53 - 1}", id="a record's value"),
    pytest.param(MapOf(IDENT, TAG), [], "x", "a map", id="a list for a map"),
    pytest.param(MapOf(IDENT, TAG), {"a": 1}, "x.a", "16 bytes in lower-case hex", id="a map's value"),
    pytest.param(MapOf(IDENT, TAG), {"A": "00" * 16}, "x key", "an id: a-z, 0-9 and -, at most 64 characters", id="a map's key"),
    pytest.param(MapOf(IDENT, TAG, most=1), {"a": "00" * 16, "b": "00" * 16}, "x", "a map of 1 to 1 entries", id="a map's size"),
])  # fmt: skip
def test_a_json_spelling_that_cannot_be_a_value_is_refused(field: Field, spelling: Any, path: str, expected: str) -> None:
    with pytest.raises(Misfit) as refused:
        field.from_json(spelling, "x")
    assert (refused.value.path, refused.value.expected) == (path, expected)


@pytest.mark.parametrize(("field", "value"), [(IDENT, b"a"), (HASH, "00" * 32)])
def test_bytes_and_text_are_never_taken_for_each_other(field: Field, value: Any) -> None:
    with pytest.raises(Misfit):
        field.check(value)


def test_a_misfit_of_the_whole_body_says_so() -> None:
    assert str(Misfit("", "a map")) == "body: expected a map"
    with pytest.raises(Misfit, match=r"^index: expected a whole number"):
        FLAG.check({"code": "a", "index": None})


@pytest.mark.parametrize(("field", "schema"), [
    (IDENT, {"type": "string", "pattern": "^(?:[a-z0-9][a-z0-9-]{0,63})$"}),
    (SHORT, {"type": "string", "minLength": 1, "maxLength": 5}),
    (NAME, {"type": "string", "minLength": 1, "maxLength": 6}),
    (DATE, {"type": "string", "format": "date"}),
    (Choice(("a", "b")), {"type": "string", "enum": ["a", "b"]}),
    (Whole(1, 3), {"type": "integer", "minimum": 1, "maximum": 3}),
    (YesNo(), {"type": "boolean"}),
    (TAG, {"type": "string", "pattern": "^(?:[0-9a-f]{2}){16,16}$"}),
    (Maybe(YesNo()), {"anyOf": [{"type": "boolean"}, {"type": "null"}]}),
    (ListOf(YesNo(), 1, 2), {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2}),
    (Tuple((YesNo(),)), {"type": "array", "prefixItems": [{"type": "boolean"}], "minItems": 1, "maxItems": 1}),
    (Record({"a": YesNo()}), {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"],
                              "additionalProperties": False}),
    (Variant("kind", {}, "of", {"x": Record()}), {"oneOf": [
        {"type": "object", "properties": {"kind": {"type": "string", "enum": ["x"]}, "of": Record().schema()},
         "required": ["kind", "of"], "additionalProperties": False}]}),
    (MapOf(IDENT, YesNo(), 1, 2), {"type": "object", "propertyNames": {"type": "string", "pattern": "^(?:[a-z0-9][a-z0-9-]{0,63})$"},
                                   "additionalProperties": {"type": "boolean"}, "minProperties": 1, "maxProperties": 2}),
], ids=lambda value: type(value).__name__)  # fmt: skip
def test_each_field_has_its_json_schema(field: Field, schema: dict[str, Any]) -> None:
    assert field.schema() == schema


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
EVERY: list[Field] = [IDENT, CODE, SHORT, NAME, DATE, Choice(("a",)), Whole(0, 2), YesNo(), TAG, Bytes(0, 3), Maybe(IDENT), ASCENDING,
                      DOCUMENT, FLAG, MapOf(IDENT, COUNT), EITHER]  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(EVERY), ANYTHING)
def test_a_field_says_yes_or_misfit_to_anything(field: Field, value: Any) -> None:
    for ask in (field.check, field.from_json):
        with suppress(Misfit):
            ask(value)


def test_json_spells_bytes_as_hex_and_arrays_as_lists_at_every_depth() -> None:
    assert to_json({"a": (b"\x0f", [None, True, 1, "x"]), "b": {"c": b""}}) == {
        "a": ["0f", [None, True, 1, "x"]],
        "b": {"c": ""},
    }
