"""What `load`, `handle` and `preload` return follows from the loader."""

from typing import Any, assert_type

import vfsloader
from vfsloader import Asset, Loader, ResourceManager

game = ResourceManager("assets")


class Level:
    """What a game makes of a file."""

    def __init__(self, rows: list[str]) -> None:
        self.rows = rows


class LevelLoader(Loader[Level]):
    """Reads levels."""

    def decode(self, asset: Asset, **options: Any) -> list[str]:
        """Split the file into rows."""
        return asset.data.decode().splitlines()

    def build(self, decoded: list[str], **options: Any) -> Level:
        """Make the level."""
        return Level(decoded)


def count(asset: Asset, unit: int = 1) -> int:
    """Count in units."""
    return len(asset.data) // unit


assert_type(game.load("/x.json", lambda asset: len(asset.data)), int)
assert_type(game.load("/x.json", count), int)
assert_type(game.load("/x.json", count, unit=1024), int)
assert_type(game.load("/1.level", LevelLoader()), Level)
assert_type(game.handle("/x.json", lambda asset: len(asset.data)).value, int)
assert_type(game.handle("/1.level", LevelLoader()).value, Level)
assert_type(game.handle("/1.level", LevelLoader()).path, str)
job = game.preload("/**/*.level", LevelLoader(), progress=lambda done, total, path: print(done, total, path))
job.wait()
unsubscribe = game.subscribe(lambda changes: print([change.path for change in changes]))
unsubscribe()
assert_type(game.read("/a"), bytes)
assert_type(game.real_path("/a"), str)
assert_type(game.stats(), dict[str, int])
assert_type(vfsloader.current().exists("/a"), bool)
