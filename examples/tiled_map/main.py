"""A map of Tiled, and a mod that builds a house on it. M switches the mod."""

import arcade
import vfsloader
import vfsloader.arcade

game = vfsloader.init(base="assets", mods="mods")


class Village(arcade.Window):
    def __init__(self):
        super().__init__(480, 320, "A village")
        self.map = vfsloader.arcade.load_tilemap("/village.tmx")

    def on_key_press(self, key, modifiers):
        if key == arcade.key.M:
            if game.mods.is_disabled("new-house"):
                game.mods.enable("new-house")
            else:
                game.mods.disable("new-house")

    def on_update(self, seconds):
        if any(change.path == "/village.tmx" for change in vfsloader.update()):
            self.map = vfsloader.arcade.load_tilemap("/village.tmx")

    def on_draw(self):
        self.clear()
        self.map.sprite_lists["ground"].draw()


Village()
arcade.run()
game.close()
