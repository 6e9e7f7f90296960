"""A folder that is swapped for a link while a pack is unpacked leads nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.archives.odd_zips import two_thousand_folders
from vfsloader import Store, packs
from vfsloader.errors import VFSError


@pytest.mark.parametrize("swapped", ["sub", "sub/deep", ""])
def test_a_folder_that_is_swapped_for_a_link(tmp_path: Path, swapped: str) -> None:
    store = Store(":memory:")
    for n in range(6):
        store.write(f"/sub/deep/{n}", b"x")
    (tmp_path / "outside" / "deep").mkdir(parents=True)
    (tmp_path / "outside" / "sub" / "deep").mkdir(parents=True)
    target = tmp_path / "out"
    done: list[str] = []

    def swap(bytes_done: int, total: int, path: str) -> None:
        if not done:
            (target / swapped).rename(tmp_path / "away")
            (target / swapped).symlink_to(tmp_path / "outside")
        done.append(path)

    try:
        packs.extract(store, target, progress=swap)
    except VFSError:
        pass
    assert done
    assert [file for file in (tmp_path / "outside").rglob("*") if file.is_file()] == []


def test_a_file_that_becomes_a_pipe_or_a_link(tmp_path: Path) -> None:
    store = Store(":memory:")
    store.write("/a", b"x")
    store.write("/b", b"xyz")
    for make in (os.mkfifo, lambda path: os.symlink("/etc/passwd", path), os.mkdir):
        target = tmp_path / str(make)
        target.mkdir()
        make(target / "b")
        with pytest.raises(VFSError, match="not a regular file"):
            packs.extract(store, target, overwrite=True)
        assert (target / "a").read_bytes() == b"x"


def test_two_thousand_folders_end_soon(tmp_path: Path) -> None:
    """The disk allows a path of 4,096 bytes from the top; by handles it may be longer."""
    before = len(os.listdir("/proc/self/fd"))
    report = packs.extract(two_thousand_folders().data, tmp_path / "out")
    assert report.written == 2
    assert len(os.listdir("/proc/self/fd")) <= before
    top = tmp_path / "out" / "d"
    while (top / "d").is_dir():  # pytest deletes old folders by recursion, which ends before these do
        os.rename(top / "d", tmp_path / "rest")
        top.rmdir()
        os.rename(tmp_path / "rest", top)
