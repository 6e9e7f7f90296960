"""Two hundred faults of twelve kinds, each planted in one of ten mods that all seem to do the same: who is blamed?"""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pygame
import pytest
import vfsloader.pygame

from tests.mods.making import add
from vfsloader import ResourceManager, Store, blame
from vfsloader.game import scripts

MODS = [f"mod-{letter}" for letter in "abcdefghij"]
FAULTS = 200


def png(size: int) -> bytes:
    out = io.BytesIO()
    pygame.image.save(pygame.Surface((size, size)), out, "x.png")
    return out.getvalue()


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


class Fault:
    """One planted fault: what it does to the guilty mod, and what the game does then."""

    def __init__(self, folder: Path, name: str) -> None:
        self.mod = folder / name
        self.name = name
        self.game: ResourceManager
        #: Called when the game runs, before it fails.
        self.prepare: Callable[[], object] = lambda: None

    def plant(self, files: dict[str, str | bytes]) -> None:
        write(self.mod, files)


def undecodable(fault: Fault) -> Callable[[], object]:
    fault.plant({"levels/new.txt": "many"})
    return lambda: fault.game.load("/levels/new.txt", lambda asset: int(asset.data))


def damaged_picture(fault: Fault) -> Callable[[], object]:
    fault.plant({"sprites/new.png": b"\x89PNG\r\n\x1a\n-"})
    return lambda: vfsloader.pygame.load_image("/sprites/new.png")


def script(fault: Fault) -> Callable[[], object]:
    name = fault.name.replace("-", "_")
    fault.plant({f"planted_{name}/run.py": "def run():\n    return {}['speed']\n"})

    def run() -> None:
        with scripts.install(fault.game, f"planted_{name}"):
            module = __import__(f"planted_{name}.run", fromlist=["run"])
            module.run()

    return run


def removed_value(fault: Fault) -> Callable[[], object]:
    fault.plant({"items.json.patch": '[{"op": "remove", "path": "/sword/damage"}]'})
    return lambda: fault.game.read_merged("/items.json")["sword"]["damage"]


def wrong_type(fault: Fault) -> Callable[[], object]:
    fault.plant({"items.json.patch": '[{"op": "replace", "path": "/sword/damage", "value": "a lot"}]'})

    def fight() -> int:
        damage = fault.game.read_merged("/items.json")["sword"]["damage"]
        return 10 - damage  # type: ignore[no-any-return]

    return fight


def other_shape(fault: Fault) -> Callable[[], object]:
    fault.plant({"items.json": '["sword"]'})
    return lambda: fault.game.read_merged("/items.json")["sword"]


def read_by_the_game(fault: Fault) -> Callable[[], object]:
    fault.plant({"maps/one.csv": "1,2\n3,x"})

    def parse(path: str) -> list[list[int]]:
        with fault.game.vfs.open(path) as file:
            return [[int(cell) for cell in line.split(",")] for line in file]

    return lambda: parse("/maps/one.csv")


def smaller_sheet(fault: Fault) -> Callable[[], object]:
    fault.plant({"sheet.png": png(8)})

    def cut() -> object:
        sheet = vfsloader.pygame.load_image("/sheet.png")
        return sheet.subsurface(16, 0, 16, 16)

    return cut


def wrong_edit(fault: Fault) -> Callable[[], object]:
    fault.plant({"sheet.png.edit": '[[edit]]\nfrom = "more.png"\nto = [24, 24]\ngrow = true\n', "more.png": png(16)})

    def check() -> None:
        sheet = vfsloader.pygame.load_image("/sheet.png")
        assert sheet.get_size() == (32, 32), "the sheet has another size"

    return check


def removed_file(fault: Fault) -> Callable[[], object]:
    manifest = fault.mod / "mod.json"
    manifest.write_text(manifest.read_text()[:-1] + ', "files": {"remove": ["/music/*.ogg"]}}')
    return lambda: fault.game.read("/music/theme.ogg")


def missing_reference(fault: Fault) -> Callable[[], object]:
    fault.plant({"items.json.patch": '[{"op": "add", "path": "/bow", "value": {"icon": "/icons/bow.png"}}]'})

    def load() -> None:
        for item in fault.game.read_merged("/items.json").values():
            if "icon" in item:
                vfsloader.pygame.load_image(item["icon"])

    return load


def enabled_last(fault: Fault) -> Callable[[], object]:
    def prepare() -> None:
        fault.game.mods.disable(fault.name)
        fault.game.update()
        fault.game.mods.enable(fault.name)
        fault.game.update()

    fault.prepare = prepare

    def fail() -> None:
        raise RuntimeError("the game is out of balance")

    return fail


KINDS = [
    undecodable,
    damaged_picture,
    script,
    removed_value,
    wrong_type,
    other_shape,
    read_by_the_game,
    smaller_sheet,
    wrong_edit,
    removed_file,
    missing_reference,
    enabled_last,
]


@pytest.fixture(scope="module")
def base() -> Store:
    store = Store()
    store.write("/items.json", b'{"sword": {"damage": 3}, "shield": {"armour": 2}}')
    store.write("/maps/one.csv", b"1,2\n3,4")
    store.write("/sheet.png", png(32))
    store.write("/music/theme.ogg", b"theme")
    return store


def innocent(folder: Path, name: str, chance: random.Random) -> None:
    """Make a mod that changes about what the others change, and is right."""
    add(folder, name, {f"notes/{name}.txt": name, f"planted_other/{name.replace('-', '_')}.py": "x = 1\n"})
    files: dict[str, str | bytes] = {f"sprites/{name}.png": png(4)}
    if chance.random() < 0.7:
        files["items.json.merge"] = f'{{"{name}": {{"damage": {chance.randrange(10)}}}}}'
    if chance.random() < 0.4:
        files["sheet.png.edit"] = f'[[edit]]\nfrom = "sprites/{name}.png"\nto = [{chance.randrange(28)}, 0]\n'
    if chance.random() < 0.3:
        files["music/more.ogg"] = name
    write(folder / name, files)


def verdict(kind: Callable[[Fault], Callable[[], object]], base: Store, folder: Path, chance: random.Random) -> int:
    """Plant a fault, and return at which place its mod is blamed; -1 if it is not."""
    for name in MODS:
        innocent(folder, name, chance)
    guilty = chance.choice(MODS)
    fault = Fault(folder, guilty)
    fail = kind(fault)
    with ResourceManager(base, mods=folder, watch=False) as game:
        fault.game = game
        vfsloader.use(game)
        order = list(MODS)
        chance.shuffle(order)
        in_use = [vfsloader.pygame.load_image(f"/sprites/{name}.png") for name in order]
        fault.prepare()
        for name in order[: chance.randrange(10)]:
            game.load(f"/notes/{name}.txt", lambda asset: asset.data)
        try:
            fail()
        except Exception as error:
            found = [suspect.mod for suspect in blame(error)]
        else:
            pytest.fail(f"{kind.__name__} did nothing")
        del in_use
    return found.index(guilty) if guilty in found else -1


def test_the_guilty_mod_is_named_first(base: Store, tmp_path: Path) -> None:
    pygame.display.set_mode((8, 8))
    chance = random.Random(21)
    places = [
        (kind.__name__, verdict(kind, base, tmp_path / str(number), chance))
        for number, kind in zip(range(FAULTS), KINDS * FAULTS, strict=False)
    ]
    not_first = Counter((name, place) for name, place in places if place != 0)
    assert sum(place == 0 for _, place in places) >= 0.95 * FAULTS, not_first
    assert all(0 <= place < 3 for _, place in places), not_first
