"""The tables of a manifest that say more than rules: parts, the icon, and what the author says about sharing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vfsloader import paths
from vfsloader.mods import messages
from vfsloader.mods.conditions import ALWAYS, Condition, parse_condition

#: Limits far above what mods need; each part is a layer.
MAX_PARTS = 100
BINDINGS = ("gameplay", "cosmetic")
_KEYS = ("root", "mount", "when", "name")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([_-][A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class PartRule:
    """More files of a mod, which count under a condition: a layer right above the mod's own files."""

    root: str
    """The folder of the mod, as an absolute path in it. It is not part of the mod's own files."""
    mount: str = paths.ROOT
    """The folder of the game's tree at which it appears."""
    when: Condition = ALWAYS
    name: str = ""
    """What menus call it; the name of the folder if the author wrote none."""


def read_parts(value: object, mount: str = paths.ROOT) -> tuple[PartRule, ...]:
    """Read ``[[part]]``.

    Parameters
    ----------
    value
        The list of tables.
    mount
        Where parts appear that do not say it: where the mod's own files do.

    Raises
    ------
    ValueError
        A part is wrong; the message names its number and key.

    Examples
    --------
    >>> read_parts([{"root": "deep-winter", "when": {"season": "winter"}}])[0].root
    '/deep-winter'
    """
    if not isinstance(value, list) or len(value) > MAX_PARTS:
        raise ValueError(messages.fill(messages.FAULT, key="part", reason=f"write [[part]], at most {MAX_PARTS} times"))
    parts: list[PartRule] = []
    for number, table in enumerate(value, 1):
        try:
            part = _part(table, mount)
            twins = sum(part.name == other.name for other in parts)
            parts.append(replace(part, name=f"{part.name} {twins + 1}") if twins else part)
        except ValueError as error:
            raise ValueError(f"part {number}: {error}") from None
    return tuple(parts)


def _part(table: object, mount: str) -> PartRule:
    if not isinstance(table, Mapping):
        raise ValueError(messages.fill(messages.WRONG_TYPE, type="a table", value=table))
    for key, value in table.items():
        if key not in _KEYS:
            raise ValueError(f"{key!r:.80}: {messages.fill(messages.UNKNOWN_KEY, known=', '.join(_KEYS))}")
        if key != "when" and not isinstance(value, str):
            raise ValueError(f"{key}: {messages.fill(messages.WRONG_TYPE, type='text', value=value)}")
    root = paths.normalise(table.get("root", ""))
    if root == paths.ROOT:
        raise ValueError("root: name a folder of the mod")
    name = table.get("name", "") or root.rpartition("/")[2]
    return PartRule(
        root, paths.normalise(table.get("mount", mount)), parse_condition(table.get("when", {})), name[:200]
    )


def read_language(value: object) -> str:
    """Read the language of the mod's own texts."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise ValueError(messages.fill(messages.NOT_A_LANGUAGE, text=value))
    return value


def read_saves(value: object) -> bool:
    """Read ``[saves] needs``: whether removing the mod can break a save."""
    return _flag("saves", value, "needs", ("needs",), default=False)


def read_sharing(value: object) -> tuple[str, bool]:
    """Read ``[sharing]``: whether players in one game must have the mod alike, and whether a host may pass it on."""
    redistribute = _flag("sharing", value, "redistribute", ("binding", "redistribute"), default=False)
    binding = value.get("binding", BINDINGS[0]) if isinstance(value, Mapping) else BINDINGS[0]
    if binding not in BINDINGS:
        raise ValueError(f"binding: {messages.fill(messages.NOT_ONE_OF, value=binding, choices=', '.join(BINDINGS))}")
    return binding, redistribute


def _flag(table: str, value: object, key: str, known: tuple[str, ...], *, default: bool) -> bool:
    if not isinstance(value, Mapping):
        raise ValueError(messages.fill(messages.WRONG_TYPE, type="a table", value=value))
    for name in value:
        if name not in known:
            raise ValueError(f"{name!r:.80}: {messages.fill(messages.UNKNOWN_KEY, known=', '.join(known))}")
    flag = value.get(key, default)
    if not isinstance(flag, bool):
        raise ValueError(f"{key}: {messages.fill(messages.WRONG_TYPE, type='true or false', value=flag)}")
    return flag
