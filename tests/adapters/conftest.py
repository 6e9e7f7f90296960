"""A game for the tests of the pygame adapter; the tests of other engines have their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import vfsloader
from vfsloader import ResourceManager, Store

#: It is run as a game, and has no examples of its own.
collect_ignore = ["example_runner.py"]


@pytest.fixture
def base(screen: object) -> Store:
    return Store(":memory:", name="base")


@pytest.fixture
def game(base: Store) -> Iterator[ResourceManager]:
    with vfsloader.init(base, watch=False) as made:
        yield made
