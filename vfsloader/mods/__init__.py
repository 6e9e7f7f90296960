"""Mods: found in a folder, checked, put in order, switched on and off.

Deciding is pure (`manifest`, `luanti`, `resolve`, `order`): values in, values out. `discovery` reads mods,
`state` keeps what the player chose, and `manager` joins them.
"""

from vfsloader.merging import Conflict, DataKind, Merged, Refusal, register_data_kind, table_kind
from vfsloader.mods.discovery import Mod
from vfsloader.mods.exchange import Difference
from vfsloader.mods.formats import Format, ModFiles, register_format
from vfsloader.mods.manager import ModManager
from vfsloader.mods.manifest import Manifest, parse_manifest
from vfsloader.mods.messages import Problem
from vfsloader.mods.overrides import Override, Standing
from vfsloader.mods.planning import Plan
from vfsloader.mods.state import Profile

__all__ = [
    "Conflict",
    "DataKind",
    "Difference",
    "Format",
    "Manifest",
    "Merged",
    "Mod",
    "ModFiles",
    "ModManager",
    "Override",
    "Plan",
    "Problem",
    "Profile",
    "Refusal",
    "Standing",
    "parse_manifest",
    "register_data_kind",
    "register_format",
    "table_kind",
]
