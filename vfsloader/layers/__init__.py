"""Layers: trees of files that are read by path.

A layer is few methods (:class:`Layer`). Everything that can be built on them, such as the union of
many layers, globbing and walking, is written once, in the packages above.
"""

from typing import TYPE_CHECKING

from vfsloader.runtime.lazy_names import lazy_names

if TYPE_CHECKING:
    from vfsloader.layers.bytes_file import BytesFile
    from vfsloader.layers.case_insensitive import CaseInsensitiveLayer
    from vfsloader.layers.folder import FolderLayer
    from vfsloader.layers.listeners import Listener, Listeners
    from vfsloader.layers.mounted import MountedLayer
    from vfsloader.layers.protocol import ROOT_ENTRY, BaseLayer, Entry, EntryType, Layer, WritableLayer, digest_of
    from vfsloader.layers.pyfilesystem import PyFilesystemLayer, is_pyfilesystem
    from vfsloader.layers.union import Found, Mount, Union
    from vfsloader.layers.wrapper import LayerWrapper
    from vfsloader.layers.writable_folder import WritableFolderLayer

__all__ = [
    "ROOT_ENTRY",
    "BaseLayer",
    "BytesFile",
    "CaseInsensitiveLayer",
    "Entry",
    "EntryType",
    "FolderLayer",
    "Found",
    "Layer",
    "LayerWrapper",
    "Listener",
    "Listeners",
    "Mount",
    "MountedLayer",
    "PyFilesystemLayer",
    "Union",
    "WritableFolderLayer",
    "WritableLayer",
    "digest_of",
    "is_pyfilesystem",
]

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "BaseLayer": "protocol",
            "BytesFile": "bytes_file",
            "CaseInsensitiveLayer": "case_insensitive",
            "Entry": "protocol",
            "EntryType": "protocol",
            "FolderLayer": "folder",
            "Found": "union",
            "Layer": "protocol",
            "LayerWrapper": "wrapper",
            "Listener": "listeners",
            "Listeners": "listeners",
            "Mount": "union",
            "MountedLayer": "mounted",
            "PyFilesystemLayer": "pyfilesystem",
            "ROOT_ENTRY": "protocol",
            "Union": "union",
            "WritableFolderLayer": "writable_folder",
            "WritableLayer": "protocol",
            "digest_of": "protocol",
            "is_pyfilesystem": "pyfilesystem",
        },
    )
