"""What the error for a missing path says: where was looked, and which paths may have been meant."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from vfsloader.errors import NotAFolderError, PathNotFoundError
from vfsloader.layers import Mount, Union
from vfsloader.store.memory.store import MemoryStore


def union_of(layers: Mapping[str, list[str]]) -> Union:
    mounts = []
    for name, files in layers.items():
        store = MemoryStore(name)
        for path in files:
            store.write(path, b"")
        mounts.append(Mount(name, store))
    return Union(mounts)


def sentence(union: Union, path: str) -> str:
    with pytest.raises(PathNotFoundError) as caught:
        union.read(path)
    assert caught.value.filename == path
    return str(caught.value)


def hint(files: list[str], path: str) -> str:
    """The part of the sentence after the names of the layers."""
    return sentence(union_of({"top": [], "base": files}), path).partition("(looked in top, base)")[2]


def test_the_layers_are_named_from_the_top() -> None:
    union = union_of({"save": [], "winter": [], "base": []})
    assert sentence(union, "/a") == "no layer has /a (looked in save, winter, base)"


def test_eight_layers_are_all_named() -> None:
    union = union_of({f"mod{number}": [] for number in range(8)})
    assert sentence(union, "/a").endswith("mod6, mod7)")


def test_of_many_layers_the_highest_eight_are_named() -> None:
    union = union_of({f"mod{number}": [] for number in range(9)})
    assert sentence(union, "/a").endswith("mod6, mod7, …)")


def test_a_name_that_is_spelled_alike_is_suggested() -> None:
    assert hint(["/sprites/player.png", "/sprites/tree.png"], "/sprites/plyer.png") == (
        "; did you mean /sprites/player.png?"
    )


def test_a_name_that_is_not_alike_is_not_suggested() -> None:
    assert hint(["/sprites/player.png"], "/sprites/enemy.png") == ""


def test_names_must_be_three_quarters_alike() -> None:
    assert hint(["/abcdefXX"], "/abcdefgh") == "; did you mean /abcdefXX?"
    assert hint(["/abcdeXXX"], "/abcdefgh") == ""


def test_the_same_name_in_another_case_counts_before_all_others() -> None:
    assert hint(["/player.png", "/Plyer.png", "/plyer2.png"], "/plyer.png") == (
        "; the file is /Plyer.png: the case of letters matters, on Linux players would not find it"
    )


def test_at_most_three_names_are_suggested_the_most_alike_first() -> None:
    files = ["/enemy12.png", "/enemy123.png", "/enemy1234.png", "/enemy12345.png"]
    assert hint(files, "/enemy1.png") == "; did you mean /enemy12.png or /enemy123.png or /enemy1234.png?"


def test_the_same_name_in_another_folder_is_suggested() -> None:
    assert hint(["/sprites/Player.png", "/sounds/a.ogg"], "/player.png") == "; did you mean /sprites/Player.png?"


def test_a_folder_of_the_same_name_elsewhere_is_not_suggested() -> None:
    assert hint(["/other/data/x"], "/data") == ""


def test_of_many_folders_with_the_name_three_are_suggested() -> None:
    files = [f"/{folder}/{name}" for folder in "abcd" for name in ("x.png", "y.png")]
    assert hint(files, "/x.png") == "; did you mean /a/x.png or /b/x.png or /c/x.png?"


def test_three_are_suggested_even_if_a_folder_has_the_name_twice() -> None:
    files = ["/a/x.png", "/b/x.png", "/c/x.png", "/c/X.png"]
    assert hint(files, "/x.png") == "; did you mean /a/x.png or /b/x.png or /c/X.png?"


def test_a_neighbour_counts_before_a_name_in_another_folder() -> None:
    assert hint(["/a/plaxer.png", "/b/player.png"], "/a/player.png") == "; did you mean /a/plaxer.png?"


def test_names_of_all_layers_are_suggested() -> None:
    union = union_of({"top": ["/sprites/b.png"], "base": ["/sprites/player.png"]})
    assert sentence(union, "/sprites/playr.png").endswith("; did you mean /sprites/player.png?")


def test_a_path_below_a_file_names_the_file() -> None:
    union = union_of({"top": ["/x/y"], "base": ["/a.txt"]})
    with pytest.raises(NotAFolderError, match=r"/a\.txt is a file") as caught:
        union.read("/a.txt/b/c")
    assert caught.value.filename == "/a.txt/b/c"


def test_a_path_below_a_folder_that_is_missing_is_just_missing() -> None:
    assert sentence(union_of({"top": ["/x/y"]}), "/x/nope/z") == "no layer has /x/nope/z (looked in top)"
