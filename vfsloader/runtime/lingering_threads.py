"""Threads that wait a while for more work. Starting one makes the caller wait until it runs: a game loses frames."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable

#: Seconds for which a thread waits for more work before it ends.
_LINGER = 10.0
_Calls = queue.SimpleQueue[Callable[[], object]]


class LingeringThreads:
    """Runs functions, each on a thread of its own: one that has nothing to do, or a new one.

    Parameters
    ----------
    name
        The name of the threads.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def run(self, call: Callable[[], object]) -> None:
        """Call a function, which must not raise anything, on a thread."""
        with self._lock:
            calls = self._waiting.pop() if self._waiting else None
        if calls is None:
            threading.Thread(target=self._work, args=(call,), name=self._name, daemon=True).start()
        else:
            calls.put(call)

    def _work(self, call: Callable[[], object] | None) -> None:
        calls: _Calls = queue.SimpleQueue()
        while call is not None:
            call()
            call = None  # what it made may be freed now
            with self._lock:
                self._waiting.append(calls)
            call = self._next(calls)

    def _next(self, calls: _Calls) -> Callable[[], object] | None:
        try:
            return calls.get(timeout=_LINGER)
        except queue.Empty:
            with self._lock:
                if calls in self._waiting:
                    self._waiting.remove(calls)
                    return None
            return calls.get()  # it came at the last moment

    def _forget(self) -> None:
        """Begin without threads, as a forked process does."""
        self._lock = threading.Lock()
        self._waiting: list[_Calls] = []
