"""pyglet's resources from the layers."""

import vfsloader.pyglet

import vfsloader

game = vfsloader.init("assets")
uninstall = vfsloader.pyglet.install(game)  # typo: install -> instal
loader = vfsloader.pyglet.Loader(game)
loader.image("p.png", flip_x=True)  # typo: flip_x -> flipx
loader.reindex()
uninstall()
