"""Archives into a file system and out of it again: zip, tar in all compressions, and what is registered."""

from vfsloader.archives.adapters import (
    ArchiveAdapter,
    SevenZipAdapter,
    TarAdapter,
    ZipAdapter,
    register_archive_adapter,
)
from vfsloader.archives.expanding import expand_archive, expand_archive_streaming
from vfsloader.archives.writing import write_archive

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
