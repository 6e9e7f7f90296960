"""One moddable tree of assets for games: layers of folders, archives and packs, seen as one.

This module is the entry point. Every name is imported when it is first used, so that a game pays only for what it
uses, and so that ``vfsloader.pygame`` and the other adapters never pull in an engine that is not there.
"""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vfsloader import arcade as arcade
    from vfsloader import fsspec as fsspec
    from vfsloader import packs
    from vfsloader import pygame as pygame
    from vfsloader import pyglet as pyglet
    from vfsloader.archives.layer import ArchiveLayer
    from vfsloader.assets.changes import Change
    from vfsloader.assets.loader import Asset, Loader
    from vfsloader.compat.dmemfs import AsyncMemoryFileSystem as AsyncMemoryFileSystem
    from vfsloader.compat.dmemfs import MemoryFileSystem as MemoryFileSystem
    from vfsloader.errors import OptionError, VFSError
    from vfsloader.freezing.app_path import app_path
    from vfsloader.game.blame import Suspect, blame
    from vfsloader.game.current import current, init, update, use
    from vfsloader.game.manager import ResourceManager
    from vfsloader.layers.folder import FolderLayer
    from vfsloader.layers.protocol import Layer
    from vfsloader.mods.manager import ModManager
    from vfsloader.mods.metadata.mod import Mod
    from vfsloader.mods.sets.fingerprint import Fingerprint
    from vfsloader.mods.sets.live_bisection import Bisection
    from vfsloader.opening import open_layer
    from vfsloader.store.memory.guard import MemoryGuard
    from vfsloader.store.store import Store
    from vfsloader.vfs.asynchronous import AsyncVirtualFileSystem as AsyncVirtualFileSystem
    from vfsloader.vfs.filesystem import VirtualFileSystem
    from vfsloader.vfs.path import VFSPath

__all__ = [
    "ArchiveLayer",
    "Asset",
    "Bisection",
    "Change",
    "Fingerprint",
    "FolderLayer",
    "Layer",
    "Loader",
    "MemoryGuard",
    "Mod",
    "ModManager",
    "OptionError",
    "ResourceManager",
    "Store",
    "Suspect",
    "VFSError",
    "VFSPath",
    "VirtualFileSystem",
    "app_path",
    "blame",
    "current",
    "init",
    "open_layer",
    "packs",
    "update",
    "use",
]

# An installed package has the adapters inside it; a checkout has them beside it.
_beside = Path(__file__).parents[1] / "adapters"
if (_beside / "pygame" / "surface.py").is_file():
    __path__.append(str(_beside))

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    _ADAPTERS = ("pygame", "pyglet", "arcade", "fsspec")
    _HOMES = {
        "ArchiveLayer": "archives.layer",
        "Asset": "assets.loader",
        "AsyncMemoryFileSystem": "compat.dmemfs",
        "AsyncVirtualFileSystem": "vfs.asynchronous",
        "Bisection": "mods.sets.live_bisection",
        "Change": "assets.changes",
        "Fingerprint": "mods.sets.fingerprint",
        "FolderLayer": "layers.folder",
        "Layer": "layers.protocol",
        "Loader": "assets.loader",
        "MemoryFileSystem": "compat.dmemfs",
        "MemoryGuard": "store.memory.guard",
        "Mod": "mods.metadata.mod",
        "ModManager": "mods.manager",
        "OptionError": "errors",
        "ResourceManager": "game.manager",
        "Store": "store.store",
        "Suspect": "game.blame",
        "VFSError": "errors",
        "VFSPath": "vfs.path",
        "VirtualFileSystem": "vfs.filesystem",
        "app_path": "freezing.app_path",
        "blame": "game.blame",
        "current": "game.current",
        "init": "game.current",
        "open_layer": "opening",
        "update": "game.current",
        "use": "game.current",
    }

    def __getattr__(name):
        """Import a name when it is first used, and keep it."""
        if name in _HOMES:
            value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
            globals()[name] = value
            return value
        if name != "packs" and name not in _ADAPTERS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__])
        return importlib.import_module(f"{__name__}.{name}")

    def __dir__():
        return sorted({*globals(), *_HOMES, *_ADAPTERS, "packs"})
