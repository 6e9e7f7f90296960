"""What is wrong with data files that a game declares, and that are not part of a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from vfsloader.datamerge.gather import read_parts
from vfsloader.datamerge.schemas import SchemaError
from vfsloader.errors import BudgetError, ConfigError, PathNotFoundError, VFSError
from vfsloader.layers.union import Union
from vfsloader.mods.declarations import Declarations, named_in
from vfsloader.mods.registry_links import path_fault
from vfsloader.mods.registry_values import Content, RefusedItem, copied, near_hint
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits


def data_faults(
    union: Union, declared: Declarations, path: str, limits: Limits = DEFAULT_LIMITS, languages: Sequence[str] = ()
) -> Iterator[RefusedItem]:
    """Yield what is wrong with a data file that is not part of a registry: its schema, and the files that it names.

    Names of items are checked by :func:`id_faults`, which needs the registries.
    """
    for rule in declared.data:
        if not rule.matches(path):
            continue
        try:
            merged, parts = read_parts(union, path, languages, limits)
        except PathNotFoundError:
            continue
        except (VFSError, OSError) as error:
            copies = union.copies(path)
            yield RefusedItem(copies[0].name if copies else "", path, "", plain(str(error), 500))
            continue
        winner = parts[-1].name
        try:
            rule.schema.build(copied(merged.data), Budget(path, limits))
        except SchemaError as error:
            for fault in error.faults:
                yield RefusedItem(
                    merged.sources.get(fault.pointer, winner), path, fault.pointer, fault.reason, is_left_out=False
                )
        except (BudgetError, ConfigError) as error:
            yield RefusedItem(winner, path, "", str(error), is_left_out=False)
        for reference, at, value, _ in named_in(merged.data, rule.references):
            if reference.is_path and value not in (None, ""):
                reason = path_fault(union, reference.path_of, value, path)
                if reason is not None:
                    yield RefusedItem(merged.sources.get(at, winner), path, at, reason, is_left_out=False)


def id_faults(
    union: Union,
    declared: Declarations,
    path: str,
    contents: Mapping[str, Content],
    namespace_of: Callable[[str], str],
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[RefusedItem]:
    """Yield the names of items in a data file that no registry has."""
    for rule in declared.data:
        if not rule.matches(path) or all(reference.is_path for reference in rule.references):
            continue
        try:
            merged, parts = read_parts(union, path, (), limits)
        except (VFSError, OSError):
            continue  # that is another fault
        for reference, at, value, _ in named_in(merged.data, rule.references):
            if reference.is_path or value in (None, ""):
                continue
            writer = merged.sources.get(at, parts[-1].name)
            items = contents[reference.target].items if reference.target in contents else {}
            space = namespace_of(writer)
            if not isinstance(value, str) or not (value in items or (space and f"{space}:{value}" in items)):
                reason = f"there is no {quoted(value, 200)} in {reference.target}{near_hint(value, items)}"
                yield RefusedItem(writer, path, at, reason, is_left_out=False)
