"""Patterns that never backtrack, compared with Python's own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader.runtime.linear_regex import LinearPattern

PATTERNS = [
    r"^[a-z]+(:[a-z]+)*$", "a|b|cd", "(a|b)*c", "a{2,4}b", r"\bfoo\b", "[^a-c]x", r"^\d+$", "a??b", r"\s+a", "(ab)+$",
    "^$", "", r"\Ba", r"a\Z", ".b", r"[\w-]+@", "(a*)*b", "^(a|ab)(c|bcd)$", "(a{2}){2}", r"[^\d\s]", "a{0}b", r"\D\W",
]  # fmt: skip


@settings(max_examples=300)
@given(st.sampled_from(PATTERNS), st.text("abcdfo:1 \n@x_é", max_size=12))
def test_a_search_finds_what_python_finds(pattern: str, text: str) -> None:
    assert LinearPattern(pattern).search(text) == bool(re.search(pattern, text))


ATOMS = st.sampled_from(["a", "b", "[ab]", "[^a]", ".", "^", "$", r"\b"])
REGEXES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}", "*?"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(REGEXES, st.text("ab \n", max_size=8))
def test_any_pattern_is_matched_as_python_matches_it(pattern: str, text: str) -> None:
    assert LinearPattern(pattern).search(text) == bool(re.search(pattern, text))


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)*x", "a*a*a*a*a*b"])
def test_no_pattern_takes_more_moves_than_the_text_has_characters_and_states(pattern: str) -> None:
    compiled = LinearPattern(pattern)
    assert not compiled.search("a" * 20_000)
    assert len(compiled._moves) < 20  # Python's own would take 2 ** 20,000 steps


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?=a)b", "looks ahead or behind"),
        (r"(a)\1", "refers to a group"),
        ("(?i)a", "has flags"),
        ("(a{1000}){1000}", "states"),
        ("(", "not a regular expression"),
    ],
)
def test_what_cannot_be_matched_in_bounded_time_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        LinearPattern(pattern)
