r"""Reading catalogs of translated messages: ``.po`` and ``.mo`` of gettext, and tables in JSON.

A catalog may come from a mod, so it is checked before a library parses it: what its headers claim costs nothing, and
whatever is wrong with it is a :class:`ValueError`.
"""

from __future__ import annotations

import gettext
import io
import re
import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, NamedTuple

from vfsloader.datamerge.parsing import parse_json
from vfsloader.quoting import quoted
from vfsloader.runtime.budget import Budget

#: By what a catalog is recognised, in the order in which those of one layer count: the last wins.
SUFFIXES = (".mo", ".po", ".json")
#: Between a message's context and its id, as gettext joins them.
CONTEXT_MARK = "\x04"
#: The plural categories of Unicode, as keys of a JSON table.
CATEGORIES = ("zero", "one", "two", "few", "many", "other")
#: Arabic has the most plural forms of all languages: six.
MAX_FORMS = 10

PluralRule = Callable[[int], int]


class Message(NamedTuple):
    """A translated message."""

    forms: tuple[str, ...]
    """Its plural forms; one if it has no plural."""
    rule: PluralRule
    """Which form is used for a number. It may fail, or return a number that is no index: it comes from a mod."""

    def form(self, number: int) -> str:
        """Return the form for a number, and the last one if the rule is of no use."""
        try:
            index = self.rule(number)
        except (ValueError, ArithmeticError, TypeError):
            index = -1
        return self.forms[index] if 0 <= index < len(self.forms) else self.forms[-1]


@dataclass(frozen=True, slots=True)
class Catalog:
    """The messages of one file."""

    messages: dict[str, Message] = field(default_factory=dict)
    """By id; a message with a context has the id ``context\\x04id``."""
    untranslated: frozenset[str] = frozenset()
    """Ids that the file names without translating them."""


def read_catalog(data: bytes, suffix: str, language: str, budget: Budget | None = None) -> Catalog:
    r"""Read a catalog.

    Parameters
    ----------
    data
        The file.
    suffix
        ``".po"``, ``".mo"`` or ``".json"``.
    language
        Whose plural rules count where the file has none, such as ``"fi"``.
    budget
        What the messages are counted against; None for a file of the game itself.

    Raises
    ------
    ValueError
        The file is not such a catalog; the message says what is wrong.
    BudgetError
        It has too many messages.

    Examples
    --------
    >>> catalog = read_catalog(b'{"greeting": "Hei", "menu": {"quit": "Lopeta"}}', ".json", "fi")
    >>> {key: message.forms for key, message in catalog.messages.items()}
    {'greeting': ('Hei',), 'menu.quit': ('Lopeta',)}
    """
    if suffix == ".json":
        return _read_json(data, language, budget)
    return _read_mo(data, budget) if suffix == ".mo" else _read_po(data, language, budget)


def english_rule(number: int) -> int:
    """Return 0 for one and 1 for everything else, as in English."""
    return int(number != 1)


# --- JSON ----------------------------------------------------------------------------------------------


def _read_json(data: bytes, language: str, budget: Budget | None) -> Catalog:
    table = parse_json(data, budget)
    if not isinstance(table, dict):
        raise ValueError(f"a table of messages was expected, not {quoted(table)}")
    messages: dict[str, Message] = {}
    untranslated: set[str] = set()
    for key, value in _leaves(table):
        if value is None or value == "":
            untranslated.add(key)
        elif isinstance(value, str):
            messages[key] = Message((value,), english_rule)
        else:
            messages[key] = _plural(key, value, language)
    return Catalog(messages, frozenset(untranslated))


def _leaves(table: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what is not a table of further messages, by its keys joined with dots."""
    waiting: list[tuple[str, Any]] = list(reversed(table.items()))
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict) and not _is_plural(value):
            waiting += [(f"{key}.{name}", inner) for name, inner in reversed(value.items())]
        else:
            yield key, value


def _is_plural(table: dict[str, Any]) -> bool:
    return "other" in table and table.keys() <= set(CATEGORIES) and not any(isinstance(v, dict) for v in table.values())


def _plural(key: str, value: Any, language: str) -> Message:
    forms = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(forms, list) or not forms or not all(isinstance(form, str) for form in forms):
        raise ValueError(f"{quoted(key)} must be a text, a table of texts or a list of texts, not {quoted(value)}")
    if isinstance(value, list):
        return Message(tuple(forms[:MAX_FORMS]), english_rule)
    categories = [*value]
    of_language = categories_of(language)

    def rule(number: int) -> int:
        category = of_language(number)
        return categories.index(category if category in value else "other")

    return Message(tuple(forms), rule)


def categories_of(language: str) -> Callable[[int], str]:
    """Return the function that says which plural category of a language a number has.

    Raises
    ------
    ValueError
        Babel is needed for this language, and missing.
    """
    try:
        from babel.core import Locale, UnknownLocaleError
    except ImportError:
        if language.split("-")[0].split("_")[0] in _LIKE_ENGLISH:
            return lambda number: "one" if number == 1 else "other"
        raise ValueError(f"plural categories of {quoted(language)} need Babel: pip install 'vfsloader[text]'") from None
    try:
        return Locale.parse(language.replace("-", "_")).plural_form
    except (UnknownLocaleError, ValueError, TypeError):
        return lambda number: "one" if number == 1 else "other"


#: Languages whose whole numbers have the categories of English.
_LIKE_ENGLISH = frozenset(
    "bg ca da de el en eo es et eu fi fy gl hu it nb nl nn no pt sv sw tr ur".split()  # noqa: SIM905 - easier to read
)


# --- gettext -------------------------------------------------------------------------------------------


def _read_mo(data: bytes, budget: Budget | None) -> Catalog:
    count = _check_mo(data)
    if budget is not None:
        budget.spend("nodes", count)
    try:
        parsed = gettext.GNUTranslations(io.BytesIO(data))
    except (OSError, LookupError, ValueError, struct.error) as error:  # UnicodeDecodeError is a ValueError
        raise ValueError(f"it is not a valid .mo file: {error}") from error
    rule: PluralRule = parsed.plural  # type: ignore[attr-defined]
    messages: dict[str, Message] = {}
    forms: dict[str, dict[int, str]] = {}
    for key, text in parsed._catalog.items():  # type: ignore[attr-defined]  # the module has no public list of them
        if isinstance(key, tuple):
            forms.setdefault(key[0], {})[key[1]] = text
        elif key and text:
            messages[key] = Message((text,), rule)
    for key, by_index in forms.items():
        texts = _without_end([by_index[index] for index in sorted(by_index)[:MAX_FORMS]])
        if texts:
            messages[key] = Message(texts, rule)
    return Catalog(messages)


def _check_mo(data: bytes) -> int:
    """Return how many messages a file has. Texts that share bytes could make a small file need all memory."""
    orders = {b"\xde\x12\x04\x95": "<", b"\x95\x04\x12\xde": ">"}
    order = orders.get(data[:4])
    if order is None or len(data) < 20:
        raise ValueError("it is not a .mo file")
    count, ids, texts = struct.unpack(f"{order}3I", data[8:20])
    total = 0
    for start in (ids, texts):
        table = data[start : start + 8 * count]
        if len(table) < 8 * count:
            raise ValueError("it is not a valid .mo file: it was cut off")
        numbers = array("I", table)
        if (order == "<") != (struct.pack("=I", 1) == struct.pack("<I", 1)):
            numbers.byteswap()
        total += sum(numbers[::2])
    if total > 2 * len(data):
        raise ValueError("it is not a valid .mo file: its texts overlap")
    return int(count)


def _read_po(data: bytes, language: str, budget: Budget | None) -> Catalog:
    try:
        from babel.messages.catalog import Catalog as BabelCatalog
        from babel.messages.pofile import PoFileError, PoFileParser
    except ImportError:
        raise ValueError("it needs Babel: pip install 'vfsloader[text]'; a .mo file needs nothing") from None

    class Bounded(BabelCatalog):
        """Babel makes as many plural forms as a header asks for."""

        @property
        def num_plurals(self) -> int:
            return max(1, min(super().num_plurals, MAX_FORMS))

    if budget is not None:
        budget.spend("nodes", len(re.findall(rb"^\s*msgid\s", data, re.MULTILINE)))
    try:
        parsed = Bounded(locale=language.replace("-", "_"))
    except (ValueError, TypeError, LookupError):  # not a language that Babel knows
        parsed = Bounded()
    lines = io.BytesIO(data.removeprefix(b"\xef\xbb\xbf"))
    try:
        PoFileParser(parsed, ignore_obsolete=True, abort_invalid=True).parse(lines)
        rule = _rule(parsed.plural_expr)
    except (PoFileError, ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError) as error:
        raise ValueError(f"it is not a valid .po file: {error}") from error
    messages: dict[str, Message] = {}
    untranslated: set[str] = set()
    for entry in parsed:
        name = entry.id if isinstance(entry.id, str) else entry.id[0]
        if not name:
            continue  # the header
        key = name if entry.context is None else f"{entry.context}{CONTEXT_MARK}{name}"
        texts = _without_end([entry.string or ""] if isinstance(entry.string, (str, NoneType)) else entry.string)
        if texts and not entry.fuzzy:
            messages[key] = Message(texts, rule)
        else:
            untranslated.add(key)
    return Catalog(messages, frozenset(untranslated))


def _without_end(forms: Sequence[str]) -> tuple[str, ...]:
    """Return plural forms without the empty ones at the end, which nobody has translated."""
    count = len(forms)
    while count and not forms[count - 1]:
        count -= 1
    return tuple(forms[:count])


def _rule(expression: str) -> PluralRule:
    """Make a function of the plural expression of a header; gettext's own parser allows nothing but arithmetic."""
    return gettext.c2py(expression) if expression else english_rule
