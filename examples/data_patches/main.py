"""Mods change single values of a data file: one by a merge, one by a patch. M switches them all."""

import arcade
import vfsloader
import vfsloader.arcade

game = vfsloader.init(base="assets", mods="mods")
vfsloader.arcade.install()


class Flock(arcade.Window):
    def __init__(self):
        super().__init__(480, 320, "Data")
        self.background_color = (214, 238, 244)
        self.read()

    def read(self):
        flock = game.read_merged("/flock.json")  # the game's own file with the changes of all mods
        self.birds = arcade.SpriteList()
        for index in range(flock["birds"]):
            self.birds.append(arcade.Sprite(":game:bird.png", 0.8, 60 + 90 * index, 200))
        self.label = arcade.Text(f"{flock['birds']} birds, speed {flock['speed']}", 20, 24, (38, 30, 72), 18)
        self.speed = flock["speed"]

    def on_key_press(self, key, modifiers):
        if key == arcade.key.M:
            if game.mods.enabled:
                game.mods.disable_all()
            else:
                game.mods.enable_all()

    def on_update(self, seconds):
        if any(change.path == "/flock.json" for change in vfsloader.update()):
            self.read()
        for bird in self.birds:
            bird.center_x = (bird.center_x + self.speed * seconds) % 560

    def on_draw(self):
        self.clear()
        self.birds.draw()
        self.label.draw()


Flock()
arcade.run()
game.close()
