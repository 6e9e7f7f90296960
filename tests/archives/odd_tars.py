"""Tars as real tools write them, with the headers and kinds of members that they use."""

from __future__ import annotations

import io
import tarfile

from tests.archives.odd import Odd


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


def odd_times() -> Odd:
    times = ["inf", "-inf", "nan", "1e300", "-1e300", "99999999999999999999", "1e400", "-5", "253402300800"]
    members = [member(f"{n}", b"x", pax_headers={"mtime": time}) for n, time in enumerate(times)]
    return Odd(tar(tarfile.PAX_FORMAT, *members), {f"/{n}": b"x" for n in range(len(times))})


def two_thousand_folders_of_a_tar() -> Odd:
    name = "d/" * 2000 + "x.png"
    return Odd(tar(tarfile.PAX_FORMAT, member(name, b"x"), member("a", b"a")), {f"/{name}": b"x", "/a": b"a"})


def header(name: bytes, size: int = 0, kind: bytes = b"\0", target: bytes = b"", *, magic: bytes = b"") -> bytes:
    """Return a header as old programs write it."""
    block = bytearray(512)
    block[: len(name)] = name
    block[100:148] = b"000644 \0" + b"000000 \0" * 2 + b"%011o 14000000000 " % size
    block[156:157] = kind
    block[157 : 157 + len(target)] = target
    block[257 : 257 + len(magic)] = magic
    return with_checksum(block)


def with_checksum(block: bytes | bytearray, *, signed: bool = False) -> bytes:
    """Return a header with the sum of its bytes."""
    changed = bytearray(block)
    changed[148:156] = b" " * 8
    total = sum(byte - 256 if signed and byte > 127 else byte for byte in changed)
    changed[148:156] = b"%06o\0 " % total
    return bytes(changed)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def v7_tar() -> Odd:
    """The tar of 1979, which GNU tar and busybox still write: a folder is a name with a slash at its end."""
    data = header(b"mod/") + header(b"mod/a", 1) + padded(b"a") + header(b"mod/hard", 0, b"1", b"mod/a")
    data += header(b"mod/soft", 0, b"2", b"a") + header(b"x" * 100, 2) + padded(b"xx")
    return Odd(data + bytes(1024), {"/mod/a": b"a", "/mod/hard": b"a", "/" + "x" * 100: b"xx"}, ("mod/soft",))


def signed_sum() -> Odd:
    """Old programs of Sun add up signed bytes."""
    block = header("é.txt".encode(), 1)
    return Odd(with_checksum(block, signed=True) + padded(b"e") + bytes(1024), {"/é.txt": b"e"})


def no_end() -> Odd:
    """Programs that are killed, or never learned it, write no end mark."""
    return Odd(header(b"a", 1) + padded(b"a") + header(b"b", 1) + padded(b"b"), {"/a": b"a", "/b": b"b"})


def kinds_of_members() -> Odd:
    """A contiguous file, a folder of an incremental backup, its list of names, and kinds that nobody knows."""
    names = b"Ya\0\0"
    data = header(b"contiguous", 1, b"7", magic=b"ustar\00000") + padded(b"c")
    data += header(b"dump/", len(names), b"D", magic=b"ustar  \0") + padded(names)
    data += header(b"dump/a", 1, b"0", magic=b"ustar  \0") + padded(b"a")
    data += header(b"tty", 0, b"3", magic=b"ustar\00000") + header(b"odd", 1, b"Z", magic=b"ustar\00000") + padded(b"o")
    return Odd(data + bytes(1024), {"/contiguous": b"c", "/dump/a": b"a"}, ("tty", "odd"))


def gnu_numbers() -> Odd:
    """Sizes, owners and times that are too large for octal digits, or negative, are in base 256."""
    info, content = member("a", b"a", mtime=-5, uid=3_000_000, gid=1 << 40)
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = b"\x80" + (1).to_bytes(11, "big")
    data = with_checksum(block) + padded(content) + tar(tarfile.GNU_FORMAT, member("b", b"b", mtime=1 << 40))
    return Odd(data, {"/a": b"a", "/b": b"b"})


def gnu_sparse_with_many_holes() -> Odd:
    """The fifth and later pieces are described in further blocks."""
    pieces = [(number * 1024, 512) for number in range(30)]
    info = tarfile.TarInfo("holes")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 512 * len(pieces)
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    numbers = [b"%011o\0%011o\0" % piece for piece in pieces]
    block[386:482] = b"".join(numbers[:4])
    block[482:483] = b"\1"
    block[483:495] = b"%011o\0" % (1024 * len(pieces))
    more = b"".join(numbers[4:25]) + b"\1" + bytes(7) + (b"".join(numbers[25:]) + bytes(504))[:504] + bytes(8)
    data = with_checksum(block) + more + b"d" * info.size + tar(tarfile.GNU_FORMAT, member("after", b"after"))
    return Odd(data, {"/holes": (b"d" * 512 + bytes(512)) * len(pieces), "/after": b"after"})


def pax_sparse_in_headers(version: str) -> Odd:
    """The first two ways of GNU tar to describe holes in extended headers."""
    headers = {"GNU.sparse.size": "2048", "GNU.sparse.numblocks": "2"}
    if version == "0.1":
        headers |= {"GNU.sparse.name": "holes", "GNU.sparse.map": "512,512,2048,0"}
        info = member("GNUSparseFile.0/holes", b"d" * 512, pax_headers=headers)
        data = tar(tarfile.PAX_FORMAT, info, member("after", b"after"))
    else:
        lines = [("GNU.sparse.size", "2048"), ("GNU.sparse.numblocks", "2")]
        lines += [("GNU.sparse.offset", "512"), ("GNU.sparse.numbytes", "512")]
        lines += [("GNU.sparse.offset", "2048"), ("GNU.sparse.numbytes", "0")]
        text = b"".join(pax_line(key, value.encode()) for key, value in lines)
        data = header(b"./PaxHeaders/holes", len(text), b"x", magic=b"ustar\00000") + padded(text)
        data += header(b"holes", 512, b"0", magic=b"ustar\00000") + b"d" * 512
        data += tar(tarfile.PAX_FORMAT, member("after", b"after"))
    return Odd(data, {"/holes": bytes(512) + b"d" * 512 + bytes(1024), "/after": b"after"})


def pax_line(key: str, value: bytes) -> bytes:
    """Return a line of an extended header: its own length, a key and a value."""
    rest = b" %s=%s\n" % (key.encode(), value)
    length = len(rest)
    while len(b"%d" % length) + len(rest) != length:
        length = len(b"%d" % length) + len(rest)
    return b"%d%s" % (length, rest)


def pax_sparse_0_0() -> Odd:
    return pax_sparse_in_headers("0.0")


def pax_sparse_0_1() -> Odd:
    return pax_sparse_in_headers("0.1")


def pax_headers() -> Odd:
    """Long names, targets and sizes for one member, comments for all, and a name that is not UTF-8 by its own word."""
    text = pax_line("hdrcharset", b"BINARY") + pax_line("path", b"\xe9.txt") + pax_line("size", b"3")
    comment = pax_line("comment", b"made by a tool") + pax_line("mtime", b"1700000000.123456789")
    data = header(b"global", len(comment), b"g", magic=b"ustar\00000") + padded(comment)
    data += header(b"./PaxHeaders/x", len(text), b"x", magic=b"ustar\00000") + padded(text)
    data += header(b"short", 0, b"0", magic=b"ustar\00000") + padded(b"abc")
    target = LONG + "3"
    data += tar(
        tarfile.PAX_FORMAT,
        member(target, b"long"),
        member("hard", kind=tarfile.LNKTYPE, target=target),
        member("雪" * 50, b"snow"),
        member("late", b"x", pax_headers={"mtime": "1700000000.5", "comment": "雪"}),
    )
    files = {"/é.txt": b"abc", f"/{target}": b"long", "/hard": b"long", "/" + "雪" * 50: b"snow", "/late": b"x"}
    return Odd(data, files)


ODD_TARS = (
    gnu_tar,
    gnu_sparse,
    gnu_sparse_with_many_holes,
    gnu_numbers,
    pax_sparse,
    pax_sparse_0_0,
    pax_sparse_0_1,
    pax_headers,
    bsd_tar,
    busybox_tar,
    git_archive,
    old_tar,
    v7_tar,
    signed_sum,
    no_end,
    kinds_of_members,
    odd_times,
    two_thousand_folders_of_a_tar,
)
