"""Snapshots of paths: what is remembered, when a file is read again, and what counts as a difference."""

from __future__ import annotations

import hashlib
import time
from typing import BinaryIO

import pytest

from vfsloader import VirtualFileSystem
from vfsloader.assets.snapshots import MISSING, Snapshots
from vfsloader.errors import IsAFolderError, PathNotFoundError
from vfsloader.layers import BaseLayer, Entry, EntryType, Layer
from vfsloader.layers.union_diff import everywhere
from vfsloader.store.memory.store import MemoryStore

LONG_AGO = 1
#: Later than any clock: as if the file was written at this moment.
JUST_NOW = 10**19  # later than any clock shows


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class Disk(BaseLayer):
    """One file, whose bytes can change without its entry showing it."""

    name = "disk"

    def __init__(self, data: bytes, mtime_ns: int = LONG_AGO, digest: bytes | None = None) -> None:
        self.data = data
        self.entry = Entry("/x", EntryType.FILE, len(data), mtime_ns, digest=digest)
        self.error: OSError | None = None
        self.reads = 0

    def find(self, path: str) -> Entry | None:
        return self.entry if path == "/x" else None

    def read(self, entry: Entry) -> bytes:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return self.data

    def open(self, entry: Entry) -> BinaryIO:
        raise NotImplementedError


def snapshots_of(*layers: Layer, languages: tuple[str, ...] = ()) -> Snapshots:
    """The first layer is the top."""
    vfs = VirtualFileSystem()
    for layer in reversed(layers):
        vfs.add_underlay(layer, name=layer.name)
    return Snapshots(vfs, languages)


def store_of(**files: bytes) -> MemoryStore:
    store = MemoryStore("base")
    for name, data in files.items():
        store.write("/" + name.replace("__", "/"), data)
    return store


# --- looking and reading ---------------------------------------------------------------------------------


def test_a_look_has_the_layer_the_entry_and_the_digest() -> None:
    store = store_of(a=b"1")
    snapshot = snapshots_of(store).look("/a")
    assert (snapshot.name, snapshot.layer, snapshot.entry) == ("base", store, store.find("/a"))
    assert snapshot.digest == sha(b"1")


def test_reading_remembers_what_a_look_would() -> None:
    snapshots = snapshots_of(store_of(a=b"1"))
    data, snapshot = snapshots.read("/a")
    assert (data, snapshot.digest) == (b"1", sha(b"1"))
    assert snapshots.last("/a") == snapshot


def test_what_was_never_asked_for_is_missing() -> None:
    snapshots = snapshots_of(store_of(a=b"1"))
    assert (snapshots.last("/a"), len(snapshots)) == (MISSING, 0)


def test_a_missing_path_is_remembered_as_missing() -> None:
    snapshots = snapshots_of(store_of())
    with pytest.raises(PathNotFoundError) as caught:
        snapshots.read("/nope")
    assert caught.value.filename == "/nope"
    assert (snapshots.look("/nope2"), len(snapshots)) == (MISSING, 2)


def test_a_folder_is_not_a_file() -> None:
    snapshots = snapshots_of(store_of(d__x=b""))
    assert snapshots.find("/d") is None
    assert snapshots.look("/d") == MISSING
    with pytest.raises(IsAFolderError) as caught:
        snapshots.read("/d")
    assert caught.value.filename == "/d"


def test_a_path_that_is_forgotten_is_not_looked_at() -> None:
    store = store_of(a=b"1", b=b"1")
    snapshots = snapshots_of(store)
    for path in ("/a", "/b"):
        snapshots.look(path)
    snapshots.forget("/a")
    snapshots.forget("/never")
    for path in ("/a", "/b"):
        store.write(path, b"2")
    assert list(snapshots.differences(everywhere)) == ["/b"]


# --- when the bytes are read again -------------------------------------------------------------------------


def test_an_old_file_is_read_once() -> None:
    disk = Disk(b"1")
    snapshots = snapshots_of(disk)
    for _ in range(3):
        assert snapshots.look("/x").is_settled
    assert disk.reads == 1


def test_a_file_that_was_just_written_is_read_again() -> None:
    disk = Disk(b"1", JUST_NOW)
    snapshots = snapshots_of(disk)
    assert not snapshots.look("/x").is_settled
    disk.data = b"2"
    assert snapshots.look("/x").digest == sha(b"2")


@pytest.mark.parametrize(("fraction", "is_settled"), [(0, False), (5, True)], ids=["FAT", "others"])
def test_a_file_of_a_coarse_clock_settles_later(fraction: int, is_settled: bool) -> None:
    disk = Disk(b"1", (time.time_ns() // 10**9 - 1) * 10**9 + fraction)  # changed one to two seconds ago
    snapshots = snapshots_of(disk)
    assert snapshots.look("/x").is_settled is is_settled
    assert snapshots.read("/x")[1].is_settled is is_settled


def test_a_file_that_was_just_written_is_not_settled_by_reading_it() -> None:
    disk = Disk(b"1", JUST_NOW)
    snapshots = snapshots_of(disk)
    assert not snapshots.read("/x")[1].is_settled
    disk.data = b"2"
    assert list(snapshots.differences(everywhere)) == ["/x"]


def test_an_old_file_that_was_read_is_not_read_again_for_its_digest() -> None:
    disk = Disk(b"1")
    snapshots = snapshots_of(disk)
    snapshots.read("/x")
    assert snapshots.look("/x").digest == sha(b"1")
    assert disk.reads == 1


@pytest.mark.parametrize("mtime_ns", [LONG_AGO, JUST_NOW])
def test_a_digest_that_the_layer_knows_is_believed(mtime_ns: int) -> None:
    disk = Disk(b"1", mtime_ns, digest=b"known")
    snapshots = snapshots_of(disk)
    snapshot = snapshots.look("/x")
    assert (snapshot.digest, snapshot.is_settled, disk.reads) == (b"known", True, 0)
    data, snapshot = snapshots.read("/x")
    assert (data, snapshot.digest, snapshot.is_settled) == (b"1", b"known", True)


@pytest.mark.parametrize("change", [{"size": 9}, {"mtime_ns": 2}, {"ctime_ns": 2}])
def test_another_entry_is_read_again(change: dict[str, int]) -> None:
    disk = Disk(b"1")
    snapshots = snapshots_of(disk)
    snapshots.look("/x")
    disk.data, disk.entry = b"2", disk.entry._replace(**change)
    assert snapshots.look("/x").digest == sha(b"2")


def test_the_same_entry_in_another_layer_is_read_again() -> None:
    vfs = VirtualFileSystem()
    first, second = Disk(b"1"), Disk(b"2")
    vfs.add_underlay(first, name="first")  # type: ignore[arg-type]
    snapshots = Snapshots(vfs)
    snapshots.look("/x")
    vfs.add_underlay(second, name="second")  # type: ignore[arg-type]
    assert (snapshots.look("/x").name, snapshots.look("/x").digest) == ("second", sha(b"2"))


def test_what_has_just_been_found_is_not_resolved_again() -> None:
    store = store_of(a=b"1")
    snapshots = snapshots_of(store)
    known = snapshots.look("/a")
    assert snapshots.read("/a", known) == (b"1", known)


# --- differences -------------------------------------------------------------------------------------------


def test_a_difference_has_both_snapshots() -> None:
    store = store_of(a=b"1", b=b"2")
    snapshots = snapshots_of(store)
    for path in ("/b", "/a"):
        snapshots.look(path)
    before = snapshots.last("/a")
    store.write("/a", b"changed")
    differences = snapshots.differences(everywhere)
    assert list(differences) == ["/a"]
    difference = differences["/a"]
    assert (difference.old, difference.new, difference.error) == (before, snapshots.last("/a"), None)
    assert difference.new.digest == sha(b"changed")


def test_differences_are_in_the_order_of_paths() -> None:
    store = store_of(b=b"1", a=b"1", c=b"1")
    snapshots = snapshots_of(store)
    for path in ("/b", "/a", "/c"):
        snapshots.look(path)
        store.write(path, b"2")
    assert list(snapshots.differences(everywhere)) == ["/a", "/b", "/c"]


def test_a_difference_is_reported_once() -> None:
    store = store_of(a=b"1")
    snapshots = snapshots_of(store)
    snapshots.look("/a")
    store.write("/a", b"2")
    assert len(snapshots.differences(everywhere)) == 1
    assert len(snapshots.differences(everywhere)) == 0


def test_the_same_content_is_no_difference() -> None:
    store = store_of(a=b"1")
    snapshots = snapshots_of(store)
    snapshots.look("/a")
    store.remove("/a")
    store.write("/a", b"1")
    assert len(snapshots.differences(everywhere)) == 0


def test_a_file_that_goes_and_one_that_comes_are_differences() -> None:
    store = store_of(goes=b"1")
    snapshots = snapshots_of(store)
    for path in ("/goes", "/comes"):
        snapshots.look(path)
    store.remove("/goes")
    store.write("/comes", b"1")
    differences = snapshots.differences(everywhere)
    assert differences["/goes"].new == MISSING
    assert differences["/comes"].old == MISSING


def test_only_paths_that_may_differ_are_looked_at() -> None:
    store = store_of(a=b"1", b=b"1")
    snapshots = snapshots_of(store)
    for path in ("/a", "/b", "/nope"):
        snapshots.look(path)
    for path in ("/a", "/b"):
        store.write(path, b"2")
    asked = []

    def may_differ(path: str, provider: Layer | None) -> bool:
        asked.append((path, None if provider is None else provider.name))
        return path == "/b"

    assert list(snapshots.differences(may_differ)) == ["/b"]
    assert asked == [("/a", "base"), ("/b", "base"), ("/nope", None)]


# --- files that cannot be read --------------------------------------------------------------------------------


@pytest.fixture
def unreadable() -> Disk:
    disk = Disk(b"1")
    disk.error = PermissionError(13, "Permission denied", "/home/me/x")
    return disk


def test_a_file_that_cannot_be_read_is_remembered_without_a_digest(unreadable: Disk) -> None:
    snapshots = snapshots_of(unreadable)
    with pytest.raises(PermissionError) as caught:
        snapshots.look("/x")
    assert caught.value.filename == "/x"
    assert (snapshots.last("/x").entry, snapshots.last("/x").digest) == (unreadable.entry, None)


def test_a_file_that_can_no_longer_be_read_is_a_difference_with_its_error(unreadable: Disk) -> None:
    error, unreadable.error = unreadable.error, None
    snapshots = snapshots_of(unreadable)
    snapshots.look("/x")
    unreadable.error, unreadable.entry = error, unreadable.entry._replace(mtime_ns=2)
    difference = snapshots.differences(everywhere)["/x"]
    assert isinstance(difference.error, PermissionError)
    assert (difference.old.digest, difference.new.digest, difference.new.entry) == (sha(b"1"), None, unreadable.entry)


def test_a_file_that_still_cannot_be_read_is_reported_once(unreadable: Disk) -> None:
    snapshots = snapshots_of(unreadable)
    with pytest.raises(PermissionError):
        snapshots.look("/x")
    reads = unreadable.reads
    assert len(snapshots.differences(everywhere)) == 0
    assert unreadable.reads == reads


def test_a_file_that_can_be_read_again_is_a_difference(unreadable: Disk) -> None:
    snapshots = snapshots_of(unreadable)
    with pytest.raises(PermissionError):
        snapshots.look("/x")
    unreadable.error, unreadable.entry = None, unreadable.entry._replace(mtime_ns=2)
    difference = snapshots.differences(everywhere)["/x"]
    assert (difference.error, difference.new.digest) == (None, sha(b"1"))


@pytest.mark.parametrize("is_new", [True, False])
def test_a_file_that_cannot_be_read_does_not_hide_other_differences(unreadable: Disk, is_new: bool) -> None:
    store = store_of(y=b"1")
    snapshots = snapshots_of(unreadable, store)
    with pytest.raises(PermissionError):
        snapshots.look("/x")
    snapshots.look("/y")
    store.write("/y", b"2")
    if is_new:
        unreadable.entry = unreadable.entry._replace(mtime_ns=2)
    assert "/y" in snapshots.differences(everywhere)


# --- languages ---------------------------------------------------------------------------------------------


def test_a_translation_counts_first_and_its_path_is_the_originals() -> None:
    snapshots = snapshots_of(store_of(sign=b"plain", tl__fi__sign=b"kyltti"), languages=("fi",))
    assert snapshots.read("/sign")[0] == b"kyltti"
    assert snapshots.last("/sign").digest == sha(b"kyltti")


def test_a_file_without_a_translation_is_itself() -> None:
    snapshots = snapshots_of(store_of(sign=b"plain", tl__sv__sign=b"skylt"), languages=("fi",))
    assert snapshots.read("/sign")[0] == b"plain"


def test_a_folder_is_not_a_translation() -> None:
    snapshots = snapshots_of(store_of(sign=b"plain", tl__fi__sign__x=b""), languages=("fi",))
    assert snapshots.read("/sign")[0] == b"plain"


def test_a_translation_may_be_all_there_is() -> None:
    snapshots = snapshots_of(store_of(tl__fi__sign=b"kyltti"), languages=("fi",))
    assert snapshots.look("/sign").digest == sha(b"kyltti")


def test_a_translation_that_comes_is_a_difference() -> None:
    store = store_of(sign=b"plain")
    snapshots = snapshots_of(store, languages=("fi",))
    snapshots.look("/sign")
    store.write("/tl/fi/sign", b"kyltti")
    differences = snapshots.differences(lambda path, provider: path == "/tl/fi/sign" and provider is None)
    assert list(differences) == ["/sign"]


def test_a_path_that_differs_in_no_language_is_not_looked_at() -> None:
    store = store_of(sign=b"plain")
    snapshots = snapshots_of(store, languages=("fi",))
    snapshots.look("/sign")
    store.write("/sign", b"changed")
    assert len(snapshots.differences(lambda path, provider: False)) == 0
