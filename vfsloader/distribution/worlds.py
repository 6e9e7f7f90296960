"""The other worlds whose sources are understood, by the name that ``mods sources add --kind`` takes."""

from __future__ import annotations

from vfsloader.distribution.contentdb import CONTENTDB
from vfsloader.distribution.thunderstore import THUNDERSTORE

WORLDS = {"thunderstore": THUNDERSTORE, "contentdb": CONTENTDB}
