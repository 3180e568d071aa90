"""The code on a form's stub: who holds the stub may see what was recorded from the form, and nobody can guess it.

code = the first 50 bits of HMAC-SHA256(stub key, vote 00 form) in Crockford's base 32, shown as `K7PQM-2XW9T`. The stub key of a vote
lies among the data keys: where it is lost or destroyed, stubs open nothing any more.
"""

from __future__ import annotations

import hmac
from typing import Final

from ledger.vault import DataKeys

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: what is read aloud or copied by hand stays itself
ALIKE: Final = str.maketrans("ILO", "110", "- ")
LENGTH: Final = 10


def subject_of(poll: str) -> str:
    """Under which subject a vote's stub key lies."""
    return f"stubs/{poll}"


def code_of(key: bytes, poll: str, form: str) -> str:
    """The code on a form's stub."""
    bits = int.from_bytes(hmac.digest(key, poll.encode() + b"\0" + form.encode(), "sha256")[:7]) >> 6
    digits = [ALPHABET[bits >> 5 * place & 31] for place in reversed(range(LENGTH))]
    return "".join(digits[:5]) + "-" + "".join(digits[5:])


def opens(keys: DataKeys, poll: str, form: str, typed: str) -> bool:
    """Whether what was typed is the code of that form's stub, whatever case, hyphens and look-alikes. Raises StoreFailed."""
    key = keys.find(subject_of(poll))
    if key is None:
        return False
    return hmac.compare_digest(_bare(typed).encode(), _bare(code_of(key, poll, form)).encode())


def _bare(typed: str) -> str:
    return typed.upper().translate(ALIKE)[: LENGTH + 1]
