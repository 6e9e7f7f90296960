"""Names that do not exist."""
# ruff: noqa: F401

import vfsloader.pygame
from vfsloader.pygame import load_imgae  # error: load_imgae

import vfsloader
from vfsloader import VirtualFilesystem  # error: VirtualFilesystem

vfsloader.ini("assets")  # error: ini
vfsloader.pygame.load_imgae("/sprites/p.png")  # error: load_imgae
vfsloader.packs.biuld("assets", "base.pack")  # error: biuld
game = vfsloader.init("assets")
game.laod("/a", len)  # error: laod
game.mods.enabel("winter")  # error: enabel
game.vfs.read_byte("/a")  # error: read_byte
for change in vfsloader.update():
    print(change.paht)  # error: paht
    print(vfsloader.pygame.load_image(change.path).get_sise())  # error: get_sise
