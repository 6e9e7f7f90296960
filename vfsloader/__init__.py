"""One moddable tree of assets for games: layers of folders, archives and packs, seen as one.

``vfsloader.pygame`` and the other engines' adapters are imported on first use, so that this package
never pulls in an engine.
"""

import importlib
from pathlib import Path
from typing import Any

from vfsloader import packs
from vfsloader.errors import VFSError
from vfsloader.layers import ArchiveLayer, FolderLayer, Layer
from vfsloader.mods import Mod, ModManager
from vfsloader.resources import Asset, Change, Loader, ResourceManager, current, init, update, use
from vfsloader.shipping import app_path
from vfsloader.sources import open_layer
from vfsloader.store import MemoryGuard, Store
from vfsloader.vfs import VirtualFileSystem
from vfsloader.vfspath import VFSPath

__all__ = [
    "ArchiveLayer",
    "Asset",
    "Change",
    "FolderLayer",
    "Layer",
    "Loader",
    "MemoryGuard",
    "Mod",
    "ModManager",
    "ResourceManager",
    "Store",
    "VFSError",
    "VFSPath",
    "VirtualFileSystem",
    "app_path",
    "current",
    "init",
    "open_layer",
    "packs",
    "update",
    "use",
]

_ADAPTERS = {"pygame": "pygame-ce", "pyglet": "pyglet", "arcade": "arcade", "fsspec": "fsspec"}

# An installed package has the adapters inside it; a checkout that Python found by itself has them beside it.
_beside = Path(__file__).parents[1] / "adapters"
if (_beside / "pygame" / "surface.py").is_file():
    __path__.append(str(_beside))


#: Names that only some programs use, and the rooms that have them.
_LATER = {
    "AsyncMemoryFileSystem": "vfsloader.memory",
    "AsyncVirtualFileSystem": "vfsloader.aio",
    "MemoryFileSystem": "vfsloader.memory",
}


def __getattr__(name: str) -> Any:
    """Import an engine's adapter, or a room that few programs use, on first use."""
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    if name not in _ADAPTERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name == name:
            raise ModuleNotFoundError(
                f"vfsloader.{name} needs {_ADAPTERS[name]}; run: pip install vfsloader[{name}]", name=error.name
            ) from error
        raise
