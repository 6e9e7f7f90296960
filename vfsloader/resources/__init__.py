"""Resources: what loaders make of paths, kept, watched and brought up to date while the game runs."""

from vfsloader.resources.changes import Change
from vfsloader.resources.loader import Asset, Handle, Loader, register_loader
from vfsloader.resources.manager import ResourceManager
from vfsloader.resources.preload import Preload, progress_bar
from vfsloader.resources.running import current, init, update, use

__all__ = [
    "Asset",
    "Change",
    "Handle",
    "Loader",
    "Preload",
    "ResourceManager",
    "current",
    "init",
    "progress_bar",
    "register_loader",
    "update",
    "use",
]
