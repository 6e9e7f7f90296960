"""Profiles, kept and exchanged."""

from vfsloader import ModManager

mods = ModManager("mods")
mods.use_profile("spring")  # typo: use_profile -> use_profil
mods.copy_profile("backup")
mods.export_profile("mine.json")
for difference in mods.import_profile("theirs.json", "theirs"):
    print(difference.kind, difference.wanted)  # typo: wanted -> wnated
mods.delete_profile("backup")
