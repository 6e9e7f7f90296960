"""Resources: what loaders make of paths, kept, watched and brought up to date while the game runs."""

from vfsloader.resources.current import current, init, update, use
from vfsloader.resources.loader import Asset, Loader
from vfsloader.resources.manager import Change, ResourceManager

__all__ = ["Asset", "Change", "Loader", "ResourceManager", "current", "init", "update", "use"]
