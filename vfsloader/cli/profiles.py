"""``mods profile``: keeping several choices of mods, and exchanging them with other players."""

from __future__ import annotations

import dataclasses
import difflib
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Game, Json, group
from vfsloader.cli.completers import complete_profiles
from vfsloader.cli.game import open_game
from vfsloader.cli.output import GOOD, answer, complain, print_json, say

Name = Annotated[str, Parameter(help="the profile's name", completer=complete_profiles)]


def add_commands(app: App) -> None:
    """Add the group of commands."""
    profile = group("profile", "Keep several choices of mods, and exchange them.")
    for command in (list_profiles, use, copy, delete, export, import_):
        profile.command(command, name=command.__name__.removesuffix("_profiles").removesuffix("_"))
    app.command(profile)


def list_profiles(*, game: Game = ".", json: Json = False) -> int:
    """Show the profiles."""
    with open_game(game) as opened:
        current, names = opened.mods.profile, sorted(opened.mods.profiles)
    if json:
        print_json({"current": current, "profiles": names})
    else:
        for name in names:
            say(f"{'*' if name == current else ' '} {name}", GOOD if name == current else "")
    return 0


def use(name: Name, /, *, game: Game = ".", json: Json = False) -> int:
    """Switch to another profile; a new one starts as a copy of the present one."""
    with open_game(game) as opened:
        mods = opened.mods
        before, known = mods.profile, list(mods.profiles)
        mods.use_profile(name)
        enabled = len(mods.enabled)
    text = f"profile {name}, {enabled} mods"
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        text += f"; it is new, a copy of {before}" + (f" (there is also {near[0]})" if near else "")
    return answer({"profile": name, "mods": enabled, "new": name not in known}, text, json=json)


def copy(name: Name, /, *, game: Game = ".", json: Json = False) -> int:
    """Store the present choice under another name as well."""
    with open_game(game) as opened:
        opened.mods.copy_profile(name)
        current = opened.mods.profile
    return answer({"profile": name, "copy_of": current}, f"profile {name} is a copy of {current}", json=json)


def delete(name: Name, /, *, game: Game = ".", json: Json = False) -> int:
    """Delete a profile."""
    with open_game(game) as opened:
        opened.mods.delete_profile(name)
    return answer({"deleted": name}, f"profile {name} is deleted", json=json)


def export(
    file: Annotated[str, Parameter(help="the file to write")], /, *, game: Game = ".", json: Json = False
) -> int:
    """Write the present profile to a file for another player."""
    with open_game(game) as opened:
        opened.mods.export_profile(file)
        name, enabled = opened.mods.profile, len(opened.mods.enabled)
    return answer(
        {"file": file, "profile": name, "mods": enabled}, f"{file}: profile {name}, {enabled} mods", json=json
    )


def import_(
    file: Annotated[str, Parameter(help="the file that export wrote")],
    /,
    *,
    name: Annotated[str | None, Parameter(help="its name here (default: the name that it has in the file)")] = None,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Import another player's profile and switch to it."""
    with open_game(game) as opened:
        differences = opened.mods.import_profile(file, name)
        current, enabled = opened.mods.profile, len(opened.mods.enabled)
    rows = [dataclasses.asdict(difference) for difference in differences]
    answer({"profile": current, "mods": enabled, "differences": rows}, f"profile {current}, {enabled} mods", json=json)
    if not json:
        for difference in differences:
            complain(difference)
    return 1 if any(difference.kind != "extra" for difference in differences) else 0
