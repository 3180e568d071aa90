"""A number as people type it from paper: 第98条, № 458, 458号, in full-width digits, with spaces."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

AROUND: Final = re.compile(r"^((编号|票号|第|no\.?|#):?)+|(条|号|票)+$", re.IGNORECASE)


def bare(typed: str) -> str:
    """What is typed, without what stands around the number."""
    return AROUND.sub("", "".join(normalize("NFKC", typed).split()))
