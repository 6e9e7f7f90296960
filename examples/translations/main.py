"""Texts and pictures in several languages. L chooses the next language, M switches a mod that rewords one sentence."""

import pyglet
import vfsloader
import vfsloader.pyglet

window = pyglet.window.Window(480, 320, "Languages")
pyglet.gl.glClearColor(0.84, 0.93, 0.96, 1.0)

game = vfsloader.init(base="assets", mods="mods", language="en")
load = vfsloader.pyglet.Loader()
texts = game.translations()  # as Python's own gettext, and always up to date
flag = pyglet.sprite.Sprite(load.image("flag.png"), x=180, y=180)  # /tl/fi/flag.png in Finnish
label = pyglet.text.Label("", x=240, y=100, anchor_x="center", font_size=20, color=(38, 30, 72, 255))


@window.event
def on_key_press(symbol, modifiers):
    if symbol == pyglet.window.key.L:
        game.language = "fi" if game.language == "en" else "en"
    elif symbol == pyglet.window.key.M and game.mods.is_disabled("pirates"):
        game.mods.enable("pirates")
    elif symbol == pyglet.window.key.M:
        game.mods.disable("pirates")


@window.event
def on_draw():
    window.clear()
    flag.draw()
    label.text = texts.gettext("welcome") + "  " + texts.ngettext("bird", "birds", 3) % 3
    label.draw()


pyglet.app.run()
game.close()
