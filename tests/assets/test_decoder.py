"""Decoding: each content once, with its options, and with everything that it depends on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from vfsloader import Asset, Loader, VirtualFileSystem
from vfsloader.assets.decoder import ENTRY_BYTES, Decoder
from vfsloader.assets.prepared import PreparedCache
from vfsloader.assets.real_files import RealFiles
from vfsloader.assets.snapshots import Snapshots
from vfsloader.errors import PathNotFoundError


class Joined(Loader[str]):
    """Joins a list of files, and counts how often it does."""

    meta_options: ClassVar[dict[str, type | tuple[type, ...]]] = {"scale": int, "tags": list, "both": (int, str)}

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def decode(self, asset: Asset, **options: Any) -> str:
        self.calls.append(options)
        names = asset.data.decode().split()
        return f"{asset.path} in {asset.layer}: " + " ".join(asset.read(name).decode() for name in names)

    def size_of(self, decoded: str, asset_bytes: int) -> int:
        return 100 * asset_bytes + len(decoded)


class Plain(Joined):
    meta_options: ClassVar[dict[str, type | tuple[type, ...]]] = {}


class Streamed(Loader[str]):
    is_streamed = True

    def decode(self, asset: Asset, **options: Any) -> str:
        return f"{asset.data!r} {Path(asset.real_path()).read_text()}"


@pytest.fixture
def vfs() -> VirtualFileSystem:
    vfs = VirtualFileSystem(local_name="base")
    for path, text in {"/list": "one two", "/one": "1", "/two": "2", "/empty": "", "/empty2": ""}.items():
        vfs.write_text(path, text)
    return vfs


@pytest.fixture
def make(vfs: VirtualFileSystem, request: pytest.FixtureRequest) -> Callable[..., Decoder]:
    def made(cache_bytes: int = 1 << 20, prepared: PreparedCache | None = None) -> Decoder:
        files = RealFiles(None)
        request.addfinalizer(files.close)
        return Decoder(Snapshots(vfs), cache_bytes, files, prepared)

    return made


@pytest.fixture
def decoder(make: Callable[..., Decoder]) -> Decoder:
    return make()


# --- once for each content ---------------------------------------------------------------------------------


def test_everything_that_was_read_is_a_dependency(decoder: Decoder) -> None:
    reads: set[str] = set()
    decoded = decoder.decode(Plain(), "/list", {}, reads)
    assert decoded.data == "/list in base: 1 2"
    assert decoded.paths == reads == {"/list", "/one", "/two"}
    assert decoded.size_bytes == 100 * 7 + 18


def test_the_same_content_is_decoded_once(decoder: Decoder) -> None:
    loader = Plain()
    first, second = (decoder.decode(loader, "/list", {}) for _ in range(2))
    assert first._replace(seconds=0.0) == second  # which took no time
    assert (len(loader.calls), decoder.counts["decoded"], decoder.counts["remembered"]) == (1, 1, 1)


@pytest.mark.parametrize("path", ["/list", "/one"])
def test_other_content_is_decoded_and_the_old_one_is_remembered(
    vfs: VirtualFileSystem, decoder: Decoder, path: str
) -> None:
    loader = Plain()
    old_text = vfs.read_text(path)
    before = decoder.decode(loader, "/list", {})
    vfs.write_text(path, "two")
    changed = decoder.decode(loader, "/list", {})
    assert changed.data != before.data
    vfs.write_text(path, old_text)
    assert decoder.decode(loader, "/list", {}) == before._replace(seconds=0.0)
    assert len(loader.calls) == 2


def test_a_file_that_was_read_and_goes_is_decoded_again(vfs: VirtualFileSystem, decoder: Decoder) -> None:
    loader = Plain()
    decoder.decode(loader, "/list", {})
    vfs.remove("/two")
    with pytest.raises(PathNotFoundError) as caught:
        decoder.decode(loader, "/list", {})
    assert caught.value.filename == "/two"


class Optional(Loader[str]):
    """Reads a file that need not exist."""

    def decode(self, asset: Asset, **options: Any) -> str:
        try:
            return asset.read("/extra").decode()
        except PathNotFoundError:
            return "nothing extra"


def test_a_missing_file_is_a_dependency_too(vfs: VirtualFileSystem, decoder: Decoder) -> None:
    loader = Optional()
    decoded = decoder.decode(loader, "/one", {})
    assert (decoded.data, decoded.paths) == ("nothing extra", {"/one", "/extra"})
    vfs.write_text("/extra", "more")
    assert decoder.decode(loader, "/one", {}).data == "more"


def test_what_fails_is_reported_with_what_it_read(vfs: VirtualFileSystem, decoder: Decoder) -> None:
    vfs.remove("/two")
    reads: set[str] = set()
    with pytest.raises(PathNotFoundError):
        decoder.decode(Plain(), "/list", {}, reads)
    assert reads == {"/list", "/one", "/two"}


def test_a_missing_file_is_reported_and_watched(decoder: Decoder) -> None:
    reads: set[str] = set()
    with pytest.raises(PathNotFoundError) as caught:
        decoder.decode(Joined(), "/nope", {}, reads)
    assert caught.value.filename == "/nope"
    assert reads == {"/nope", "/nope.meta"}
    assert len(decoder.snapshots) == 2


def test_paths_options_and_loaders_are_kept_apart(decoder: Decoder) -> None:
    loader, other = Plain(), Plain()
    calls = [(loader, "/empty", {}), (loader, "/empty2", {}), (loader, "/empty", {"x": 1}), (other, "/empty", {})]
    for made_by, path, options in calls:
        decoder.decode(made_by, path, options)
    assert decoder.counts["decoded"] == 4


def test_the_order_of_options_does_not_matter(decoder: Decoder) -> None:
    loader = Plain()
    for options in ({"a": 1, "b": 2}, {"b": 2, "a": 1}):
        assert decoder.decode(loader, "/empty", options).options == options
    assert len(loader.calls) == 1


def test_what_does_not_fit_the_cache_is_decoded_again(make: Callable[..., Decoder]) -> None:
    loader, decoder = Plain(), make(cache_bytes=0)
    for _ in range(2):
        decoder.decode(loader, "/list", {})
    assert (len(loader.calls), len(decoder.cache)) == (2, 0)


def test_the_cache_counts_a_little_for_each_entry(decoder: Decoder) -> None:
    decoded = decoder.decode(Plain(), "/list", {})
    assert decoder.cache.bytes == decoded.size_bytes + ENTRY_BYTES


# --- streamed files ----------------------------------------------------------------------------------------


def test_a_streamed_file_is_not_held_in_memory(decoder: Decoder) -> None:
    assert decoder.decode(Streamed(), "/one", {}).data == "b'' 1"


def test_a_streamed_file_is_decoded_again_when_it_changes(vfs: VirtualFileSystem, decoder: Decoder) -> None:
    loader = Streamed()
    decoder.decode(loader, "/one", {})
    vfs.write_text("/one", "new")
    assert decoder.decode(loader, "/one", {}).data == "b'' new"


# --- options beside a file -----------------------------------------------------------------------------------


def test_options_come_from_the_file_beside_it(vfs: VirtualFileSystem, decoder: Decoder) -> None:
    vfs.write_text("/empty.meta", "scale = 3\ntags = ['a', 'b']\nboth = 'text'")
    loader = Joined()
    decoded = decoder.decode(loader, "/empty", {})
    assert decoded.options == loader.calls[0] == {"scale": 3, "tags": ("a", "b"), "both": "text"}
    assert decoded.paths == {"/empty", "/empty.meta"}


def test_a_callers_option_counts_before_the_files(vfs: VirtualFileSystem, decoder: Decoder) -> None:
    vfs.write_text("/empty.meta", "scale = 3\nboth = 1")
    assert decoder.decode(Joined(), "/empty", {"scale": 5}).options == {"scale": 5, "both": 1}


def test_a_byte_order_mark_is_not_an_option(vfs: VirtualFileSystem, decoder: Decoder) -> None:
    vfs.write_text("/empty.meta", "scale = 3", encoding="utf-8-sig")
    assert decoder.decode(Joined(), "/empty", {}).options == {"scale": 3}


def test_a_file_beside_one_whose_loader_has_no_options_is_not_looked_at(
    vfs: VirtualFileSystem, decoder: Decoder
) -> None:
    vfs.write_text("/empty.meta", "scale = 3")
    decoded = decoder.decode(Plain(), "/empty", {})
    assert (decoded.options, decoded.paths) == ({}, {"/empty"})


def test_a_missing_file_of_options_is_a_dependency(decoder: Decoder) -> None:
    for _ in range(2):  # decoded, and remembered
        assert decoder.decode(Joined(), "/empty", {}).paths == {"/empty", "/empty.meta"}


@pytest.mark.parametrize(
    "text",
    [b"scale = 'x'", b"scale = 1\nscael = 2", b"scale =", b"\xff\xfe", b"both = 1.5", b"a = " + b"[" * 100_000],
)
def test_options_that_are_wrong_are_ignored_with_a_warning(
    vfs: VirtualFileSystem, decoder: Decoder, caplog: pytest.LogCaptureFixture, text: bytes
) -> None:
    vfs.write_bytes("/empty.meta", text)
    with caplog.at_level(logging.WARNING, "vfsloader.assets"):
        decoded = decoder.decode(Joined(), "/empty", {"scale": 7})
    assert (decoded.options, decoded.paths) == ({"scale": 7}, {"/empty", "/empty.meta"})
    assert "/empty.meta in base is ignored" in caplog.text


# --- decoded data on disk ------------------------------------------------------------------------------------


class Kept(Loader[str]):
    """Keeps what it decodes on disk."""

    def __init__(self, version: str = "1") -> None:
        self.calls = 0
        self.version = version

    def decode(self, asset: Asset, **options: Any) -> str:
        self.calls += 1
        return asset.data.decode() * 2

    def cache_key(self, **options: Any) -> str:
        return f"kept {self.version} {options}"

    def serialize(self, decoded: str, **options: Any) -> bytes:
        return b"kept:" + decoded.encode()

    def deserialize(self, data: bytes | memoryview, path: str) -> str:
        assert path.startswith("/")
        text = bytes(data).decode()
        if not text.startswith("kept:"):
            raise ValueError("not ours")
        return text.removeprefix("kept:")

    def size_of(self, decoded: str, asset_bytes: int) -> int:
        return 1000 * asset_bytes + len(decoded)


@pytest.fixture
def kept_by(make: Callable[..., Decoder], tmp_path: Path) -> Callable[[Kept, str, dict[str, Any]], Any]:
    """Decode in a new process, so to say: nothing is in memory, but the folder is the same."""

    def decode(loader: Kept, path: str, options: dict[str, Any]) -> Any:
        prepared = PreparedCache(tmp_path / "cache")
        decoded = make(prepared=prepared).decode(loader, path, options)
        prepared.close()
        return decoded

    return decode


Decode = Callable[[Kept, str, dict[str, Any]], Any]


def test_the_next_start_decodes_nothing(kept_by: Decode) -> None:
    first, second = Kept(), Kept()
    assert kept_by(first, "/list", {})._replace(seconds=0.0) == kept_by(second, "/list", {})
    assert (first.calls, second.calls) == (1, 0)


@pytest.mark.parametrize(
    ("loader", "path", "options"),
    [(Kept("2"), "/list.jpg", {}), (Kept(), "/list.jpg", {"x": 1}), (Kept(), "/list.png", {})],
    ids=["version", "options", "suffix"],
)
def test_another_form_is_decoded(
    vfs: VirtualFileSystem, kept_by: Decode, loader: Kept, path: str, options: dict[str, Any]
) -> None:
    for name in ("/list.jpg", "/list.png"):
        vfs.write_text(name, "text")
    kept_by(Kept(), "/list.jpg", {})
    loader.calls = 0
    kept_by(loader, path, options)
    assert loader.calls == 1


def test_the_same_bytes_at_another_path_are_found(vfs: VirtualFileSystem, kept_by: Decode) -> None:
    vfs.write_text("/v1.2/list.png", "text")
    vfs.write_text("/copy.png", "text")
    kept_by(Kept(), "/v1.2/list.png", {})
    loader = Kept()
    assert (kept_by(loader, "/copy.png", {}).data, loader.calls) == ("texttext", 0)


def test_a_loader_that_keeps_nothing_decodes_at_each_start(kept_by: Decode) -> None:
    loader = Plain()
    for _ in range(2):
        assert kept_by(loader, "/list", {}).data == "/list in base: 1 2"  # type: ignore[arg-type]
    assert len(loader.calls) == 2


def test_other_bytes_at_the_same_path_are_decoded(vfs: VirtualFileSystem, kept_by: Decode) -> None:
    kept_by(Kept(), "/list", {})
    vfs.write_text("/list", "new")
    assert kept_by(Kept(), "/list", {}).data == "newnew"
