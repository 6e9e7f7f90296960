"""What the player decided about single mods, whatever the profile: versions that stay, and where a mod comes from.

Both are kept in the table ``mods`` of ``mods.json``, with the other facts about a mod.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vfsloader.errors import UnknownModError
from vfsloader.mods.metadata.manifest import ID
from vfsloader.mods.solve.versions import parse_constraint
from vfsloader.quoting import quoted

if TYPE_CHECKING:
    from vfsloader.mods.metadata.mod import Mod
    from vfsloader.mods.state import State

_PIN, _SOURCE = "pin", "source"


class Pins(abc.ABC):
    """The part of :class:`~vfsloader.ModManager` that keeps versions and sources of single mods."""

    _state: State

    @property
    @abc.abstractmethod
    def available(self) -> list[Mod]:
        """Every mod that can be read."""

    @property
    def pins(self) -> dict[str, str]:
        """By id, the versions that the player wants to keep, such as ``==1.2``."""
        return self._facts(_PIN)

    @property
    def chosen_sources(self) -> dict[str, str]:
        """By id, the address of the source that the player chose, where several have a mod."""
        return self._facts(_SOURCE)

    def pin(self, mod: str, versions: str | None = None) -> str:
        """Keep a mod in some versions: installing and updating choose no other one.

        Parameters
        ----------
        mod
            Its id. It need not be installed if `versions` is given.
        versions
            A constraint such as ``"==1.2"`` or ``"<2"``; by default the version that is installed.

        Returns
        -------
        str
            The constraint.

        Raises
        ------
        UnknownModError
            There is no such mod.
        ValueError
            It is not a constraint.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from vfsloader import ModManager
        >>> folder = tempfile.TemporaryDirectory()
        >>> pathlib.Path(folder.name, "winter").mkdir()
        >>> mods = ModManager(folder.name)
        >>> mods.pin("winter")
        '==0'
        >>> mods.pins
        {'winter': '==0'}
        >>> mods.unpin("winter")
        True
        >>> folder.cleanup()
        """
        found = next((known for known in self.available if known.id == mod), None)
        if versions is None:
            if found is None:
                raise UnknownModError(f"there is no mod {quoted(mod)}; name its versions to pin it: {mod}==1.0")
            versions = f"=={found.version}"
        if found is None and not ID.fullmatch(mod):
            raise UnknownModError(f"{quoted(mod)} is not the id of a mod")
        parse_constraint(versions)
        self._note(mod, {_PIN: versions})
        return versions

    def unpin(self, mod: str) -> bool:
        """Let a mod change its version again, and return whether it was pinned."""
        is_pinned = mod in self.pins
        if is_pinned:
            self._note(mod, {_PIN: None})
        return is_pinned

    def choose_source(self, mod: str, address: str | None) -> None:
        """Remember which source a mod comes from, where several have it; None forgets the choice."""
        if self.chosen_sources.get(mod) != address:
            self._note(mod, {_SOURCE: address})

    def _facts(self, key: str) -> dict[str, str]:
        return {mod: str(facts[key]) for mod, facts in sorted(self._state.mods.items()) if facts.get(key)}

    def _note(self, mod: str, facts: Mapping[str, Any]) -> None:
        new = {key: value for key, value in {**self._state.mods.get(mod, {}), **facts}.items() if value is not None}
        others = {other: known for other, known in self._state.mods.items() if other != mod}
        self._save(replace(self._state, mods={**others, **({mod: new} if new else {})}))

    @abc.abstractmethod
    def _save(self, state: State) -> None:
        """Store a choice."""
