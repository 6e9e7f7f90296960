"""The catalogs of several layers as one file for each language and domain, for a tree that is packed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vfsloader.datamerge.catalogs import Message, categories_of, read_catalog
from vfsloader.datamerge.formats import json_text
from vfsloader.datamerge.translated import FOLDER, CatalogFile, catalog_of, gather_catalogs
from vfsloader.errors import ResourceError, VFSError
from vfsloader.layers.union import Union
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget

#: Numbers that have every plural category which whole numbers have in any language.
_NUMBERS = (*range(201), 1_000, 1_000_000, 2_000_000)


class FlatCatalog(NamedTuple):
    """A catalog with the messages of all layers."""

    path: str
    data: bytes
    replaced: tuple[str, ...]
    """The paths of the catalogs that it was made of."""


def flat_catalogs(union: Union) -> Iterator[FlatCatalog]:
    """Yield the catalogs to which several layers contribute, as tables in JSON.

    Raises
    ------
    ResourceError
        The lowest layer's catalog cannot be read, or the plural forms of one are not those of its language. Another
        catalog that cannot be read is left out, as in a running game.
    """
    found: dict[tuple[str, str], None] = {}
    for path in union.glob(f"{FOLDER}/**/*"):
        catalog = catalog_of(path)
        if catalog is not None and catalog[1] != path.rpartition("/")[2]:
            found[catalog] = None
    for language, domain in sorted(found):
        files = [file for file in gather_catalogs(union, domain, language) if file.language == language]
        if len({file.name for file in files}) > 1:
            table = _merged(union, files, language)
            replaced = tuple({file.entry.path for file in files})
            yield FlatCatalog(f"{FOLDER}/{language}/{domain}.json", json_text(table), replaced)


def _merged(union: Union, files: list[CatalogFile], language: str) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for file in files:
        path = file.entry.path
        where = f"{plain(path)} in {file.name}"
        is_own = file.layer is union.mounts[-1].layer
        try:
            budget = None if is_own else Budget(where)
            catalog = read_catalog(file.layer.read(file.entry), file.suffix, language, budget)
        except (ValueError, VFSError, OSError) as error:
            if is_own:
                raise ResourceError.at(path, f"{where} cannot be packed: {error}") from error
            continue
        try:
            category_of = categories_of(language)
            table |= {key: _value(message, category_of) for key, message in catalog.messages.items()}
        except ValueError as error:
            raise ResourceError.at(path, f"{where} cannot be packed: {error}") from error
    return table


def _value(message: Message, category_of: Callable[[int], str]) -> Any:
    """Return a message as a table in JSON has it."""
    if len(message.forms) == 1:
        return message.forms[0]
    forms: dict[str, str] = {}
    for number in _NUMBERS:
        form = message.form(number)
        if forms.setdefault(category_of(number), form) != form:
            raise ValueError(f"its plural forms differ from those of the language, for {number}")
    forms.setdefault("other", message.forms[-1])
    return forms
