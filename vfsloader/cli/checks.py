"""``check``: verify a save or a settings file."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from vfsloader.cli.game import add_json_option
from vfsloader.cli.output import print_json, print_table, say
from vfsloader.store.check import check


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("check", help="check every byte of a save or a settings file")
    parser.add_argument("file", help="the file")
    add_json_option(parser)
    parser.set_defaults(run=_check)


def _check(chosen: argparse.Namespace) -> int:
    report = check(chosen.file)
    if chosen.json:
        collections = [{"name": name, "kind": kind, "items": items} for name, kind, items in report.collections]
        print_json({**dataclasses.asdict(report), "ok": report.ok, "collections": collections})
        return int(not report.ok)
    for fault in report.faults:
        say(fault)
    if report.ok:
        say(f"{report.path} is sound: {report.files:,} files, {len(report.collections)} collections")
    if report.collections:
        print_table(("COLLECTION", "KIND", "ITEMS"), report.collections)
    return int(not report.ok)
