"""An in-game screen that shows, toggles and reorders mods, by keyboard, mouse, touch and controller.

This module is what a game uses; the package `menu` has the parts. A game passes events and a surface::

    menu = vfsloader.pygame.ModMenu()
    ...
    for event in pygame.event.get():
        if event.type == pygame.KEYDOWN and event.key == pygame.K_m and not menu.is_typing:
            menu.is_open = not menu.is_open
        elif not menu.handle(event):
            ...                          # the game's own events
    menu.draw(screen)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pygame
from vfsloader.pygame.events import RESOURCE_CHANGED
from vfsloader.pygame.menu.actions import Actions
from vfsloader.pygame.menu.choices import Choices
from vfsloader.pygame.menu.controls import Controllers, key_action
from vfsloader.pygame.menu.pointer import Pointer
from vfsloader.pygame.menu.session import Session
from vfsloader.pygame.menu.skin import Skin
from vfsloader.pygame.menu.view import Device, Question, View

from vfsloader import paths
from vfsloader.errors import VFSError
from vfsloader.game.current import current
from vfsloader.game.manager import ResourceManager
from vfsloader.mods.metadata.mod import Mod
from vfsloader.quoting import message as as_message
from vfsloader.runtime.logs import logger

_LOG = logger("vfsloader.pygame")
#: Errors that have a sentence for the player; others are faults of ours or of the game, and are logged.
_EXPECTED = (VFSError, OSError, ValueError)
_MOUSE = frozenset({pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION, pygame.MOUSEWHEEL})
_FINGERS = frozenset({pygame.FINGERDOWN, pygame.FINGERUP, pygame.FINGERMOTION})


class ModMenu:
    """A screen for the mods of a game.

    Parameters
    ----------
    manager
        The game; the current one if left out.
    skin
        Colours, font, language and words.
    on_change
        Called after each change that the player makes. The game's tree follows at its next ``update()``.

    Attributes
    ----------
    is_open
        Whether the menu is shown and handles events.
    is_typing
        Whether the player types into a text field of the menu.

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
        self._session = Session(manager or current(), skin or Skin(), on_change)
        self._choices = Choices(self._session)
        self._actions = Actions(self._session, self._choices)
        self._pointer = Pointer(self._session, self._choices)
        self._controllers = Controllers()
        self._stamp: tuple[object, ...] | None = None
        self._view = View()
        self._swallows = False

    @property
    def is_open(self) -> bool:
        """Whether the menu is shown and handles events."""
        return self._session.is_open

    @is_open.setter
    def is_open(self, is_open: bool) -> None:
        if is_open and not self._session.is_open:
            self._session.painter.forget_fonts()  # they may have changed while the menu was closed
        is_opening = is_open and not self._session.is_open
        self._session.is_open = is_open
        if is_opening:
            self._choices.sets.open_pending()
        if not is_open:
            self._put_away()

    def __repr__(self) -> str:
        return f"ModMenu({'open' if self.is_open else 'closed'}, {len(self._session.mods.available)} mods)"

    @property
    def chosen(self) -> Mod | None:
        """The mod that the cursor is on."""
        return self._session.chosen

    @property
    def question(self) -> Question | None:
        """The change that the player is asked to confirm."""
        return self._session.question

    @property
    def message(self) -> str:
        """What went wrong last, in a sentence."""
        return self._session.message

    @property
    def device(self) -> Device:
        """What the player used last."""
        return self._session.device

    # --- actions of the player -----------------------------------------------------------------------

    def choose(self, mod: str) -> None:
        """Put the cursor on a mod.

        Raises
        ------
        ValueError
            There is no such mod.
        """
        self._session.changes += 1
        self._session.choose(mod)

    def step(self, by: int) -> None:
        """Move the cursor, from the last row to the first."""
        self._session.changes += 1
        self._session.step(by)

    def toggle(self) -> None:
        """Switch the mod under the cursor on or off; ask first if other mods must change with it."""
        self._session.changes += 1
        self._session.toggle()

    def move(self, by: int) -> None:
        """Move the mod under the cursor up or down in the load order; show the rule that forbids it."""
        self._session.changes += 1
        self._session.move(by)

    def answer(self, yes: bool) -> None:
        """Answer the open question."""
        self._session.changes += 1
        self._session.answer(yes=yes)

    # --- events --------------------------------------------------------------------------------------

    def handle(self, event: pygame.Event) -> bool:
        """Handle an event; return whether it was for the menu.

        Parameters
        ----------
        event
            Any event of pygame. Events of keys, the mouse, fingers, joysticks and controllers are for the menu.

        Notes
        -----
        Nothing is raised. If the mods folder cannot be read or written, the menu shows why as its message.
        """
        session = self._session
        if not session.is_open:
            return False
        session.changes += 1
        try:
            is_ours = self._handle(event)
        except Exception as error:  # a menu must never end the game
            self._report(error)
            is_ours = True
        if not session.is_open:
            self._put_away()
        return is_ours

    def _handle(self, event: pygame.Event) -> bool:
        session = self._session
        if event.type == pygame.KEYDOWN:
            session.device = "keyboard"
            action = key_action(event, is_typing=self.is_typing)
            self._actions.act(action)
            # The letter that opened a text field arrives as text, too.
            self._swallows = action == "search" and event.key == pygame.K_SLASH
        elif event.type == pygame.TEXTINPUT:
            if self.is_typing and not self._swallows:
                self._type(event.text)
            self._swallows = False
            return self.is_typing
        elif event.type in _MOUSE:
            if not getattr(event, "touch", False):
                session.device = "mouse"
            self._pointer.mouse(event)
        elif event.type in _FINGERS:
            session.device = "touch"
            self._pointer.finger(event)
        elif event.type == RESOURCE_CHANGED:
            if session.skin.font is not None and event.path == paths.normalise(session.skin.font):
                session.painter.forget_fonts()
            return False
        else:
            action_of = self._controllers.action(event)
            if action_of is None:
                return False
            session.device = "controller"
            session.hover = None
            self._actions.act(action_of)
        return True

    @property
    def is_typing(self) -> bool:
        """Whether the player types into a text field, so that letters must not open or close the menu."""
        session = self._session
        if session.sheet is not None:
            return session.sheet.text is not None
        return session.is_searching and session.question is None

    def _type(self, text: str) -> None:
        session = self._session
        text = "".join(char for char in text if char.isprintable())
        if session.sheet is not None and session.sheet.text is not None:
            session.sheet = replace(session.sheet, text=(session.sheet.text + text)[: session.sheet.most])
        else:
            session.set_search(session.search + text)

    # --- drawing -------------------------------------------------------------------------------------

    def draw(self, target: pygame.Surface) -> None:
        """Draw the menu over the whole of a surface; draw nothing while it is closed.

        Parameters
        ----------
        target
            Usually the display. Positions of the mouse are positions on it.
        """
        session = self._session
        try:
            session.get.poll()
            session.work.poll()  # what is fetched goes on while the menu is closed
        except Exception as error:
            self._report(error)
        if not session.is_open:
            return
        try:
            self._draw(target)
        except Exception as error:  # the mods cannot be read, for example: show what was known last
            self._report(error)

    def _draw(self, target: pygame.Surface) -> None:
        session = self._session
        if repeated := self._controllers.repeated():
            session.changes += 1
            self._actions.act(repeated)
        session.resize(target.get_size())
        if session.icons.is_loading:
            session.icons.collect()
        is_known = True
        try:
            session.overview.refresh(poll=True)
            self._choices.update_tools()
        except _EXPECTED as error:  # the mods cannot be read: show what was known last, and why
            self._report(error)
            is_known = False
        stamp = session.stamp()
        if stamp == self._stamp:
            session.painter.repeat(target, session.layout)
        else:
            self._view = session.view() if is_known else replace(self._view, message=session.message)
            session.painter.paint(target, self._view, session.layout)
            self._stamp = stamp
        if session.work.working is not None:
            session.painter.draw_progress(target, self._view, session.layout, session.work.working)

    def _report(self, error: Exception) -> None:
        if not isinstance(error, _EXPECTED):
            _LOG.exception("the mod menu failed", exc_info=error)
        self._session.message = as_message(str(error) or type(error).__name__)

    def _put_away(self) -> None:
        """Forget what was open and held."""
        session = self._session
        session.question, session.sheet, session.dragged, session.hover = None, None, None, None
        session.is_searching, session.page, session.message = False, "list", ""
        self._pointer.release()
        self._controllers.release()
        self._stamp = None
