"""Controllers: those that SDL knows by their buttons, and other joysticks by the numbers of theirs."""

from __future__ import annotations

from typing import Any

import pygame
from pygame import Vector2
from pygame._sdl2 import controller

#: Below this a stick is at rest.
_DEAD = 0.25
_BUTTONS = {
    pygame.CONTROLLER_BUTTON_A: "a", pygame.CONTROLLER_BUTTON_B: "b", pygame.CONTROLLER_BUTTON_X: "x",
    pygame.CONTROLLER_BUTTON_Y: "y", pygame.CONTROLLER_BUTTON_START: "start",
    pygame.CONTROLLER_BUTTON_LEFTSHOULDER: "previous", pygame.CONTROLLER_BUTTON_RIGHTSHOULDER: "next",
    pygame.CONTROLLER_BUTTON_DPAD_LEFT: "left", pygame.CONTROLLER_BUTTON_DPAD_RIGHT: "right",
    pygame.CONTROLLER_BUTTON_DPAD_UP: "up", pygame.CONTROLLER_BUTTON_DPAD_DOWN: "down",
}  # fmt: skip
_JOYSTICK_BUTTONS = {0: "a", 1: "b", 2: "x", 3: "y", 4: "previous", 5: "next", 7: "start"}
_DIRECTIONS = {"left": Vector2(-1, 0), "right": Vector2(1, 0), "up": Vector2(0, -1), "down": Vector2(0, 1)}
_JOYSTICK_EVENTS = frozenset(
    {pygame.JOYAXISMOTION, pygame.JOYHATMOTION, pygame.JOYBUTTONDOWN, pygame.JOYBUTTONUP, pygame.JOYBALLMOTION}
)


class Pads:
    """All controllers together: whichever the player takes steers the moth."""

    def __init__(self) -> None:
        self._open: dict[int, Any] = {}
        self._mapped: set[int] = set()
        self._stick = Vector2()
        self._hat = Vector2()
        self._held: set[str] = set()
        pygame.joystick.init()
        controller.init()

    @property
    def is_dashing(self) -> bool:
        """Whether the button for a dash is held."""
        return "a" in self._held

    def steering(self) -> Vector2:
        """Return the direction that the player wants, at most 1 long."""
        held = sum((_DIRECTIONS[name] for name in self._held & _DIRECTIONS.keys()), Vector2())
        stick = self._stick if self._stick.length() > _DEAD else Vector2()
        steering = stick + held + self._hat
        return steering.normalize() if steering.length() > 1 else steering

    def handle(self, event: pygame.Event) -> bool:
        """Follow what is plugged in and held; return whether nobody else needs the event."""
        match event.type:
            case pygame.JOYDEVICEADDED:
                self._add(event.device_index)
                return True
            case pygame.JOYDEVICEREMOVED:
                self._open.pop(event.instance_id, None)
                self._mapped.discard(event.instance_id)
                self._held.clear()
                self._stick, self._hat = Vector2(), Vector2()
                return True
        if event.type in _JOYSTICK_EVENTS and getattr(event, "instance_id", None) in self._mapped:
            return True  # SDL reports each button of a controller twice
        match event.type:
            case pygame.CONTROLLERAXISMOTION if event.axis in (0, 1):
                self._stick[event.axis] = event.value / 32767
            case pygame.JOYAXISMOTION if event.axis in (0, 1):
                self._stick[event.axis] = event.value
            case pygame.JOYHATMOTION:
                self._hat = Vector2(event.value[0], -event.value[1])
            case pygame.CONTROLLERBUTTONDOWN | pygame.JOYBUTTONDOWN:
                self._held.add(self.button(event))
            case pygame.CONTROLLERBUTTONUP | pygame.JOYBUTTONUP:
                self._held.discard(self.button(event))
        return False

    def button(self, event: pygame.Event) -> str:
        """Return the name of the button that an event is about, or nothing."""
        if event.type in (pygame.CONTROLLERBUTTONDOWN, pygame.CONTROLLERBUTTONUP):
            return _BUTTONS.get(event.button, "")
        if event.type in (pygame.JOYBUTTONDOWN, pygame.JOYBUTTONUP):
            return _JOYSTICK_BUTTONS.get(event.button, "")
        return ""

    def _add(self, index: int) -> None:
        try:
            joystick = pygame.joystick.Joystick(index)
            pad = controller.Controller(index) if controller.is_controller(index) else None
        except pygame.error:  # it was unplugged again
            return
        if pad is not None:
            self._mapped.add(joystick.get_instance_id())
        self._open[joystick.get_instance_id()] = joystick, pad
