"""Several writes as one."""

from vfsloader import VirtualFileSystem

vfs = VirtualFileSystem("user.db")
with vfs.atomic_batch():  # typo: atomic_batch -> atomic_bacth
    vfs.write_text("/slot1.json", "{}")
    vfs.makedirs("/shots", exist_ok=True)  # typo: exist_ok -> exists_ok
vfs.rename("/slot1.json", "/slot2.json")
vfs.close()
