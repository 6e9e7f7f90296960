r"""The kinds of data files: how each is read, and what merging means for it.

A small registry: JSON, TOML, tables (CSV) by their first column, lists of lines, and what a game adds for its own.
A kind reads a file into data of tables, lists and values, so that whoever wrote a value can be told for all
kinds alike.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vfsloader import paths
from vfsloader.errors import MissingExtraError


@dataclass(frozen=True, slots=True)
class DataKind:
    """How the files are read and merged whose path fits a glob."""

    glob: str
    """On the whole path: ``"/**/*.csv"``."""
    parse: Callable[[bytes], Any]
    """Makes data of a whole file; raises ValueError where it cannot."""
    merge: Callable[[Any, Any], Any]
    """Gives the data after a change, and leaves both values as they are; raises ValueError where it cannot."""
    parse_merge: Callable[[bytes], Any] | None = None
    """Makes a change of a ``.merge`` file; `parse` if left out."""
    result: Callable[[Any], Any] = lambda data: data
    """Makes of the data what the game gets."""
    write: Callable[[Any], bytes] | None = None
    """Makes a whole file of what the game gets, for packing a game together with its mods."""


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a merge patch and give the result; neither value is changed.

    Parameters
    ----------
    target
        Data as ``json`` or ``tomllib`` gives it.
    patch
        The change.

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
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def parse_json(data: bytes) -> Any:
    """Read JSON; one that is nested too deep is a ValueError too."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def parse_toml(data: bytes) -> Any:
    """Read TOML, with or without a byte order mark."""
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _write_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


def _write_toml(data: Any) -> bytes:
    try:
        import tomli_w
    except ImportError as error:
        raise MissingExtraError.of("writing TOML", "tomli-w", "build") from error
    text: str = tomli_w.dumps(data)
    return text.encode()


def _write_lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def table_kind(glob: str, key: str | None = None, delimiter: str = ",") -> DataKind:
    r"""Make the kind of tables whose rows have a key: CSV with a line of heads.

    A ``.merge`` is a table too, of just the columns that it changes: a row whose key is there changes the cells
    that are not empty, another is added; a row that is nothing but a key with ``-`` before it removes one.

    Parameters
    ----------
    glob
        The paths.
    key
        The head of the column that tells rows apart; the first one if left out.
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
        rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
        try:
            heads = next(rows, [])
            if not heads or (key is not None and key not in heads):
                raise ValueError(f"there is no column {key!r}" if heads else "there is no line of heads")
            at = 0 if key is None else heads.index(key)
            table: dict[str, dict[str, str]] = {}
            for row in rows:
                if not row:
                    continue
                if len(row) != len(heads):
                    raise ValueError(f"line {rows.line_num} has {len(row)} cells and not {len(heads)}")
                if row[at] in table:
                    raise ValueError(f"line {rows.line_num}: a second row has the key {row[at]!r}")
                table[row[at]] = dict(zip(heads, row, strict=True))
        except csv.Error as error:
            raise ValueError(f"line {rows.line_num}: {error}") from error
        return table

    def merge(table: dict[str, dict[str, str]], change: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        merged = dict(table)
        for name, row in change.items():
            filled = {head: cell for head, cell in row.items() if cell}
            if name.startswith("-") and len(filled) == 1 and name not in table:
                merged.pop(name[1:], None)
            else:
                merged[name] = {**merged.get(name, {}), **filled}
        return merged

    def result(table: dict[str, dict[str, str]]) -> list[dict[str, str]]:
        heads = dict.fromkeys(head for row in table.values() for head in row)
        return [{head: row.get(head, "") for head in heads} for row in table.values()]

    def write(rows: list[dict[str, str]]) -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else [], delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    return DataKind(glob, parse, merge, result=result, write=write)


def _parse_lines(data: bytes) -> dict[str, str]:
    return {line: line for line in data.decode("utf-8-sig").splitlines() if line.strip()}


def _merge_lines(lines: dict[str, str], change: dict[str, str]) -> dict[str, str]:
    """Remove the lines with ``-`` before them, add the others, with ``+`` before them or not."""
    merged = dict(lines)
    for line in change:
        if line.startswith("-"):
            merged.pop(line[1:], None)
        else:
            added = line.removeprefix("+")
            merged[added] = added
    return merged


JSON = DataKind("/**", parse_json, merge_patch, write=_write_json)
LINES = DataKind("/**/*.txt", _parse_lines, _merge_lines, result=list, write=_write_lines)
#: The first whose glob fits counts.
KINDS = [
    DataKind("/**/*.toml", parse_toml, merge_patch, write=_write_toml),
    table_kind("/**/*.csv"),
    table_kind("/**/*.tsv", delimiter="\t"),
    LINES,
    JSON,
]


def kind_of(path: str) -> DataKind:
    """Give the kind of a data file."""
    return next(kind for kind in KINDS if paths.glob_pattern(kind.glob).fullmatch(path))


def register_data_kind(kind: DataKind) -> None:
    """Read and merge files in a game's own way; counts before all others.

    Examples
    --------
    A high score that mods can only raise:

    >>> register_data_kind(DataKind("/data/record.json", parse_json, max))
    >>> kind_of("/data/record.json").merge(3, 5)
    5
    >>> KINDS.pop(0).glob
    '/data/record.json'
    """
    KINDS.insert(0, kind)
