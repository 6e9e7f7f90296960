"""A dictionary in a file of its own."""

from typing import Any, assert_type

from vfsloader.collections import Changed, PersistentDict

settings = PersistentDict("settings.db", "settings", value_type=float, cache_type="LRU", cache_size=64)
settings["volume"] = 0.8
settings.setdefault("speed", 1.0)  # typo: setdefault -> setdefualt
with settings.transaction():  # typo: transaction -> trnsaction
    settings.update(volume=1.0)
for key, value in settings.items():
    print(key, value)


def show(change: Changed) -> None:
    """Print what changed."""
    print(change.keys)  # typo: keys -> kyes


settings.subscribe(show)  # typo: show -> count_of
settings.index("volume")
assert_type(settings.copy(), dict[Any, Any])
settings.close()
