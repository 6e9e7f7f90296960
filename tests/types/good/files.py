"""What opening, reading and listing files returns."""

from typing import assert_type

from vfsloader import FolderLayer, VFSError, VFSPath, VirtualFileSystem

vfs = VirtualFileSystem()
vfs.add_underlay(FolderLayer("assets"))
with vfs.open("/a", "rb") as binary:
    assert_type(binary.read(), bytes)
with vfs.open("/a") as text:
    assert_type(text.read(), str)
assert_type(vfs.open("/a", "rb").read(), bytes)
assert_type(vfs.open("/a").read(), str)
with vfs.open("/a", "wb") as out:
    out.write(b"bytes")
with vfs.open("/a", "w", encoding="utf-8") as out_text:
    out_text.write("text")
assert_type(vfs.read_bytes("/a"), bytes)
assert_type(vfs.read_text("/a"), str)
assert_type(vfs.listdir("/"), list[str])
assert_type(vfs.glob("/**/*.png"), list[str])
assert_type(vfs.exists("/a"), bool)
assert_type(vfs.stat("/a").st_size, int)
assert_type(vfs.which_layer("/a"), str | None)
for folder, folders, names in vfs.walk("/"):
    assert_type(folder, str)
    assert_type(folders, list[str])
    assert_type(names, list[str])

path = vfs.path("/saves") / "slot1.json"
assert_type(path, VFSPath)
assert_type(path.read_bytes(), bytes)
assert_type(path.open("rb").read(), bytes)
assert_type(path.open().read(), str)
try:
    vfs.remove(path)
except VFSError as error:
    print(error)
