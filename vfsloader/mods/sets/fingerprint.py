"""A fingerprint of a set of mods: equal on two machines exactly if the game plays the same on both. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import BudgetError, ConfigError
from vfsloader.mods import messages
from vfsloader.mods.conditions import Scalar, is_scalar
from vfsloader.mods.state import FileChoice, choice_table, file_choices_of
from vfsloader.runtime.budget import Budget
from vfsloader.runtime.hashes import sha256

FORMAT, VERSION = "vfsloader fingerprint", 1


@dataclass(frozen=True, slots=True)
class ModPrint:
    """One mod of a fingerprint."""

    id: str
    version: str
    sha256: str
    """One digest for all its files, whether the mod is a folder, a zip or a pack."""
    name: str = ""
    options: Mapping[str, Scalar] = field(default_factory=dict)
    """The options that differ from their defaults."""
    rules: Mapping[str, Any] = field(default_factory=dict)
    """The author's rules that the player overrides."""
    needed: bool = False
    """Whether removing the mod can break a save: ``saves.needs`` of its manifest."""
    homepage: str = ""
    """Where it can be had, as its author says."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A set of mods: which, in which version and order, with which content and options.

    Examples
    --------
    >>> fingerprint = Fingerprint((ModPrint("winter", "1.0", "00ff"),))
    >>> Fingerprint.from_json(fingerprint.to_json()) == fingerprint
    True
    >>> fingerprint.digest[:8]
    'aaeae005'
    """

    mods: tuple[ModPrint, ...] = ()
    """In load order: the last one wins."""
    files: tuple[FileChoice, ...] = ()
    """The player's choices for single files of these mods."""
    game_version: str | None = None
    only: str | None = None
    """The glob that chose the mods; None if all that are not cosmetic count."""

    @property
    def digest(self) -> str:
        """One SHA-256, in hexadecimal digits, for everything but names and homepages."""
        table = self._table()
        for mod in table["mods"]:
            for key in ("name", "homepage", "needed"):
                mod.pop(key, None)
        text = json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return sha256(text.encode()).hexdigest()

    def to_json(self) -> str:
        """Return the fingerprint as JSON that a person can read."""
        return json.dumps({"format": FORMAT, "version": VERSION, "digest": self.digest, **self._table()}, indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what :meth:`to_json` returned.

        Raises
        ------
        ConfigError
            It is not a fingerprint, it was cut short or changed, or a newer version wrote it.
        """
        try:
            data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
            table = parse_json(data, Budget("fingerprint"))
            if not isinstance(table, dict) or table.get("format") != FORMAT:
                raise ValueError(f"its format is not {FORMAT!r}")
            version = table.get("version")
            if type(version) is not int or version > VERSION:
                raise ValueError(f"its version is {version!r}, and this game reads {VERSION} at most")
            fingerprint = cls(
                tuple(_mod(mod) for mod in _typed("mods", table.get("mods"), list)),
                file_choices_of("files", table.get("files", [])),
                _text_or_none("game_version", table.get("game_version")),
                _text_or_none("only", table.get("only")),
            )
            if table.get("digest") != fingerprint.digest:
                raise ValueError("its digest does not belong to its content")
        except (ValueError, BudgetError) as error:
            raise ConfigError.at("fingerprint", messages.fill(messages.NOT_A_FINGERPRINT, reason=error)) from error
        return fingerprint

    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"mods": [_mod_table(mod) for mod in self.mods]}
        if self.files:
            table["files"] = list(map(choice_table, self.files))
        if self.game_version is not None:
            table["game_version"] = self.game_version
        if self.only is not None:
            table["only"] = self.only
        return table


def _mod_table(mod: ModPrint) -> dict[str, Any]:
    table: dict[str, Any] = {"id": mod.id, "version": mod.version, "sha256": mod.sha256}
    more = {
        "name": mod.name,
        "options": dict(mod.options),
        "rules": dict(mod.rules),
        "needed": mod.needed,
        "homepage": mod.homepage,
    }
    return table | {key: value for key, value in more.items() if value}


def _mod(value: object) -> ModPrint:
    table = _typed("mods", value, dict)
    needed = table.get("needed", False)
    options = _typed("options", table.get("options", {}), dict)
    if not isinstance(needed, bool) or not all(map(is_scalar, options.values())):
        raise ValueError("mods: an option must be a text, a number or a boolean, and needed a boolean")
    texts = {
        key: _typed(key, table.get(key, "" if key in ("name", "homepage") else None), str)
        for key in ("id", "version", "sha256", "name", "homepage")
    }
    return ModPrint(**texts, options=options, rules=_typed("rules", table.get("rules", {}), dict), needed=needed)


def _typed(key: str, value: object, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{key}: {messages.fill(messages.WRONG_TYPE, type=messages.TYPE_NAMES[kind], value=value)}")
    return value


def _text_or_none(key: str, value: object) -> str | None:
    return None if value is None else str(_typed(key, value, str))
