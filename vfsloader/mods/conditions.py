"""Conditions: ``when`` in parts of a mod, in edits and in data. Pure: the same world gives the same answer everywhere.

A condition is a table, and all of it must hold. Four keys have a meaning of their own; any other is compared with what
the game publishes. Nothing that a condition asks about depends on a condition, so no circle can arise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader.mods import messages
from vfsloader.mods.solve.versions import fits, parse_constraint
from vfsloader.quoting import plain, quoted

#: Keys of a condition that the game cannot publish.
RESERVED = ("game_version", "language", "mods", "option")
#: More than any condition needs.
MAX_KEYS, MAX_CHOICES, MAX_TEXT = 50, 200, 200
#: What a condition may compare: JSON's values without members.
Scalar = str | int | float | bool
_REGION = re.compile("[-_]")


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a condition may ask about."""

    game_version: Version | None = None
    languages: tuple[str, ...] = ()
    """The first one is the language of the game."""
    mods: Mapping[str, Version] = field(default_factory=dict)
    """The versions of the enabled mods, and of what the game provides."""
    context: Mapping[str, Scalar] = field(default_factory=dict)
    """What the game publishes."""


class _Test(NamedTuple):
    """One comparison of a condition."""

    key: str
    name: str
    """The option or the mod; empty otherwise."""
    wanted: tuple[Scalar, ...] | SpecifierSet


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition; without tests it always holds.

    Examples
    --------
    >>> condition = parse_condition({"season": ["winter", "autumn"], "option": {"snow": True}})
    >>> condition.holds(World(context={"season": "winter"}), {"snow": True})
    True
    >>> condition.why_not(World(context={"season": "summer"}), {"snow": True})
    "season is 'summer', not 'winter' or 'autumn'"
    """

    tests: tuple[_Test, ...] = ()

    def holds(self, world: World, options: Mapping[str, Any] | None = None) -> bool:
        """Return whether all of it is true.

        Parameters
        ----------
        world
            What may be asked about.
        options
            The options of the mod that the condition belongs to.
        """
        return all(_is_true(test, world, options or {}) for test in self.tests)

    def why_not(self, world: World, options: Mapping[str, Any] | None = None) -> str | None:
        """Return the first thing that does not hold, in words; None if all of it holds."""
        for test in self.tests:
            if not _is_true(test, world, options or {}):
                return _reason(test, world, options or {})
        return None


ALWAYS = Condition()


def parse_condition(value: object) -> Condition:
    """Check a condition.

    Parameters
    ----------
    value
        The table, as TOML or JSON has it.

    Raises
    ------
    ValueError
        It is not a table of such comparisons; the message says what is wrong.
    """
    if not isinstance(value, Mapping):
        raise ValueError(messages.fill(messages.CONDITION_NOT_A_TABLE, value=value))
    if len(value) > MAX_KEYS:
        raise ValueError(messages.fill(messages.TOO_MANY, most=MAX_KEYS, found=len(value)))
    tests: list[_Test] = []
    for key, wanted in value.items():
        if key == "game_version":
            tests.append(_Test(key, "", parse_constraint(_text(key, wanted))))
        elif key == "mods":
            tests += [_Test(key, mod, parse_constraint(_text(mod, rule))) for mod, rule in _table(key, wanted)]
        elif key == "option":
            tests += [_Test(key, name, _choices(name, choices)) for name, choices in _table(key, wanted)]
        else:
            tests.append(_Test(key, "", _choices(key, wanted)))
    return Condition(tuple(tests))


def check_context_key(key: object) -> str:
    """Return the name of something that a game publishes.

    Raises
    ------
    TypeError, ValueError
        It is not a text; it is empty, too long or has a meaning of its own.
    """
    if not isinstance(key, str):
        raise TypeError(f"the name of a context value must be a text, not {quoted(key)}")
    if not key or len(key) > MAX_TEXT or key in RESERVED:
        raise ValueError(messages.fill(messages.RESERVED_KEY, key=key, reserved=", ".join(RESERVED)))
    return key


def is_scalar(value: object) -> bool:
    """Return whether a condition can be compared with a value: a text, a finite number, or a boolean."""
    return isinstance(value, (str, int)) or (isinstance(value, float) and abs(value) < float("inf"))


def same_scalar(one: object, other: object) -> bool:
    """Return whether two values are equal; ``1`` and ``1.0`` are, ``1`` and ``true`` are not."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _is_true(test: _Test, world: World, options: Mapping[str, Any]) -> bool:
    key, name, wanted = test
    if isinstance(wanted, SpecifierSet):
        version = world.game_version if key == "game_version" else world.mods.get(name)
        return version is not None and fits(wanted, version)
    if key == "language":
        return bool(world.languages) and any(_speaks(world.languages[0], language) for language in wanted)
    found = options.get(name) if key == "option" else world.context.get(key)
    return found is not None and any(same_scalar(found, choice) for choice in wanted)


def _speaks(language: str, wanted: Scalar) -> bool:
    """Return whether a language is the wanted one, or one of its regional forms."""
    have, want = (_REGION.split(str(text).lower()) for text in (language, wanted))
    return have[: len(want)] == want


def _reason(test: _Test, world: World, options: Mapping[str, Any]) -> str:
    key, name, wanted = test
    if isinstance(wanted, SpecifierSet):
        if key == "game_version":
            found = "not known" if world.game_version is None else str(world.game_version)
            return f"the game's version is {found}, not {wanted}"
        version = world.mods.get(name)
        rule = f" {wanted}" if len(wanted) else ""
        return f"{plain(name)}{rule} is not enabled" if version is None else f"{plain(name)} is {version}, not {wanted}"
    choices = " or ".join(quoted(choice) for choice in wanted[:8]) + (" or …" if len(wanted) > 8 else "")
    if key == "language":
        return f"the language is {quoted(world.languages[0]) if world.languages else 'not set'}, not {choices}"
    label = f"the option {plain(name)}" if key == "option" else plain(key)
    found_value = options.get(name) if key == "option" else world.context.get(key)
    return f"{label} is {'not set' if found_value is None else quoted(found_value)}, not {choices}"


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(messages.fill(messages.CONDITION_VALUE, key=key, value=value, type="a version constraint"))
    return value


def _table(key: str, value: object) -> Sequence[tuple[str, object]]:
    if not isinstance(value, Mapping) or len(value) > MAX_KEYS:
        raise ValueError(messages.fill(messages.CONDITION_VALUE, key=key, value=value, type="a table"))
    return [(str(name), inner) for name, inner in value.items()]


def _choices(key: str, value: object) -> tuple[Scalar, ...]:
    choices = value if isinstance(value, list) else [value]
    if not choices or len(choices) > MAX_CHOICES or not all(is_scalar(choice) for choice in choices):
        type_name = "a text, a number, true or false, or a list of them"
        raise ValueError(messages.fill(messages.CONDITION_VALUE, key=key, value=value, type=type_name))
    return tuple(choices)
