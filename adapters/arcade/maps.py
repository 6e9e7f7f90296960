"""Tile maps as real files that name nothing outside of the tree.

arcade joins the names in a map to its folder, and looks for pictures in the current folder first. So each name is
resolved in the tree and replaced by the path of a real file. This is done in copies of the map, and of the tile sets
and templates that it names.
"""

from __future__ import annotations

import os
import weakref

from vfsloader import paths
from vfsloader.assets.edits.gather import edit_files
from vfsloader.assets.edits.plain_pictures import PLAIN_PICTURES, encode_png
from vfsloader.assets.picture_size import check_picture
from vfsloader.assets.references import MapFile
from vfsloader.datamerge.maps import can_be_edited
from vfsloader.game.manager import ResourceManager
from vfsloader.runtime.budget import Budget

#: Folders of the disk with copies of a tree, from which arcade loads the pictures of maps; with their managers.
copies: weakref.WeakValueDictionary[str, ResourceManager] = weakref.WeakValueDictionary()


def contained_map(manager: ResourceManager, path: str) -> str:
    """Return a real file for a map whose names all lead into a copy of the tree.

    Parameters
    ----------
    manager
        The game.
    path
        The map's virtual path.

    Raises
    ------
    PathNotFoundError
        No layer has the map, or a tile set or template that it names.
    ResourceError
        A name leaves the tree, or what it names is not what it should be.
    BudgetError
        The map is larger than the budget allows.
    """
    limits = manager.asset(path).limits  # a map that is missing is reported before anything is copied
    top = manager.real_folder(paths.ROOT)
    copies[os.path.realpath(top)] = manager
    budget = Budget(path, limits)
    data_files, pictures = {path}, set[str]()
    todo = [path]
    while todo:
        current = todo.pop()
        asset = manager.asset(current)
        data = manager.read_edited(current) if can_be_edited(current) else asset.data
        map_file = MapFile(current, data, asset.layer, budget)
        for is_data, name, replace in map_file.references:
            target = map_file.resolve(name)
            if is_data:
                if target not in data_files:
                    data_files.add(target)
                    todo.append(target)
            elif target not in pictures:
                pictures.add(target)
                _copy_picture(manager, target, f"{top}{target}")
            replace(f"{top}{target}")
        _write(f"{top}{current}", map_file.encoded())
    return f"{top}{path}"


def path_in_copy(manager: ResourceManager, file: str) -> str | None:
    """Return the virtual path of a file in a copy of a manager's tree; None if it is in none."""
    whole = os.path.realpath(file) if copies else ""
    for folder, owner in copies.items():
        if owner is manager and whole.startswith(folder + os.sep):
            return whole[len(folder) :].replace(os.sep, "/")
    return None


def _copy_picture(manager: ResourceManager, path: str, file: str) -> None:
    """Check a picture, and let its copy show the edits of mods: arcade reads the file by itself."""
    if not manager.exists(path):  # arcade warns of a missing one
        return
    check_picture(manager.asset(path))
    languages = [manager.language] if isinstance(manager.language, str) else manager.language or []
    spellings = (path, *(f"/tl/{language}{path}" for language in languages))
    if any(edit_files(manager.vfs.union, spelling) for spelling in spellings):
        _write(file, encode_png(manager.load(path, PLAIN_PICTURES)))


def _write(file: str, data: bytes) -> None:
    os.remove(file)  # it may be the game's own file under another name
    with open(file, "xb") as out:
        out.write(data)
