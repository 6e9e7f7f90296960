from __future__ import annotations

import errno
import posixpath
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfsloader import paths
from vfsloader.errors import InvalidPathError

NAMES = st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("given_path", "clean"),
    [
        ("/a/b", "/a/b"),
        ("a/b", "/a/b"),
        ("/", "/"),
        (".", "/"),
        ("//a///b/", "/a/b"),
        ("/a/./b/../c", "/a/c"),
        ("/cafe\u0301.png", "/café.png"),
    ],
)
def test_a_path_has_one_spelling(given_path: str, clean: str) -> None:
    assert paths.normalise(given_path) == clean


@pytest.mark.parametrize("bad", ["", "/..", "/a/../..", "/a\0b", "a\\b", "/lone\ud800surrogate"])
def test_what_is_no_path_is_refused(bad: str) -> None:
    with pytest.raises(InvalidPathError) as caught:
        paths.normalise(bad)
    assert caught.value.errno == errno.EINVAL
    assert isinstance(caught.value, OSError)


@pytest.mark.parametrize("long", ["/" + "a" * 10_000, "/" + "ä" * 200, "/a" * 3_000])
def test_too_long_a_path_is_refused(long: str) -> None:
    with pytest.raises(InvalidPathError) as caught:
        paths.normalise(long)
    assert caught.value.errno == errno.ENAMETOOLONG
    assert len(str(caught.value)) < 200


@given(st.lists(NAMES, max_size=6))
def test_normalising_agrees_with_posixpath_and_is_stable(names: list[str]) -> None:
    text = "/" + "/".join(names)
    try:
        clean = paths.normalise(text)
    except InvalidPathError:
        return
    assert paths.normalise(clean) == clean
    composed = unicodedata.normalize("NFC", text)
    assert clean == posixpath.normpath("/" + composed.lstrip("/"))


@given(st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=5))
def test_split_undoes_join(names: list[str]) -> None:
    path = "/"
    for name in names:
        longer = paths.join(path, name)
        assert paths.split(longer) == (path, name)
        path = longer


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("/*.png", ["/a.png", "/.png"], ["/a/b.png", "/a.jpg"]),
        ("/**/*.png", ["/a.png", "/a/b/c.png"], ["/a.jpg"]),
        ("/a/**", ["/a/b", "/a/b/c"], ["/a", "/ab"]),
        ("/level[0-9].json", ["/level1.json"], ["/levelx.json", "/level10.json"]),
        ("/[!a]x", ["/bx"], ["/ax", "//x"]),
        ("/a?c", ["/abc"], ["/a/c", "/ac"]),
        ("/[]]", ["/]"], ["/["]),
        ("/[z-a]", [], ["/m"]),
        ("/a[", ["/a["], ["/a"]),
        ("/(x).+", ["/(x).+"], ["/xx"]),
    ],
)
def test_globs(glob: str, yes: list[str], no: list[str]) -> None:
    pattern = paths.glob_pattern(glob)
    assert [path for path in (*yes, *no) if pattern.fullmatch(path)] == yes


@pytest.mark.parametrize(
    ("names", "in_order"),
    [
        (["mod10", "modx", "mod2"], ["mod2", "mod10", "modx"]),
        (["1b", "a", "1"], ["1", "1b", "a"]),
        (["p1²3", "p1²"], ["p1²", "p1²3"]),  # a superscript is a digit, but not a number
    ],
)
def test_natural_order(names: list[str], in_order: list[str]) -> None:
    assert sorted(names, key=paths.natural_key) == in_order


@pytest.mark.parametrize(
    "path", ["/aux", "/data/AUX.json", "/com¹.txt", "/conin$", "/a?b", "/a\x01", "/dot.", "/space /a"]
)
def test_names_that_windows_refuses(path: str) -> None:
    fault = paths.name_fault(path)
    assert fault is not None
    assert fault.startswith(f"{paths.shown(path)}: ")


@pytest.mark.parametrize("path", ["/", "/auxiliary", "/data/com10.json", "/.hidden", "/a b"])
def test_names_that_windows_allows(path: str) -> None:
    assert paths.name_fault(path) is None


def test_paths_that_differ_only_in_case_are_one_fault() -> None:
    (fault,) = paths.name_faults(["/a.png", "/b.png", "/A.png"])
    assert fault.startswith("/a.png and /A.png ")
