"""fsspec over a game's tree. fsspec has no types, so mypy cannot know which methods its file systems have."""

from typing import Any, assert_type

from vfsloader.fsspec import VFSFileSystem, register  # typo: VFSFileSystem -> VfsFileSystem

import vfsloader

register()
files = VFSFileSystem(vfsloader.init("assets").vfs)
assert_type(files.info("/a"), dict[str, Any])
assert_type(files.exists("/a"), bool)
print(files.vfs.listdir("/"))  # typo: listdir -> lisdir
