"""An index on a real server, and a game that gets its mods from there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.distribution.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return an empty index, its server and an empty game."""
    with World(tmp_path) as made:
        yield made
