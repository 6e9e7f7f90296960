"""What a game says about its own data to :class:`~vfsloader.ResourceManager`, and tools that build on that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vfsloader.game.files import GameFiles
from vfsloader.game.updater import Updater
from vfsloader.mods.declarations import Declarations, declare_context, declare_data, declare_registry, default_name
from vfsloader.mods.manager import ModManager
from vfsloader.vfs.filesystem import VirtualFileSystem

if TYPE_CHECKING:
    from vfsloader.game.recording import Recording
    from vfsloader.game.registries import Registry
    from vfsloader.mods.lint.check_all import SetFinding


class GameDeclaring:
    """What the game declares: its data files, registries and context values; who checks and records by them."""

    mods: ModManager
    vfs: VirtualFileSystem
    _files: GameFiles
    _updater: Updater

    @property
    def declarations(self) -> Declarations:
        """What the game declares: its data files, registries and context values."""
        return self._files.registries.declared

    def declare_context(self, **values: Any) -> None:
        """Describe values of :attr:`context`, so that tools can check the conditions of mods.

        Parameters
        ----------
        **values
            By name, a list of choices, a type such as ``"bool"``, or a description as options of mods have it.
            Afterwards, setting a value that does not fit raises a :class:`~vfsloader.errors.OptionError`.

        Raises
        ------
        ValueError
            A description is wrong.

        Examples
        --------
        >>> from vfsloader import ResourceManager, Store
        >>> game = ResourceManager(Store())
        >>> game.declare_context(season=["winter", "summer"], night="bool")
        >>> game.context["season"] = "winter"
        """
        self.declarations.context.update(declare_context(values))

    def declare_data(self, files: str, schema: Any = None, *, references: Mapping[str, str] | None = None) -> None:
        """Describe data files, so that what mods make of them is checked where the game or a tool reads them.

        Parameters
        ----------
        files
            A path or a glob, such as ``"/data/balance.json"``.
        schema
            A JSON Schema as a table, a dataclass, a msgspec or pydantic model, or a function that raises ValueError.
            :meth:`read_merged` returns the data as it is even so; what does not fit is among ``game.mods.problems``.
        references
            Where the data names other things: pointers with ``*`` for every member, each with the name of a registry,
            ``"path"``, or a path with ``{}``.

        Raises
        ------
        ValueError
            A parameter is wrong.
        """
        self.declarations.data.append(declare_data(files, schema, references))

    def registry(
        self,
        files: str,
        *,
        id: str | None = "id",
        model: Any = None,
        name: str | None = None,
        references: Mapping[str, str] | None = None,
        placeholder: Callable[[str], Any] | None = None,
    ) -> Registry[Any]:
        """Return the items of all layers that a glob names, validated; it follows every change.

        A mod's items have the mod's id before theirs: ``winter:scarf``. Items that do not fit are left out, and listed
        in ``.refused`` and among ``game.mods.problems``. ``docs/declarations.md`` has all of it.

        Parameters
        ----------
        files
            A glob such as ``"/data/items/*.json"``, or the name of a registry that ``game.toml`` declares. A file has
            one item, or a list of them.
        id
            The key of an item that holds its id; None if files are tables whose keys are the ids.
        model
            A JSON Schema as a table, a dataclass, a msgspec or pydantic model, or a function: what items are made
            into. Without it, they are tables as the file has them.
        name
            What references call the registry; by default the last folder of `files`.
        references
            Where items name other things; see :meth:`declare_data`. An item that names an item that is not there is
            left out, unless the target ends in ``?``.
        placeholder
            Called with an id, returns what :meth:`Registry.resolve` returns while an item is missing.

        Raises
        ------
        ValueError
            A parameter is wrong.

        Examples
        --------
        >>> from vfsloader import ResourceManager, Store
        >>> base = Store()
        >>> base.write("/data/items/bow.json", b'{"id": "bow", "damage": 2}')
        >>> game = ResourceManager(base)
        >>> items = game.registry("/data/items/*.json")
        >>> items["bow"], items.resolve("winter:scarf").mod
        ({'id': 'bow', 'damage': 2}, 'winter')
        """
        from vfsloader.datamerge.schemas import schema_of

        known = self.declarations.registries.get(files if "/" not in files else name or default_name(files))
        if "/" not in files:
            if known is None:
                names = ", ".join(self.declarations.registries) or "none"
                raise ValueError(f"there is no registry {files!r} in game.toml; there are: {names}")
            rule = known if model is None else replace(known, schema=schema_of(model))
        else:
            rule = declare_registry(files, name, id, model, references)
        with self._files.snapshots.lock:
            return self._files.registries.registry(self.vfs.union, rule, placeholder)

    def check_all(self) -> list[SetFinding]:
        """Return what is wrong in the game with its enabled mods, what is certain first.

        It finds names of files that are not there, changes without effect, files that nobody can reach, and options
        without use. Guesses are marked by ``.is_guess``.
        """
        from vfsloader.mods.lint.check_all import check_set

        layers = self._files.layers
        mounts = self.vfs.union.mounts[1:]  # without the save
        return check_set(mounts, self.mods.enabled, self.declarations, layers.namespace_of, layers.limits)

    def record(self, mod: str, only: str | Iterable[str] = ()) -> Recording:
        r"""Return a recording: what is written to the tree while it runs becomes small changes of a mod.

        For developers and their tools. Pictures become edits of the rectangles that differ, maps edits, data merges or
        patches, and catalogs the messages that differ. A file is only taken as a whole if it is new, or if a change
        cannot express the difference. ``docs/recording.md`` has all of it.

        Parameters
        ----------
        mod
            The id of an enabled mod that is a folder which can be written.
        only
            Globs of the paths to record, if not all: what else is written stays in the save.

        Returns
        -------
        Recording
            A context manager, with ``start()``, ``stop()`` and ``cancel()`` for a switch.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from vfsloader import ResourceManager
        >>> folder = tempfile.TemporaryDirectory()
        >>> base, winter = pathlib.Path(folder.name, "base"), pathlib.Path(folder.name, "mods", "winter")
        >>> base.mkdir(), winter.mkdir(parents=True)
        (None, None)
        >>> _ = (base / "speed.json").write_text('{"player": 10, "enemy": 8, "arrow": 30}')
        >>> with ResourceManager(base, mods=winter.parent, watch=False) as game:
        ...     with game.record("winter") as recording:
        ...         _ = game.vfs.write_text("/speed.json", '{"player": 12, "enemy": 8, "arrow": 30}')
        ...     print(recording.changes[0], game.read_merged("/speed.json")["player"])
        /speed.json: merge 12
        >>> (winter / "speed.json.merge").read_text()
        '{"player": 12}\n'
        >>> folder.cleanup()
        """
        from vfsloader.game.recording import Recording

        patterns = (only,) if isinstance(only, str) else tuple(only)
        layers = self._files.layers
        return Recording(self.vfs, self.mods, mod, patterns, layers.namespace_of, self._look_again)

    def _look_again(self) -> None:
        """Show what was written into the folders of mods, at the next update."""
        self.mods.rescan()
        self._files.layers.refresh(set())
        self._files.layers.mount()
        self._updater.mark()
