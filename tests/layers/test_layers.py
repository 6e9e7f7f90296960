from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from vfsloader import ArchiveLayer, FolderLayer, Layer, Store, open_layer, packs
from vfsloader.errors import DamagedError, NotAFolderError, NotAStoreError, PathNotFoundError, UnknownFormatError
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import digest_of

FILES = {"/a.txt": b"one", "/sprites/p.png": b"\x89PNG", "/sprites/deep/empty": b"", "/café.txt": b"c"}


def as_folder(at: Path) -> Path:
    for path, data in FILES.items():
        file = at / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return at


def as_zip(at: Path) -> Path:
    with zipfile.ZipFile(at / "x.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for path, data in FILES.items():
            out.writestr(path[1:], data)
    return at / "x.zip"


def as_tar(at: Path) -> Path:
    with tarfile.open(at / "x.tar.gz", "w:gz") as out:
        for path, data in FILES.items():
            info = tarfile.TarInfo("." + path)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return at / "x.tar.gz"


def as_pack(at: Path) -> Path:
    (at / "src").mkdir()
    packs.build(as_folder(at / "src"), at / "x.pack")
    return at / "x.pack"


@pytest.fixture(params=[as_folder, as_zip, as_tar, as_pack], ids=lambda make: make.__name__)
def layer(request: pytest.FixtureRequest, tmp_path: Path) -> Layer:
    opened = open_layer(request.param(tmp_path))
    request.addfinalizer(opened.close)
    return opened


def test_every_kind_of_layer_finds_lists_and_reads(layer: Layer) -> None:
    for path, data in FILES.items():
        entry = layer.find(path)
        assert entry is not None
        assert (entry.path, entry.size, entry.is_folder) == (path, len(data), False)
        assert layer.read(entry) == data
        with layer.open(entry) as file:
            assert file.read(2) == data[:2]
            assert file.seek(0) == 0
            assert file.read() == data
    assert {entry.path for entry in layer.list("/")} == {"/a.txt", "/sprites", "/café.txt"}
    assert {entry.path for entry in layer.list("/sprites")} == {"/sprites/p.png", "/sprites/deep"}
    assert layer.find("/sprites").is_folder
    assert layer.find("/").is_folder
    assert isinstance(layer, Layer)


def test_no_kind_of_layer_raises_for_what_it_does_not_have(layer: Layer) -> None:
    assert layer.find("/nope") is None
    assert layer.find("/a.txt/below") is None
    assert list(layer.list("/nope")) == []
    assert list(layer.list("/a.txt")) == []
    assert not layer.hides("/a.txt")


def test_digests_agree_over_all_kinds(layer: Layer) -> None:
    import hashlib

    entry = layer.find("/a.txt")
    assert digest_of(layer, entry) == hashlib.sha256(b"one").digest()


def test_a_folder_is_left_by_no_link(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("s")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").write_text("x")
    mod = tmp_path / "mod"
    mod.mkdir()
    (mod / "real.txt").write_text("r")
    (mod / "link.txt").symlink_to(tmp_path / "secret.txt")
    (mod / "folder").symlink_to(tmp_path / "out")
    (mod / "inside.txt").symlink_to(mod / "real.txt")
    os.mkfifo(mod / "pipe")
    layer = FolderLayer(mod)
    assert [entry.name for entry in sorted(layer.list("/"))] == ["inside.txt", "real.txt"]
    assert layer.find("/link.txt") is None
    assert layer.find("/folder/x") is None
    assert layer.find("/pipe") is None
    assert layer.read(layer.find("/inside.txt")) == b"r"


def test_a_name_in_another_unicode_form_is_found(tmp_path: Path) -> None:
    (tmp_path / "cafe\u0301").mkdir()
    (tmp_path / "cafe\u0301" / "e\u0301.txt").write_text("x")
    layer = FolderLayer(tmp_path)
    assert layer.find("/café/é.txt") is not None
    assert [entry.path for entry in layer.list("/café")] == ["/café/é.txt"]


@pytest.mark.parametrize("name", ["../x", "/../etc/passwd", "a/../../x", "..\\x"])
def test_an_archive_is_left_by_no_member(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
        out.writestr(name, "bad")
        out.writestr("good.txt", "good")
    with ArchiveLayer(tmp_path / "x.zip") as layer:
        assert [entry.path for entry in layer.list("/")] == ["/good.txt"]
        assert layer.left_out == [(name, "its name leads out of the archive")]


def test_a_leading_slash_is_cut_off(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
        for name in ("/a.txt", "//sprites/p.png", "\\data\\d.json", "C:\\e.txt", "f.txt"):
            out.writestr(name, name)
    with ArchiveLayer(tmp_path / "x.zip") as layer:
        assert sorted(layer.glob("/**")) == [
            "/a.txt",
            "/data",
            "/data/d.json",
            "/e.txt",
            "/f.txt",
            "/sprites",
            "/sprites/p.png",
        ]
        assert [path for _, path in layer.renamed] == ["/a.txt", "/sprites/p.png", "/data/d.json", "/e.txt"]
        assert layer.left_out == []


def test_links_and_devices_in_a_tar_are_left_out(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as out:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"bad-{kind!r}")
            info.type, info.linkname = kind, "/etc/passwd"
            out.addfile(info)
    with ArchiveLayer(tmp_path / "x.tar") as layer:
        assert list(layer.list("/")) == []
        assert len(layer.left_out) == 4


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("p.txt", os.urandom(4000))
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[200] ^= 0xFF
    (tmp_path / "x.zip").write_bytes(data)
    with ArchiveLayer(tmp_path / "x.zip") as layer, pytest.raises(DamagedError, match=r"p\.txt"):
        layer.read(layer.find("/p.txt"))


def test_what_a_source_is_is_told_by_its_content(tmp_path: Path) -> None:
    zipped = as_zip(tmp_path)
    disguised = zipped.rename(tmp_path / "mod.pack")
    with open_layer(disguised) as layer:
        assert isinstance(layer, ArchiveLayer)
    (tmp_path / "text.zip").write_text("not a zip")
    with pytest.raises(UnknownFormatError):
        open_layer(tmp_path / "text.zip")
    with pytest.raises(PathNotFoundError):
        open_layer(tmp_path / "nope")
    with pytest.raises(NotAFolderError):
        FolderLayer(tmp_path / "text.zip")
    store = Store(":memory:")
    assert open_layer(store) is store


def test_a_truncated_pack_is_refused(tmp_path: Path) -> None:
    pack = as_pack(tmp_path)
    data = pack.read_bytes()
    pack.write_bytes(data[: len(data) // 3])
    with pytest.raises((DamagedError, NotAStoreError)), open_layer(pack) as layer:
        for path in FILES:
            layer.read(layer.find(path))


def test_a_view_mounts_part_of_a_layer_elsewhere() -> None:
    store = Store(":memory:")
    for path in ("/assets/p.png", "/assets/sub/q.png", "/readme.txt", "/assets/mod.toml"):
        store.write(path, path.encode())
    view = MountedLayer(
        store, name="w", root="/assets", mount="/mods/w", remove=["/old/*.ogg"], without=["/assets/mod.toml"]
    )
    assert [entry.path for entry in view.list("/")] == ["/mods"]
    assert [entry.path for entry in view.list("/mods")] == ["/mods/w"]
    assert sorted(entry.path for entry in view.list("/mods/w")) == ["/mods/w/p.png", "/mods/w/sub"]
    assert view.read(view.find("/mods/w/sub/q.png")) == b"/assets/sub/q.png"
    assert view.find("/p.png") is None
    assert view.find("/mods/w/mod.toml") is None
    assert view.hides("/old/x.ogg")
    assert not view.hides("/old/x.png")
