"""The file system and a model of dicts, driven side by side by Hypothesis."""

from __future__ import annotations

import contextlib
import copy
import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.store.soundness import assert_sound
from vfsloader import Store, VirtualFileSystem, packs
from vfsloader.layers.folder import FolderLayer
from vfsloader.store.schema import DEFAULT_CHUNK_SIZE

Tree = dict[str, Any]

NAMES = st.sampled_from(["a", "b", "c", "d"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))
CONTENT = st.one_of(st.binary(max_size=6), st.sampled_from([b"z" * 5000, b"y" * 70_000]))

BASE: Tree = {"a": {"b": b"base ab", "c": {"d": b"base acd"}}, "b": b"base b", "d": {"a": b"base da"}}
MOD: Tree = {"a": {"b": b"mod ab", "a": b"mod aa"}, "c": {"c": b"mod cc"}, "d": {"b": {"c": b"mod dbc"}}}


class Refused(Exception):  # noqa: N818 - no error of ours, the model's word
    """What the model says of an operation that must fail, by errno."""

    def __init__(self, number: int) -> None:
        super().__init__(errno.errorcode[number])
        self.number = number


class Model:
    """A file system of nested dicts."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def get(self, path: str) -> Any:
        here: Any = self.tree
        for name in path.split("/")[1:]:
            if not isinstance(here, dict):
                raise Refused(errno.ENOTDIR)
            if name not in here:
                # What stands further down cannot matter: this is as far as the path leads.
                raise Refused(errno.ENOENT)
            here = here[name]
        return here

    def find(self, path: str) -> Any:
        try:
            return self.get(path)
        except Refused:
            return None

    def folder_for(self, path: str) -> Tree:
        """Give the folder of something new, making it."""
        here: Any = self.tree
        for name in path.split("/")[1:-1]:
            here = here.setdefault(name, {})
            if not isinstance(here, dict):
                raise Refused(errno.ENOTDIR)
        return here

    def blocked(self, path: str) -> bool:
        """Tell whether a file stands above the path."""
        try:
            self.get(path)
        except Refused as refused:
            return refused.number == errno.ENOTDIR
        return False

    def write(self, path: str, data: bytes) -> None:
        if isinstance(self.find(path), dict):
            raise Refused(errno.EISDIR)
        if self.blocked(path):
            raise Refused(errno.ENOTDIR)
        self.folder_for(path)[path.rpartition("/")[2]] = data

    def append(self, path: str, data: bytes) -> None:
        old = self.find(path)
        if isinstance(old, dict):
            raise Refused(errno.EISDIR)
        self.write(path, (old or b"") + data)

    def patch(self, path: str, at: int, data: bytes) -> None:
        old = self.get(path)
        if isinstance(old, dict):
            raise Refused(errno.EISDIR)
        new = bytearray(old.ljust(at, b"\0") if data else old)
        if data:
            new[at : at + len(data)] = data
        self.write(path, bytes(new))

    def remove(self, path: str) -> None:
        if isinstance(self.get(path), dict):
            raise Refused(errno.EISDIR)
        self.take(path)

    def rmdir(self, path: str) -> None:
        found = self.get(path)
        if not isinstance(found, dict):
            raise Refused(errno.ENOTDIR)
        if found:
            raise Refused(errno.ENOTEMPTY)
        self.take(path)

    def rmtree(self, path: str) -> None:
        self.get(path)
        self.take(path)

    def take(self, path: str) -> Any:
        folder = self.get(path.rpartition("/")[0]) if path.count("/") > 1 else self.tree
        return folder.pop(path.rpartition("/")[2])

    def mkdir(self, path: str, parents: bool) -> None:
        if self.find(path) is not None:
            raise Refused(errno.EEXIST)
        above = path.rpartition("/")[0]
        if not parents and above and not isinstance(self.get(above), dict):
            raise Refused(errno.ENOTDIR)
        if self.blocked(path):
            raise Refused(errno.ENOTDIR)
        self.folder_for(path)[path.rpartition("/")[2]] = {}

    def free(self, path: str) -> None:
        if self.find(path) is not None:
            raise Refused(errno.EEXIST)
        if self.blocked(path):
            raise Refused(errno.ENOTDIR)

    def rename(self, old: str, new: str) -> None:
        self.free(new)
        self.get(old)
        if new.startswith(old + "/"):
            raise Refused(errno.EINVAL)
        thing = self.take(old)
        self.folder_for(new)[new.rpartition("/")[2]] = thing

    def copy(self, old: str, new: str) -> None:
        data = self.get(old)
        if isinstance(data, dict):
            raise Refused(errno.EISDIR)
        self.write(new, data)

    def copytree(self, old: str, new: str) -> None:
        self.free(new)
        found = self.get(old)
        if not isinstance(found, dict):
            raise Refused(errno.ENOTDIR)
        if new.startswith(old + "/"):
            raise Refused(errno.EINVAL)
        self.folder_for(new)[new.rpartition("/")[2]] = copy.deepcopy(found)


def merged(lower: Tree, upper: Tree) -> Tree:
    result = copy.deepcopy(lower)
    for name, value in upper.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = merged(result[name], value) if both else copy.deepcopy(value)
    return result


def files_of(tree: Tree, at: str = "") -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, value in tree.items():
        files |= files_of(value, f"{at}/{name}") if isinstance(value, dict) else {f"{at}/{name}": value}
    return files


def tree_of(vfs: VirtualFileSystem, at: str = "/") -> Tree:
    tree: Tree = {}
    for name in vfs.listdir(at):
        path = f"{at.rstrip('/')}/{name}"
        tree[name] = tree_of(vfs, path) if vfs.isdir(path) else vfs.read_bytes(path)
    return tree


class FileSystemMachine(RuleBasedStateMachine):
    """Runs the same operations on both; subclasses say where the local layer lies."""

    chunk_size = DEFAULT_CHUNK_SIZE
    keeps_state = True

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vfsloader-model-"))
        self.layers: list[Any] = []
        self.undo: list[Tree] = []
        self.batches = contextlib.ExitStack()
        self.scopes: list[Any] = []

    def opened(self) -> VirtualFileSystem:
        return VirtualFileSystem(self.place(), self.chunk_size)

    def place(self) -> str:
        return str(self.folder / "local.db")

    @initialize(with_base=st.booleans(), with_mod=st.booleans())
    def start(self, with_base: bool, with_mod: bool) -> None:
        tree: Tree = {}
        if with_base:
            store = Store(":memory:")
            for path, data in files_of(BASE).items():
                store.write(path, data)
            packs.build(store, self.folder / "base.pack")
            self.layers.append(Store(self.folder / "base.pack"))
            tree = merged(tree, BASE)
        if with_mod:
            for path, data in files_of(MOD).items():
                file = self.folder / "mod" / path[1:]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            self.layers.append(FolderLayer(self.folder / "mod", live=False))
            tree = merged(tree, MOD)
        self.model = Model(tree)
        self.open()

    def open(self) -> None:
        self.vfs = self.opened()
        for place, layer in enumerate(self.layers):
            self.vfs.add_underlay(layer, place)

    def both(self, name: str, *values: Any, real: Any = None) -> None:
        before = copy.deepcopy(self.model.tree)
        try:
            getattr(self.model, name)(*values)
        except Refused as refused:
            self.model.tree = before
            with pytest.raises(OSError, match=r".") as caught:
                (real or getattr(self.vfs, name))(*values)
            same = caught.value.errno == refused.number
            assert same, (name, values, str(caught.value))
        else:
            (real or getattr(self.vfs, name))(*values)

    @rule(path=PATHS, data=CONTENT)
    def write(self, path: str, data: bytes) -> None:
        self.both("write", path, data, real=self.vfs.write_bytes)

    @rule(path=PATHS, data=CONTENT, cut=st.integers(1, 4000))
    def write_by_stream(self, path: str, data: bytes, cut: int) -> None:
        def stream(path: str, data: bytes) -> None:
            with self.vfs.open(path, "wb") as file:
                for at in range(0, len(data), cut):
                    file.write(data[at : at + cut])

        self.both("write", path, data, real=stream)

    @rule(path=PATHS, data=st.binary(max_size=4))
    def append(self, path: str, data: bytes) -> None:
        def append(path: str, data: bytes) -> None:
            with self.vfs.open(path, "ab") as file:
                file.write(data)

        self.both("append", path, data, real=append)

    @rule(path=PATHS, at=st.integers(0, 6000), data=st.binary(max_size=4))
    def patch(self, path: str, at: int, data: bytes) -> None:
        def patch(path: str, at: int, data: bytes) -> None:
            with self.vfs.open(path, "r+b") as file:
                file.seek(at)
                file.write(data)

        self.both("patch", path, at, data, real=patch)

    @rule(path=PATHS)
    def remove(self, path: str) -> None:
        self.both("remove", path)

    @rule(path=PATHS)
    def rmdir(self, path: str) -> None:
        self.both("rmdir", path)

    @rule(path=PATHS)
    def rmtree(self, path: str) -> None:
        self.both("rmtree", path)

    @rule(path=PATHS, parents=st.booleans())
    def mkdir(self, path: str, parents: bool) -> None:
        self.both("mkdir", path, parents)

    @rule(old=PATHS, new=PATHS)
    def rename(self, old: str, new: str) -> None:
        self.both("rename", old, new)

    @rule(old=PATHS, new=PATHS)
    def copy(self, old: str, new: str) -> None:
        self.both("copy", old, new)

    @rule(old=PATHS, new=PATHS)
    def copytree(self, old: str, new: str) -> None:
        self.both("copytree", old, new)

    @precondition(lambda self: len(self.scopes) < 2)
    @rule()
    def begin(self) -> None:
        scope = self.vfs.atomic_batch()
        scope.__enter__()
        self.scopes.append(scope)
        self.undo.append(copy.deepcopy(self.model.tree))

    @precondition(lambda self: self.scopes)
    @rule(keep=st.booleans())
    def end(self, keep: bool) -> None:
        scope, before = self.scopes.pop(), self.undo.pop()
        if keep:
            scope.__exit__(None, None, None)
            return
        self.model.tree = before
        with pytest.raises(ZeroDivisionError):
            scope.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
            raise ZeroDivisionError

    @precondition(lambda self: self.keeps_state and not self.scopes)
    @rule()
    def reopen(self) -> None:
        self.vfs.close()
        self.open()

    @rule(pattern=st.sampled_from(["/*", "/**", "/a/*", "/**/c", "/*/[ab]", "/d/**"]))
    def glob(self, pattern: str) -> None:
        import vfsloader.paths as rules

        def every(tree: Tree, at: str = "") -> list[str]:
            paths = []
            for name, value in tree.items():
                paths.append(f"{at}/{name}")
                if isinstance(value, dict):
                    paths += every(value, f"{at}/{name}")
            return paths

        matches = rules.glob_pattern(pattern).fullmatch
        assert self.vfs.glob(pattern) == sorted(path for path in every(self.model.tree) if matches(path))

    @invariant()
    def both_show_the_same(self) -> None:
        if hasattr(self, "vfs"):
            assert tree_of(self.vfs) == self.model.tree

    def teardown(self) -> None:
        while self.scopes:
            self.scopes.pop().__exit__(None, None, None)
        if hasattr(self, "vfs"):
            self.check_integrity()
            self.vfs.close()
        for layer in self.layers:
            layer.close()
        shutil.rmtree(self.folder)

    def check_integrity(self) -> None:
        assert_sound(self.vfs)


class SmallChunks(FileSystemMachine):
    chunk_size = 1024


class InMemory(FileSystemMachine):
    keeps_state = False

    def place(self) -> str:
        return ":memory:"


class InMemoryDatabase(InMemory):
    def opened(self) -> VirtualFileSystem:
        return VirtualFileSystem(Store(":memory:", name="local", chunk_size=1024))


class OnFolder(FileSystemMachine):
    def place(self) -> str:
        (self.folder / "local").mkdir(exist_ok=True)
        return str(self.folder / "local")

    def check_integrity(self) -> None:
        left = [
            file.name for file in (self.folder / "local").rglob(".wh.*") if "draft" in file.name or "attic" in file.name
        ]
        assert left == []


#: `make soak` asks for many more.
EXAMPLES = int(os.environ.get("VFSLOADER_EXAMPLES", "60"))
LIMITS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
for machine in (FileSystemMachine, SmallChunks, InMemory, InMemoryDatabase, OnFolder):
    machine.TestCase.settings = LIMITS

TestOnDisk = FileSystemMachine.TestCase
TestSmallChunks = SmallChunks.TestCase
TestInMemory = InMemory.TestCase
TestInMemoryDatabase = InMemoryDatabase.TestCase
TestOnFolder = OnFolder.TestCase
