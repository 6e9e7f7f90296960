"""Print results: as sentences and tables for people, as JSON for scripts.

Names in a mod are untrusted. Nothing else in this package prints, so a name never reaches a terminal with control
characters in it, is never read as markup, and never fails because a terminal has too few characters.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from vfsloader.paths import MAX_PATH_BYTES
from vfsloader.runtime.quoting import message, plain

#: A line has at most so many characters: a path of any length, its escapes, and a few words.
_LONGEST_LINE = 2 * MAX_PATH_BYTES
#: A column is padded to at most so many characters: one long name does not fill every row with spaces.
_WIDEST_COLUMN = 60


def say(text: object = "") -> None:
    """Print a line."""
    _write(sys.stdout, str(text))


def complain(text: object) -> None:
    """Print a line to standard error; if nobody reads it, nothing happens."""
    with contextlib.suppress(OSError, ValueError):
        _write(sys.stderr, message(str(text)))


def report_error(error: Exception) -> None:
    """Print the error that ends a command."""
    complain(f"vfsloader: {error}")


def print_json(value: Any) -> None:
    """Print a value, or the fields of a dataclass, as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if sys.stdout is not None:
        sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")  # which escapes all that is not ASCII


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows below a header: with rich in a terminal if it is installed, else in plain columns."""
    cells = [[plain(str(cell), MAX_PATH_BYTES) for cell in row] for row in (header, *rows)]
    if _is_unicode(sys.stdout) and sys.stdout.isatty() and _print_rich(cells):
        return
    widths = [min(_WIDEST_COLUMN, max(len(line[column]) for line in cells)) for column in range(len(header))]
    for line in cells:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def can_draw() -> bool:
    """Return whether standard output has the characters that boxes are drawn with."""
    return _is_unicode(sys.stdout)


def stop_writing() -> None:
    """Let what is still written to standard output vanish: its reader is gone, or the disk is full."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # started without a terminal
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(plain(text, _LONGEST_LINE).encode(encoding, "backslashreplace").decode(encoding) + "\n")


def _is_unicode(stream: TextIO | None) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"


def _print_rich(cells: Sequence[Sequence[str]]) -> bool:
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    # Text is shown as it is; a string would be read as markup.
    table = Table(box=None, header_style="bold", pad_edge=False)
    for cell in cells[0]:
        table.add_column(Text(cell))
    for row in cells[1:]:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
    return True
