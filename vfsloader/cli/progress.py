"""A progress bar for long calls: drawn with rich if it is installed, and only on a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from vfsloader.runtime.progress import Progress
from vfsloader.runtime.quoting import plain


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Progress | None]:
    """Return what to pass to a long call as ``progress``; None if standard error is not a terminal.

    Parameters
    ----------
    what
        The text before the bar.
    """
    if sys.stderr is None or not sys.stderr.isatty():
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
        TextColumn("{task.fields[path]}", markup=False),
    )
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, path="")

        def show(done: int, total: int, path: str) -> None:
            bar.update(task, completed=done, total=total, path=plain(path[-40:]))

        yield show


def _plain(what: str) -> Progress:
    """Print each tenth."""
    printed = -1

    def show(done: int, total: int, path: str) -> None:
        nonlocal printed
        tenth = 10 * done // max(total, 1)
        if tenth > printed:
            printed = tenth
            print(f"\r{what} {10 * tenth} %", end="", file=sys.stderr, flush=True)

    return show
