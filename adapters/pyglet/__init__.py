"""pyglet over the layers: ``pyglet.resource`` by the names that its users know, alive while the program runs."""

from vfsloader.pyglet.loader import Loader, install
from vfsloader.pyglet.location import Location

__all__ = ["Loader", "Location", "install"]
