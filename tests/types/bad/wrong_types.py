"""Arguments and results of the wrong type."""

import vfsloader.pygame

import vfsloader
from vfsloader import Asset, ResourceManager, VirtualFileSystem

vfsloader.init(base="assets", dlc="expansion.pack")  # error: dlc
vfsloader.init(base="assets", watch="yes")  # error: watch
vfsloader.init(base=3)  # error: base
vfsloader.init("assets", new_mods="off")  # error: new_mods
ResourceManager("assets", dlc="expansion.pack")  # error: dlc
ResourceManager("assets", cache_bytes="64 MB")  # error: cache_bytes
vfsloader.update("10 ms")  # error: update
vfsloader.pygame.load_image("/sprites/p.png", scale="2")  # error: scale
vfsloader.pygame.load_image(7)  # error: load_image

vfs = VirtualFileSystem()
as_bytes: bytes = vfs.open("/a").read()  # error: bytes
as_text: str = vfs.open("/a", "rb").read()  # error: str
vfs.write_bytes("/a", "text")  # error: write_bytes
vfs.write_text("/a", b"bytes")  # error: write_text


def count(asset: Asset) -> int:
    """Count the bytes."""
    return len(asset.data)


game = ResourceManager("assets")
size: str = game.load("/x.json", count)  # error: int
value: str = game.handle("/x.json", count).value  # error: int
_ = game.handle("/x.json", count).valeu  # error: valeu
game.state("settings").append(1)  # error: append
game.state("settings", list)  # error: state
game.mods.move("winter", before=1)  # error: before
