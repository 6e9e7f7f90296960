"""Archives into a file system and out of it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import warnings
import zipfile
from pathlib import Path

import py7zr
import pytest

from tests.packs.trees import sample
from vfsloader import VirtualFileSystem
from vfsloader.archives import (
    ArchiveAdapter,
    TarAdapter,
    ZipAdapter,
    expand_archive,
    expand_archive_streaming,
    write_archive,
)
from vfsloader.errors import (
    DamagedError,
    IsAFolderError,
    PathExistsError,
    PathNotFoundError,
    QuotaExceededError,
    UnsafeArchiveError,
)

FILES = {path[1:]: data for path, data in sample(large=300_000).items()}


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")  # a name that stands twice
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def seven_zipped() -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        for name, data in FILES.items():
            archive.writestr(data, name)
    return out.getvalue()


MAKERS = {
    "zip": lambda: zipped(*FILES.items()),
    "zip stored": lambda: zipped(*FILES.items(), method=zipfile.ZIP_STORED),
    "zip bzip2": lambda: zipped(*FILES.items(), method=zipfile.ZIP_BZIP2),
    "zip lzma": lambda: zipped(*FILES.items(), method=zipfile.ZIP_LZMA),
    "tar": tarred,
    "tar.gz": lambda: tarred("w:gz"),
    "tar.bz2": lambda: tarred("w:bz2"),
    "tar.xz": lambda: tarred("w:xz"),
    "7z": seven_zipped,
}


def content(vfs: VirtualFileSystem) -> dict[str, bytes]:
    return {path: vfs.read_bytes(path) for path in vfs.glob("/**") if vfs.isfile(path)}


@pytest.mark.parametrize("kind", MAKERS)
def test_every_kind_comes_in(kind: str, tmp_path: Path) -> None:
    data = MAKERS[kind]()
    (tmp_path / "x").write_bytes(data)
    expected = {f"/in/{name}": file for name, file in FILES.items()}
    for source in (data, io.BytesIO(data), str(tmp_path / "x"), tmp_path / "x"):
        with VirtualFileSystem() as vfs:
            expand_archive(vfs, source, "/in")
            assert content(vfs) == expected
        if isinstance(source, io.BytesIO):
            assert not source.closed
    with VirtualFileSystem() as vfs:
        assert expand_archive_streaming(vfs, data, "/in") == len(FILES)
        assert content(vfs) == expected


def test_conflicts() -> None:
    data = zipped(("a.txt", b"new"), ("b/c.tar.gz", b"new"), ("d.txt", b"new"), ("d.txt", b"twice"))
    for how, expected, written in (
        ("skip", {"/a.txt": b"old", "/b/c.tar.gz": b"new", "/d.txt": b"new"}, 2),
        ("overwrite", {"/a.txt": b"new", "/b/c.tar.gz": b"new", "/d.txt": b"twice"}, 4),
        (
            "rename",
            {"/a.txt": b"old", "/a (2).txt": b"new", "/b/c.tar.gz": b"new", "/d.txt": b"new", "/d (2).txt": b"twice"},
            4,
        ),
    ):
        with VirtualFileSystem() as vfs, warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            vfs.write_bytes("/a.txt", b"old")
            assert expand_archive_streaming(vfs, data, on_conflict=how) == written  # type: ignore[arg-type]
            assert content(vfs) == expected
            assert len([one for one in told if one.category is UserWarning]) == (2 if how == "overwrite" else 0)
            if how == "rename":
                expand_archive(vfs, zipped(("a (2).txt", b"third")), on_conflict="rename")
                assert vfs.read_bytes("/a (3).txt") == b"third"
    with VirtualFileSystem() as vfs:
        vfs.write_bytes("/d.txt", b"old")
        with pytest.raises(PathExistsError):
            expand_archive(vfs, data)
        assert content(vfs) == {"/d.txt": b"old"}
        with pytest.raises(PathExistsError):
            expand_archive_streaming(vfs, data)
        assert content(vfs) == {"/a.txt": b"new", "/b/c.tar.gz": b"new", "/d.txt": b"old"}
        vfs.makedirs("/e")
        for how in ("raise", "skip", "overwrite", "rename"):
            with pytest.raises(IsAFolderError):
                expand_archive(vfs, zipped(("e", b"x")), on_conflict=how)  # type: ignore[arg-type]
            with pytest.raises(NotADirectoryError):
                expand_archive(vfs, zipped(("d.txt/x", b"x")), on_conflict=how)  # type: ignore[arg-type]


def test_all_of_it_or_nothing() -> None:
    data = zipped(("a", b"x" * 400), ("b", b"x" * 400), ("c", b"x" * 400))
    with VirtualFileSystem(quota=1000) as vfs:
        with pytest.raises(QuotaExceededError):
            expand_archive(vfs, data)
        assert content(vfs) == {}
        assert vfs.stats().used == 0
        with pytest.raises(QuotaExceededError):
            expand_archive_streaming(vfs, data)
        assert sorted(content(vfs)) == ["/a", "/b"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../x", "/in/x"),
        ("/abs", "/in/abs"),
        ("a/../../b", "/in/b"),
        ("a\\b", "/in/a/b"),
        ("./a", "/in/a"),
        ("cafe\u0301", "/in/caf\u00e9"),
    ],
)
def test_no_member_leaves_the_folder(name: str, path: str) -> None:
    with VirtualFileSystem() as vfs:
        vfs.write_bytes("/x", b"mine")
        expand_archive(vfs, zipped((name, b"theirs")), "/in")
        assert content(vfs) == {"/x": b"mine", path: b"theirs"}


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with VirtualFileSystem() as vfs:
        with pytest.raises(ValueError, match="no adapter can read"):
            expand_archive(vfs, b"text")
        with pytest.raises(ValueError, match="on_conflict must be one of"):
            expand_archive(vfs, zipped(), on_conflict="maybe")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="tried TarAdapter"):
            expand_archive(vfs, zipped(("a", b"")), adapters=[TarAdapter])
        with pytest.raises(PathNotFoundError):
            expand_archive(vfs, tmp_path / "nope.zip")
        broken = bytearray(zipped(("a", os.urandom(5000))))
        broken[200] ^= 1
        with pytest.raises(DamagedError):
            expand_archive(vfs, bytes(broken))
        with pytest.raises(UnsafeArchiveError):
            expand_archive(vfs, zipped(("zeros", bytes(70_000_000))))
        for cut in (10, 100, 1000, 3000):
            with pytest.raises((DamagedError, ValueError)):
                expand_archive(vfs, seven_zipped()[:cut])
        assert content(vfs) == {}


@pytest.mark.parametrize("opened", [gzip.open, bz2.open, lzma.open])
def test_a_compressed_bomb_is_named(opened: object) -> None:
    out = io.BytesIO()
    info = tarfile.TarInfo("zeros")
    info.size = 200 << 20
    with opened(out, "wb") as file:  # type: ignore[operator]
        file.write(info.tobuf())
        for _ in range(200):
            file.write(bytes(1 << 20))
        file.write(bytes(1024))
    with VirtualFileSystem() as vfs, pytest.raises(UnsafeArchiveError):
        expand_archive(vfs, out)


def test_an_adapter_of_ones_own() -> None:
    class Fixed(ArchiveAdapter):
        closed = False

        def members(self):  # type: ignore[no-untyped-def]
            yield "a", b"1"

        def close(self) -> None:
            self.closed = True

    adapter = Fixed("anything")
    with VirtualFileSystem() as vfs:
        expand_archive(vfs, "anything", adapter=adapter)
        assert content(vfs) == {"/a": b"1"}
    assert not adapter.closed
    assert not Fixed.can_handle("anything")  # it says of nothing that it reads it
    assert ZipAdapter.can_handle(stream := io.BytesIO(zipped()))
    assert stream.tell() == 0


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tgz", "x.tar.bz2", "x.tar.xz"])
def test_a_tree_goes_out_and_comes_back(tmp_path: Path, name: str) -> None:
    with VirtualFileSystem() as lower, VirtualFileSystem() as vfs:
        lower.write_bytes("/in/a.bin", b"lower")
        for path, data in FILES.items():
            vfs.write_bytes(f"/in/{path}", data)
        vfs.add_underlay(lower)
        vfs.makedirs("/in/empty folder")
        vfs.write_bytes("/elsewhere", b"x")
        assert write_archive(vfs, tmp_path / name, path="/in") == len(FILES) + 1
        with VirtualFileSystem() as back:
            expand_archive(back, tmp_path / name)
            assert content(back) == {"/a.bin": b"lower", **{f"/{path}": data for path, data in FILES.items()}}
        first = (tmp_path / name).read_bytes()
        with pytest.raises(PathExistsError):
            write_archive(vfs, tmp_path / name, path="/in")
        write_archive(vfs, tmp_path / name, path="/in", overwrite=True)
        assert (tmp_path / name).read_bytes() == first
        assert os.listdir(tmp_path) == [name]
        with pytest.raises(ValueError, match="does not end in any of"):
            write_archive(vfs, tmp_path / "x.rar")
        with pytest.raises(NotADirectoryError):
            write_archive(vfs, tmp_path / "y.zip", path="/elsewhere")


def test_times_go_out_where_they_are_wanted(tmp_path: Path) -> None:
    with VirtualFileSystem() as vfs:
        vfs.write_bytes("/a", b"x")
        write_archive(vfs, tmp_path / "x.tar", keep_times=True)
        with tarfile.open(tmp_path / "x.tar") as archive:
            assert archive.getmember("a").mtime == int(vfs.stat("/a").st_mtime)
