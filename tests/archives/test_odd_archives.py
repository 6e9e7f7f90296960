"""What real tools write means the same mounted, expanded and in memory, and what is left out is reported."""

from __future__ import annotations

import io
import tarfile
import warnings
from pathlib import Path

import pytest

from tests.archives.odd import Odd
from tests.archives.odd_archives import ODD_ARCHIVES
from tests.archives.odd_tars import member, tar
from tests.archives.odd_zips import ENCRYPTED, Item, make_zip, make_zip64
from vfsloader import ArchiveLayer, ResourceManager, VirtualFileSystem, open_layer
from vfsloader.archives import TarAdapter, ZipAdapter, expand_archive, index
from vfsloader.errors import DamagedError, UnknownFormatError, UnsafeArchiveError, VFSError
from vfsloader.layers.protocol import Layer


def files_of(layer: Layer) -> dict[str, bytes]:
    found, waiting = {}, ["/"]
    while waiting:
        for entry in layer.list(waiting.pop()):
            assert layer.find(entry.path) == entry
            if entry.is_folder:
                waiting.append(entry.path)
            else:
                found[entry.path] = layer.read(entry)
                assert len(found[entry.path]) == entry.size
    return found


@pytest.fixture(params=ODD_ARCHIVES)
def odd(request: pytest.FixtureRequest) -> Odd:
    return ODD_ARCHIVES[request.param]()


def test_an_odd_archive_means_the_same_in_every_way(odd: Odd, tmp_path: Path) -> None:
    file = tmp_path / "x.bin"
    file.write_bytes(odd.data)
    for source in (file, odd.data, io.BytesIO(odd.data)):
        with open_layer(source, name="x") as layer:
            assert isinstance(layer, ArchiveLayer)
            assert files_of(layer) == odd.files
            assert tuple(name for name, _ in layer.left_out) == odd.left_out
            assert all(reason for _, reason in layer.left_out)
    for source in (file, odd.data, io.BytesIO(odd.data)):
        with VirtualFileSystem() as vfs, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            expand_archive(vfs, source)
            assert {path: vfs.read_bytes(path) for path in vfs.glob("/**") if vfs.isfile(path)} == odd.files
        assert len(caught) == bool(odd.left_out)
        for name in odd.left_out[:3]:
            assert name in str(caught[0].message)


def test_only_one_adapter_takes_an_odd_archive(odd: Odd) -> None:
    stream = io.BytesIO(odd.data)
    assert ZipAdapter.can_handle(stream) != TarAdapter.can_handle(stream)


def test_an_odd_archive_that_is_cut_off_is_an_error_of_ours(odd: Odd) -> None:
    for cut in range(1, len(odd.data), max(len(odd.data) // 40, 1)):
        try:
            with open_layer(odd.data[:cut], name="x") as layer:
                for entry in list(layer.list("/")):
                    if not entry.is_folder:
                        layer.read(entry)
        except VFSError:
            pass


def test_times_that_make_no_sense_are_unknown(tmp_path: Path) -> None:
    odd = ODD_ARCHIVES["odd_times"]()
    with open_layer(odd.data, name="x") as layer:
        assert {entry.mtime_ns for entry in layer.list("/")} == {0}
    (tmp_path / "base").mkdir()
    (tmp_path / "mods").mkdir()
    (tmp_path / "mods" / "times.tar").write_bytes(odd.data)
    with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as game:
        assert game.vfs.read_bytes("/0") == b"x"
        assert game.vfs.stat("/0").st_mtime == 0
    info, content = member("a", b"x", mtime=1_700_000_000.25)
    with open_layer(tar(tarfile.PAX_FORMAT, (info, content)), name="x") as layer:
        assert layer.find("/a").mtime_ns // 1_000_000 in (1_700_000_000_249, 1_700_000_000_250)


@pytest.mark.parametrize("name", ["two_thousand_folders", "two_thousand_folders_of_a_tar"])
def test_a_mod_with_two_thousand_folders_starts(name: str, tmp_path: Path) -> None:
    odd = ODD_ARCHIVES[name]()
    (tmp_path / "base").mkdir()
    (tmp_path / "mods").mkdir()
    (tmp_path / "mods" / "deep.zip").write_bytes(odd.data)
    with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as game:
        assert game.mods.problems == []
        for path, data in odd.files.items():
            assert game.vfs.read_bytes(path) == data
        assert len(game.vfs.glob("/**")) == 2002


def test_long_names_do_not_become_gigabytes_of_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "IMPLIED_CHARACTERS_A_MEMBER", 1)
    items = [Item(b"%d/" % n + b"d/" * 400 + b"x", b"x") for n in range(10)]
    for data in (make_zip(*items), tar(tarfile.PAX_FORMAT, *(member(item.name.decode(), b"x") for item in items))):
        with pytest.raises(UnsafeArchiveError, match="more folders"):
            open_layer(data, name="x")
        with VirtualFileSystem() as vfs, pytest.raises(UnsafeArchiveError, match="more folders"):
            expand_archive(vfs, data)


def test_a_member_of_negative_size_is_damage() -> None:
    """`tarfile` goes back in the file by it, and reads the same header for ever (CVE-2025-8194)."""
    for size in (-1, -512, -1024, -(1 << 40)):
        info = tarfile.TarInfo("a")
        header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
        header[124:136] = (size & ((1 << 96) - 1)).to_bytes(12, "big")
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        for kind in (b"0", b"L", b"x", b"g"):
            header[156:157] = kind
            header[148:156] = b" " * 8
            header[148:156] = b"%06o\0 " % sum(header)
            with pytest.raises(VFSError):
                open_layer(bytes(header) * 3 + bytes(1024), name="x")


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_headers_of_headers_of_headers(kind: bytes) -> None:
    """`tarfile` calls itself for the header after such a header."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = kind, 4
    block = info.tobuf(tarfile.GNU_FORMAT) + b"abc\0".ljust(512, b"\0")
    with pytest.raises(VFSError), open_layer(block * 5000 + bytes(1024), name="x") as layer:
        raise DamagedError.at("x", f"{list(layer.list('/'))}")


def test_a_hard_link_to_nothing_in_the_archive_shows_nothing_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    targets = ["/etc/passwd", str(tmp_path / "secret"), "../secret", "folder", "link", "self"]
    members = [member("folder", kind=tarfile.DIRTYPE), member("link", kind=tarfile.SYMTYPE, target="/etc/passwd")]
    members += [member(f"l{n}" if t != "self" else t, kind=tarfile.LNKTYPE, target=t) for n, t in enumerate(targets)]
    (tmp_path / "x.tar").write_bytes(tar(tarfile.GNU_FORMAT, *members))
    with open_layer(tmp_path / "x.tar") as layer:
        assert files_of(layer) == {}
        assert len(layer.left_out) == 7


def test_two_thousand_folders_are_expanded_into_a_store(tmp_path: Path) -> None:
    odd = ODD_ARCHIVES["two_thousand_folders"]()
    with VirtualFileSystem(str(tmp_path / "x.save")) as vfs:
        expand_archive(vfs, odd.data)
        assert {path: vfs.read_bytes(path) for path in odd.files} == odd.files


class Far(io.RawIOBase):
    """A file of many gigabytes of zeros, and an archive at its end."""

    ZEROS = 5 << 30

    def __init__(self, end: bytes) -> None:
        self._end, self._at = end, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self.ZEROS + len(self._end))[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        stop = self.ZEROS + len(self._end) if size < 0 else min(self._at + size, self.ZEROS + len(self._end))
        zeros = max(min(stop, self.ZEROS) - self._at, 0)
        assert zeros < 1 << 20, "nobody needs the zeros"
        start, self._at = max(self._at - self.ZEROS, 0), max(stop, self._at)
        return bytes(zeros) + self._end[start : max(stop - self.ZEROS, 0)]


def test_a_zip_with_offsets_of_gigabytes() -> None:
    data = make_zip64(Item(b"a", b"a" * 5000), Item(b"b/c", b"c"), offset=Far.ZEROS)
    with open_layer(Far(data), name="x") as layer:
        assert files_of(layer) == {"/a": b"a" * 5000, "/b/c": b"c"}
    with VirtualFileSystem() as vfs:
        expand_archive(vfs, Far(data))
        assert vfs.read_bytes("/a") == b"a" * 5000


def test_a_member_that_cannot_be_unpacked_says_why() -> None:
    encrypted = make_zip(Item(b"a", b"x" * 20, ENCRYPTED))
    unsupported = bytearray(make_zip(Item(b"a", b"x" * 20)))
    unsupported[8] = unsupported[unsupported.index(b"PK\1\2") + 10] = 9
    for data, reason in (encrypted, "it is encrypted"), (bytes(unsupported), r"9 \(Deflate64\), is not supported"):
        with open_layer(data, name="x") as layer, pytest.raises(DamagedError, match=reason):
            layer.read(layer.find("/a"))
        with VirtualFileSystem() as vfs, pytest.raises(DamagedError, match=reason):
            expand_archive(vfs, data)


@pytest.mark.parametrize(
    ("magic", "suffix"), [(b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07\0", "rar"), (b"\x28\xb5\x2f\xfd", "zst")]
)
def test_archives_that_cannot_be_mounted_are_named(magic: bytes, suffix: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match=r"7z|RAR|Zstandard"):
        open_layer(magic + bytes(1000), name="x")
    (tmp_path / f"mod.{suffix}").write_bytes(magic + bytes(1000))
    with ResourceManager(VirtualFileSystem(), mods=tmp_path, watch=False) as game:
        (problem,) = game.mods.problems
        assert problem.mod == f"mod.{suffix}"
        assert "as a zip" in problem.why
