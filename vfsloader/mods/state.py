"""The player's choice: ``mods.json`` and its profiles.

A :class:`State` is never changed: each choice makes a new one. The file is written whole or not at all. A damaged
file is reported, and renamed where that is possible.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import PathError, ReadOnlyError, VFSError
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.manifest import need, read_strings
from vfsloader.runtime.atomic import clean_up, staged

FILE = "mods.json"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named choice of mods."""

    order: tuple[str, ...] = ()
    """Ids in the player's order, lowest priority first. A mod that is no longer installed keeps its position."""
    disabled: frozenset[str] = frozenset()
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id, the rules that the player overrides; see :mod:`vfsloader.mods.metadata.rule_overrides`."""


@dataclass(frozen=True, slots=True)
class State:
    """All profiles, and which one is in use."""

    current: str = "default"
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        """The profile in use."""
        return self.profiles.get(self.current, Profile())

    def with_profile(self, profile: Profile) -> State:
        """Return the state with `profile` in place of the one in use."""
        return replace(self, profiles={**self.profiles, self.current: profile})


def load_state(file: Path) -> tuple[State | None, Problem | None]:
    """Read the file: (None, None) if it is missing. One that cannot be used is a problem, and is set aside."""
    with contextlib.suppress(OSError):  # there is no folder yet, or it is read-only
        clean_up(file.parent)
    try:
        return _parse(parse_json(file.read_bytes())), None
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except (ValueError, OSError) as error:
        reason = error
    names = (file.with_name(f"{file.stem}.damaged-{number}{file.suffix}") for number in itertools.count(1))
    try:
        aside = next(name for name in names if not name.exists())
        os.replace(file, aside)
    except OSError:  # the folder is read-only, or another program uses the file
        return None, problem("state_kept", file.name, where=file.name, reason=reason)
    return None, problem("state", file.name, where=file.name, reason=reason, other=aside.name)


def save_state(file: Path, state: State) -> None:
    """Write the file, whole or not at all."""
    profiles: dict[str, dict[str, Any]] = {}
    for name, profile in sorted(state.profiles.items()):
        profiles[name] = {"order": list(profile.order), "disabled": sorted(profile.disabled)}
        if profile.overrides:
            profiles[name]["overrides"] = {mod: dict(rules) for mod, rules in sorted(profile.overrides.items())}
    write_json(file, {"profile": state.current, "profiles": profiles})


def write_json(file: Path, data: object) -> None:
    """Write data as JSON, whole or not at all, into a folder that need not exist.

    Raises
    ------
    ReadOnlyError, PathError
        The file cannot be written. Nothing was changed.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # A toggle writes this file: leftovers of a killed process are cleaned up when the state is read, and not here.
        with staged(file, overwrite=True, tidy_folder=False) as path, open(path, "wb") as out:
            out.write(f"{json.dumps(data, indent=2)}\n".encode())
    except OSError as error:
        if isinstance(error, VFSError):
            raise
        kind = ReadOnlyError if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM) else PathError
        reason = error.strerror or type(error).__name__
        sentence = f"cannot write {file}: {reason}; nothing was changed"
        raise kind(error.errno or kind.number, sentence, str(file)) from error


def _parse(data: object) -> State:
    table = need(FILE, data, dict)
    profiles = {}
    for name, value in need("profiles", table.get("profiles", {}), dict).items():
        profile = need(name, value, dict)
        order = read_strings(f"{name}.order", profile.get("order", []))
        disabled = read_strings(f"{name}.disabled", profile.get("disabled", []))
        overrides = need(f"{name}.overrides", profile.get("overrides", {}), dict)
        for mod, rules in overrides.items():
            need(f"{name}.overrides.{mod}", rules, dict)
        profiles[name] = Profile(tuple(dict.fromkeys(order)), frozenset(disabled), overrides)
    return State(need("profile", table.get("profile", "default"), str), profiles)
