"""The page of data files: their keys, their values, and how a mod changes one of them. And what conditions can ask."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from vfsloader.guide.document import Code, Items, Listing, Page, Paragraph, Table, Words, marked, say
from vfsloader.guide.facts import FileFacts, GameFacts
from vfsloader.guide.shapes import Row, data_rows, schema_rows
from vfsloader.mods.declarations import PATH_TARGET, DataRule, Declarations, RegistryRule
from vfsloader.mods.options import Option
from vfsloader.quoting import plain

_OPTION_TYPES = {"bool": "true or false", "int": "whole number", "float": "number", "key": "a key, such as ctrl+s"}


def data_page(game: GameFacts, declared: Declarations) -> Page:
    """Return the page: registries first, then declared files, then all other data files."""
    files = game.of_kind("data")
    page = Page("data", "Data", say("Numbers, names and lists: what each data file has, and how a mod changes it."))
    page.section("Change a value")
    page.say(
        "A mod changes values with a file of the same name and `.merge` at its end. It has only what changes. "
        "All mods count, each for its own values. `null` removes a key. A `.patch` file can do more; see "
        "[the format](format.html#change-data)."
    )
    example = next(((file, change) for file in files if (change := _example(file.data)) is not None), None)
    if example is not None:
        file, change = example
        if file.path.endswith(".json"):
            page.blocks.append(
                Listing(json.dumps(change, indent=2, ensure_ascii=False), f"my-first-mod{file.path}.merge")
            )
    seen = set()
    for registry in declared.registries.values():
        matching = [file for file in files if registry.matches(file.path)]
        seen |= {file.path for file in matching}
        _registry(page, registry, matching)
    for rule in declared.data:
        matching = [file for file in files if rule.matches(file.path)]
        seen |= {file.path for file in matching}
        _declared(page, rule, matching)
    for file in files:
        if file.path not in seen and file.data is not None and not file.path.endswith(".txt"):
            _file(page, file)
    return page


def _registry(page: Page, rule: RegistryRule, files: Sequence[FileFacts]) -> None:
    page.section(f"Items: {rule.name}")
    page.say("Every item in {files} is one of {name}. A mod adds items with a new file there.",
             files=Code(rule.files), name=Code(rule.name))  # fmt: skip
    if rule.id is None:
        page.say("A file is a table. Its keys are the ids of the items.")
    else:
        page.say("A file has one item, or a list of items. The key {id} of an item is its id.", id=Code(rule.id))
    page.say(
        "An item of your mod `my-mod` with the id `scarf` is called `my-mod:scarf` by others. In your own files, "
        "`scarf` is enough. An item that does not fit is left out and reported, and everything else works."
    )
    rows = schema_rows(rule.schema.json_schema())
    items = [item for file in files for item in _items(file.data, rule.id)]
    page.blocks.append(_rows_table(rows or data_rows(items), f"Find in {rule.name}"))
    if items and rule.id is not None:
        known = [str(item.get(rule.id)) for item in items if isinstance(item, dict)]
    else:
        known = [str(key) for file in files if isinstance(file.data, dict) for key in file.data]
    if known:
        more = f" and {len(known) - 30} more" if len(known) > 30 else ""
        page.say("The game has: {known}.", known=", ".join(plain(each, 40) for each in known[:30]) + more)
    _references(page, rule)


def _items(data: Any, id: str | None) -> Iterator[Any]:
    if id is None:
        yield from data.values() if isinstance(data, dict) else ()
    elif isinstance(data, list):
        yield from data
    elif data is not None:
        yield data


def _declared(page: Page, rule: DataRule, files: Sequence[FileFacts]) -> None:
    page.section(rule.files)
    rows = schema_rows(rule.schema.json_schema())
    for file in files:
        if file.note:
            page.blocks.append(Paragraph(marked(file.note)))
    page.blocks.append(_rows_table(rows or data_rows([file.data for file in files]), f"Find in {rule.files}"))
    page.say("A value that does not fit is reported in the mod menu, and by `vfsloader mods check`.")
    _references(page, rule)


def _references(page: Page, rule: DataRule) -> None:
    items: list[Words] = []
    for reference in rule.references:
        target: Words = say("the id of one of {name}", name=Code(reference.target))
        if reference.is_path:
            part = say("a part of the path {path}", path=Code(reference.target))
            target = ["the path of a file"] if reference.target == PATH_TARGET else part
        optional = "; an item may name one that is not there" if reference.is_optional else ""
        items.append([Code(reference.pointer), " is ", *target, optional, "."])
    if items:
        page.blocks.append(Items(items))


def _file(page: Page, file: FileFacts) -> None:
    page.section(file.path)
    if file.note:
        page.blocks.append(Paragraph(marked(file.note)))
    if isinstance(file.data, list) and file.path.endswith((".csv", ".tsv")):
        columns = ", ".join(plain(str(key), 40) for key in (file.data[0] if file.data else {}))
        page.say("A table of {count} rows with the columns {columns}. The first column tells rows apart.",
                 count=str(len(file.data)), columns=columns)  # fmt: skip
        return
    page.blocks.append(_rows_table(data_rows(file.data), f"Find in {file.path}", has_values=True))


def _rows_table(rows: Sequence[Row], filter_label: str, *, has_values: bool = False) -> Table:
    if has_values or not any(row.about or row.is_needed for row in rows):
        headers = ["Where", "What it is", "In the game" if has_values else "Values"]
        return Table(headers, [[[Code(row.pointer)], [row.type], [row.values]] for row in rows], filter_label)
    found: list[list[Words]] = [
        [[Code(row.pointer)], [row.type, ", needed" if row.is_needed else ""], [row.values], [row.about]]
        for row in rows
    ]
    return Table(["Where", "What it is", "Values", "About"], found, filter_label)


def _example(data: Any) -> dict[str, Any] | None:
    """Return a small change of data: its first number, one higher, and what is around it."""
    if not isinstance(data, dict):
        return None
    for key, value in data.items():
        if isinstance(value, dict) and (inner := _example(value)) is not None:
            return {key: inner}
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {key: value + 1}
    return None


def conditions_page(declared: Declarations, version: str | None) -> Page:
    """Return the page of conditions and of what the game publishes for them."""
    page = Page(
        "conditions",
        "Conditions",
        say("Let parts of a mod count only sometimes: in winter, at night, with another mod."),
    )
    page.section("What you can ask")
    page.say("A condition is a table `when`. All of it must hold.")
    known = f" This game is version {plain(version, 40)}." if version else ""
    rows: list[Sequence[Words]] = [
        [say('`game_version = ">=1.2"`'), [f"the game's version is one of these.{known}"]],
        [say('`language = "fi"`, or a list'), ["this is the player's language"]],
        [say('`mods = {{ hud = ">=2" }}`'), ["the mod is enabled, in such a version"]],
        [say("`option = {{ snow = true }}`"), ["the player chose this in the options of your mod"]],
    ]
    page.blocks.append(Table(["Condition", "It holds if"], rows))
    if declared.context:
        page.section("What the game publishes")
        page.say("The game says these things about itself while it runs. A list of values means any of them.")
        published: list[list[Words]] = []
        for name, option in declared.context.items():
            example = Code(_when(name, option))
            published.append([[Code(name)], [_option_type(option)], [example], [option.help or option.label]])
        has_about = any(row[3][0] for row in published)
        headers = ["Name", "Values", "For example", "About"][: 4 if has_about else 3]
        page.blocks.append(
            Table(headers, [row[: len(headers)] for row in published], "Find in what the game publishes")
        )
    else:
        page.say("The game's developer has not listed anything else that it publishes.")
    page.section("Where conditions go")
    page.blocks.append(Items([
        say("In a part of your mod: more files, which count while the condition holds."),
        say("In an edit of a picture or a map."),
        say("In data: `{{\"$when\": …, \"$value\": …}}` in a `.merge` file stands for its value, or for nothing."),
    ]))  # fmt: skip
    when = next((_when(name, option) for name, option in declared.context.items()), 'language = "fi"')
    part = f'[[part]]\nroot = "sometimes"          # a folder of your mod\nwhen = {{ {when} }}\n'
    page.blocks.append(Listing(part, "mod.toml"))
    return page


def _option_type(option: Option) -> str:
    if option.type == "choice":
        shown = ", ".join(plain(str(choice), 40) for choice in option.choices[:30])
        return shown + (", …" if len(option.choices) > 30 else "")
    words = _OPTION_TYPES.get(option.type, option.type)
    if option.min is not None or option.max is not None:
        least = "" if option.min is None else f" from {option.min:g}"
        words += least + ("" if option.max is None else f" to {option.max:g}")
    return words


def _when(name: str, option: Option) -> str:
    value = (
        option.choices[0] if option.choices else {"bool": True, "int": option.min or 1}.get(option.type, option.default)
    )
    value = int(value) if option.type == "int" and isinstance(value, float) else value
    return f"{plain(name, 60)} = {json.dumps(value, ensure_ascii=False)}"
