"""Archives into a file system and out of it again: zip, tar in all compressions, and what is registered."""

from vfsloader.archives.formats import ArchiveAdapter, SevenZipAdapter, TarAdapter, ZipAdapter, register_archive_adapter
from vfsloader.archives.unpack import expand_archive, expand_archive_streaming
from vfsloader.archives.write import write_archive

__all__ = [
    "ArchiveAdapter",
    "SevenZipAdapter",
    "TarAdapter",
    "ZipAdapter",
    "expand_archive",
    "expand_archive_streaming",
    "register_archive_adapter",
    "write_archive",
]
