"""An in-game screen for mods: see, toggle and reorder them, by keyboard, mouse and controller.

What can be done to the mods stands here; how it looks, in `menu_painter`. A game gives it events and a surface::

    menu = vfsloader.pygame.ModMenu()
    ...
    for event in pygame.event.get():
        if event.type == pygame.KEYDOWN and event.key == pygame.K_m:
            menu.is_open = not menu.is_open
        elif not menu.handle(event):
            ...                          # the game's own
    menu.draw(screen)
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import pygame
from vfsloader.pygame.menu_painter import MenuPainter, Skin, View

from vfsloader.errors import ModOrderError
from vfsloader.game.current import current
from vfsloader.game.manager import ResourceManager
from vfsloader.mods.conflicts import Standing, standings
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.discovery import Mod
from vfsloader.mods.solve.plan import Plan

Device = Literal["keyboard", "mouse", "controller"]
_UP, _DOWN = (pygame.K_UP, pygame.K_w), (pygame.K_DOWN, pygame.K_s)
_TOGGLE = (pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_SPACE)
#: How far a stick is pushed before it counts, and how near to its middle before it counts again.
_STICK_ON, _STICK_OFF = 0.6, 0.3


@dataclass(frozen=True)
class Question:
    """Something that is asked before it is done."""

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
        Called after each change of the player's choice. The game's tree follows at its next ``update()``.

    Attributes
    ----------
    is_open
        Whether it is shown and takes events.

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
        self._told: tuple[tuple[int, str], list[Problem]] = ((-1, ""), [])
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vfsloader-menu")
        self._counted: tuple[int, Future[dict[str, Standing]]] | None = None

    @property
    def chosen(self) -> Mod | None:
        """The mod that the cursor is on."""
        rows = self._mods.available
        return rows[min(self._chosen, len(rows) - 1)] if rows else None

    # --- what a player can do ------------------------------------------------------------------------

    def choose(self, mod: str) -> None:
        """Put the cursor on a mod."""
        self._chosen = [row.id for row in self._mods.available].index(mod)

    def step(self, by: int) -> None:
        """Move the cursor, from the last row to the first."""
        count = len(self._mods.available)
        self._chosen = (min(self._chosen, count - 1) + by) % count if count else 0

    def toggle(self) -> None:
        """Switch the mod under the cursor on or off; ask first where that takes others along."""
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
        """Move the mod under the cursor up or down in the load order; say which rule forbids it."""
        rows = self._mods.available
        mod = self.chosen
        if mod is None or not 0 <= (at := rows.index(mod) + by) < len(rows):
            return
        self._place(mod, rows[at], after=by > 0)

    def answer(self, yes: bool) -> None:
        """Answer the question that is asked."""
        question, self.question = self.question, None
        if yes and question is not None:
            self._apply(question.plan)

    # --- events --------------------------------------------------------------------------------------

    def handle(self, event: pygame.Event) -> bool:
        """Take an event; tell whether it was the menu's.

        Parameters
        ----------
        event
            Any of pygame's: keys, mouse, joystick and controller are understood.
        """
        if not self.is_open:
            return False
        match event.type:
            case pygame.KEYDOWN:
                self.device = "keyboard"
                self._key(event.key, bool(event.mod & (pygame.KMOD_SHIFT | pygame.KMOD_CTRL)))
            case pygame.MOUSEBUTTONDOWN | pygame.MOUSEBUTTONUP | pygame.MOUSEMOTION | pygame.MOUSEWHEEL:
                self.device = "mouse"
                self._mouse(event)
            case pygame.JOYHATMOTION:
                self.device = "controller"
                self._button("up" if event.value[1] > 0 else "down" if event.value[1] < 0 else "")
            case pygame.JOYAXISMOTION if event.axis == 1:
                self._push(event.value)
            case pygame.CONTROLLERAXISMOTION if event.axis == pygame.CONTROLLER_AXIS_LEFTY:
                self._push(event.value / 32767)
            case pygame.JOYBUTTONDOWN:
                self.device = "controller"
                self._button({0: "a", 1: "b", 4: "left", 5: "right"}.get(event.button, ""))
            case pygame.CONTROLLERBUTTONDOWN:
                self.device = "controller"
                self._button(_CONTROLLER.get(event.button, ""))
            case _:
                return False
        return True

    def _key(self, key: int, moves: bool) -> None:
        if self.question is not None:
            if key in (*_TOGGLE, pygame.K_y):
                self.answer(yes=True)
            elif key in (pygame.K_ESCAPE, pygame.K_n, pygame.K_BACKSPACE):
                self.answer(yes=False)
        elif key == pygame.K_ESCAPE:
            self.is_open = False
        elif key in _TOGGLE:
            self.toggle()
        elif key in _UP or key in _DOWN:
            by = -1 if key in _UP else 1
            self.move(by) if moves else self.step(by)
        elif key in (pygame.K_HOME, pygame.K_END):
            self._chosen = 0 if key == pygame.K_HOME else max(0, len(self._mods.available) - 1)

    def _button(self, button: str) -> None:
        if self.question is not None:
            if button in ("a", "b"):
                self.answer(yes=button == "a")
        elif button == "a":
            self.toggle()
        elif button == "b":
            self.is_open = False
        elif button in ("up", "down"):
            self.step(-1 if button == "up" else 1)
        elif button in ("left", "right"):  # the shoulders
            self.move(-1 if button == "left" else 1)

    def _push(self, value: float) -> None:
        """Take a stick's place: one step each time it is pushed."""
        self.device = "controller"
        if abs(value) < _STICK_OFF:
            self._stick = 0
        elif abs(value) > _STICK_ON and not self._stick:
            self._stick = 1 if value > 0 else -1
            self._button("down" if value > 0 else "up")

    def _mouse(self, event: pygame.Event) -> None:
        if event.type == pygame.MOUSEWHEEL:
            self._painter.scroll(-event.y)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._press(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP and event.button == 1:
            self._dragged = None
        elif event.type == pygame.MOUSEMOTION and self._dragged is not None:
            self._drag(event.pos)

    def _press(self, at: tuple[int, int]) -> None:
        if self.question is not None:
            answer = self._painter.answer_at(at)
            if answer is not None:
                self.answer(answer)
            return
        row = self._painter.row_at(at)
        if row is not None and row < len(self._mods.available):
            self._chosen = row
            if self._painter.is_switch(at):
                self.toggle()
            else:
                self._dragged = self._mods.available[row].id

    def _drag(self, at: tuple[int, int]) -> None:
        """Move the mod that is held to the row that the mouse is on."""
        row = self._painter.row_at(at)
        rows = self._mods.available
        ids = [mod.id for mod in rows]
        if row is None or row >= len(rows) or self._dragged not in ids:
            return
        here = ids.index(self._dragged)
        if row != here:
            self._chosen = here
            self._place(rows[here], rows[row], after=row > here)

    # --- what comes of it ----------------------------------------------------------------------------

    def _place(self, mod: Mod, other: Mod, *, after: bool) -> None:
        self.message = ""
        try:
            if after:
                self._mods.move(mod.id, after=other.id)
            else:
                self._mods.move(mod.id, before=other.id)
        except ModOrderError as error:
            self.message = str(error)
            return
        self.choose(mod.id)
        self._on_change()

    def _apply(self, plan: Plan) -> None:
        self._mods.apply(plan)
        self.choose(plan.mod)
        self._on_change()

    def draw(self, target: pygame.Surface) -> None:
        """Draw the menu over a surface, as large as that; nothing while it is closed."""
        if not self.is_open:
            return
        rows = self._mods.available
        self._chosen = max(0, min(self._chosen, len(rows) - 1))
        view = View(
            mods=rows,
            enabled={mod.id for mod in self._mods.enabled},
            disabled={mod.id for mod in rows if self._mods.is_disabled(mod.id)},
            chosen=self._chosen,
            problems=self._mods.problems,
            about=self._about(),
            standing=self._standing(),
            message=self.message,
            question=None if self.question is None else self.question.text,
            profile=self._mods.profile,
            device=self.device,
        )
        self._painter.paint(target, view)

    def _about(self) -> list[Problem]:
        """Tell what keeps the mod under the cursor from loading, or would if it were switched on."""
        mod = self.chosen
        if mod is None:
            return []
        if (self._mods.revision, mod.id) != self._told[0]:
            about = [one for one in self._mods.problems if mod.id in (one.mod, *one.chain)]
            if self._mods.is_disabled(mod.id):
                about += [one for one in self._mods.plan_enable(mod.id).problems if one not in about]
            self._told = (self._mods.revision, mod.id), about
        return self._told[1]

    def _standing(self) -> Standing | Literal["counting"] | None:
        """Tell what the mod under the cursor wins and loses: counted on a thread, as trees can be large."""
        mod = self.chosen
        if mod is None:
            return None
        if self._counted is None or self._counted[0] != self._mods.revision:
            self._counted = self._mods.revision, self._thread.submit(self._count)
        counted = self._counted[1]
        return counted.result().get(mod.id) if counted.done() else "counting"

    def _count(self) -> dict[str, Standing]:
        try:
            return standings(self._mods.find_overrides())
        except (OSError, ValueError):  # a mod went while it was read: the next change counts anew
            return {}


_CONTROLLER = {
    pygame.CONTROLLER_BUTTON_A: "a",
    pygame.CONTROLLER_BUTTON_B: "b",
    pygame.CONTROLLER_BUTTON_DPAD_UP: "up",
    pygame.CONTROLLER_BUTTON_DPAD_DOWN: "down",
    pygame.CONTROLLER_BUTTON_LEFTSHOULDER: "left",
    pygame.CONTROLLER_BUTTON_RIGHTSHOULDER: "right",
}
