"""Plays the game by itself."""

from __future__ import annotations

from pygame import Vector2

from demo_game.world import World


def autopilot(world: World) -> tuple[Vector2, bool]:
    """Steer as a fair player would: towards the nearest light, away from what is close."""
    goal = min(world.motes, key=world.moth.distance_to)
    wish = (goal - world.moth).normalize() if goal != world.moth else Vector2()
    for enemy in world.enemies:
        away = world.moth - enemy.at
        if 0 < away.length() < 130:
            wish += away.normalize() * (130 / max(away.length(), 20))
    near = any(enemy.at.distance_to(world.moth) < 70 for enemy in world.enemies)
    return (wish.normalize() if wish else wish), near
