"""Be called when files change: the game writes down what did. M switches the mod."""

import pyglet
import vfsloader
import vfsloader.pyglet

window = pyglet.window.Window(480, 320, "What changed?")
pyglet.gl.glClearColor(0.84, 0.93, 0.96, 1.0)

game = vfsloader.init(base="assets", mods="mods")
load = vfsloader.pyglet.Loader()
bird = pyglet.sprite.Sprite(load.image("bird.png"), x=192, y=190)
lines = ["Press M"]
label = pyglet.text.Label("", x=40, y=150, width=420, multiline=True, color=(38, 30, 72, 255))


def changed(changes):
    for change in changes:
        lines.append(f"{change.path} now comes from {change.layer}")


game.subscribe(changed)  # works with every engine, and without one


@window.event
def on_key_press(symbol, modifiers):
    if symbol == pyglet.window.key.M:
        if game.mods.is_disabled("blue-bird"):
            game.mods.enable("blue-bird")
        else:
            game.mods.disable("blue-bird")


@window.event
def on_draw():
    window.clear()
    bird.draw()
    label.text = "\n".join(lines[-5:])
    label.draw()


pyglet.app.run()
game.close()
