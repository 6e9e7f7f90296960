"""Files in memory, with a quota."""

from typing import assert_type

from vfsloader import MemoryFileSystem, Store, VirtualFileSystem

files = MemoryFileSystem(max_quota=1 << 20)  # typo: max_quota -> quota
with files.open("/a", "wb") as file:
    file.write(b"data")  # typo: write -> wirte
print(files.stats()["used_bytes"])  # typo: "used_bytes" -> "used_byte"
assert_type(files.vfs, VirtualFileSystem)
store = Store(":memory:")
store.write("/a", b"data")
entry = store.find("/a")
if entry is not None:
    assert_type(store.read(entry), bytes)
