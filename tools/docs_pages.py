"""Pages of the site that are made from the code: commands, keys of mod.toml, and problems of mods.

They are written into docs/generated, which is not committed, each time the site is built. So they are never stale.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vfsloader.cli.commands import build_app
from vfsloader.mods.messages import PROBLEMS, WARNINGS
from vfsloader.mods.metadata.manifest_schema import manifest_schema

#: What a name in braces in the sentence of a problem stands for, where the name itself does not say it.
FACTS = {
    "found": "what there is",
    "wanted": "what is needed",
    "other": "the other mod",
    "names": "their names",
    "where": "the file",
    "mod": "the mod",
    "by": "the mod that has the copy",
}
#: Facts that add a few words to a sentence, or nothing.
ADDITIONS = ("constraint", "more", "near")
#: What each key of mod.toml means, in a table's cell.
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
    "options": "Choices for the player. See [options](../mods.md#options).",
    "part": "Folders of the mod that count under a condition. See [conditions](../mods.md#conditions).",
    "saves.needs": "Whether removing the mod can break a save.",
    "sharing.binding": "Whether all players of one game need the mod.",
    "sharing.redistribute": "Whether a host may pass the mod on.",
}
TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list", "object": "table"}


#: The pages, in a folder of their own.
NAMES = ("commands", "manifest", "problems")


def write(folder: Path) -> None:
    """Write all generated pages into a folder, and leave alone what is already right."""
    folder.mkdir(exist_ok=True)
    pages: dict[str, Callable[[], str]] = {"commands": commands, "manifest": manifest, "problems": problems}
    for name, page in pages.items():
        file, text = folder / f"{name}.md", page()
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def problems() -> str:
    """Return the page of all kinds of problems."""
    parts = [
        "# Problems of mods, and their fixes\n",
        "Each problem has a kind: `problem.kind` in Python, `kind` in `vfsloader mods list --json`. A sentence about "
        "it says the fix first, then the reason. Words in *italics* stand for names, versions and paths of your game. "
        "A **warning** leaves the mod in. An **error** leaves it out until the problem is fixed.\n",
    ]
    for kind, (fix, why) in sorted(PROBLEMS.items()):
        weight = "Warning" if kind in WARNINGS else "Error"
        parts.append(f"(problem-{kind})=\n## `{kind}`\n\n**{weight}.** {_sentence(why)}\n\nFix: {_sentence(fix)}\n")
    return "\n".join(parts)


def _sentence(template: str) -> str:
    """Return a template as a sentence: its facts are words in italics."""
    text = ""
    for literal, name, _, _ in string.Formatter().parse(template):
        text += literal
        if name and name not in ADDITIONS:
            text += f"*{FACTS.get(name, name)}*"
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")


def commands() -> str:
    """Return the page of all commands, with their arguments and options."""
    text = build_app().generate_docs(output_format="markdown")
    lines = text.splitlines()
    body = [line for line in lines[1:] if not line.startswith(("# ",))]
    introduction = "Every command has `--help`. [The command line](../command-line.md) shows how they work together."
    return "\n".join(["# All commands\n", introduction, "", *body]) + "\n"


def manifest() -> str:
    """Return the page of all keys of a manifest. A key that :data:`KEYS` does not explain is a KeyError."""
    lines = [
        "# The keys of mod.toml\n",
        "Only `id`, `name` and `version` are needed. Any other key is an error: a misspelt key is never ignored. "
        "[Mods](../mods.md#the-manifest) has an example. `vfsloader mods schema` prints a JSON Schema for editors.\n",
        "| key | type | meaning |",
        "| --- | --- | --- |",
        *(f"| `{key}` | {_type(rule)} | {KEYS[key]} |" for key, rule in manifest_keys().items()),
    ]
    return "\n".join(lines) + "\n"


def manifest_keys() -> dict[str, Any]:
    """Return the schema of each key of a manifest, by its dotted name."""
    keys = {}
    for name, rule in manifest_schema()["properties"].items():
        inner = rule.get("properties")
        keys |= {f"{name}.{key}": part for key, part in inner.items()} if inner else {name: rule}
    return keys


def _type(rule: dict[str, Any]) -> str:
    """Return what a value may be, in a few words."""
    if "enum" in rule:
        return ", ".join(f"`{value}`" for value in rule["enum"])
    most = rule.get("maxLength", rule.get("maxItems", rule.get("maxProperties")))
    return TYPES[rule["type"]] + (f", at most {most:,}" if most else "")
