"""What stays out of a pack: ``.vfsignore`` files by git's rules, and what no game ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfsloader import paths
from vfsloader.errors import ConfigError, MissingExtraError
from vfsloader.union import Union

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".vfsignore"
#: Names that programs leave behind: no ``.vfsignore`` brings them back.
JUNK = frozenset(
    {".git", ".hg", ".svn", ".gitignore", ".gitattributes", IGNORE_FILE, "__pycache__"}
    | {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"}
)


class Ignored:
    """Tells which paths of a tree stay out.

    Parameters
    ----------
    tree
        The tree; its ``.vfsignore`` files are read, each counts for its own folder and those below it.
    """

    def __init__(self, tree: Union) -> None:
        self._tree = tree
        self._rules: dict[str, GitIgnoreSpec | None] = {}

    def __call__(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether a path stays out; asked of folders first, and not of what an ignored one holds."""
        folder, name = paths.split(path)
        if name in JUNK:
            return True
        while True:
            rules = self._of(folder)
            if rules is not None:
                below = path.removeprefix(folder).lstrip("/")
                told = rules.check_file(below + "/" * is_folder).include
                if told is not None:
                    return told
            if folder == paths.ROOT:
                return False
            folder = paths.parent(folder)

    def _of(self, folder: str) -> GitIgnoreSpec | None:
        if folder not in self._rules:
            file = paths.join(folder, IGNORE_FILE)
            found = self._tree.find(file)
            self._rules[folder] = None if found is None else _parse(file, self._tree.read(file))
        return self._rules[folder]


def _parse(file: str, data: bytes) -> GitIgnoreSpec:
    try:
        from pathspec import GitIgnoreSpec
    except ImportError as error:
        raise MissingExtraError.of(f"reading {file}", "pathspec", "build") from error
    try:
        return GitIgnoreSpec.from_lines(data.decode().splitlines())
    except ValueError as error:
        raise ConfigError.at(file, f"{file} cannot be read: {error}") from error
