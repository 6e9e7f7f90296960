"""The adapters of arcade, pyglet and fsspec."""

from typing import assert_type

import arcade
import vfsloader.arcade
import vfsloader.fsspec
import vfsloader.pyglet

import vfsloader

game = vfsloader.init("assets")
uninstall = vfsloader.arcade.install(game)
assert_type(vfsloader.arcade.load_texture("/sprites/p.png"), arcade.Texture)
uninstall()
vfsloader.pyglet.install(game)()
files = vfsloader.fsspec.VFSFileSystem(game.vfs)
