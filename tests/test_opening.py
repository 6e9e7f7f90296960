"""Openers: what a source is depends on its content, and only what is needed is imported."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from vfsloader import Layer, Store, VirtualFileSystem, opening, packs
from vfsloader.errors import DamagedError, PathNotFoundError, UnknownFormatError
from vfsloader.opening import Candidate, open_layer, register_opener

_FOLDER = """
import sys
import vfsloader
with vfsloader.open_layer(sys.argv[1]) as layer:
    assert layer.find("/a.txt")
unwanted = ["apsw", "boto3", "urllib3", "zipfile", "tarfile"]
unwanted += [f"vfsloader.{name}" for name in ("archives", "remote", "store")]
print([name for name in unwanted if name in sys.modules])
"""


def test_opening_a_folder_imports_no_readers(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    command = [sys.executable, "-c", _FOLDER, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=True)
    assert done.stdout == "[]\n"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Openers that are registered in a test are gone after it."""
    monkeypatch.setattr(opening, "_openers", list(opening._openers))
    monkeypatch.setattr(opening, "_openers_by_scheme", dict(opening._openers_by_scheme))


def open_letters(candidate: Candidate) -> Layer | None:
    """A format of ours: magic, then one letter that is the content of the only file."""
    if not candidate.head.startswith(b"LETTER"):
        return None
    if len(candidate.head) != 7:
        raise DamagedError.at(candidate.location, f"{candidate.location} is damaged: it has no letter")
    store = Store(name=candidate.name)
    store.write("/letter", candidate.head[6:])
    return store


def content(layer: Layer) -> bytes:
    with layer:
        entry = layer.find("/letter")
        assert entry is not None
        return layer.read(entry)


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[list[object]]:
    (tmp_path / "x.letter").write_bytes(b"LETTERx")
    with VirtualFileSystem() as vfs:
        vfs.write_bytes("/x.letter", b"LETTERx")
        yield [tmp_path / "x.letter", str(tmp_path / "x.letter"), b"LETTERx", bytearray(b"LETTERx"),
               io.BytesIO(b"LETTERx"), vfs.path("/x.letter")]  # fmt: skip


@pytest.mark.usefixtures("registry")
def test_a_registered_format_opens_from_every_kind_of_source(sources: list[object]) -> None:
    for source in sources:
        with pytest.raises(UnknownFormatError):
            open_layer(source if not isinstance(source, io.BytesIO) else io.BytesIO(b"LETTERx"))  # type: ignore[arg-type]
    register_opener(open_letters)
    assert [content(open_layer(source)) for source in sources] == [b"x"] * len(sources)  # type: ignore[arg-type]


@pytest.mark.usefixtures("registry")
def test_a_format_that_is_broken_is_an_error_and_others_still_open(tmp_path: Path) -> None:
    register_opener(open_letters)
    with pytest.raises(DamagedError) as error:
        open_layer(b"LETTER", name="mine")
    assert error.value.filename == "mine"
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("letter", b"z")
    assert content(open_layer(zipped)) == b"z"
    store = Store()
    store.write("/letter", b"p")
    packs.build(store, tmp_path / "p.pack")
    assert content(open_layer(tmp_path / "p.pack")) == b"p"


@pytest.mark.usefixtures("registry")
def test_an_opener_may_read_the_stream_before_it_declines() -> None:
    def greedy(candidate: Candidate) -> None:
        assert not isinstance(candidate.content, (Path, bytes, bytearray, memoryview))
        assert candidate.content is not None
        candidate.content.read()

    register_opener(open_letters)
    register_opener(greedy)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("letter", b"z")
    assert content(open_layer(zipped)) == b"z"


@pytest.mark.usefixtures("registry")
def test_a_registered_scheme() -> None:
    def open_address(candidate: Candidate) -> Layer:
        assert (candidate.head, candidate.content) == (b"", None)
        store = Store(name=candidate.name)
        store.write("/letter", candidate.location.encode())
        return store

    register_opener(open_address, scheme="letters://")
    assert content(open_layer("letters://a/b")) == b"letters://a/b"


@pytest.mark.parametrize("address", ["ftp://host/x.pack", "s4://bucket/x"])
def test_unknown_addresses(address: str) -> None:
    with pytest.raises(UnknownFormatError, match="s3://") as error:
        open_layer(address)
    assert error.value.filename == address


def test_a_name_that_only_begins_like_a_memory_store() -> None:
    with pytest.raises(PathNotFoundError):
        open_layer("memory:x")
