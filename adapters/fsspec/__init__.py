"""fsspec over the layers: Pillow, pandas and whatever else speaks fsspec reads a game's tree."""

from vfsloader.fsspec.filesystem import VFSFileSystem, register

__all__ = ["VFSFileSystem", "register"]
