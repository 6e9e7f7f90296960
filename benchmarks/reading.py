"""Small files, read through many layers."""

from __future__ import annotations

import glob
import mmap
import os
import random
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.timing import Row, compare
from vfsloader import Layer, ResourceManager, Store, VirtualFileSystem, open_layer
from vfsloader.packs import build

FILES = 5_000


def tree(count: int, seed: int = 1) -> dict[str, bytes]:
    """Give files of 0.2 to 40 KB, as many between 0.2 and 2 as between 4 and 40, in folders of fifty."""
    chance = random.Random(seed)
    noise = os.urandom(40_960)
    made = {}
    for n in range(count):
        size = int(200 * 204.8 ** chance.random())
        made[f"/assets/group{n // 50:04}/file{n:06}.{('png', 'wav', 'json')[n % 3]}"] = noise[:size]
    return made


def pack(at: Path, files: dict[str, bytes]) -> Path:
    """Make a pack."""
    store = Store(":memory:")
    with store.transaction():
        for path, data in files.items():
            store.write(path, data)
    build(store, at, overwrite=True)
    return at


def loose(at: Path, files: dict[str, bytes]) -> Path:
    """Write files to a folder."""
    for path, data in files.items():
        file = at / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return at


def stacked(layers: list[Layer]) -> VirtualFileSystem:
    """Mount layers below an empty memory layer."""
    vfs = VirtualFileSystem()
    for place, layer in enumerate(layers):
        vfs.add_underlay(layer, place)
    return vfs


def split(files: dict[str, bytes], parts: int) -> list[dict[str, bytes]]:
    """Deal files out to layers."""
    dealt: list[dict[str, bytes]] = [{} for _ in range(parts)]
    for n, (path, data) in enumerate(files.items()):
        dealt[n % parts][path] = data
    return dealt


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    files = tree(FILES)
    folder = loose(at / "loose", files)
    paths = list(files)
    random.Random(2).shuffle(paths)
    real = [str(folder / path[1:]) for path in paths]

    def read_loose() -> None:
        for path in real:
            with open(path, "rb") as file:
                file.read()

    def reading(vfs: VirtualFileSystem) -> None:
        read = vfs.read_bytes
        for path in paths:
            read(path)

    def opening(vfs: VirtualFileSystem) -> None:
        for path in paths:
            with vfs.open(path, "rb") as file:
                file.read()

    by_count = {}
    for count in (1, 10, 100):
        packs = [pack(at / f"{count}-{n}.pack", part) for n, part in enumerate(split(files, count))]
        by_count[count] = [open_layer(one, trusted=True) for one in packs]
    ten = stacked(by_count[10])
    one, hundred = stacked(by_count[1]), stacked(by_count[100])
    untrusted = stacked([open_layer(at / f"10-{n}.pack") for n in range(10)])
    base = "open().read() of loose files"
    yield compare("small reads, 10 sealed packs", lambda: reading(ten), base, read_loose, 0.25)
    yield compare("small reads, 10 sealed packs of strangers (no mmap)", lambda: reading(untrusted), base, read_loose)
    yield compare("small reads, 100 packs", lambda: reading(hundred), "the same, 1 pack", lambda: reading(one), 1.25)
    yield compare("first read of each path, 10 packs", lambda: reading(stacked(by_count[10])), base, read_loose, 2.0)
    with VirtualFileSystem(at / "empty.db") as live:
        for place, layer in enumerate(by_count[10]):
            live.add_underlay(layer, place)
        yield compare("small reads, 10 packs under a store on disk", lambda: reading(live), base, read_loose)
    yield compare("open + read + close, 10 packs", lambda: opening(ten), base, read_loose, 1.2)
    yield from _others(at, files, paths, folder, lambda: reading(ten))
    yield _memory(by_count[10], paths)


def live_rows(at: Path) -> Iterator[Row]:
    """Measure what others may change at any time: stores on disk, and folders without a watcher."""
    for count in (1_000, 5_000, 20_000, 100_000):
        yield from _live_store(at, count)
    files = tree(FILES)
    paths = list(files)
    random.Random(2).shuffle(paths)
    read_loose = _open_and_read(loose(at / "loose", files), paths)
    for count, target in ((1, 2.0), (9, 2.0), (99, 5.0)):
        folders = [loose(at / f"live-{count}-{n}", part) for n, part in enumerate(split(files, count))]
        vfs = stacked([open_layer(folder) for folder in folders])
        base = "open().read() of loose files"
        yield compare(
            f"small reads, live folders: {count}",
            _reading(vfs, paths),
            base,
            read_loose,
            target,
            rounds=7,
            clock=time.process_time,
        )


def _live_store(at: Path, count: int) -> Iterator[Row]:
    files = tree(count)
    paths = list(files)
    random.Random(2).shuffle(paths)
    paths = paths[:20_000]
    read_loose = _open_and_read(loose(at / f"loose-{count}", files), paths)
    with VirtualFileSystem(at / f"live-{count}.db") as live:
        with live.atomic_batch():
            for path, data in files.items():
                live.write_bytes(path, data)
        reading = _reading(live, paths)
        what, base = f"small reads, a shared live store of {count:,}", "open().read() of loose files"
        # Of 20,000 files, which are 150 MB, 64 MB are kept; the places of the others in the file are remembered.
        yield compare(what, reading, base, read_loose, 1 / 3, rounds=7, clock=time.process_time)


def _open_and_read(folder: Path, paths: list[str]) -> Callable[[], None]:
    real = [str(folder / path[1:]) for path in paths]

    def read() -> None:
        for path in real:
            with open(path, "rb") as file:
                file.read()

    return read


def pack_rows(at: Path) -> Iterator[Row]:
    """Measure packs at sizes that fit the processor's caches and that do not."""
    for count in (1_000, 5_000, 100_000):
        yield from _of_one_pack(at, count)
    files = _distinct(5_000)
    paths = list(files)
    random.Random(2).shuffle(paths)
    whole = pack(at / "whole.pack", files)
    bare = _bare(whole, paths)
    for count in (1, 10, 100):
        parts = [pack(at / f"mods-{count}-{n}.pack", part) for n, part in enumerate(split(files, count))]
        vfs = stacked([open_layer(part, trusted=True) for part in parts])
        yield compare(
            f"small reads, {count} mapped packs",
            _reading(vfs, paths),
            BARE,
            bare,
            1.4,
            rounds=9,
            clock=time.process_time,
        )
    with ResourceManager(whole, watch=False) as game:
        yield compare(
            "small reads in a game, 5,000 files",
            _reading(game.vfs, paths),
            BARE,
            bare,
            1.4,
            rounds=9,
            clock=time.process_time,
        )
    yield _size("a pack of one file of 100 bytes", at, {"/a.png": b"x" * 100}, 12 << 10)
    chance = random.Random(3)
    sixty = {f"/group{n // 50}/file{n:05}.png": chance.randbytes(60_000) for n in range(3_000)}
    yield _size("a pack of 3,000 files of 60 KB", at, sixty, int(3_000 * 60_000 * 1.005))
    small = {path: chance.randbytes(len(data)) for path, data in tree(7_700).items()}
    yield _size("a pack of 7,700 files of 7.5 KB", at, small, int(sum(map(len, small.values())) * 1.02))


def _distinct(count: int) -> dict[str, bytes]:
    """Return a tree without a file that has the bytes of another one, which a pack would store once."""
    return {path: n.to_bytes(8, "big") + data[8:] for n, (path, data) in enumerate(tree(count).items())}


BARE = "a dict look-up, a mapped slice"


def _of_one_pack(at: Path, count: int) -> Iterator[Row]:
    files = _distinct(count)
    folder, file = loose(at / f"loose-{count}", files), at / f"one-{count}.pack"
    build(folder, file)
    paths = list(files)
    random.Random(2).shuffle(paths)
    paths = paths[:20_000]
    real = [str(folder / path[1:]) for path in paths]

    def read_loose() -> None:
        for path in real:
            with open(path, "rb") as opened:
                opened.read()

    base = "open().read() of loose files"
    own, other = stacked([open_layer(file, trusted=True)]), stacked([open_layer(file)])

    def viewing() -> None:
        view = own.view
        for path in paths:
            view(path)

    what = f"{count:,} files"
    yield compare(
        f"small reads, a pack of {what}",
        _reading(own, paths),
        BARE,
        _bare(file, paths),
        1.4,
        rounds=9,
        clock=time.process_time,
    )
    yield compare(f"small reads, a pack of {what}", _reading(own, paths), base, read_loose, clock=time.process_time)
    yield compare(
        f"small reads, an untrusted pack of {what}",
        _reading(other, paths),
        base,
        read_loose,
        0.4,
        clock=time.process_time,
    )
    yield compare(f"views, a pack of {what}", viewing, base, read_loose, 1 / 15, clock=time.process_time)


def _reading(vfs: VirtualFileSystem, paths: list[str]) -> Callable[[], None]:
    def read() -> None:
        read_bytes = vfs.read_bytes
        for path in paths:
            read_bytes(path)

    read()
    return read


def _bare(file: Path, paths: list[str]) -> Callable[[], None]:
    """Return what nothing that copies bytes can be faster than."""
    with open(file, "rb") as opened:
        mapping = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    with open_layer(file, trusted=True) as layer:
        slices = {path: entry.locator for path in paths if (entry := layer.find(path)) is not None}

    def read() -> None:
        for path in paths:
            mapping[slices[path]]

    return read


def _size(what: str, at: Path, files: dict[str, bytes], most: int) -> Row:
    return Row(what, f"{most:,} bytes", pack(at / "size.pack", files).stat().st_size / most, 1.0)


def _others(at: Path, files: dict[str, bytes], paths: list[str], folder: Path, ours: object) -> Iterator[Row]:
    """Compare with what else is installed."""
    assert callable(ours)
    with zipfile.ZipFile(at / "all.zip", "w") as out:
        for path, data in files.items():
            out.writestr(path[1:], data)
    names = [path[1:] for path in paths]
    with zipfile.ZipFile(at / "all.zip") as archive:
        yield compare("small reads, 10 packs", ours, "zipfile, stored", lambda: [archive.read(name) for name in names])
    try:
        from fsspec.implementations.zip import ZipFileSystem
    except ImportError:
        pass
    else:
        system = ZipFileSystem(str(at / "all.zip"))
        yield compare("small reads, 10 packs", ours, "fsspec zip", lambda: [system.cat_file(name) for name in names])
    physfs = _physfs()
    if physfs is not None:
        yield compare("small reads, 10 packs", ours, "PhysicsFS, 1 zip", physfs(at / "all.zip", names))
    try:
        from panda3d.core import Filename
        from panda3d.core import VirtualFileSystem as Panda
    except ImportError:
        pass
    else:
        panda = Panda()
        panda.mount(Filename.from_os_specific(str(folder)), "/", Panda.MF_read_only)
        yield compare(
            "small reads, 10 packs", ours, "Panda3D, 1 folder", lambda: [panda.read_file(p, True) for p in paths]
        )


def _physfs() -> object:
    """Give a way to read with PhysicsFS, from Debian's libphysfs1, or None."""
    import ctypes
    import ctypes.util

    name = ctypes.util.find_library("physfs")
    if name is None:
        return None
    lib = ctypes.CDLL(name)
    lib.PHYSFS_openRead.restype = ctypes.c_void_p
    lib.PHYSFS_fileLength.argtypes, lib.PHYSFS_fileLength.restype = [ctypes.c_void_p], ctypes.c_int64
    lib.PHYSFS_readBytes.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64]
    lib.PHYSFS_close.argtypes = [ctypes.c_void_p]

    def over(archive: Path, names: list[str]) -> object:
        lib.PHYSFS_init(None)
        assert lib.PHYSFS_mount(os.fsencode(archive), None, 1)
        encoded = [name.encode() for name in names]

        def read() -> None:
            for name in encoded:
                file = lib.PHYSFS_openRead(name)
                length = lib.PHYSFS_fileLength(file)
                buffer = ctypes.create_string_buffer(length)
                lib.PHYSFS_readBytes(file, buffer, length)
                lib.PHYSFS_close(file)

        return read

    return over


def _memory(layers: list[Layer], paths: list[str]) -> Row:
    """Weigh what is remembered of a path."""
    vfs = stacked(layers)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for path in paths:
        vfs.exists(path)
        vfs.read_bytes(path)
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return Row("memory for each path ever resolved", "200 bytes", used / len(paths) / 200, 1.0)


def tree_rows(at: Path) -> Iterator[Row]:
    """Measure whole trees: listing, globbing, mounting."""
    files = dict.fromkeys(tree(100000), b"x") | {f"/many/entry{n:04}.png": b"y" for n in range(1000)}
    parts = split(files, 10)
    folders = [loose(at / f"folder{n}", part) for n, part in enumerate(parts)]
    layers = [open_layer(pack(at / f"part{n}.pack", part), trusted=True) for n, part in enumerate(parts)]
    vfs = stacked(layers)

    def list_folders() -> list[str]:
        names: set[str] = set()
        for folder in folders:
            names.update(os.listdir(folder / "many"))
        return sorted(names)

    def glob_folders() -> list[str]:
        found: set[str] = set()
        for folder in folders:
            found.update(glob.glob("**/*.png", root_dir=folder, recursive=True))
        return sorted(found)

    assert vfs.listdir("/many") == list_folders()
    assert [path[1:] for path in vfs.glob("/**/*.png")] == glob_folders()
    yield compare(
        "listdir of 1,000 names, 10 layers",
        lambda: vfs.listdir("/many"),
        "os.listdir of 10 folders, merged",
        list_folders,
        1 / 3,
    )
    yield compare(
        "listdir of 1,000 names, 10 layers, first time",
        lambda: stacked(layers).listdir("/many"),
        "os.listdir of 10 folders, merged",
        list_folders,
    )
    yield compare(
        "glob over 100,000 files, 10 layers",
        lambda: vfs.glob("/**/*.png"),
        "glob.glob of 10 folders, merged",
        glob_folders,
        1 / 3,
    )
    yield compare(
        "glob over 100,000 files, 10 layers, first time",
        lambda: stacked(layers).glob("/**/*.png"),
        "glob.glob of 10 folders, merged",
        glob_folders,
    )
    whole = pack(at / "whole.pack", files)
    with zipfile.ZipFile(at / "whole.zip", "w") as out:
        for path, data in files.items():
            out.writestr(path[1:], data)
    some = next(iter(files))

    def mount_pack() -> None:
        with open_layer(whole, trusted=True) as layer:
            stacked([layer]).read_bytes(some)

    def mount_zip() -> None:
        with zipfile.ZipFile(at / "whole.zip") as archive:
            archive.read(some[1:])

    yield compare("mount a pack of 100,000 files, read one", mount_pack, "zipfile", mount_zip, 1 / 50)
