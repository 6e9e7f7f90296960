"""Thousands of random toggles, edits and deletes while a game loads: nothing stale, nothing lost, nothing leaked."""

from __future__ import annotations

import gc
import io
import os
import random
from pathlib import Path

import pygame
import vfsloader.pygame

import vfsloader
from tests.adapters.pygame_files import rss

STEPS = int(os.environ.get("VFSLOADER_CHURN", "10000"))
NAMES = [f"p{n}.png" for n in range(12)]
LAYERS = ("base", "one", "two", "three")


def png(colour: tuple[int, int, int], size: int) -> bytes:
    surface = pygame.Surface((size, size))
    surface.fill(colour)
    out = io.BytesIO()
    pygame.image.save(surface, out, "x.png")
    return out.getvalue()


def assert_same(surface: pygame.Surface, data: bytes, what: str) -> None:
    wanted = pygame.image.load(io.BytesIO(data), "x.png")
    assert surface.get_size() == wanted.get_size(), what
    assert surface.get_at((0, 0)) == wanted.get_at((0, 0)), what


def test_nothing_is_stale_after_any_change(tmp_path: Path, screen: object) -> None:
    chance = random.Random(11)
    folders = {name: tmp_path / ("base" if name == "base" else f"mods/{name}") for name in LAYERS}
    model: dict[str, dict[str, bytes]] = {name: {} for name in LAYERS}
    pictures = [png((chance.randrange(256), chance.randrange(256), chance.randrange(256)), size)
                for size in (4, 4, 4, 9, 16) for _ in range(6)]  # fmt: skip
    broken = b"no picture"
    pictures.append(broken)
    for name, folder in folders.items():
        folder.mkdir(parents=True)
        for file in NAMES:
            if name == "base" or chance.random() < 0.4:
                model[name][file] = chance.choice(pictures[:-1])
                (folder / file).write_bytes(model[name][file])

    base = vfsloader.FolderLayer(tmp_path / "base")
    with vfsloader.init(base, mods=tmp_path / "mods", watch=False, cache_bytes=1 << 20) as game:
        held: dict[str, pygame.Surface] = {}
        good: dict[str, bytes] = {}  # what each held picture was last made of
        start = 0
        for step in range(STEPS):
            if step == STEPS // 5:
                gc.collect()
                start = rss()
            layer, file = chance.choice(LAYERS), chance.choice(NAMES)
            act = chance.random()
            if act < 0.25 and layer != "base":
                (game.mods.disable if chance.random() < 0.5 else game.mods.enable)(layer)
            elif act < 0.55:
                model[layer][file] = chance.choice(pictures)
                draft = tmp_path / "draft"
                draft.write_bytes(model[layer][file])
                os.replace(draft, folders[layer] / file)
            elif act < 0.65:
                model[layer].pop(file, None)
                (folders[layer] / file).unlink(missing_ok=True)
            elif act < 0.75:
                held.pop(file, None)
                good.pop(file, None)
            (base if layer == "base" else game.mods[layer]).refresh()
            game.update()
            pygame.event.clear()
            order = ["base", *(mod.id for mod in game.mods.enabled)]
            winning = {name: data for provider in order for name, data in model[provider].items()}
            loadable: dict[str, bytes] = {}
            for provider in order:  # a mod's broken picture is not loaded where there is another
                for name, data in model[provider].items():
                    loadable[name] = loadable.get(name, broken) if data == broken else data
            for name in held:  # what was loaded before stays as it is while the winning picture is broken
                if winning.get(name, broken) != broken:
                    good[name] = winning[name]
            if file not in held:
                try:
                    held[file] = vfsloader.pygame.load_image(f"/{file}", convert=False)
                    assert loadable[file] != broken
                    good[file] = loadable[file]
                except FileNotFoundError:
                    assert file not in loadable
                except vfsloader.VFSError:
                    assert loadable[file] == broken
            for name in NAMES if step % 50 == 0 else [file]:
                if name in held:
                    assert_same(held[name], good[name], f"step {step}: {name}")
        gc.collect()
        assert rss() - start < 8 << 20
