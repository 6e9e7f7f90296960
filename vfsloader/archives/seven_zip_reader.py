"""7z archives, which need ``py7zr``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from vfsloader.archives.index import clean_path
from vfsloader.archives.reader import ArchiveReader, Member
from vfsloader.errors import MissingExtraError
from vfsloader.layers.protocol import EntryType


class SevenZipReader(ArchiveReader):
    """See :class:`ArchiveReader`. All files are unpacked when the first is read, as they are compressed together."""

    damage = (Exception,)  # py7zr lets all kinds of errors out

    def _open(self, stream: BinaryIO, packed: int) -> Iterator[Member]:
        try:
            import py7zr
        except ImportError as error:
            raise MissingExtraError.of("reading 7z archives", "py7zr", "7z") from error
        self._archive = py7zr.SevenZipFile(stream, "r")
        self._contents: dict[str, Any] | None = None
        for info in self._archive.list():
            kind = EntryType.FILE if info.is_file else EntryType.FOLDER if info.is_directory else None
            yield Member(info.filename, kind, info.uncompressed, 0, info, "" if kind is not None else "it is a link")

    def _unpack(self, member: Member) -> bytes:
        if self._contents is None:
            self._contents = self._unpack_all()
        content = self._contents[_key(member.name)]
        content.seek(0)
        return bytes(content.read())

    def _unpack_all(self) -> dict[str, Any]:
        from py7zr.io import BytesIOFactory

        files = [member for member in self.members if member.kind is EntryType.FILE and clean_path(member.name)[0]]
        factory = BytesIOFactory(max(sum(member.size for member in files), 1))
        self._archive.extract(targets=[member.name for member in files], factory=factory)
        # `py7zr` knows the contents by the path that it would unpack them to.
        return {_key(name): content for name, content in factory.products.items()}


def _key(name: str) -> str:
    return clean_path(name)[0] or name
