"""Replacements for Python's own calls that read files and list folders, for paths below adopted folders.

Each replacement asks :class:`AdoptedFiles` and hands every other path to the original call. A file keeps the name by
which the game opened it: only its bytes come from elsewhere.
"""

from __future__ import annotations

import builtins
import functools
import io
import linecache  # noqa: F401 - it reads through `tokenize`, and is there before a game's first traceback
import os
import pkgutil
import sys
import tokenize
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

from vfsloader import paths
from vfsloader.adopting.adopted_files import AdoptedFiles, Where
from vfsloader.adopting.late_patches import LatePatches
from vfsloader.adopting.patched_calls import PatchedCalls, as_plain
from vfsloader.layers.union import Found

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_GOES_TO_DISK = "it is opened for writing, which goes to the disk"


class PatchedFiles(PatchedCalls):
    """Replaces the calls when it is made, until :meth:`undo`."""

    def __init__(self, adopted: AdoptedFiles) -> None:
        super().__init__()
        self._adopted = adopted
        for owner, prefix, names in (
            (os, "os", ("stat", "lstat", "readlink", "statvfs", "listxattr", "getxattr")),
            (os.path, "os.path", ("getsize", "getmtime", "getatime", "getctime")),
        ):
            for name in names:
                self.patch(owner, name, functools.partial(self._with_real_path, f"{prefix}.{name}"))
        for name in ("exists", "lexists", "isfile", "isdir"):
            self.patch(os.path, name, functools.partial(self._question, f"os.path.{name}", name))
        self.patch(os, "access", self._access)
        self.patch(os, "listdir", self._listdir)
        self.patch(os, "scandir", self._scandir)
        self.patch(os, "fwalk", self._fwalk)
        self.patch(os, "open", self._os_open)
        for owner, name in ((builtins, "open"), (io, "open"), (tokenize, "_builtin_open")):
            self.patch(owner, name, self._open)
        self.patch(io, "open_code", self._open_code)
        self.patch(io, "FileIO", self._file_io)
        self.patch(pkgutil, "get_data", self._get_data)
        self._late = LatePatches()
        self._late.when_imported("sqlite3", self._patch_sqlite)
        self._patch_kept_copies()

    def _patch_sqlite(self, sqlite3: Any) -> None:
        for owner in (sqlite3, sqlite3.dbapi2):
            self.replace(owner, "connect", self._connect(owner.connect), owner.connect)

    def undo(self) -> None:
        """Put everything back."""
        self._late.end()
        super().undo()

    def _patch_kept_copies(self) -> None:
        """Replace what modules of the standard library keep of the original calls."""
        if "tarfile" in sys.modules:
            self.patch(sys.modules["tarfile"], "bltn_open", self._open)
        for name in ("_GlobberBase", "_Globber", "_StringGlobber"):
            globber = getattr(sys.modules.get("glob"), name, None)
            for call in ("lexists", "scandir"):
                kept = None if globber is None else vars(globber).get(call)
                owner = os.path if call == "lexists" else os
                if isinstance(kept, staticmethod) and kept.__func__ is self.original(owner, call):
                    self.replace(globber, call, staticmethod(getattr(owner, call)), kept)
        if sys.platform == "win32":
            import _winapi

            if hasattr(_winapi, "CopyFile2"):  # shutil.copy2
                self.patch(_winapi, "CopyFile2", functools.partial(self._with_real_path, "shutil.copy2"))

    # --- questions -----------------------------------------------------------------------------------

    def _with_real_path(self, call: str, original: Callable[..., Any]) -> Callable[..., Any]:
        """Replace a call whose first argument is a path."""
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> Any:
            if args and options.get("dir_fd") is None:
                if (virtual := adopted.virtual(args[0])) is not None:
                    args = (adopted.real(call, args[0], virtual), *args[1:])
            elif options.get("dir_fd") is None:
                for name in ("path", "filename"):
                    if adopted.virtual(options.get(name)) is not None:
                        options[name] = adopted.real(call, options[name])
            return original(*args, **options)

        return replacement

    def _question(self, call: str, name: str, original: Callable[..., bool]) -> Callable[..., bool]:
        """Replace a call that asks whether there is a file or folder; no file is made for it."""
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> bool:
            asked = args[0] if args else next(iter(options.values()), None)
            virtual = adopted.virtual(asked)
            if virtual is None:
                return original(*args, **options)
            found = adopted.find(virtual)
            answer = found is not Where.HIDDEN
            if found is Where.DISK:
                answer = original(*args, **options)
            elif isinstance(found, Found) and name in ("isfile", "isdir"):
                answer = found.entry.is_folder is (name == "isdir")
            if found is not Where.DISK or answer:
                adopted.served[call] += 1
            return answer

        return replacement

    def _access(self, original: Callable[..., bool]) -> Callable[..., bool]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(path: Any, mode: int, **options: Any) -> bool:
            virtual = adopted.virtual(path) if options.get("dir_fd") is None else None
            if virtual is None:
                return original(path, mode, **options)
            if mode & os.W_OK and not adopted.is_on_disk(path):  # it would be written beside the game's own files
                return original(os.path.dirname(os.path.abspath(path)), os.W_OK, **options)
            try:
                real = adopted.real("os.access", path, virtual)
            except FileNotFoundError:
                return False
            is_writable = not mode & os.W_OK or original(path, os.W_OK, **options)
            return is_writable and original(real, mode & ~os.W_OK, **options)

        return replacement

    # --- folders -------------------------------------------------------------------------------------

    def _listdir(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(path: Any = None) -> Any:
            names = self._folder("os.listdir", "." if path is None else path, original)
            if names is None:
                return original(path)
            return [os.fsencode(name) for name in names[0]] if _is_bytes(path) else names[0]

        return replacement

    def _scandir(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(path: Any = None) -> Any:
            given = "." if path is None else path
            names = self._folder("os.scandir", given, self.original(os, "listdir"))
            if names is None:
                return original(path)
            from vfsloader.adopting.adopted_entries import Entry, Scan

            entries: dict[str, Any] = {}
            if self._is_disk_folder(given):
                with original(given) as scan:
                    entries = {os.fsdecode(entry.name): entry for entry in scan}
            shown, provided = names
            return Scan(
                Entry(given, name, is_folder=provided[name].entry.is_folder) if name in provided else entries[name]
                for name in shown
                if name in provided or name in entries
            )

        return replacement

    def _folder(
        self, call: str, path: Any, listdir: Callable[..., list[Any]]
    ) -> tuple[list[str], dict[str, Found]] | None:
        """Return the names in a folder, and what of it others provide; None where the disk answers."""
        adopted = self._adopted
        virtual = adopted.names.folder(path)
        if virtual is None:
            return None
        found = adopted.find(virtual)
        if found is Where.HIDDEN:
            raise FileNotFoundError(2, os.strerror(2), path)
        if isinstance(found, Found) and not found.entry.is_folder:
            raise NotADirectoryError(20, os.strerror(20), path)
        is_disk_folder = self._is_disk_folder(path)
        if found is Where.DISK and not is_disk_folder:
            return None
        adopted.served[call] += 1
        on_disk = [os.fsdecode(name) for name in listdir(path)] if is_disk_folder else []
        return adopted.names_in(virtual, on_disk)

    def _fwalk(self, original: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(top: Any = ".", *args: Any, **options: Any) -> Iterator[Any]:
            virtual = adopted.names.folder(top) if options.get("dir_fd") is None else None
            if virtual is None or not adopted.is_changed(virtual) or not adopted.manager.vfs.isdir(virtual):
                yield from original(top, *args, **options)
                return
            # Its callers open files relative to the descriptor of a folder, so there must be such a folder.
            mirror = adopted.manager.real_folder(virtual)
            for folder, folders, files, descriptor in original(mirror, *args, **options):
                shown = os.fspath(top) + folder[len(mirror) :] if not _is_bytes(top) else top
                if _is_bytes(top):
                    shown += os.fsencode(folder[len(mirror) :])
                names = self._folder("os.fwalk", shown, self.original(os, "listdir"))
                order = {name: place for place, name in enumerate(names[0] if names else ())}
                for inside in (folders, files):
                    inside.sort(key=lambda name: order.get(os.fsdecode(name), len(order)))
                yield shown, folders, files, descriptor

        return replacement

    def _is_disk_folder(self, path: Any) -> bool:
        return bool(self.original(os.path, "isdir")(path))

    # --- files ---------------------------------------------------------------------------------------

    def _open(self, original: Callable[..., Any]) -> Callable[..., Any]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(
            file: Any,
            mode: str = "r",
            buffering: int = -1,
            encoding: Any = None,
            errors: Any = None,
            newline: Any = None,
            closefd: bool = True,
            opener: Any = None,
        ) -> Any:
            virtual = adopted.virtual(file)
            if virtual is not None:
                opener = self._opener("open", file, virtual, mode, opener)
            return original(file, mode, buffering, encoding, errors, newline, closefd, opener)

        return replacement

    def _open_code(self, original: Callable[..., Any]) -> Callable[..., Any]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(path: Any) -> Any:
            if adopted.virtual(path) is None:
                return original(path)
            return open(path, "rb", opener=self._opener("io.open_code", path, adopted.virtual(path) or "", "r", None))

        return replacement

    def _file_io(self, original: Any) -> Any:
        make_opener, virtual_of = self._opener, self._adopted.virtual

        class FileIO(original, metaclass=as_plain(original)):  # type: ignore[metaclass, misc]
            __doc__ = original.__doc__

            def __init__(self, file: Any, mode: str = "r", closefd: bool = True, opener: Any = None) -> None:
                virtual = virtual_of(file)
                if virtual is not None:
                    opener = make_opener("io.FileIO", file, virtual, mode, opener)
                super().__init__(file, mode, closefd, opener)

        return FileIO

    def _opener(self, call: str, file: Any, virtual: str, mode: str, opener: Any) -> Any:
        """Return an opener for the winning file; the file object keeps the name that the game gave."""
        adopted = self._adopted
        if set(mode) & set("wax+"):
            adopted.refuse(call, virtual, _GOES_TO_DISK)
            return opener
        real = adopted.real(call, file, virtual)
        if real is file:
            return opener
        open_file = self.original(os, "open") if opener is None else opener
        return lambda _, flags: open_file(real, flags)

    def _os_open(self, original: Callable[..., int]) -> Callable[..., int]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            virtual = adopted.virtual(path) if dir_fd is None else None
            if virtual is None:
                return original(path, flags, mode, dir_fd=dir_fd)
            if flags & _WRITING:
                adopted.refuse("os.open", virtual, _GOES_TO_DISK)
            elif self._is_disk_folder(path) and adopted.is_changed(virtual):
                adopted.refuse("os.open", virtual, "the descriptor of a folder shows the disk")
            else:
                path = adopted.real("os.open", path, virtual)
            return original(path, flags, mode)

        return replacement

    # --- what reads files by itself ------------------------------------------------------------------

    def _get_data(self, original: Callable[..., bytes | None]) -> Callable[..., bytes | None]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(package: str, resource: str) -> bytes | None:
            module = sys.modules.get(package) or __import__(package, fromlist=["*"])
            if getattr(module, "__file__", None):
                file = os.path.join(os.path.dirname(str(module.__file__)), *resource.split("/"))
                virtual = adopted.virtual(file)
                if virtual is not None:
                    with self.original(builtins, "open")(adopted.real("pkgutil.get_data", file, virtual), "rb") as data:
                        return bytes(data.read())
            return original(package, resource)

        return replacement

    def _connect(self, original: Callable[..., Any]) -> Callable[..., Any]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(database: Any, *args: Any, **options: Any) -> Any:
            file, query = database, ""
            if options.get("uri") and isinstance(database, str) and database.startswith("file:"):
                address, _, query = database.removeprefix("file:").partition("?")
                file = urllib.parse.unquote(address.removeprefix("//"))
                if os.name == "nt" and file[2:3] == ":":
                    file = file.removeprefix("/")
            virtual = adopted.virtual(file) if file != ":memory:" else None
            found = Where.DISK if virtual is None else adopted.find(virtual)
            if virtual is not None and isinstance(found, Found) and not found.entry.is_folder:
                # The game may write: into a copy of its own, never into the mod's file.
                copy = adopted.temporary(paths.split(virtual)[1], found.layer.read(found.entry))
                adopted.refuse("writing with sqlite3.connect", virtual, f"it is in {found.name}; changes are not kept")
                database = f"file:{urllib.parse.quote(copy)}?{query}" if file is not database else copy
            if virtual is not None:
                adopted.served["sqlite3.connect"] += 1
            return original(database, *args, **options)

        return replacement


def _is_bytes(path: Any) -> bool:
    return isinstance(path if path is None or isinstance(path, (str, int)) else os.fspath(path), bytes)
