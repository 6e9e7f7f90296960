"""pyglet over the layers: ``pyglet.resource`` under its own names, live while the program runs."""

from vfsloader.pyglet import engine as engine
from vfsloader.pyglet.loader import Loader, install
from vfsloader.pyglet.location import Location

__all__ = ["Loader", "Location", "install"]
