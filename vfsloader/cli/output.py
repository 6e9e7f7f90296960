"""Print results: as sentences and tables for people, as JSON for scripts.

Names in a mod are untrusted. Nothing else in this package prints, so a name never reaches a terminal with control
characters in it, is never read as markup, and never fails because a terminal has too few characters.

Colours say how things stand: green for what works, red for what is wrong, yellow for what to look at, dim for what is
off. They are used only on a terminal, and not if ``NO_COLOR`` is set.
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
from vfsloader.quoting import message, plain

#: A line has at most so many characters: a path of any length, its escapes, and a few words.
_LONGEST_LINE = 2 * MAX_PATH_BYTES
#: A column is padded to at most so many characters: one long name does not fill every row with spaces.
_WIDEST_COLUMN = 60


_ASCII_BOXES = str.maketrans("╭╮╰╯─│├└", "++++-|+`")
#: The warnings that this command has shown so far.
shown_warnings: list[str] = []
#: What a text is about, and the style in which rich shows it.
GOOD, BAD, NOTE, FAINT, STRONG = "green", "bold red", "yellow", "dim", "bold"


def say(text: object = "", style: str = "") -> None:
    """Print a line."""
    _write(sys.stdout, str(text), style)


def complain(text: object, style: str = NOTE) -> None:
    """Print a line to standard error; if nobody reads it, nothing happens."""
    with contextlib.suppress(OSError, ValueError):
        _write(sys.stderr, message(str(text)), style)


def report_error(error: object) -> None:
    """Print the error that ends a command."""
    complain(f"vfsloader: {error}", BAD)


def answer(value: Any, text: object, *, json: bool, style: str = GOOD) -> int:
    """Print what a command has done, as JSON or as a sentence; return exit status 0."""
    if json:
        print_json(value)
    else:
        say(text, style)
    return 0


def print_json(value: Any) -> None:
    """Print a value, or the fields of a dataclass, as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if sys.stdout is not None:
        sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")  # which escapes all that is not ASCII


def print_script(script: str) -> None:
    """Print a script of our own as it is, without escapes that would change it."""
    if sys.stdout is not None:
        sys.stdout.write(script)


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]], styles: Sequence[str] = ()) -> None:
    """Print rows below a header: with rich in a terminal, else in plain columns.

    Parameters
    ----------
    header
        The names of the columns.
    rows
        The rows, with a cell for each column.
    styles
        The style of each row; by default rows are not styled.
    """
    cells = [[plain(str(cell), MAX_PATH_BYTES) for cell in row] for row in (header, *rows)]
    if _is_unicode(sys.stdout) and is_coloured(sys.stdout):
        _print_rich(cells, styles)
        return
    widths = [min(_WIDEST_COLUMN, max(len(line[column]) for line in cells)) for column in range(len(header))]
    for line in cells:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def text_of(drawing: str) -> str:
    """Return a drawing with boxes in characters that standard output has."""
    return drawing if can_draw() else drawing.translate(_ASCII_BOXES)


def can_draw() -> bool:
    """Return whether standard output has the characters that boxes are drawn with."""
    return _is_unicode(sys.stdout)


def stop_writing() -> None:
    """Let what is still written to standard output vanish: its reader is gone, or the disk is full."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_coloured(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal that shows colours, and its user wants them."""
    is_terminal = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    return is_terminal and not os.environ.get("NO_COLOR")


def _write(stream: TextIO | None, text: str, style: str = "") -> None:
    if stream is None:  # started without a terminal
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    line = plain(text, _LONGEST_LINE).encode(encoding, "backslashreplace").decode(encoding)
    if style and is_coloured(stream):
        from rich.console import Console
        from rich.text import Text

        Console(file=stream).print(Text(line, style), soft_wrap=True)  # Text is never read as markup
    else:
        stream.write(line + "\n")


def _is_unicode(stream: TextIO | None) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"


def _print_rich(cells: Sequence[Sequence[str]], styles: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Text is shown as it is; a string would be read as markup.
    table = Table(box=None, header_style=STRONG, pad_edge=False)
    for cell in cells[0]:
        table.add_column(Text(cell), overflow="fold")
    for number, row in enumerate(cells[1:]):
        table.add_row(*(Text(cell) for cell in row), style=styles[number] if styles else "")
    Console().print(table)
