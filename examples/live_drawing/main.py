"""Open assets/bird.png in a paint program, draw, and save: the window shows it."""

import pyglet
import vfsloader
import vfsloader.pyglet

window = pyglet.window.Window(480, 320, "Draw the bird")
pyglet.gl.glClearColor(0.84, 0.93, 0.96, 1.0)

game = vfsloader.init(base="assets", mods="mods")  # there may be no mods folder yet
load = vfsloader.pyglet.Loader()  # looks for changes 60 times a second
bird = pyglet.sprite.Sprite(load.image("bird.png"), x=144, y=64)
bird.scale = 2
label = pyglet.text.Label("save assets/bird.png", x=240, y=30, anchor_x="center", color=(38, 30, 72, 255))


@load.event
def on_resource_changed(change):
    label.text = f"{change.path}: {change.kind}"


@window.event
def on_draw():
    window.clear()
    bird.draw()
    label.draw()


pyglet.app.run()
game.close()
