"""Mods: found in a folder, checked, put in order, switched on and off.

Deciding is pure (`manifest`, `luanti`, `resolve`, `order`): values in, values out. `discovery` reads mods,
`state` keeps what the player chose, and `manager` joins them.
"""

from vfsloader.mods.conflicts import Override, Standing
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.discovery import Mod
from vfsloader.mods.metadata.formats import Format, ModFiles, register_format
from vfsloader.mods.metadata.manifest import Manifest, parse_manifest
from vfsloader.mods.profile_files import Difference
from vfsloader.mods.solve.plan import Plan
from vfsloader.mods.state import Profile

__all__ = [
    "Difference",
    "Format",
    "Manifest",
    "Mod",
    "ModFiles",
    "ModManager",
    "Override",
    "Plan",
    "Problem",
    "Profile",
    "Standing",
    "parse_manifest",
    "register_format",
]
