"""A finished game of arcade. It does not know vfsloader, and it can be modded: see below how to start it."""

import arcade

# python -m vfsloader.arcade adopt --assets resources --mods mods main.py


class Meadow(arcade.Window):
    def __init__(self):
        super().__init__(480, 320, "A finished game")
        self.meadow = arcade.load_texture("resources/meadow.png")
        self.birds = arcade.SpriteList()
        for index in range(3):
            self.birds.append(arcade.Sprite("resources/bird.png", 1, 80 + 130 * index, 190 + 30 * (index % 2)))

    def on_update(self, seconds):
        for bird in self.birds:
            bird.center_x = (bird.center_x + 40 * seconds) % 560

    def on_draw(self):
        self.clear()
        arcade.draw_texture_rect(self.meadow, arcade.LBWH(0, 0, 480, 320))
        self.birds.draw()


Meadow()
arcade.run()
