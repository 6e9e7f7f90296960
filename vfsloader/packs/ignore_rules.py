"""What stays out of a pack: ``.vfsignore`` files by git's rules, and what no game ships."""

from __future__ import annotations

from collections.abc import Iterator

from vfsloader import paths
from vfsloader.errors import ConfigError, MissingExtraError
from vfsloader.layers.union import Union

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
        self._rules: dict[str, list[_Rule]] = {}

    def __call__(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether a path stays out; asked of folders first, and not of what an ignored one holds."""
        folder, name = paths.split(path)
        if name in JUNK:
            return True
        while True:
            below = path.removeprefix(folder).lstrip("/")
            for rule in reversed(self._of(folder)):  # the last one that fits counts
                if rule.fits(below, is_folder=is_folder):
                    return not rule.brings_back
            if folder == paths.ROOT:
                return False
            folder = paths.parent(folder)

    def _of(self, folder: str) -> list[_Rule]:
        if folder not in self._rules:
            file = paths.join(folder, IGNORE_FILE)
            found = self._tree.find(file)
            self._rules[folder] = [] if found is None else list(_parse(file, self._tree.read(file)))
        return self._rules[folder]


class _Rule:
    """A line of a ``.vfsignore``.

    The library says of a path whether a pattern fits it or a folder above it. Git asks of each path only for itself,
    as what an ignored folder holds is never looked at; else ``!assets`` would bring back ``assets/build``.
    """

    def __init__(self, line: str) -> None:
        from pathspec import GitIgnoreSpec

        self.brings_back = line.startswith("!")
        pattern = line[self.brings_back :].rstrip()
        core = pattern.rstrip("/")
        is_floating = "/" not in core
        while core.startswith("**/"):
            core, is_floating = core[3:], True
        self._is_floating = is_floating
        #: Names in a path that it fits; None where that may be any number.
        self._depth = None if "**" in core else core.strip("/").count("/") + 1
        self._fits_all_below = core.endswith("/**")
        if self._depth is not None:
            pattern = "/" + core.lstrip("/") + "/" * pattern.endswith("/")
        self._spec = GitIgnoreSpec.from_lines([pattern])

    def fits(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether the rule is about a path, which is told from the rule's own folder."""
        if self._depth is not None:
            names = path.split("/")
            if len(names) < self._depth or (len(names) > self._depth and not self._is_floating):
                return False
            return self._spec.match_file("/".join(names[-self._depth :]) + "/" * is_folder)
        if self._fits_all_below:
            return self._spec.match_file(path)
        folder = path.rpartition("/")[0]
        fits = self._spec.match_file(path + "/" * is_folder)
        return fits and not (folder and self._spec.match_file(f"{folder}/"))


def _parse(file: str, data: bytes) -> Iterator[_Rule]:
    try:
        for line in data.decode().splitlines():
            if line.strip() and not line.startswith("#"):
                yield _Rule(line)
    except ImportError as error:
        raise MissingExtraError.of(f"reading {file}", "pathspec", "build") from error
    except ValueError as error:
        raise ConfigError.at(file, f"{file} cannot be read: {error}") from error
