"""``check``: verify a save or a settings file."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Json
from vfsloader.cli.output import BAD, GOOD, print_json, print_table, say
from vfsloader.store.check import check


def add_commands(app: App) -> None:
    """Add the command."""
    app.command(check_save, name="check")


def check_save(file: Annotated[str, Parameter(help="the file")], /, *, json: Json = False) -> int:
    """Check every byte of a save or a settings file."""
    report = check(file)
    if json:
        collections = [{"name": name, "kind": kind, "items": items} for name, kind, items in report.collections]
        print_json({**dataclasses.asdict(report), "ok": report.ok, "collections": collections})
        return int(not report.ok)
    for fault in report.faults:
        say(fault, BAD)
    if report.ok:
        say(f"{report.path} is sound: {report.files:,} files, {len(report.collections)} collections", GOOD)
    if report.collections:
        print_table(("COLLECTION", "KIND", "ITEMS"), report.collections)
    return int(not report.ok)
