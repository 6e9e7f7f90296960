"""Updates with a budget: work in slices, on the game's thread and on another, and all of it shown in one frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from vfsloader import Asset, Loader, ResourceManager, Store
from vfsloader.errors import ResourceError
from vfsloader.game.updater import LARGE_FILE_BYTES

LARGE = bytes(LARGE_FILE_BYTES + 1)


class Box:
    text = ""


class Boxes(Loader[Box]):
    """Decodes large files only when it is allowed to."""

    def __init__(self) -> None:
        self.threads: dict[str, threading.Thread] = {}
        self.may_decode = threading.Event()
        self.may_decode.set()

    def decode(self, asset: Asset, **options: Any) -> str:
        self.threads[asset.path] = threading.current_thread()
        if len(asset.data) >= len(LARGE):
            assert self.may_decode.wait(30)
        if asset.data.endswith(b"bad"):
            raise ResourceError.at(asset.path, f"{asset.path} is bad")
        return asset.data.strip(b"\0").decode()

    def build(self, decoded: str, **options: Any) -> Box:
        return self.replace(Box(), decoded)

    def replace(self, resource: Box, decoded: str, **options: Any) -> Box:
        resource.text = decoded
        return resource


@pytest.fixture
def base() -> Store:
    store = Store(name="base")
    for name in ("large", "small"):
        store.write(f"/{name}", b"old")
    return store


@pytest.fixture
def game(base: Store) -> Iterator[ResourceManager]:
    with ResourceManager(base, watch=False) as game:
        yield game


@pytest.fixture
def boxes() -> Boxes:
    return Boxes()


@pytest.fixture
def held(game: ResourceManager, boxes: Boxes) -> list[Box]:
    return [game.load(path, boxes) for path in ("/large", "/small")]


def wait(game: ResourceManager) -> list[str]:
    """Draw frames until changes are reported."""
    for _ in range(100_000):
        changes = game.update(budget_ms=1)
        if changes:
            return [f"{change.path} {change.kind}" for change in changes]
        threading.Event().wait(0.001)
    raise AssertionError("nothing was reported")


def test_a_large_file_does_not_hold_up_a_frame(
    base: Store, game: ResourceManager, boxes: Boxes, held: list[Box]
) -> None:
    boxes.may_decode.clear()
    base.write("/large", LARGE + b"new")
    base.write("/small", b"new")
    for _ in range(5):
        assert game.update(budget_ms=1000) == []  # the thread waits, and no frame does
        assert [box.text for box in held] == ["old", "old"]
    boxes.may_decode.set()
    assert wait(game) == ["/large changed", "/small changed"]
    assert [box.text for box in held] == ["new", "new"]
    assert boxes.threads["/small"] is threading.main_thread()
    assert boxes.threads["/large"] is not threading.main_thread()
    assert game.update(budget_ms=0) == []


def test_an_update_without_a_budget_waits_for_the_thread(
    base: Store, game: ResourceManager, boxes: Boxes, held: list[Box]
) -> None:
    boxes.may_decode.clear()
    base.write("/large", LARGE + b"new")
    base.write("/small", b"new")
    assert game.update(budget_ms=0) == []
    boxes.may_decode.set()
    assert len(game.update()) == 2
    assert [box.text for box in held] == ["new", "new"]


def test_what_a_thread_decoded_too_late_is_not_shown(
    base: Store, game: ResourceManager, boxes: Boxes, held: list[Box]
) -> None:
    boxes.may_decode.clear()
    base.write("/large", LARGE + b"first")
    assert game.update(budget_ms=0) == []
    base.write("/large", LARGE + b"second")
    assert game.update(budget_ms=0) == []
    base.write("/large", b"third")
    boxes.may_decode.set()
    assert wait(game) == ["/large changed"]
    assert held[0].text == "third"


def test_a_large_file_that_cannot_be_decoded_is_reported(
    base: Store, game: ResourceManager, boxes: Boxes, held: list[Box]
) -> None:
    base.write("/large", LARGE + b"bad")
    base.write("/small", b"new")
    assert wait(game) == ["/large failed", "/small changed"]
    assert [box.text for box in held] == ["old", "new"]
    base.write("/large", LARGE + b"good")
    assert wait(game) == ["/large changed"]
    assert held[0].text == "good"


def test_a_large_file_that_goes_is_reported(base: Store, game: ResourceManager, boxes: Boxes, held: list[Box]) -> None:
    base.write("/large", LARGE + b"big")
    wait(game)
    base.remove("/large")
    assert wait(game) == ["/large removed"]
    assert held[0].text == "big"
