"""Getting mods: indexes that anybody can host as plain files, sources, installing, locks, serving."""

from vfsloader.distribution.build import BuildReport, IndexFolder, build_index
from vfsloader.distribution.check import check_index
from vfsloader.distribution.lock import Lock, LockedMod
from vfsloader.distribution.source_list import Source
from vfsloader.distribution.sources import Sources

__all__ = [
    "BuildReport",
    "IndexFolder",
    "Lock",
    "LockedMod",
    "Source",
    "Sources",
    "build_index",
    "check_index",
]
