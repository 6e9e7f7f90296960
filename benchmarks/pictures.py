"""The pictures of a real wheel through ten layers, against pygame itself on loose files; and what is seen of a save."""

from __future__ import annotations

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import importlib.util
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pygame
import vfsloader.pygame
from vfsloader.pygame.fast_png import find_wuffs

import vfsloader
from benchmarks.timing import Row, compare
from vfsloader import ResourceManager, Store, packs


def assets() -> Path:
    """Give the folder of the arcade wheel's own assets."""
    spec = importlib.util.find_spec("arcade")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "resources" / "assets"


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    pygame.init()
    pygame.display.set_mode((320, 200))
    files = sorted(assets().rglob("*.png"))
    paths = ["/" + file.relative_to(assets()).as_posix() for file in files]
    packs.build(assets(), at / "base.pack")
    packs.build(assets(), at / "prepared.pack", prepare=True)
    layers = []
    for n in range(9):
        store = Store(name=f"layer{n}")
        store.write(f"/only/{n}", b"x")
        layers.append(store)
    count = f"{len(files)} PNG"

    def cold(**options: object) -> None:
        with ResourceManager(at / "base.pack", dlc=layers, watch=False, cache_bytes=512 << 20) as game:
            vfsloader.use(game)
            held = [vfsloader.pygame.load_image(path, **options) for path in paths]  # type: ignore[arg-type]
            assert len(held) == len(paths)

    def loose() -> None:
        held = [pygame.image.load(file) for file in files]
        assert len(held) == len(paths)

    def loose_converted() -> None:
        held = [pygame.image.load(file).convert_alpha() for file in files]
        assert len(held) == len(paths)

    def threads_alone() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda some: [pygame.image.load(file) for file in some], (files[::2], files[1::2])))

    def preloaded() -> None:
        with ResourceManager(at / "base.pack", dlc=layers, watch=False, cache_bytes=512 << 20) as game:
            vfsloader.use(game)
            job = game.preload(paths)
            job.wait()
            assert not job.errors

    def from_prepared_pack() -> None:
        with ResourceManager(at / "prepared.pack", dlc=layers, watch=False) as game:
            vfsloader.use(game)
            held = [vfsloader.pygame.load_image(path) for path in paths]
            assert len(held) == len(paths)

    def prepared() -> None:
        with ResourceManager(at / "base.pack", dlc=layers, watch=False, cache=at / "cache") as game:
            vfsloader.use(game)
            held = [vfsloader.pygame.load_image(path) for path in paths]
            assert len(held) == len(paths)

    loads = "pygame.image.load of loose files"
    has_wuffs = find_wuffs() is not None
    decoder = "Wuffs" if has_wuffs else "pygame"
    converts = "load and .convert_alpha()"
    alone: dict[str, Any] = {"clock": time.process_time}  # one thread, and everything is in the system's memory
    what = f"load {count}, 10 layers"
    yield compare(f"{what}, not converted", lambda: cold(convert=False), loads, loose, 1.0, **alone)
    most = 0.65 if has_wuffs else 1.05
    yield compare(f"{what}, {decoder}", cold, converts, loose_converted, most, **alone)
    yield compare("pygame.image.load alone, on two threads", threads_alone, loads, loose)
    yield compare(
        f"preload {count}, 10 layers, {decoder}", preloaded, converts, loose_converted, 0.6 if has_wuffs else None
    )
    what = f"load {count} of a pack with prepared pixels"
    yield compare(what, from_prepared_pack, converts, loose_converted, 1 / 6, **alone)
    prepared()
    yield compare(f"load {count} from the prepared cache", prepared, loads, loose, 0.25, **alone)
    yield _large(at, has_wuffs)
    yield _start(at)
    yield from _toggled(at)
    yield _memory(at)
    yield _in_use(at)
    yield _idle(at)
    yield _adopted(at)
    yield _saving(at)
    pygame.quit()


def _pictures(folder: Path, count: int, side: int, seed: int) -> list[str]:
    """Write pictures of noise and shapes, about as hard to decode as those of games; return their paths."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    for number in range(count):
        surface = pygame.Surface((side, side), pygame.SRCALPHA, 32)
        for _ in range(24):
            place = chance.randrange(side), chance.randrange(side)
            pygame.draw.circle(surface, [chance.randrange(256) for _ in range(4)], place, side // 6)
        for _ in range(side * side // 16):
            surface.set_at((chance.randrange(side), chance.randrange(side)), chance.randbytes(4))
        pygame.image.save(surface, folder / f"{number:04}.png")
    return [f"/{number:04}.png" for number in range(count)]


def _large(at: Path, has_wuffs: bool) -> Row:
    """Large pictures on all processors, against pygame on one."""
    paths = _pictures(at / "large", 16, 1024, 1)
    files = [at / "large" / path[1:] for path in paths]

    def ours() -> None:
        with ResourceManager(at / "large", watch=False) as game:
            game.preload(paths).wait()

    def pygames() -> None:
        held = [pygame.image.load(file).convert_alpha() for file in files]
        assert held

    return compare(
        "preload 16 PNG of 1024 x 1024", ours, "the same, one by one", pygames, 1 / 1.7 if has_wuffs else None
    )


def _start(at: Path) -> Row:
    """A game with 100 mods and 500 pictures starts from the prepared cache."""
    paths = _pictures(at / "start", 500, 256, 2)
    mods = at / "start-mods"
    for number in range(100):
        mod = mods / f"mod{number:02}"
        mod.mkdir(parents=True)
        (mod / "mod.toml").write_text(f'id = "mod{number:02}"\nname = "Mod"\nversion = "1"\n')
        for path in paths[number * 5 : number * 5 + 3]:
            (mod / path[1:]).write_bytes((at / "start" / path[1:]).read_bytes())
    packs.build(at / "start", at / "start.pack")
    cache = at / "start-cache"

    def started() -> None:
        with ResourceManager(at / "start.pack", mods=mods, watch=False, cache=cache) as game:
            vfsloader.use(game)
            held = [vfsloader.pygame.load_image(path) for path in paths]
            assert len(held) == len(paths)

    def raw() -> None:
        assert sum(len(file.read_bytes()) for file in cache.iterdir()) > 500 * 256 * 256 * 4

    started()
    what = "start, 100 mods, 500 pictures of 256 x 256, from the cache"
    return compare(what, started, "reading the cache's files", raw, 1.3, clock=time.process_time)


def _toggled(at: Path) -> Iterator[Row]:
    """A mod that changes 600 pictures is switched on and off; frames have 8 ms for it. By the processor's time."""
    paths = _pictures(at / "toggle", 600, 64, 3)
    _pictures(at / "toggle-mods" / "reskin", 600, 64, 4)
    (at / "toggle-mods" / "reskin" / "mod.toml").write_text('id = "reskin"\nname = "R"\nversion = "1"\n')
    options = {"mods": at / "toggle-mods", "watch": False, "new_mods": "disabled", "cache_bytes": 0}
    with ResourceManager(at / "toggle", **options) as game:  # type: ignore[arg-type]
        vfsloader.use(game)
        held = [vfsloader.pygame.load_image(path) for path in paths]
        frames, longest, counts = [], [], []
        for step in range(7):
            start = time.process_time()
            (game.mods.disable if step % 2 else game.mods.enable)("reskin")
            took = [time.process_time() - start]
            changes: list[object] = []
            while not changes:
                start = time.process_time()
                changes = list(game.update(budget_ms=8))
                took.append(time.process_time() - start)
            assert len(changes) == len(held)  # all of it is shown in one frame
            counts.append(len(took))
            if step:  # imports and the like
                frames += took
                longest.append(max(took))
        yield Row("600 pictures are toggled: the longest frame", "33 ms", statistics.median(longest) / 0.033, 1.0)
        yield Row("600 pictures are toggled: frames until it shows", "60", statistics.median(counts) / 60, None)


_HELD = """
import os, sys
os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
import psutil, pygame
pygame.display.init()
pygame.display.set_mode((320, 200))
folder, paths = sys.argv[2], [f"/{number:04}.png" for number in range(1000)]
if sys.argv[1] == "ours":
    import vfsloader.pygame
    game = vfsloader.init(folder, watch=False, cache_bytes=int(sys.argv[3]))
    held = [vfsloader.pygame.load_image(path) for path in paths]
else:
    held = [pygame.image.load(folder + path).convert_alpha() for path in paths]
print(psutil.Process().memory_info().rss)
"""


def _memory(at: Path) -> Row:
    """What a game with 1,000 pictures takes, against pygame and the budget of the cache."""
    _pictures(at / "memory", 1000, 128, 5)
    budget = 64 << 20

    def rss(who: str) -> int:
        command = [sys.executable, "-c", _HELD, who, str(at / "memory"), str(budget)]
        output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        return int(output.split()[-1])

    ratio = rss("ours") / (rss("pygame") + budget)
    return Row("memory of a game with 1,000 pictures of 128 x 128", "pygame and the cache's 64 MB", ratio, 1.1)


def _in_use(at: Path) -> Row:
    with vfsloader.init(at / "base.pack", watch=False) as game:
        path = next(path for path in game.vfs.glob("/**/*.png"))
        held = vfsloader.pygame.load_image(path)
        known = {("loader", path): held}
        load = vfsloader.pygame.load_image

        def ours() -> None:
            for _ in range(20_000):
                load(path)

        def lookup() -> None:
            for _ in range(20_000):
                known["loader", path]

        return compare("load_image of a picture in use", ours, "a lookup in a dict", lookup, 10.0)


def _idle(at: Path) -> Row:
    """An update in a frame in which nothing happened."""
    for name in ("one", "two"):
        (at / "mods" / name).mkdir(parents=True)
    with ResourceManager(at / "base.pack", mods=at / "mods") as game:
        vfsloader.use(game)
        held = [vfsloader.pygame.load_image(path) for path in game.vfs.glob("/**/*.png")[:200]]
        start = time.perf_counter()
        while time.perf_counter() - start < 1:  # until the watch stands
            game.update()

        def idle() -> None:
            for _ in range(5_000):
                game.update()

        def stat() -> None:
            for _ in range(5_000):
                os.stat(at), os.stat(at), os.stat(at)

        row = compare("an update() in which nothing happened", idle, "three os.stat", stat, 1.0)
        assert held
        return row


def _adopted(at: Path) -> Row:
    """What a call costs that has nothing to do with the folder that is adopted."""
    (at / "resources").mkdir()
    elsewhere = os.fspath(at / "base.pack")

    def cost() -> float:
        times = []
        for _ in range(7):
            start = time.perf_counter()
            for _ in range(10_000):
                os.path.exists(elsewhere)
            times.append((time.perf_counter() - start) / 10_000)
        return statistics.median(times)

    before = cost()
    with vfsloader.pygame.adopt(at / "resources", watch=False):
        during = cost()
    return Row("a call for another path while a game is adopted, more", "1 µs", max(during - before, 1e-9) / 1e-6, 1.0)


def _saving(at: Path) -> Row:
    """From a save on the disk to the pixels on the Surface."""
    folder = at / "live"
    folder.mkdir()
    colours = [(value, 0, 0) for value in range(1, 22)]
    surface = pygame.Surface((64, 64))
    pygame.image.save(surface, folder / "p.png")
    times = []
    with vfsloader.init(folder) as game:
        shown = vfsloader.pygame.load_image("/p.png")
        start = time.perf_counter()
        while time.perf_counter() - start < 1:  # until the watch stands
            game.update()
        for colour in colours:
            surface.fill(colour)
            pygame.image.save(surface, folder / "draft.png")
            start = time.perf_counter()
            os.replace(folder / "draft.png", folder / "p.png")
            while shown.get_at((0, 0))[:3] != colour:
                game.update()
                time.sleep(0.0005)
            times.append(time.perf_counter() - start)
    return Row("a save on the disk to pixels on the Surface", "25 ms", statistics.median(times) / 0.025, 1.0)
