"""fsspec over the layers: Pillow, pandas and other libraries that use fsspec read a game's tree."""

from vfsloader.fsspec import engine as engine
from vfsloader.fsspec.filesystem import VFSFileSystem, register

__all__ = ["VFSFileSystem", "register"]
