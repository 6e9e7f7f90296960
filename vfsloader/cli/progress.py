"""A progress bar for what takes long: with rich where it is installed, and only where a person looks on."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

Progress = Callable[[int, int, str], object]


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Progress | None]:
    """Give what a long call is to be handed as ``progress``; None where nobody looks on.

    Parameters
    ----------
    what
        Stands before the bar.
    """
    if not sys.stderr.isatty():
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress
    except ImportError:
        yield _plain(what)
        print(file=sys.stderr)
        return
    columns = (
        TextColumn(what),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[path]}"),
    )
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, path="")

        def show(done: int, total: int, path: str) -> None:
            bar.update(task, completed=done, total=total, path=path[-40:])

        yield show


def _plain(what: str) -> Progress:
    """Say each tenth."""
    told = -1

    def show(done: int, total: int, path: str) -> None:
        nonlocal told
        tenth = 10 * done // max(total, 1)
        if tenth > told:
            told = tenth
            print(f"\r{what} {10 * tenth} %", end="", file=sys.stderr, flush=True)

    return show
