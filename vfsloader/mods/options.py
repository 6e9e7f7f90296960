"""A mod's options: what its author lets the player choose, and the checks of what the player chose. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vfsloader.errors import OptionError
from vfsloader.mods import messages
from vfsloader.mods.conditions import ALWAYS, Condition, Scalar, World, is_scalar, parse_condition, same_scalar
from vfsloader.quoting import plain, quoted

TYPES = ("bool", "int", "float", "choice", "text", "color", "key")
MAX_OPTIONS, MAX_CHOICES, MAX_LABEL, MAX_HELP, MAX_TEXT = 200, 200, 200, 2000, 10_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?")
#: A key as pygame and pyglet name keys, with modifiers before it: ``space``, ``f5``, ``ctrl+s``.
_KEY = re.compile(r"(?:[a-z]{1,10}\+){0,4}(?:[^\s+]{1,20}|\+)(?: [^\s+]{1,20}){0,2}", re.IGNORECASE)
_KEYS = frozenset({"type", "default", "min", "max", "step", "choices", "max_length", "label", "help", "group", "when"})
#: The keys that each type adds to those that all types have.
_KEYS_OF = {
    "bool": frozenset(),
    "int": frozenset({"min", "max", "step"}),
    "float": frozenset({"min", "max", "step"}),
    "choice": frozenset({"choices"}),
    "text": frozenset({"max_length"}),
    "color": frozenset(),
    "key": frozenset(),
}
_LIMITS = frozenset({"min", "max", "step", "choices", "max_length"})
#: What an option is if its author gives no default.
_DEFAULTS: dict[str, Scalar] = {"bool": False, "int": 0, "float": 0.0, "text": "", "color": "#ffffff", "key": "space"}
#: Larger numbers lose digits in JSON.
MAX_INT = 2**53


@dataclass(frozen=True, slots=True)
class Option:
    """What the player can choose about a mod.

    Examples
    --------
    >>> option = parse_option("depth", {"type": "int", "default": 2, "min": 0, "max": 9, "label": "Depth of snow"})
    >>> option.check(3)
    3
    >>> option.check(12)
    Traceback (most recent call last):
    ...
    vfsloader.errors.OptionError: depth: 12 is more than 9, the highest value
    """

    name: str
    type: str
    """``bool``, ``int``, ``float``, ``choice``, ``text``, ``color`` or ``key``."""
    default: Scalar
    label: str = ""
    """What a menu shows; the name if the author wrote none."""
    help: str = ""
    group: str = ""
    """The heading below which a menu shows it; empty for none."""
    min: float | None = None
    max: float | None = None
    step: float | None = None
    choices: tuple[Scalar, ...] = ()
    choice_labels: tuple[str, ...] = ()
    """What a menu shows for each choice."""
    max_length: int | None = None
    """Characters."""
    when: Condition = ALWAYS
    """Whether a menu shows the option; its value counts all the same."""

    def check(self, value: object) -> Scalar:
        """Return a value as it is kept.

        Raises
        ------
        OptionError
            The value is of another type, or out of range.
        """
        reason = self._fault(value)
        if reason is not None:
            raise OptionError.at(self.name, f"{plain(self.name)}: {reason}")
        if self.type == "float":
            return float(value)  # type: ignore[arg-type]
        return value.lower() if self.type == "color" and isinstance(value, str) else value  # type: ignore[return-value]

    def read(self, text: str) -> Scalar:
        """Return the value that a text stands for, as on a command line.

        Raises
        ------
        OptionError
            It is not a value of the option.
        """
        words: dict[str, bool] = {"true": True, "yes": True, "on": True, "1": True}
        words |= {"false": False, "no": False, "off": False, "0": False}
        value: object = text
        if self.type == "bool":
            value = words.get(text.strip().lower(), text)
        elif self.type in ("int", "float") and len(text) < 50:
            for number in (int, float):
                try:
                    value = number(text)
                except ValueError:
                    continue
                break
        elif self.type == "choice":
            value = next((choice for choice in self.choices if str(choice) == text), text)
        return self.check(value)

    def shown(self, world: World, options: Mapping[str, Any]) -> bool:
        """Return whether a menu shows the option now."""
        return self.when.holds(world, options)

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the option's value, for editors."""
        schema: dict[str, Any] = {"title": self.label or self.name, "default": self.default}
        if self.help:
            schema["description"] = self.help
        if self.type == "bool":
            schema["type"] = "boolean"
        elif self.type in ("int", "float"):
            schema["type"] = "integer" if self.type == "int" else "number"
            schema |= {"minimum": -MAX_INT, "maximum": MAX_INT} if self.type == "int" else {}
            if self.min is not None:
                schema["minimum"] = self.min
            if self.max is not None:
                schema["maximum"] = self.max
        elif self.type == "choice":
            schema["enum"] = list(self.choices)
        else:
            schema["type"] = "string"
            if self.type == "text":
                schema["maxLength"] = MAX_TEXT if self.max_length is None else self.max_length
            else:
                schema["pattern"] = f"^{(_COLOR if self.type == 'color' else _KEY).pattern}$"
        return schema

    def _fault(self, value: object) -> str | None:
        """Return what is wrong with a value."""
        if self.type == "bool":
            return None if isinstance(value, bool) else f"{quoted(value)} is not true or false"
        if self.type in ("int", "float"):
            return self._number_fault(value)
        if self.type == "choice":
            if any(same_scalar(value, choice) for choice in self.choices):
                return None
            return f"{quoted(value)} is not one of {', '.join(quoted(choice) for choice in self.choices[:20])}"
        if not isinstance(value, str):
            return f"{quoted(value)} is not a text"
        if self.type == "text":
            most = MAX_TEXT if self.max_length is None else self.max_length
            return f"this has {len(value):,} characters; at most {most:,} are allowed" if len(value) > most else None
        if self.type == "color":
            return None if _COLOR.fullmatch(value) else f"{quoted(value)} is not a color such as #ffcc00"
        return None if _KEY.fullmatch(value) else f"{quoted(value)} is not a key such as space or ctrl+s"

    def _number_fault(self, value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_scalar(value):
            return f"{quoted(value)} is not a {'whole number' if self.type == 'int' else 'number'}"
        if self.type == "int" and (not isinstance(value, int) or abs(value) > MAX_INT):
            return f"{quoted(value)} is not a whole number of at most 53 bits"
        if self.min is not None and value < self.min:
            return f"{quoted(value)} is less than {_plain_number(self.min)}, the lowest value"
        if self.max is not None and value > self.max:
            return f"{quoted(value)} is more than {_plain_number(self.max)}, the highest value"
        return None


def parse_options(table: object) -> dict[str, Option]:
    """Check the ``[options]`` of a manifest.

    Raises
    ------
    ValueError
        An option is wrong; the message names it.
    """
    if not isinstance(table, Mapping):
        raise ValueError(messages.fill(messages.WRONG_TYPE, type="a table", value=table))
    if len(table) > MAX_OPTIONS:
        raise ValueError(messages.fill(messages.TOO_MANY, most=MAX_OPTIONS, found=len(table)))
    options = {}
    for name, keys in table.items():
        try:
            options[str(name)] = parse_option(str(name), keys)
        except ValueError as error:
            raise ValueError(f"{plain(str(name), 80)}: {error}") from None
    for option in options.values():
        for test in option.when.tests:
            if test.key == "option" and test.name not in options:
                raise ValueError(f"{option.name}: when: there is no option {quoted(test.name)}")
    return options


def parse_option(name: str, keys: object) -> Option:
    """Check one option of a manifest.

    Raises
    ------
    ValueError
        A key is unknown, missing or wrong.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("write at most 64 letters, digits, _ or -, and begin with a letter")
    if not isinstance(keys, Mapping):
        raise ValueError(messages.fill(messages.WRONG_TYPE, type="a table", value=keys))
    kind = keys.get("type")
    if kind not in TYPES:
        raise ValueError(f"type: {quoted(kind)} is not one of {', '.join(TYPES)}")
    for key in keys:
        if key not in _KEYS or (key in _LIMITS and key not in _KEYS_OF[kind]):
            known = ", ".join(sorted((_KEYS - _LIMITS) | _KEYS_OF[kind]))
            raise ValueError(f"{plain(str(key), 80)}: an option of type {kind} has no such key; it has {known}")
    choices, labels = _choices(keys.get("choices")) if kind == "choice" else ((), ())
    low, high, step = (_number(key, keys.get(key)) for key in ("min", "max", "step"))
    if low is not None and high is not None and low > high:
        raise ValueError(f"min: {_plain_number(low)} is more than max, {_plain_number(high)}")
    if step is not None and step <= 0:
        raise ValueError("step: this must be more than 0")
    default = keys.get("default", choices[0] if choices else None)
    if default is None:
        default = _DEFAULTS[kind]
        if low is not None and default < low:  # type: ignore[operator]
            default = low
        elif high is not None and default > high:  # type: ignore[operator]
            default = high
    option = Option(
        name=name,
        type=kind,
        default=default,
        label=_text("label", keys.get("label", ""), MAX_LABEL),
        help=_text("help", keys.get("help", ""), MAX_HELP),
        group=_text("group", keys.get("group", ""), MAX_LABEL),
        min=low,
        max=high,
        step=step,
        choices=choices,
        choice_labels=labels,
        max_length=_length(keys.get("max_length")),
        when=_when(keys.get("when", {})),
    )
    fault = option._fault(int(default) if kind == "int" and isinstance(default, float) else default)
    if fault is not None:
        raise ValueError(f"default: {fault}")
    if kind in ("int", "float"):
        object.__setattr__(option, "default", int(default) if kind == "int" else float(default))
    return option


def effective(options: Mapping[str, Option], chosen: Mapping[str, Any]) -> tuple[dict[str, Scalar], list[str]]:
    """Return the values that count, and what is wrong with those that were chosen.

    Parameters
    ----------
    options
        The options that the mod has.
    chosen
        What is kept in the profile, perhaps edited by hand.

    Examples
    --------
    >>> effective(parse_options({"snow": {"type": "bool", "default": True}}), {"snow": "perhaps"})
    ({'snow': True}, ["snow: 'perhaps' is not true or false"])
    """
    values, faults = {}, []
    for name, option in options.items():
        values[name] = option.default
        if name in chosen:
            try:
                values[name] = option.check(chosen[name])
            except OptionError as error:
                faults.append(str(error))
    return values, faults


def _when(value: object) -> Condition:
    """Read the condition of an option: the values of other options, or any condition."""
    if isinstance(value, Mapping) and value and not isinstance(value.get("option"), Mapping):
        value = {"option": dict(value)}
    try:
        return parse_condition(value)
    except ValueError as error:
        raise ValueError(f"when: {error}") from None


def _choices(value: object) -> tuple[tuple[Scalar, ...], tuple[str, ...]]:
    """Read choices: a list of values, or a table of values with what a menu shows for them."""
    if isinstance(value, Mapping):
        labels = [_text("choices", label, MAX_LABEL) for label in value.values()]
        value = list(value)
    else:
        labels = []
    if not isinstance(value, list) or not 0 < len(value) <= MAX_CHOICES or not all(map(is_scalar, value)):
        raise ValueError(f"choices: this must be a list of 1 to {MAX_CHOICES} texts or numbers, not {quoted(value)}")
    return tuple(value), tuple(labels or (plain(str(choice), MAX_LABEL) for choice in value))


def _number(key: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MAX_INT:
        raise ValueError(f"{key}: {quoted(value)} is not a number of at most 53 bits")
    return value


def _length(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MAX_TEXT:
        raise ValueError(f"max_length: {quoted(value)} is not a whole number from 1 to {MAX_TEXT:,}")
    return value


def _text(key: str, value: object, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"{key}: this must be a text of at most {most:,} characters, not {quoted(value)}")
    return plain(value, most)


def _plain_number(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
