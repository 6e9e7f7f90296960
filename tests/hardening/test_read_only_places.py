"""Saves in folders that cannot be written: what exists is read, and what cannot be made is a clear error."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from vfsloader import VirtualFileSystem
from vfsloader.collections import PersistentDict

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="this system has no POSIX permissions")

_NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder outside the private one of pytest, so that another user can reach it."""
    path = Path(tempfile.mkdtemp(prefix="vfsloader-read-only-"))
    yield path
    os.chmod(path, 0o755)
    shutil.rmtree(path)


def run_unprivileged(folder: Path, code: str) -> str:
    """Run a program as a user who may not write the folder.

    That user may not even read the interpreter's own modules, so all that could be needed is imported before.
    """
    program = textwrap.dedent(
        """
        import importlib, os, pkgutil, sys, urllib.parse
        import vfsloader
        from vfsloader import VirtualFileSystem, Store, errors
        from vfsloader.collections import PersistentDict
        for room in "assets collections datamerge game layers mods runtime store vfs".split():
            for module in pkgutil.walk_packages([vfsloader.__path__[0] + "/" + room], f"vfsloader.{{room}}."):
                if sys.platform == "win32" or "windows" not in module.name:
                    importlib.import_module(module.name)
        folder = sys.argv[1]
        if os.geteuid() == 0:
            os.setgid({nobody}); os.setuid({nobody})
        """
    ).format(nobody=_NOBODY) + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_read_only(folder: Path) -> None:
    for path in folder.iterdir():
        os.chmod(path, 0o444)
    os.chmod(folder, 0o555)


@pytest.mark.parametrize("options", ["", ", read_only=True"])
def test_a_store_is_read(folder: Path, options: str) -> None:
    with VirtualFileSystem(folder / "save.db") as vfs:
        vfs.write_bytes("/a", b"hello")
        vfs.write_bytes("/big", bytes(3_000_000))
        PersistentDict(vfs, name="s")["a"] = 1
    make_read_only(folder)
    printed = run_unprivileged(
        folder,
        f"""
        with VirtualFileSystem(folder + "/save.db"{options}) as vfs:
            print(vfs.read_bytes("/a"), len(vfs.open("/big", "rb").read()), vfs.listdir("/"))
            for change in (lambda: vfs.write_bytes("/a", b"x"), lambda: vfs.open("/a", "ab"), lambda: vfs.remove("/a")):
                try:
                    change()
                except errors.ReadOnlyError as error:
                    print("read-only")
            vfs.sync()
        store = Store(folder + "/save.db")
        print(PersistentDict(store, name="s")["a"], os.listdir(folder))
        """,
    )
    assert printed == "b'hello' 3000000 ['a', 'big']\nread-only\nread-only\nread-only\n1 ['save.db']\n"


def test_a_log_is_not_ignored(folder: Path) -> None:
    """What was committed last is in the log: it is read, or the error says what to do."""
    vfs = VirtualFileSystem(folder / "save.db")
    vfs.write_bytes("/a", b"old")
    vfs.sync()
    vfs.write_bytes("/a", b"new")
    copy = folder / "copy"
    copy.mkdir()
    for name in ("save.db", "save.db-wal"):
        shutil.copy(folder / name, copy / name)
    vfs.close()
    os.chmod(folder, 0o755)
    make_read_only(copy)
    printed = run_unprivileged(
        copy,
        """
        try:
            print(VirtualFileSystem(folder + "/save.db").read_bytes("/a"))
        except errors.ReadOnlyError as error:
            print("save.db-wal" in str(error) and "copy both files" in str(error))
        """,
    )
    assert printed in ("b'new'\n", "True\n")


def test_a_new_save_cannot_be_made(folder: Path) -> None:
    make_read_only(folder)
    printed = run_unprivileged(
        folder,
        """
        for where in ("/save.db", "/new/save.db"):
            try:
                VirtualFileSystem(folder + where)
            except OSError as error:
                print(type(error).__name__, "cannot create" in str(error) or "cannot open" in str(error))
        from vfsloader.layers.writable_folder import WritableFolderLayer
        try:
            WritableFolderLayer(folder + "/loose")
        except errors.ReadOnlyError as error:
            print("choose another folder" in str(error))
        vfs = VirtualFileSystem(folder)
        try:
            vfs.write_bytes("/a", b"x")
        except errors.ReadOnlyError as error:
            print("read-only" in str(error))
        """,
    )
    assert printed == "ReadOnlyError True\nPathError True\nTrue\nTrue\n"
