"""The field types of bodies and openings: what is accepted, its JSON Schema, and how JSON spells it (bytes as lower-case hex).

A field refuses with `Misfit(path, expected)`; it never repairs. All lengths are in bytes or elements, areas in 0.01 m²,
times in Unix ms, days as ISO dates in Asia/Shanghai.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Final, Protocol
from unicodedata import category, normalize

ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
NAMED: Final = re.compile(r"(?!recall-|[0-9a-f]{32}$)[a-z0-9][a-z0-9-]{0,55}", re.ASCII)  # leaves room for recall- before it
ASCII: Final = re.compile(r"[!-~]{1,512}", re.ASCII)
NUMBER: Final = re.compile(r"[1-9][0-9]{0,4}(-[2-9])?", re.ASCII)
MEDIA: Final = re.compile(r"[a-z]+/[a-z0-9.+-]{1,100}", re.ASCII)
DAY: Final = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
# Controls, and characters that turn text around or hide it: a title must read as it is stored.
HIDDEN: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
UNSEEN: Final = ("Cc", "Cf", "Cs", "Mn", "Mc", "Me", "Zl", "Zp")  # not "Cn": what is unassigned today may be a name tomorrow
HEX: Final = re.compile(r"([0-9a-f]{2})*", re.ASCII)
MAX_INT: Final = 2**53 - 1
MAP: Final = (dict, Mapping)  # what is decoded is a dict, which is seen at once
Schema = dict[str, Any]


class Misfit(ValueError):
    """A value is not what its field accepts."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path or 'body'}: expected {expected}")
        self.path, self.expected = path, expected


class Field(Protocol):
    """One field type."""

    def check(self, value: Any, path: str = "") -> None:
        """Raise Misfit unless the decoded MessagePack value fits."""

    def schema(self) -> Schema:
        """The JSON Schema of the value's JSON spelling."""

    def from_json(self, value: Any, path: str = "") -> Any:
        """The value that a JSON spelling stands for; Misfit when it cannot be one."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string by a pattern; never text that a person types, which is an opening."""

    pattern: re.Pattern[str]
    expected: str

    def check(self, value: Any, path: str = "") -> None:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise Misfit(path, self.expected)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:{self.pattern.pattern})$"}

    def from_json(self, value: Any, path: str = "") -> Any:
        self.check(value, path)
        return value


@dataclass(frozen=True, slots=True)
class Words:
    """Text that a person types: only ever the value of an opening; length in characters, no control characters but newline."""

    most: int = 4000

    def check(self, value: Any, path: str = "") -> None:
        if not isinstance(value, str) or not 0 < len(value) <= self.most or HIDDEN.search(value):
            raise Misfit(path, f"1 to {self.most} characters of text")

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": self.most}

    def from_json(self, value: Any, path: str = "") -> Any:
        self.check(value, path)
        return value


@dataclass(frozen=True, slots=True)
class Plain:
    """The name of a unit, a building or a person's id: one spelling only, nothing in it that does not show."""

    most: int = 120

    def check(self, value: Any, path: str = "") -> None:
        Words(self.most).check(value, path)
        # ASCII that prints holds nothing unseen and has one normal form.
        plain = value.isascii() and value.isprintable()
        unseen = not plain and (any(category(c) in UNSEEN for c in value) or value != normalize("NFC", value))
        if unseen or value != " ".join(value.split()):
            raise Misfit(path, f"1 to {self.most} plain characters, without hidden ones and with single spaces inside")

    def schema(self) -> Schema:
        return Words(self.most).schema()

    def from_json(self, value: Any, path: str = "") -> Any:
        self.check(value, path)
        return value


@dataclass(frozen=True, slots=True)
class Day:
    """An ISO date in Asia/Shanghai."""

    def check(self, value: Any, path: str = "") -> None:
        try:
            if isinstance(value, str) and DAY.fullmatch(value) and date.fromisoformat(value):
                return
        except ValueError:
            pass
        raise Misfit(path, "a date such as 2026-11-22")

    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}

    def from_json(self, value: Any, path: str = "") -> Any:
        self.check(value, path)
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    of: tuple[str, ...]

    def check(self, value: Any, path: str = "") -> None:
        if not isinstance(value, str) or value not in self.of:
            raise Misfit(path, "one of " + ", ".join(self.of))

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.of)}

    def from_json(self, value: Any, path: str = "") -> Any:
        self.check(value, path)
        return value


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer within limits, both included."""

    least: int = 0
    most: int = MAX_INT

    def check(self, value: Any, path: str = "") -> None:
        if type(value) is not int or not self.least <= value <= self.most:
            raise Misfit(path, f"a whole number from {self.least} to {self.most}")

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def from_json(self, value: Any, path: str = "") -> Any:
        self.check(value, path)
        return value


@dataclass(frozen=True, slots=True)
class YesNo:
    """A boolean."""

    def check(self, value: Any, path: str = "") -> None:
        if not isinstance(value, bool):
            raise Misfit(path, "true or false")

    def schema(self) -> Schema:
        return {"type": "boolean"}

    def from_json(self, value: Any, path: str = "") -> Any:
        self.check(value, path)
        return value


@dataclass(frozen=True, slots=True)
class Bytes:
    """A byte string; JSON spells it in lower-case hex."""

    least: int
    most: int

    def check(self, value: Any, path: str = "") -> None:
        if not isinstance(value, bytes) or not self.least <= len(value) <= self.most:
            raise Misfit(path, f"{self._length()} bytes")

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:[0-9a-f]{{2}}){{{self.least},{self.most}}}$"}

    def from_json(self, value: Any, path: str = "") -> Any:
        if not isinstance(value, str) or not HEX.fullmatch(value):
            raise Misfit(path, f"{self._length()} bytes in lower-case hex")
        raw = bytes.fromhex(value)
        self.check(raw, path)
        return raw

    def _length(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value, or nil written out."""

    of: Field

    def check(self, value: Any, path: str = "") -> None:
        if value is not None:
            self.of.check(value, path)

    def schema(self) -> Schema:
        return {"anyOf": [self.of.schema(), {"type": "null"}]}

    def from_json(self, value: Any, path: str = "") -> Any:
        return None if value is None else self.of.from_json(value, path)


@dataclass(frozen=True, slots=True)
class ListOf:
    """Values of one type; `ascending` lists hold each value once, in order."""

    of: Field
    least: int = 0
    most: int = 1000
    ascending: bool = False

    def check(self, value: Any, path: str = "") -> None:
        if not isinstance(value, tuple) or not self.least <= len(value) <= self.most:
            raise Misfit(path, f"a list of {self.least} to {self.most}")
        for n, element in enumerate(value):
            self.of.check(element, f"{path}[{n}]")
        if self.ascending and any(a >= b for a, b in pairwise(value)):
            raise Misfit(path, "values in ascending order, each once")

    def schema(self) -> Schema:
        return {"type": "array", "items": self.of.schema(), "minItems": self.least, "maxItems": self.most}

    def from_json(self, value: Any, path: str = "") -> Any:
        if not isinstance(value, list | tuple):
            raise Misfit(path, "a list")
        values = tuple(self.of.from_json(element, f"{path}[{n}]") for n, element in enumerate(value))
        self.check(values, path)
        return values


@dataclass(frozen=True, slots=True)
class Tuple:
    """A fixed number of values, each of its own type, written as an array."""

    of: tuple[Field, ...]

    def check(self, value: Any, path: str = "") -> None:
        if not isinstance(value, tuple) or len(value) != len(self.of):
            raise Misfit(path, f"an array of {len(self.of)}")
        for n, (own, element) in enumerate(zip(self.of, value, strict=True)):
            own.check(element, f"{path}[{n}]")

    def schema(self) -> Schema:
        return {"type": "array", "prefixItems": [own.schema() for own in self.of], "minItems": len(self.of),
                "maxItems": len(self.of)}  # fmt: skip

    def from_json(self, value: Any, path: str = "") -> Any:
        if not isinstance(value, list | tuple) or len(value) != len(self.of):
            raise Misfit(path, f"an array of {len(self.of)}")
        return tuple(own.from_json(one, f"{path}[{n}]") for n, (own, one) in enumerate(zip(self.of, value, strict=True)))


@dataclass(frozen=True, slots=True)
class Record:
    """A map with exactly these keys."""

    of: Mapping[str, Field] = field(default_factory=dict)

    def check(self, value: Any, path: str = "") -> None:
        self._keys(value, path)
        for name, own in self.of.items():
            own.check(value[name], f"{path}.{name}" if path else name)

    def schema(self) -> Schema:
        return {"type": "object", "properties": {name: own.schema() for name, own in self.of.items()},
                "required": list(self.of), "additionalProperties": False}  # fmt: skip

    def from_json(self, value: Any, path: str = "") -> Any:
        self._keys(value, path)
        return {name: own.from_json(value[name], f"{path}.{name}" if path else name) for name, own in self.of.items()}

    def _keys(self, value: Any, path: str) -> None:
        if not isinstance(value, MAP) or value.keys() != self.of.keys():
            raise Misfit(path, "a map with exactly the keys " + ", ".join(sorted(self.of)))


@dataclass(frozen=True, slots=True)
class Variant:
    """A map whose member `by` says which record the member `member` is; the other members are the same for all."""

    by: str
    common: Mapping[str, Field]
    member: str
    of: Mapping[str, Record]

    def _record(self, value: Any, path: str) -> Record:
        name = value.get(self.by) if isinstance(value, Mapping) else None
        Choice(tuple(self.of)).check(name, f"{path}.{self.by}".lstrip("."))
        return self.records()[str(name)]

    def records(self) -> Mapping[str, Record]:
        """The whole map as a record, by the value of the member that decides."""
        return {name: Record({**self.common, self.by: Choice((name,)), self.member: of}) for name, of in self.of.items()}

    def check(self, value: Any, path: str = "") -> None:
        self._record(value, path).check(value, path)

    def schema(self) -> Schema:
        return {"oneOf": [record.schema() for record in self.records().values()]}

    def from_json(self, value: Any, path: str = "") -> Any:
        return self._record(value, path).from_json(value, path)


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map from ids to values of one type."""

    key: Field
    of: Field
    least: int = 1
    most: int = 100

    def check(self, value: Any, path: str = "") -> None:
        if not isinstance(value, MAP) or not self.least <= len(value) <= self.most:
            raise Misfit(path, f"a map of {self.least} to {self.most} entries")
        for name, element in value.items():
            self.key.check(name, f"{path} key")
            self.of.check(element, f"{path}.{name}")

    def schema(self) -> Schema:
        return {"type": "object", "propertyNames": self.key.schema(), "additionalProperties": self.of.schema(),
                "minProperties": self.least, "maxProperties": self.most}  # fmt: skip

    def from_json(self, value: Any, path: str = "") -> Any:
        if not isinstance(value, MAP):
            raise Misfit(path, "a map")
        values = {
            self.key.from_json(name, f"{path} key"): self.of.from_json(one, f"{path}.{name}") for name, one in value.items()
        }
        self.check(values, path)
        return values


IDENT: Final = Text(ID, "an id: a-z, 0-9 and -, at most 64 characters")
CANDIDATE: Final = Text(NAMED, "an id of at most 56 characters that begins not with recall- and is no person's")
CODE: Final = Text(ASCII, "printable ASCII without spaces")
HASH: Final = Bytes(32, 32)
TAG: Final = Bytes(16, 16)
COUNT: Final = Whole()
AREA: Final = Whole()
MS: Final = Whole(most=4_102_444_800_000)  # the year 2100
DATE: Final = Day()
FORM: Final = Text(NUMBER, "the number of a form, such as 412, or 412-2 for one in its place")
DOCUMENT: Final = Tuple((HASH, Whole(1), Text(MEDIA, "a media type such as image/jpeg")))


def to_json(value: Any) -> Any:
    """A decoded value as JSON spells it: bytes as lower-case hex, arrays as lists."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, MAP):
        return {name: to_json(one) for name, one in value.items()}
    return [to_json(one) for one in value] if isinstance(value, tuple | list) else value
