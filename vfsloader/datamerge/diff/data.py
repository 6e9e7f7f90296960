"""The change that makes one version of a data file into another: a ``.merge`` or a ``.patch``, the smaller one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from vfsloader.datamerge.conditional import resolve_change
from vfsloader.datamerge.diff.literal import NoOptions, literal
from vfsloader.datamerge.diff.toml_text import toml_document
from vfsloader.datamerge.formats import LINES, DataKind, json_text, kind_of, merge_patch
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX
from vfsloader.datamerge.json_patch import apply_patch, same
from vfsloader.datamerge.merge import DOES_NOT_FIT
from vfsloader.datamerge.parsing import parse_json, parse_toml
from vfsloader.runtime.budget import Budget

#: Longer lists are compared entry by entry.
_LONGEST_ALIGNED = 5_000


class _CannotError(Exception):
    """A form of change cannot express the difference."""


def data_change(path: str, old: Any, new: Any) -> tuple[str, bytes] | None:
    r"""Return the suffix and the content of a change.

    Parameters
    ----------
    path
        The data file; it says which kind of file it is.
    old, new
        What `kind.parse` returns for both versions.

    Returns
    -------
    tuple or None
        None if no change gives exactly the new data.

    Examples
    --------
    >>> data_change("/items.json", {"sword": {"damage": 3, "price": 9}}, {"sword": {"damage": 5, "price": 9}})
    ('.merge', b'{"sword": {"damage": 5}}\n')
    >>> data_change("/items.json", {"levels": [*range(50)]}, {"levels": [*range(49)]})
    ('.patch', b'[\n {"op": "remove", "path": "/levels/49"}\n]\n')
    """
    kind = kind_of(path)
    found = []
    for suffix, make in ((MERGE_SUFFIX, _merge), (PATCH_SUFFIX, _patch)):
        try:
            content = make(kind, path, old, new)
            if _gives(kind, suffix, content, old, new):
                found.append((suffix, content))
        except (_CannotError, *DOES_NOT_FIT):
            continue
    return min(found, key=lambda change: len(change[1]), default=None)


def _gives(kind: DataKind, suffix: str, content: bytes, old: Any, new: Any) -> bool:
    """Return whether a change, as a file, makes the old data into the new."""
    if suffix == PATCH_SUFFIX:
        operations = resolve_change(parse_json(content), NoOptions(), is_patch=True)
        made = apply_patch(old, operations, Budget("a change"))
    else:
        change = resolve_change((kind.parse_merge or kind.parse)(content), NoOptions(), is_patch=False)
        made = kind.merge(old, change)
    if kind.parse in (parse_json, parse_toml):
        return _are_identical(made, new)
    return repr(kind.result(made)) == repr(kind.result(new))  # the order of rows and columns counts


def _are_identical(one: Any, other: Any) -> bool:
    """Return whether two values are equal, and their numbers of the same type."""
    return same(one, other) and _sorted_repr(one) == _sorted_repr(other)


def _sorted_repr(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


# --- merging -------------------------------------------------------------------------------------------


def _merge(kind: DataKind, path: str, old: Any, new: Any) -> bytes:
    if kind is LINES:
        removed, added = [line for line in old if line not in new], [line for line in new if line not in old]
        return "".join([*(f"-{line}\n" for line in removed), *(f"+{line}\n" for line in added)]).encode()
    if kind.merge is not merge_patch:
        return _table_merge(path, old, new)
    change = literal(_merge_of(old, new))
    return toml_document(change) if kind.parse is parse_toml else json_text(change) + b"\n"


def _merge_of(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        _refuse_nulls(new)
        return new
    change: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old:
            _refuse_nulls(value)
            change[key] = value
        elif not _are_identical(old[key], value):
            if isinstance(old[key], dict) and isinstance(value, dict) and not value:
                raise _CannotError  # an empty table changes nothing
            change[key] = _merge_of(old[key], value)
    return change


def _refuse_nulls(value: Any) -> None:
    """Refuse values in which a merge would take a null as a removal."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if node is None:
            raise _CannotError
        if isinstance(node, dict):
            waiting += node.values()


def _table_merge(path: str, old: Any, new: Any) -> bytes:
    """Return the rows of a table that differ, with the columns that differ."""
    if not all(
        isinstance(table, dict) and all(isinstance(row, dict) for row in table.values()) for table in (old, new)
    ):
        raise _CannotError
    first_row: dict[str, str] = next(iter({**old, **new}.values()), {})
    key_column = _key_column(old, new)
    changed: dict[str, dict[str, str]] = {}
    for key, row in new.items():
        cells = {header: cell for header, cell in row.items() if old.get(key, {}).get(header) != cell}
        if cells:
            changed[key] = {**cells, key_column: key}
    headers = [key_column]
    wanted = {header for row in changed.values() for header in row}
    headers += [
        header for header in {**first_row, **dict.fromkeys(wanted)} if header in wanted and header != key_column
    ]
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t" if path.endswith(".tsv") else ",", lineterminator="\n")
    writer.writerow(headers)
    for key in old:
        if key not in new:
            writer.writerow([f"-{key}", *[""] * (len(headers) - 1)])
    for row in changed.values():
        writer.writerow([literal(row.get(header, "")) for header in headers])
    return text.getvalue().encode()


def _key_column(*tables: dict[str, dict[str, str]]) -> str:
    rows = [(key, row) for table in tables for key, row in table.items()]
    for header in rows[0][1] if rows else ():
        if all(row.get(header) == key for key, row in rows):
            return header
    raise _CannotError


# --- patching ------------------------------------------------------------------------------------------


def _patch(kind: DataKind, path: str, old: Any, new: Any) -> bytes:
    operations = literal(list(_operations("", old, new)))
    lines = ",\n ".join(json_text(operation).decode() for operation in operations)
    return f"[\n {lines}\n]\n".encode()


def _operations(pointer: str, old: Any, new: Any) -> Iterator[dict[str, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old:
            if key not in new:
                yield {"op": "remove", "path": f"{pointer}/{_token(key)}"}
        for key, value in new.items():
            at = f"{pointer}/{_token(key)}"
            if key not in old:
                yield {"op": "add", "path": at, "value": value}
            elif not _are_identical(old[key], value):
                yield from _operations(at, old[key], value)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_operations(pointer, old, new)
    else:
        yield {"op": "replace", "path": pointer, "value": new}


def _list_operations(pointer: str, old: list[Any], new: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield the operations from the end, so that the places before keep their numbers."""
    for start, end, new_start, new_end in reversed(list(_differing(old, new))):
        common = min(end - start, new_end - new_start)
        for index in range(end - 1, start + common - 1, -1):
            yield {"op": "remove", "path": f"{pointer}/{index}"}
        for offset in range(common, new_end - new_start):
            place = start + offset
            is_last = place >= len(old) - (end - start - common)
            yield {"op": "add", "path": f"{pointer}/{'-' if is_last else place}", "value": new[new_start + offset]}
        for offset in range(common):
            if not _are_identical(old[start + offset], new[new_start + offset]):
                yield from _operations(
                    f"{pointer}/{_place(old, start + offset)}", old[start + offset], new[new_start + offset]
                )


def _place(entries: list[Any], index: int) -> str:
    """Return how a path names an entry: by its id if no other has that, so that it holds beside other mods."""
    entry = entries[index]
    name = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name or "/" in name or "~" in name:
        return str(index)
    is_unique = sum(isinstance(other, dict) and other.get("id") == name for other in entries) == 1
    return f"[id={name}]" if is_unique else str(index)


def _differing(old: list[Any], new: list[Any]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the ranges of two lists that differ."""
    if len(old) == len(new) or max(len(old), len(new)) > _LONGEST_ALIGNED:
        yield 0, len(old), 0, len(new)
        return
    matcher = SequenceMatcher(None, list(map(_sorted_repr, old)), list(map(_sorted_repr, new)), autojunk=False)
    for tag, *ranges in matcher.get_opcodes():
        if tag != "equal":
            yield ranges[0], ranges[1], ranges[2], ranges[3]


def _token(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
