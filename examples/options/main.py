"""A mod leaves a choice to the player: the colour of the paint. The space key chooses the next one."""

import itertools

import pyglet
import vfsloader
import vfsloader.pyglet

window = pyglet.window.Window(480, 320, "Paint the house")
pyglet.gl.glClearColor(0.84, 0.93, 0.96, 1.0)

game = vfsloader.init(base="assets", mods="mods")
load = vfsloader.pyglet.Loader()
house = pyglet.sprite.Sprite(load.image("house.png"), x=112, y=60)
house.scale = 2
label = pyglet.text.Label("", x=240, y=30, anchor_x="center", color=(38, 30, 72, 255))

option = game.mods.option_schema("paint")["walls"]  # as the mod's manifest describes it
colours = itertools.cycle(["#8ecae6", "#ffc857", option.default])


@window.event
def on_key_press(symbol, modifiers):
    if symbol == pyglet.window.key.SPACE:
        game.mods.set_option("paint", "walls", next(colours))


@window.event
def on_draw():
    window.clear()
    house.draw()
    label.text = f"{option.label}: {game.mods.options('paint')['walls']}"
    label.draw()


pyglet.app.run()
game.close()
