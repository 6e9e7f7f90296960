"""Every parameter of `init` and `ResourceManager`, and every kind of source."""

from pathlib import Path
from typing import assert_type

import vfsloader
from vfsloader import FolderLayer, Layer, ResourceManager, Store, VirtualFileSystem

expansions: list[str] = ["one.pack", "two.zip"]
folders: tuple[Path, ...] = (Path("one"), Path("two"))
game = vfsloader.init(
    base=Path("assets"),
    dlc=expansions,
    mods="mods",
    save="user.db",
    profile=None,
    watch=False,
    game_version="1.2",
    provides={"engine": "2.0"},
    new_mods="disabled",
    language="de",
    cache_bytes=1 << 20,
    cache=Path("cache"),
)
assert_type(game, ResourceManager)
vfsloader.init("assets", dlc=folders)
vfsloader.init(Store(), dlc=[FolderLayer("expansion"), b"the bytes of a pack", "two.zip"])
assert_type(vfsloader.use(ResourceManager(VirtualFileSystem())), ResourceManager)
with ResourceManager.from_config("game.toml", watch=False) as configured:
    assert_type(configured, ResourceManager)
assert_type(vfsloader.open_layer("base.zip", name="base"), Layer)
assert_type(vfsloader.app_path("assets"), Path)
