"""What the menu shows at one moment, and what a point of it means to a player who clicks there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from vfsloader.pygame.menu.conflicts import Conflict
from vfsloader.pygame.menu.get_page import GetView
from vfsloader.pygame.menu.join_page import JoinView
from vfsloader.pygame.menu.rows import Row
from vfsloader.pygame.menu.work import Working

from vfsloader.mods.messages import Problem

#: Characters of a search or of a profile's name.
MAX_TYPED = 60

Page = Literal["list", "conflicts", "get", "join"]
Device = Literal["keyboard", "mouse", "touch", "controller"]
Place = Literal[
    "row", "switch", "grip", "list", "bar", "details", "conflicts", "page", "file", "back", "close", "search", "clear",
    "tool", "item", "answer", "sheet", "offer", "act", "offers", "offered", "cancel",
]  # fmt: skip


class Hit(NamedTuple):
    """A part of the menu that reacts to a click."""

    place: Place
    number: int = 0
    """Of rows, buttons and answers: which one."""


@dataclass(frozen=True)
class Item:
    """A line of a sheet."""

    label: str
    run: Callable[[], object]
    is_marked: bool = False
    reads_text: bool = False
    """Whether it needs the sheet's text, so that the sheet stays open until it has run."""


@dataclass(frozen=True)
class Sheet:
    """A list of choices over the menu."""

    title: str
    items: tuple[Item, ...]
    text: str | None = None
    """The content of its text field, if it has one."""
    note: str = ""
    """A paragraph below the title."""
    most: int = MAX_TYPED
    """Characters of the text field."""


@dataclass(frozen=True)
class Question:
    """A change that the player must confirm."""

    text: str
    run: Callable[[], object] = field(compare=False)


@dataclass(frozen=True)
class Tool:
    """A button above the list."""

    label: str
    run: Callable[[], object] = field(compare=False)


@dataclass(frozen=True)
class Details:
    """What is shown of the row under the cursor."""

    row: Row
    problems: tuple[Problem, ...] = ()
    conflicts: tuple[Conflict, ...] | None = ()
    """None while they are being counted."""


@dataclass(frozen=True)
class View:
    """Everything that the menu shows."""

    rows: tuple[Row, ...] = ()
    total: int = 0
    """How many mods there are without a search."""
    loading: int = 0
    """How many of them load."""
    attention: int = 0
    """How many have something wrong with them."""
    chosen: int = 0
    scroll: int = 0
    """How far the list is scrolled, in pixels of the target."""
    details: Details | None = None
    details_scroll: int = 0
    page: Page = "list"
    get: GetView | None = None
    """What the page with the mods of the sources shows, while it is open."""
    join: JoinView | None = None
    """What the page with the hosts shows, while it is open."""
    working: Working | None = None
    notice: str = ""
    """What was done last."""
    page_scroll: int = 0
    page_chosen: int = 0
    """Which of the files on the page is marked."""
    search: str = ""
    is_searching: bool = False
    """Whether the search field has the keyboard."""
    profile: str = ""
    tools: tuple[Tool, ...] = ()
    message: str = ""
    question: Question | None = None
    answer: bool = True
    """Which answer to the question is marked."""
    sheet: Sheet | None = None
    sheet_chosen: int = 0
    device: Device = "keyboard"
    hover: Hit | None = None
    dragged: str | None = None
    version: int = 0
    """Grows when pictures have arrived, or fonts have changed."""
