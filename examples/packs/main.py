"""The game's files in one file: the first start builds base.pack, and the game reads that."""

from pathlib import Path

import arcade
import vfsloader
import vfsloader.arcade

if not Path("base.pack").exists():  # before you ship the game; players get only the pack
    vfsloader.packs.build("assets", "base.pack")

game = vfsloader.init(base="base.pack", mods="mods")
vfsloader.arcade.install()  # ":game:" is the tree


class Meadow(arcade.Window):
    def __init__(self):
        super().__init__(480, 320, "One file")
        self.sprites = arcade.SpriteList()
        self.sprites.append(arcade.Sprite(":game:meadow.png", 1, 240, 160))
        self.sprites.append(arcade.Sprite(":game:bird.png", 1, 120, 200))

    def on_update(self, seconds):
        vfsloader.update()

    def on_draw(self):
        self.clear()
        self.sprites.draw()


Meadow()
arcade.run()
game.close()
