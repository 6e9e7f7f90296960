"""Print results: as a table for people, as JSON for scripts."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import Any


def print_json(value: Any) -> None:
    """Print a value, or the fields of a dataclass, as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    json.dump(value, sys.stdout, indent=2, default=str)
    print()


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows below a header: with rich in a terminal if it is installed, else in plain columns."""
    cells = [[str(cell) for cell in row] for row in rows]
    if sys.stdout.isatty() and _print_rich(header, cells):
        return
    widths = [max(len(line[column]) for line in (list(header), *cells)) for column in range(len(header))]
    for line in (list(header), *cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _print_rich(header: Sequence[str], cells: Sequence[Sequence[str]]) -> bool:
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table(*header, box=None, header_style="bold", pad_edge=False)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
    return True
