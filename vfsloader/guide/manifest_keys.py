"""Every key of a manifest, in words. A key that :data:`KEYS` does not explain fails a test."""

from __future__ import annotations

from typing import Any

from vfsloader.mods.metadata.manifest_schema import manifest_schema

#: What each key means, in the words of a table's cell.
KEYS = {
    "id": "The mod's id. It is unique among all mods.",
    "name": "What players see.",
    "version": "PEP 440 or SemVer, such as `1.2.0`.",
    "schema": "The version of this format: `1`.",
    "kind": "The tier of the load order. The default is `mod`.",
    "description": "What the mod does, for players. It may have several lines.",
    "authors": "Who made it.",
    "game_version": "Versions of the game that the mod is made for, such as `>=1.0,<2`.",
    "provides": "Ids that this mod stands in for, with the version of each.",
    "requires": "Mods that must be there, with versions. This mod loads after them.",
    "recommends": "Mods that are better to have. If they are there, this mod loads after them.",
    "incompatible": "Mods that cannot be used with this one, with versions.",
    "icon": "The path of a picture for menus, from the mod's top.",
    "order.after": "Load after these mods, if they are there.",
    "order.before": "Load before these mods, if they are there.",
    "order.group": "Load in this group of the tier. The default is `default`.",
    "files.root": "The folder of the mod whose files the game gets. The default is the mod's top.",
    "files.mount": "Where these files appear in the game's tree. The default is `/`.",
    "files.remove": "Patterns of paths of lower layers that the mod hides.",
    "custom": "Keys of the game itself. vfsloader does not read them.",
    "language": "The language of the mod's own texts, such as `en`.",
    "website": "An address that menus show. It is never fetched.",
    "license": "The licence, such as `CC0-1.0`.",
    "tags": "Words for searching.",
    "options": "Choices for the player.",
    "part": "Folders of the mod that count under a condition.",
    "saves.needs": "Whether removing the mod can break a save.",
    "sharing.binding": "Whether all players of one game need the mod.",
    "sharing.redistribute": "Whether a host may pass the mod on.",
}
TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list", "object": "table"}


def manifest_keys() -> dict[str, Any]:
    """Return the schema of each key of a manifest, by its dotted name."""
    keys: dict[str, Any] = {}
    for name, rule in manifest_schema()["properties"].items():
        inner = rule.get("properties")
        keys |= {f"{name}.{key}": part for key, part in inner.items()} if inner else {name: rule}
    return keys


def type_words(rule: dict[str, Any]) -> str:
    """Return what a value may be, in a few words; values are in backticks.

    Examples
    --------
    >>> type_words({"type": "string", "maxLength": 200}), type_words({"enum": ["early", "late"]})
    ('text, at most 200', '`early`, `late`')
    """
    if "enum" in rule:
        return ", ".join(f"`{value}`" for value in rule["enum"])
    most = rule.get("maxLength", rule.get("maxItems", rule.get("maxProperties")))
    return TYPES[rule["type"]] + (f", at most {most:,}" if most else "")
