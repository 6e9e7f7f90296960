"""Archives as sources and targets: zip, tar in all compressions, and formats that you register.

Every name is imported when it is first used, because mounting an archive needs none of them.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vfsloader.archives.formats import (
        ArchiveAdapter,
        SevenZipAdapter,
        TarAdapter,
        ZipAdapter,
        register_archive_adapter,
    )
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

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name

    def __getattr__(name):
        """Import a name when it is first used, and keep it."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = {"expand_archive": "unpack", "expand_archive_streaming": "unpack", "write_archive": "write"}
        value = getattr(importlib.import_module(f"{__name__}.{module.get(name, 'formats')}"), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
