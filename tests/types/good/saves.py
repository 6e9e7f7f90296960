"""Collections in the save."""

from typing import assert_type

from vfsloader import ResourceManager, VirtualFileSystem
from vfsloader.collections import PersistentDict, PersistentList, PersistentSet

game = ResourceManager("assets", save="user.db")
settings = game.state("settings")
assert_type(settings, PersistentDict)
settings["volume"] = 0.8
game.state("x")["a"] = 1
scores = game.state("scores", PersistentList)
assert_type(scores, PersistentList)
scores.append(100)
seen = game.state("seen", PersistentSet)
assert_type(seen, PersistentSet)
seen.add("intro")
with settings.transaction():
    settings.update(volume=1.0, name="Ada")
    game.vfs.write_text("/slot1.json", "{}")
assert_type(len(settings), int)
assert_type("volume" in settings, bool)
unsubscribe = settings.subscribe(lambda changed: print(changed))
unsubscribe()

history = PersistentList(VirtualFileSystem(), "history")
history.extend(["start", "stop"])
