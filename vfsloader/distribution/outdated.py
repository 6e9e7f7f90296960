"""Which mods have newer versions, and what holds them back."""

from __future__ import annotations

from vfsloader.distribution.choosing import Candidate
from vfsloader.distribution.planning import Planner
from vfsloader.distribution.transaction import Records
from vfsloader.distribution.world import World
from vfsloader.errors import VFSError
from vfsloader.mods.getting import Outdated


def outdated(planner: Planner, records: Records) -> list[Outdated]:
    """Return the mods that have a newer version in their source.

    Parameters
    ----------
    planner
        Plans for the game's mods.
    records
        The installed mods.
    """
    world = planner.world()
    free = world.without_pins()
    plan = planner.update(None, world)
    after = {change.mod: str(change.new) for change in plan.changes}
    rows = []
    for mod in planner.mods.available:
        if mod.id not in records or not records[mod.id].source:
            continue
        newer = [one for one in free.get(mod.id, ()) if one.manifest.version > mod.version]
        if not newer:
            continue
        newest = max(newer, key=lambda one: one.manifest.version)
        number, fitting = str(newest.manifest.version), after.get(mod.id, str(mod.version))
        reason = "" if fitting == number else _reason(planner, world, newest)
        rows.append(Outdated(mod.id, str(mod.version), number, fitting, reason))
    return rows


def _reason(planner: Planner, world: World, newest: Candidate) -> str:
    mod = newest.id
    if newest in world.held.get(mod, ()):
        return f"it is pinned to {world.pins[mod]}"
    if (held := planner.question(newest)) != "":
        return held
    if mod not in {enabled.id for enabled in planner.mods.enabled}:
        return f"it is disabled; vfsloader mods update {mod}"
    try:
        planner.choose(world, {**world.candidates, mod: [newest]}, [mod], [mod])
    except VFSError as error:
        return str(error)
    return "it would keep other mods from their updates"
