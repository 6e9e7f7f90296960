"""An expansion from a web server, read while it downloads. Run serve.py first, in another terminal."""

import sys

import arcade
import vfsloader
import vfsloader.arcade

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/expansion.pack"
game = vfsloader.init(base="assets", dlc=[ADDRESS])


class Park(arcade.Window):
    def __init__(self):
        super().__init__(480, 320, "A park")
        self.background_color = (126, 188, 104)
        tree = vfsloader.arcade.load_texture("/tree.png")
        self.trees = arcade.SpriteList()
        for index in range(4):
            self.trees.append(arcade.Sprite(tree, 1, 75 + 110 * index, 160))
        layer = game.vfs.which_layer("/tree.png")
        self.label = arcade.Text(f"the trees come from {layer}", 20, 24, (38, 30, 72), 14)

    def on_update(self, seconds):
        vfsloader.update()

    def on_draw(self):
        self.clear()
        self.trees.draw()
        self.label.draw()


Park()
arcade.run()
game.close()
