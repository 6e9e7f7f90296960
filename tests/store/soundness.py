"""Looks inside a store: is all there that there should be, and nothing else?"""

from __future__ import annotations

from vfsloader import Store, VirtualFileSystem, paths
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.schema import FILE, FOLDER, OPAQUE_FOLDER


def assert_sound(vfs: VirtualFileSystem) -> None:
    """Fail where a store contradicts itself."""
    if isinstance(vfs._local, MemoryStore):
        memory_is_sound(vfs._local)
    else:
        assert isinstance(vfs._local, Store)
        with vfs._local.database.reading() as connection:
            assert connection.pragma("integrity_check") == "ok"
            chunks = connection.execute("SELECT count(*) FROM chunk").get
            owned = connection.execute("SELECT coalesce(sum(content & 16777215), 0) FROM node").get
            assert chunks == owned, "chunks that no file has"


def memory_is_sound(store: MemoryStore) -> None:
    nodes = store.nodes.by_path
    assert store.nodes._journal is None
    for path, node in nodes.items():
        assert node.in_tree
        assert (node.children is not None) == (node.kind in (FOLDER, OPAQUE_FOLDER))
        assert not node.content or node.kind == FILE
        below = {other for other in nodes if other != paths.ROOT and paths.parent(other) == path}
        assert (node.children or set()) == below
    assert store.quota.held == (sum(len(node.content) for node in nodes.values()), len(nodes))
