"""Play the game automatically."""

from __future__ import annotations

from pygame import Vector2

from demo_game.world import World


def autopilot(world: World) -> tuple[Vector2, bool]:
    """Steer towards the nearest light and away from enemies that are close."""
    goal = min(world.motes, key=world.moth.distance_to)
    steering = (goal - world.moth).normalize() if goal != world.moth else Vector2()
    for enemy in world.enemies:
        away = world.moth - enemy.at
        if 0 < away.length() < 130:
            steering += away.normalize() * (130 / max(away.length(), 20))
    near = any(enemy.at.distance_to(world.moth) < 70 for enemy in world.enemies)
    return (steering.normalize() if steering else steering), near
