"""The JSON Schema of ``mod.toml``, for editors that complete and check it while it is written.

It is made of the limits that the parser has, so the two cannot drift apart. What a schema cannot say (which versions
are valid, and what one key says about another) is listed in ``docs/declarations.md``.
"""

from __future__ import annotations

from typing import Any

from vfsloader.mods import conditions, options
from vfsloader.mods.metadata import manifest, manifest_tables

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCALAR = {"type": ["string", "number", "boolean"]}
_WHOLE = {"type": "number", "minimum": -options.MAX_INT, "maximum": options.MAX_INT}


def manifest_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a manifest.

    Examples
    --------
    >>> schema = manifest_schema()
    >>> schema["required"], schema["properties"]["kind"]["enum"]
    (['id', 'name', 'version'], ['base', 'dlc', 'mod', 'language'])
    """
    rules = _table_of(_text(), manifest.MAX_RULES, manifest.OTHER_ID.pattern)
    ids = _list_of({"type": "string", "pattern": _whole(manifest.OTHER_ID.pattern)}, manifest.MAX_RULES)
    globs = _list_of({**_text(manifest.MAX_PATTERN), "pattern": "^/"}, manifest.MAX_PATTERNS)
    properties: dict[str, Any] = {
        "id": {"type": "string", "pattern": _whole(manifest.ID.pattern), "description": "Unique among all mods."},
        "name": _text(manifest.MAX_NAME, "What players see."),
        "version": _text(None, "PEP 440 or SemVer, such as 1.2.0."),
        "schema": {"type": "integer", "maximum": manifest.SCHEMA},
        "kind": {"enum": list(manifest.KINDS)},
        "description": _text(manifest.MAX_DESCRIPTION),
        "authors": _list_of(_text(manifest.MAX_NAME), manifest.MAX_RULES),
        "game_version": _text(None, 'Versions of the game that the mod is made for, such as ">=1.0,<2".'),
        "provides": rules,
        "requires": rules,
        "recommends": rules,
        "incompatible": rules,
        "icon": _text(manifest.MAX_PATTERN),
        "order": _closed({"after": ids, "before": ids, "group": {"enum": list(manifest.GROUPS)}}),
        "files": _closed({"root": _text(), "mount": _text(), "remove": globs}),
        "custom": {"type": "object"},
        "language": {"type": "string", "pattern": _whole(manifest_tables._LANGUAGE.pattern)},
        "website": _text(manifest.MAX_NAME),
        "license": _text(manifest.MAX_NAME),
        "tags": _list_of(_text(manifest.MAX_TAG), manifest.MAX_TAGS),
        "options": _table_of({"$ref": "#/$defs/option"}, options.MAX_OPTIONS, options._NAME.pattern),
        "part": _list_of({"$ref": "#/$defs/part"}, manifest_tables.MAX_PARTS),
        "saves": _closed({"needs": {"type": "boolean"}}),
        "sharing": _closed({"binding": {"enum": list(manifest_tables.BINDINGS)}, "redistribute": {"type": "boolean"}}),
    }
    part = {"root": {**_text(), "minLength": 1}, "mount": _text(), "name": _text(), "when": {"$ref": "#/$defs/when"}}
    return {
        "$schema": DIALECT,
        "title": "mod.toml",
        **_closed(properties, "id", "name", "version"),
        "$defs": {"when": _condition(), "option": _option(), "part": _closed(part, "root")},
    }


def options_schema(known: dict[str, options.Option]) -> dict[str, Any]:
    """Return the JSON Schema of what a player may choose in the options of a mod."""
    return {"$schema": DIALECT, **_closed({name: option.json_schema() for name, option in known.items()})}


def _condition() -> dict[str, Any]:
    choices = {
        "anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1, "maxItems": conditions.MAX_CHOICES}]
    }
    return {
        "type": "object",
        "maxProperties": conditions.MAX_KEYS,
        "properties": {
            "game_version": _text(),
            "mods": _table_of(_text(), conditions.MAX_KEYS),
            "option": _table_of(choices, conditions.MAX_KEYS),
        },
        "additionalProperties": choices,
    }


def _option() -> dict[str, Any]:
    common = {
        "type": {"enum": list(options.TYPES)},
        "label": _text(options.MAX_LABEL),
        "help": _text(options.MAX_HELP),
        "group": _text(options.MAX_LABEL),
        "when": {"type": "object"},
    }
    number = {"min": _WHOLE, "max": _WHOLE, "step": {**_WHOLE, "exclusiveMinimum": 0}}
    listed = {"type": "array", "items": _SCALAR, "minItems": 1, "maxItems": options.MAX_CHOICES}
    labelled = {**_table_of(_text(options.MAX_LABEL), options.MAX_CHOICES), "minProperties": 1}
    length = {"type": "integer", "minimum": 1, "maximum": options.MAX_TEXT}
    by_type: dict[str, dict[str, Any]] = {
        "bool": {"default": {"type": "boolean"}},
        "int": {"default": _WHOLE, **number},
        "float": {"default": {"type": "number"}, **number},
        "choice": {"default": _SCALAR, "choices": {"anyOf": [listed, labelled]}},
        "text": {"default": _text(options.MAX_TEXT), "max_length": length},
        "color": {"default": {"type": "string", "pattern": _whole(options._COLOR.pattern)}},
        "key": {"default": {"type": "string", "pattern": _whole(_in_any_case(options._KEY.pattern))}},
    }
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": common["type"]},
        "oneOf": [
            _closed({**common, "type": {"const": kind}, **keys}, *(["choices"] if kind == "choice" else []))
            for kind, keys in by_type.items()
        ],
    }


def _in_any_case(pattern: str) -> str:
    """Return a pattern that matches both cases; JSON Schema has no flags."""
    return pattern.replace("[a-z]", "[A-Za-z]")


def _whole(pattern: str) -> str:
    """Return a pattern that matches a whole text: those of JSON Schema match anywhere in it."""
    return f"^(?:{pattern})$"


def _text(most: int | None = None, description: str = "") -> dict[str, Any]:
    limit = {} if most is None else {"maxLength": most}
    return {"type": "string", **limit, **({"description": description} if description else {})}


def _list_of(items: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}


def _table_of(values: dict[str, Any], most: int, names: str | None = None) -> dict[str, Any]:
    named = {} if names is None else {"propertyNames": {"pattern": _whole(names)}}
    return {"type": "object", "additionalProperties": values, "maxProperties": most, **named}


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, "additionalProperties": False, **needed}
