"""All odd archives by name."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Callable

from tests.archives.odd import Odd
from tests.archives.odd_tars import ODD_TARS, member, tar
from tests.archives.odd_zips import ODD_ZIPS, Item, make_zip


def zip_in_a_tar() -> Odd:
    """The end of this tar looks like the end of a zip."""
    inner = make_zip(Item(b"inside", b"x"), Item(b"more", b"y"))
    return Odd(tar(tarfile.USTAR_FORMAT, member("a", b"a"), member("x.zip", inner)), {"/a": b"a", "/x.zip": inner})


def _in_pieces(pack: Callable[[bytes], bytes], end: bytes = b"") -> Callable[[bytes], bytes]:
    def packed(data: bytes) -> bytes:
        return b"".join(pack(data[at : at + 1000]) for at in range(0, len(data), 1000)) + end

    return packed


def _named_gzip(data: bytes) -> bytes:
    """Write what gzip writes of a file, with its name, a comment and an extra field."""
    body = gzip.compress(data)[10:]
    return b"\x1f\x8b\x08\x1c" + bytes(4) + b"\2\3" + b"\4\0ABCD" + b"x.tar\0" + b"a comment\0" + body


def _compressed(pack: Callable[[bytes], bytes]) -> Callable[[], Odd]:
    def make() -> Odd:
        odd = zip_in_a_tar()
        return Odd(pack(odd.data), odd.files)

    return make


#: By name: makes the archive.
ODD_ARCHIVES: dict[str, Callable[[], Odd]] = {make.__name__: make for make in (*ODD_ZIPS, *ODD_TARS, zip_in_a_tar)}
ODD_ARCHIVES["tar.gz, stored"] = _compressed(lambda data: gzip.compress(data, 0))
ODD_ARCHIVES["tar.bz2"] = _compressed(bz2.compress)
ODD_ARCHIVES["tar.xz"] = _compressed(lzma.compress)
#: `pigz`, `pbzip2` and `xz -T` write many streams one after another; tapes and disks leave zeros behind them.
ODD_ARCHIVES["tar.gz, many streams"] = _compressed(_in_pieces(gzip.compress, end=bytes(1024)))
ODD_ARCHIVES["tar.bz2, many streams"] = _compressed(_in_pieces(bz2.compress))
ODD_ARCHIVES["tar.xz, many streams"] = _compressed(_in_pieces(lzma.compress, end=bytes(64)))
ODD_ARCHIVES["tar.gz, named"] = _compressed(_named_gzip)
