"""pyglet over the layers: ``pyglet.resource`` under its own names, live while the program runs.

Everything is imported when it is first used: a game may set pyglet's options before it imports its modules.
"""

import importlib
from typing import TYPE_CHECKING

from vfsloader.pyglet import engine as engine

if TYPE_CHECKING:
    from vfsloader.pyglet.adopting import Adopted, adopt
    from vfsloader.pyglet.loader import Loader, install
    from vfsloader.pyglet.location import Location

__all__ = ["Adopted", "Loader", "Location", "adopt", "install"]

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    _HOMES = {
        "Adopted": "adopting",
        "Loader": "loader",
        "Location": "location",
        "adopt": "adopting",
        "install": "loader",
    }

    def __getattr__(name):
        """Import a name when it is first used, and keep it."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *_HOMES})
