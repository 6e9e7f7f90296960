"""What limits on untrusted files cost, against the same work without them."""

from __future__ import annotations

import io
import json
import tarfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.reading import loose, tree
from benchmarks.timing import Row, compare
from vfsloader import FolderLayer, open_layer
from vfsloader.archives.index import ArchiveIndex
from vfsloader.archives.safe_reader import open_reader
from vfsloader.datamerge.parsing import parse_json, parse_toml
from vfsloader.layers.mounted import MountedLayer
from vfsloader.mods.metadata.mod_layer import ModLayer
from vfsloader.runtime.budget import Budget

FILES = 2_000
ITEMS = 5_000


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    files = tree(FILES)
    yield from _mods(loose(at / "mod", files))
    yield from _archives(at, files)
    yield from _data()


def _mods(folder: Path) -> Iterator[Row]:
    layer = FolderLayer(folder, live=False)
    limited, free = ModLayer(layer), MountedLayer(layer)
    entries = [entry for group in layer.list("/assets") for entry in layer.list(group.path)]

    def read(view: MountedLayer) -> None:
        for entry in entries:
            view.read(entry)

    yield compare(
        f"read {FILES:,} files of a mod",
        lambda: read(limited),
        "without limits",
        lambda: read(free),
        target=1.1,
        rounds=9,
    )


def _archives(at: Path, files: dict[str, bytes]) -> Iterator[Row]:
    zipped, tarred = at / "x.zip", at / "x.tar"
    with zipfile.ZipFile(zipped, "w") as archive, tarfile.open(tarred, "w") as tape:
        for path, data in files.items():
            archive.writestr(path[1:], data)
            info = tarfile.TarInfo(path[1:])
            info.size = len(data)
            tape.addfile(info, io.BytesIO(data))

    def ours(file: Path) -> None:
        with file.open("rb") as stream:
            ArchiveIndex(open_reader(stream, "x").members, "x")

    def listed(file: Path) -> None:
        if file.suffix == ".zip":
            zipfile.ZipFile(file).close()
        else:
            with tarfile.open(file) as archive:
                archive.getmembers()

    yield _opening(zipped, ours, listed)
    yield _opening(tarred, ours, listed)
    with open_layer(zipped) as layer, zipfile.ZipFile(zipped) as archive:
        entries = [entry for group in layer.list("/assets") for entry in layer.list(group.path)]
        yield compare(
            f"read {FILES:,} files of a zip",
            lambda: [layer.read(entry) for entry in entries],
            "zipfile",
            lambda: [archive.read(path[1:]) for path in files],
            target=1.25,
        )


def _opening(file: Path, ours: Callable[[Path], None], listed: Callable[[Path], None]) -> Row:
    return compare(
        f"open a {file.suffix[1:]} of {FILES:,} files",
        lambda: ours(file),
        "the standard library, no tree",
        lambda: listed(file),
        target=4.0,
    )


def _data() -> Iterator[Row]:
    items = {f"item{n}": {"name": f"Item {n}", "tags": ["a", "b"], "size": [n, n / 7]} for n in range(ITEMS)}
    text = json.dumps(items).encode()
    toml = "".join(f'[item{n}]\nname = "Item {n}"\nsize = [{n}, 1.5]\n' for n in range(ITEMS)).encode()
    yield compare(
        f"parse {len(text) >> 10:,} KB of JSON within a budget",
        lambda: parse_json(text, Budget("x")),
        "json.loads",
        lambda: json.loads(text),
        target=5.0,
    )
    yield compare(
        f"parse {len(toml) >> 10:,} KB of TOML within a budget",
        lambda: parse_toml(toml, Budget("x")),
        "tomllib",
        lambda: tomllib.loads(toml.decode()),
        target=1.25,
    )
