"""Fuzz targets for mods as a whole, for archives of odd tools, for saves, and for what servers answer."""

from __future__ import annotations

import io
import json
import os
import random
import socket
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.archives.odd_archives import ODD_ARCHIVES
from tests.archives.odd_zips import Item, make_zip
from tests.fuzz.mutate import mutate_bytes, mutate_rows, mutate_text
from tests.fuzz.targets import FILES, Target, use_layer
from tests.remote.bad_servers import ScriptedServer, range_of
from vfsloader import ResourceManager, Store, VirtualFileSystem, open_layer, packs, paths
from vfsloader.archives import expand_archive
from vfsloader.collections import PersistentDict, PersistentList, PersistentSet
from vfsloader.errors import VFSError
from vfsloader.mods.metadata.manifest import parse_manifest
from vfsloader.mods.solve.resolve import resolve
from vfsloader.remote.http import HttpFile
from vfsloader.remote.manifest import Manifest, Run
from vfsloader.remote.retry import Retry


def _expand(data: bytes) -> None:
    with VirtualFileSystem() as vfs, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expand_archive(vfs, data, on_conflict="rename")


class OddArchiveTarget(Target):
    """Archives as many tools write them, mounted, expanded and as mods."""

    name = "odd archives"
    seconds = 10.0

    def __init__(self, folder: Path) -> None:
        self.seeds = [data for make in ODD_ARCHIVES.values() if len(data := make().data) < 200_000]

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        if rng.random() < 0.2:
            names = (
                b"a",
                b"a/b",
                b"../c",
                b"/d",
                b"C:\\e",
                b"f/" * 3000,
                b"g" * 5000,
                b"\xff\xfe",
                b"",
                b"mod.toml",
                b"/",
            )
            content = (b"", b"x", b'id = "mod"\nname = "M"\nversion = "1"\n', bytes(100_000))
            return make_zip(
                *(
                    Item(
                        rng.choice(names),
                        rng.choice(content),
                        rng.choice((0, 1, 8, 0x800, 0x808, 0xFFFF)),
                        rng.choice((0, 3, 11, 19, 255)),
                        rng.choice((0, 0o120777 << 16, 0o40755 << 16, 0xFFFFFFFF, 0x10)),
                        rng.choice((b"", b"\1\0\10\0" + bytes(8), b"up\xff\xff", b"\1\0\x18\0" + b"\xff" * 24)),
                    )
                    for _ in range(rng.randrange(1, 8))
                ),
                before=rng.choice((b"", b"MZ" * 500)),
                comment=rng.choice((b"", b"PK\5\6" * 9)),
            )
        return mutate_bytes(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        mods = folder / "mods"
        mods.mkdir()
        (mods / "x.zip").write_bytes(data)
        with ResourceManager(Store(name="base"), mods=mods, watch=False) as game:
            game.vfs.glob("/**")
        try:
            _expand(data)
        finally:
            use_layer(mods / "x.zip", folder)


class SevenZipTarget(Target):
    name, weight = "7z", 1
    seconds, memory_bytes = 10.0, 1 << 30

    def __init__(self, folder: Path) -> None:
        import py7zr

        seeds = []
        for filters in (
            None,
            [{"id": py7zr.FILTER_COPY}],
            [{"id": py7zr.FILTER_DEFLATE}],
            [{"id": py7zr.FILTER_BZIP2}],
        ):
            out = io.BytesIO()
            with py7zr.SevenZipFile(out, "w", filters=filters) as archive:
                for path, data in FILES.items():
                    archive.writestr(data[:5000], path[1:])
            seeds.append(out.getvalue())
        self.seeds = seeds

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        if rng.random() < 0.6:  # the header at the end, with checksums that are right
            data = bytearray(rng.choice(self.seeds))
            offset, size = struct.unpack_from("<QQ", data, 12)
            header = mutate_bytes(rng, [bytes(data[32 + offset : 32 + offset + size])])
            start = struct.pack("<QQL", offset, len(header), zlib.crc32(header))
            return (
                bytes(data[:8]) + struct.pack("<L", zlib.crc32(start)) + start + bytes(data[32 : 32 + offset]) + header
            )
        return mutate_bytes(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        if data.startswith(b"7z\xbc\xaf\x27\x1c"):
            _expand(data)


class NestedArchivesTarget(Target):
    """Archives in archives, each opened out of the one around it."""

    name = "nested archives"

    def __init__(self, folder: Path) -> None:
        inner = [make().data for name, make in ODD_ARCHIVES.items() if "thousand" not in name]
        self._inner = [data for data in inner if len(data) < 50_000]
        self.seeds = self._inner

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        data = mutate_bytes(rng, self._inner)
        for _ in range(rng.choice((1, 2, 3, 30))):
            name = rng.choice((b"x.zip", b"x.tar", b"mods/x.zip", b"x.pack"))
            data = make_zip(Item(name, data), Item(b"a.txt", b"a"))
        return data if rng.random() < 0.7 else mutate_bytes(rng, [data])

    def use(self, data: bytes, folder: Path) -> None:
        for _ in range(50):
            with open_layer(data, name="x") as layer:
                inside = [path for path in layer.glob("/**") if path.endswith((".zip", ".tar", ".pack"))]
                if not inside:
                    return
                entry = layer.find(inside[0])
                assert entry is not None
                data = layer.read(entry)


class FoldersTarget(Target):
    """A mods folder with links, pipes, sockets, odd names and deep trees, as a script of what is made."""

    name, seeds, weight = "folders", (b"",), 1
    seconds = 10.0
    _NAMES = (
        "a",
        "b",
        "mods",
        "mod.toml",
        "Mod.TOML",
        "mod.json",
        "assets",
        "é",
        "e\u0301",
        "x" * 200,
        "con",
        "__MACOSX",
    )
    _TARGETS = ("..", ".", "../..", "a", "/usr", "/", "/dev/zero", "/dev/tty", "loop", "../../../secret", "mod.toml")

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        kinds = (
            "folder",
            "folder",
            "link",
            "link",
            "pipe",
            "socket",
            "hard",
            "manifest",
            "manifest",
            "deep",
            "closed",
            "raw",
        )
        actions = [
            (rng.choice(kinds), *(rng.choice(self._NAMES) for _ in range(3)), rng.choice(self._TARGETS))
            for _ in range(rng.randrange(3, 25))
        ]
        return json.dumps(actions).encode()

    def use(self, data: bytes, folder: Path) -> None:
        mods = folder / "mods"
        (mods / "good").mkdir(parents=True)
        (mods / "good" / "mod.toml").write_text('id = "good"\nname = "Good"\nversion = "1"\n')
        (mods / "good" / "a").write_text("good")
        for kind, first, second, third, target in json.loads(data):
            place = mods / first / second
            try:
                place.mkdir(parents=True, exist_ok=True)
                self._make(kind, place / third, mods / first, target)
            except (OSError, UnicodeError):
                continue
        try:
            with ResourceManager(Store(name="base"), mods=mods, watch=False) as game:
                assert "good" in {mod.id for mod in game.mods.available}
                for path in game.vfs.glob("/**"):
                    if game.vfs.isfile(path):
                        try:
                            game.vfs.read_bytes(path)
                        except VFSError:
                            continue
                game.mods.overrides()
                for mod in game.mods.available:
                    mod.refresh()
                game.update()
            packs.build(mods / "good", folder / "good.pack")
            packs.build(mods, folder / "mods.pack")
        finally:
            for place, _, _ in os.walk(mods):
                os.chmod(place, 0o755)

    @staticmethod
    def _make(kind: str, file: Path, mod: Path, target: str) -> None:
        if kind == "folder":
            file.mkdir()
        elif kind == "link":
            os.symlink(target, file)
        elif kind == "pipe":
            os.mkfifo(file)
        elif kind == "socket":
            with socket.socket(socket.AF_UNIX) as made:
                os.chdir(file.parent)  # the paths of sockets are short
                made.bind(file.name[:90])
        elif kind == "hard":
            os.link(mod / target, file)
        elif os.path.lexists(file) or os.path.lexists(mod / "mod.toml"):
            return  # writing to a pipe or through a link would wait, or write elsewhere
        elif kind == "manifest":
            (mod / "mod.toml").write_text(f'id = "{mod.name}"\nname = "x"\nversion = "1"\n')
        elif kind == "deep":
            (file.parent / ("d/" * 40)).mkdir(parents=True)
        elif kind == "closed":
            file.write_text("closed")
            file.chmod(0)
        else:
            with open(os.fsencode(file) + b"\xff\xfe", "wb") as raw:
                raw.write(b"raw")


class GlobTarget(Target):
    name = "globs"
    seeds = (b"/**/*.png", b"/sprites/[a-z]?*.ogg", b"/**/a/**/[!b]*/x")

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        pieces = (
            "*",
            "**",
            "/**/",
            "?",
            "[",
            "]",
            "[!",
            "[a-",
            "-z]",
            "/",
            "a",
            "b",
            "\\",
            "..",
            "\0",
            "\ud800",
            "é",
            "[]",
            "[^",
        )
        return "".join(rng.choice(pieces) * rng.choice((1, 1, 1, 2, 50)) for _ in range(rng.randrange(1, 60))).encode(
            "utf-8", "surrogatepass"
        )

    def use(self, data: bytes, folder: Path) -> None:
        pattern = data.decode("utf-8", "surrogatepass")
        for is_insensitive in (False, True):
            glob = paths.glob_pattern(pattern, case_insensitive=is_insensitive)
            for path in ("/", "/a", "/" + "a" * 255, "/a" * 500, "/sprites/deep/q.png", "/" + "ab" * 100 + "/é"):
                glob.fullmatch(path)
        layer = Store(name="x")
        layer.write("/a/b/a.png", b"x")
        list(layer.glob(pattern))


class SolverTarget(Target):
    """Mods that need and exclude one another at random."""

    name, seeds = "solver", (b"",)
    seconds = 10.0

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        ids = [f"mod-{number}" for number in range(rng.choice((3, 8, 30, 60)))]
        ranges = ("*", ">=1", "<2", "==1", ">=1,<3", "!=2", ">9", "~=1.0", "==1.*")
        density = rng.choice((0.5, 1, 3, 8))

        def rules() -> dict[str, str]:
            count = min(int(rng.expovariate(1 / density)), len(ids))
            return {mod: rng.choice(ranges) for mod in rng.sample(ids, count)}

        mods = []
        for mod in ids:
            for version in rng.sample(("1", "1.5", "2", "3", "4", "5.0a1"), rng.choice((1, 1, 2, 6))):
                order = {"after": rng.sample(ids, 2), "before": rng.sample(ids, rng.choice((0, 1)))}
                provides = {rng.choice(ids): "2"} if rng.random() < 0.2 else {}
                more = {"requires": rules(), "incompatible": rules(), "recommends": rules(), "order": order}
                mods.append({"id": mod, "name": mod, "version": version, "provides": provides, **more})
        return json.dumps(mods).encode()

    def use(self, data: bytes, folder: Path) -> None:
        copies: dict[str, list[Any]] = {}
        for table in json.loads(data):
            manifest = parse_manifest(table, table["id"])
            copies.setdefault(manifest.id, []).append(manifest)
        resolution = resolve(copies)
        for problem in resolution.problems:
            str(problem)


class SaveTarget(Target):
    """A save from the internet: its files, and its collections."""

    name = "saves"
    seconds, memory_bytes = 10.0, 1 << 30

    def __init__(self, folder: Path) -> None:
        with VirtualFileSystem(str(folder / "x.save")) as vfs:
            for path, data in FILES.items():
                vfs.makedirs(paths.parent(path), exist_ok=True)
                vfs.write_bytes(path, data[:5000])
        with PersistentDict(folder / "x.save", name="scores") as scores:
            scores.update({"a": 1, "b": [1, {"c": "d"}], "e": 1.5, "f": b"bytes", "g": None})
        with PersistentList(folder / "x.save", name="log") as log:
            log.extend(["x", 2, {"y": [3]}])
        with PersistentSet(folder / "x.save", name="seen") as seen:
            seen.update({1, "z"})
        self.seeds = [(folder / "x.save").read_bytes()]

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        if rng.random() < 0.7:
            return mutate_rows(rng, self.seeds, folder)
        return mutate_bytes(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        (folder / "y.save").write_bytes(data)
        for act in (self._files, self._scores, self._log, self._seen):
            try:
                act(folder / "y.save")
            except VFSError:
                continue
            except TypeError as error:
                if " is a " not in str(error):  # a list is opened as a set
                    raise

    @staticmethod
    def _files(file: Path) -> None:
        with VirtualFileSystem(str(file)) as vfs:
            for path in vfs.glob("/**"):
                try:
                    if vfs.isfile(path):
                        vfs.read_bytes(path)
                    vfs.stat(path)
                except VFSError:
                    continue
            vfs.write_bytes("/new.txt", b"new")
            assert vfs.read_bytes("/new.txt") == b"new"

    @staticmethod
    def _scores(file: Path) -> None:
        with PersistentDict(file, name="scores") as scores:
            repr(scores)
            for key in list(scores):
                try:
                    repr(scores[key])
                except (VFSError, KeyError):
                    continue
            scores["new"] = [1]
            assert scores["new"] == [1]

    @staticmethod
    def _log(file: Path) -> None:
        with PersistentList(file, name="log") as log:
            list(log)
            log.append("new")
            assert log[-1] == "new"

    @staticmethod
    def _seen(file: Path) -> None:
        with PersistentSet(file, name="seen") as seen:
            list(seen)
            seen.add("new")
            assert "new" in seen


class RemoteManifestTarget(Target):
    name = "remote manifests"

    def __init__(self, folder: Path) -> None:
        segment = "0123456789abcdef" * 2
        made = Manifest(1, 300_000, 65536, (segment,), (Run(0, 5, 0, 0),), bytes(80), ((0, 1),))
        self.seeds = [zlib.decompress(made.encode())]

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        choice = rng.random()
        if choice < 0.7:
            return zlib.compress(mutate_text(rng, self.seeds), 1)
        if choice < 0.75:
            return zlib.compress(rng.choice((b"[" * 50_000_000, b"[1," * 9_000_000, b'"' + bytes(90_000_000))), 1)
        return mutate_bytes(rng, [zlib.compress(self.seeds[0], 1)])

    def use(self, data: bytes, folder: Path) -> None:
        manifest = Manifest.decode(data, 1, "x.manifest")
        for block in {0, manifest.blocks - 1} if manifest.blocks else ():
            manifest.run_of(block)
            manifest.digest(block)


class HttpTarget(Target):
    """A server that lies."""

    name, weight = "http", 1
    seconds = 10.0
    _CONTENT = random.Random(1).randbytes(200_000)

    def __init__(self, folder: Path) -> None:
        self._answers: list[bytes] = []
        self._server = ScriptedServer(self._answer)
        good = b"".join(range_of(self._CONTENT, "Range: bytes=0-65535"))
        moved = b"HTTP/1.1 302 Found\r\nLocation: https://example.invalid/x\r\nContent-Length: 0\r\n\r\n"
        busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 99999\r\nContent-Length: 2\r\n\r\nno"
        chunked = b"HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 0-9/10\r\n\r\n"
        self.seeds = [good, moved, busy, chunked + b"a\r\n0123456789\r\n0\r\n\r\n"]

    def _answer(self, head: str) -> Iterator[bytes]:
        yield self._answers[-1]

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        data = rng.choice(self.seeds)
        head, _, body = data.partition(b"\r\n\r\n")
        head = (mutate_text if rng.random() < 0.6 else mutate_bytes)(rng, [head])
        if rng.random() < 0.2:
            head += b"\r\n" + rng.choice(
                (b"X: " + b"y" * 70_000, b"X: y\r\n" * 2000, b"Content-Length: -5", b"\0", b" folded")
            )
        return head + b"\r\n\r\n" + (body if rng.random() < 0.7 else mutate_bytes(rng, [body or b"x"]))

    def use(self, data: bytes, folder: Path) -> None:
        self._answers[:] = [data]
        file = HttpFile(f"{self._server.address}/x", retry=Retry(attempts=2, deadline=0.3, pause=0.001))
        try:
            file.first_blocks()
            file.fetch(0, 1)
        finally:
            file.close()


class ManagersTarget(Target):
    """The settings of the game itself, which a player or a tool may have changed."""

    name = "game.toml"
    seeds = (
        b'base = "assets"\nmods = "mods"\nsave = "user.db"\nversion = "1.2"\n[budget]\npixels = 5000\ndepth = 9\n'
        b'[provides]\n"lib" = "1.0"\n',
    )

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        return (mutate_text if rng.random() < 0.8 else mutate_bytes)(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        (folder / "assets").mkdir(exist_ok=True)
        (folder / "mods").mkdir(exist_ok=True)
        (folder / "game.toml").write_bytes(data)
        ResourceManager.from_config(folder / "game.toml").close()


MOD_TARGETS: tuple[type[Target], ...] = (
    OddArchiveTarget,
    SevenZipTarget,
    NestedArchivesTarget,
    FoldersTarget,
    GlobTarget,
    SolverTarget,
    SaveTarget,
    RemoteManifestTarget,
    HttpTarget,
    ManagersTarget,
)
