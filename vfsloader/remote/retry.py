"""Asking again: a server that is out of breath gets a little time, one that says no is not asked twice."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from vfsloader.errors import RemoteError

T = TypeVar("T")


class Again(Exception):  # noqa: N818 - no error of the caller's
    """The request failed in a way that may pass."""


@dataclass(frozen=True)
class Retry:
    """How often a request is made again, and for how long.

    Parameters
    ----------
    attempts
        At most.
    deadline
        Seconds after which no further attempt begins.
    pause
        Seconds before the second attempt; twice that before each further one, and a random part less.
    """

    attempts: int = 6
    deadline: float = 30.0
    pause: float = 0.05
    cancelled: threading.Event = field(default_factory=threading.Event)

    def run(self, what: str, request: Callable[[], T]) -> T:
        """Make a request until it succeeds.

        Raises
        ------
        RemoteError
            It did not, as often and as long as it may; or it was cancelled.
        """
        until = time.monotonic() + self.deadline
        for attempt in range(1, self.attempts + 1):
            if self.cancelled.is_set():
                raise RemoteError.at(what, f"reading {what} was cancelled")
            try:
                return request()
            except Again as error:
                pause = self.pause * 2 ** (attempt - 1) * (0.5 + random.random() / 2)  # noqa: S311
                if attempt == self.attempts or time.monotonic() + pause > until:
                    raise RemoteError.at(what, f"{what} cannot be reached: {error} ({attempt} attempts)") from error
                self.cancelled.wait(pause)
        raise AssertionError("unreachable")
