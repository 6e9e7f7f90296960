"""Changing part of a tile map: ``town.tmx.edit`` beside ``town.tmx``, for maps of Tiled and LDtk.

`edit_file` reads the TOML of edits, `tiled` and `ldtk` are the maps, `operations` carries out one edit, `apply` the
edits of several mods, and `edited` finds the files of all layers that change a map.
"""

from vfsloader.datamerge.maps.apply import EditConflict, MapEdit
from vfsloader.datamerge.maps.edited import EDIT_SUFFIX, EditedFile, can_be_edited, is_edited, is_map, read_edited

__all__ = [
    "EDIT_SUFFIX",
    "EditConflict",
    "EditedFile",
    "MapEdit",
    "can_be_edited",
    "is_edited",
    "is_map",
    "read_edited",
]
