"""How a player mends a mod's metadata: ``overrides`` of a profile in ``mods.json``.

Pure. A rule that is too tight is no reason to wait for the mod's author:

- ``"-requires": ["snow-lib"]`` takes ids out of a list of rules; so with ``recommends``, ``incompatible``,
  ``after`` and ``before``;
- ``"requires": {"snow-lib": ">=0.2"}`` gives ids other versions, or adds them; so with ``recommends`` and
  ``incompatible``; ``"after": ["hud"]`` and ``"before": ["hud"]`` add to the order;
- ``"game_version": "*"`` and ``"group": "late"`` replace what the mod says;
- ``"version": "==1.0"`` says which of several copies may be used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from packaging.specifiers import SpecifierSet

from vfsloader.mods.metadata.manifest import GROUPS, Manifest, parse_constraint

_TABLES = ("requires", "recommends", "incompatible")
_LISTS = ("after", "before")
#: In the order in which they are followed: what is taken out may be put in anew.
KEYS = (*(f"-{key}" for key in (*_TABLES, *_LISTS)), *_TABLES, *_LISTS, "game_version", "group", "version")


def override_rules(manifest: Manifest, rules: Mapping[str, Any]) -> Manifest:
    """Give a manifest as the player wants it read.

    Parameters
    ----------
    manifest
        What the mod says.
    rules
        What the player says of it; see the top of this module.

    Raises
    ------
    ValueError
        A rule is wrong; the sentence names its key.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> winter = parse_manifest(
    ...     {"id": "winter", "name": "W", "version": "1", "requires": {"lib": "<1", "snow": "*"}}, "w"
    ... )
    >>> mended = override_rules(winter, {"-requires": ["snow"], "requires": {"lib": "<2"}})
    >>> {mod: str(versions) for mod, versions in mended.requires.items()}
    {'lib': '<2'}
    """
    changed: dict[str, Any] = {}
    for key in KEYS:
        if key not in rules:
            continue
        name = key.removeprefix("-")
        present = changed.get(name, getattr(manifest, name))
        value = rules[key]
        if key.startswith("-"):
            gone = _ids(key, value)
            if name in _TABLES:
                changed[name] = {mod: versions for mod, versions in present.items() if mod not in gone}
            else:
                changed[name] = tuple(mod for mod in present if mod not in gone)
        elif key in _TABLES:
            if not isinstance(value, Mapping):
                raise ValueError(f'{key}: this is a table such as {{"snow-lib": ">=0.3"}}, not {value!r:.60}')
            changed[key] = {**present, **{mod: _constraint(f"{key}.{mod}", text) for mod, text in value.items()}}
        elif key in _LISTS:
            changed[key] = tuple(dict.fromkeys((*present, *_ids(key, value))))
        elif key == "game_version":
            changed[key] = _constraint(key, value)
        elif key == "group":
            if value not in GROUPS:
                raise ValueError(f"{key}: {value!r:.60} is none of {', '.join(GROUPS)}")
            changed[key] = value
    unknown = [key for key in rules if key not in KEYS]
    if unknown:
        raise ValueError(f"{unknown[0]}: there is no such key; known are {', '.join(KEYS)}")
    wanted_copies(rules)
    return replace(manifest, **changed)


def wanted_copies(rules: Mapping[str, Any]) -> SpecifierSet:
    """Give the versions of a mod that the player wants used; all, where nothing is said.

    Raises
    ------
    ValueError
        It is no constraint.
    """
    return _constraint("version", rules.get("version", "*"))


def _ids(key: str, value: Any) -> Sequence[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(mod, str) for mod in value):
        raise ValueError(f'{key}: this is a list of ids such as ["snow-lib"], not {value!r:.60}')
    return value


def _constraint(key: str, text: Any) -> SpecifierSet:
    if not isinstance(text, str):
        raise ValueError(f"{key}: this is text, not {text!r:.60}")
    try:
        return parse_constraint(text)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
