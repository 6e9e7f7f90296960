"""The table ``[guide]`` of a ``game.toml``: what the guide says that no file of the game does."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vfsloader import globs, paths
from vfsloader.datamerge.parsing import parse_toml
from vfsloader.errors import ConfigError
from vfsloader.quoting import plain, quoted

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_TEXTS = ("name", "about", "mods_folder", "website", "picture", "example", "color")
_LISTS = ("hide", "mods")


@dataclass(frozen=True)
class GuideSettings:
    """What a game's developer says to modders."""

    name: str
    """What the game is called."""
    about: str = ""
    """A few words about the game; an empty line starts a paragraph."""
    mods_folder: str = "mods"
    """Where players put mods, in their words."""
    website: str = ""
    """An address that starts with ``https://``."""
    picture: str = ""
    """The path of the picture at the top."""
    example: str = ""
    """The path of the picture that the first mod changes."""
    color: str | None = None
    """The colour of links and headings, as ``#rrggbb``."""
    hide: tuple[str, ...] = ()
    """Globs of paths that the guide leaves out."""
    mods: tuple[str, ...] = ()
    """Ids of mods that come with the game."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """By glob, what the developer says about files."""

    def note(self, path: str) -> str:
        """Return what the developer says about a file; empty for nothing."""
        return " ".join(note for glob, note in self.notes.items() if globs.glob_pattern(glob).fullmatch(path))

    def hides(self, path: str) -> bool:
        """Return whether the guide leaves a file out."""
        return any(globs.glob_pattern(glob).fullmatch(path) for glob in self.hide)


def read_settings(game: paths.RealPath, name: str | None = None) -> GuideSettings:
    """Read the table; all of it may be left out.

    Parameters
    ----------
    game
        The ``game.toml``, or its folder. It was read by :func:`~vfsloader.game.config.read_config` before.
    name
        What the game is called, instead of what the file says.

    Raises
    ------
    ConfigError
        A key is unknown or has a wrong value.
    """
    file = Path(game)
    file = file if file.suffix == ".toml" else file / "game.toml"
    try:
        table = parse_toml(file.read_bytes()).get("guide", {})
        facts = _checked(table)
    except ValueError as error:
        raise ConfigError.at(str(file), f"{file}: guide.{error}") from None
    fallback = file.absolute().parent.name or "the game"
    return GuideSettings(**{"name": fallback, **facts, **({"name": name} if name else {})})


def _checked(table: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key in _TEXTS:
            if not isinstance(value, str) or not value.strip():
                raise ValueError(f"{key}: this must be text, not {quoted(value)}")
            found[key] = value.strip()
        elif key in _LISTS:
            if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
                raise ValueError(f"{key}: this must be a list of text, not {quoted(value)}")
            found[key] = tuple(value)
        elif key == "notes":
            if not isinstance(value, Mapping) or not all(isinstance(part, str) for part in value.values()):
                raise ValueError(
                    f'notes: this must be a table such as {{ "/sprites/*.png" = "…" }}, not {quoted(value)}'
                )
            found[key] = value
        else:
            known = (*_TEXTS, *_LISTS, "notes")
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(known)}"
            raise ValueError(f"{plain(key, 80)}: there is no such key; {hint}")
    for key in ("picture", "example"):
        if key in found and not found[key].startswith("/"):
            raise ValueError(f"{key}: {quoted(found[key])} must start with /: it is a path of the game's tree")
    for glob in (*found.get("hide", ()), *found.get("notes", {})):
        if not glob.startswith("/"):
            raise ValueError(f"{quoted(glob)} must start with /: it is a glob of the game's tree")
    if "color" in found and not _COLOR.fullmatch(found["color"]):
        raise ValueError(f"color: {quoted(found['color'])} is not a color such as #5b8def")
    if "website" in found and not found["website"].startswith("https://"):
        raise ValueError(f"website: {quoted(found['website'])} must start with https://")
    return found
