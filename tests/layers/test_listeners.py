"""Subscriptions: once for each change, weak, and ended when the subscriber wants."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from vfsloader import FolderLayer, VirtualFileSystem
from vfsloader.layers import CaseInsensitiveLayer, Layer, Listeners, MountedLayer
from vfsloader.layers.union import Mount, Union
from vfsloader.layers.union_layer import UnionLayer
from vfsloader.store.memory.store import MemoryStore


class Counter:
    """Counts how often it is called."""

    def __init__(self) -> None:
        self.changes = 0
        self.steps = 0

    def changed(self) -> None:
        self.changes += 1

    def stepped(self) -> None:
        self.steps += 1


def test_a_method_is_called_once_however_often_it_was_added() -> None:
    listeners, counter = Listeners(), Counter()
    for _ in range(3):
        listeners.add(counter.changed)
    listeners.notify()
    assert (counter.changes, len(listeners)) == (1, 1)


def test_two_objects_of_one_class_are_two_subscribers() -> None:
    listeners, one, other = Listeners(), Counter(), Counter()
    listeners.add(one.changed)
    listeners.add(other.changed)
    listeners.notify()
    assert (one.changes, other.changes) == (1, 1)


def test_a_subscription_ends() -> None:
    listeners, one, other = Listeners(), Counter(), Counter()
    end = listeners.add(one.changed)
    listeners.add(other.changed)
    end()
    end()
    listeners.notify()
    assert (one.changes, other.changes) == (0, 1)


def test_subscribers_are_held_weakly() -> None:
    listeners = Listeners()
    counter = Counter()
    listeners.add(counter.changed)
    del counter
    gc.collect()
    listeners.notify()
    assert len(listeners) == 0


def test_steps_inside_a_transaction_are_told_apart_from_changes() -> None:
    listeners, counter = Listeners(), Counter()
    listeners.add(counter.changed, counter.stepped)
    listeners.notify_uncommitted()
    assert (counter.changes, counter.steps) == (0, 1)
    listeners.notify()
    assert (counter.changes, counter.steps) == (1, 1)


def views(layer: Layer) -> list[Layer]:
    union = Union([Mount("it", layer)])
    return [
        layer,
        MountedLayer(layer, mount="/m"),
        CaseInsensitiveLayer(layer),
        UnionLayer(lambda: union, "all", "", union.subscribe),
    ]


@pytest.mark.parametrize("number", range(4))
def test_a_write_is_announced_once_through_every_view(number: int) -> None:
    store, counter = MemoryStore(), Counter()
    view = views(store)[number]
    end = view.subscribe(counter.changed)
    view.subscribe(counter.changed)
    assert view.reports_changes
    store.write("/a/b/c", b"1")
    assert counter.changes == 1
    store.remove("/a")
    assert counter.changes == 2
    end()
    store.write("/a", b"2")
    assert counter.changes == 2


def test_a_file_system_announces_each_change_once_whatever_is_mounted() -> None:
    vfs, counter = VirtualFileSystem(), Counter()
    below = [MemoryStore() for _ in range(3)]
    vfs.subscribe(counter.changed)
    for number, layer in enumerate(below):
        vfs.add_underlay(layer, name=str(number))
    for number in range(50):
        vfs.remove_underlay("1")
        vfs.add_underlay(below[1], name="1")
        assert counter.changes == 3 + 2 * (number + 1), "changing the list of layers is a change"
    counter.changes = 0
    vfs.write_bytes("/new/a", b"1")
    assert counter.changes == 1
    below[1].write("/b", b"2")
    assert counter.changes == 2
    with vfs.atomic_batch():
        for name in "cde":
            vfs.write_bytes(f"/{name}", b"3")
            assert vfs.read_bytes(f"/{name}") == b"3"
        assert counter.changes == 2
    assert counter.changes == 3
    with pytest.raises(RuntimeError), vfs.atomic_batch():
        vfs.write_bytes("/f", b"4")
        raise RuntimeError
    assert counter.changes == 3
    assert not vfs.exists("/f")


def test_an_unmounted_layer_is_no_longer_listened_to() -> None:
    vfs, layer = VirtualFileSystem(), MemoryStore()
    for _ in range(100):
        vfs.add_underlay(layer, name="it")
        vfs.remove_underlay("it")
    assert len(layer.nodes.listeners) == 0


def test_a_folder_is_announced_when_it_is_refreshed(tmp_path: Path) -> None:
    layer, counter = FolderLayer(tmp_path, live=False), Counter()
    layer.subscribe(counter.changed)
    layer.refresh()
    assert counter.changes == 1
    assert layer.reports_changes
    assert not FolderLayer(tmp_path).reports_changes
