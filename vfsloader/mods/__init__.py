"""Mods: finding, checking, ordering, enabling and disabling them.

What decides is pure: `metadata.manifest`, `metadata.luanti` and everything in `solve` take values and return values.
`metadata.discovery` reads mods, `state` stores what the player chose, and `manager` brings them together. All
sentences that people read are in `messages`.
"""

from vfsloader.mods.conflicts import Override, Standing
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.formats import Format, ModFiles, register_format
from vfsloader.mods.metadata.manifest import Manifest, parse_manifest
from vfsloader.mods.metadata.mod import Mod
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
