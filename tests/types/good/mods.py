"""A mod screen of one's own."""

from typing import assert_type

from vfsloader import Mod, ModManager, ResourceManager

game = ResourceManager("assets", mods="mods", new_mods="disabled")
mods = game.mods
assert_type(mods, ModManager)
for mod in mods.available:
    assert_type(mod, Mod)
    print(mod.id, mod.name, str(mod.version), "on" if mod in mods.enabled else "off")
for problem in mods.problems:
    print(problem.mod, problem.fix)
plan = mods.plan_enable("winter")
if plan.is_possible:
    mods.apply(plan)
mods.enable("winter")
mods.move("winter", before="hud")
assert_type(mods.overrides(), dict[str, list[str]])
assert_type(mods.profile, str)
assert_type(mods.is_disabled("winter"), bool)
