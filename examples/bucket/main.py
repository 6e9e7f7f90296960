"""An expansion in a bucket: Amazon's S3, or any server that speaks its protocol. The docs say how it got there."""

import os

import pyglet
import vfsloader
import vfsloader.pyglet

# The server and your keys are in AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Without the first of
# them, it is Amazon's.
ADDRESS = os.environ.get("EXPANSION", "s3://my-bucket/expansion")

window = pyglet.window.Window(480, 320, "A street")
pyglet.gl.glClearColor(0.76, 0.89, 0.74, 1.0)
game = vfsloader.init(base="assets", dlc=[ADDRESS])
load = vfsloader.pyglet.Loader()
paths = game.vfs.glob("/**/*.png")
game.vfs.prefetch(paths)  # all pictures with few requests; what was fetched stays on the disk

street = pyglet.graphics.Batch()
house = load.image("house.png")
houses = [pyglet.sprite.Sprite(house, x=20 + 150 * index, y=110, batch=street) for index in range(3)]
layer = game.vfs.which_layer("/house.png")
label = pyglet.text.Label(f"the houses come from {layer}", x=20, y=30, color=(38, 30, 72, 255), batch=street)


@window.event
def on_draw():
    window.clear()
    street.draw()


pyglet.app.run()
game.close()
