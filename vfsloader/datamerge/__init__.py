"""Changing a data file instead of replacing it: ``items.json.merge`` and ``items.json.patch`` beside ``items.json``.

`formats` defines how each kind of file is read and merged, `json_patch` and `merge` apply changes, and `gather` finds
the files of all layers that contribute to one.
"""

from typing import TYPE_CHECKING

from vfsloader.runtime.lazy_names import lazy_names

if TYPE_CHECKING:
    from vfsloader.datamerge.flattened import FlattenedLayer
    from vfsloader.datamerge.formats import DataKind, merge_patch, register_data_kind, table_kind
    from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX, Part, read_all, read_parts
    from vfsloader.datamerge.json_patch import PatchError, apply_patch
    from vfsloader.datamerge.merge import Conflict, Merged, Refusal, Step

__all__ = [
    "MERGE_SUFFIX",
    "PATCH_SUFFIX",
    "Conflict",
    "DataKind",
    "FlattenedLayer",
    "Merged",
    "Part",
    "PatchError",
    "Refusal",
    "Step",
    "apply_patch",
    "merge_patch",
    "read_all",
    "read_parts",
    "register_data_kind",
    "table_kind",
]

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Conflict": "merge",
            "DataKind": "formats",
            "FlattenedLayer": "flattened",
            "MERGE_SUFFIX": "gather",
            "Merged": "merge",
            "PATCH_SUFFIX": "gather",
            "Part": "gather",
            "PatchError": "json_patch",
            "Refusal": "merge",
            "Step": "merge",
            "apply_patch": "json_patch",
            "merge_patch": "formats",
            "read_all": "gather",
            "read_parts": "gather",
            "register_data_kind": "formats",
            "table_kind": "formats",
        },
    )
