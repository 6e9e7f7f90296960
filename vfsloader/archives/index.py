"""What the members of an archive mean: the same for a mounted archive and for one that is expanded.

Names are cleaned: backslashes become slashes, a leading slash or drive is cut off, and text is composed (NFC). A name
that leads out of the archive is left out, and so are links, devices, and files in place of folders. Nothing is left out
silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vfsloader import paths
from vfsloader.archives.reader import Member
from vfsloader.errors import InvalidPathError
from vfsloader.layers.protocol import ROOT_ENTRY, Entry, EntryType
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits, unsafe
from vfsloader.runtime.composed import nfc

#: Characters in the paths of folders that no member describes, for each member that is allowed. Long names of many
#: levels would otherwise make gigabytes of folders out of megabytes of names.
IMPLIED_CHARACTERS_A_MEMBER = 336
#: What a folder costs beside its path.
_FOLDER_CHARACTERS = 128
_DRIVE = re.compile("[A-Za-z]:/")


class ArchiveIndex:
    """The tree of an archive.

    Parameters
    ----------
    members
        The archive's members, in its order.
    name
        The archive's name in messages.
    limits
        How many members, and so how many folders, it may have.

    Attributes
    ----------
    entries
        Each file and folder by its path. If a name appears twice, the last file wins, as when unpacking.
    children
        The paths in each folder.
    files
        Path and member of each file, in the archive's order; a name that appears twice is in it twice.
    left_out
        Name and reason of each member that is not in the tree.
    renamed
        Name and path of each member that has another name in the tree than in the archive.

    Raises
    ------
    UnsafeArchiveError
        The names imply more folders than a game needs.
    """

    def __init__(self, members: Iterable[Member], name: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self.entries: dict[str, Entry] = {paths.ROOT: ROOT_ENTRY}
        self.children: dict[str, list[str]] = {paths.ROOT: []}
        self.files: list[tuple[str, Member]] = []
        self.left_out: list[tuple[str, str]] = []
        self.renamed: list[tuple[str, str]] = []
        self._name = name
        self._characters_left = int(limits.members * IMPLIED_CHARACTERS_A_MEMBER)
        for member in members:
            reason = self._place(member)
            if reason is not None:
                self.left_out.append((plain(member.name), reason))

    def _place(self, member: Member) -> str | None:
        """Add a member to the tree; return why it is left out, or None."""
        kind = member.kind
        if kind is None:
            return member.reason
        path, fault = clean_path(member.name)
        if path is None:
            return fault
        if path == paths.ROOT:
            return None if kind is EntryType.FOLDER else "it has no name"
        if not self._make_parents(path):
            return "a file has the name of its folder"
        known = self.entries.get(path)
        if kind is EntryType.FOLDER:
            if known is not None:
                return None if known.is_folder else "a file has its name"
            self._add(Entry(path, kind, 0, member.mtime_ns))
            return None
        if known is not None and known.is_folder:
            return "a folder has its name"
        self._add(Entry(path, kind, member.size, member.mtime_ns, 0, member))
        self.files.append((path, member))
        if fault is not None or member.reason:
            self.renamed.append((plain(member.name), path))
        return None

    def _make_parents(self, path: str) -> bool:
        """Add the folders above `path`; return False if one of them is a file."""
        missing = []
        folder = paths.parent(path)
        while (entry := self.entries.get(folder)) is None:
            missing.append(folder)
            self._characters_left -= len(folder) + _FOLDER_CHARACTERS
            if self._characters_left < 0:
                raise unsafe(self._name, "has more folders than any archive needs", "members")
            folder = paths.parent(folder)
        if not entry.is_folder:
            return False
        for folder in reversed(missing):
            self._add(Entry(folder, EntryType.FOLDER))
        return True

    def _add(self, entry: Entry) -> None:
        if entry.path not in self.entries:
            self.children.setdefault(paths.parent(entry.path), []).append(entry.path)
        self.entries[entry.path] = entry
        if entry.is_folder:
            self.children.setdefault(entry.path, [])


def clean_path(name: str) -> tuple[str | None, str | None]:
    r"""Return the path of a member, and what was wrong with its name.

    Parameters
    ----------
    name
        The name in the archive.

    Returns
    -------
    tuple
        The path and None; the path and why it differs from the name; or None and why there is no path.

    Examples
    --------
    >>> clean_path("sprites\\p.png")
    ('/sprites/p.png', None)
    >>> clean_path("/etc/passwd")
    ('/etc/passwd', 'its name begins with a slash')
    >>> clean_path("../x")
    (None, 'its name leads out of the archive')
    """
    text = name.replace("\\", "/")
    fault = None
    if drive := _DRIVE.match(text):
        text, fault = text[drive.end() - 1 :], "its name begins with a drive"
    if text.startswith("/"):
        text, fault = text.lstrip("/") or "/", fault or "its name begins with a slash"
    depth = 0
    if ".." in text:
        for part in text.split("/"):
            depth += -1 if part == ".." else 0 if part in ("", ".") else 1
            if depth < 0:
                return None, "its name leads out of the archive"
    try:
        return paths.normalise(nfc(text)), fault
    except InvalidPathError as error:
        return None, f"its name cannot be a path: {plain(error.strerror or 'invalid')}"
