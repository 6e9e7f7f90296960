"""fsspec's own tests, and programs that speak fsspec, over a game's tree."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import fsspec
import pytest
from fsspec.tests import abstract
from PIL import Image
from vfsloader.fsspec import VFSFileSystem, register

import vfsloader
from vfsloader import Store, VirtualFileSystem


class Fixtures(abstract.AbstractFixtures):
    @pytest.fixture
    def fs(self) -> VFSFileSystem:
        vfs = VirtualFileSystem()
        vfs.makedirs("/work")
        return VFSFileSystem(vfs)

    @pytest.fixture
    def fs_path(self) -> str:
        return "/work"


class TestCopy(abstract.AbstractCopyTests, Fixtures):
    pass


class TestGet(abstract.AbstractGetTests, Fixtures):
    pass


class TestPut(abstract.AbstractPutTests, Fixtures):
    pass


class TestOpen(abstract.AbstractOpenTests, Fixtures):
    pass


class TestPipe(abstract.AbstractPipeTests, Fixtures):
    pass


@pytest.fixture
def fs() -> Iterator[Any]:
    base = Store(":memory:", name="base")
    base.write("/data/items.json", b'{"sword": 3}')
    picture = io.BytesIO()
    Image.new("RGB", (5, 3), "red").save(picture, "PNG")
    base.write("/sprites/p.png", picture.getvalue())
    with vfsloader.init(base, watch=False):
        register()
        yield fsspec.filesystem("vfs", skip_instance_cache=True)


def test_programs_that_speak_fsspec_read_the_tree(fs: Any) -> None:
    with fsspec.open("vfs://data/items.json") as file:
        assert json.load(file) == {"sword": 3}
    with fs.open("/sprites/p.png") as file:
        assert Image.open(file).size == (5, 3)
    assert fs.glob("/**/*.png") == ["/sprites/p.png"]
    assert sorted(fs.find("/")) == ["/data/items.json", "/sprites/p.png"]
    assert fs.info("/sprites/p.png")["layer"] == "base"
    assert fs.isdir("/data")
    assert fs.cat_file("/data/items.json", 1, 8) == b'"sword"'
    assert fs.modified("/data/items.json").tzinfo is not None
    assert fs.created("/data/items.json") <= fs.modified("/data/items.json")
    with pytest.raises(FileNotFoundError):
        fs.info("/nope")


def test_what_is_written_goes_to_the_save_layer(fs: Any) -> None:
    with fs.open("/new/deep/file.txt", "w") as file:
        file.write("hello")
    fs.pipe("/data/items.json", b"{}")
    assert fs.info("/data/items.json")["layer"] == "save"
    fs.mv("/new/deep/file.txt", "/moved.txt")
    assert fs.cat("/moved.txt") == b"hello"
    fs.rm("/new", recursive=True)
    assert not fs.exists("/new")
    fs.makedirs("/a/b")
    fs.rmdir("/a/b")
    with pytest.raises(FileExistsError):
        fs.pipe("/moved.txt", b"x", mode="create")


def test_a_transaction_is_whole_or_not_at_all(fs: Any) -> None:
    with fs.transaction:
        with fs.open("/one", "wb") as file:
            file.write(b"1")
        assert not fs.exists("/one")
    assert fs.cat("/one") == b"1"
    with pytest.raises(ZeroDivisionError), fs.transaction:
        with fs.open("/two", "wb") as file:
            file.write(b"2")
        raise ZeroDivisionError
    assert not fs.exists("/two")
