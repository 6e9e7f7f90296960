"""The player's choice: ``mods.json``, with its profiles and where mods came from.

A :class:`State` is never changed: each choice makes a new one. The file is written whole or not at all. A damaged
file is reported, and renamed where that is possible.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from vfsloader.errors import PathError, ReadOnlyError, VFSError
from vfsloader.mods import messages
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.manifest import need, read_strings
from vfsloader.runtime.atomic import (
    clean_up,
)

FILE = "mods.json"
FORMAT = "vfsloader mods"
#: Files of version 1 had only the profiles with their order, disabled mods and overrides.
VERSION = 2
#: Each of them may be looked at for each file that is read.
MOST_CHOICES = 1000


@dataclass(frozen=True, slots=True)
class FileChoice:
    """The player's choice for single files."""

    paths: str
    """A glob of the game's tree."""
    action: Literal["prefer", "hide"]
    """Use the mod's files even if a higher layer has them, or do not use them."""
    mod: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A named choice of mods."""

    order: tuple[str, ...] = ()
    """Ids in the player's order, lowest priority first. A mod that is no longer installed keeps its position."""
    disabled: frozenset[str] = frozenset()
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id, the rules that the player overrides; see ``docs/mods.md``."""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id and name, the values of the mods' options that differ from their defaults."""
    files: tuple[FileChoice, ...] = ()
    """Choices for single files; a later one counts before an earlier one."""
    history: tuple[Mapping[str, Any], ...] = ()
    """The changes of the profile, newest first; see ``docs/sets.md``."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the file that this version does not know. They are written as they were read."""
    undone: tuple[Mapping[str, Any], ...] = ()
    """Changes that were undone, the one undone last first."""
    named: tuple[Mapping[str, Any], ...] = ()
    """Sets that the player gave a name, the newest first."""


@dataclass(frozen=True, slots=True)
class State:
    """All profiles, and which one is in use."""

    current: str = "default"
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    mods: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id, where a mod came from: ``folder``, and for one that was installed, its ``source`` and lock."""
    sources: tuple[str, ...] = ()
    """Addresses of the indexes that mods are installed from."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the file that this version does not know. They are written as they were read."""

    @property
    def profile(self) -> Profile:
        """The profile in use."""
        return self.profiles.get(self.current, Profile())

    def with_profile(self, profile: Profile, name: str | None = None) -> State:
        """Return the state with `profile` in use, in place of the one with its name: the present one by default."""
        name = self.current if name is None else name
        return replace(self, current=name, profiles={**self.profiles, name: profile})


def load_state(file: Path) -> tuple[State | None, Problem | None]:
    """Read the file: (None, None) if it is missing. One that cannot be used is a problem, and is set aside."""
    from vfsloader.datamerge.parsing import parse_json

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


def save_state(file: Path, state: State, *, durable: bool = True) -> None:
    """Write the file, whole or not at all; see :func:`write_json`."""
    profiles = {}
    for name, profile in sorted(state.profiles.items()):
        table: dict[str, Any] = {"order": list(profile.order), "disabled": sorted(profile.disabled)}
        table["overrides"] = {mod: dict(rules) for mod, rules in sorted(profile.overrides.items())}
        table["options"] = {mod: dict(values) for mod, values in sorted(profile.options.items())}
        table["files"] = list(map(choice_table, profile.files))
        table["history"] = list(map(dict, profile.history))
        table["undone"] = list(map(dict, profile.undone))
        table["named"] = list(map(dict, profile.named))
        always = ("order", "disabled")
        profiles[name] = {**profile.more, **{key: table[key] for key in table if table[key] or key in always}}
    whole: dict[str, Any] = {"format": FORMAT, "version": VERSION, "profile": state.current, "profiles": profiles}
    if state.mods:
        whole["mods"] = {mod: dict(facts) for mod, facts in sorted(state.mods.items())}
    if state.sources:
        whole["sources"] = list(state.sources)
    write_json(file, {**whole, **state.more}, durable=durable)


def write_json(file: Path, data: object, *, durable: bool = True) -> None:
    """Write data as JSON, whole or not at all, into a folder that need not exist.

    Parameters
    ----------
    file
        The file.
    data
        The data.
    durable
        Wait until the disk has the bytes.

    Raises
    ------
    ReadOnlyError, PathError
        The file cannot be written. Nothing was changed.
    """
    from vfsloader.runtime.atomic import staged
    from vfsloader.runtime.indented_json import indented_json

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # A toggle writes this file: leftovers of a killed process are cleaned up when the state is read, and not here.
        with staged(file, overwrite=True, durable=durable, tidy_folder=False) as path, open(path, "wb") as out:
            out.write(f"{indented_json(data)}\n".encode())
    except OSError as error:
        if isinstance(error, VFSError):
            raise
        kind = ReadOnlyError if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM) else PathError
        reason = error.strerror or type(error).__name__
        sentence = f"cannot write {file}: {reason}; nothing was changed"
        raise kind(error.errno or kind.number, sentence, str(file)) from error


def _parse(data: object) -> State:
    table = dict(need(FILE, data, dict))
    version = need("version", table.pop("version", 1), int)
    if version > VERSION:
        raise ValueError(messages.fill(messages.STATE_TOO_NEW, version=version, known=VERSION))
    table.pop("format", None)
    profiles = {
        name: _profile(name, value) for name, value in need("profiles", table.pop("profiles", {}), dict).items()
    }
    return State(
        need("profile", table.pop("profile", "default"), str),
        profiles,
        _tables("mods", table.pop("mods", {})),
        read_strings("sources", table.pop("sources", [])),
        table,
    )


def _profile(name: str, value: object) -> Profile:
    table = dict(need(name, value, dict))
    order = read_strings(f"{name}.order", table.pop("order", []))
    return Profile(
        tuple(dict.fromkeys(order)),
        frozenset(read_strings(f"{name}.disabled", table.pop("disabled", []))),
        _tables(f"{name}.overrides", table.pop("overrides", {})),
        _tables(f"{name}.options", table.pop("options", {})),
        file_choices_of(f"{name}.files", table.pop("files", [])),
        _entries(table.pop("history", [])),
        undone=_entries(table.pop("undone", [])),
        named=_entries(table.pop("named", [])),
        more=table,
    )


def _tables(key: str, value: object) -> dict[str, dict[str, Any]]:
    return {name: need(f"{key}.{name}", table, dict) for name, table in need(key, value, dict).items()}


def _entries(value: object) -> tuple[dict[str, Any], ...]:
    """Return the usable entries of a history. A damaged one must not cost the player the present set."""
    return tuple(entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else ()


def choice_table(choice: FileChoice) -> dict[str, str]:
    """Return a choice for single files as it is written."""
    return {"paths": choice.paths, choice.action: choice.mod}


def file_choices_of(key: str, values: object) -> tuple[FileChoice, ...]:
    """Read choices for single files.

    Raises
    ------
    ValueError
        They are not such choices, or there are too many: each is looked at for each file that is read.
    """
    choices = tuple(choice_of(key, value) for value in need(key, values, list))
    refuse_too_many(key, choices)
    return choices


def refuse_too_many(key: str, choices: Sequence[FileChoice]) -> None:
    """Raise ValueError if there are more choices for single files than a profile may have."""
    if len(choices) > MOST_CHOICES:
        raise ValueError(f"{key}: {messages.fill(messages.TOO_MANY, most=MOST_CHOICES, found=len(choices))}")


def choice_of(key: str, value: object) -> FileChoice:
    """Read a choice for single files.

    Raises
    ------
    ValueError
        It is not one.
    """
    table = need(key, value, dict)
    glob = need(key, table.get("paths"), str)
    if "prefer" in table:
        return FileChoice(glob, "prefer", need(key, table["prefer"], str))
    return FileChoice(glob, "hide", need(key, table.get("hide"), str))
