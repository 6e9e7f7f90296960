"""Out of packs onto the disk, and from one format into another."""

from __future__ import annotations

import importlib
import io
import os
import sqlite3
import tarfile
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.packs.trees import files_in, files_of, hidden_names, sample, write_tree
from vfsloader import FolderLayer, Store, open_layer, packs
from vfsloader.errors import DamagedError, NotAFolderError, PathExistsError, PathNotFoundError, UnsafeArchiveError

#: The package has a function of the same name.
extract_module = importlib.import_module("vfsloader.packs.extract")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    packs.build(write_tree(tmp_path / "src", sample(large=300_000)), tmp_path / "x.pack", compress=True)
    return tmp_path / "x.pack"


def read_folder(folder: Path) -> dict[str, bytes]:
    return files_of(FolderLayer(folder))


def test_everything_comes_out(pack: Path, tmp_path: Path) -> None:
    files = sample(large=300_000)
    report = packs.extract(pack, tmp_path / "out")
    assert read_folder(tmp_path / "out") == files
    assert (report.written, report.kept, report.size) == (len(files), 0, sum(map(len, files.values())))
    assert hidden_names(tmp_path / "out") == []


def test_only_a_part_comes_out(pack: Path, tmp_path: Path) -> None:
    packs.extract(pack, tmp_path / "out", below="/copy")
    assert list(read_folder(tmp_path / "out")) == ["/copy/of/readme.txt"]


def test_only_one_file_comes_out(pack: Path, tmp_path: Path) -> None:
    packs.extract(pack, tmp_path / "out", below="/sprites/noise.png")
    assert list(read_folder(tmp_path / "out")) == ["/sprites/noise.png"]


def test_a_missing_part(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError):
        packs.extract(pack, tmp_path / "out", below="/nope")
    assert not (tmp_path / "out").exists()


def test_a_stopped_run_goes_on(pack: Path, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(done: int, total: int, path: str) -> None:
        if path == "/large.bin":
            raise StoppedError

    with pytest.raises(StoppedError):
        packs.extract(pack, tmp_path / "out", progress=stop)
    there = len(read_folder(tmp_path / "out"))
    assert 0 < there < len(sample())
    (tmp_path / "out" / ".readme.txt.a1b2c3d4.part").write_bytes(b"half a file of a killed run")
    report = packs.extract(pack, tmp_path / "out")
    assert report.kept == there
    assert read_folder(tmp_path / "out") == sample(large=300_000)


def test_what_is_there_is_kept(pack: Path, tmp_path: Path) -> None:
    out = write_tree(tmp_path / "out", {"/readme.txt": b"mine", "/mine.txt": b"mine"})
    with pytest.raises(PathExistsError, match="other bytes"):
        packs.extract(pack, out)
    assert (out / "readme.txt").read_bytes() == b"mine"
    packs.extract(pack, out, overwrite=True)
    assert read_folder(out) == {**sample(large=300_000), "/mine.txt": b"mine"}


def test_no_link_leads_out(pack: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "readme.txt").write_bytes(b"precious")
    for name, target in (("sprites", outside), ("readme.txt", outside / "readme.txt")):
        out = tmp_path / f"out {name}"
        out.mkdir()
        (out / name).symlink_to(target)
        with pytest.raises((NotAFolderError, PathExistsError)):
            packs.extract(pack, out, overwrite=True)
    assert os.listdir(outside) == ["readme.txt"]
    assert (outside / "readme.txt").read_bytes() == b"precious"


def test_a_file_with_other_bytes_is_not_written(tmp_path: Path) -> None:
    store = Store(":memory:")
    store.write("/a.txt", b"a" * 1000)
    packs.build(store, tmp_path / "x.pack")
    whole = (tmp_path / "x.pack").read_bytes()
    (tmp_path / "x.pack").write_bytes(whole.replace(b"a" * 1000, b"b" * 1000))
    with pytest.raises(DamagedError, match="digest"):
        packs.extract(tmp_path / "x.pack", tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []


def test_names_that_windows_cannot_have_are_refused_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(":memory:")
    store.write("/data/nul.txt", b"x")
    packs.build(store, tmp_path / "x.pack")
    monkeypatch.setattr(extract_module, "IS_WINDOWS", True)
    with pytest.raises(UnsafeArchiveError, match="device"):
        packs.extract(tmp_path / "x.pack", tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []


def test_names_that_are_one_on_the_disk_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(":memory:")
    store.write("/A.txt", b"x")
    store.write("/a.txt", b"y")
    packs.build(store, tmp_path / "x.pack")
    monkeypatch.setattr(extract_module, "folds_case", lambda folder: True)
    with pytest.raises(UnsafeArchiveError, match="one file on this disk"):
        packs.extract(tmp_path / "x.pack", tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as out:
        info = tarfile.TarInfo("zeros")
        info.size = 1000
        out.addfile(info, io.BytesIO(bytes(1000)))
    packs.convert(tmp_path / "x.tar", tmp_path / "small.pack", compress=True)
    store = Store(":memory:")
    for number in range(200):  # one content, two hundred times: a pack of 600 KB that unpacks to 100 MB
        store.write(f"/{number}", bytes(500_000))
    packs.build(store, tmp_path / "x.pack", compress=True)
    with pytest.raises(UnsafeArchiveError, match="times its size"):
        packs.extract(tmp_path / "x.pack", tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []


# --- converting ----------------------------------------------------------------------------------------


def test_zips_and_back(pack: Path, tmp_path: Path) -> None:
    files = sample(large=300_000)
    for compress in (False, True):
        packs.convert(pack, tmp_path / "y.zip", compress=compress, overwrite=True)
        with zipfile.ZipFile(tmp_path / "y.zip") as archive:
            assert archive.testzip() is None
            kinds = {member.filename: member.compress_type for member in archive.infolist()}
        assert kinds["sprites/noise.png"] == zipfile.ZIP_STORED
        assert kinds["readme.txt"] == (zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED)
        assert files_in(tmp_path / "y.zip") == files
        packs.convert(tmp_path / "y.zip", tmp_path / "z.pack", overwrite=True)
        assert files_in(tmp_path / "z.pack") == files
    packs.convert(pack, tmp_path / "again.zip", compress=True)
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "y.zip").read_bytes()


def test_times_come_along(tmp_path: Path) -> None:
    file = write_tree(tmp_path / "src", {"/a.txt": b"a"}) / "a.txt"
    os.utime(file, (1_000_000_000, 1_000_000_000))
    packs.convert(tmp_path / "src", tmp_path / "x.pack")
    with open_layer(tmp_path / "x.pack") as layer:
        assert layer.find("/a.txt").mtime_ns == 1_000_000_000 * 10**9
    packs.convert(tmp_path / "x.pack", tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.getinfo("a.txt").date_time == (2001, 9, 9, 1, 46, 40)


def make_sqlar(path: Path, members: dict[str, bytes]) -> Path:
    """Write what the sqlite3 shell writes: deflated where that is smaller."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE sqlar(name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB)")
    for name, data in members.items():
        packed = zlib.compress(data)
        row = (name, 0o100644, 1_000, len(data), packed if len(packed) < len(data) else data)
        connection.execute("INSERT INTO sqlar VALUES(?, ?, ?, ?, ?)", row)
    connection.execute("INSERT INTO sqlar VALUES('empty folder', 16877, 0, 0, NULL)")
    connection.execute("INSERT INTO sqlar VALUES('link', 41471, 0, -1, '/etc/passwd')")
    connection.execute("INSERT INTO sqlar VALUES('../escaped', 33188, 0, 1, x'00')")
    connection.execute("INSERT INTO sqlar VALUES('/absolute', 33188, 0, 1, x'00')")
    connection.commit()
    connection.close()
    return path


def test_sqlite_archives(tmp_path: Path) -> None:
    files = sample(large=300_000)
    archive = make_sqlar(tmp_path / "x.sqlar", {path[1:]: data for path, data in files.items()})
    with pytest.raises(UnsafeArchiveError, match="link"):
        packs.convert(archive, tmp_path / "x.pack")
    connection = sqlite3.connect(archive)
    connection.execute("DELETE FROM sqlar WHERE name IN ('link', '../escaped', '/absolute')")
    connection.commit()
    connection.close()
    packs.convert(archive, tmp_path / "x.pack")
    assert files_in(tmp_path / "x.pack") == files
    with open_layer(tmp_path / "x.pack") as layer:
        assert layer.find("/empty folder").is_folder
        assert layer.find("/readme.txt").mtime_ns == 1_000 * 10**9


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON sqlar BEGIN SELECT 1; END",
        "CREATE VIEW v AS SELECT * FROM sqlar",
        "ALTER TABLE sqlar ADD COLUMN evil GENERATED ALWAYS AS (zeroblob(1000000)) VIRTUAL",
        "CREATE TABLE other(x)",
        "DROP TABLE sqlar",
    ],
)
def test_an_sqlite_archive_is_one_plain_table(tmp_path: Path, statement: str) -> None:
    archive = make_sqlar(tmp_path / "x.sqlar", {"a": b"a"})
    connection = sqlite3.connect(archive)
    connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(DamagedError, match="one table"):
        open_layer(archive)


def test_trees_of_pyfilesystem(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for pkg_resources, which warns
        from fs.memoryfs import MemoryFS
    files = sample(large=300_000)
    with MemoryFS() as tree:
        for path, data in files.items():
            tree.makedirs(path.rpartition("/")[0], recreate=True)
            tree.writebytes(path, data)
        layer = open_layer(tree)
        assert layer.find("/nope") is None
        assert layer.find("/readme.txt/below") is None
        packs.convert(tree, tmp_path / "x.pack")
    assert files_in(tmp_path / "x.pack") == files
