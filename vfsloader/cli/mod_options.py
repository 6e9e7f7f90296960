"""``mods options``: what the player can choose about a mod, and choosing it."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from vfsloader.cli.app import Game, Json, Mod, UsageError
from vfsloader.cli.completers import complete_mods
from vfsloader.cli.game import open_game
from vfsloader.cli.output import print_json, print_table, say
from vfsloader.mods.manager import ModManager
from vfsloader.mods.metadata.manifest_schema import manifest_schema, options_schema
from vfsloader.mods.options import Option


def add_commands(mods: App) -> None:
    """Add the commands."""
    mods.command(options)
    mods.command(schema)


def options(
    mod: Mod,
    choices: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE: choose a value; NAME= for the default")] = (),
    /,
    *,
    reset: Annotated[bool, Parameter(help="give all options their defaults first")] = False,
    schema: Annotated[bool, Parameter(help="print the JSON Schema of the options, for editors")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Show the options of a mod, or choose some of them: vfsloader mods options winter snow=false."""
    with open_game(game) as opened:
        known = opened.mods.option_schema(mod)
        if schema:
            print_json(options_schema(known))
            return 0
        wanted = [_choice(text) for text in choices]
        for name, text in wanted:  # nothing is changed if one of them is wrong
            if name not in known:
                opened.mods.set_option(mod, name, text)  # raises
            elif text:
                known[name].read(text)
        if reset:
            opened.mods.reset_options(mod)
        for name, text in wanted:
            opened.mods.set_option(mod, name, known[name].read(text) if text else None)
        return _show(opened.mods, mod, known, json=json)


def schema(
    mod: Annotated[str | None, Parameter(help="a mod: the schema of its options", completer=complete_mods)] = None,
    /,
    *,
    game: Game = ".",
    json: Annotated[bool, Parameter("--json", help="the answer is always JSON")] = True,
) -> int:
    """Print the JSON Schema of mod.toml, or of the options of a mod, for editors."""
    if mod is None:
        print_json(manifest_schema())
        return 0
    with open_game(game) as opened:
        print_json(options_schema(opened.mods.option_schema(mod)))
    return 0


def _show(mods: ModManager, mod: str, known: dict[str, Option], *, json: bool) -> int:
    values = mods.options(mod)
    if json:
        rows = {name: {"value": values[name], **_facts(option)} for name, option in known.items()}
        print_json({"mod": mod, "options": rows})
    elif not known:
        say(f"{mod} has no options")
    else:
        rows_shown = [(name, _text(values[name]), _allowed(option), option.label) for name, option in known.items()]
        print_table(("OPTION", "VALUE", "ALLOWED", "LABEL"), rows_shown)
    return 0


def _choice(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f"{text!r} is not a choice: write NAME=VALUE, for example snow=false")
    return name, value


def _facts(option: Option) -> dict[str, Any]:
    facts = {"type": option.type, "default": option.default, "label": option.label, "help": option.help}
    limits = {"min": option.min, "max": option.max, "max_length": option.max_length}
    facts |= {name: value for name, value in limits.items() if value is not None}
    return {**facts, "choices": list(option.choices)} if option.choices else facts


def _allowed(option: Option) -> str:
    if option.choices:
        return ", ".join(map(_text, option.choices))
    if option.type == "bool":
        return "true, false"
    low, high = (None if bound is None else f"{bound:g}" for bound in (option.min, option.max))
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"from {low}" if low is not None else f"up to {high}" if high is not None else option.type


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
