r"""The kinds of data files: how each is read, and what merging means for it.

A small registry: JSON, TOML, tables (CSV) by their first column, lists of lines, and kinds that a game adds. Each kind
turns a file into tables, lists and values, so that one piece of code can say for all kinds who wrote a value.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vfsloader import globs
from vfsloader.datamerge.parsing import parse_json, parse_toml
from vfsloader.errors import MissingExtraError
from vfsloader.quoting import quoted

#: A table may grow to so many cells, or to twice as many as it had: a column that a mod adds has a cell in each row.
MAX_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class DataKind:
    """How the files whose path matches a glob are read and merged."""

    glob: str
    """Matches the whole path: ``"/**/*.csv"``."""
    parse: Callable[[bytes], Any]
    """Turns a whole file into data; raises ValueError if it cannot."""
    merge: Callable[[Any, Any], Any]
    """Returns the data after a change, and changes neither value; raises ValueError if it cannot."""
    parse_merge: Callable[[bytes], Any] | None = None
    """Turns a ``.merge`` file into a change; `parse` if left out."""
    result: Callable[[Any], Any] = lambda data: data
    """Turns the data into what the game gets."""
    write: Callable[[Any], bytes] | None = None
    """Turns what the game gets into a whole file, for packing a game together with its mods."""


def merge_patch(target: Any, patch: Any, *, keep_nulls: bool = False) -> Any:
    """Apply a merge patch and return the result; neither value is changed.

    Parameters
    ----------
    target
        Data as ``json`` or ``tomllib`` returns it.
    patch
        The change.
    keep_nulls
        `target` is a patch itself: keep the nulls, which remove keys of the file that both will be applied to.

    Examples
    --------
    >>> merge_patch({"sword": {"damage": 3, "price": 10}}, {"sword": {"damage": 5}, "bow": {"damage": 2}})
    {'sword': {'damage': 5, 'price': 10}, 'bow': {'damage': 2}}

    References
    ----------
    RFC 7396, section 2.
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    waiting = [(result, patch)]  # not a recursion: a mod's data may be nested more deeply than the stack allows
    while waiting:
        table, change = waiting.pop()
        for key, value in change.items():
            if value is None and not keep_nulls:
                table.pop(key, None)
            elif isinstance(value, dict):
                old = table.get(key)
                new = table[key] = dict(old) if isinstance(old, dict) else {}
                waiting.append((new, value))
            else:
                table[key] = value
    return result


def _write_json(data: Any) -> bytes:
    return json_text(data, indent=1) + b"\n"


def json_text(data: Any, indent: int | None = None) -> bytes:
    r"""Return data as JSON in UTF-8; text that UTF-8 cannot store is escaped.

    >>> json_text(["é"]), json_text(["\ud800"])
    (b'["\xc3\xa9"]', b'["\\ud800"]')
    """
    try:
        return json.dumps(data, ensure_ascii=False, indent=indent).encode()
    except UnicodeEncodeError:
        return json.dumps(data, indent=indent).encode()


def _write_toml(data: Any) -> bytes:
    try:
        import tomli_w
    except ImportError as error:
        raise MissingExtraError.of("writing TOML", "tomli-w", "build") from error
    return str(tomli_w.dumps(data)).encode()


def _write_lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def table_kind(glob: str, key: str | None = None, delimiter: str = ",") -> DataKind:
    r"""Make a kind for tables whose rows have a key: CSV with a header line.

    A ``.merge`` is a table too, with just the columns that it changes. A row with a known key changes the cells that
    it does not leave empty; a row with a new key is added; a row that has only a key with ``-`` before it removes one.

    Parameters
    ----------
    glob
        The paths.
    key
        The header of the column that identifies a row; the first column if left out.
    delimiter
        What separates cells.

    Examples
    --------
    >>> kind = table_kind("/**/*.csv")
    >>> items = kind.parse(b"id,damage,price\nsword,3,10\nbow,2,8\n")
    >>> kind.result(kind.merge(items, kind.parse(b"id,damage\nsword,5\n-bow,\n")))
    [{'id': 'sword', 'damage': '5', 'price': '10'}]
    """

    def parse(data: bytes) -> dict[str, dict[str, str]]:
        text = data.decode("utf-8-sig")
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            headers = next(rows, [])
            if not headers:
                raise ValueError("there is no header line")
            if key is not None and key not in headers:
                raise ValueError(f"there is no column {key!r}")
            key_column = 0 if key is None else headers.index(key)
            table: dict[str, dict[str, str]] = {}
            for row in filter(None, rows):
                if len(row) != len(headers):
                    raise ValueError(f"line {rows.line_num} has {len(row)} cells, not {len(headers)}")
                if row[key_column] in table:
                    raise ValueError(f"line {rows.line_num}: a second row has the key {quoted(row[key_column])}")
                table[row[key_column]] = dict(zip(headers, row, strict=True))
        except csv.Error as error:
            raise ValueError(f"line {rows.line_num}: {error}") from error
        return table

    def merge(table: dict[str, dict[str, str]], change: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        merged = dict(table)
        for name, row in change.items():
            filled = {header: cell for header, cell in row.items() if cell}
            if name.startswith("-") and len(filled) == 1 and name not in table:
                merged.pop(name[1:], None)
            else:
                merged[name] = {**merged.get(name, {}), **filled}
        cells = len(merged) * len({header for row in merged.values() for header in row})
        if cells > MAX_CELLS and cells > 2 * sum(map(len, table.values())):
            raise ValueError(f"the table would have {cells:,} cells; at most {MAX_CELLS:,} are allowed")
        return merged

    def result(table: dict[str, dict[str, str]]) -> list[dict[str, str]]:
        headers = dict.fromkeys(header for row in table.values() for header in row)
        return [{header: row.get(header, "") for header in headers} for row in table.values()]

    def write(rows: list[dict[str, str]]) -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else [], delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    return DataKind(glob, parse, merge, result=result, write=write)


def _parse_lines(data: bytes) -> dict[str, str]:
    """Return lines by themselves; the second of equal ones is called ``line (2)``, as no line may be lost."""
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip()]
    present, table, counts = set(lines), dict[str, str](), dict[str, int]()
    for line in lines:
        counts[line] = count = counts.get(line, 0) + 1
        name = line if count == 1 else f"{line} ({count})"
        while name in table or (count > 1 and name in present):
            counts[line] = count = count + 1
            name = f"{line} ({count})"
        table[name] = line
    return table


def _merge_lines(lines: dict[str, str], change: dict[str, str]) -> dict[str, str]:
    """Remove the lines that start with ``-``, and add the others, whether they start with ``+`` or not."""
    merged = dict(lines)
    present = set(merged.values())
    for line in change.values():
        if line.startswith("-"):
            if line[1:] in present:
                present.discard(line[1:])
                merged = {name: kept for name, kept in merged.items() if kept != line[1:]}
        elif (added := line.removeprefix("+")) not in present:
            present.add(added)
            merged[added] = added
    return merged


def _listed_lines(lines: dict[str, str]) -> list[str]:
    return list(lines.values())


JSON = DataKind("/**", parse_json, merge_patch, write=_write_json)
LINES = DataKind("/**/*.txt", _parse_lines, _merge_lines, result=_listed_lines, write=_write_lines)
#: The first whose glob matches counts.
DATA_KINDS = [
    DataKind("/**/*.toml", parse_toml, merge_patch, write=_write_toml),
    table_kind("/**/*.csv"),
    table_kind("/**/*.tsv", delimiter="\t"),
    LINES,
    JSON,
]


def kind_of(path: str) -> DataKind:
    """Return the kind of a data file."""
    return next(kind for kind in DATA_KINDS if globs.glob_pattern(kind.glob).fullmatch(path))


def register_data_kind(kind: DataKind) -> None:
    """Read and merge files in a game's own way; the kind counts before all others.

    Examples
    --------
    A high score that mods can only raise:

    >>> register_data_kind(DataKind("/data/record.json", parse_json, max))
    >>> kind_of("/data/record.json").merge(3, 5)
    5
    >>> DATA_KINDS.pop(0).glob
    '/data/record.json'
    """
    DATA_KINDS.insert(0, kind)
