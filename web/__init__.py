"""Where the pages' files lie: templates, styles and scripts, and the words in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
TEMPLATES: Final = FOLDER / "templates"
STATIC: Final = FOLDER / "static"
WORDS: Final = FOLDER / "words.json"
