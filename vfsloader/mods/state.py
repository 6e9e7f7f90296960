"""What the player chose: ``mods.json``, its profiles, read and written whole.

A value is never changed: choosing gives a new :class:`State`. The file is written under another name and
renamed, so that a crash leaves the old one or the new one. A damaged file is set aside and said.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vfsloader.errors import ConfigError
from vfsloader.mods.messages import Problem, problem

FILE = "mods.json"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named choice of mods."""

    order: tuple[str, ...] = ()
    """Ids as the player put them, lowest priority first; a mod that vanished keeps its place."""
    disabled: frozenset[str] = frozenset()
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id, how the player mends a mod's metadata; see :mod:`vfsloader.mods.metadata.rule_overrides`."""


@dataclass(frozen=True, slots=True)
class State:
    """All profiles and which one counts."""

    current: str = "default"
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        """The profile that counts."""
        return self.profiles.get(self.current, Profile())

    def with_profile(self, profile: Profile) -> State:
        """Give the state in which the current profile is `profile`."""
        return replace(self, profiles={**self.profiles, self.current: profile})


def load_state(file: Path) -> tuple[State | None, Problem | None]:
    """Read the file; (None, None) where there is none, a problem where it was damaged and set aside."""
    try:
        return _parse(json.loads(file.read_bytes())), None
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except (ValueError, RecursionError, ConfigError) as error:
        aside = _free_name(file)
        os.replace(file, aside)
        return None, problem("state", file.name, where=file.name, reason=error, other=aside.name)


def save_state(file: Path, state: State) -> None:
    """Write the file in one step."""
    profiles = {name: _profile_data(profile) for name, profile in sorted(state.profiles.items())}
    write_whole(file, {"profile": state.current, "profiles": profiles})


def _profile_data(profile: Profile) -> dict[str, Any]:
    data: dict[str, Any] = {"order": list(profile.order), "disabled": sorted(profile.disabled)}
    if profile.overrides:
        data["overrides"] = {mod: dict(rules) for mod, rules in sorted(profile.overrides.items())}
    return data


def write_whole(file: Path, data: Any) -> None:
    """Write data as JSON under another name, then rename it: the old file or the new one, never a half."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with open(handle, "w", encoding="utf-8") as out:
            json.dump(data, out, indent=2)
            out.write("\n")
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, file)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)
        raise


def _parse(data: Any) -> State:
    def need(value: Any, kind: type, what: str) -> Any:
        if not isinstance(value, kind):
            raise ConfigError.at(FILE, f"{what} is not a {kind.__name__}")
        return value

    table = need(data, dict, "the whole")
    profiles = {}
    for name, one in need(table.get("profiles", {}), dict, "profiles").items():
        need(one, dict, f"profile {name}")
        order = need(one.get("order", []), list, f"order of {name}")
        disabled = need(one.get("disabled", []), list, f"disabled of {name}")
        overrides = need(one.get("overrides", {}), dict, f"overrides of {name}")
        for mod in (*order, *disabled):
            need(mod, str, f"{mod!r} in {name}")
        for mod, rules in overrides.items():
            need(rules, dict, f"overrides of {mod} in {name}")
        profiles[name] = Profile(tuple(dict.fromkeys(order)), frozenset(disabled), overrides)
    return State(need(table.get("profile", "default"), str, "profile"), profiles)


def _free_name(file: Path) -> Path:
    for number in range(1, 10_000):
        aside = file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")
        if not aside.exists():
            return aside
    raise ConfigError.at(str(file), f"{file} is damaged, and there are too many damaged ones beside it")
