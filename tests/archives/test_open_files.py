"""Many archives share a few open files."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from vfsloader import ArchiveLayer, Store, open_layer
from vfsloader.archives import open_files
from vfsloader.archives.open_files import POOL, FilePool, PooledFile
from vfsloader.errors import DamagedError, PathNotFoundError


def make_zip(file: Path, **files: str) -> Path:
    with zipfile.ZipFile(file, "w") as out:
        for name, text in files.items():
            out.writestr(name, text)
    return file


def close_all() -> None:
    POOL.clear()


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_file_is_closed_while_others_are_read(tmp_path: Path) -> None:
    before = open_descriptors()
    layers = [ArchiveLayer(make_zip(tmp_path / f"{n}.zip", a=str(n))) for n in range(3 * open_files.MOST_OPEN)]
    assert open_descriptors() - before <= open_files.MOST_OPEN
    for _ in range(2):
        for n, layer in enumerate(layers):
            assert layer.read(layer.find("/a")) == str(n).encode()
    assert open_descriptors() - before <= open_files.MOST_OPEN
    for layer in layers:
        layer.close()
    assert open_descriptors() <= before


def test_many_threads_read_more_archives_than_may_be_open(tmp_path: Path) -> None:
    layers = [ArchiveLayer(make_zip(tmp_path / f"{n}.zip", a=str(n) * 100)) for n in range(40)]
    wrong: list[object] = []

    def read() -> None:
        for _ in range(5):
            for n, layer in enumerate(layers):
                if layer.read(layer.find("/a")) != str(n).encode() * 100:
                    wrong.append(n)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(POOL) <= open_files.MOST_OPEN
    for layer in layers:
        layer.close()


@pytest.mark.parametrize("files", [{"a": "newer"}, {"a": "n"}, {"b": "new"}])
def test_an_archive_that_was_replaced_is_an_error(tmp_path: Path, files: dict[str, str]) -> None:
    with ArchiveLayer(make_zip(tmp_path / "x.zip", a="old")) as layer:
        make_zip(tmp_path / "y.zip", **files)
        os.utime(tmp_path / "y.zip", (5, 5))
        os.replace(tmp_path / "y.zip", tmp_path / "x.zip")
        close_all()
        with pytest.raises(DamagedError, match="changed after it was opened"):
            layer.read(layer.find("/a"))


def test_an_archive_that_was_removed_or_became_a_pipe(tmp_path: Path) -> None:
    with ArchiveLayer(make_zip(tmp_path / "x.zip", a="old")) as layer:
        (tmp_path / "x.zip").unlink()
        close_all()
        with pytest.raises(DamagedError, match="removed"):
            layer.read(layer.find("/a"))
        os.mkfifo(tmp_path / "x.zip")
        with pytest.raises(DamagedError, match="removed"):
            layer.read(layer.find("/a"))
    with pytest.raises(PathNotFoundError, match="not a regular file"):
        ArchiveLayer(tmp_path / "x.zip")


def test_a_closed_archive_is_not_opened_again(tmp_path: Path) -> None:
    layer = ArchiveLayer(make_zip(tmp_path / "x.zip", a="x"))
    layer.close()
    layer.close()
    with pytest.raises(DamagedError):
        layer.read(layer.find("/a"))
    assert len(POOL) == 0


def test_a_pooled_file_reads_as_any_other(tmp_path: Path) -> None:
    data = os.urandom(10_000)
    (tmp_path / "x").write_bytes(data)
    pool = FilePool(limit=0)  # it is opened again for each read
    with io.BufferedReader(PooledFile(str(tmp_path / "x"), pool)) as file:
        assert file.read(10) == data[:10]
        assert file.seek(-5, io.SEEK_END) == 9_995
        assert file.read() == data[-5:]
        assert file.seek(20_000) == 20_000
        assert file.read(1) == b""
        assert file.seek(100) == 100
        assert file.seek(50, io.SEEK_CUR) == 150
        assert file.read(3000) == data[150:3150]
        with pytest.raises(OSError, match="seek"):
            file.raw.seek(-1)
    assert len(pool) == 0


def test_files_of_the_pool_are_closed_if_the_process_has_no_more(tmp_path: Path) -> None:
    script = """if True:
        import os, resource, sys
        from vfsloader import ArchiveLayer
        layers = [ArchiveLayer(f"{sys.argv[1]}/{n}.zip") for n in range(10)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        held = []
        try:
            while True:
                held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            pass
        layer = ArchiveLayer(f"{sys.argv[1]}/10.zip")
        print(layer.read(layer.find("/a")))
    """
    for n in range(11):
        make_zip(tmp_path / f"{n}.zip", a=str(n))
    command = [sys.executable, "-c", script, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60)
    assert (result.stdout, result.returncode) == ("b'10'\n", 0), result.stderr


def test_a_thousand_zip_mods_with_256_files(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "f").write_text("base")
    (tmp_path / "mods").mkdir()
    for n in range(1000):
        make_zip(
            tmp_path / "mods" / f"m{n}.zip",
            **{f"f{n}": str(n), "mod.json": f'{{"id": "m{n}", "name": "m", "version": "1"}}'},
        )
    script = """if True:
        import resource, sys
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        from vfsloader import ResourceManager
        with ResourceManager(sys.argv[1] + "/base", mods=sys.argv[1] + "/mods", watch=False) as game:
            assert len(game.mods.enabled) == 1000, game.mods.problems[:3]
            print(sum(int(game.vfs.read_text(f"/f{n}")) for n in range(1000)), game.vfs.read_text("/f"))
    """
    command = [sys.executable, "-c", script, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=300)
    assert (result.stdout, result.returncode) == (f"{sum(range(1000))} base\n", 0), result.stderr


def test_three_hundred_packs_with_256_files(tmp_path: Path) -> None:
    """The first ones are open all the time; the others, only while they are read, as zips are."""
    (tmp_path / "base").mkdir()
    (tmp_path / "mods").mkdir()
    for n in range(300):
        with Store(tmp_path / "mods" / f"m{n}.pack") as pack:
            pack.write("/mod.json", f'{{"id": "m{n}", "name": "m", "version": "1"}}'.encode())
            pack.write(f"/f{n}", str(n).encode())
            pack.write("/big", bytes([n % 256]) * 300_000)
            pack.seal()
    with Store(tmp_path / "mods" / "live.db") as store:
        store.write("/mod.json", b'{"id": "live", "name": "m", "version": "1"}')
    script = """if True:
        import os, resource, sys
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        from vfsloader import ResourceManager, open_layer
        with ResourceManager(sys.argv[1] + "/base", mods=sys.argv[1] + "/mods") as game:
            assert len(game.mods.enabled) >= 300, game.mods.problems[:3]
            print(sum(int(game.vfs.read_text(f"/f{n}")) for n in range(300)), len(game.vfs.read_bytes("/big")))
            with game.vfs.open("/f299") as file:
                print(file.read())
            with open_layer(sys.argv[1] + "/mods/live.db") as layer:
                print(layer.find("/mod.json").size, layer.sealed)
    """
    command = [sys.executable, "-c", script, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=300)
    assert (result.stdout, result.returncode) == (f"{sum(range(300))} 300000\n299\n43 False\n", 0), result.stderr


def test_folders_that_the_system_cannot_watch_are_polled(tmp_path: Path) -> None:
    script = """if True:
        import os, resource, sys, threading
        from vfsloader.runtime import file_notices
        stop = threading.Event()
        options = dict(step_ms=10, debounce_ms=10, timeout_ms=10, stop=stop, is_recursive=True)
        next(file_notices.watch([sys.argv[1]], poll_ms=10, **options))
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        held = []
        try:
            while True:
                held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            pass
        try:
            next(file_notices.watch([sys.argv[1]], poll_ms=None, **options))
        except OSError as error:
            print("Too many open files" in str(error))
    """
    command = [sys.executable, "-c", script, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60)
    assert (result.stdout, result.returncode) == ("True\n", 0), result.stderr


def test_a_fork_while_another_thread_reads(tmp_path: Path) -> None:
    with open_layer(make_zip(tmp_path / "x.zip", a="x")) as layer, POOL._lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if layer.read(layer.find("/a")) == b"x" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
