"""Globs of mods: any pattern matches in bounded time, and finds what the plainest matcher finds."""

from __future__ import annotations

import functools
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfsloader import paths

#: Patterns that backtracking engines never finish, each with a path that does not match and one that does.
NASTY = [
    ("/" + "*" * 60 + "Z", "/" + "a" * 200, "/" + "a" * 200 + "Z"),
    ("/" + "*a" * 100 + "Z", "/" + "a" * 250, "/" + "a" * 250 + "Z"),
    ("/" + "*?" * 100 + "Z", "/" + "a" * 250, "/" + "a" * 250 + "Z"),
    ("/" + "*[a-z]" * 60 + "[Z]", "/" + "a" * 250, "/" + "a" * 250 + "Z"),
    ("/**" * 40 + "/Z", "/a" * 100, "/a" * 100 + "/Z"),
    ("/**/a" * 40 + "/Z", "/a" * 500, "/a" * 500 + "/Z"),
    ("/**/*a*/**" * 30 + "/Z", "/a" * 500, "/a" * 500 + "/Z"),
    ("/" + "[" * 4000 + "*", "/a", "/" + "[" * 4000),
]
_CHECK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
from vfsloader import paths
pattern, no, yes = sys.argv[1:]
for case_insensitive in (False, True):
    glob = paths.glob_pattern(pattern, case_insensitive=case_insensitive)
    assert not glob.fullmatch(no) and glob.fullmatch(yes)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system cannot limit the CPU time of a process")
@pytest.mark.parametrize(("pattern", "no", "yes"), NASTY)
def test_a_pattern_that_backtracks_forever_elsewhere_matches_at_once(pattern: str, no: str, yes: str) -> None:
    subprocess.run([sys.executable, "-c", _CHECK, pattern, no, yes], check=True, timeout=60)


def plainest(pattern: str, path: str) -> bool:
    """Match by trying everything, as the rules are written."""
    wanted = [part for part in pattern.split("/") if part]
    given_parts = [part for part in path.split("/") if part]

    @functools.cache
    def parts_fit(at: int, index: int) -> bool:
        if at == len(wanted):
            return index == len(given_parts)
        if wanted[at] == "**":
            if at == len(wanted) - 1:
                return index < len(given_parts)
            return parts_fit(at + 1, index) or (index < len(given_parts) and parts_fit(at, index + 1))
        return index < len(given_parts) and part_fits(wanted[at], given_parts[index]) and parts_fit(at + 1, index + 1)

    return parts_fit(0, 0)


def part_fits(pattern: str, part: str) -> bool:
    if not pattern:
        return not part
    if pattern[0] == "*":
        return part_fits(pattern[1:], part) or (bool(part) and part_fits(pattern, part[1:]))
    if pattern.startswith("[!a]"):
        return bool(part) and part[0] != "a" and part_fits(pattern[4:], part[1:])
    if pattern.startswith("[a-b]"):
        return bool(part) and part[0] in "ab" and part_fits(pattern[5:], part[1:])
    return bool(part) and pattern[0] in ("?", part[0]) and part_fits(pattern[1:], part[1:])


PARTS = st.lists(st.sampled_from(["a", "b", "c", "*", "?", "[!a]", "[a-b]"]), min_size=1, max_size=6).map("".join)
GLOBS = st.lists(st.one_of(PARTS, st.just("**")), min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts))
PATHS = st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=6).map(
    lambda parts: "/" + "/".join(parts)
)


@given(GLOBS, PATHS)
def test_a_glob_finds_what_the_plainest_matcher_finds(pattern: str, path: str) -> None:
    assert paths.glob_pattern(pattern).fullmatch(path) is plainest(pattern, path)


@given(GLOBS, PATHS)
def test_case_can_be_ignored(pattern: str, path: str) -> None:
    assert paths.glob_pattern(pattern, case_insensitive=True).fullmatch(path.upper()) is plainest(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/[A-C]x", "/bX", True),
        ("/[!a]", "/A", False),
        ("/STRAẞE?", "/straße1", True),
        ("/İ*", "/İx", True),
        ("/?", "/İ", True),  # its lowercase form has two characters
    ],
)
def test_letters_whose_case_is_special(pattern: str, path: str, matches: bool) -> None:
    assert paths.glob_pattern(pattern, case_insensitive=True).fullmatch(path) is matches


def test_numbers_of_any_length_can_be_sorted() -> None:
    assert paths.natural_key("p" + "9" * 5000) > paths.natural_key("p10")
    assert sorted(["p" + "9" * 5000, "p2", "p10"], key=paths.natural_key)[:2] == ["p2", "p10"]


def test_a_fault_of_a_name_is_shown_on_one_line() -> None:
    (fault,) = paths.name_faults(["/a\x1b[31m\n\ud800."])
    assert fault.isprintable()
    assert "\\x1b" in fault
