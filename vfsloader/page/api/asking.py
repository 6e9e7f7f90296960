"""What an answer is made of: the session, the arguments of the request, and errors that the page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vfsloader import paths
from vfsloader.errors import VFSError
from vfsloader.page.session import Session
from vfsloader.quoting import plain


class BadRequestError(VFSError, ValueError):
    """The request itself is wrong: not the page's fault alone, but nothing that a player can repair."""


@dataclass(frozen=True)
class Ask:
    """A request.

    Attributes
    ----------
    query
        What follows ``?`` in the address, or the fields of the JSON body.
    """

    session: Session
    query: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str, default: str | None = None, most: int = 4096) -> str:
        """Return a text.

        Raises
        ------
        BadRequestError
            It is missing, too long, or not a text.
        """
        value = self.query.get(name, default)
        if not isinstance(value, str) or len(value) > most:
            raise BadRequestError(f"the request has no usable {name}")
        return value

    def path(self, name: str = "path") -> str:
        """Return a normalised path of the game's tree."""
        return paths.normalise(self.text(name, most=paths.MAX_PATH_BYTES))

    def number(self, name: str, default: int = 0, most: int = 1 << 31) -> int:
        """Return a whole number that is not negative."""
        value = self.query.get(name, default)
        try:
            number = int(value) if isinstance(value, (str, int)) and len(str(value)) < 20 else -1
        except ValueError:
            number = -1
        if not 0 <= number <= most:
            raise BadRequestError(f"{name} must be a whole number, and at most {most}")
        return number

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value."""
        value = self.query.get(name, default)
        return value is True or value in ("1", "true")


#: Answers a request with anything that JSON can hold, or with a response.
Answer = Callable[[Ask], Any]


def short(text: object, most: int = 300) -> str:
    """Return an untrusted text as it is sent: on one line, without control characters, shortened."""
    return plain(str(text), most)
