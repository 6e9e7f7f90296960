"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packs.trees import files_in, hidden_names, write_tree
from vfsloader import packs
from vfsloader.errors import PathError, PathExistsError, PathNotFoundError
from vfsloader.layers.writable_folder import WritableFolderLayer
from vfsloader.runtime.atomic import clean_up, staged, write_whole


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    with staged(tmp_path / "x", overwrite=False) as path:
        Path(path).write_bytes(b"new")
        assert not (tmp_path / "x").exists()
    assert (tmp_path / "x").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["x"]


def test_the_old_file_stays_if_the_block_fails(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), staged(tmp_path / "x", overwrite=True) as path:
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt
    assert (tmp_path / "x").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]


def test_what_sqlite_leaves_beside_a_failed_file_is_removed(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), staged(tmp_path / "x", overwrite=True) as path:
        for suffix in ("-journal", "-wal", "-shm"):
            Path(path + suffix).touch()
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_an_existing_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(PathExistsError), staged(tmp_path / "x", overwrite=False):
        pytest.fail("the block must not run")
    assert (tmp_path / "x").read_bytes() == b"old"


def test_a_file_that_another_process_made_first_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(PathExistsError), staged(tmp_path / "x", overwrite=False):
        (tmp_path / "x").write_bytes(b"theirs")
    assert (tmp_path / "x").read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize("write", [write_whole, lambda path, data: staged(path, overwrite=False).__enter__()])
def test_a_missing_folder_is_named(tmp_path: Path, write: object) -> None:
    with pytest.raises(PathNotFoundError) as raised:
        write(tmp_path / "nowhere" / "x", b"")  # type: ignore[operator]
    assert raised.value.filename == str(tmp_path / "nowhere")


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathError) as raised, staged(tmp_path / "x", overwrite=False):
        raise OSError(errno.ENOSPC, "no space")
    assert (raised.value.errno, raised.value.filename) == (errno.ENOSPC, str(tmp_path / "x"))
    assert os.listdir(tmp_path) == []


def test_write_whole_replaces(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", b"long old bytes")
    write_whole(str(tmp_path / "x"), b"new")
    assert (tmp_path / "x").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["x"]


def test_leftovers_are_deleted_before_a_file_is_written(tmp_path: Path) -> None:
    for name in (".x.a1b2c3d4.part", ".mine.part", "y.a1b2c3d4.part"):
        (tmp_path / name).touch()
    write_whole(tmp_path / "x", b"new")
    assert sorted(os.listdir(tmp_path)) == [".mine.part", "x", "y.a1b2c3d4.part"]


def test_a_file_that_is_being_written_is_not_a_leftover(tmp_path: Path) -> None:
    with staged(tmp_path / "x.pack", overwrite=False) as path:
        script = f"from vfsloader import packs; print(packs.clean_up({str(tmp_path)!r}))"
        other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert other.stdout == "[]\n"
        assert os.path.exists(path)
    assert clean_up(tmp_path) == []
    assert os.listdir(tmp_path) == ["x.pack"]


# --- permissions ---------------------------------------------------------------------------------------


def test_nothing_touches_the_umask_of_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread would create its files with the wrong permissions in that moment."""

    def forbidden(mask: int) -> int:
        raise AssertionError(f"os.umask({mask:o}) was called")

    write_tree(tmp_path / "src", {"/a": b"a"})
    monkeypatch.setattr(os, "umask", forbidden)
    packs.build(tmp_path / "src", tmp_path / "x.pack")
    assert files_in(tmp_path / "x.pack") == {"/a": b"a"}
    layer = WritableFolderLayer(tmp_path / "mine")
    for data in (b"new", b"replaced"):
        layer.write("/folder/a", data)
    assert (tmp_path / "mine" / "folder" / "a").read_bytes() == b"replaced"


def test_new_files_follow_the_umask(tmp_path: Path) -> None:
    script = """if True:
        import os, sys
        from vfsloader import packs
        from vfsloader.layers.writable_folder import WritableFolderLayer
        os.umask(0o027)
        folder = sys.argv[1]
        WritableFolderLayer(folder + "/src").write("/a", b"a")
        packs.build(folder + "/src", folder + "/x.pack")
        packs.keygen(folder + "/k.key", folder + "/k.pub")
    """
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, cwd=Path(__file__).parents[2])
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("src/a", "x.pack", "k.pub", "k.key")}
    assert modes == {"src/a": 0o640, "x.pack": 0o640, "k.pub": 0o640, "k.key": 0o600}


def test_a_replaced_file_of_a_folder_keeps_its_mode(tmp_path: Path) -> None:
    layer = WritableFolderLayer(tmp_path)
    layer.write("/run.sh", b"old")
    (tmp_path / "run.sh").chmod(0o751)
    layer.write("/run.sh", b"new")
    assert stat.S_IMODE((tmp_path / "run.sh").stat().st_mode) == 0o751
    assert hidden_names(tmp_path) == []
