"""What stays out of a pack: files named by ``.vfsignore`` with git's rules, and junk that no game ships."""

from __future__ import annotations

from collections.abc import Iterator

from vfsloader import paths
from vfsloader.errors import ConfigError, MissingExtraError
from vfsloader.layers.union import Union

IGNORE_FILE = ".vfsignore"
#: Names that programs leave behind; a ``.vfsignore`` cannot bring them back.
JUNK = frozenset(
    {".git", ".hg", ".svn", ".gitignore", ".gitattributes", IGNORE_FILE, "__pycache__"}
    | {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"}
)


class IgnoreRules:
    """Decides which paths of a tree stay out of a pack.

    Parameters
    ----------
    tree
        The tree. Each of its ``.vfsignore`` files applies to its own folder and all folders below.
    """

    def __init__(self, tree: Union) -> None:
        self._tree = tree
        #: By folder, the folders from it upwards that have rules, each with them.
        self._rules: dict[str, tuple[tuple[str, list[_Rule]], ...]] = {}

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Return whether a path stays out; ask for folders first, and do not ask inside an ignored folder."""
        folder, name = paths.split(path)
        if name in JUNK:
            return True
        for owner, rules in self._rules_for(folder):
            below = path.removeprefix(owner).lstrip("/")
            for rule in reversed(rules):  # the last matching rule wins
                if rule.matches(below, is_folder=is_folder):
                    return not rule.is_negated
        return False

    def _rules_for(self, folder: str) -> tuple[tuple[str, list[_Rule]], ...]:
        unknown = []
        while folder not in self._rules:  # not by recursion: untrusted folders may be nested deeply
            unknown.append(folder)
            if folder == paths.ROOT:
                break
            folder = paths.parent(folder)
        known = self._rules.get(folder, ())
        for folder in reversed(unknown):
            file = paths.join(folder, IGNORE_FILE)
            rules = list(_parse(file, self._tree.read(file))) if self._tree.find(file) is not None else []
            known = self._rules[folder] = ((folder, rules), *known) if rules else known
        return known


class _Rule:
    """A line of a ``.vfsignore``.

    The library matches a pattern against a path and all folders above it. Git matches each path only by itself, because
    it never looks inside an ignored folder. Otherwise ``!assets`` would bring back ``assets/build``.
    """

    def __init__(self, line: str) -> None:
        from pathspec import GitIgnoreSpec

        self.is_negated = line.startswith("!")
        pattern = line[self.is_negated :].rstrip()
        core = pattern.rstrip("/")
        is_floating = "/" not in core
        while core.startswith("**/"):
            core, is_floating = core[3:], True
        self._is_floating = is_floating
        #: Number of names in a matching path; None if any number matches.
        self._depth = None if "**" in core else core.strip("/").count("/") + 1
        self._matches_all_below = core.endswith("/**")
        if self._depth is not None:
            pattern = "/" + core.lstrip("/") + "/" * pattern.endswith("/")
        self._spec = GitIgnoreSpec.from_lines([pattern])

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Return whether the rule matches a path, which is relative to the rule's own folder."""
        if self._depth is not None:
            names = path.split("/")
            if len(names) < self._depth or (len(names) > self._depth and not self._is_floating):
                return False
            return self._spec.match_file("/".join(names[-self._depth :]) + "/" * is_folder)
        if self._matches_all_below:
            return self._spec.match_file(path)
        folder = path.rpartition("/")[0]
        is_match = self._spec.match_file(path + "/" * is_folder)
        return is_match and not (folder and self._spec.match_file(f"{folder}/"))


def _parse(file: str, data: bytes) -> Iterator[_Rule]:
    try:
        for line in data.decode().splitlines():
            if line.strip() and not line.startswith("#"):
                yield _Rule(line)
    except ImportError as error:
        raise MissingExtraError.of(f"reading {file}", "pathspec", "build") from error
    except ValueError as error:
        raise ConfigError.at(file, f"{file} cannot be read: {error}") from error
