"""A finished game that gets mods."""

import vfsloader.pygame

adopted = vfsloader.pygame.adopt("resources", mods="mods", dlc=["x.pack"], watch=False)  # typo: watch -> wach
print(adopted.report())  # typo: report -> repport
adopted.undo()  # typo: undo -> udno
