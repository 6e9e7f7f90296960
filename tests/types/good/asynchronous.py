"""The asynchronous methods return what the others return."""

from typing import assert_type

from vfsloader import AsyncVirtualFileSystem


async def main() -> None:
    """Read and write."""
    async with AsyncVirtualFileSystem("user.db") as vfs:
        async with vfs.atomic_batch():
            assert_type(await vfs.write_text("/a", "text"), int)
        assert_type(await vfs.read_bytes("/a"), bytes)
        assert_type(await vfs.read_text("/a"), str)
        assert_type(await vfs.listdir("/"), list[str])
        assert_type(await vfs.exists("/a"), bool)
        assert_type((await vfs.stat("/a")).st_size, int)
