r"""Reading JSON and TOML that may come from a mod: checked before it is parsed, so that parsing costs little.

The parsers of Python fail, or take very long, on data that is nested deeply, on numbers of thousands of digits and on
dotted keys of thousands of parts. Here all of that is a :class:`ValueError` that names the limit.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from itertools import accumulate, islice
from typing import Any

from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget

#: Longest number. Games have numbers of at most 20 digits.
MAX_DIGITS = 1000
#: Most parts of a dotted key in TOML: ``a.b.c`` has three.
MAX_KEY_PARTS = 16

TOO_DEEP = "the data is nested too deeply: at most {depth} levels are read (limit: budget.depth)"
TOO_MANY_DIGITS = f"a number has more than {MAX_DIGITS} digits"
TOO_MANY_PARTS = f"a dotted key has more than {MAX_KEY_PARTS} parts"

# Each pattern always matches to the end of what it begins, even if that is the end of the text: it never backtracks.
_JSON_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_COMMENT = re.compile(rf"{_JSON_STRING.pattern}|//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?", re.DOTALL)
_TRAILING = re.compile(rf"{_JSON_STRING.pattern}|,\s*+(?=[\]}}])", re.DOTALL)
_TOML_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\\?\Z)'
    r"|'''(?:[^']|'(?!''))*+(?:'''|\Z)"
    r'|"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
#: A line whose value is text without quotes.
_BARE_TEXT = re.compile(r"\s*+([\w-]{1,40}+)\s*+=\s*+([^\W\d_][^\"'=\[\]{}#\n]{0,200})")
_AT_LINE = re.compile(r"at line (\d{1,9}),")
_LONG_NUMBER = re.compile(rf"[0-9A-Fa-f_]{{{MAX_DIGITS + 1}}}")
_AROUND_KEYS = re.compile(r"[=,\n{}\[\]]")
_NOT_BRACKETS = bytes(code for code in range(256) if code not in b"[]{}")
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")


def parse_json(data: bytes | str, budget: Budget | None = None) -> Any:
    r"""Read JSON. Comments and commas before a closing bracket are allowed, as many editors and games allow them.

    Parameters
    ----------
    data
        The file, in any encoding that JSON allows.
    budget
        What the values are counted against, and how deeply they may be nested. With None, for a file of the game
        itself, only the stack limits the depth.

    Raises
    ------
    ValueError
        It is not JSON, is nested too deeply, or has a number with too many digits.
    BudgetError
        It has too many values.

    Examples
    --------
    >>> parse_json('{"sword": 5, // sharper\n}')
    {'sword': 5}
    """
    text = data.decode(json.detect_encoding(data), "surrogatepass") if isinstance(data, bytes) else data
    _check(text, _JSON_STRING, budget)
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        strict = _strict(text)
        if strict == text:
            raise
        # A quote in a comment hid what follows: check again, but not at the cost of the same budget.
        _check(strict, _JSON_STRING, None if budget is None else Budget(budget.what, budget.limits))
        return json.loads(strict)
    except RecursionError:  # the caller was deep in the stack already
        raise ValueError(_too_deep(budget)) from None


def json_extras(data: bytes | str) -> str:
    r"""Return what JSON that can be read has beyond the standard, in words; empty if there is nothing.

    Examples
    --------
    >>> json_extras('{"sword": 5, /* sharper */ }'), json_extras('{"url": "http://x"}')
    ('comments and trailing commas', '')
    """
    text = data.decode(json.detect_encoding(data), "surrogatepass") if isinstance(data, bytes) else data
    bare = _COMMENT.sub(_blank, text)
    found = [("comments", bare != text), ("trailing commas", _TRAILING.sub(_without_comma, bare) != bare)]
    return " and ".join(name for name, is_there in found if is_there)


def _strict(text: str) -> str:
    """Return JSON without comments and trailing commas; all else keeps its line and column."""
    return _TRAILING.sub(_without_comma, _COMMENT.sub(_blank, text))


def _blank(match: re.Match[str]) -> str:
    """Replace a comment by blanks; a string stays."""
    text = match[0]
    return text if text[0] == '"' else re.sub(r"[^\n]", " ", text)


def _without_comma(match: re.Match[str]) -> str:
    text = match[0]
    return f" {text[1:]}" if text[0] == "," else text


def parse_toml(data: bytes | str, budget: Budget | None = None) -> Any:
    """Read TOML, with or without a byte order mark.

    Raises
    ------
    ValueError
        It is not TOML, is nested too deeply, or has a number or a dotted key that is too long.
    BudgetError
        It has too many values.
    """
    text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    _check(text, _TOML_STRING, budget, has_dotted_keys=True)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{error}{_missing_quotes(text, str(error))}") from error
    except RecursionError:
        raise ValueError(_too_deep(budget)) from None


def _missing_quotes(text: str, error: str) -> str:
    """Return how to write the line of an error, if all that it lacks are quotes; else an empty text."""
    place = _AT_LINE.search(error)
    if place is None:
        return ""
    line = next(islice(text.split("\n"), int(place[1]) - 1, None), "")
    found = _BARE_TEXT.fullmatch(line.rstrip())
    return "" if found is None else f'; text needs quotes: {found[1]} = "{plain(found[2], 60)}"'


def parse_limited(parse: Callable[[bytes], Any], data: bytes, budget: Budget | None) -> Any:
    """Call the function that reads a kind of data file; the functions of a game take only the bytes."""
    if parse is parse_json or parse is parse_toml:
        return parse(data, budget)
    return parse(data)


def _check(text: str, string: re.Pattern[str], budget: Budget | None, *, has_dotted_keys: bool = False) -> None:
    """Refuse what would cost too much to parse. Brackets, digits and dots inside of strings do not count."""
    from array import array

    depth = (DEFAULT_LIMITS if budget is None else budget.limits).depth
    opened = text.count("[") + text.count("{")
    may_be_deep = budget is not None and opened > depth
    is_limited = budget is not None or has_dotted_keys  # Python's JSON parser limits digits itself
    may_be_long = is_limited and len(text) > MAX_DIGITS and _LONG_NUMBER.search(text) is not None
    may_be_dotted = has_dotted_keys and text.count(".") >= MAX_KEY_PARTS
    values = opened + text.count(",") + (text.count("=") if has_dotted_keys else 0)
    may_be_many = budget is not None and values >= budget.left("nodes")
    if not (may_be_deep or may_be_long or may_be_dotted or may_be_many):
        if budget is not None:
            budget.spend("nodes", values)
        return
    bare = string.sub('""', text)
    if may_be_deep:
        brackets = bare.encode("utf-8", "surrogatepass").translate(_STEPS, _NOT_BRACKETS)
        if max(accumulate(array("b", brackets)), default=0) > depth:
            raise ValueError(_too_deep(budget))
    if may_be_long and _LONG_NUMBER.search(bare):
        raise ValueError(TOO_MANY_DIGITS)
    if may_be_dotted and any(piece.count(".") >= MAX_KEY_PARTS for piece in _AROUND_KEYS.split(bare)):
        raise ValueError(TOO_MANY_PARTS)
    if budget is not None:
        marks = "[{,=" if has_dotted_keys else "[{,"
        budget.spend("nodes", sum(map(bare.count, marks)))


def _too_deep(budget: Budget | None) -> str:
    return TOO_DEEP.format(depth=(DEFAULT_LIMITS if budget is None else budget.limits).depth)
