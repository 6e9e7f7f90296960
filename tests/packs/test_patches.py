"""Patches: small, exact, and either applied or not."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packs.tampering import seal_of
from tests.packs.trees import files_in, hidden_names, sample
from vfsloader import Store, packs
from vfsloader.errors import DamagedError, NotAStoreError, PathExistsError, PathNotFoundError, WrongPackError
from vfsloader.packs.patch.chunking import LARGEST, SMALLEST, boundaries
from vfsloader.packs.patch.format import apply_tree_delta, tree_delta
from vfsloader.store.pack.writer import PackNode


def make(folder: Path, name: str, files: dict[str, bytes], *, compress: bool = False) -> Path:
    store = Store(":memory:")
    for path, data in files.items():
        store.write(path, data)
    packs.build(store, folder / name, compress=compress, overwrite=True)
    return folder / name


@pytest.mark.parametrize("compress", [False, True])
def test_a_patch_makes_the_new_pack_to_the_byte(tmp_path: Path, compress: bool) -> None:
    before = sample(1)
    after = {**before, "/new.bin": random.Random(5).randbytes(100_000), "/readme.txt": b"new"}
    del after["/sprites/noise.png"]
    changed = bytearray(before["/large.bin"])
    changed[1_000_000:1_000_000] = b"inserted"
    after["/large.bin"] = bytes(changed)
    old = make(tmp_path, "old.pack", before, compress=compress)
    new = make(tmp_path, "new.pack", after, compress=compress)
    report = packs.diff(old, new, tmp_path / "x.patch")
    assert report.size == (tmp_path / "x.patch").stat().st_size
    assert report.size < 130_000
    applied = packs.apply(tmp_path / "x.patch", old)
    assert applied.changed
    assert old.read_bytes() == new.read_bytes()
    assert files_in(old) == after
    assert packs.verify(old).ok
    assert not packs.apply(tmp_path / "x.patch", old).changed
    assert hidden_names(tmp_path) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:5_000_000] + b"!" + data[5_000_001:],
        lambda data: data[:5_000_000] + b"!" + data[5_000_000:],
        lambda data: data[:5_000_000] + data[5_000_001:],
        lambda data: b"!" + data,
        lambda data: data + b"!",
        lambda data: data[4_000_000:] + data[:4_000_000],
    ],
    ids=["overwritten", "inserted", "removed", "at the start", "at the end", "turned round"],
)
def test_a_byte_ships_bytes(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    data = random.Random(3).randbytes(10_000_000)
    old = make(tmp_path, "old.pack", {"/big.bin": data})
    new = make(tmp_path, "new.pack", {"/big.bin": change(data)})
    report = packs.diff(old, new, tmp_path / "x.patch")
    assert report.literal <= 1
    assert report.size < 10_000


def test_another_place_for_the_new_pack(tmp_path: Path) -> None:
    old, new = make(tmp_path, "old.pack", {"/a": b"1"}), make(tmp_path, "new.pack", {"/a": b"2", "/b": b""})
    before = old.read_bytes()
    packs.diff(old, new, tmp_path / "x.patch")
    packs.apply(tmp_path / "x.patch", old, tmp_path / "out.pack")
    assert (tmp_path / "out.pack").read_bytes() == new.read_bytes()
    assert old.read_bytes() == before


def test_a_signed_pack_is_made_signed(tmp_path: Path) -> None:
    old, new = make(tmp_path, "old.pack", {"/a": b"1"}), make(tmp_path, "new.pack", {"/a": b"2"})
    packs.keygen(tmp_path / "k.key", tmp_path / "k.pub")
    packs.sign(new, tmp_path / "k.key")
    packs.diff(old, new, tmp_path / "x.patch")
    packs.apply(tmp_path / "x.patch", old)
    assert old.read_bytes() == new.read_bytes()
    assert packs.verify(old, key=tmp_path / "k.pub").ok


_contents = st.one_of(
    st.binary(max_size=50), st.integers(0, 5).map(lambda seed: random.Random(seed).randbytes(150_000))
)
_trees = st.dictionaries(st.sampled_from(["/a", "/b", "/c/d", "/c/e", "/f"]), _contents, max_size=5)


@settings(max_examples=40)
@given(_trees, _trees, st.booleans())
def test_any_tree_becomes_any_other(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, bytes], after: dict[str, bytes], compress: bool
) -> None:
    folder = tmp_path_factory.mktemp("any")
    old, new = make(folder, "old.pack", before, compress=compress), make(folder, "new.pack", after, compress=compress)
    packs.diff(old, new, folder / "x.patch", check=False)
    packs.apply(folder / "x.patch", old)
    assert old.read_bytes() == new.read_bytes()


_nodes = st.dictionaries(st.text("abc/", min_size=1, max_size=4), st.integers(0, 3)).map(
    lambda sizes: [PackNode(path, 0, size, 0, bytes(32)) for path, size in sorted(sizes.items())]
)


@given(_nodes, _nodes)
def test_tree_deltas_lead_where_they_must(old: list[PackNode], new: list[PackNode]) -> None:
    lines = json.loads(json.dumps(list(tree_delta(old, new))))
    assert list(apply_tree_delta(iter(old), lines)) == new


@given(st.integers(0, 3).flatmap(lambda seed: st.integers(0, 400_000).map(lambda n: random.Random(seed).randbytes(n))))
def test_boundaries_cover_everything(data: bytes) -> None:
    ends = list(boundaries(data, is_end=True))
    sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    assert sum(sizes) == len(data)
    assert all(SMALLEST <= size <= LARGEST for size in sizes[:-1])
    begun = list(boundaries(data[: len(data) // 2], is_end=False))
    assert begun == ends[: len(begun)]


# --- what does not fit ---------------------------------------------------------------------------------


def test_a_patch_is_only_for_its_pack(tmp_path: Path) -> None:
    old, new = make(tmp_path, "old.pack", {"/a": b"1"}), make(tmp_path, "new.pack", {"/a": b"2"})
    other = make(tmp_path, "other.pack", {"/a": b"3"})
    packs.diff(old, new, tmp_path / "x.patch")
    before = other.read_bytes()
    with pytest.raises(WrongPackError, match="digest") as raised:
        packs.apply(tmp_path / "x.patch", other)
    assert raised.value.filename == str(other)
    assert other.read_bytes() == before


def test_a_patch_is_only_for_a_pack_that_was_built_the_same_way(tmp_path: Path) -> None:
    text = {"/t": random.Random(1).randbytes(3).hex().encode() * 90_000}
    plain, packed = make(tmp_path, "p.pack", text), make(tmp_path, "z.pack", text, compress=True)
    packs.diff(plain, make(tmp_path, "new.pack", {"/a": b"2"}), tmp_path / "x.patch")
    with pytest.raises(WrongPackError, match="build options"):
        packs.apply(tmp_path / "x.patch", packed)


def test_a_pack_is_not_a_patch(tmp_path: Path) -> None:
    old, new = make(tmp_path, "old.pack", {"/a": b"1"}), make(tmp_path, "new.pack", {"/a": b"2"})
    with pytest.raises(DamagedError) as raised:
        packs.apply(new, old)
    assert raised.value.filename == str(new)


def test_a_missing_patch(tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError):
        packs.apply(tmp_path / "nope.patch", make(tmp_path, "old.pack", {"/a": b"1"}))


def test_a_patch_is_not_replaced(tmp_path: Path) -> None:
    old, new = make(tmp_path, "old.pack", {"/a": b"1"}), make(tmp_path, "new.pack", {"/a": b"2"})
    (tmp_path / "x.patch").write_bytes(b"mine")
    with pytest.raises(PathExistsError):
        packs.diff(old, new, tmp_path / "x.patch")
    assert (tmp_path / "x.patch").read_bytes() == b"mine"


def test_a_patch_needs_packs_that_were_built(tmp_path: Path) -> None:
    new = make(tmp_path, "new.pack", {"/a": b"2"})
    with Store(tmp_path / "live.db") as store:
        store.write("/a", b"1")
    with pytest.raises(NotAStoreError, match="pack build"):
        packs.diff(tmp_path / "live.db", new, tmp_path / "x.patch")
    with pytest.raises(NotAStoreError, match="pack build"):
        packs.diff(new, tmp_path / "live.db", tmp_path / "x.patch")
    assert not (tmp_path / "x.patch").exists()


def test_what_is_damaged_in_the_new_pack_is_so_afterwards(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(300_000)
    old, new = make(tmp_path, "old.pack", {"/a": b"1"}), make(tmp_path, "new.pack", {"/a": data})
    new.write_bytes(new.read_bytes().replace(data[150_000:150_009], b"any bytes"))
    packs.diff(old, new, tmp_path / "x.patch")  # a patch carries the bytes as they are; verify finds the damage
    packs.apply(tmp_path / "x.patch", old)
    assert not packs.verify(old).ok


def test_a_damaged_old_pack_stays_as_it_is(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(300_000)
    old, new = make(tmp_path, "old.pack", {"/a": data}), make(tmp_path, "new.pack", {"/a": data, "/b": b"b"})
    packs.diff(old, new, tmp_path / "x.patch")
    old.write_bytes(old.read_bytes().replace(data[150_000:150_009], b"any bytes"))
    before = old.read_bytes()
    with pytest.raises(DamagedError, match="nothing was changed"):
        packs.apply(tmp_path / "x.patch", old)
    assert old.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["new.pack", "old.pack", "x.patch"]


def test_a_new_pack_with_bytes_that_carry_nothing_is_refused(tmp_path: Path) -> None:
    """A patch makes the file as it was built, so a file that was written into afterwards cannot be made."""
    old, new = make(tmp_path, "old.pack", {"/a": b"1"}), make(tmp_path, "new.pack", {"/a": b"2"})
    with new.open("r+b") as file:
        file.seek(seal_of(new).index_bytes - 500)  # free space of a page
        file.write(b"hidden")
    with pytest.raises(DamagedError, match="did not produce"):
        packs.diff(old, new, tmp_path / "x.patch")
    assert not (tmp_path / "x.patch").exists()


def test_a_full_disk_is_seen_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = make(tmp_path, "old.pack", {"/a": b"1"}), make(tmp_path, "new.pack", {"/a": b"2"})
    packs.diff(old, new, tmp_path / "x.patch")
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    with pytest.raises(OSError, match="bytes free"):
        packs.apply(tmp_path / "x.patch", old)
