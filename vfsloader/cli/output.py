"""How answers are printed: a table for people, JSON for scripts."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import Any


def print_json(value: Any) -> None:
    """Print a value, or a report's fields, as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    json.dump(value, sys.stdout, indent=2, default=str)
    print()


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under heads: with rich where it is installed and a person looks on, else in plain columns."""
    cells = [[str(cell) for cell in row] for row in rows]
    if sys.stdout.isatty() and _print_rich(heads, cells):
        return
    widths = [max(len(line[column]) for line in (list(heads), *cells)) for column in range(len(heads))]
    for line in (list(heads), *cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _print_rich(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> bool:
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table(*heads, box=None, header_style="bold", pad_edge=False)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
    return True
