"""Loading ahead, with a bar."""

from typing import assert_type

import vfsloader

game = vfsloader.init("assets", cache="cache", cache_bytes=1 << 20)  # typo: cache_bytes -> cache_byte
job = game.preload("/**/*.png", threads=2)  # typo: threads -> thread
while not job.is_done:  # typo: is_done -> done_now
    game.update()
assert_type(job.done, int)
