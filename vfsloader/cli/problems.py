"""What commands say about the state of a mod, and about what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable

from vfsloader.cli.output import BAD, FAINT, GOOD, NOTE, complain, shown_warnings
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import Problem

STATE_STYLES = {"on": GOOD, "off": FAINT, "left out": BAD}
#: Problems that nothing needs to be done about.
_NOTICES = frozenset({"absent", "advice", "soft_cycle", "state", "unused_copy"})


def is_wrong(problem: Problem) -> bool:
    """Return whether somebody should do something about a problem, so that a command exits with status 1."""
    return problem.kind not in _NOTICES


def problem_data(problem: Problem) -> dict[str, object]:
    """Return the fields of a problem that scripts read."""
    return {name: getattr(problem, name) for name in ("kind", "mod", "fix", "why", "chain")}


def state_of(mods: ModManager, mod: str) -> str:
    """Return ``on``, ``off``, or ``left out`` for a mod that is enabled and cannot load."""
    if mods.is_disabled(mod):
        return "off"
    return "on" if any(enabled.id == mod for enabled in mods.enabled) else "left out"


def show_problems(problems: Iterable[Problem]) -> None:
    """Print problems to standard error: in red what keeps a mod from loading, in yellow everything else."""
    for problem in problems:
        if problem.kind == "mods_folder" and any(problem.mod in warning for warning in shown_warnings):
            continue  # a warning said so when the game was opened
        complain(problem, NOTE if problem.is_warning else BAD)
