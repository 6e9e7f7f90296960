"""7z archives, which need ``py7zr``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from vfsloader.archives.index import clean_path
from vfsloader.archives.reader import ArchiveReader, Member
from vfsloader.errors import MissingExtraError
from vfsloader.layers.protocol import EntryType

_SMALL_BYTES = 1 << 20


class SevenZipReader(ArchiveReader):
    """See :class:`ArchiveReader`.

    Files are compressed together, so all are unpacked at once; but not for the first small one that is read: often that
    is a manifest, and nothing else of the archive is needed.
    """

    damage = (Exception,)  # py7zr lets all kinds of errors out
    _contents: dict[str, Any] | None = None
    _was_read = False

    def _open(self, stream: BinaryIO, packed: int) -> Iterator[Member]:
        try:
            import py7zr
        except ImportError as error:
            raise MissingExtraError.of("reading 7z archives", "py7zr", "7z") from error
        self._archive = py7zr.SevenZipFile(stream, "r")
        for info in self._archive.list():
            kind = EntryType.FILE if info.is_file else EntryType.FOLDER if info.is_directory else None
            yield Member(info.filename, kind, info.uncompressed, 0, info, "" if kind is not None else "it is a link")

    def _unpack(self, member: Member) -> bytes:
        if self._contents is None and not self._was_read and member.size <= _SMALL_BYTES:
            self._was_read = True
            content = self._unpack_all([member])[_key(member.name)]
        else:
            if self._contents is None:
                files = [member for member in self.members if member.kind is EntryType.FILE]
                self._contents = self._unpack_all([file for file in files if clean_path(file.name)[0]])
            content = self._contents[_key(member.name)]
        content.seek(0)
        return bytes(content.read())

    def _unpack_all(self, files: Sequence[Member]) -> dict[str, Any]:
        from py7zr.io import BytesIOFactory

        self._archive.reset()
        factory = BytesIOFactory(max(sum(member.size for member in files), 1))
        self._archive.extract(targets=[member.name for member in files], factory=factory)
        # `py7zr` knows the contents by the path that it would unpack them to.
        return {_key(name): content for name, content in factory.products.items()}


def _key(name: str) -> str:
    return clean_path(name)[0] or name
