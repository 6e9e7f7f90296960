"""What the page can change: one function for each action, called on the game's thread.

All of it is what the game's menu and the command line do, through :class:`~vfsloader.ModManager`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from vfsloader.errors import VFSError
from vfsloader.globs import glob_escape
from vfsloader.mods import messages
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import Problem
from vfsloader.mods.solve.plan import Plan
from vfsloader.page.api.asking import Ask, BadRequestError, short
from vfsloader.page.api.fixes import problem_row

Action = Callable[[ModManager, Ask], Any]
_RULES = ("requires", "recommends", "incompatible", "after", "before")
_MOST_PROFILE = 60


class ImpossibleError(VFSError):
    """What was asked for cannot be done.

    Attributes
    ----------
    problems
        Why.
    """

    def __init__(self, mod: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(messages.fill(messages.CANNOT_LOAD, mod=mod, problem=problems[0]))
        self.problems = problems


def do(ask: Ask, name: str) -> dict[str, Any]:
    """Carry out an action, and answer with what changed besides."""
    action = ACTIONS.get(name)
    if action is None:
        raise BadRequestError(f"there is no action {short(name, 60)}")
    session = ask.session
    try:
        result = session.change(lambda: action(session.mods, ask))
    except ImpossibleError as error:
        names = session.on_game(lambda: {mod.id: mod.name for mod in session.mods.available})
        return {"impossible": [problem_row(problem, names) for problem in error.problems]}
    return {"done": True, **(result if isinstance(result, dict) else {})}


def _apply(mods: ModManager, plan: Plan) -> dict[str, Any]:
    if not plan.is_possible:
        raise ImpossibleError(plan.mod, plan.problems)
    mods.apply(plan)
    return {"enabled": list(plan.enable), "disabled": list(plan.disable)}


def _set_option(mods: ModManager, ask: Ask) -> None:
    mod, name = ask.text("mod"), ask.text("name")
    value = ask.query.get("value")
    if value is not None and not isinstance(value, (str, int, float, bool)):
        raise BadRequestError("an option is a text, a number, true or false")
    option = mods.option_schema(mod).get(name)
    if option is not None and option.type == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    mods.set_option(mod, name, value)


def _move(mods: ModManager, ask: Ask) -> None:
    before, after = ask.query.get("before"), ask.query.get("after")
    mods.move(ask.text("mod"), before=None if before is None else ask.text("before"), after=after and ask.text("after"))


def _rules_of(mods: ModManager, mod: str) -> dict[str, Any]:
    return dict(mods.profiles[mods.profile].overrides.get(mod, {}))


def _drop_rule(mods: ModManager, ask: Ask) -> None:
    mod, rule, other = ask.text("mod"), ask.text("rule"), ask.text("other")
    if rule not in _RULES:
        raise BadRequestError("there is no such rule")
    rules = _rules_of(mods, mod)
    key = f"-{rule}"
    mods.override_rules(mod, {**rules, key: sorted({*rules.get(key, ()), other})})


def _any_game(mods: ModManager, ask: Ask) -> None:
    mod = ask.text("mod")
    mods.override_rules(mod, {**_rules_of(mods, mod), "game_version": "*"})


def _use_copy(mods: ModManager, ask: Ask) -> None:
    mod = ask.text("mod")
    mods.override_rules(mod, {**_rules_of(mods, mod), "version": f"=={ask.text('version')}"})


def _profile_name(ask: Ask) -> str:
    name = ask.text("name", most=_MOST_PROFILE).strip()
    if not name or not name.isprintable():
        raise BadRequestError("a profile needs a name of at most 60 characters")
    return name


def _import_profile(mods: ModManager, ask: Ask) -> dict[str, Any]:
    """Import what :func:`_export_profile` gave."""
    file = ask.session.new_folder() / "profile.json"
    file.write_text(json.dumps(ask.query.get("profile")))
    differences = mods.import_profile(file, ask.query.get("name") and _profile_name(ask))
    return {"differences": [{"mod": short(one.mod), "sentence": short(one, 1000)} for one in differences]}


def _export_profile(mods: ModManager, ask: Ask) -> dict[str, Any]:
    file = ask.session.new_folder() / "profile.json"
    mods.export_profile(file)
    return {"profile": json.loads(file.read_bytes())}


def _files(ask: Ask) -> str:
    """Return a glob: the one that the request has, or one that means the request's path."""
    return ask.text("paths") if "paths" in ask.query else glob_escape(ask.path())


def _restore(mods: ModManager, ask: Ask) -> None:
    past, index = mods.history(), ask.number("index")
    if index >= len(past) or past[index].when != ask.text("when"):
        raise BadRequestError("the history has changed since; look again")
    mods.restore(past[index])


def _plan(mods: ModManager, ask: Ask) -> dict[str, Any]:
    plan = (mods.plan_enable if ask.flag("on") else mods.plan_disable)(ask.text("mod"))
    return dataclasses.asdict(plan) | {"problems": [str(problem) for problem in plan.problems]}


#: By their names. Those in `HARMLESS` change nothing.
ACTIONS: dict[str, Action] = {
    "enable": lambda mods, ask: _apply(mods, mods.plan_enable(ask.text("mod"))),
    "disable": lambda mods, ask: _apply(mods, mods.plan_disable(ask.text("mod"))),
    "enable_only": lambda mods, ask: mods.enable(ask.text("mod")),
    "enable_all": lambda mods, ask: mods.enable_all(),
    "disable_all": lambda mods, ask: mods.disable_all(),
    "reset_order": lambda mods, ask: mods.reset_order(),
    "move": _move,
    "set_option": _set_option,
    "reset_options": lambda mods, ask: mods.reset_options(ask.text("mod")),
    "drop_rule": _drop_rule,
    "any_game": _any_game,
    "use_copy": _use_copy,
    "clear_rules": lambda mods, ask: mods.override_rules(ask.text("mod"), None),
    "undo": lambda mods, ask: {"what": mods.undo()},
    "redo": lambda mods, ask: {"what": mods.redo()},
    "restore": _restore,
    "use_profile": lambda mods, ask: mods.use_profile(_profile_name(ask)),
    "copy_profile": lambda mods, ask: mods.copy_profile(_profile_name(ask)),
    "delete_profile": lambda mods, ask: mods.delete_profile(ask.text("name")),
    "import_profile": _import_profile,
    "export_profile": _export_profile,
    "prefer": lambda mods, ask: mods.prefer(_files(ask), ask.text("mod")),
    "hide": lambda mods, ask: mods.hide(_files(ask), ask.text("mod")),
    "unchoose": lambda mods, ask: mods.unchoose(_files(ask), ask.text("mod")),
    "plan": _plan,
}
HARMLESS = frozenset({"plan", "export_profile"})
