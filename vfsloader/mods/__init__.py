"""Mods: finding, checking, ordering, enabling and disabling them.

What decides is pure: `metadata.manifest`, `metadata.luanti` and everything in `solve` take values and return values.
`metadata.discovery` reads mods, `state` stores what the player chose, and `manager` brings them together. All
sentences that people read are in `messages`.
"""

from typing import TYPE_CHECKING

from vfsloader.runtime.lazy_names import lazy_names

if TYPE_CHECKING:
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

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Difference": "profile_files",
            "Format": "metadata.formats",
            "Manifest": "metadata.manifest",
            "Mod": "metadata.mod",
            "ModFiles": "metadata.formats",
            "ModManager": "manager",
            "Override": "conflicts",
            "Plan": "solve.plan",
            "Problem": "messages",
            "Profile": "state",
            "Standing": "conflicts",
            "parse_manifest": "metadata.manifest",
            "register_format": "metadata.formats",
        },
    )
