"""The mods: the list, one of them with everything that is known, and their icons."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from vfsloader.errors import PathNotFoundError
from vfsloader.mods.conditions import World
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.options import Option
from vfsloader.page.api.asking import Ask, short
from vfsloader.page.api.fixes import problem_row
from vfsloader.page.safe_files import picture_answer
from vfsloader.quoting import plain

#: An icon's file has at most so many pixels.
MOST_ICON_PIXELS = 2048 * 2048
_MOST_ICON_BYTES = 4 << 20


@dataclass(frozen=True)
class Facts:
    """What is read of the mods on the game's thread. Everything else is made of it on another one."""

    mods: list[Mod]
    enabled: list[str]
    disabled: frozenset[str]
    problems: list[Problem]
    revision: int


def facts_of(mods: ModManager) -> Facts:
    """Read the mods; called on the game's thread."""
    available = mods.available
    return Facts(
        available,
        [mod.id for mod in mods.enabled],
        frozenset(mod.id for mod in available if mods.is_disabled(mod.id)),
        mods.problems,
        mods.revision,
    )


def mods(ask: Ask) -> dict[str, Any]:
    """Answer with all mods in the player's order, lowest priority first, and all problems."""
    session = ask.session
    facts = session.on_game(lambda: facts_of(session.mods))
    places = {mod: place for place, mod in enumerate(facts.enabled, 1)}
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    for problem in facts.problems:
        counts[problem.mod][problem.is_warning] += 1
    known = {mod.id for mod in facts.mods}
    rows = [
        {
            **_row(mod),
            "place": places.get(mod.id, 0),
            "state": "on" if mod.id in places else "off" if mod.id in facts.disabled else "wrong",
            "errors": counts[mod.id][False],
            "warnings": counts[mod.id][True],
        }
        for mod in facts.mods
    ]
    broken = sorted({problem.mod for problem in facts.problems if not problem.is_warning} - known)
    by_names = {mod.id: mod.name for mod in facts.mods}
    return {
        "revision": facts.revision,
        "mods": rows,
        "broken": [{"id": name, "errors": counts[name][False]} for name in broken],
        "problems": [problem_row(problem, by_names) for problem in facts.problems],
    }


def mod(ask: Ask) -> dict[str, Any]:
    """Answer with everything about one mod."""
    session, wanted = ask.session, ask.text("id")

    def read() -> dict[str, Any]:
        mods = session.mods
        found = mods[wanted]
        present = mods.profiles[mods.profile]
        problems = [problem for problem in mods.problems if wanted in (problem.mod, *problem.chain)]
        if mods.is_disabled(wanted):
            would_be = mods.plan_enable(wanted).problems
            problems += [problem for problem in would_be if problem not in problems]
        names = {mod.id: mod.name for mod in mods.available}
        values, schema = mods.options(wanted), mods.option_schema(wanted)
        copies = [
            {"version": str(copy.version), "path": short(copy.path.name), "used": copy is found}
            for copy in mods.copies(wanted)
        ]
        return {
            **_row(found),
            "state": "off" if mods.is_disabled(wanted) else "on" if wanted in {m.id for m in mods.enabled} else "wrong",
            "path": short(found.path, 1000),
            "description": found.description,
            "website": short(found.manifest.website, 500),
            "license": short(found.manifest.license),
            "game_version": str(found.manifest.game_version),
            "saves": found.manifest.saves,
            "binding": found.manifest.sharing[0],
            "redistribute": found.manifest.sharing[1],
            "rules": _rules(found),
            "overridden": {key: _plain_value(value) for key, value in present.overrides.get(wanted, {}).items()},
            "copies": copies,
            "options": [_option(option, values[name]) for name, option in schema.items()],
            "shown": _shown(mods, wanted),
            "parts": [
                {"name": short(part.name), "root": short(part.root), "on": part.is_on, "why": short(part.reason or "")}
                for part in mods.parts(wanted)
            ],
            "problems": [problem_row(problem, names) for problem in problems],
            "choices": [
                {"paths": short(choice.paths, 1000), "action": choice.action}
                for choice in mods.file_choices
                if choice.mod == wanted
            ],
        }

    return session.on_game(read)


def icon(ask: Ask) -> Any:
    """Answer with the picture that a mod's manifest names."""
    session, wanted = ask.session, ask.text("id")
    found = session.on_game(lambda: session.mods[wanted])
    data = found.read_icon(_MOST_ICON_BYTES)
    if data is None:
        raise PathNotFoundError.at(wanted, f"{plain(wanted)} has no icon")
    return picture_answer(data, found.manifest.icon, MOST_ICON_PIXELS)


def _row(mod: Mod) -> dict[str, Any]:
    manifest = mod.manifest
    first, _, _ = manifest.description.strip().partition("\n")
    return {
        "id": mod.id,
        "name": mod.name or mod.id,
        "version": str(mod.version),
        "kind": manifest.kind,
        "group": manifest.group,
        "authors": [short(author, 100) for author in mod.authors[:20]],
        "tags": [short(tag, 50) for tag in manifest.tags],
        "summary": short(first, 200),
        "icon": f"{mod.stamp.mtime_ns}" if manifest.icon else "",
        "options": len(manifest.options),
        "requires": [short(other) for other in manifest.requires][:100],
    }


def _rules(mod: Mod) -> dict[str, Any]:
    manifest = mod.manifest
    tables = {
        name: {other: str(versions) for other, versions in getattr(manifest, name).items()}
        for name in ("requires", "recommends", "incompatible", "provides")
    }
    return {**tables, "after": list(manifest.after), "before": list(manifest.before)}


def _option(option: Option, value: Any) -> dict[str, Any]:
    return {
        "name": option.name,
        "type": option.type,
        "label": short(option.label or option.name),
        "help": short(option.help, 2000),
        "group": short(option.group),
        "value": value,
        "default": option.default,
        "min": option.min,
        "max": option.max,
        "step": option.step,
        "max_length": option.max_length,
        "choices": [[choice, short(label)] for choice, label in zip(option.choices, option.choice_labels, strict=True)],
    }


def _shown(mods: ModManager, mod: str) -> list[str]:
    """Return the names of the options that a menu shows now."""
    values = mods.options(mod)
    return [name for name, option in mods.option_schema(mod).items() if option.shown(World(), values)]


def _plain_value(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [short(one) for one in value[:100]]
    if isinstance(value, dict):
        return {short(key): short(one) for key, one in list(value.items())[:100]}
    return short(value)
