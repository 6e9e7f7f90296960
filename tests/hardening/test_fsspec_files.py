"""fsspec's files have the attributes that its own helpers use."""

from __future__ import annotations

import pytest

from vfsloader import Store, VirtualFileSystem

pytest.importorskip("fsspec")


@pytest.mark.parametrize("size", [0, 10, 3_000_000])
@pytest.mark.parametrize("layer", ["memory", "database"])
def test_files_have_a_size(size: int, layer: str) -> None:
    from vfsloader.fsspec import VFSFileSystem

    vfs = VirtualFileSystem() if layer == "memory" else VirtualFileSystem(Store(":memory:"))
    content = (b"line of some length\n" * (size // 20 + 1))[:size]
    vfs.write_bytes("/a", content)
    fs = VFSFileSystem(vfs)
    with fs.open("/a", "rb") as file:
        assert file.size == size
        assert file.read() == content
    assert fs.read_block("/a", 0, 5) == content[:5]
    if size > 100:
        assert set(fs.read_block("/a", 30, 30, delimiter=b"\n").splitlines()) <= {b"line of some length"}
        assert fs.tail("/a", 7) == content[-7:]
    with fs.open("/a", "r") as text:
        assert text.read() == content.decode()
