"""How a player overrides a mod's rules: ``overrides`` of a profile in ``mods.json``.

Pure. A player need not wait for the author of a mod whose rules are too tight:

- ``"-requires": ["snow-lib"]`` drops the rules about some ids. ``recommends``, ``incompatible``, ``after`` and
  ``before`` work the same way.
- ``"requires": {"snow-lib": ">=0.2"}`` replaces or adds versions. So do ``recommends`` and ``incompatible``.
  ``"after": ["hud"]`` and ``"before": ["hud"]`` add to the order.
- ``"game_version": "*"`` and ``"group": "late"`` replace the mod's own value.
- ``"version": "==1.0"`` selects which of several copies may be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from packaging.specifiers import SpecifierSet

from vfsloader.mods import messages
from vfsloader.mods.metadata.manifest import Manifest, fault, need, read_constraint, read_group, read_strings

_TABLES = ("requires", "recommends", "incompatible")
_LISTS = ("after", "before")
KEYS = (*(f"-{key}" for key in (*_TABLES, *_LISTS)), *_TABLES, *_LISTS, "game_version", "group", "version")


def override_rules(manifest: Manifest, rules: Mapping[str, object]) -> Manifest:
    """Return a manifest with the player's rules in place of the mod's.

    Parameters
    ----------
    manifest
        The mod's own manifest.
    rules
        The player's rules. The top of this module lists the keys. What is dropped may be added again.

    Raises
    ------
    ValueError
        A rule is wrong. The sentence names its key.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> winter = parse_manifest(
    ...     {"id": "winter", "name": "W", "version": "1", "requires": {"lib": "<1", "snow": "*"}}, "w"
    ... )
    >>> changed = override_rules(winter, {"-requires": ["snow"], "requires": {"lib": "<2"}})
    >>> {mod: str(versions) for mod, versions in changed.requires.items()}
    {'lib': '<2'}
    """
    for key in rules:
        if key not in KEYS:
            raise fault(key, messages.UNKNOWN_KEY, known=", ".join(KEYS))
    wanted_copies(rules)
    fields: dict[str, Any] = {}
    for key in _TABLES:
        dropped, added = _ids(rules, f"-{key}"), need(key, rules.get(key, {}), dict)
        fields[key] = {mod: versions for mod, versions in getattr(manifest, key).items() if mod not in dropped}
        fields[key] |= {mod: read_constraint(f"{key}.{mod}", text) for mod, text in added.items()}
    for key in _LISTS:
        dropped, more = _ids(rules, f"-{key}"), _ids(rules, key)
        fields[key] = tuple(dict.fromkeys((*(mod for mod in getattr(manifest, key) if mod not in dropped), *more)))
    if "game_version" in rules:
        fields["game_version"] = read_constraint("game_version", rules["game_version"])
    if "group" in rules:
        fields["group"] = read_group("group", rules["group"])
    return replace(manifest, **fields)


def wanted_copies(rules: Mapping[str, object]) -> SpecifierSet:
    """Return the versions of a mod that the player allows: all, if the rules do not say.

    Raises
    ------
    ValueError
        The value is not a version constraint.
    """
    return read_constraint("version", rules.get("version", "*"))


def _ids(rules: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = rules.get(key, ())
    return read_strings(key, list(value) if isinstance(value, tuple) else value)
