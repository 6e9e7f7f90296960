"""What the open pages hear of at once: server-sent events, from any thread.

A page that does not read fast enough loses events and is told to read everything again, so that no queue grows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

#: Events that wait for one page.
_MOST_WAITING = 256
#: Seconds between two signs of life: so the server notices that a page was closed.
_BEAT_SECONDS = 15.0

Event = dict[str, Any]


class Events:
    """The pages that are open, and the events on their way to them.

    Parameters
    ----------
    on_watched
        Called, on the server's thread, when the first page opens (True) and when the last one is closed (False).
    """

    def __init__(self, on_watched: Callable[[bool], object] = lambda _: None) -> None:
        self._on_watched = on_watched
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pages: set[asyncio.Queue[str | None]] = set()
        self._is_closed = False

    @property
    def is_watched(self) -> bool:
        """Whether a page is open."""
        return bool(self._pages)

    def publish(self, event: Event) -> None:
        """Send an event to every open page; called on any thread."""
        loop = self._loop
        if self._pages and loop is not None:
            text = f"data: {json.dumps(event, separators=(',', ':'))}\n\n"
            with contextlib.suppress(RuntimeError):  # the server ends at this moment
                loop.call_soon_threadsafe(self._send, text)

    async def stream(self, first: Callable[[], Event]) -> AsyncIterator[str]:
        """Yield the events of one page until it is closed.

        Parameters
        ----------
        first
            Returns the first event.
        """
        self._loop = asyncio.get_running_loop()
        page: asyncio.Queue[str | None] = asyncio.Queue()
        self._pages.add(page)
        if len(self._pages) == 1:
            self._on_watched(True)
        try:
            yield f"retry: 1000\ndata: {json.dumps(first())}\n\n"
            while not self._is_closed:
                try:
                    text = await asyncio.wait_for(page.get(), _BEAT_SECONDS)
                except TimeoutError:
                    text = ": still here\n\n"
                if text is None:
                    return
                yield text
        finally:
            self._pages.discard(page)
            if not self._pages:
                self._on_watched(False)

    def close(self) -> None:
        """End all streams; called on any thread."""
        self._is_closed = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._end)

    def _send(self, text: str) -> None:
        for page in self._pages:
            if page.qsize() < _MOST_WAITING:
                page.put_nowait(text)
            elif page.qsize() == _MOST_WAITING:
                page.put_nowait('data: {"type":"everything"}\n\n')

    def _end(self) -> None:
        for page in self._pages:
            page.put_nowait(None)
