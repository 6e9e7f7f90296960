"""Assets: making objects out of files, and keeping them up to date. Knows layers only."""

from vfsloader.assets.changes import Change
from vfsloader.assets.loader import Asset, Handle, Loader, register_loader
from vfsloader.assets.preload import Preload, progress_bar

__all__ = [
    "Asset",
    "Change",
    "Handle",
    "Loader",
    "Preload",
    "progress_bar",
    "register_loader",
]
