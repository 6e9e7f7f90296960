"""A list of the menu with a cursor, which stays on its row when the list changes, and is scrolled to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from vfsloader.pygame.menu.session import Session


class HasId(Protocol):
    """A row."""

    @property
    def id(self) -> str:
        """What no other row has."""
        ...


R = TypeVar("R", bound=HasId)


class ScrolledList(ABC, Generic[R]):
    """The cursor of a list and how far it is scrolled."""

    #: Which of the menu's scroll positions belong to the list, and to what is shown of the row under the cursor.
    part: ClassVar[str]
    beside: ClassVar[str]

    def __init__(self) -> None:
        self._cursor, self._index = "", 0

    @property
    @abstractmethod
    def rows(self) -> Sequence[R]:
        """The rows that match the search."""

    @property
    @abstractmethod
    def menu(self) -> Session:
        """The menu."""

    @property
    def index(self) -> int:
        """The index of the row under the cursor. The cursor stays on its row when the list changes."""
        rows = self.rows
        if not (self._index < len(rows) and rows[self._index].id == self._cursor):
            found = (index for index, row in enumerate(rows) if row.id == self._cursor)
            self._index = next(found, max(0, min(self._index, len(rows) - 1)))
            self._cursor = rows[self._index].id if rows else self._cursor
        return self._index

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        rows = self.rows
        return rows[self.index] if rows else None

    def put_cursor(self, index: int, *, follow: bool = True) -> None:
        """Put the cursor on a row, and scroll to it."""
        rows = self.rows
        if not rows:
            return
        self._index = max(0, min(index, len(rows) - 1))
        if rows[self._index].id != self._cursor:
            self.menu.scrolls[self.beside] = 0
        self._cursor = rows[self._index].id
        if follow:
            self.follow()

    def put_on_first(self) -> None:
        """Put the cursor on the first row of a list that is about to change."""
        self._index, self._cursor = 0, ""

    def step(self, by: int) -> None:
        """Move the cursor, from the last row to the first."""
        if self.rows:
            self.put_cursor((self.index + by) % len(self.rows))

    def follow(self) -> None:
        """Scroll until the cursor can be seen."""
        layout, scrolls = self.menu.layout, self.menu.scrolls
        top = self.index * layout.row
        scrolls[self.part] = max(min(scrolls[self.part], top), top + layout.row - layout.list.h, 0)

    @property
    def most_scrolled(self) -> int:
        """How far the list can be scrolled."""
        layout = self.menu.layout
        return max(0, len(self.rows) * layout.row - layout.list.h)


class SidePage(ScrolledList[R]):
    """A page whose rows have a button each."""

    #: What its search field contains, if it has one.
    search = ""

    @property
    @abstractmethod
    def wants_address(self) -> bool:
        """Whether the player types an address before anything else can be done here."""

    @abstractmethod
    def act(self) -> None:
        """Do what the button of the row under the cursor says."""

    def set_search(self, text: str) -> None:
        """Search for a text."""
