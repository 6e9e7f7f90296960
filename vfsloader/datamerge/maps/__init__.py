"""Changing part of a tile map: ``town.tmx.edit`` beside ``town.tmx``, for maps of Tiled and LDtk.

`edit_file` reads the TOML of edits, `tiled` and `ldtk` are the maps, `operations` carries out one edit, `apply` the
edits of several mods, and `edited` finds the files of all layers that change a map.
"""

from typing import TYPE_CHECKING

from vfsloader.runtime.lazy_names import lazy_names

if TYPE_CHECKING:
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

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "EDIT_SUFFIX": "edited",
            "EditConflict": "apply",
            "EditedFile": "edited",
            "MapEdit": "apply",
            "can_be_edited": "edited",
            "is_edited": "edited",
            "is_map": "edited",
            "read_edited": "edited",
        },
    )
