"""The pictures of a real wheel through ten layers, against pygame itself on loose files; and what is seen of a save."""

from __future__ import annotations

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import importlib.util
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pygame
import vfsloader.pygame

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

    def prepared() -> None:
        with ResourceManager(at / "base.pack", dlc=layers, watch=False, cache=at / "cache") as game:
            vfsloader.use(game)
            held = [vfsloader.pygame.load_image(path) for path in paths]
            assert len(held) == len(paths)

    loads = "pygame.image.load of loose files"
    yield compare(f"load {count}, 10 layers, not converted", lambda: cold(convert=False), loads, loose, 1.0)
    yield compare(f"load {count}, 10 layers", cold, "the same, and .convert_alpha()", loose_converted, 1.0)
    yield compare(f"load {count}, 10 layers", cold, loads, loose)
    yield compare("pygame.image.load alone, on two threads", threads_alone, loads, loose)
    yield compare(f"preload {count}, 10 layers", preloaded, loads, loose, 0.8)
    prepared()
    yield compare(f"load {count} from the prepared cache", prepared, loads, loose, 0.25)
    yield _in_use(at)
    yield _idle(at)
    yield _adopted(at)
    yield _saving(at)
    pygame.quit()


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
