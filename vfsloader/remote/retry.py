"""Repeating requests: a busy server gets a little time, a refusal is final."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from vfsloader.errors import RemoteError

T = TypeVar("T")


class TransientError(Exception):
    """A request failed in a way that may pass; callers of :meth:`Retry.run` never see it."""


@dataclass(frozen=True)
class Retry:
    """How often a request is made, and for how long.

    Parameters
    ----------
    attempts
        At most so many.
    deadline
        Seconds for all attempts together.
    pause
        Seconds before the second attempt, doubled before each further one; up to half of it is randomly left out.
    """

    attempts: int = 6
    deadline: float = 30.0
    pause: float = 0.05
    cancelled: threading.Event = field(default_factory=threading.Event)

    def run(self, address: str, request: Callable[[], T], seconds: float | None = None) -> T:
        """Make a request until it succeeds.

        Parameters
        ----------
        address
            What messages name.
        request
            Makes it. It has to look at the time itself.
        seconds
            For all attempts; `deadline` if left out.

        Raises
        ------
        RemoteError
            All attempts failed, the time is over, or the requests were cancelled.
        """
        end = time.monotonic() + (self.deadline if seconds is None else seconds)
        for attempt in range(1, self.attempts + 1):
            if self.cancelled.is_set():
                raise RemoteError.at(address, f"reading {address} was cancelled")
            try:
                return request()
            except TransientError as error:
                pause = self.pause * 2 ** (attempt - 1) * (0.5 + random.random() / 2)  # noqa: S311
                if attempt == self.attempts or time.monotonic() + pause > end:
                    sentence = f"{address} cannot be reached: {error} ({attempt} attempts)"
                    raise RemoteError.at(address, sentence) from error
                self.cancelled.wait(pause)
        raise AssertionError("unreachable")
