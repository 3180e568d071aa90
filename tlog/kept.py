"""The file that a voter keeps of a ballot: {"openings": [hex …], "receipt": receipt, "statement": hex}."""

from __future__ import annotations

import re
from typing import Any

from tlog.entry import Entry, Statement
from tlog.errors import Malformed
from tlog.opening import check
from tlog.spelling import unbase64

MEMBERS = frozenset(("openings", "receipt", "statement"))
HEX = re.compile(r"(?:[0-9a-f]{2})*", re.ASCII)


def kept_receipt(found: Any) -> Any:
    """What a file is checked by: of one that a voter keeps of a ballot its receipt, of any other the file itself.

    Such a file holds what the receipt's entry seals: its statement is the entry's, and each opening is of it. Raises Unsound.
    """
    if not isinstance(found, dict) or found.keys() != MEMBERS:
        return found
    receipt, openings = found["receipt"], found["openings"]
    texts = isinstance(receipt, dict) and isinstance(receipt.get("entry"), str) and isinstance(openings, list)
    if not texts or not all(isinstance(one, str) and HEX.fullmatch(one) for one in (*openings, found["statement"])):
        raise Malformed("kept ballot", "openings and statement in hex, and a receipt")
    statement = Entry.parse(unbase64(receipt["entry"], "entry")).statement
    if statement.hex() != found["statement"]:
        raise Malformed("kept ballot", "the statement is not that of the receipt")
    said = Statement.parse(statement)
    check(said.sealed, [bytes.fromhex(one) for one in openings], said.ledger, said.stream, said.prev)
    return receipt
