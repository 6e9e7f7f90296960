"""Small changes out of two versions of a file: what a recording, and ``vfsloader mods diff``, write into a mod.

`data` makes ``.merge`` and ``.patch`` files, `xml` makes ``.patch`` files, `maps` and `ldtk` make ``.edit`` files, and
`catalogs` makes catalogs. Each change is applied to the old version here, and only counts if that gives the new one.
All of it is pure.
"""

from vfsloader.datamerge.diff.catalogs import catalog_change, is_catalog
from vfsloader.datamerge.diff.data import data_change
from vfsloader.datamerge.diff.maps import map_change

__all__ = ["catalog_change", "data_change", "is_catalog", "map_change"]
