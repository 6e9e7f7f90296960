"""Changing a data file instead of replacing it: ``items.json.merge`` and ``items.json.patch`` beside ``items.json``.

`formats` defines how each kind of file is read and merged, `json_patch` and `merge` apply changes, and `gather` finds
the files of all layers that contribute to one.
"""

from vfsloader.datamerge.flattened import FlattenedLayer
from vfsloader.datamerge.formats import DataKind, merge_patch, register_data_kind, table_kind
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX, Part, gather, read_all, read_parts
from vfsloader.datamerge.json_patch import PatchError, apply_patch
from vfsloader.datamerge.merge import Conflict, Merged, Refusal, Step, merge

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
    "gather",
    "merge",
    "merge_patch",
    "read_all",
    "read_parts",
    "register_data_kind",
    "table_kind",
]
