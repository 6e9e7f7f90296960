"""What the menu does on a thread: one thing at a time, with its progress, and what to do with the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vfsloader.pygame.menu.words import fill

from vfsloader.mods.getting import Installer
from vfsloader.runtime.jobs import CancelledJobError, Job
from vfsloader.runtime.progress import Progress

if TYPE_CHECKING:
    from vfsloader.pygame.menu.session import Session


@dataclass(frozen=True)
class Working:
    """What is done on a thread now."""

    row: str
    """The id of the row whose button the player pressed; empty for none."""
    name: str
    job: Job[Any] = field(compare=False)
    is_fetching: bool = False


class Work:
    """Work on a thread for the pages of the menu.

    Parameters
    ----------
    session
        The menu.

    Attributes
    ----------
    working
        What is done now.
    notice
        What was done last, as a sentence.
    version
        Grows when something began or ended.
    """

    def __init__(self, session: Session) -> None:
        self.working: Working | None = None
        self.notice = ""
        self.version = 0
        self._session = session
        self._then: Callable[[Any], object] = lambda result: None
        self._ending: Job[Any] | None = None

    def begin(
        self, row: str, name: str, work: Callable[[Installer, Progress], Any], then: Callable[[Any], object]
    ) -> None:
        """Do something on a thread, and something with its result on the game's."""
        if self.working is not None:
            self._session.message = fill(self._session.words.wait_for, what=self.working.name)
            return
        self._start(row, name, work, then, is_fetching=False)

    def fetch(
        self,
        row: str,
        name: str,
        size: int,
        work: Callable[[Installer, Progress], Any],
        then: Callable[[Any], object],
    ) -> None:
        """Fetch some bytes on a thread, after what was cancelled has ended."""

        def fetch(installer: Installer, progress: Progress) -> Any:
            if self._ending is not None:  # what was cancelled may still hold the folder
                self._ending.wait_quietly()
            progress(0, size, "")
            return work(installer, progress)

        self._start(row, name, fetch, then, is_fetching=True)

    def cancel(self) -> None:
        """Stop what is done now. A download goes on where it was when it is wanted again."""
        if self.working is not None:
            self.working.job.cancel()
            self._ending, self.working = self.working.job, None
            self.notice = self._session.words.cancelled
            self.version += 1

    def poll(self) -> None:
        """Look at what the thread has done. Raises what a player should know."""
        working = self.working
        if working is None or not working.job.poll():
            return
        self.working = None
        self.version += 1
        try:
            result = working.job.result()
        except CancelledJobError:
            return
        self._then(result)

    def _start(
        self,
        row: str,
        name: str,
        work: Callable[[Installer, Progress], Any],
        then: Callable[[Any], object],
        *,
        is_fetching: bool,
    ) -> None:
        self._then = then
        self.working = Working(row, name, self._session.mods.in_background(work), is_fetching)
        self.version += 1
