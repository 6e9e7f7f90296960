"""What a game declares about itself: its data files with schemas, its registries, and the context that it publishes.

Pure values, made from ``game.toml`` or by a game's own calls. ``docs/declarations.md`` describes the format. What a
mod says is compared with them in :mod:`vfsloader.mods.registry_items` and :mod:`vfsloader.mods.lint.declared`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from vfsloader import globs, paths
from vfsloader.mods.conditions import RESERVED, Condition, check_context_key, same_scalar
from vfsloader.quoting import plain, quoted

if TYPE_CHECKING:
    from vfsloader.datamerge.schemas import Schema
    from vfsloader.mods.options import Option

#: The target of a reference that is the path of a file.
PATH_TARGET = "path"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
#: The keys of the tables in ``game.toml``.
_DATA_KEYS = ("files", "schema", "references")
_REGISTRY_KEYS = ("name", *_DATA_KEYS, "id")


class Reference(NamedTuple):
    """A place in data that names something else."""

    pointer: str
    """Where it is, as in RFC 6901; a token ``*`` stands for every member."""
    target: str
    """The name of a registry; ``path``, for the path of a file; or such a path with ``{}`` for the value."""
    is_optional: bool = False
    """Whether an item may name what is not there; it is reported even so."""

    @property
    def is_path(self) -> bool:
        """Whether it names a file, and not an item."""
        return self.target == PATH_TARGET or "{}" in self.target

    def path_of(self, value: str, file: str) -> str:
        """Return the path that a value means in a file.

        Raises
        ------
        ValueError
            It leaves the tree.

        Examples
        --------
        >>> Reference("/icon", "path").path_of("scarf.png", "/data/items/scarf.json")
        '/data/items/scarf.png'
        >>> Reference("/icon", "/sprites/{}.png").path_of("scarf", "/data/items/scarf.json")
        '/sprites/scarf.png'
        """
        if self.target != PATH_TARGET:
            return paths.normalise(self.target.replace("{}", value))
        return paths.normalise(value if value.startswith("/") else paths.join(paths.parent(file), value))


@dataclass(frozen=True)
class DataRule:
    """Data files of one kind."""

    files: str
    """A glob of their paths."""
    schema: Schema
    references: tuple[Reference, ...] = ()

    def matches(self, path: str) -> bool:
        """Return whether a path is one of the files."""
        return globs.glob_pattern(self.files).fullmatch(path)


@dataclass(frozen=True)
class RegistryRule(DataRule):
    """Data files whose items together are one registry."""

    name: str = ""
    id: str | None = "id"
    """The key of an item that holds its id; None where a file is a table whose keys are the ids."""


@dataclass
class Declarations:
    """Everything that a game declares."""

    context: dict[str, Option] = field(default_factory=dict)
    """The values that it publishes, described as options of mods are."""
    data: list[DataRule] = field(default_factory=list)
    registries: dict[str, RegistryRule] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.context or self.data or self.registries)

    def rules(self) -> Iterator[DataRule]:
        """Yield the rules of all data files."""
        yield from self.registries.values()
        yield from self.data

    def rules_for(self, path: str) -> list[DataRule]:
        """Return the rules that apply to a path."""
        return [rule for rule in self.rules() if rule.matches(path)]

    def condition_faults(self, condition: Condition) -> Iterator[tuple[str, str]]:
        """Yield the context keys of a condition that cannot hold, each with the reason.

        A game that declares no context has none to compare with.
        """
        for test in condition.tests if self.context else ():
            if test.key in RESERVED or not isinstance(test.wanted, tuple):
                continue
            option = self.context.get(test.key)
            if option is None:
                near = difflib.get_close_matches(test.key[:100], self.context, 1)
                known = f"did you mean {near[0]}?" if near else f"it publishes {', '.join(self.context)}"
                yield test.key, f"the game publishes no such value; {known}"
                continue
            for wanted in test.wanted:
                if not _can_be(option, wanted):
                    yield test.key, f"it is never {quoted(wanted)}{_choices_of(option)}"

    def json_schema(self) -> dict[str, Any]:
        """Return all of it as one JSON value, for guides and editors."""
        return {
            "context": {name: option.json_schema() for name, option in self.context.items()},
            "data": [{"files": rule.files, **_described(rule)} for rule in self.data],
            "registries": {
                name: {"files": rule.files, "id": rule.id, **_described(rule)} for name, rule in self.registries.items()
            },
        }


def _described(rule: DataRule) -> dict[str, Any]:
    return {
        "schema": rule.schema.json_schema(),
        "references": {each.pointer: each.target + "?" * each.is_optional for each in rule.references},
    }


def _can_be(option: Option, value: object) -> bool:
    if option.type == "choice":
        return any(same_scalar(value, choice) for choice in option.choices)
    try:
        option.check(value)
    except ValueError:
        return False
    return True


def _choices_of(option: Option) -> str:
    if option.type != "choice":
        return f": it is of type {option.type}"
    near = [str(choice) for choice in option.choices[:20]]
    return f"; it can be {', '.join(plain(choice, 40) for choice in near)}"


def declare_context(values: Mapping[str, Any]) -> dict[str, Option]:
    """Read what a game says about its context.

    Parameters
    ----------
    values
        By name, the description of a value as ``[options.…]`` of a mod has it; or only a list of choices, or only a
        type.

    Raises
    ------
    ValueError
        A description is wrong.

    Examples
    --------
    >>> declare_context({"season": ["winter", "summer"], "night": "bool"})["season"].choices
    ('winter', 'summer')
    """
    from vfsloader.mods.options import parse_option

    found = {}
    for name, value in values.items():
        check_context_key(name)
        table = {"type": "choice", "choices": value} if isinstance(value, (list, tuple)) else value
        table = {"type": table} if isinstance(table, str) else table
        if isinstance(table, Mapping) and isinstance(table.get("choices"), tuple):
            table = {**table, "choices": list(table["choices"])}
        try:
            found[name] = parse_option(name if _NAME.fullmatch(name) else "value", table)
        except ValueError as error:
            raise ValueError(f"context.{plain(name)}: {error}") from None
    return found


def declare_data(files: str, schema: Any = None, references: Mapping[str, str] | None = None) -> DataRule:
    """Make a rule for data files.

    Raises
    ------
    ValueError
        The glob or a reference is wrong.
    ConfigError
        The schema cannot be used; see :func:`~vfsloader.datamerge.schemas.schema_of`.
    """
    from vfsloader.datamerge.schemas import schema_of

    return DataRule(_glob(files), schema_of(schema), _references(references or {}))


def declare_registry(
    files: str,
    name: str | None = None,
    id: str | None = "id",
    schema: Any = None,
    references: Mapping[str, str] | None = None,
) -> RegistryRule:
    """Make a rule for a registry; its name is that of the last folder without wildcards if left out.

    Raises
    ------
    ValueError, ConfigError
        As for :func:`declare_data`.

    Examples
    --------
    >>> declare_registry("/data/items/*.json").name
    'items'
    """
    from vfsloader.datamerge.schemas import schema_of

    glob = _glob(files)
    name = name or default_name(glob)
    if not _NAME.fullmatch(name) or name == PATH_TARGET:
        raise ValueError(f"{quoted(name)} cannot be the name of a registry: write letters, digits, _ and -")
    return RegistryRule(glob, schema_of(schema), _references(references or {}), name, id)


def default_name(files: str) -> str:
    """Return what a registry is called if the game does not say."""
    root = globs.glob_root(files) if globs.has_magic(files) else files.rpartition(".")[0] or files
    return root.rpartition("/")[2] or "items"


def parse_declarations(tables: Mapping[str, Any], read_schema: Callable[[str], Any]) -> Declarations:
    """Read the tables ``[context]``, ``[[data]]`` and ``[[registry]]`` of a ``game.toml``.

    Parameters
    ----------
    tables
        The tables by name.
    read_schema
        Returns the JSON Schema in a file, by the name in the table.

    Raises
    ------
    ValueError
        A table is wrong; the message names the key.
    """
    declared = Declarations()
    if "context" in tables:
        declared.context.update(declare_context(_table("context", tables["context"])))
    for index, table in enumerate(_list("data", tables.get("data", [])), 1):
        made = _parse_rule(f"data {index}", table, _DATA_KEYS, read_schema)
        declared.data.append(declare_data(**made))
    for index, table in enumerate(_list("registry", tables.get("registry", [])), 1):
        made = _parse_rule(f"registry {index}", table, _REGISTRY_KEYS, read_schema)
        if made.get("id") == "":
            made["id"] = None
        rule = declare_registry(**made)
        if rule.name in declared.registries:
            raise ValueError(f"registry {index}: name: there is another registry {quoted(rule.name)}")
        declared.registries[rule.name] = rule
    check_targets(declared)
    return declared


def check_targets(declared: Declarations) -> None:
    """Raise ValueError if a reference names a registry that is not declared."""
    for rule in declared.rules():
        for reference in rule.references:
            if not reference.is_path and reference.target not in declared.registries:
                known = ", ".join(declared.registries) or "none"
                raise ValueError(
                    f"references.{plain(reference.pointer)}: there is no registry {quoted(reference.target)}; there "
                    f'are: {known}. For files, write "path", or a path with {{}} for the value'
                )


def _parse_rule(where: str, table: object, keys: tuple[str, ...], read: Callable[[str], Any]) -> dict[str, Any]:
    made = dict(_table(where, table))
    for key, value in made.items():
        if key not in keys:
            near = difflib.get_close_matches(key, keys, 1)
            hint = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(keys)}"
            raise ValueError(f"{where}: {plain(key, 80)}: there is no such key; {hint}")
        if key in ("files", "name", "id") and not isinstance(value, str):
            raise ValueError(f"{where}: {key}: this must be text, not {quoted(value)}")
    if "files" not in made:
        raise ValueError(f'{where}: files is missing; for example, write files = "/data/items/*.json"')
    if isinstance(made.get("schema"), str):
        made["schema"] = read(made["schema"])
    if "references" in made:
        _table(f"{where}: references", made["references"])
    return made


def _table(key: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{key}: this must be a table, not {quoted(value)}")
    return value


def _list(key: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{key}: write [[{key}]], once for each")
    return value


def _glob(files: str) -> str:
    if not files.startswith("/"):
        raise ValueError(f'files: {quoted(files)} must start with /: it is a path of the tree, such as "/data/*.json"')
    return files


def _references(table: Mapping[str, str]) -> tuple[Reference, ...]:
    from vfsloader.datamerge.json_pointer import tokens_of

    found = []
    for pointer, target in table.items():
        if not isinstance(target, str) or not target.strip("?"):
            raise ValueError(f"references.{plain(pointer)}: {quoted(target)} is not the name of a registry or a path")
        try:
            tokens_of(pointer)
        except ValueError as error:
            raise ValueError(f"references.{plain(pointer)}: {error}") from None
        found.append(Reference(pointer, target.removesuffix("?"), target.endswith("?")))
    return tuple(found)


def named_in(
    data: Any, references: tuple[Reference, ...]
) -> Iterator[tuple[Reference, str, Any, Callable[[str], None]]]:
    """Yield each value of data that names something: its rule, its pointer, the value, and what replaces it.

    Examples
    --------
    >>> item = {"drops": [{"item": "bow"}, {"item": "scarf"}]}
    >>> [(at, value) for _, at, value, _ in named_in(item, (Reference("/drops/*/item", "items"),))]
    [('/drops/0/item', 'bow'), ('/drops/1/item', 'scarf')]
    """
    from vfsloader.datamerge.json_pointer import tokens_of

    for reference in references:
        waiting: list[tuple[str, Any, Any, Any]] = [("", data, None, None)]
        for token in tokens_of(reference.pointer):
            waiting = [step for at, node, _, _ in waiting for step in _steps(at, node, token)]
        for at, value, holder, key in waiting:
            yield reference, at, value, _setter(holder, key)


def _steps(at: str, node: Any, step: str) -> Iterator[tuple[str, Any, Any, Any]]:
    if isinstance(node, dict):
        keys: list[Any] = list(node) if step == "*" else [step] if step in node else []
    elif isinstance(node, list):
        keys = list(range(len(node))) if step == "*" else [int(step)] if step.isdecimal() and len(step) < 10 else []
        keys = [key for key in keys if key < len(node)]
    else:
        keys = []
    for key in keys:
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        yield f"{at}/{escaped}", node[key], node, key


def _setter(holder: Any, key: Any) -> Callable[[str], None]:
    def replace(value: str) -> None:
        if holder is not None:
            holder[key] = value

    return replace
