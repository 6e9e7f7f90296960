"""Showing what an installation would do, asking, and doing it."""

from __future__ import annotations

import dataclasses
import sys
from typing import Annotated

from cyclopts import Parameter

from vfsloader.cli.mod_files import is_confirmed
from vfsloader.cli.output import BAD, answer, complain, print_json, say
from vfsloader.cli.progress import progress_bar
from vfsloader.mods.getting import InstallPlan
from vfsloader.mods.manager import ModManager
from vfsloader.quoting import size_text
from vfsloader.runtime.progress import ignore_progress

Yes = Annotated[bool, Parameter(("--yes", "-y"), help="do not ask")]


def carry_out(mods: ModManager, plan: InstallPlan, yes: bool, dry_run: bool, json: bool) -> int:
    """Show a plan, ask, and carry it out."""
    rows = [dataclasses.asdict(change) for change in plan.changes]
    if not json:
        for note in plan.notes:
            complain(note)
        for change in plan.changes:
            size = f", {size_text(change.size)}" if change.size else ""
            say(f"{change}{size}" + (f", from {change.source}" if change.source else ""))
        total = sum(change.size for change in plan.changes)
        if len([change for change in plan.changes if change.size]) > 1:
            say(f"{size_text(total)} to download")
        for question in plan.questions:
            complain(f"{question}.", BAD)
    if not dry_run:
        if plan.questions and not yes and (json or not has_a_person()):
            if json:
                print_json({"changes": rows, "notes": list(plan.notes), "questions": plan.questions, "done": False})
            else:
                complain("Nothing is changed: pass --yes if you trust it all the same.", BAD)
            return 1
        if plan.changes and not (yes or json) and not is_confirmed("Go on?"):
            say("Nothing is changed.")
            return 1
        with progress_bar("downloading") as progress:
            mods.installer.apply(plan.accepted(), progress or ignore_progress)
    done = "would be done" if dry_run else "done"
    text = f"{len(rows)} {'change' if len(rows) == 1 else 'changes'}, {done}" if rows else "nothing to change"
    facts = {"changes": rows, "notes": list(plan.notes), "questions": list(plan.questions), "done": not dry_run}
    return answer(facts, text, json=json)


def has_a_person() -> bool:
    """Return whether somebody can be asked: standard input and output are a terminal."""
    return sys.stdin is not None and sys.stdout is not None and sys.stdin.isatty() and sys.stdout.isatty()
