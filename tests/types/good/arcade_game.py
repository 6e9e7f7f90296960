"""arcade's resources from the layers."""

import vfsloader.arcade

import vfsloader

end = vfsloader.arcade.install(vfsloader.init("assets"), handle="game")  # typo: handle -> handel
texture = vfsloader.arcade.load_texture(":game:p.png")  # typo: load_texture -> load_textur
sound = vfsloader.arcade.load_sound(":game:jump.wav", streaming=True)  # typo: streaming -> stream
vfsloader.arcade.load_tilemap(":game:level.tmx", scaling=2.0)  # typo: scaling -> scalling
end()
