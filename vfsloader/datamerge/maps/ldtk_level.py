"""A level of LDtk that is a file of its own.

It is ``world/Level_0.ldtkl`` beside ``world.ldtk``, which has the definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vfsloader import paths
from vfsloader.datamerge.formats import json_text
from vfsloader.datamerge.maps.edit_file import Edit
from vfsloader.datamerge.maps.ldtk import LdtkMap
from vfsloader.datamerge.maps.ldtk_layer import table_of
from vfsloader.datamerge.maps.model import EditContext, Touched
from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import VFSError
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget

LEVEL_SUFFIX = ".ldtkl"
#: Returns the content of a file of the tree.
Read = Callable[[str], bytes]


def open_ldtk(path: str, data: bytes, budget: Budget, read: Read | None = None) -> LdtkMap:
    """Return a project or a level of LDtk to be edited.

    Raises
    ------
    ValueError
        It is neither, or the project of the level cannot be used.
    """
    if not path.lower().endswith(LEVEL_SUFFIX):
        return LdtkMap(path, data, budget)
    if read is None:
        raise ValueError("a level of its own can only be read together with its project")
    return LdtkLevel(path, data, budget, read)


def project_of(path: str) -> str:
    """Return where LDtk writes the project of a level that is a file.

    Examples
    --------
    >>> project_of("/maps/world/Level_0.ldtkl")
    '/maps/world.ldtk'
    """
    return f"{paths.parent(path)}.ldtk"


class LdtkLevel(LdtkMap):
    """A level that is a file of its own.

    Parameters
    ----------
    path, data, budget
        As for :class:`LdtkMap`.
    read
        Reads the project.

    Raises
    ------
    ValueError
        It is not a level, or its project is missing or cannot be used.
    """

    def __init__(self, path: str, data: bytes, budget: Budget, read: Read) -> None:
        level = table_of(parse_json(data, budget), "the file")
        if "layerInstances" not in level or "identifier" not in level:
            raise ValueError("it is not a level of LDtk: it has no layerInstances")
        project = project_of(path)
        try:
            content = read(project)
        except (VFSError, OSError) as error:
            raise ValueError(f"its project {plain(project)} cannot be read: {plain(str(error), 300)}") from error
        super().__init__(project, content, budget)
        self.file = path
        self._level = level

    def levels(self) -> Iterator[dict[str, Any]]:
        """Yield the level."""
        yield self._level

    def encoded(self) -> bytes:
        """Return the level as a file."""
        self.write_layers()
        return json_text(self._level)

    def change(self, edit: Edit, context: EditContext) -> Touched:
        """Carry out an edit of this level."""
        if edit.action in ("add_tileset", "add_layer"):
            raise ValueError("the project has the tile sets and layers of all levels, and this is one level")
        return super().change(edit, context)
