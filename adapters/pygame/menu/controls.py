"""Keys, buttons and sticks, and what they ask the menu to do."""

from __future__ import annotations

from typing import Literal

import pygame

Action = Literal[
    "", "up", "down", "page up", "page down", "first", "last", "left", "right", "earlier", "later", "confirm", "yes",
    "back", "no", "search", "more", "erase", "paste",
]  # fmt: skip
_KEYS: dict[int, Action] = {
    pygame.K_UP: "up", pygame.K_w: "up", pygame.K_DOWN: "down", pygame.K_s: "down", pygame.K_HOME: "first",
    pygame.K_END: "last", pygame.K_PAGEUP: "page up", pygame.K_PAGEDOWN: "page down", pygame.K_LEFT: "left",
    pygame.K_RIGHT: "right", pygame.K_RETURN: "confirm", pygame.K_KP_ENTER: "confirm", pygame.K_SPACE: "confirm",
    pygame.K_y: "yes", pygame.K_n: "no", pygame.K_BACKSPACE: "no", pygame.K_ESCAPE: "back", pygame.K_TAB: "more",
    pygame.K_SLASH: "search", pygame.K_F3: "search",
}  # fmt: skip
#: While text is typed, letters are letters.
_KEYS_IN_TEXT: dict[int, Action] = {
    key: action for key, action in _KEYS.items() if key > 127 or key in (pygame.K_RETURN, pygame.K_ESCAPE)
} | {pygame.K_BACKSPACE: "erase", pygame.K_TAB: "confirm"}
#: Held with V, they paste: Ctrl, and Cmd on a Mac.
_COMMAND = pygame.KMOD_CTRL | pygame.KMOD_META
#: The up and down keys, with Shift or Ctrl held.
_REORDER: dict[Action, Action] = {"up": "earlier", "down": "later"}
_JOYSTICK: dict[int, Action] = {0: "confirm", 1: "back", 2: "right", 3: "more", 4: "earlier", 5: "later"}
_CONTROLLER: dict[int, Action] = {
    pygame.CONTROLLER_BUTTON_A: "confirm",
    pygame.CONTROLLER_BUTTON_B: "back",
    pygame.CONTROLLER_BUTTON_X: "right",
    pygame.CONTROLLER_BUTTON_Y: "more",
    pygame.CONTROLLER_BUTTON_DPAD_UP: "up",
    pygame.CONTROLLER_BUTTON_DPAD_DOWN: "down",
    pygame.CONTROLLER_BUTTON_DPAD_LEFT: "left",
    pygame.CONTROLLER_BUTTON_DPAD_RIGHT: "right",
    pygame.CONTROLLER_BUTTON_LEFTSHOULDER: "earlier",
    pygame.CONTROLLER_BUTTON_RIGHTSHOULDER: "later",
}
#: How far a stick is pushed before it counts, and how near to its centre it returns before it counts again.
_STICK_ON, _STICK_OFF = 0.6, 0.3
#: What is held is repeated after a while, and then quickly.
_FIRST_REPEAT_MS, _NEXT_REPEAT_MS = 400, 80
_REPEATED = frozenset({"up", "down", "earlier", "later"})


def key_action(event: pygame.Event, *, is_typing: bool) -> Action:
    """Return what a key asks for."""
    held = getattr(event, "mod", 0)
    with_control = held & pygame.KMOD_CTRL
    if event.key == pygame.K_f and with_control:
        return "search"
    if is_typing and ((event.key == pygame.K_v and held & _COMMAND) or _is_shift_insert(event.key, held)):
        return "paste"
    action = (_KEYS_IN_TEXT if is_typing else _KEYS).get(event.key, "")
    if held & pygame.KMOD_SHIFT or with_control:
        return _REORDER.get(action, action)
    return action


def _is_shift_insert(key: int, held: int) -> bool:
    return key == pygame.K_INSERT and bool(held & pygame.KMOD_SHIFT)


class Controllers:
    """Joysticks and controllers: what their buttons and sticks ask for, and what is held."""

    def __init__(self) -> None:
        self._stick = 0
        self._held: Action = ""
        self._repeat_at = 0

    def action(self, event: pygame.Event) -> Action | None:
        """Return what an event asks for; None if it is not one of a controller's that the menu uses."""
        match event.type:
            case pygame.JOYHATMOTION:
                x, y = event.value
                return self._hold("up" if y > 0 else "down" if y < 0 else "left" if x < 0 else "right" if x > 0 else "")
            case pygame.JOYAXISMOTION if event.axis == 1:
                return self._push_stick(event.value)
            case pygame.CONTROLLERAXISMOTION if event.axis == pygame.CONTROLLER_AXIS_LEFTY:
                return self._push_stick(event.value / 32767)
            case pygame.JOYBUTTONDOWN:
                return self._hold(_JOYSTICK.get(event.button, ""))
            case pygame.CONTROLLERBUTTONDOWN:
                return self._hold(_CONTROLLER.get(event.button, ""))
            case pygame.JOYBUTTONUP | pygame.CONTROLLERBUTTONUP:
                self._held = ""
        return None

    def repeated(self) -> Action:
        """Return what is held and due again."""
        if not self._held or pygame.time.get_ticks() < self._repeat_at:
            return ""
        self._repeat_at = pygame.time.get_ticks() + _NEXT_REPEAT_MS
        return self._held

    def release(self) -> None:
        """Forget what is held: the menu was closed."""
        self._held, self._stick = "", 0

    def _hold(self, action: Action) -> Action:
        self._held = action if action in _REPEATED else ""
        self._repeat_at = pygame.time.get_ticks() + _FIRST_REPEAT_MS
        return action

    def _push_stick(self, value: float) -> Action:
        """Handle the position of a stick: one step each time it is pushed."""
        if abs(value) < _STICK_OFF:
            if self._stick:
                self._held = ""
            self._stick = 0
        elif abs(value) > _STICK_ON and not self._stick:
            self._stick = 1 if value > 0 else -1
            return self._hold("down" if value > 0 else "up")
        return ""
