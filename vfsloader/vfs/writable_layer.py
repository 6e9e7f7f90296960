"""Which layer a tree writes to: files in memory, a folder of loose files, a database, or a layer of the caller."""

from __future__ import annotations

import os
from typing import Any

from vfsloader.layers.protocol import WritableLayer
from vfsloader.paths import RealPath
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.schema import MEMORY


def open_writable_layer(
    source: RealPath | WritableLayer,
    name: str,
    *,
    read_only: bool,
    timeout: float,
    limits: dict[str, Any],
    storage: dict[str, Any],
) -> WritableLayer:
    """Open the writable layer of a tree; see :class:`~vfsloader.VirtualFileSystem`.

    Parameters
    ----------
    source
        A path, ``":memory:"``, or a layer, which is returned as it is.
    name
        What messages call the layer.
    read_only
        Refuse all changes.
    timeout
        Seconds a writer waits for another thread or process.
    limits
        The quota and the other limits of a store.
    storage
        How a database is stored.

    Raises
    ------
    ValueError
        A folder of loose files cannot have a quota.
    """
    if not isinstance(source, (str, os.PathLike)):
        return source
    if os.fspath(source) == MEMORY:
        return MemoryStore(name, read_only=read_only, timeout=timeout, **limits)
    if os.path.isdir(source) and not read_only:
        if limits["quota"] is not None or limits["max_nodes"] is not None:
            raise ValueError("a folder of loose files cannot have a quota; pass the path of a database")
        from vfsloader.layers.writable_folder import WritableFolderLayer

        return WritableFolderLayer(source, name=name)
    # A file system in memory, or over loose files, needs no database.
    from vfsloader.store.store import Store

    return Store(source, name=name, read_only=read_only, timeout=timeout, trusted=True, **storage, **limits)
