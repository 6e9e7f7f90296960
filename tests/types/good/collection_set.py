"""A set in the save of a game."""

from typing import Any, assert_type

from vfsloader import ResourceManager
from vfsloader.collections import PersistentSet, fsset

game = ResourceManager("assets", save="user.db")
seen = game.state("seen", PersistentSet, value_type=str)  # typo: value_type -> valuetype
seen.add("intro")
seen.discard("intro")  # typo: discard -> discrad
assert_type(seen.union({"a"}), set[Any])
assert_type(fsset("seen.db"), PersistentSet)
