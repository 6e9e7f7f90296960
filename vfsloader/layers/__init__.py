"""Layers: trees of files that are read by path.

A layer is few methods (:class:`Layer`). Everything that can be built on them, such as the union of
many layers, globbing and walking, is written once in the rooms above.
"""

from vfsloader.layers.archive import ArchiveLayer
from vfsloader.layers.folded import FoldedLayer
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.listeners import Listener, Listeners
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import ROOT_ENTRY, BaseLayer, Distant, Entry, Kind, Layer, WritableLayer, digest_of
from vfsloader.layers.pyfilesystem import PyFilesystemLayer, is_pyfilesystem
from vfsloader.layers.wholefile import WholeFile
from vfsloader.layers.wrapper import LayerWrapper
from vfsloader.layers.writable import WritableFolderLayer

__all__ = [
    "ROOT_ENTRY",
    "ArchiveLayer",
    "BaseLayer",
    "Distant",
    "Entry",
    "FoldedLayer",
    "FolderLayer",
    "Kind",
    "Layer",
    "LayerWrapper",
    "Listener",
    "Listeners",
    "MountedLayer",
    "PyFilesystemLayer",
    "WholeFile",
    "WritableFolderLayer",
    "WritableLayer",
    "digest_of",
    "is_pyfilesystem",
]
