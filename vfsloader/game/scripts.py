"""Python modules in a game's layers: scripts in mods, imported by name and reloaded when they change.

.. warning::
    This runs untrusted code with all the rights of the game: it can read and delete the player's files, and nothing in
    Python can prevent that. It is off unless a game calls :func:`install`, and a game that does should say so to its
    players.

A script is a resource like a picture: the winning layer's file counts, and a mod that is toggled or a file that is
saved shows at the next :func:`vfsloader.update`.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from types import CodeType, ModuleType
from typing import NamedTuple, Self

from vfsloader import paths
from vfsloader.assets.changes import Change
from vfsloader.assets.loader import Asset, Loader
from vfsloader.errors import PathNotFoundError, ResourceError
from vfsloader.game.manager import ResourceManager
from vfsloader.runtime.logs import logger

_log = logger(__name__)


class Script(NamedTuple):
    """A compiled source file."""

    path: str
    source: str
    code: CodeType
    imports: frozenset[str]
    """Whole names that it imports, of modules or of names in them; ``.x`` is a module beside it."""


class _Compiler(Loader[Script]):
    """Compiles files."""

    def decode(self, asset: Asset, **options: object) -> Script:
        try:
            source = importlib.util.decode_source(asset.data)
            tree = ast.parse(source, f"{asset.layer}:{asset.path}")
            code = compile(tree, f"{asset.layer}:{asset.path}", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ResourceError.at(asset.path, f"{asset.path} in {asset.layer} is not valid Python: {error}") from error
        return Script(asset.path, source, code, frozenset(_imports(tree)))


_COMPILER = _Compiler()


def install(
    manager: ResourceManager,
    package: str = "game_mods",
    folder: paths.PathLike | None = None,
    on_reload: Callable[[ModuleType], None] | None = None,
) -> Scripts:
    """Let Python modules be imported from a game's layers. This runs untrusted code; see the top of this module.

    Parameters
    ----------
    manager
        The game.
    package
        The name under which they are imported: ``import game_mods.winter``.
    folder
        The folder of the merged tree that contains them; ``/<package>`` if left out.
    on_reload
        Called with each module that was reloaded.

    Returns
    -------
    Scripts
        Uninstall it with :meth:`Scripts.uninstall`, or use it as a context manager.

    Raises
    ------
    ValueError
        There is already a package with this name, or the name is not valid.

    Examples
    --------
    >>> from vfsloader import ResourceManager, Store
    >>> base = Store()
    >>> base.write("/game_mods/hello.py", b"def greet(): return 'hello'")
    >>> with install(ResourceManager(base)) as scripts:
    ...     import game_mods.hello
    ...
    ...     print(scripts.names(), game_mods.hello.greet())
    ['game_mods.hello'] hello
    """
    if not package.isidentifier():
        raise ValueError(f"{package!r} is not a valid package name")
    if package in sys.modules or importlib.util.find_spec(package) is not None:
        raise ValueError(f"there is already a package {package!r}; choose another name")
    return Scripts(manager, package, paths.normalise(folder or f"/{package}"), on_reload)


class Scripts(importlib.abc.MetaPathFinder):
    """The modules of one package, found in the layers.

    Attributes
    ----------
    failures
        By module, why its new source could not be used; the module keeps its old code.
    """

    def __init__(
        self, manager: ResourceManager, package: str, folder: str, on_reload: Callable[[ModuleType], None] | None
    ) -> None:
        self.package = package
        self.folder = folder
        self.failures: dict[str, Exception] = {}
        self._manager = manager
        self._on_reload = on_reload
        self._unsubscribe = manager.subscribe(self._changed)
        sys.meta_path.insert(0, self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.uninstall()

    def uninstall(self) -> None:
        """Forget the package and its modules. Modules in use keep working, but are not reloaded any more."""
        self._unsubscribe()
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name in self._loaded():
            del sys.modules[name]

    def names(self) -> list[str]:
        """Return the names of all modules that could be imported now: in load order of the mods, then by name."""
        union = self._manager.vfs.union
        ranks = {mount.name: rank for rank, mount in enumerate(reversed(union.mounts))}
        modules = []
        for folder, _, files in union.walk(self.folder) if union.find(self.folder) else ():
            for file in files:
                path = paths.join(folder, file)
                stem = path[len(self.folder) :].removesuffix(".py").removesuffix("/__init__")
                winner = union.find(path)
                if file.endswith(".py") and winner is not None and all(p.isidentifier() for p in stem.split("/")[1:]):
                    modules.append((ranks[winner.name], self.package + stem.replace("/", ".")))
        return [name for _, name in sorted(modules)]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module; called by ``import``."""
        if fullname != self.package and not fullname.startswith(f"{self.package}."):
            return None
        place = self.folder + fullname[len(self.package) :].replace(".", "/")
        for file, is_package in ((f"{place}/__init__.py", True), (f"{place}.py", False)):
            try:
                script = self._manager.load(file, _COMPILER)
            except PathNotFoundError:
                continue  # watched from now on, in case it is added
            except ResourceError as error:
                raise ImportError(str(error), name=fullname, path=file) from error
            if not self._manager.vfs.isfile(file):
                continue  # removed; only those who use it already keep it
            loader = _ModuleLoader(script.path, self._manager)
            origin = script.code.co_filename
            return importlib.machinery.ModuleSpec(fullname, loader, origin=origin, is_package=is_package)
        if fullname == self.package or self._manager.vfs.isdir(place):
            return importlib.machinery.ModuleSpec(fullname, _ModuleLoader(None, self._manager), is_package=True)
        return None

    def _loaded(self) -> dict[str, ModuleType]:
        return {
            name: module
            for name, module in sorted(sys.modules.items())
            if name == self.package or name.startswith(f"{self.package}.")
        }

    def _changed(self, changes: Sequence[Change]) -> None:
        """Reload the modules that changed, and those that import them; called at :meth:`ResourceManager.update`."""
        kinds = {change.path: change for change in changes}
        loaded = self._loaded()
        dirty: list[str] = []
        for name, module in loaded.items():
            path = getattr(module.__loader__, "path", None)
            change = kinds.get(path) if path else None
            if change is None:
                continue
            if change.kind == "removed":
                self._forget(name)
            elif change.kind == "failed":
                self.failures[name] = ResourceError.at(change.path, change.error or "")
                _log.error("%s was not reloaded: %s", name, change.error)
            else:
                dirty.append(name)
        for name in self._with_importers(dirty):
            self._reload(name, loaded[name])

    def _with_importers(self, names: Iterable[str]) -> list[str]:
        """Return modules and everything that imports them, the imported ones first."""
        uses = {name: self._used_by(name, module) for name, module in self._loaded().items()}
        todo, stack = set(names), list(names)
        while stack:
            used = stack.pop()
            new = {name for name, imported in uses.items() if used in imported} - todo
            todo |= new
            stack += new
        ordered: list[str] = []
        while todo:  # in a cycle, the first by name goes first
            name = min(todo, key=lambda name: (len(uses[name] & todo - {name}), name))
            todo.remove(name)
            ordered.append(name)
        return ordered

    def _used_by(self, name: str, module: ModuleType) -> set[str]:
        script = getattr(module.__loader__, "script", None)
        if script is None:
            return set()
        package = module.__spec__.parent or "" if module.__spec__ else ""
        whole = set()
        for imported in script.imports:
            try:
                absolute = importlib.util.resolve_name(imported, package) if imported.startswith(".") else imported
            except ImportError:
                continue
            # `from a.b import c` names a module a.b.c, or something in a.b.
            whole |= {absolute, absolute.rpartition(".")[0]}
        return {used for used in whole if used in sys.modules and used != name}

    def _reload(self, name: str, module: ModuleType) -> None:
        before = dict(vars(module))
        try:
            importlib.reload(module)
        except Exception as error:  # whatever a script raises, the game goes on
            vars(module).clear()
            vars(module).update(before)
            self.failures[name] = error
            _log.exception("%s was not reloaded", name)
            return
        self.failures.pop(name, None)
        if self._on_reload is not None:
            self._on_reload(module)

    def _forget(self, name: str) -> None:
        del sys.modules[name]
        parent, _, last = name.rpartition(".")
        if parent in sys.modules:
            vars(sys.modules[parent]).pop(last, None)


class _ModuleLoader(importlib.abc.InspectLoader):
    """Runs one script as a module."""

    def __init__(self, path: str | None, manager: ResourceManager) -> None:
        self.path = path
        self._manager = manager

    @property
    def script(self) -> Script | None:
        """The newest good source; None for a folder without one."""
        return None if self.path is None else self._manager.load(self.path, _COMPILER)

    def get_source(self, fullname: str) -> str:
        script = self.script
        return "" if script is None else script.source

    def get_code(self, fullname: str) -> CodeType:
        script = self.script
        return compile("", "<folder>", "exec") if script is None else script.code

    def is_package(self, fullname: str) -> bool:
        return self.path is None or self.path.endswith("/__init__.py")


def _imports(tree: ast.AST) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            joint = "" if module.endswith(".") else "."
            yield from (f"{module}{joint}{alias.name}" for alias in node.names)
            if node.module:
                yield module
