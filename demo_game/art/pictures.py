"""Draws the pictures: shapes at four times their size, scaled down smoothly."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import pygame

from demo_game.art.palette import Colour, Palette

SCALE = 4
#: Pixels of a sprite for one unit of the world: sharp on screens of twice the world's size.
DENSITY = 2
SIZE = (960, 600)
#: Dots with a glow around them, for enemies.
ROSE, EMBER, FROST = (255, 92, 138), (255, 157, 92), (120, 235, 255)


def blank(width: int, height: int) -> pygame.Surface:
    """Give a transparent picture."""
    return pygame.Surface((width, height), pygame.SRCALPHA)


def drawn(size: int, draw: Callable[[pygame.Surface, float], None]) -> pygame.Surface:
    """Draw large, scale down."""
    size *= DENSITY
    large = blank(size * SCALE, size * SCALE)
    draw(large, size * SCALE / 2)
    return pygame.transform.smoothscale(large, (size, size))


def with_glow(picture: pygame.Surface, colour: Colour, radius: int, strength: float = 1.0) -> pygame.Surface:
    """Put the picture's own blurred light behind it."""
    light = picture.copy()
    light.fill((0, 0, 0, 255), special_flags=pygame.BLEND_RGBA_MULT)
    light.fill((*colour, 0), special_flags=pygame.BLEND_RGBA_ADD)
    alpha = pygame.surfarray.pixels_alpha(light)
    blurred = _blur(alpha.astype(float), radius * DENSITY)
    alpha[:] = np.clip(blurred * strength, 0, 255).astype(np.uint8)
    del alpha
    light.blit(picture, (0, 0))
    return light


def glow(size: int) -> pygame.Surface:
    """Give a soft round light, to be added."""
    axis = np.linspace(-1, 1, size)
    distance = np.hypot(axis[:, None], axis[None, :])
    level = np.clip(1 - distance, 0, 1) ** 2 * 255
    picture = pygame.Surface((size, size))
    pygame.surfarray.blit_array(picture, np.repeat(level[:, :, None], 3, axis=2).astype(np.uint8))
    return picture


def moth(palette: Palette, flap: float) -> pygame.Surface:
    """Draw the hero seen from above, wings spread by `flap` from 0 to 1."""

    def draw(canvas: pygame.Surface, centre: float) -> None:
        spread = 0.55 + 0.45 * flap
        for side in (-1, 1):
            upper = _petal(centre, side, angle=-42, length=0.86, width=0.5 * spread, reach=spread)
            lower = _petal(centre, side, angle=48, length=0.66, width=0.36 * spread, reach=spread)
            tail = _petal(centre, side, angle=74, length=0.92, width=0.14, reach=spread)
            for shape in (tail, lower, upper):
                pygame.draw.polygon(canvas, palette.wing_edge, shape)
            for shape in (tail, lower, upper):
                inner = [(x + (centre - x) * 0.1, y + (centre - y) * 0.1) for x, y in shape]
                pygame.draw.polygon(canvas, palette.wing, inner)
            spot = (centre + side * centre * 0.46 * spread, centre - centre * 0.34)
            pygame.draw.circle(canvas, palette.wing_edge, spot, centre * 0.12 * spread)
            pygame.draw.circle(canvas, palette.eye, spot, centre * 0.075 * spread)
        body = pygame.Rect(0, 0, centre * 0.2, centre * 0.8)
        body.center = (int(centre), int(centre * 1.04))
        pygame.draw.ellipse(canvas, palette.moon, body)
        pygame.draw.circle(canvas, palette.moon, (centre, centre * 0.64), centre * 0.12)
        for side in (-1, 1):
            tip = (centre + side * centre * 0.26, centre * 0.3)
            pygame.draw.line(canvas, palette.wing_edge, (centre, centre * 0.6), tip, int(centre * 0.045))
            pygame.draw.circle(canvas, palette.wing_edge, tip, centre * 0.04)

    return with_glow(drawn(84, draw), palette.wing, 6, 0.6)


def mote(palette: Palette) -> pygame.Surface:
    """Draw what is collected: a star of light, or a snowflake."""

    def star(canvas: pygame.Surface, centre: float) -> None:
        points = []
        for step in range(8):
            radius = centre * (0.62 if step % 2 == 0 else 0.2)
            angle = math.radians(step * 45)
            points.append((centre + radius * math.sin(angle), centre - radius * math.cos(angle)))
        pygame.draw.polygon(canvas, palette.mote, points)
        pygame.draw.circle(canvas, (255, 255, 255), (centre, centre), centre * 0.17)

    def flake(canvas: pygame.Surface, centre: float) -> None:
        for step in range(6):
            angle = math.radians(step * 60)
            direction = np.array((math.sin(angle), math.cos(angle)))
            end = centre + direction * centre * 0.66
            pygame.draw.line(canvas, palette.mote, (centre, centre), end, int(centre * 0.1))
            for turn in (-0.7, 0.7):
                branch = np.array((math.sin(angle + turn), math.cos(angle + turn)))
                start = centre + direction * centre * 0.38
                pygame.draw.line(canvas, palette.mote, start, start + branch * centre * 0.24, int(centre * 0.08))

    return with_glow(drawn(32, flake if palette.snow else star), palette.mote, 4, 1.4)


def wisp(colour: Colour) -> pygame.Surface:
    """Draw the enemy that drifts: a thorny ember."""

    def draw(canvas: pygame.Surface, centre: float) -> None:
        points = []
        for step in range(24):
            radius = centre * (0.66 if step % 2 == 0 else 0.4)
            angle = math.radians(step * 15)
            points.append((centre + radius * math.sin(angle), centre + radius * math.cos(angle)))
        pygame.draw.polygon(canvas, colour, points)
        pygame.draw.circle(canvas, (40, 10, 34), (centre, centre), centre * 0.32)
        pygame.draw.circle(canvas, colour, (centre, centre), centre * 0.15)

    return with_glow(drawn(48, draw), colour, 6, 1.0)


def hunter(colour: Colour) -> pygame.Surface:
    """Draw the enemy that follows: an owl's mask, flying."""

    def draw(canvas: pygame.Surface, centre: float) -> None:
        for side in (-1, 1):
            wing = [(0.0, 0.9), (0.85, 0.42), (0.78, 0.86), (0.5, 0.98), (0.0, 1.4)]
            pygame.draw.polygon(canvas, colour, [(centre * (1 + side * x), centre * y) for x, y in wing])
            ear = [(0.06, 0.72), (0.36, 0.4), (0.34, 0.86)]
            pygame.draw.polygon(canvas, colour, [(centre * (1 + side * x), centre * y) for x, y in ear])
        pygame.draw.circle(canvas, colour, (centre, centre), centre * 0.4)
        for side in (-1, 1):
            eye = (centre + side * centre * 0.17, centre * 0.96)
            pygame.draw.circle(canvas, (40, 14, 24), eye, centre * 0.15)
            pygame.draw.circle(canvas, (255, 240, 190), eye, centre * 0.075)
        beak = [(-0.05, 1.12), (0.05, 1.12), (0.0, 1.24)]
        pygame.draw.polygon(canvas, (40, 14, 24), [(centre * (1 + x), centre * y) for x, y in beak])

    return with_glow(drawn(64, draw), colour, 6, 0.9)


def heart(colour: Colour) -> pygame.Surface:
    """Draw a life."""

    def draw(canvas: pygame.Surface, centre: float) -> None:
        points = []
        for step in range(60):
            t = step / 60 * math.tau
            x = 16 * math.sin(t) ** 3
            y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
            points.append((centre + x * centre / 26, centre - y * centre / 26))
        pygame.draw.polygon(canvas, colour, points)

    return with_glow(drawn(28, draw), colour, 3, 1.0)


def background(palette: Palette, seed: int) -> pygame.Surface:
    """Paint the garden: sky, moon, hills, and the grass you fly over."""
    chance = random.Random(seed)
    width, height = SIZE
    picture = pygame.Surface(SIZE)
    rows = np.linspace(0, 1, height)
    stops = np.array(palette.sky, dtype=float)
    sky = np.stack([np.interp(rows, (0, 0.55, 1), stops[:, channel]) for channel in range(3)], axis=1)
    pixels = np.repeat(sky[None, :, :], width, axis=0)
    x, y = np.meshgrid(np.arange(width), np.arange(height), indexing="ij")
    moon_x, moon_y = palette.moon_at[0] * width, palette.moon_at[1] * height
    distance = np.hypot(x - moon_x, y - moon_y)
    for reach, strength in ((360, 0.28), (140, 0.4)):
        halo = np.clip(1 - distance / reach, 0, 1) ** 2 * strength
        pixels += (np.array(palette.moon) - pixels) * halo[:, :, None]
    disc = np.clip(54 - distance, 0, 1)
    craters = _noise(width, height, 60, seed + 3) * 0.16
    pixels += (np.array(palette.moon) * (1 - craters[:, :, None]) - pixels) * disc[:, :, None]
    clouds = np.clip(_noise(width, height // 2, 150, seed) - 0.52, 0, 1)[:, :, None] * 0.5
    fade = np.linspace(1, 0, height // 2)[None, :, None]
    pixels[:, : height // 2] += (np.array(palette.sky[2]) - pixels[:, : height // 2]) * clouds * fade
    pixels += np.random.default_rng(seed).uniform(-1, 1, (width, height, 1))  # no bands in the gradient
    pygame.surfarray.blit_array(picture, np.clip(pixels, 0, 255).astype(np.uint8))
    for _ in range(150):
        at = (chance.randrange(width), int(chance.random() ** 1.6 * height * 0.6))
        shine = chance.uniform(0.25, 1)
        sky_colour = picture.get_at(at)
        shone = [int(old + (light - old) * shine) for old, light in zip(sky_colour, palette.moon, strict=False)]
        picture.set_at(at, shone)
        if shine > 0.85:
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                beside = (min(max(at[0] + dx, 0), width - 1), min(max(at[1] + dy, 0), height - 1))
                picture.set_at(beside, [(a + b) // 2 for a, b in zip(picture.get_at(beside)[:3], shone, strict=True)])
    for place, colour in enumerate(palette.hills):
        _hills(picture, colour, level=0.62 + place * 0.1, chance=chance, trees=place)
    _grass(picture, palette, chance)
    return picture


def _hills(picture: pygame.Surface, colour: Colour, level: float, chance: random.Random, trees: int) -> None:
    width, height = SIZE
    large = blank(width * 2, height * 2)
    large.fill((*colour, 0))  # scaling down mixes in the colour of transparent pixels
    phases = [chance.uniform(0, math.tau) for _ in range(3)]

    def ridge(x: float) -> float:
        wave = sum(math.sin(x / (width * 0.32 / (k + 1)) + phase) / (k + 1) for k, phase in enumerate(phases))
        return height * level + wave * 26

    points = [(x * 2, ridge(x) * 2) for x in range(-4, width + 5, 4)]
    pygame.draw.polygon(large, colour, [*points, (width * 2 + 8, height * 2), (-8, height * 2)])
    for _ in range(26 + trees * 8):
        x = chance.uniform(0, width)
        size = chance.uniform(12, 26) * (1 + trees * 0.35)
        base = ridge(x) * 2 + 6
        for step in range(3):  # a fir: three skirts
            top = base - size * (1.0 + step * 0.62)
            half = size * (0.62 - step * 0.14)
            pygame.draw.polygon(large, colour, [(x * 2, top - size), (x * 2 - half, top), (x * 2 + half, top)])
        pygame.draw.rect(large, colour, (x * 2 - size * 0.08, base - size * 1.2, size * 0.16, size * 1.3))
    picture.blit(pygame.transform.smoothscale(large, SIZE), (0, 0))


def _grass(picture: pygame.Surface, palette: Palette, chance: random.Random) -> None:
    width, height = SIZE
    large = blank(width * 2, height * 2)
    large.fill((*palette.grass, 0))
    for _ in range(900):
        x, length = chance.uniform(-20, width * 2 + 20), chance.uniform(30, 130) * chance.uniform(0.5, 1)
        lean = chance.uniform(-26, 26)
        foot = height * 2 + 6
        points = [(x - 4, foot), (x + lean * 0.4 - 2, foot - length * 0.6), (x + lean, foot - length), (x + 5, foot)]
        pygame.draw.polygon(large, palette.grass, points)
        if chance.random() < 0.07:
            tip = points[2]
            radius = chance.uniform(3, 7)
            for petal in range(5):
                angle = petal * math.tau / 5
                at = (tip[0] + math.cos(angle) * radius, tip[1] + math.sin(angle) * radius)
                pygame.draw.circle(large, palette.bloom, at, radius * 0.75)
            pygame.draw.circle(large, palette.moon, tip, radius * 0.5)
    picture.blit(pygame.transform.smoothscale(large, SIZE), (0, 0))


def _petal(
    centre: float, side: int, *, angle: float, length: float, width: float, reach: float
) -> list[tuple[float, float]]:
    """Give the outline of a wing that grows out of the body."""
    turn = math.radians(angle)
    along = (math.cos(turn) * reach * side, math.sin(turn))
    across = (-math.sin(turn) * side, math.cos(turn))
    points = []
    for step in range(33):
        t = step / 32
        bulge = math.sin(math.pi * t**1.5) * width / 2
        points.append((t * length, bulge))
    outline = points + [(a, -b) for a, b in reversed(points)]
    return [
        (
            centre + centre * (a * along[0] + b * across[0]),
            centre + centre * (a * along[1] + b * across[1]),
        )
        for a, b in outline
    ]


def _blur(values: np.ndarray, radius: int) -> np.ndarray:
    kernel = np.exp(-(np.linspace(-2, 2, radius * 2 + 1) ** 2))
    kernel /= kernel.sum()
    for axis in (0, 1):
        values = np.apply_along_axis(lambda line: np.convolve(line, kernel, "same"), axis, values)
    return values


def _noise(width: int, height: int, cell: int, seed: int) -> np.ndarray:
    """Give smooth noise from 0 to 1."""
    generator = np.random.default_rng(seed)
    total = np.zeros((width, height))
    weight = 0.0
    for octave in range(3):
        size = max(cell >> octave, 4)
        grid = generator.random((width // size + 3, height // size + 3))
        xs, ys = np.arange(width) / size, np.arange(height) / size
        xi, yi = xs.astype(int), ys.astype(int)
        xf, yf = (3 * f**2 - 2 * f**3 for f in (xs - xi, ys - yi))
        top = grid[xi][:, yi] * (1 - xf[:, None]) + grid[xi + 1][:, yi] * xf[:, None]
        low = grid[xi][:, yi + 1] * (1 - xf[:, None]) + grid[xi + 1][:, yi + 1] * xf[:, None]
        total += (top * (1 - yf) + low * yf) / 2**octave
        weight += 1 / 2**octave
    return total / weight
