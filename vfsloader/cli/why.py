"""``why``: where a path comes from, and which mod made a pixel, a tile or a value what it is."""

from __future__ import annotations

import difflib
import json as json_module
from typing import Annotated, Any

from cyclopts import App, Parameter

from vfsloader import paths
from vfsloader.cli.app import Game, Json, Path, UsageError
from vfsloader.cli.game import open_game
from vfsloader.cli.output import BAD, FAINT, GOOD, print_json, print_table, say
from vfsloader.datamerge.gather import gather
from vfsloader.datamerge.merge import ABSENT
from vfsloader.game.manager import ResourceManager
from vfsloader.game.part_reports import At, PartReport
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Found
from vfsloader.mods.explain import edits_of
from vfsloader.mods.sets.file_choices import left_out
from vfsloader.quoting import quoted

_MOST_SHOWN = 300


def add_commands(app: App) -> None:
    """Add the command."""
    app.command(why)


def why(
    path: Path,
    /,
    *,
    at: Annotated[
        str | None, Parameter(help="X,Y: which mods made this pixel of a picture, or this tile of a map")
    ] = None,
    diff: Annotated[
        bool, Parameter("--diff", help="show how the winner's text differs from that of the next one")
    ] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Show every layer that has a path, and which one wins.

    PATH#/POINTER asks about one value of a data file: /data/items.json#/sword/damage. PATH#ID asks about a text:
    '/locale/fi/game.po#Hello'.
    """
    with open_game(game) as opened:
        whole, mark, pointer = path.partition("#")
        part: At | None = None
        if at is not None:
            part = _place(at)
        elif mark and not opened.vfs.exists(path):
            path, part = whole, pointer
        if part is not None:
            return _show_part(opened.why(path, part), json=json)
        return _show_path(opened, paths.normalise(path), diff=diff, json=json)


def _place(text: str) -> tuple[int, int]:
    try:
        x, y = map(int, text.split(","))
    except ValueError:
        raise UsageError(f"--at takes two whole numbers, such as 52,3, not {quoted(text)}") from None
    return x, y


def _show_part(report: PartReport, *, json: bool) -> int:
    is_value = isinstance(report.at, str)
    if json:
        rows = [
            {"mod": step.mod, "file": step.path, "where": step.label}
            | {key: value for key in ("before", "after") if (value := getattr(step, key)) is not ABSENT}
            for step in report.steps
        ]
        found = {} if report.value is ABSENT else {"value": report.value}
        print_json({"path": report.path, "at": report.at, **found, "made_by": report.mod, "steps": rows})
        return 0
    place = f"{report.path}#{report.at}" if is_value else f"{report.path} at {report.at[0]},{report.at[1]}"
    if not is_value and report.value is None:
        say(f"{place}: no edit changes it; the map is that of {report.mod}")
        return 0
    value = report.value
    is_layers = not is_value and isinstance(value, dict)
    told = "; ".join(f"{layer}: {_shown(tile)}" for layer, tile in value.items()) if is_layers else _shown(value)
    say(f"{place} is {told}", GOOD)
    table: list[tuple[object, ...]] = []
    for step in report.steps:
        where = f"{step.path}{f' {step.label}' if step.label else ''}"
        before, after = _shown(step.before), _shown(step.after)
        if isinstance(step.after, dict) and is_layers:
            after = "; ".join(f"{layer}: {_shown(tile)}" for layer, tile in step.after.items())
        table.append((step.mod, where, after if step.before is ABSENT else f"{before} -> {after}"))
    print_table(("MOD", "FILE", "SETS IT TO"), table, [FAINT] * (len(table) - 1) + [GOOD])
    return 0


def _shown(value: Any) -> str:
    """Return a pixel, a tile or a value as people write it."""
    if value is ABSENT:
        return "nothing"
    if isinstance(value, tuple):
        return "#" + bytes(value).hex()
    if value == "":
        return "none"
    text = value if isinstance(value, str) else json_module.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _show_path(opened: ResourceManager, path: str, *, diff: bool, json: bool) -> int:
    union = opened.vfs.union
    winner = opened.vfs.which_layer(path)
    copies = [copy for copy in union.copies(path) if not copy.entry.is_folder]
    digests = [digest_of(copy.layer, copy.entry) for copy in copies]
    rows: list[dict[str, Any]] = [
        {
            "layer": copy.name,
            "wins": copy.name == winner,
            "same": digest == digests[0],
            "size": copy.entry.size,
            "sha256": digest.hex(),
        }
        for copy, digest in zip(copies, digests, strict=True)
    ]
    difference = _diff_text(copies) if diff else []
    changes = [part for part in gather(union.mounts, path) if part.role != "whole"] + edits_of(union, path)
    unused = [(found.layer, found.reason) for found in left_out(union.mounts, path)]
    unused += [(mod.id, reason) for mod in opened.mods.enabled if (reason := mod.layer.why_left_out(path))]
    if not rows and not changes and not unused:
        raise union.not_found(path)
    if json:
        changed_by = [{"layer": part.name, "file": part.entry.path, "size": part.entry.size} for part in changes]
        print_json(
            {
                "path": path,
                "winner": winner,
                "layers": rows,
                "changed_by": changed_by,
                "left_out": [{"layer": mod, "reason": reason} for mod, reason in unused],
            }
        )
        return int(not rows and not changes)
    if winner is None and rows:
        say(f"No layer shows {path}: a higher one hides it.")
    table: list[tuple[object, ...]] = [
        (part.name, part.entry.size, f"changes it by {part.entry.path}") for part in changes
    ]
    styles = [GOOD] * len(changes)
    for row in rows:
        remark = "wins" if row["wins"] else "same bytes" if row["same"] else ""
        table.append((row["layer"], row["size"], remark))
        styles.append(GOOD if row["wins"] else FAINT)
    table += [(mod, "", f"left out: {reason}") for mod, reason in unused]
    print_table(("LAYER", "SIZE", ""), table, [*styles, *(BAD for _ in unused)])
    for line in difference:
        say(line.expandtabs(), {"+": GOOD, "-": BAD}.get(line[:1], ""))
    return int(not rows and not changes)


def _diff_text(copies: list[Found]) -> list[str]:
    """Compare the two highest copies, as ``diff -u`` does."""
    if len(copies) < 2:
        return []
    upper, lower = copies[:2]
    try:
        old, new = (copy.layer.read(copy.entry).decode().splitlines() for copy in (lower, upper))
    except UnicodeDecodeError:
        return ["At least one of the two is not text."]
    return list(difflib.unified_diff(old, new, lower.name, upper.name, lineterm=""))
