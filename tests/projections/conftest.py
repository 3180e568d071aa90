"""The small estate of tests/api, whose first vote is final, for readers of what is past."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.stories.player import Play
from tests.api.conftest import Estate, play_story, reopen


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Play]:
    """The data folder after the story, and the play."""
    data = tmp_path_factory.mktemp("past") / "data"
    return data, play_story(data)


@pytest.fixture
def fresh(played: tuple[Path, Play], tmp_path: Path) -> Iterator[Estate]:
    """A copy of the estate of one's own; no table of changes stands beside it yet."""
    data = tmp_path / "data"
    shutil.copytree(played[0], data)
    shutil.copytree(played[0].with_name("data-anchor"), tmp_path / "data-anchor")
    yield from reopen(data, played[1])
