"""Showing untrusted values: shortened and escaped, for messages, logs, terminals and pictures.

Imports nothing of this library, so that errors can use it.
"""

from __future__ import annotations

#: Categories of characters that a terminal or a font may act on: control, format, surrogate, private use, unassigned.
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Format characters that only join letters or emoji.
_JOINERS = frozenset("\u200c\u200d")
#: A message may be this long. In a longer one the middle is left out: the end says what to do.
MAX_MESSAGE = 1200
_MESSAGE_END = 400


def plain(text: str, limit: int = 200) -> str:
    r"""Return a text on one line, with control characters and lone surrogates escaped, and no longer than `limit`.

    Examples
    --------
    >>> plain("winter\x1b[31m\ud800")
    'winter\\x1b[31m\\ud800'
    >>> plain("x" * 300, 10), plain("\x1b" * 300, 10)
    ('xxxxxxxxx…', '\\x1b\\x1b…')
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    import unicodedata

    pieces = [
        char if unicodedata.category(char) not in _UNSHOWN or char in _JOINERS else _escaped(char) for char in text
    ]
    if sum(map(len, pieces)) > limit:  # escapes are longer than what they stand for
        left = limit - 1
        for index, piece in enumerate(pieces):
            left -= len(piece)
            if left < 0:
                return "".join([*pieces[:index], "…"])
    return "".join(pieces)


def message(text: str) -> str:
    r"""Return the sentence of an error or a log line, on one line and at most :data:`MAX_MESSAGE` characters long.

    Untrusted values in a sentence are shortened where the sentence is made, by :func:`plain` and :func:`quoted`. This
    is what all errors pass through in the end, so that none that was forgotten reaches a terminal.

    Examples
    --------
    >>> message("cannot read /a\x1b[2J.png")
    'cannot read /a\\x1b[2J.png'
    >>> len(message("x" * 100_000))
    1200
    """
    if len(text) <= MAX_MESSAGE and text.isascii() and text.isprintable():
        return text
    is_cut = len(text) > MAX_MESSAGE
    if is_cut:
        text = text[:MAX_MESSAGE] + text[-_MESSAGE_END:]
    shown = plain(text, 10 * len(text))  # an escape has at most 10 characters
    if is_cut or len(shown) > MAX_MESSAGE:
        return f"{shown[: MAX_MESSAGE - _MESSAGE_END - 1]}…{shown[-_MESSAGE_END:]}"
    return shown


def quoted(value: object, limit: int = 60) -> str:
    r"""Return a short, safe representation of any value of a data file. It never fails.

    Examples
    --------
    >>> quoted("a\x1b"), quoted(2.5), quoted({"k": [1, 2]})
    ("'a\\x1b'", '2.5', 'a table of 1')
    >>> quoted(16 ** 5000)
    'a number of 20001 bits'
    """
    if isinstance(value, str):
        return f"'{plain(value, limit)}'"
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value) if value.bit_length() < 256 else f"a number of {value.bit_length()} bits"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"a table of {len(value)}"
    return f"a {type(value).__name__}"


def _is_shown(char: str) -> bool:
    import unicodedata

    return unicodedata.category(char) not in _UNSHOWN or char in _JOINERS


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def size_text(size: int) -> str:
    """Return a number of bytes for people.

    Examples
    --------
    >>> size_text(512), size_text(2_500_000)
    ('512 B', '2.5 MB')
    """
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:.3g} GB"
