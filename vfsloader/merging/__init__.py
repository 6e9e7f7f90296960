"""Changing a data file instead of replacing it: ``items.json.merge`` and ``items.json.patch`` beside ``items.json``.

`kinds` says how a kind of file is read and merged, `patching` and `merge` apply, `reading` finds the parts in a tree.
"""

from vfsloader.merging.kinds import DataKind, merge_patch, register_data_kind, table_kind
from vfsloader.merging.merge import Conflict, Merged, Refusal, Step, merge
from vfsloader.merging.patching import PatchError, apply_patch
from vfsloader.merging.reading import MERGE_SUFFIX, PATCH_SUFFIX, Part, gather, read_all, read_parts
from vfsloader.merging.settled import SettledLayer

__all__ = [
    "MERGE_SUFFIX",
    "PATCH_SUFFIX",
    "Conflict",
    "DataKind",
    "Merged",
    "Part",
    "PatchError",
    "Refusal",
    "SettledLayer",
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
