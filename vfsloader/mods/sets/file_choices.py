"""The player's choice for single files: the layers of the mods without the files that do not count."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from vfsloader.globs import GlobPattern, glob_pattern
from vfsloader.layers.circumstances import Circumstances, circumstances_of
from vfsloader.layers.listeners import Listener, Unsubscribe
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.union import Mount
from vfsloader.layers.wrapper import LayerWrapper
from vfsloader.mods import messages
from vfsloader.mods.state import FileChoice


class LeftOut(NamedTuple):
    """A file of a mod that does not count, because the player says so."""

    layer: str
    entry: Entry
    choice: FileChoice

    @property
    def reason(self) -> str:
        """Which choice it is, as a sentence for the player."""
        sentence = messages.PREFERRED_OTHER if self.choice.action == "prefer" else messages.HIDDEN_FILE
        return messages.fill(sentence, mod=self.choice.mod, paths=self.choice.paths)


class _Rule(NamedTuple):
    choice: FileChoice
    pattern: GlobPattern
    #: The layers of the preferred mod, which lose nothing to it; None to hide.
    preferred: tuple[Layer, ...] | None
    #: What the player hides of the preferred mod itself.
    except_for: tuple[GlobPattern, ...] = ()


class ChosenFiles(LayerWrapper):
    """A mod's files without those that the player hides, or for which another mod is preferred.

    Parameters
    ----------
    layer
        The mod's files.
    rules
        The rules, the one that counts first first.
    """

    def __init__(self, layer: Layer, rules: Sequence[_Rule]) -> None:
        super().__init__(layer)
        self._rules = tuple(rules)
        self._others = tuple({id(other): other for rule in rules for other in rule.preferred or ()}.values())

    @property
    def circumstances(self) -> Circumstances | None:
        """What changes in the mod's data may depend on."""
        return circumstances_of(self.layer)

    def find(self, path: str) -> Entry | None:
        """Return the entry, unless it is a file that does not count."""
        entry = self.layer.find(path)
        return entry if entry is None or entry.is_folder or self._counts(path) else None

    def list(self, path: str) -> Iterator[Entry]:
        """Return the entries of a folder, without the files that do not count."""
        return (entry for entry in self.layer.list(path) if entry.is_folder or self._counts(entry.path))

    def glob(self, pattern: str) -> Iterator[str]:
        """Return the paths that match, without the files that do not count."""
        return (path for path in self.layer.glob(pattern) if self.find(path) is not None)

    def hides(self, path: str) -> bool:
        """Return what the mod's layer does: removing a file is not a file."""
        return self.layer.hides(path) and self._counts(path)

    def version(self) -> Hashable | None:
        """Return a value that changes with the layer, and with those of the mods that are preferred."""
        versions = tuple(layer.version() for layer in (self.layer, *self._others))
        return None if None in versions else versions

    @property
    def reports_changes(self) -> bool:  # type: ignore[override]
        """Whether all these layers report their changes."""
        return all(layer.reports_changes for layer in (self.layer, *self._others))

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Subscribe to all these layers."""
        undo = [layer.subscribe(listener, uncommitted) for layer in (self.layer, *self._others)]

        def unsubscribe() -> None:
            for end in undo:
                end()

        return unsubscribe

    def left_out(self, path: str) -> tuple[Entry, FileChoice] | None:
        """Return the mod's file that does not count, and the choice that leaves it out; None if there is none."""
        entry = self.layer.find(path)
        if entry is None or entry.is_folder:
            return None
        choice = self._choice_against(path)
        return None if choice is None else (entry, choice)

    def _counts(self, path: str) -> bool:
        return self._choice_against(path) is None

    def _choice_against(self, path: str) -> FileChoice | None:
        for choice, pattern, preferred, except_for in self._rules:
            if not pattern.fullmatch(path):
                continue
            if preferred is None:
                return choice
            if any(hidden.fullmatch(path) for hidden in except_for):
                continue
            if any(_has(layer, path) for layer in preferred):
                return None if self.layer in preferred else choice
        return None


def choose_files(mounts: Sequence[Mount], choices: Sequence[FileChoice]) -> list[Mount]:
    """Return the layers of the mods with the player's choices for single files.

    Parameters
    ----------
    mounts
        The layers, lowest first. Those of a mod are called by its id, or by its id, ``:`` and more.
    choices
        A later one counts before an earlier one.

    Examples
    --------
    >>> from vfsloader import Store
    >>> winter, forest = Store(), Store()
    >>> winter.write("/hero.png", b"winter"), forest.write("/hero.png", b"forest")
    (None, None)
    >>> mounts = [Mount("winter", winter), Mount("forest", forest)]
    >>> chosen = choose_files(mounts, [FileChoice("/hero.png", "prefer", "winter")])
    >>> [mount.layer.find("/hero.png") is not None for mount in mounts], chosen[1].layer.find("/hero.png")
    ([True, True], None)
    """
    if not choices:
        return list(mounts)
    owners = [mount.name.partition(":")[0] for mount in mounts]
    present = [choice for choice in reversed(choices) if choice.mod in owners]
    if not present:
        return list(mounts)
    layers = {
        mod: tuple(mount.layer for mount, owner in zip(mounts, owners, strict=True) if owner == mod) for mod in owners
    }
    height = {mod: index for index, mod in enumerate(owners)}
    found = []
    for index, (mount, owner) in enumerate(zip(mounts, owners, strict=True)):
        rules: list[_Rule] = []
        hidden: dict[str, tuple[GlobPattern, ...]] = {}
        for choice in present:
            pattern = glob_pattern(choice.paths)
            if choice.action == "hide":
                hidden[choice.mod] = (*hidden.get(choice.mod, ()), pattern)
                if choice.mod == owner:
                    rules.append(_Rule(choice, pattern, None))
            elif choice.mod == owner or index > height[choice.mod]:  # those below it lose anyway
                rules.append(_Rule(choice, pattern, layers[choice.mod], hidden.get(choice.mod, ())))
        found.append(Mount(mount.name, ChosenFiles(mount.layer, rules)) if _concerns(rules, mount) else mount)
    return found


def left_out(mounts: Iterable[Mount], path: str) -> list[LeftOut]:
    """Return the files at a path that do not count because of the player's choices, in the order of the layers.

    Parameters
    ----------
    mounts
        What :func:`choose_files` returned.
    path
        The path, normalised.

    Examples
    --------
    >>> from vfsloader import Store
    >>> winter, forest = Store(), Store()
    >>> winter.write("/hero.png", b"winter"), forest.write("/hero.png", b"forest")
    (None, None)
    >>> mounts = [Mount("winter", winter), Mount("forest", forest)]
    >>> for found in left_out(choose_files(mounts, [FileChoice("/hero.*", "prefer", "winter")]), "/hero.png"):
    ...     print(found.layer, "-", found.reason)
    forest - you prefer the files of winter for /hero.*
    """
    found = []
    for mount in mounts:
        if isinstance(mount.layer, ChosenFiles) and (pair := mount.layer.left_out(path)) is not None:
            found.append(LeftOut(mount.name, *pair))
    return found


def _concerns(rules: Iterable[_Rule], mount: Mount) -> bool:
    return any(rule.preferred is None or mount.layer not in rule.preferred for rule in rules)


def _has(layer: Layer, path: str) -> bool:
    entry = layer.find(path)
    return entry is not None and not entry.is_folder
