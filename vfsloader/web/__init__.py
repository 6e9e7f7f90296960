"""Games in a browser: saves that stay, mods dropped on the page, pictures for a canvas.

These functions work in Pyodide only. ``vfsloader web build`` makes a folder of static files out of a game, and runs
anywhere; see :mod:`vfsloader.web.build`.
"""

from vfsloader.web.dropping import accept_mods, add_mod
from vfsloader.web.pictures import LivePicture, load_image
from vfsloader.web.storage import Persistence, flush, persist

__all__ = ["LivePicture", "Persistence", "accept_mods", "add_mod", "flush", "load_image", "persist"]
