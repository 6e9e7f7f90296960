"""Archives into a file system and out of it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
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
from vfsloader.archives.unpack import OnConflict
from vfsloader.errors import (
    DamagedError,
    IsAFolderError,
    PathExistsError,
    PathNotFoundError,
    QuotaExceededError,
    UnsafeArchiveError,
)
from vfsloader.runtime import budget

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


def sources(data: bytes, folder: Path) -> list[bytes | io.BytesIO | str | Path]:
    (folder / "x").write_bytes(data)
    return [data, io.BytesIO(data), str(folder / "x"), folder / "x"]


@pytest.mark.parametrize("form", MAKERS)
def test_every_format_is_expanded(form: str, tmp_path: Path) -> None:
    for source in sources(MAKERS[form](), tmp_path):
        with VirtualFileSystem() as vfs:
            expand_archive(vfs, source, "/in")
            assert content(vfs) == {f"/in/{name}": file for name, file in FILES.items()}
        if isinstance(source, io.BytesIO):
            assert not source.closed


@pytest.mark.parametrize("form", MAKERS)
def test_every_format_is_expanded_file_by_file(form: str) -> None:
    with VirtualFileSystem() as vfs:
        assert expand_archive_streaming(vfs, MAKERS[form](), "/in") == len(FILES)
        assert content(vfs) == {f"/in/{name}": file for name, file in FILES.items()}


# --- conflicts -----------------------------------------------------------------------------------------

CONFLICTING = zipped(("a.txt", b"new"), ("b/c.tar.gz", b"new"), ("d.txt", b"new"), ("d.txt", b"twice"))


@pytest.mark.parametrize(
    ("how", "expected", "written", "warned"),
    [
        ("skip", {"/a.txt": b"old", "/b/c.tar.gz": b"new", "/d.txt": b"new"}, 2, 0),
        ("overwrite", {"/a.txt": b"new", "/b/c.tar.gz": b"new", "/d.txt": b"twice"}, 4, 2),
        (
            "rename",
            {"/a.txt": b"old", "/a (2).txt": b"new", "/b/c.tar.gz": b"new", "/d.txt": b"new", "/d (2).txt": b"twice"},
            4,
            0,
        ),
    ],
)
def test_conflicts_are_settled(how: OnConflict, expected: dict[str, bytes], written: int, warned: int) -> None:
    with VirtualFileSystem() as vfs, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        vfs.write_bytes("/a.txt", b"old")
        assert expand_archive_streaming(vfs, CONFLICTING, on_conflict=how) == written
        assert content(vfs) == expected
    assert len([warning for warning in caught if warning.category is UserWarning]) == warned


def test_a_renamed_file_gets_the_next_free_number() -> None:
    with VirtualFileSystem() as vfs:
        for name in ("/a.txt", "/a (2).txt"):
            vfs.write_bytes(name, b"old")
        expand_archive(vfs, zipped(("a (2).txt", b"new")), on_conflict="rename")
        assert vfs.read_bytes("/a (3).txt") == b"new"


def test_a_conflict_changes_nothing() -> None:
    with VirtualFileSystem() as vfs:
        vfs.write_bytes("/d.txt", b"old")
        with pytest.raises(PathExistsError) as raised:
            expand_archive(vfs, CONFLICTING)
        assert raised.value.filename == "/d.txt"
        assert content(vfs) == {"/d.txt": b"old"}


def test_files_before_a_conflict_stay_when_streaming() -> None:
    with VirtualFileSystem() as vfs:
        vfs.write_bytes("/d.txt", b"old")
        with pytest.raises(PathExistsError):
            expand_archive_streaming(vfs, CONFLICTING)
        assert content(vfs) == {"/a.txt": b"new", "/b/c.tar.gz": b"new", "/d.txt": b"old"}


@pytest.mark.parametrize("how", ["raise", "skip", "overwrite", "rename"])
def test_a_folder_is_never_replaced(how: OnConflict) -> None:
    with VirtualFileSystem() as vfs:
        vfs.makedirs("/e")
        with pytest.raises(IsAFolderError):
            expand_archive(vfs, zipped(("e", b"x")), on_conflict=how)


@pytest.mark.parametrize("how", ["raise", "skip", "overwrite", "rename"])
def test_a_file_does_not_become_a_folder(how: OnConflict) -> None:
    with VirtualFileSystem() as vfs:
        vfs.write_bytes("/d.txt", b"old")
        with pytest.raises(NotADirectoryError):
            expand_archive(vfs, zipped(("d.txt/x", b"x")), on_conflict=how)


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
        ("/abs", "/in/abs"),
        ("a/../b", "/in/b"),
        ("C:\\b", "/in/b"),
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


@pytest.mark.parametrize("name", ["../x", "a/../../b", "..\\x", "/../x"])
def test_a_name_that_leads_out_is_reported(name: str) -> None:
    with VirtualFileSystem() as vfs:
        with pytest.warns(UserWarning, match="leads out"):
            expand_archive(vfs, zipped((name, b"theirs"), ("good", b"x")), "/in")
        assert content(vfs) == {"/in/good": b"x"}


# --- bad input -----------------------------------------------------------------------------------------


def test_text_is_not_an_archive() -> None:
    with VirtualFileSystem() as vfs, pytest.raises(ValueError, match="ZipAdapter, TarAdapter, SevenZipAdapter"):
        expand_archive(vfs, b"text")


def test_only_the_given_adapters_are_tried() -> None:
    with VirtualFileSystem() as vfs, pytest.raises(ValueError, match=r"TarAdapter$"):
        expand_archive(vfs, zipped(("a", b"")), adapters=[TarAdapter])


def test_an_unknown_way_to_settle_conflicts() -> None:
    with VirtualFileSystem() as vfs, pytest.raises(ValueError, match="maybe"):
        expand_archive(vfs, zipped(), on_conflict="maybe")  # type: ignore[arg-type]


def test_a_missing_archive(tmp_path: Path) -> None:
    with VirtualFileSystem() as vfs, pytest.raises(PathNotFoundError) as raised:
        expand_archive(vfs, tmp_path / "nope.zip")
    assert raised.value.filename == str(tmp_path / "nope.zip")


def test_a_damaged_member() -> None:
    broken = bytearray(zipped(("a", os.urandom(5000))))
    broken[200] ^= 1
    with VirtualFileSystem() as vfs:
        with pytest.raises(DamagedError):
            expand_archive(vfs, bytes(broken))
        assert content(vfs) == {}


@pytest.mark.parametrize("cut", [10, 100, 1000, 3000])
def test_a_7z_that_is_cut_off(cut: int) -> None:
    with VirtualFileSystem() as vfs:
        with pytest.raises(DamagedError):
            expand_archive(vfs, seven_zipped()[:cut])
        assert content(vfs) == {}


@pytest.mark.parametrize("form", MAKERS)
def test_a_bomb_is_refused_in_every_format(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "is_bomb", lambda unpacked, packed, ratio: unpacked > 1000)
    with VirtualFileSystem() as vfs:
        with pytest.raises(UnsafeArchiveError):
            expand_archive(vfs, MAKERS[form]())
        assert content(vfs) == {}


@pytest.mark.parametrize("form", MAKERS)
def test_too_many_members_are_refused_in_every_format(form: str) -> None:
    with VirtualFileSystem() as vfs:
        with pytest.raises(UnsafeArchiveError, match=r"more than 3 members.* budget\.members"):
            expand_archive(vfs, MAKERS[form](), budget={"members": 3})
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


def test_a_custom_adapter() -> None:
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
    assert not Fixed.can_handle("anything")  # it recognises nothing
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


def test_mounting_a_zip_imports_only_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped(("a", b"a")))
    script = """if True:
        import sys
        from vfsloader import open_layer
        with open_layer(sys.argv[1]) as layer:
            assert layer.read(layer.find("/a")) == b"a"
        print(*{"gzip", "py7zr", "tarfile"} & set(sys.modules))
    """
    command = [sys.executable, "-c", script, str(tmp_path / "x.zip")]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert result.stdout == "\n"
