"""Parameters that do not exist, and required ones that are missing."""

import vfsloader.pygame

import vfsloader
from vfsloader import ResourceManager, VirtualFileSystem

vfsloader.init(bse="assets")  # error: bse
vfsloader.init()  # error: base
vfsloader.init("assets", expansions=["one.pack"])  # error: expansions
ResourceManager("assets", mod="mods")  # error: mod
vfsloader.pygame.load_image("/sprites/p.png", scael=2)  # error: scael
vfsloader.pygame.load_sound("/sounds/jump.wav", loud=True)  # error: loud
vfsloader.packs.build("assets", "base.pack", compres=True)  # error: compres
vfs = VirtualFileSystem()
vfs.open("/a", enc="utf-8")  # error: open
vfs.mkdir("/a", parent=True)  # error: parent
