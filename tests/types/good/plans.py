"""Switching mods with all that they require."""

from typing import assert_type

from vfsloader import ModManager

mods = ModManager("mods", game_version="1.2", new_mods="disabled")  # typo: "disabled" -> "disable"
plan = mods.plan_enable("winter")
assert_type(plan.others, tuple[str, ...])
if plan.is_possible:  # typo: is_possible -> possible
    mods.apply(plan)
else:
    print(plan.problems[0].fix)  # typo: fix -> fixx
for mod in mods.copies("winter"):
    print(mod.manifest.requires, mod.path.name)  # typo: requires -> require
for override in mods.find_overrides():
    print(override.path, override.winner)
