"""``python -m demo_game.pyglet_demo``: show Moonmoth's garden at night in pyglet, from the same layers.

The number keys toggle mods, Escape quits. Every picture is an ordinary sprite of pyglet and is loaded once. When a mod
or a paint program changes its file, the new pixels appear in the atlas.
"""

from __future__ import annotations

import argparse
import math
import random
from pathlib import Path
from typing import Any

import pyglet

WIDTH, HEIGHT = 960, 600
MOTHS, MOTES = 5, 26
CREAM, DIM = (253, 243, 208, 255), (214, 208, 236, 255)
GAME = Path(__file__).parent


class Garden:
    """The contents of the window."""

    def __init__(self, load: Any, width: int, height: int) -> None:
        chance = random.Random(7)
        self.load = load
        self.time = 0.0
        self.batch = pyglet.graphics.Batch()
        back, middle, front, text = (pyglet.graphics.Group(order) for order in range(4))
        self.sky = self._sprite("backgrounds/garden.png", back)
        self.sky.scale_x, self.sky.scale_y = width / self.sky.width, height / self.sky.height
        self.motes = [self._sprite("sprites/mote.png", middle) for _ in range(MOTES)]
        self.positions = [(chance.uniform(0, width), chance.uniform(height * 0.2, height)) for _ in self.motes]
        self.wings = [load.image(f"sprites/moth_{frame}.png") for frame in (0, 1, 2, 1)]
        self.moths = [self._sprite("sprites/moth_0.png", front) for _ in range(MOTHS)]
        load.add_font("fonts/moonmoth.ttf")
        self.labels = [self._label(30, height - 56, CREAM, text), self._label(15, height - 100, DIM, text)]
        self.size = width, height
        self.write_labels()

    def _sprite(self, name: str, group: Any) -> Any:
        sprite = pyglet.sprite.Sprite(self.load.image(name), batch=self.batch, group=group)
        if "sprites" in name:
            sprite.scale = 0.5  # they have two pixels for each of the world's
            sprite.image.anchor_x, sprite.image.anchor_y = sprite.image.width // 2, sprite.image.height // 2
        return sprite

    def _label(self, size: int, y: float, colour: tuple[int, ...], group: Any) -> Any:
        return pyglet.text.Label(
            "", x=520, y=y, width=420, multiline=True, font_name="Moonmoth", font_size=size, color=colour,
            batch=self.batch, group=group,
        )  # fmt: skip

    def write_labels(self) -> None:
        """Write which mods are installed and which are on."""
        mods = self.load.manager.mods
        on = {mod.id for mod in mods.enabled}
        lines = []
        for number, mod in enumerate(mods.available, 1):
            lines.append(f"{number}  {mod.name}{'  is on' if mod.id in on else ''}")
        self.labels[0].text = "Moonmoth in pyglet"
        self.labels[1].text = "\n".join(lines or ["no mods are installed"])

    def toggle(self, index: int) -> None:
        """Switch a mod on or off, with the mods that must change with it."""
        mods = self.load.manager.mods
        if 0 <= index < len(mods.available):
            mod = mods.available[index].id
            plan = mods.plan_enable(mod) if mods.is_disabled(mod) else mods.plan_disable(mod)
            if plan.is_possible:
                mods.apply(plan)
        self.write_labels()

    def step(self, seconds: float) -> None:
        """Advance the animation."""
        self.time += seconds
        width, height = self.size
        for index, moth in enumerate(self.moths):
            angle = self.time * (0.5 + index * 0.07) + index * 1.7
            moth.x = width * (0.5 + 0.38 * math.sin(angle))
            moth.y = height * (0.5 + 0.3 * math.sin(angle * 1.7 + index))
            moth.image = self.wings[int(self.time * 14 + index) % len(self.wings)]
        for index, (mote, (x, y)) in enumerate(zip(self.motes, self.positions, strict=True)):
            mote.x, mote.y = x, y + 6 * math.sin(self.time * 2 + index)


def main() -> None:
    """Show the garden."""
    parser = argparse.ArgumentParser(prog="python -m demo_game.pyglet_demo", description=__doc__.splitlines()[0])
    parser.add_argument("--game", type=Path, default=GAME, help="the folder with game.toml (default: Moonmoth's own)")
    parser.add_argument("--headless", type=Path, metavar="DIR", help="draw without a window; save screenshots here")
    options = parser.parse_args()
    if options.headless is not None:
        pyglet.options.headless = True
    import vfsloader.pyglet

    import vfsloader

    with vfsloader.ResourceManager.from_config(options.game) as manager:
        vfsloader.use(manager)
        window = pyglet.window.Window(WIDTH, HEIGHT, "Moonmoth in pyglet")
        garden = Garden(vfsloader.pyglet.Loader(), WIDTH, HEIGHT)
        if options.headless is not None:
            show(window, garden, options.headless)
            return

        def on_draw() -> None:
            window.clear()
            garden.batch.draw()

        def on_key_press(key: int, _modifiers: int) -> None:
            if pyglet.window.key._1 <= key <= pyglet.window.key._9:
                garden.toggle(key - pyglet.window.key._1)

        window.push_handlers(on_draw, on_key_press)
        pyglet.clock.schedule_interval(garden.step, 1 / 60)
        pyglet.app.run()


def show(window: Any, garden: Garden, folder: Path) -> None:
    """Toggle each mod in turn, and save a screenshot after each."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(-1, len(garden.load.manager.mods.available)):
        garden.toggle(index)
        garden.load.manager.update()
        garden.step(1.0)
        window.switch_to()
        window.clear()
        garden.batch.draw()
        buffer = pyglet.image.get_buffer_manager().get_color_buffer()
        buffer.save(str(folder / f"{index + 1}.png"))


if __name__ == "__main__":
    main()
