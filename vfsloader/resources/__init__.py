"""Resources: what loaders make of paths, kept, watched and brought up to date while the game runs."""

from vfsloader.resources.loader import Asset, Loader
from vfsloader.resources.manager import Change, ResourceManager
from vfsloader.resources.running import current, init, update, use

__all__ = ["Asset", "Change", "Loader", "ResourceManager", "current", "init", "update", "use"]
