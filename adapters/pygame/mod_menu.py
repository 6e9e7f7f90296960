"""An in-game screen that shows, toggles and reorders mods, by keyboard, mouse and controller.

This module holds what the player can do; `menu_painter` draws it. A game passes events and a surface::

    menu = vfsloader.pygame.ModMenu()
    ...
    for event in pygame.event.get():
        if event.type == pygame.KEYDOWN and event.key == pygame.K_m:
            menu.is_open = not menu.is_open
        elif not menu.handle(event):
            ...                          # the game's own events
    menu.draw(screen)
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import pygame
from vfsloader.pygame.menu_painter import MenuPainter, MenuState, Skin

from vfsloader.errors import ModOrderError, VFSError
from vfsloader.game.current import current
from vfsloader.game.manager import ResourceManager
from vfsloader.mods.conflicts import Standing
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.solve.plan import Plan

Device = Literal["keyboard", "mouse", "controller"]
Action = Literal["", "up", "down", "first", "last", "earlier", "later", "confirm", "yes", "back", "no"]
_KEYS: dict[int, Action] = {
    pygame.K_UP: "up", pygame.K_w: "up", pygame.K_DOWN: "down", pygame.K_s: "down", pygame.K_HOME: "first",
    pygame.K_END: "last", pygame.K_RETURN: "confirm", pygame.K_KP_ENTER: "confirm", pygame.K_SPACE: "confirm",
    pygame.K_y: "yes", pygame.K_n: "no", pygame.K_BACKSPACE: "no", pygame.K_ESCAPE: "back",
}  # fmt: skip
#: The up and down keys, with Shift or Ctrl held.
_REORDER: dict[Action, Action] = {"up": "earlier", "down": "later"}
_JOYSTICK: dict[int, Action] = {0: "confirm", 1: "back", 4: "earlier", 5: "later"}
_CONTROLLER: dict[int, Action] = {
    pygame.CONTROLLER_BUTTON_A: "confirm",
    pygame.CONTROLLER_BUTTON_B: "back",
    pygame.CONTROLLER_BUTTON_DPAD_UP: "up",
    pygame.CONTROLLER_BUTTON_DPAD_DOWN: "down",
    pygame.CONTROLLER_BUTTON_LEFTSHOULDER: "earlier",
    pygame.CONTROLLER_BUTTON_RIGHTSHOULDER: "later",
}
#: How far a stick is pushed before it counts, and how near to its centre it returns before it counts again.
_STICK_ON, _STICK_OFF = 0.6, 0.3


@dataclass(frozen=True)
class Question:
    """A change that the player must confirm."""

    plan: Plan
    text: str


class ModMenu:
    """A screen for the mods of a game.

    Parameters
    ----------
    manager
        The game; the current one if left out.
    skin
        Colours, font and words.
    on_change
        Called after each change that the player makes. The game's tree follows at its next ``update()``.

    Attributes
    ----------
    is_open
        Whether the menu is shown and handles events.

    Examples
    --------
    >>> import pygame, vfsloader, vfsloader.pygame
    >>> game = vfsloader.init("memory:")
    >>> menu = vfsloader.pygame.ModMenu()
    >>> menu.is_open = True
    >>> menu.handle(pygame.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0)), menu.is_open
    (True, False)
    """

    def __init__(
        self,
        manager: ResourceManager | None = None,
        *,
        skin: Skin | None = None,
        on_change: Callable[[], object] = lambda: None,
    ) -> None:
        self.is_open = False
        self.question: Question | None = None
        self.message = ""
        self.device: Device = "keyboard"
        self._manager = manager or current()
        self._mods = self._manager.mods
        self._painter = MenuPainter(skin or Skin())
        self._on_change = on_change
        self._chosen = 0
        self._dragged: str | None = None
        self._stick = 0
        self._last_state: MenuState | None = None
        self._cached_problems: tuple[tuple[int, str], list[Problem]] = ((-1, ""), [])
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vfsloader-menu")
        self._counting: tuple[int, Future[dict[str, Standing]]] | None = None

    def __repr__(self) -> str:
        return f"ModMenu({'open' if self.is_open else 'closed'}, {len(self._mods.available)} mods)"

    @property
    def chosen(self) -> Mod | None:
        """The mod that the cursor is on."""
        rows = self._mods.available
        chosen = max(0, min(self._chosen, self._count_rows() - 1))
        return rows[chosen] if chosen < len(rows) else None

    def _unreadable(self) -> list[Problem]:
        """Return the problems of mods that cannot be listed. Each has a row below the mods."""
        ids = {mod.id for mod in self._mods.available}
        return [problem for problem in self._mods.problems if problem.mod not in ids]

    def _count_rows(self) -> int:
        return len(self._mods.available) + len(self._unreadable())

    # --- actions of the player -----------------------------------------------------------------------

    def choose(self, mod: str) -> None:
        """Put the cursor on a mod."""
        self._chosen = [row.id for row in self._mods.available].index(mod)

    def step(self, by: int) -> None:
        """Move the cursor, from the last row to the first."""
        count = self._count_rows()
        self._chosen = (min(self._chosen, count - 1) + by) % count if count else 0

    def toggle(self) -> None:
        """Switch the mod under the cursor on or off; ask first if other mods must change with it."""
        mod = self.chosen
        if mod is None:
            return
        self.message = ""
        enabling = self._mods.is_disabled(mod.id)
        plan = self._mods.plan_enable(mod.id) if enabling else self._mods.plan_disable(mod.id)
        if not plan.is_possible:
            self.message = str(plan.problems[0])
        elif plan.others:
            names = ", ".join(self._mods[other].name for other in plan.others)
            verb, why = ("Enable", "which it needs") if enabling else ("Disable", "which need it")
            self.question = Question(plan, f"{verb} {mod.name}, and {names}, {why}?")
        else:
            self._apply(plan)

    def move(self, by: int) -> None:
        """Move the mod under the cursor up or down in the load order; show the rule that forbids it."""
        rows = self._mods.available
        mod = self.chosen
        if mod is None or not 0 <= (target := rows.index(mod) + by) < len(rows):
            return
        self._move_next_to(mod, rows[target], after=by > 0)

    def answer(self, yes: bool) -> None:
        """Answer the open question."""
        question, self.question = self.question, None
        if yes and question is not None:
            self._apply(question.plan)

    # --- events --------------------------------------------------------------------------------------

    def handle(self, event: pygame.Event) -> bool:
        """Handle an event; return whether it was for the menu.

        Parameters
        ----------
        event
            Any event of pygame. Key, mouse, joystick and controller events are for the menu.

        Notes
        -----
        If the mods folder cannot be read or written, the menu shows why as its message; nothing is raised.
        """
        if not self.is_open:
            return False
        try:
            return self._handle(event)
        except (VFSError, OSError, ValueError) as error:
            self.message = str(error)
            return True

    def _handle(self, event: pygame.Event) -> bool:
        match event.type:
            case pygame.KEYDOWN:
                self.device = "keyboard"
                action = _KEYS.get(event.key, "")
                reorder = event.mod & (pygame.KMOD_SHIFT | pygame.KMOD_CTRL)
                self._act(_REORDER.get(action, action) if reorder else action)
            case pygame.MOUSEBUTTONDOWN | pygame.MOUSEBUTTONUP | pygame.MOUSEMOTION | pygame.MOUSEWHEEL:
                self.device = "mouse"
                self._mouse(event)
            case pygame.JOYHATMOTION:
                self.device = "controller"
                self._act("up" if event.value[1] > 0 else "down" if event.value[1] < 0 else "")
            case pygame.JOYAXISMOTION if event.axis == 1:
                self._push_stick(event.value)
            case pygame.CONTROLLERAXISMOTION if event.axis == pygame.CONTROLLER_AXIS_LEFTY:
                self._push_stick(event.value / 32767)
            case pygame.JOYBUTTONDOWN:
                self.device = "controller"
                self._act(_JOYSTICK.get(event.button, ""))
            case pygame.CONTROLLERBUTTONDOWN:
                self.device = "controller"
                self._act(_CONTROLLER.get(event.button, ""))
            case _:
                return False
        return True

    def _act(self, action: Action) -> None:
        if self.question is not None:
            if action in ("confirm", "yes", "back", "no"):
                self.answer(yes=action in ("confirm", "yes"))
            return
        match action:
            case "up" | "down":
                self.step(-1 if action == "up" else 1)
            case "first" | "last":
                self._chosen = 0 if action == "first" else max(0, self._count_rows() - 1)
            case "earlier" | "later":
                self.move(-1 if action == "earlier" else 1)
            case "confirm":
                self.toggle()
            case "back":
                self.is_open = False

    def _push_stick(self, value: float) -> None:
        """Handle the position of a stick: one step each time it is pushed."""
        self.device = "controller"
        if abs(value) < _STICK_OFF:
            self._stick = 0
        elif abs(value) > _STICK_ON and not self._stick:
            self._stick = 1 if value > 0 else -1
            self._act("down" if value > 0 else "up")

    def _mouse(self, event: pygame.Event) -> None:
        if event.type == pygame.MOUSEWHEEL:
            self._painter.scroll(-event.y)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._click(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP and event.button == 1:
            self._dragged = None
        elif event.type == pygame.MOUSEMOTION and self._dragged is not None:
            self._drag(event.pos)

    def _click(self, at: tuple[int, int]) -> None:
        if self.question is not None:
            answer = self._painter.answer_at(at)
            if answer is not None:
                self.answer(answer)
            return
        if self._painter.is_close(at):
            self.is_open = False
            return
        row = self._painter.row_at(at)
        if row is not None and row < self._count_rows():
            self._chosen = row
            if row >= len(self._mods.available):
                return
            if self._painter.is_switch(at):
                self.toggle()
            else:
                self._dragged = self._mods.available[row].id

    def _drag(self, at: tuple[int, int]) -> None:
        """Move the dragged mod to the row under the mouse."""
        row = self._painter.row_at(at)
        rows = self._mods.available
        ids = [mod.id for mod in rows]
        if row is None or row >= len(rows) or self._dragged not in ids:
            return
        source = ids.index(self._dragged)
        if row != source:
            self._chosen = source
            self._move_next_to(rows[source], rows[row], after=row > source)

    # --- changes and drawing -------------------------------------------------------------------------

    def _move_next_to(self, mod: Mod, other: Mod, *, after: bool) -> None:
        self.message = ""
        try:
            self._mods.move(mod.id, **{"after" if after else "before": other.id})
        except (ModOrderError, OSError) as error:
            self.message = str(error)
            return
        self.choose(mod.id)
        self._on_change()

    def _apply(self, plan: Plan) -> None:
        try:
            self._mods.apply(plan)
        except OSError as error:  # the folder is read-only, or the disk is full
            self.message = str(error)
            return
        self.choose(plan.mod)
        self._on_change()

    def draw(self, target: pygame.Surface) -> None:
        """Draw the menu over the whole of a surface; draw nothing while it is closed."""
        if not self.is_open:
            return
        try:
            self._last_state = self._state()
        except (VFSError, OSError, ValueError) as error:  # the mods cannot be read: show what was known last
            self.message = str(error)
        if self._last_state is not None:
            self._painter.paint(target, self._last_state)

    def _state(self) -> MenuState:
        rows = self._mods.available
        self._chosen = max(0, min(self._chosen, self._count_rows() - 1))
        return MenuState(
            mods=rows,
            unreadable=self._unreadable(),
            enabled={mod.id for mod in self._mods.enabled},
            disabled={mod.id for mod in rows if self._mods.is_disabled(mod.id)},
            chosen=self._chosen,
            problems=self._mods.problems,
            chosen_problems=self._chosen_problems(),
            standing=self._standing(),
            message=self.message,
            question=None if self.question is None else self.question.text,
            profile=self._mods.profile,
            device=self.device,
        )

    def _chosen_problems(self) -> list[Problem]:
        """Return what keeps the mod under the cursor from loading, or would if it were switched on."""
        mod = self.chosen
        if mod is None:
            return []
        if (self._mods.revision, mod.id) != self._cached_problems[0]:
            problems = [problem for problem in self._mods.problems if mod.id in (problem.mod, *problem.chain)]
            if self._mods.is_disabled(mod.id):
                would_be = self._mods.plan_enable(mod.id).problems
                problems += [problem for problem in would_be if problem not in problems]
            self._cached_problems = (self._mods.revision, mod.id), problems
        return self._cached_problems[1]

    def _standing(self) -> Standing | Literal["counting"] | None:
        """Return what the mod under the cursor wins and loses. A thread counts it, as trees can be large."""
        mod = self.chosen
        if mod is None:
            return None
        if self._counting is None or self._counting[0] != self._mods.revision:
            self._counting = self._mods.revision, self._thread.submit(self._count)
        future = self._counting[1]
        return future.result().get(mod.id) if future.done() else "counting"

    def _count(self) -> dict[str, Standing]:
        try:
            return self._mods.standings()
        except (OSError, ValueError):  # a mod vanished while it was read: the next change counts again
            return {}
