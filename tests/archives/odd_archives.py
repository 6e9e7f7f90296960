"""Zips and tars as real tools write them, with the names, flags, attributes and extra fields that they use.

Each is made byte by byte where Python's own writers would not do what the tool does.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

DOS, UNIX, NTFS, MACOS = 0, 3, 11, 19
ENCRYPTED, DESCRIPTOR, UTF8 = 0x1, 0x8, 0x800
FOLDER, ARCHIVE = 0x10, 0x20
FILE_MODE, FOLDER_MODE, LINK_MODE = 0o100644 << 16, (0o40755 << 16) | FOLDER, 0o120777 << 16


class Odd(NamedTuple):
    """An archive, and what is in it for everybody who reads it."""

    data: bytes
    files: dict[str, bytes]
    left_out: tuple[str, ...] = ()


class Item(NamedTuple):
    """A member of a zip, as its headers describe it."""

    name: bytes
    content: bytes = b""
    flags: int = 0
    system: int = UNIX
    attributes: int = FILE_MODE
    extra: bytes = b""
    deflated: bool = True


def make_zip(*items: Item, before: bytes = b"", comment: bytes = b"") -> bytes:
    """Write a zip: local headers, contents and descriptors, then the list of members."""
    out, directory = io.BytesIO(), b""
    out.write(before)
    for item in items:
        method = 8 if item.deflated and item.content else 0
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(item.content) + packer.flush() if method else item.content
        sizes = struct.pack("<3L", zlib.crc32(item.content), len(packed), len(item.content))
        shown = bytes(12) if item.flags & DESCRIPTOR else sizes
        start = out.tell()
        lengths = struct.pack("<2H", len(item.name), len(item.extra))
        fixed = struct.pack("<4H", item.flags, method, 0x6000, 0x5321)
        out.write(b"PK\3\4" + struct.pack("<H", 20) + fixed + shown + lengths + item.name + item.extra + packed)
        if item.flags & DESCRIPTOR:
            out.write(b"PK\7\10" + sizes)
        directory += b"PK\1\2" + struct.pack("<2BH", 20, item.system, 20) + fixed + sizes + lengths
        directory += struct.pack("<3H2L", 0, 0, 0, item.attributes, start) + item.name + item.extra
    at = out.tell()
    end = struct.pack("<4H2LH", 0, 0, len(items), len(items), len(directory), at, len(comment))
    out.write(directory + b"PK\5\6" + end + comment)
    return out.getvalue()


def extra_field(number: int, data: bytes) -> bytes:
    return struct.pack("<HH", number, len(data)) + data


# --- zips ------------------------------------------------------------------------------------------------


def macos_finder() -> Odd:
    """Names in UTF-8 without the flag and decomposed, sizes after the content, and a shadow tree."""
    stamp = extra_field(0x7875, b"\1\4\xf5\1\0\0\4\x14\0\0\0")
    names = {"Mod/mod.toml": b"id", "Mod/cafe\u0301.png": b"pixels", "__MACOSX/Mod/._mod.toml": b"\0\5\x16\7"}
    items = [Item(n.encode(), data, DESCRIPTOR, UNIX, FILE_MODE, stamp) for n, data in names.items()]
    folder = Item(b"Mod/", b"", 0, UNIX, FOLDER_MODE, stamp)
    files = {"/Mod/mod.toml": b"id", "/Mod/caf\u00e9.png": b"pixels", "/__MACOSX/Mod/._mod.toml": b"\0\5\x16\7"}
    return Odd(make_zip(folder, *items), files)


def windows_explorer() -> Odd:
    """Names in the encoding of the machine, attributes of DOS, no folders of their own."""
    items = [Item("Größe/Maß.txt".encode("cp437"), b"x", 0, DOS, ARCHIVE), Item(b"a.txt", b"a", 0, DOS, ARCHIVE)]
    return Odd(make_zip(*items), {"/Größe/Maß.txt": b"x", "/a.txt": b"a"})


def windows_explorer_new() -> Odd:
    item = Item("雪/スノー.png".encode(), b"snow", UTF8, NTFS, ARCHIVE)
    return Odd(make_zip(item), {"/雪/スノー.png": b"snow"})


def dotnet_old() -> Odd:
    """Backslashes, also at the end of folders, which no attribute describes."""
    items = [
        Item(b"Mod\\", b"", 0, DOS, 0),
        Item(b"Mod\\data\\", b"", 0, DOS, 0),
        Item(b"Mod\\data\\a.txt", b"a", 0, DOS, 0),
    ]
    return Odd(make_zip(*items), {"/Mod/data/a.txt": b"a"})


def seven_zip() -> Odd:
    """Folders by attribute and name, times of NTFS, Unix modes marked as an extension of p7zip."""
    times = extra_field(0x000A, bytes(4) + struct.pack("<HH", 1, 24) + bytes(24))
    items = [
        Item(b"Mod", b"", 0, DOS, FOLDER, times),
        Item(b"Mod/sub/", b"", 0, UNIX, (0o40755 << 16) | 0x8000 | FOLDER, times),
        Item("Mod/sub/Ж.txt".encode(), b"zh", UTF8, UNIX, FILE_MODE | 0x8000 | ARCHIVE, times),
        Item(b"Mod/stored", b"s" * 50, 0, DOS, ARCHIVE, times, deflated=False),
    ]
    return Odd(make_zip(*items), {"/Mod/sub/Ж.txt": b"zh", "/Mod/stored": b"s" * 50})


def info_zip() -> Odd:
    """A name of another encoding with the real one beside it, times, owners, links."""
    raw = "naïve.txt".encode("cp437")
    real = "naïve — наивный.txt"
    path = extra_field(0x7075, struct.pack("<BL", 1, zlib.crc32(raw)) + real.encode())
    stale = extra_field(0x7075, struct.pack("<BL", 1, 12345) + b"wrong.txt")
    stamp = extra_field(0x5455, b"\3" + bytes(8)) + extra_field(0x7875, b"\1\4\xf5\1\0\0\4\x14\0\0\0")
    items = [
        Item(raw, b"1", 0, UNIX, FILE_MODE, stamp + path),
        Item("ü.txt".encode("cp437"), b"2", 0, UNIX, FILE_MODE, stale),
        Item(b"link", b"naive.txt", 0, UNIX, LINK_MODE, stamp),
        Item(b"pipe", b"", 0, UNIX, 0o010644 << 16, stamp),
    ]
    return Odd(make_zip(*items), {f"/{real}": b"1", "/ü.txt": b"2"}, ("link", "pipe"))


def java() -> Odd:
    items = [
        Item(b"META-INF/", b"", DESCRIPTOR | UTF8, DOS, 0, extra_field(0xCAFE, b"")),
        Item(b"META-INF/MANIFEST.MF", b"Manifest-Version: 1.0", DESCRIPTOR | UTF8, DOS, 0),
        Item("ä.class".encode(), b"\xca\xfe", DESCRIPTOR | UTF8, DOS, 0),
    ]
    return Odd(make_zip(*items), {"/META-INF/MANIFEST.MF": b"Manifest-Version: 1.0", "/ä.class": b"\xca\xfe"})


def leading_slashes() -> Odd:
    items = [
        Item(b"/mod.toml", b"id"),
        Item(b"//sprites/p.png", b"p"),
        Item(b"C:\\data\\d.json", b"d", 0, DOS, ARCHIVE),
    ]
    return Odd(make_zip(*items), {"/mod.toml": b"id", "/sprites/p.png": b"p", "/data/d.json": b"d"})


def dots() -> Odd:
    items = [
        Item(b"./a", b"a"),
        Item(b"b/../c", b"c"),
        Item(b"../d", b"d"),
        Item(b"e/..\\..\\f", b"f"),
        Item(b"./", b""),
    ]
    return Odd(make_zip(*items), {"/a": b"a", "/c": b"c"}, ("../d", "e/..\\..\\f"))


def lies_about_utf8() -> Odd:
    """One name is declared as UTF-8 and is not; the others are not harmed."""
    bad = "é.txt".encode("latin-1")
    items = [Item(bad, b"1", UTF8), Item("è.txt".encode(), b"2", UTF8), Item(b"a", b"3")]
    return Odd(make_zip(*items), {"/" + bad.decode("cp437"): b"1", "/è.txt": b"2", "/a": b"3"})


def self_extracting() -> Odd:
    """A program before the archive, whose offsets do not know of it, and a comment after it."""
    inner = make_zip(Item(b"a", b"a"), comment=b"made by a tool" * 10)
    return Odd(b"MZ" + bytes(3000) + inner, {"/a": b"a"})


def files_and_folders_of_one_name() -> Odd:
    items = [
        Item(b"a", b"file"),
        Item(b"a/b", b"below"),
        Item(b"c/d", b"d"),
        Item(b"c", b"file"),
        Item(b"a/", b"", 0, UNIX, FOLDER_MODE),
    ]
    return Odd(make_zip(*items), {"/a": b"file", "/c/d": b"d"}, ("a/b", "c", "a/"))


def names_that_are_no_paths() -> Odd:
    items = [Item(b"x" * 300, b"1"), Item(b"y/" * 2100, b""), Item(b"ok", b"2"), Item(b"/", b"")]
    return Odd(make_zip(*items), {"/ok": b"2"}, ("x" * 199 + "…", "y/" * 99 + "y…"))


def two_thousand_folders() -> Odd:
    return Odd(
        make_zip(Item(b"d/" * 2000 + b"x.png", b"x"), Item(b"a", b"a")), {"/" + "d/" * 2000 + "x.png": b"x", "/a": b"a"}
    )


# --- tars ------------------------------------------------------------------------------------------------


def tar(format: int, *members: tuple[tarfile.TarInfo, bytes], pax: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, pax_headers=pax) as archive:
        for info, content in members:
            if info.type not in (tarfile.LNKTYPE, tarfile.SYMTYPE):
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def member(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, target: str = "", **more: object
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mtime = kind, target, 1_700_000_000
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


LONG = "long/" * 30 + "name" * 20 + ".txt"


def gnu_tar() -> Odd:
    """``./`` before each name, long names in members of their own, hard links, links and a pipe."""
    data = tar(
        tarfile.GNU_FORMAT,
        member("./", kind=tarfile.DIRTYPE, mode=0o755),
        member("./a.txt", b"a"),
        member("./" + LONG, b"long"),
        member("./hard.txt", kind=tarfile.LNKTYPE, target="./a.txt"),
        member("./again.txt", kind=tarfile.LNKTYPE, target="./hard.txt"),
        member("./" + LONG + "2", kind=tarfile.LNKTYPE, target="./" + LONG),
        member("./soft.txt", kind=tarfile.SYMTYPE, target="a.txt"),
        member("./pipe", kind=tarfile.FIFOTYPE),
        member("./early.txt", kind=tarfile.LNKTYPE, target="./late.txt"),
        member("./late.txt", b"late"),
    )
    files = {"/a.txt": b"a", f"/{LONG}": b"long", "/hard.txt": b"a", "/again.txt": b"a", f"/{LONG}2": b"long"}
    return Odd(data, {**files, "/late.txt": b"late"}, ("./soft.txt", "./pipe", "./early.txt"))


def gnu_sparse() -> Odd:
    """The old format of GNU for files with holes."""
    info = tarfile.TarInfo("holes")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 512
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"%011o\0%011o\0" % (512, 512)
    header[483:495] = b"%011o\0" % 2048
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    data = bytes(header) + b"d" * 512 + tar(tarfile.GNU_FORMAT, member("after", b"after"))
    return Odd(data, {"/holes": bytes(512) + b"d" * 512 + bytes(1024), "/after": b"after"})


def pax_sparse() -> Odd:
    content = b"1\n512\n512\n".ljust(512, b"\0") + b"d" * 512
    headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "holes",
        "GNU.sparse.realsize": "2048",
    }
    data = tar(
        tarfile.PAX_FORMAT, member("GNUSparseFile.0/holes", content, pax_headers=headers), member("after", b"after")
    )
    return Odd(data, {"/holes": bytes(512) + b"d" * 512 + bytes(1024), "/after": b"after"})


def bsd_tar() -> Odd:
    """Extended headers with attributes of macOS, and a shadow of each file."""
    headers = {
        "LIBARCHIVE.creationtime": "1700000000.5",
        "SCHILY.fflags": "nodump",
        "LIBARCHIVE.xattr.com.apple.quarantine": "MDA4MQ",
    }
    data = tar(
        tarfile.PAX_FORMAT,
        member("./._cafe\u0301.txt", b"\0\5\x16\7"),
        member("./cafe\u0301.txt", b"cafe", pax_headers=headers, mtime=1_700_000_000.5),
        member("./" + LONG, b"long"),
        member("./hard", kind=tarfile.LNKTYPE, target="./cafe\u0301.txt"),
    )
    files = {"/._caf\u00e9.txt": b"\0\5\x16\7", "/caf\u00e9.txt": b"cafe", f"/{LONG}": b"long", "/hard": b"cafe"}
    return Odd(data, files)


def busybox_tar() -> Odd:
    """Plain headers; folders end with a slash, links to files keep no content."""
    data = tar(
        tarfile.USTAR_FORMAT,
        member("mod/", kind=tarfile.DIRTYPE),
        member("mod/a", b"a"),
        member("mod/b", kind=tarfile.LNKTYPE, target="mod/a"),
        member("mod/tty", kind=tarfile.CHRTYPE),
    )
    return Odd(data, {"/mod/a": b"a", "/mod/b": b"a"}, ("mod/tty",))


def git_archive() -> Odd:
    data = tar(
        tarfile.PAX_FORMAT,
        member("mod-1.0/", kind=tarfile.DIRTYPE),
        member("mod-1.0/a", b"a"),
        pax={"comment": "0123abc"},
    )
    return Odd(data, {"/mod-1.0/a": b"a"})


def old_tar() -> Odd:
    """Names that are not UTF-8, absolute names, a name twice as long as its field, a volume label."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        for info, content in (
            member("/é.txt", b"1"),
            member("../x", b"2"),
            member("label", kind=b"V"),
            member("a", b"3"),
        ):
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return Odd(out.getvalue(), {"/é.txt": b"1", "/a": b"3"}, ("../x", "label"))


def zip_in_a_tar() -> Odd:
    """The end of this tar looks like the end of a zip."""
    inner = make_zip(Item(b"inside", b"x"), Item(b"more", b"y"))
    return Odd(tar(tarfile.USTAR_FORMAT, member("a", b"a"), member("x.zip", inner)), {"/a": b"a", "/x.zip": inner})


def odd_times() -> Odd:
    times = ["inf", "-inf", "nan", "1e300", "-1e300", "99999999999999999999", "1e400", "-5", "253402300800"]
    members = [member(f"{n}", b"x", pax_headers={"mtime": time}) for n, time in enumerate(times)]
    return Odd(tar(tarfile.PAX_FORMAT, *members), {f"/{n}": b"x" for n in range(len(times))})


def two_thousand_folders_of_a_tar() -> Odd:
    name = "d/" * 2000 + "x.png"
    return Odd(tar(tarfile.PAX_FORMAT, member(name, b"x"), member("a", b"a")), {f"/{name}": b"x", "/a": b"a"})


def _compressed(pack: Callable[[bytes], bytes]) -> Callable[[], Odd]:
    def make() -> Odd:
        odd = zip_in_a_tar()
        return Odd(pack(odd.data), odd.files)

    return make


#: By name: makes the archive.
ODD_ARCHIVES: dict[str, Callable[[], Odd]] = {
    make.__name__: make
    for make in (
        macos_finder,
        windows_explorer,
        windows_explorer_new,
        dotnet_old,
        seven_zip,
        info_zip,
        java,
        leading_slashes,
        dots,
        lies_about_utf8,
        self_extracting,
        files_and_folders_of_one_name,
        names_that_are_no_paths,
        two_thousand_folders,
        gnu_tar,
        gnu_sparse,
        pax_sparse,
        bsd_tar,
        busybox_tar,
        git_archive,
        old_tar,
        zip_in_a_tar,
        odd_times,
        two_thousand_folders_of_a_tar,
    )
}
ODD_ARCHIVES["tar.gz, stored"] = _compressed(lambda data: gzip.compress(data, 0))
ODD_ARCHIVES["tar.bz2"] = _compressed(bz2.compress)
ODD_ARCHIVES["tar.xz"] = _compressed(lzma.compress)


def every_odd_archive() -> Iterator[tuple[str, Odd]]:
    """Make them all, for tests that change them."""
    for name, make in ODD_ARCHIVES.items():
        yield name, make()
