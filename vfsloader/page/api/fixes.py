"""What the page offers to do about a problem: the buttons beside it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from vfsloader.mods.messages import Problem
from vfsloader.page.api.asking import short

#: The words of a button, by key of the page's translations; what it does; and the arguments.
Fix = dict[str, Any]


def problem_row(problem: Problem, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a problem as it is sent, with the buttons for its fixes.

    Parameters
    ----------
    problem
        The problem.
    names
        The names of the installed mods, by their ids.
    """
    return {
        "kind": problem.kind,
        "mod": short(problem.mod),
        "name": names.get(problem.mod, short(problem.mod)),
        "other": short(problem.other),
        "other_name": names.get(problem.other, short(problem.other)),
        "fix": short(problem.fix, 1200),
        "why": short(problem.why, 1200),
        "warning": problem.is_warning,
        "chain": [short(mod) for mod in problem.chain[:50]],
        "fixes": fixes_of(problem, names),
    }


def fixes_of(problem: Problem, installed: Collection[str]) -> list[Fix]:
    """Return what can be done about a problem by a click, the best first.

    Examples
    --------
    >>> found = fixes_of(Problem("disabled", "hud", "Enable lib", "hud requires it", other="lib"), {"hud", "lib"})
    >>> [(fix["words"], fix["do"], fix["mod"]) for fix in found]
    [('fix_enable', 'enable', 'lib'), ('fix_drop', 'drop_rule', 'hud'), ('fix_disable', 'disable', 'hud')]
    """
    make = _FIXES.get(problem.kind)
    is_here, other_is_here = problem.mod in installed, problem.other in installed
    fixes = [] if make is None else make(problem, other_is_here)
    if is_here and not problem.is_warning:
        fixes.append(_fix("fix_disable", "disable", problem.mod))
    return [fix for fix in fixes if fix["mod"] in installed or fix["do"] in ("install", "search")]


def _fix(words: str, do: str, mod: str, **more: Any) -> Fix:
    return {"words": words, "do": do, "mod": mod, **more}


def _drop(problem: Problem, rule: str) -> Fix:
    return _fix("fix_drop", "drop_rule", problem.mod, rule=rule, other=problem.other)


def _missing(problem: Problem, is_here: bool) -> list[Fix]:
    return [_fix("fix_install", "install", problem.other), _drop(problem, "requires")]


def _disabled(problem: Problem, is_here: bool) -> list[Fix]:
    return [_fix("fix_enable", "enable", problem.other), _drop(problem, "requires")]


def _version(problem: Problem, is_here: bool) -> list[Fix]:
    return [_fix("fix_update", "update", problem.other), _drop(problem, "requires")]


def _broken(problem: Problem, is_here: bool) -> list[Fix]:
    return [_fix("fix_show", "show", problem.other), _drop(problem, "requires")]


def _incompatible(problem: Problem, is_here: bool) -> list[Fix]:
    return [_fix("fix_disable", "disable", problem.other), _drop(problem, "incompatible")]


_FIXES: dict[str, Callable[[Problem, bool], list[Fix]]] = {
    "missing": _missing,
    "disabled": _disabled,
    "version": _version,
    "broken": _broken,
    "copy": _broken,
    "incompatible": _incompatible,
    "game_version": lambda problem, _: [_fix("fix_any_game", "any_game", problem.mod)],
    "absent": lambda problem, _: [_fix("fix_install", "install", problem.other), _drop(problem, "recommends")],
    "advice": lambda problem, _: [_fix("fix_above", "move", problem.mod, after=problem.other)],
    "option": lambda problem, _: [_fix("fix_reset_options", "reset_options", problem.mod)],
    "override": lambda problem, _: [_fix("fix_clear_rules", "clear_rules", problem.mod)],
    "duplicate": lambda problem, _: [_fix("fix_show", "show", problem.mod)],
}
