"""Edits of a large sheet by many mods, a switched context value, and texts of many catalogs."""

from __future__ import annotations

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import gc
import gettext
import io
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pygame
import vfsloader.pygame
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

import vfsloader
from benchmarks.mods import FRAME_SECONDS
from benchmarks.timing import Row, compare
from vfsloader import Asset, Change, ResourceManager, Store
from vfsloader.assets.edits import step

SHEET = "/sprites/sheet.png"


def seconds(call: Callable[[], object]) -> float:
    """Time one call by the processor: a frame is short, and another program may take the processor meanwhile."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        call()
        return time.process_time() - start
    finally:
        gc.enable()


_SIDE, _MODS = 2048, 20


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    pygame.init()
    pygame.display.set_mode((320, 200))
    yield from _sheet(at / "sheet")
    yield from _context(at / "context")
    yield from _texts(at / "texts")


def _art(chance: random.Random, width: int, height: int, *, is_shaded: bool) -> bytes:
    """Draw boxes, as sprites on a sheet are; with shading they take a decoder longer."""
    picture = pygame.Surface((width, height), pygame.SRCALPHA)
    if is_shaded:
        grain = bytes(chance.choices((0, 0, 8, 16), k=1 << 16)) * (width * height * 4 >> 16 or 1)
        picture = pygame.image.frombuffer(grain[: width * height * 4], (width, height), "RGBA").convert_alpha()
        picture.fill((0, 0, 0, 255), special_flags=pygame.BLEND_RGBA_MAX)
    for _ in range(width * height // 400):
        color = [chance.randrange(256) for _ in range(3)] + [chance.choice((255, 255, 255, 128))]
        box = (chance.randrange(width), chance.randrange(height), chance.randrange(2, 24), chance.randrange(2, 24))
        picture.fill(color, box, special_flags=pygame.BLEND_RGBA_ADD if is_shaded else 0)
    out = io.BytesIO()
    pygame.image.save(picture, out, "art.png")
    return out.getvalue()


def _make(folder: Path, *, is_shaded: bool) -> None:
    chance = random.Random(1)
    sheet = _art(chance, _SIDE, _SIDE, is_shaded=is_shaded)
    (folder / "base" / "sprites").mkdir(parents=True)
    for name in ("sheet.png", "plain.png"):
        (folder / "base" / "sprites" / name).write_bytes(sheet)
    for number in range(_MODS):
        mod = folder / "mods" / f"mod{number:02}"
        (mod / "sprites").mkdir(parents=True)
        (mod / "mod.toml").write_text(f'id = "mod{number:02}"\nname = "Mod"\nversion = "1"\n')
        (mod / "sprites" / f"part{number}.png").write_bytes(_art(chance, 64, 64, is_shaded=is_shaded))
        text = ""
        for mode in ("overlay", "replace", "mask", "tint", "recolor"):
            x, y = chance.randrange(_SIDE - 64), chance.randrange(_SIDE - 64)
            where = f"area = [{x}, {y}, 64, 64]"
            if mode == "tint":
                where += '\ncolor = "#ff8800"'
            elif mode == "recolor":
                where += '\ncolors = { "#a00000" = "#00a000" }'
            else:
                where = f'from = "part{number}.png"\nto = [{x}, {y}]'
            text += f'[[edit]]\nmode = "{mode}"\n{where}\n'
        (mod / "sprites" / "sheet.png.edit").write_text(text)


def _sheet(at: Path) -> Iterator[Row]:
    """Load and toggle a sheet of 2,048 x 2,048 pixels with 20 mods that have 5 edits each."""
    for kind in ("flat", "shaded"):
        folder = at / kind
        _make(folder, is_shaded=kind == "shaded")

        def load(path: str, folder: Path = folder) -> None:
            with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
                vfsloader.use(game)
                vfsloader.pygame.load_image(path)

        def start(folder: Path = folder) -> None:
            ResourceManager(folder / "base", mods=folder / "mods", watch=False).close()

        empty = statistics.median(seconds(start) for _ in range(5))
        edited, plain = [], []
        for _ in range(7):
            edited.append(seconds(lambda: load(SHEET)) - empty)
            plain.append(seconds(lambda: load("/sprites/plain.png")) - empty)
        ratio = statistics.median(edited) / statistics.median(plain)
        yield Row(f"first load of a {kind} sheet, 100 edits of 20 mods", "the sheet without edits", ratio, 1.5)
    with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
        vfsloader.use(game)
        held = vfsloader.pygame.load_image(SHEET)
        composed: list[object] = []
        real = step.changed
        step.changed = lambda *given: composed.append(given) or real(*given)  # type: ignore[assignment,func-returns-value]
        off, back, count = [], [], 0
        for number in range(10):
            game.mods.disable(f"mod{number:02}")
            off.append(seconds(game.update))
            composed.clear()
            game.mods.enable(f"mod{number:02}")
            back.append(seconds(game.update))
            count += len(composed)
        step.changed = real
        frame = "one frame of 16 ms"
        yield Row("toggle one of the 20 mods that edit a sheet", frame, statistics.median(off) / FRAME_SECONDS, 1.0)
        yield Row("toggle it back", frame, statistics.median(back) / FRAME_SECONDS, 1.0)
        yield Row("edits that are composed by toggling back", "none", float(count), None)
        assert held.get_size() == (_SIDE, _SIDE)


def _context(at: Path) -> Iterator[Row]:
    """Switch a context value on which 20 of 1,000 resources in use depend."""
    (at / "base").mkdir(parents=True)
    mod = at / "mods" / "winter"
    (mod / "snow").mkdir(parents=True)
    (mod / "mod.toml").write_text(
        'id = "winter"\nname = "W"\nversion = "1"\n[[part]]\nroot = "snow"\nwhen = { season = "winter" }\n'
    )
    for number in range(1000):
        (at / "base" / f"{number}.txt").write_text(f"base {number}")
    for number in range(0, 1000, 50):
        (mod / "snow" / f"{number}.txt").write_text(f"snow {number}")

    def decode(asset: Asset) -> bytes:
        return asset.data

    with ResourceManager(at / "base", mods=at / "mods", watch=False) as game:
        for number in range(1000):
            game.load(f"/{number}.txt", decode)
        times, reloaded = [], []
        for season in ("winter", "summer") * 5:
            game.context["season"] = season
            changes: list[Change] = []
            times.append(seconds(lambda found=changes: found.extend(game.update())))  # type: ignore[misc]
            reloaded.append(len(changes))
        assert set(reloaded) == {20}, reloaded
        ratio = statistics.median(times) / FRAME_SECONDS
        yield Row("switch a context value: exactly 20 of 1,000 reload", "one frame of 16 ms", ratio, 1.0)


def _texts(at: Path) -> Iterator[Row]:
    """Ask for 1,000 messages of 20 catalogs."""
    at.mkdir(parents=True)
    messages = {f"message {number}": f"viesti {number}" for number in range(1000)}
    layers = [Store(name=f"layer{number}") for number in range(20)]
    for number, layer in enumerate(layers):
        some = dict(list(messages.items())[number * 50 : number * 50 + 50])
        layer.write("/locale/fi/game.json", json.dumps(some).encode())
    catalog = Catalog("fi")
    for key, text in messages.items():
        catalog.add(key, text)
    out = io.BytesIO()
    write_mo(out, catalog)
    out.seek(0)
    theirs = gettext.GNUTranslations(out).gettext
    with ResourceManager(layers[0], dlc=layers[1:], watch=False, language="fi") as game:
        texts = game.translations()
        ours = texts.gettext
        keys = list(messages) * 20
        assert [ours(key) for key in keys] == [theirs(key) for key in keys]
        yield compare(
            "1,000 messages of 20 catalogs",
            lambda: [ours(key) for key in keys],
            "gettext's own catalog",
            lambda: [theirs(key) for key in keys],
            1.05,
            rounds=11,
        )
