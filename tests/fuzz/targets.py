"""Fuzz targets: the places where untrusted bytes enter, each with valid bytes to corrupt and the code to run."""

from __future__ import annotations

import gzip
import io
import json
import random
import shutil
import sqlite3
import subprocess
import tarfile
import zipfile
import zlib
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tests.fuzz.mutate import mutate_bytes, mutate_rows, mutate_text
from vfsloader import ModManager, ResourceManager, Store, open_layer, packs
from vfsloader.errors import VFSError

FILES = {
    "/mod.toml": b'id = "m"\nname = "M"\nversion = "1"\n',
    "/a.txt": b"text\n" * 50,
    "/sprites/p.png": random.Random(1).randbytes(3_000),
    "/sprites/deep/q.png": random.Random(1).randbytes(3_000),
    "/big.bin": random.Random(2).randbytes(150_000),
    "/big.txt": b"all work and no play makes Jack a dull boy\n" * 4_000,
    "/empty": b"",
}


class Target:
    """A place where untrusted bytes enter."""

    name: str
    seeds: Sequence[bytes]
    #: Limits for one input.
    seconds: ClassVar[float] = 2.0
    memory_bytes: ClassVar[int] = 256 << 20
    #: How many inputs it gets, compared with the other targets.
    weight: ClassVar[int] = 4
    #: What the API documents besides VFSError.
    documented: ClassVar[tuple[type[Exception], ...]] = ()

    def __init__(self, folder: Path) -> None:
        """Make the valid bytes; files may be written to `folder`."""

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        """Return bytes that are almost valid."""
        return mutate_bytes(rng, self.seeds)

    @abstractmethod
    def use(self, data: bytes, folder: Path) -> None:
        """Use the bytes as a game, a player or a developer would; may raise a VFSError.

        Files are written below `folder` only, and unpacked into ``folder/out`` only.
        """


def use_layer(file: Path, folder: Path) -> None:
    """Open a layer, read all of it, and unpack it."""
    with open_layer(file) as layer:
        folders, seen = ["/"], 0
        while folders:
            for entry in layer.list(folders.pop()):
                seen += 1
                assert seen < 10_000, "the tree does not end"
                layer.find(entry.path)
                if entry.is_folder:
                    folders.append(entry.path)
                    continue
                try:
                    data = layer.read(entry)
                    with layer.open(entry) as stream:
                        assert stream.read() == data
                        stream.seek(len(data) // 2)
                        stream.read(10)
                except VFSError:
                    continue
        list(layer.glob("/**"))
    packs.extract(file, folder / "out")


class PackTarget(Target):
    name = "pack"

    def __init__(self, folder: Path) -> None:
        store = Store(":memory:")
        for path, data in FILES.items():
            store.write(path, data)
        seeds = []
        for number, options in enumerate(({}, {"compress": 3}, {"order": ["/big.bin"]})):
            packs.build(store, folder / f"{number}.pack", **options)
            seeds.append((folder / f"{number}.pack").read_bytes())
        with Store(folder / "small.pack", chunk_size=1000, page_size=512) as small:
            for path, data in FILES.items():
                small.write(path, data[:5000])
            small.remove("/hidden", hide=True)
            small.seal()
        seeds.append((folder / "small.pack").read_bytes())
        self.seeds = seeds

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        if rng.random() < 0.5:
            return mutate_rows(rng, self.seeds, folder)
        return mutate_bytes(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        (folder / "x.pack").write_bytes(data)
        packs.verify(folder / "x.pack")
        use_layer(folder / "x.pack", folder)


class NestedPackTarget(PackTarget):
    name = "nested"

    def use(self, data: bytes, folder: Path) -> None:
        with open_layer(data) as layer:
            for entry in layer.list("/"):
                if not entry.is_folder:
                    layer.read(entry)


class ZipTarget(Target):
    name = "zip"

    def __init__(self, folder: Path) -> None:
        seeds = []
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", method) as archive:
                for path, data in FILES.items():
                    archive.writestr(path[1:], data[:20_000])
            seeds.append(out.getvalue())
        self.seeds = seeds

    def use(self, data: bytes, folder: Path) -> None:
        (folder / "x.zip").write_bytes(data)
        use_layer(folder / "x.zip", folder)


class TarTarget(Target):
    name = "tar"

    def __init__(self, folder: Path) -> None:
        seeds = []
        for tar_format in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w", format=tar_format) as archive:
                for path, data in FILES.items():
                    info = tarfile.TarInfo(path[1:] if tar_format == tarfile.USTAR_FORMAT else path[1:] + "é" * 60)
                    info.size, info.mtime = len(data[:5000]), 1.5 if tar_format == tarfile.PAX_FORMAT else 1
                    archive.addfile(info, io.BytesIO(data[:5000]))
                link = tarfile.TarInfo("link")
                link.type, link.linkname = tarfile.SYMTYPE, "../../secret"
                archive.addfile(link)
            seeds.append(out.getvalue())
        self._plain = seeds
        self.seeds = [*seeds, gzip.compress(seeds[0]), *[zlib.compress(seeds[1])]]

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        if rng.random() < 0.3:  # corrupted inside a valid gzip file
            return gzip.compress(mutate_bytes(rng, self._plain), 1)
        return mutate_bytes(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        (folder / "x.tar").write_bytes(data)
        use_layer(folder / "x.tar", folder)


class SqlarTarget(Target):
    name = "sqlar"

    def __init__(self, folder: Path) -> None:
        connection = sqlite3.connect(folder / "x.sqlar")
        connection.execute("CREATE TABLE sqlar(name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB)")
        for path, data in FILES.items():
            packed = zlib.compress(data)
            row = (path[1:], 0o100644, 1, len(data), packed if len(packed) < len(data) else data)
            connection.execute("INSERT INTO sqlar VALUES(?, ?, ?, ?, ?)", row)
        connection.commit()
        connection.close()
        self.seeds = [(folder / "x.sqlar").read_bytes()]

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        if rng.random() < 0.5:
            return mutate_rows(rng, self.seeds, folder)
        return mutate_bytes(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        (folder / "y.sqlar").write_bytes(data)
        use_layer(folder / "y.sqlar", folder)


class PatchTarget(Target):
    """A patch is applied completely, or the old pack stays as it was."""

    name = "patch"

    def __init__(self, folder: Path) -> None:
        self._old, self._new, seeds = [], [], []
        changed = {
            **FILES,
            "/a.txt": b"other",
            "/big.bin": FILES["/big.bin"][:70_000] + b"!" + FILES["/big.bin"][70_000:],
        }
        for number, compress in enumerate((False, 3)):
            for name, files in (("old", FILES), ("new", changed)):
                store = Store(":memory:")
                for path, data in files.items():
                    store.write(path, data)
                packs.build(store, folder / f"{name}{number}.pack", compress=compress)
            packs.diff(folder / f"old{number}.pack", folder / f"new{number}.pack", folder / f"{number}.patch")
            self._old.append((folder / f"old{number}.pack").read_bytes())
            self._new.append((folder / f"new{number}.pack").read_bytes())
            seeds.append((folder / f"{number}.patch").read_bytes())
        self.seeds = seeds
        self._parts = [self._files_of(folder / f"{number}.patch") for number in range(2)]

    @staticmethod
    def _files_of(patch: Path) -> dict[str, bytes]:
        with Store(patch) as store:
            return {entry.path: store.read(entry) for entry in store.list("/")}

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        choice = rng.random()
        if choice < 0.3:
            return mutate_rows(rng, self.seeds, folder)
        if choice < 0.5:
            return mutate_bytes(rng, self.seeds)
        files = dict(rng.choice(self._parts))
        path = rng.choice([*files, "/recipe.jsonl", "/tree.jsonl"])
        mutate = mutate_bytes if path == "/literals" else mutate_text
        files[path] = mutate(rng, [files[path] or b"x"])
        with Store(folder / "corrupted.patch") as store:
            for name, data in files.items():
                store.write(name, data)
            store.seal()
        data = (folder / "corrupted.patch").read_bytes()
        (folder / "corrupted.patch").unlink()
        return data

    def use(self, data: bytes, folder: Path) -> None:
        (folder / "x.patch").write_bytes(data)
        for old, new in zip(self._old, self._new, strict=True):
            (folder / "old.pack").write_bytes(old)
            try:
                packs.apply(folder / "x.patch", folder / "old.pack")
            except VFSError:
                assert (folder / "old.pack").read_bytes() == old, "a patch was half applied"
            else:
                assert (folder / "old.pack").read_bytes() in (old, new), "a patch made something else"


class ManifestTarget(Target):
    name = "manifest"
    seeds = (
        b'id = "winter"\nname = "Winter comes"\nversion = "1.2.0"\nschema = 1\nkind = "mod"\ndescription = "Snow"\n'
        b'authors = ["A"]\ngame_version = ">=1.0,<2"\nprovides = { "old-winter" = "1.0" }\n[requires]\n'
        b'"snow-lib" = ">=0.3,<1"\n[recommends]\n"fancy-ui" = "*"\n[incompatible]\n"summer" = "*"\n[order]\n'
        b'after = ["base"]\nbefore = ["hud"]\ngroup = "default"\n[files]\nroot = "assets"\nmount = "/"\n'
        b'remove = ["/music/*.ogg"]\n[custom]\nx = 1\n',
        b'{"id": "winter", "name": "Winter", "version": "1.0", "requires": {"good": "*"}, "files": {"root": "a"}}',
    )

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        return (mutate_text if rng.random() < 0.7 else mutate_bytes)(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        mods = folder / "mods"
        for mod in (mods / "bad" / "assets", mods / "good"):
            mod.mkdir(parents=True, exist_ok=True)
        (mods / "bad" / ("mod.json" if data[:1] == b"{" else "mod.toml")).write_bytes(data)
        (mods / "good" / "mod.toml").write_text('id = "good"\nname = "Good"\nversion = "1"\n')
        manager = ModManager(mods, game_version="1.5")
        try:
            # The corrupted manifest may exclude the good mod (incompatible, or a copy of it), but not hide it.
            assert "good" in {mod.id for mod in manager.available}
            for problem in manager.problems:
                str(problem)
            manager.overrides()
            for mod in manager.enabled:
                list(mod.layer.glob("/**"))
        finally:
            manager.close()


class ProfilesTarget(Target):
    name = "profiles"
    seeds = (
        json.dumps(
            {
                "schema": 1,
                "profile": "default",
                "profiles": {
                    "default": {
                        "order": ["good", "other"],
                        "disabled": ["other"],
                        "overrides": {"good": {"-requires": ["x"], "version": "1"}},
                    },
                    "second": {"order": [], "disabled": []},
                },
            }
        ).encode(),
    )

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        return (mutate_text if rng.random() < 0.8 else mutate_bytes)(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        mods = folder / "mods"
        for name in ("good", "other"):
            (mods / name).mkdir(parents=True, exist_ok=True)
            (mods / name / "mod.toml").write_text(f'id = "{name}"\nname = "{name}"\nversion = "1"\n')
        (mods / "mods.json").write_bytes(data)
        manager = ModManager(mods)
        try:
            assert {mod.id for mod in manager.available} == {"good", "other"}
            manager.disable("good")
            manager.enable("good")
        finally:
            manager.close()


class DataTarget(Target):
    """A mod's change to a data file."""

    name = "data"
    seeds = (
        b'{"sword": {"damage": 5, "price": null}, "bow": [1, 2, {"x": "y"}]}',
        b'[{"op": "add", "path": "/bow", "value": 2}, {"op": "test", "path": "/sword/damage", "value": 3}]',
        b'[[{"op": "remove", "path": "/items/[id=sword]/damage"}], [{"op": "move", "from": "/a", "path": "/b"}]]',
        b"id,damage\nsword,5\n-bow,\n",
    )

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        return (mutate_text if rng.random() < 0.8 else mutate_bytes)(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        base, mod = Store(name="base"), Store(name="mod")
        base.write("/x.json", b'{"sword": {"damage": 3}, "items": [{"id": "sword", "damage": 1}], "a": {"b": []}}')
        base.write("/x.csv", b"id,damage\nsword,3\n")
        for suffix in (".json.merge", ".json.patch", ".csv.merge", ".json"):
            mod.write(f"/x{suffix}", data)
            with ResourceManager(base, dlc=[mod], watch=False) as game:
                game.read_merged("/x.json")
                game.read_merged("/x.csv")
            mod.remove(f"/x{suffix}")


def clean(folder: Path) -> None:
    """Empty the folder."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            try:
                shutil.rmtree(entry)
            except RecursionError:  # before Python 3.13, it recurses into folders that are a thousand deep
                subprocess.run(["rm", "-rf", "--", entry], check=True)
        else:
            entry.unlink()
