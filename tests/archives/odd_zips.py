"""Zips as real tools write them, with the names, flags, attributes and extra fields that they use.

Each is made byte by byte where Python's own writer would not do what the tool does.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import NamedTuple

from tests.archives.odd import Odd

DOS, UNIX, NTFS, MACOS = 0, 3, 11, 19
ENCRYPTED, DESCRIPTOR, UTF8 = 0x1, 0x8, 0x800
FOLDER, ARCHIVE = 0x10, 0x20
FILE_MODE, FOLDER_MODE, LINK_MODE = 0o100644 << 16, (0o40755 << 16) | FOLDER, 0o120777 << 16


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


def make_zip64(*items: Item, offset: int = 0, is_streamed: bool = False) -> bytes:
    """Write a zip whose sizes and offsets are all in fields of 64 bits.

    Parameters
    ----------
    *items
        The members.
    offset
        Where in its file the zip begins: everything in it counts from the start of the file.
    is_streamed
        Write sizes after the contents, as programs do that cannot seek.
    """
    out, directory = io.BytesIO(), b""
    for item in items:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(item.content) + packer.flush()
        crc, start = zlib.crc32(item.content), offset + out.tell()
        flags = item.flags | (DESCRIPTOR if is_streamed else 0)
        sizes = struct.pack("<2Q", len(item.content), len(packed))
        fixed = struct.pack("<4H", flags, 8, 0x6000, 0x5321)
        local_extra = extra_field(1, bytes(16) if is_streamed else sizes) + item.extra
        shown = struct.pack("<L", 0 if is_streamed else crc) + b"\xff" * 8
        out.write(b"PK\3\4" + struct.pack("<H", 45) + fixed + shown)
        out.write(struct.pack("<2H", len(item.name), len(local_extra)) + item.name + local_extra + packed)
        if is_streamed:
            out.write(b"PK\7\10" + struct.pack("<L2Q", crc, len(packed), len(item.content)))
        extra = item.extra + extra_field(1, sizes + struct.pack("<Q", start))
        directory += b"PK\1\2" + struct.pack("<2BH", 45, item.system, 45) + fixed + struct.pack("<L", crc)
        directory += b"\xff" * 8 + struct.pack("<2H", len(item.name), len(extra)) + struct.pack("<2H", 0, 0)
        directory += struct.pack("<HL", 0, item.attributes) + b"\xff" * 4 + item.name + extra
    at = offset + out.tell()
    out.write(directory)
    end = struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, len(items), len(items), len(directory), at)
    locator = struct.pack("<LQL", 0, at + len(directory), 1)
    out.write(b"PK\6\6" + end + b"PK\6\7" + locator + b"PK\5\6" + bytes(4) + b"\xff" * 12 + bytes(2))
    return out.getvalue()


def zip64() -> Odd:
    """``zip -fz``: large fields for small files, after the times."""
    stamp = extra_field(0x5455, b"\1" + bytes(4))
    items = [Item(b"a", b"a", extra=stamp), Item("é/b".encode(), b"b" * 5000, UTF8, extra=stamp)]
    return Odd(make_zip64(*items), {"/a": b"a", "/é/b": b"b" * 5000})


def zip64_streamed() -> Odd:
    """.NET and Java write to a network stream: sizes of 64 bits after the content."""
    return Odd(
        make_zip64(Item(b"a", b"a", UTF8, DOS, 0), Item(b"empty", b"", UTF8, DOS, 0), is_streamed=True),
        {"/a": b"a", "/empty": b""},
    )


def zip64_fields_without_need() -> Odd:
    """The extra field is there, and the fields of 32 bits are enough."""
    items = [Item(b"a", b"a", extra=extra_field(1, struct.pack("<2Q", 1, 1)), deflated=False), Item(b"b", b"b")]
    return Odd(make_zip(*items), {"/a": b"a", "/b": b"b"})


def dotnet() -> Odd:
    """``ZipFile.CreateFromDirectory`` of .NET: slashes, empty folders, modes of Unix when it runs there."""
    items = [
        Item(b"Mod/", b"", 0, DOS, 0),
        Item("Mod/ö.txt".encode(), b"o", UTF8, DOS, 0),
        Item(b"Mod/run.sh", b"#!", 0, UNIX, 0o100755 << 16),
        Item(b"Mod/empty/", b"", 0, UNIX, 0o40755 << 16),
    ]
    return Odd(make_zip(*items), {"/Mod/ö.txt": b"o", "/Mod/run.sh": b"#!"})


def python_zipfile() -> Odd:
    """`writestr` without a mode, `mkdir`, and a name with a line break."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"a")
        archive.writestr("d/", b"")
        archive.writestr("d/two\nlines", b"x", zipfile.ZIP_BZIP2)
    return Odd(out.getvalue(), {"/a": b"a", "/d/two\nlines": b"x"})


def bsd_zip() -> Odd:
    """Of libarchive, as ``tar -a -cf x.zip`` of Windows and macOS: times and owners, sizes after the content, links."""
    extra = extra_field(0x5455, b"\3" + bytes(8)) + extra_field(0x7875, b"\1\4\0\0\0\0\4\0\0\0\0")
    items = [
        Item(b"./", b"", 0, UNIX, FOLDER_MODE, extra),
        Item("./雪.txt".encode(), b"snow", DESCRIPTOR | UTF8, UNIX, FILE_MODE, extra),
        Item(b"./soft", b"a", 0, UNIX, LINK_MODE, extra, deflated=False),
    ]
    return Odd(make_zip(*items), {"/雪.txt": b"snow"}, ("./soft",))


def aligned() -> Odd:
    """Android's ``zipalign`` fills the local header with zeros that are not an extra field."""
    data = make_zip(Item(b"a", b"a", extra=extra_field(0xD935, bytes(6))), Item(b"b", b"b"))
    at = data.index(struct.pack("<HH", 0xD935, 6))
    return Odd(data[:at] + bytes(10) + data[at + 10 :], {"/a": b"a", "/b": b"b"})


ODD_ZIPS = (
    macos_finder,
    windows_explorer,
    windows_explorer_new,
    dotnet_old,
    dotnet,
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
    zip64,
    zip64_streamed,
    zip64_fields_without_need,
    python_zipfile,
    bsd_zip,
    aligned,
)
