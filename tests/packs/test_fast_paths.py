"""The fast ways to a pack's contents, a slice of the mapping and a view, have the bytes of the slow ones."""

from __future__ import annotations

import hashlib
import io
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packs.tampering import seal_of
from tests.packs.trees import files_of, sample, write_tree
from vfsloader import Layer, ResourceManager, Store, VirtualFileSystem, open_layer, packs
from vfsloader.errors import NotAStoreError
from vfsloader.runtime.fast_paths import VARIABLE
from vfsloader.store.pack.compression import FRAME_BYTES

_SIZES = [0, 1, 100, 4096, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 1_200_000]
_contents = st.builds(
    lambda size, seed, text: (bytes if text else random.Random(seed).randbytes)(size),
    st.sampled_from(_SIZES),
    st.integers(0, 3),
    st.booleans(),
)
_trees = st.dictionaries(st.sampled_from(["/a", "/b/c", "/b/d", "/é", "/x/y/z"]), _contents, min_size=1)


@settings(max_examples=60)
@given(_trees, st.booleans(), st.lists(st.tuples(st.integers(0, 1_300_000), st.integers(0, 600_000)), max_size=4))
def test_all_ways_to_read_a_pack_agree(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], compress: bool, parts: list[tuple[int, int]]
) -> None:
    pack = tmp_path_factory.mktemp("x") / "x.pack"
    store = Store(":memory:")
    for path, data in files.items():
        store.write(path, data)
    packs.build(store, pack, compress=3 if compress else False)
    data = pack.read_bytes()
    for layer in (
        open_layer(pack, trusted=True),
        open_layer(pack),
        open_layer(data),
        open_layer(io.BytesIO(data)),
    ):
        with layer:
            assert files_of(layer) == files
            for path, content in files.items():
                entry = layer.find(path)
                assert layer.view(entry) == content
                assert layer.view(entry).readonly
                with layer.open(entry) as stream:
                    for offset, count in parts:
                        stream.seek(offset)
                        assert stream.read(count) == content[offset : offset + count]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    packs.build(write_tree(tmp_path / "src", sample(large=300_000)), tmp_path / "x.pack")
    return tmp_path / "x.pack"


def is_mapped(layer: Layer, path: str) -> bool:
    """Return whether two views of a file are of the same memory."""
    entry = layer.find(path)
    return layer.view(entry).obj is layer.view(entry).obj


def test_only_the_games_own_pack_is_mapped(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)  # CI runs the tests once with slow paths only
    with open_layer(pack, trusted=True) as own, open_layer(pack) as other:
        assert is_mapped(own, "/sprites/noise.png")
        assert not is_mapped(other, "/sprites/noise.png")
    monkeypatch.setenv(VARIABLE, "0")
    with open_layer(pack, trusted=True) as own:
        assert not is_mapped(own, "/sprites/noise.png")
        assert files_of(own) == sample(large=300_000)


def test_a_game_views_its_pack(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with ResourceManager(pack, watch=False) as game:
        for _ in range(2):
            view = game.vfs.view("/sprites/noise.png")
            assert view == sample()["/sprites/noise.png"]
        assert game.vfs.view("/sprites/noise.png").obj is view.obj
        assert game.vfs.view("sprites/noise.png") == view


def test_a_view_stays_after_its_pack_is_closed(pack: Path) -> None:
    vfs = VirtualFileSystem()
    layer = open_layer(pack, trusted=True)
    vfs.add_underlay(layer)
    view, other = vfs.view("/sprites/noise.png"), vfs.view("/readme.txt")
    layer.close()
    with pytest.raises(ValueError, match="closed"):
        vfs.read_bytes("/sprites/noise.png")
    pack.unlink()
    assert (view, other) == (sample()["/sprites/noise.png"], sample()["/readme.txt"])


def test_a_closed_pack_without_views_is_not_read(pack: Path) -> None:
    for trusted in (True, False):
        layer = open_layer(pack, trusted=trusted)
        entry = layer.find("/readme.txt")
        layer.close()
        with pytest.raises((ValueError, OSError)):
            layer.read(entry)


def test_every_sqlite_opens_a_pack(pack: Path) -> None:
    connection = sqlite3.connect(f"file:{pack}?immutable=1", uri=True)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    assert pages * size == seal_of(pack).index_bytes
    connection.close()


def test_a_pack_of_the_first_format_says_that_it_has_to_be_rebuilt(tmp_path: Path) -> None:
    with Store(tmp_path / "old.pack") as store:
        store.write("/a", b"1")
        with store.database.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES('layout', 1)")
        store.seal()
    with pytest.raises(NotAStoreError, match="rebuild"):
        open_layer(tmp_path / "old.pack")
    connection = sqlite3.connect(tmp_path / "old.pack")
    connection.execute("DELETE FROM meta WHERE name = 'layout'")
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()
    with pytest.raises(NotAStoreError, match="rebuild"):
        open_layer(tmp_path / "old.pack")


@pytest.mark.parametrize(
    ("count", "size", "most"), [(1, 100, lambda _: 12 << 10), (500, 60_000, lambda content: content * 1.005)]
)
def test_a_pack_is_hardly_larger_than_its_contents(tmp_path: Path, count: int, size: int, most: object) -> None:
    store = Store(":memory:")
    with store.transaction():
        for number in range(count):
            store.write(f"/folder{number % 20}/file{number:06}.png", random.Random(number).randbytes(size))
    report = packs.build(store, tmp_path / "x.pack")
    assert callable(most)
    assert report.stored <= most(count * size)


def test_a_build_that_is_killed_leaves_the_old_pack(tmp_path: Path, pack: Path) -> None:
    before = pack.read_bytes()
    script = (
        "import os, sys; from vfsloader import packs\n"
        "stop = lambda done, *_: done > 500_000 and os._exit(9)\n"
        "packs.build(sys.argv[1], sys.argv[2], overwrite=True, progress=stop)"
    )
    (tmp_path / "src" / "new").write_bytes(b"new")
    result = subprocess.run([sys.executable, "-c", script, tmp_path / "src", pack], env={**os.environ})
    assert result.returncode == 9
    assert pack.read_bytes() == before
    packs.build(tmp_path / "src", pack, overwrite=True)
    assert packs.verify(pack).ok


_READS = (
    lambda vfs, path: vfs.read_bytes(path),
    lambda vfs, path: bytes(vfs.view(path)),
    lambda vfs, path: vfs.open(path, "rb").read(),
    lambda vfs, path: vfs.read_bytes(vfs.path(path)),
    lambda vfs, path: vfs.read_bytes(f"//{path[1:]}"),
    lambda vfs, path: bytes(vfs.view(f"{path}/.")),
)


@settings(max_examples=30)
@given(_trees, st.booleans(), st.lists(st.sampled_from(_READS), min_size=2, max_size=5))
def test_a_tree_over_a_mapped_pack_reads_known_files_as_unknown_ones(
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[str, bytes],
    compress: bool,
    reads: list[Callable[[VirtualFileSystem, str], bytes]],
) -> None:
    pack = tmp_path_factory.mktemp("x") / "x.pack"
    store = Store(":memory:")
    for path, data in files.items():
        store.write(path, data)
    packs.build(store, pack, compress=3 if compress else False)
    with VirtualFileSystem() as vfs, open_layer(pack, trusted=True) as layer:
        vfs.add_underlay(layer)
        for path, data in files.items():
            for read in reads:
                assert read(vfs, path) == data
            assert vfs.digest(path) == hashlib.sha256(data).digest()


def test_a_closed_pack_is_not_read_through_a_tree_although_a_view_uses_its_mapping(pack: Path) -> None:
    layer = open_layer(pack, trusted=True)
    with VirtualFileSystem() as vfs:
        vfs.add_underlay(layer)
        data = vfs.read_bytes("/sprites/noise.png")
        view = vfs.view("/sprites/noise.png")
        layer.close()
        for read in _READS:
            with pytest.raises(ValueError, match="closed"):
                read(vfs, "/sprites/noise.png")
        assert view == data
