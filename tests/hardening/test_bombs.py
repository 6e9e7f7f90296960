"""Archives that are small and want to be large."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import sqlite3
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from vfsloader.pygame.spritesheet import SHEETS

from tests.packs.test_extract_and_convert import make_sqlar
from tests.packs.trees import files_of
from vfsloader import ResourceManager, VirtualFileSystem, open_layer, packs
from vfsloader.archives import expand_archive
from vfsloader.assets.loader import Asset
from vfsloader.assets.references import MapFile
from vfsloader.errors import BudgetError, ResourceError, UnsafeArchiveError, VFSError
from vfsloader.layers.listed import ListedLayer
from vfsloader.runtime import budget
from vfsloader.runtime.budget import Budget

#: What opening a hostile archive may take of memory.
MOST_BYTES = 64 << 20


@contextlib.contextmanager
def flat_memory(given: int = 0) -> Iterator[None]:
    """Fail where what runs inside takes more than `MOST_BYTES`, and a copy of what it is given."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES + given
    finally:
        tracemalloc.stop()


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            out.writestr(name, data)
    return path


def test_a_zip_of_zeros(tmp_path: Path) -> None:
    bomb = make_zip(tmp_path / "x.zip", {"zeros": bytes(budget.RATIO_FROM_BYTES + 1)})
    with pytest.raises(UnsafeArchiveError, match="times its size"):
        open_layer(bomb)


def test_a_zip_whose_list_says_less_than_its_members_have(tmp_path: Path) -> None:
    bomb = make_zip(tmp_path / "x.zip", {"zeros": bytes(30_000_000)})
    raw = bomb.read_bytes()
    at = raw.index(b"PK\1\2")
    bomb.write_bytes(raw[: at + 24] + struct.pack("<I", 100) + raw[at + 28 :])
    with flat_memory(), open_layer(bomb) as layer, pytest.raises(VFSError):
        layer.read(layer.find("/zeros"))


def test_a_zip_in_a_zip_is_a_file(tmp_path: Path) -> None:
    """Nobody unpacks what lies inside unasked: each archive is opened by itself, with its own limits."""
    inner = make_zip(tmp_path / "inner.zip", {"zeros": bytes(budget.RATIO_FROM_BYTES + 1)})
    outer = make_zip(tmp_path / "outer.zip", {"inner.zip": inner.read_bytes()})
    with open_layer(outer) as layer:
        stream = layer.open(layer.find("/inner.zip"))
        with pytest.raises(UnsafeArchiveError):
            open_layer(stream)


def test_overlapping_members_of_a_zip(tmp_path: Path) -> None:
    """Many entries that all point to one compressed run: the sum of their sizes counts."""
    zipped = io.BytesIO(make_zip(tmp_path / "one.zip", {"zeros": bytes(1_000_000)}).read_bytes())
    raw = zipped.getvalue()
    at, end = raw.index(b"PK\1\2"), raw.index(b"PK\5\6")
    entry = raw[at:end]
    count = 200
    directory = b"".join(entry[:46] + b"zer%02x" % place + entry[51:] for place in range(count))
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), at, 0)
    (tmp_path / "x.zip").write_bytes(raw[:at] + directory + tail)
    with pytest.raises(UnsafeArchiveError, match="times its size"):
        open_layer(tmp_path / "x.zip")


def test_ten_million_members_of_a_zip(tmp_path: Path) -> None:
    """The list is counted before an object is made of any member."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    count = 10_000_000
    with (tmp_path / "x.zip").open("wb") as out:
        out.write(local)
        block = entry * 100_000
        for _ in range(count // 100_000):
            out.write(block)
        size = len(entry) * count
        out.write(struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 20, 20, 0, 0, count, count, size, len(local)))
        out.write(struct.pack("<4sIQI", b"PK\6\7", 0, len(local) + size, 1))
        out.write(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    with flat_memory(), pytest.raises(UnsafeArchiveError):
        open_layer(tmp_path / "x.zip")


def test_more_members_than_the_budget_allows(tmp_path: Path) -> None:
    make_zip(tmp_path / "x.zip", dict.fromkeys("abcd", b""))
    with tarfile.open(tmp_path / "x.tar", "w") as out:
        for name in "abcd":
            out.addfile(tarfile.TarInfo(name))
    make_sqlar(tmp_path / "x.sqlar", dict.fromkeys("abcd", b"data"))
    for suffix in ("zip", "tar", "sqlar"):
        with pytest.raises(UnsafeArchiveError, match=r"more than 3 members.* budget\.members"):
            open_layer(tmp_path / f"x.{suffix}", budget={"members": 3})
        open_layer(tmp_path / f"x.{suffix}", budget={"members": 8}).close()


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "sqlar"])
def test_a_game_can_allow_more_than_the_default_ratio(tmp_path: Path, kind: str) -> None:
    """Level files of zeros are not an attack."""
    data = bytes(budget.RATIO_FROM_BYTES + (1 << 20))
    file = tmp_path / f"x.{kind}"
    if kind == "zip":
        make_zip(file, {"zeros": data})
    elif kind == "sqlar":
        make_sqlar(file, {"zeros": data})
    else:
        info = tarfile.TarInfo("zeros")
        info.size = len(data)
        with tarfile.open(file, "w:gz") as out:
            out.addfile(info, io.BytesIO(data))
    with pytest.raises(UnsafeArchiveError, match=r"times its size.* budget\.ratio"):
        open_layer(file)
    with open_layer(file, budget={"ratio": 100_000}) as layer:
        assert layer.read(layer.find("/zeros")) == data
    (tmp_path / "base").mkdir()
    (tmp_path / "mods").mkdir()
    file.rename(tmp_path / "mods" / file.name)
    for more, found in ({}, False), ({"budget": {"ratio": 100_000}}, True):
        with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False, **more) as game:
            assert game.vfs.exists("/zeros") == found
            assert any("budget.ratio" in problem.why for problem in game.mods.problems) != found


def test_members_of_an_sqlite_archive_that_are_left_out_are_reported(tmp_path: Path) -> None:
    """Also a path of 2,000 folders is one, and none is silent."""
    archive = make_sqlar(tmp_path / "x.sqlar", {"d/" * 2000 + "x.png": b"x", "a": b"a", "a/b": b"below"})
    connection = sqlite3.connect(archive)
    connection.execute("INSERT INTO sqlar VALUES('late', 33188, 9223372036854775807, 1, 'x')")
    connection.execute("INSERT INTO sqlar VALUES('text', 'x', 1, 1, 'x')")
    connection.commit()
    connection.close()
    with open_layer(archive) as layer:
        assert isinstance(layer, ListedLayer)
        assert set(files_of(layer)) == {"/" + "d/" * 2000 + "x.png", "/a", "/late"}
        assert layer.find("/late").mtime_ns == 0
        assert {name for name, _ in layer.left_out} == {"a/b", "link", "../escaped", "/absolute", "text"}
    (tmp_path / "mods").mkdir()
    archive.rename(tmp_path / "mods" / "x.sqlar")
    with ResourceManager(VirtualFileSystem(), mods=tmp_path / "mods", watch=False) as game:
        assert [problem.kind for problem in game.mods.problems] == ["left_out"]


def zeros_of_tar(count: int) -> bytes:
    info = tarfile.TarInfo("zeros")
    info.size = count
    return info.tobuf()


@pytest.mark.parametrize(
    ("suffix", "opened"), [("gz", gzip.open), ("bz2", bz2.open), ("xz", lzma.open)], ids=["gz", "bz2", "xz"]
)
def test_a_compressed_tar_of_zeros(tmp_path: Path, suffix: str, opened: Callable[..., io.BufferedIOBase]) -> None:
    size = budget.RATIO_FROM_BYTES * 3
    with opened(tmp_path / f"x.tar.{suffix}", "wb") as out:
        out.write(zeros_of_tar(size))
        for _ in range(size >> 20):
            out.write(bytes(1 << 20))
        out.write(bytes(1024))
    with flat_memory(), pytest.raises(UnsafeArchiveError):
        open_layer(tmp_path / f"x.tar.{suffix}")


def test_a_header_of_a_tar_that_fills_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 60_000_000
    for name, opened in (("x.tar", open), ("x.tar.gz", gzip.open)):
        with opened(tmp_path / name, "wb") as out:
            out.write(info.tobuf())
            for _ in range(60):
                out.write(b" " * 1_000_000)
            out.write(bytes(4096))
        with flat_memory(), pytest.raises(UnsafeArchiveError, match="header"):
            open_layer(tmp_path / name)
        with VirtualFileSystem() as vfs, flat_memory(), pytest.raises(UnsafeArchiveError, match="header"):
            expand_archive(vfs, tmp_path / name)


def test_a_sparse_member_of_a_tar_that_says_it_is_huge(tmp_path: Path) -> None:
    info = tarfile.TarInfo("sparse")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 50)}
    info.size = 512
    with tarfile.open(tmp_path / "x.tar", "w", format=tarfile.PAX_FORMAT) as out:
        out.addfile(info, io.BytesIO(b"1\n0\n1\n".ljust(512, b"\0")))
    with pytest.raises(VFSError):
        open_layer(tmp_path / "x.tar")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_of_archives_lead_nowhere(tmp_path: Path, kind: bytes) -> None:
    (tmp_path / "secret").write_text("secret")
    with tarfile.open(tmp_path / "x.tar", "w") as out:
        for target in ("../secret", str(tmp_path / "secret"), "/etc/passwd"):
            info = tarfile.TarInfo("link" + target.replace("/", "_"))
            info.type, info.linkname = kind, target
            out.addfile(info)
        below = tarfile.TarInfo("link.._secret/below")
        below.size = 1
        out.addfile(below, io.BytesIO(b"x"))
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
        out.writestr(link, "../secret")
    for name in ("x.tar", "x.zip"):
        with open_layer(tmp_path / name) as layer:
            assert set(files_of(layer).values()) <= {b"x"}
        packs.extract(tmp_path / name, tmp_path / f"out {name}")
        assert not [file for file in (tmp_path / f"out {name}").rglob("*") if file.is_symlink()]
    assert (tmp_path / "secret").read_text() == "secret"


LISTS = b'{"meta": {"image": "p.png"}, "x": [' + b"[]," * 2_000_000 + b"1]}"
MAPS = {
    "lists": LISTS,
    "texts": b'{"x": [' + b'"ab",' * 2_000_000 + b"1]}",
    "numbers": b'{"data": [' + b"12345," * 9_000_000 + b"1]}",
    "attributes": b"<map " + b" ".join(b'a%d="1"' % number for number in range(1_100_000)) + b"/>",
}


@pytest.mark.parametrize("name", MAPS)
def test_a_map_that_is_larger_in_memory_than_on_the_disk(name: str) -> None:
    """The parser is not even started: it makes 64 bytes of each three."""
    budget = Budget("/a.tmj in winter")
    with flat_memory(len(MAPS[name])), pytest.raises(BudgetError, match=r"budget\.nodes"):
        MapFile("/a.tmj", MAPS[name], "winter", budget)


def test_a_map_of_a_million_tiles_is_read() -> None:
    data = b'{"layers": [{"data": [' + b"1," * 1_000_000 + b'1]}], "tilesets": [{"source": "t.tsj"}]}'
    assert MapFile("/a.tmj", data, "winter", Budget("/a.tmj in winter")).references[0][1] == "t.tsj"


def test_a_sheet_that_is_larger_in_memory_than_on_the_disk(screen: object) -> None:
    asset = Asset("/s.json", LISTS, "winter", is_trusted=False)
    with flat_memory(len(LISTS)), pytest.raises(BudgetError, match=r"budget\.nodes"):
        SHEETS.decode(asset)
    with pytest.raises(ResourceError):
        SHEETS.decode(Asset("/s.json", b"[" * 100_000, "winter", is_trusted=False))
